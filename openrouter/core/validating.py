"""Decoded JSON into an instance of a type, with everything that does not fit named by its path.

See `schema.py` for the types. cattrs, which makes the classes of replies, serves another end: it converts what does
not fit (`"3"` to 3, `null` to `"None"`), and passes over constraints.
"""

from __future__ import annotations

from typing import Any

from .shapes.places import MISFIT, Findings, Flaw, MisfitError, Place
from .shapes.reading import shape_of

__all__ = ["Flaw", "MisfitError", "validate"]


def validate(value: Any, into: Any) -> Any:
    """Make an instance of `into` out of decoded JSON.

    It is as strict as JSON: no `"3"` for 3, no `null` for a string, no `true` for 1. A whole number is fine for a
    `float` and 3.0 for an `int`; dates, durations and UUIDs are read from their ISO text, `Decimal` from a number or
    the text of one, enums and literals by value. Of the members of a union that fit, the one is taken that passes
    over the least of the value, and the first of equals. Constraints of `Annotated` are checked.

    Three things are overlooked, since models do them and they do no harm: keys that a class does not know, where it
    knows another one, `null` for a field that has a default (it takes the default then), and an item that is in a set
    twice.

    pydantic models and dataclasses judge with their own rules. What a class's own validators, converters and
    `__post_init__` raise about values becomes a flaw at the path of the object: `ValueError`, `TypeError`,
    `AssertionError`, `ArithmeticError`, `LookupError`, `AttributeError`. Anything else is raised as it is.

    Raises `MisfitError` with all flaws, and `InvalidArgumentError` for a type that has no JSON Schema.
    """
    shape = shape_of(into)
    findings = Findings()
    try:
        made = shape.read(value, Place("$", findings))
    except RecursionError:
        raise MisfitError([Flaw("$", "is nested too deeply")]) from None
    if made is MISFIT:
        raise MisfitError(findings.flaws)
    return made
