"""What may have been meant by a word that is not known."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from ..core.error_base import LONGEST_NAME, one_line
from ..types.slugs import CATALOGUE_VARIANTS, ROUTING_VARIANTS, Slug

_TELLING: Final = 4
"""Characters that a part of an id needs to be one: `opus`, `grok`."""
_NEAR: Final = 0.75
"""How alike two ids have to be: they often share half of their letters without being meant for each other."""


def near(text: str, known: Collection[str]) -> str | None:
    """Give the known word that was meant, in whatever case it was written; `None` where none is near."""
    from difflib import get_close_matches  # noqa: PLC0415 - most programs misspell nothing

    # In order, so that of two equally close words the same one is named each time.
    by_case: Mapping[str, str] = {word.casefold(): word for word in sorted(known, reverse=True)}
    close = get_close_matches(text.casefold(), by_case, n=1, cutoff=_NEAR)
    return by_case[close[0]] if close else None


def misspelt_variant(slug: Slug) -> str | None:
    """Say which variant of an id is nearly one that there is. One that nobody knows may be new."""
    known = CATALOGUE_VARIANTS | ROUTING_VARIANTS
    for variant in slug.variants:
        if variant not in known and (meant := near(variant, known)) is not None:
            return f"there is no variant ':{variant}'.{did_you_mean(f':{meant}')}"
    return None


def near_id(text: str, ids: Iterable[str]) -> str | None:
    """Do so for the id of a model, which may have been written without its author, or with a wrong one."""
    known = sorted(ids)
    if (found := near(text, known)) is not None:
        return found
    names = {model.rpartition("/")[2]: model for model in reversed(known)}
    asked = text.rpartition("/")[2].casefold()
    if (name := near(asked, names)) is not None:
        return names[name]
    holding = [model for model in known if asked in model.casefold()]
    return min(holding, key=len) if holding and len(asked) >= _TELLING else None


def shown(value: object) -> str:
    """Show a value of a request in a message, which has no room for a whole prompt."""
    return one_line(repr(value), LONGEST_NAME)


def did_you_mean(word: str | None) -> str:
    """Ask that, where there is something to ask; begins with a space."""
    return "" if word is None else f" Did you mean {word!r}?"
