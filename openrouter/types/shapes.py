"""What options with fields have to be: rules for each field, which a refusal names by its path, as `provider.sort`.

A field without a rule passes, at any depth, and so does `None`, which goes out as `null`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from ..core.arguments import Rule, items, refuse, text


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


def fields(rules: Mapping[str, Rule], *required: str) -> Rule:
    """A mapping whose fields are as the rules of their names have them, with those that are `required`."""
    absent: Final = dict.fromkeys(required)

    def check(name: str, value: Any) -> None:
        mapping(name, value)
        for key, told in {**absent, **value}.items():
            rule = rules.get(key)
            if rule is not None and (told is not None or key in absent):
                rule(f"{name}.{key}", told)

    return check


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
