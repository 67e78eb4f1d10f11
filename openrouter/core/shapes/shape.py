"""The shapes that JSON values have: each gives its schema, and reads values into Python.

Here are those that contain no others; see `texts.py`, `nested.py`, `records.py` and `unions.py` for the rest.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal
from enum import Enum
from re import ASCII, compile as compiled
from typing import Any, Final, Protocol

from attrs import define, field, frozen

from ..json import as_decimal, as_whole
from .places import Place, shown

STRING: Final = frozenset({"string"})
NUMBER: Final = frozenset({"number"})
ARRAY: Final = frozenset({"array"})
OBJECT: Final = frozenset({"object"})
ALL: Final = frozenset({"string", "number", "boolean", "null", "array", "object"})

_KINDS: Final[dict[type, str]] = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    type(None): "null",
    list: "array",
    dict: "object",
}
_JSON_TYPES: Final[dict[type, str]] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    type(None): "null",
}
_LONGEST_CHOICE: Final = 20
_DECIMAL: Final = compiled(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", ASCII)


def kind_of(value: object) -> str:
    """Name the kind of a JSON value; whole numbers are numbers."""
    return _KINDS.get(type(value), "")


class Sketch(Protocol):
    """The schema that is being drawn."""

    def of(self, shape: Shape) -> dict[str, Any]:
        """Draw a part: what is used more than once becomes a reference."""
        ...

    def model(self, model: Any) -> dict[str, Any]:
        """Draw a pydantic model."""
        ...


class Shape(Protocol):
    """What a type is in JSON."""

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of JSON values that may fit."""
        ...

    @property
    def wanted(self) -> str:
        """What a value has to be, in words."""
        ...

    def schema(self, sketch: Sketch) -> dict[str, Any]:
        """Give the JSON Schema."""
        ...

    def read(self, value: Any, at: Place) -> Any:
        """Make the Python value, or note what does not fit and give `MISFIT`."""
        ...


def misfit(shape: Shape, value: Any, at: Place) -> Any:
    """Note that a value is something else altogether."""
    return at.misfit(f"has to be {shape.wanted}, not {shown(value)}")


@frozen
class Anything:
    """Whatever JSON can hold."""

    kinds: frozenset[str] = ALL
    wanted: str = "any value"

    def schema(self, sketch: Sketch) -> dict[str, Any]:  # noqa: ARG002 - needs no parts
        """Give the schema that all values fit."""
        return {}

    def read(self, value: Any, at: Place) -> Any:  # noqa: ARG002 - nothing can be wrong
        """Take the value as it is."""
        return value


@frozen
class Plain:
    """A type that JSON has itself: a string, a truth value, null."""

    type: type
    wanted: str

    @property
    def kinds(self) -> frozenset[str]:
        """Its one kind."""
        return frozenset({_KINDS[self.type]})

    def schema(self, sketch: Sketch) -> dict[str, Any]:  # noqa: ARG002 - needs no parts
        """Name the type."""
        return {"type": _JSON_TYPES[self.type]}

    def read(self, value: Any, at: Place) -> Any:
        """Take a value of the type."""
        return value if type(value) is self.type else misfit(self, value, at)


@frozen
class Number:
    """A number; `make` gives None for what is none of its sort."""

    type: str
    make: Any
    wanted: str
    kinds: frozenset[str] = NUMBER

    def schema(self, sketch: Sketch) -> dict[str, Any]:  # noqa: ARG002 - needs no parts
        """Name the type."""
        return {"type": self.type}

    def read(self, value: Any, at: Place) -> Any:
        """Take a number, converted where Python tells sorts of numbers apart that JSON does not."""
        made = self.make(value)
        if made is None:
            return misfit(self, value, at)
        at.findings.converted += type(made) is not type(value)
        return made


def _as_float(value: Any) -> float | None:
    if type(value) not in (int, float):
        return None
    try:
        made = float(value)
    except OverflowError:
        return None
    return made if math.isfinite(made) else None


def _as_exact(value: Any) -> Decimal | None:
    return None if isinstance(value, str) and not _DECIMAL.fullmatch(value) else as_decimal(value)


WHOLE: Final = Number("integer", as_whole, "a whole number")
FLOAT: Final = Number("number", _as_float, "a number")
EXACT: Final = Number("number", _as_exact, "a number", STRING | NUMBER)


@define(eq=False)
class Choice:
    """One of some values: a `Literal` or an enum."""

    values: dict[tuple[str, Any], Any]
    """What each becomes in Python, by kind (which tells `1` from `true`) and value in JSON."""
    about: str | None = None
    kinds: frozenset[str] = field(init=False)
    wanted: str = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.kinds = frozenset(kind for kind, _ in self.values)
        self.wanted = either([shown(value) for _, value in self.values])

    def schema(self, sketch: Sketch) -> dict[str, Any]:  # noqa: ARG002 - needs no parts
        """List the values."""
        types = list(dict.fromkeys(_JSON_TYPES[type(value)] for _, value in self.values))
        described = {"description": self.about} if self.about else {}
        return {"type": types[0] if len(types) == 1 else types, "enum": [item for _, item in self.values], **described}

    def takes(self, value: Any) -> bool:
        """Whether the value is among them."""
        kind = kind_of(value)
        return kind in self.kinds and (kind, value) in self.values

    def read(self, value: Any, at: Place) -> Any:
        """Give what the value stands for."""
        return self.values[kind_of(value), value] if self.takes(value) else misfit(self, value, at)


def choice(options: Iterable[Any], about: str | None = None) -> Choice | None:
    """Make a choice of enum members and plain values; None where JSON cannot hold one of them."""
    plain = [(option.value if isinstance(option, Enum) else option, option) for option in options]
    if not plain or not all(type(value) in _JSON_TYPES for value, _ in plain):
        return None
    return Choice({(kind_of(value), value): option for value, option in plain}, about)


def either(words: Iterable[str]) -> str:
    """Say "a, b or c", and no more of a long list than its begin."""
    said = list(dict.fromkeys(words))
    if len(said) > _LONGEST_CHOICE:
        said = [*said[:_LONGEST_CHOICE], f"{len(said) - _LONGEST_CHOICE} others"]
    return f"{', '.join(said[:-1])} or {said[-1]}" if len(said) > 1 else said[0]
