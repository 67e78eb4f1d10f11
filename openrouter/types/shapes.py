"""What options with fields have to be: rules for each field, which a refusal names by its path, as `provider.sort`.

A field without a rule passes, at any depth, unless it is nearly one that has one. So does `None`, which goes out as
`null`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from ..core.arguments import Rule, items, refuse, text
from ..core.errors import InvalidArgumentError

_CLOSE: Final = 0.85
"""How alike, from 0 to 1, a misspelt field is to the one that was meant: one letter in about five."""


def mapping(name: str, value: Any) -> None:
    """Take mappings of anything."""
    if not isinstance(value, Mapping):
        refuse(name, value, "a mapping")


def each(rule: Rule, longest: int | None = None, shortest: int = 0) -> Rule:
    """A list of `shortest` to `longest` items, each as `rule` has it."""
    is_list = items(longest, shortest)

    def check(name: str, value: Any) -> None:
        is_list(name, value)
        for place, item in enumerate(value):
            rule(f"{name}[{place}]", item)

    return check


def fields(rules: Mapping[str, Rule], *required: str, named_freely: bool = False) -> Rule:
    """A mapping whose fields are as the rules of their names have them, with those that are `required`.

    One that is nearly called like another, which is missing, is refused, unless callers name them as they like.
    """
    absent: Final = dict.fromkeys(required)

    def check(name: str, value: Any) -> None:
        mapping(name, value)
        if not (named_freely or value.keys() <= rules.keys()):
            _refuse_misspelt(name, value, rules)
        for key, told in {**absent, **value}.items():
            rule = rules.get(key)
            if rule is not None and (told is not None or key in absent):
                rule(f"{name}.{key}", told)

    return check


def _refuse_misspelt(name: str, value: Mapping[Any, Any], known: Mapping[str, Rule]) -> None:
    from difflib import get_close_matches  # noqa: PLC0415 - most programs misspell nothing

    missing = [field for field in known if field not in value]
    for field in value:
        if field not in known and (close := get_close_matches(str(field), missing, n=1, cutoff=_CLOSE)):
            hint = f"Did you mean {close[0]!r}? What the API takes under that name goes in extra_body."
            raise InvalidArgumentError(f"{name}.{field} cannot be sent: no such field is known. {hint}")


def of_type(wanted: str, rules: Mapping[type, Rule]) -> Rule:
    """A value of one of several types, as the rule of that type has it; `wanted` names them all."""

    def check(name: str, value: Any) -> None:
        for kind, rule in rules.items():
            if isinstance(value, kind):
                rule(name, value)
                return
        refuse(name, value, wanted)

    return check


def told_by(field: str, rules: Mapping[str, Rule]) -> Rule:
    """A mapping of one of several kinds, each with its own rule; `field` says which. One of a new kind passes."""
    is_told = fields({field: TEXT}, field)

    def check(name: str, value: Any) -> None:
        is_told(name, value)
        rule = rules.get(value[field])
        if rule is not None:
            rule(name, value)

    return check


def refuse_both(name: str, value: Mapping[str, Any], first: str, second: str) -> None:
    """Refuse the second of two fields that cannot be sent together."""
    if value.get(first) is not None and value.get(second) is not None:
        refuse(f"{name}.{second}", cast("object", value[second]), f"left out where {first} is given")


TEXT: Final = text()
TEXTS: Final = each(TEXT)
