"""What the text in `model` is made of: `[~]author/name[:variant…][@preset/slug]`.

The facts are from the API pages "Model variants", "Latest model resolution" and "Presets".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from attrs import evolve, frozen

from ..core.arguments import refuse
from ..core.errors import InvalidArgumentError
from ..core.wire import Request

SORTS: Final = frozenset({"exacto", "floor", "nitro"})
"""Variants that say what the providers are sorted by; of several the service obeys the last."""
ROUTING_VARIANTS: Final = SORTS | {"online"}
"""Variants that every model takes, and that have no entries of their own in the list of models."""
CATALOGUE_VARIANTS: Final = frozenset({"batch", "extended", "free", "thinking"})
"""Variants that are models of their own, with a list entry and prices; a model has one of them at most."""

_PRESET: Final = "@preset/"
_VARIANT: Final = re.compile(r"[A-Za-z0-9][\w.\-]*", re.ASCII)


@frozen(kw_only=True)
class Slug:
    """The parts of a model's id. `str` puts them together again, as they were."""

    alias: bool = False
    """It begins with `~`: it stands for the newest model of a family."""
    author: str | None = None
    """Who made the model; `None` where the id has no slash, and where there is no id but a preset."""
    name: str = ""
    variants: tuple[str, ...] = ()
    """What follows the name, without the colons: `("free", "online")`."""
    preset: str | None = None
    """The slug of the preset that follows, or that stands there alone."""

    @property
    def base(self) -> str:
        """The id as the list of models has it: without preset, and without variants that any model takes.

        `:free` and the like stay: such a model has a list entry, and prices, of its own. Empty for a preset alone.
        """
        variants = tuple(variant for variant in self.variants if variant not in ROUTING_VARIANTS)
        return str(evolve(self, variants=variants, preset=None))

    @property
    def root(self) -> str:
        """The id without preset and without any variant."""
        return str(evolve(self, variants=(), preset=None))

    def __str__(self) -> str:
        author = "" if self.author is None else f"{self.author}/"
        variants = "".join(f":{variant}" for variant in self.variants)
        preset = "" if self.preset is None else f"{_PRESET}{self.preset}"
        return f"{'~' if self.alias else ''}{author}{self.name}{variants}{preset}"


def parse_slug(text: str) -> Slug:
    """Take the id of a model apart. No text is refused: what is odd in it is part of the name, or of the preset."""
    model, mark, preset = text.partition(_PRESET)
    if not preset:
        model, preset = model + mark, ""
    alias = model.startswith("~")
    author, slash, tail = model.removeprefix("~").partition("/")
    if not slash:
        tail = author
    name, *variants = tail.split(":")
    if "" in variants:
        # A colon with nothing behind it begins no variant.
        odd = len(variants) - variants[::-1].index("")
        name, variants = ":".join([name, *variants[:odd]]), variants[odd:]
    return Slug(
        alias=alias, author=author if slash else None, name=name, variants=tuple(variants), preset=preset or None
    )


def check_variant(name: str, value: Any) -> None:
    """Take the name of one variant, known or new, with or without its colon."""
    if not isinstance(value, str) or not _VARIANT.fullmatch(value.removeprefix(":")):
        refuse(name, value, "the name of one variant, such as 'nitro': letters, digits, dots and hyphens")


def apply_variant(model: str, variant: str) -> str:
    """Give the id of `model` with a variant: `vendor/model` with `nitro` is `vendor/model:nitro`.

    A variant that it has already is not repeated. `nitro`, `floor` and `exacto` each say what the providers are sorted
    by, so the one that is applied takes the place of those that were there. All other variants stay: what names another
    model (`free`) stands before what any model takes (`online`). An alias stays an alias, and a preset stays behind
    everything. New variants are taken as they come.

    Raises `InvalidArgumentError` for what cannot be a variant; for a blank model; for a second of `free`, `extended`,
    `thinking` and `batch`, each of which would be another model; and for a preset alone, as only the service knows its
    model.
    """
    check_variant("variant", variant)
    slug, added = parse_slug(model), variant.removeprefix(":")
    if not model.strip():
        refuse("model", model, "a string that is not blank")
    if not slug.name and slug.preset is not None:
        message = f"The variant {variant!r} cannot be applied to {model!r}: a preset names its model itself."
        raise InvalidArgumentError(f"{message} Put the variant into the preset, or a model before it.")
    others = [variant for variant in slug.variants if variant in CATALOGUE_VARIANTS - {added}]
    if added in CATALOGUE_VARIANTS and others:
        message = f"The variant {variant!r} cannot be applied to {model!r}: with {others[0]!r} it is another model."
        raise InvalidArgumentError(f"{message} Give the one model or the other.")
    return str(evolve(slug, variants=_joined(slug.variants, added)))


def _joined(variants: tuple[str, ...], added: str) -> tuple[str, ...]:
    if added in SORTS:
        sorts = [variant for variant in variants if variant in SORTS] or [""]
        kept = tuple(added if variant == sorts[0] else variant for variant in variants if variant not in sorts[1:])
        return kept if added in kept else (*kept, added)
    if added in variants:
        return variants
    if added in ROUTING_VARIANTS:
        return (*variants, added)
    named = tuple(variant for variant in variants if variant not in ROUTING_VARIANTS)
    return (*named, added, *(variant for variant in variants if variant in ROUTING_VARIANTS))


def with_variant(request: Request, variant: str) -> Request:
    """Give a request whose model will have a variant, whichever model that is once the settings are laid under it.

    Raises `InvalidArgumentError` for what cannot be a variant, and where `extra_body` names a model: it goes out
    unchanged, so that the variant would be lost.
    """
    check_variant("variant", variant)
    for name in ("model", "models"):
        if name in (request.extra_body or ()):
            refuse("variant", variant, f"left out where extra_body has `{name}`, which goes out unchanged")
    return evolve(request, variant=str(variant).removeprefix(":"))


def body_with_variant(body: Mapping[str, object], variant: str) -> dict[str, object]:
    """Give a body whose `model`, and each of whose fallback `models`, has a variant.

    Fallbacks have it too, so that with `free` none of them costs anything. Raises `InvalidArgumentError` where the body
    names no model, and for what `apply_variant` refuses.
    """
    changed = dict(body)
    model, models = body.get("model"), body.get("models")
    if isinstance(model, str):
        changed["model"] = apply_variant(model, variant)
    if isinstance(models, list | tuple):
        several = cast("Sequence[object]", models)
        changed["models"] = [apply_variant(one, variant) if isinstance(one, str) else one for one in several]
    if changed.get("model") is None and not changed.get("models"):
        message = f"The variant {variant!r} cannot be applied: neither the request nor the settings name a model."
        raise InvalidArgumentError(f"{message} Give the option `model`, or set OPENROUTER_MODEL.")
    return changed
