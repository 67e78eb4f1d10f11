"""What `Annotated` may demand of a value: bounds, lengths and patterns."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from math import isfinite
from re import compile as compiled, search
from typing import Any, Final

from attrs import define, frozen

from .nested import Within
from .places import MISFIT, Place, shown
from .shape import Sketch, kind_of

Holds = Callable[[Any, Any], bool]


def _is_multiple(value: Any, step: Any) -> bool:
    # As decimals, which is how they stand in the JSON: 0.3 is a multiple of 0.1.
    return Fraction(str(value)) % Fraction(str(step)) == 0


_BOUNDS: Final[dict[str, tuple[str, Holds, str]]] = {
    "ge": ("minimum", operator.ge, "at least"),
    "gt": ("exclusiveMinimum", operator.gt, "above"),
    "le": ("maximum", operator.le, "at most"),
    "lt": ("exclusiveMaximum", operator.lt, "below"),
    "multiple_of": ("multipleOf", _is_multiple, "a multiple of"),
}
_LENGTHS: Final[dict[str, tuple[str, Holds, str]]] = {
    "min_length": ("min", operator.ge, "at least"),
    "max_length": ("max", operator.le, "at most"),
}
_COUNTED: Final = {"string": ("Length", "characters"), "array": ("Items", "items"), "object": ("Properties", "keys")}


@frozen
class Limit:
    """One demand, by its name in annotated_types."""

    name: str
    bound: Any

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of JSON values that it concerns."""
        if self.name == "pattern":
            return frozenset({"string"})
        if self.name in _LENGTHS:
            return frozenset(_COUNTED)
        return frozenset({"number"} if isinstance(self.bound, int | float | Decimal) else {"string"})

    def keywords(self, kinds: frozenset[str]) -> dict[str, Any]:
        """Give the keywords of JSON Schema; a bound that JSON has no number for is put into words."""
        if self.name == "pattern":
            return {"pattern": self.bound}
        if self.name in _LENGTHS:
            begin = _LENGTHS[self.name][0]
            return {f"{begin}{end}": self.bound for kind, (end, _) in _COUNTED.items() if kind in kinds}
        keyword, _, words = _BOUNDS[self.name]
        if isinstance(self.bound, int | float):
            return {keyword: self.bound}
        if isinstance(self.bound, Decimal):
            return {keyword: int(self.bound) if self.bound == int(self.bound) else float(self.bound)}
        return {"description": f"{words} {self.bound}".capitalize()}

    def complaint(self, value: Any, made: Any) -> str | None:
        """Say what is wrong with a value, and with what was made of it; None where nothing is."""
        if self.name == "pattern":
            return None if search(self.bound, value) else f"has to match {self.bound}, as {shown(value)} does not"
        if self.name in _LENGTHS:
            _, holds, words = _LENGTHS[self.name]
            noun = _COUNTED[kind_of(value)][1]
            return None if holds(len(value), self.bound) else f"has to have {words} {self.bound} {noun}"
        _, holds, words = _BOUNDS[self.name]
        return None if holds(made, self.bound) else f"has to be {words} {self.bound}, not {shown(value)}"


@define(eq=False)
class Limited(Within):
    """A shape whose values have to keep to limits."""

    limits: tuple[Limit, ...]

    def schema(self, sketch: Sketch) -> dict[str, Any]:
        """Add the keywords."""
        drawn = dict(sketch.of(self.shape))
        for limit in self.limits:
            drawn |= limit.keywords(self.kinds)
        return drawn

    def read(self, value: Any, at: Place) -> Any:
        """Read the value, then compare it."""
        made = self.shape.read(value, at)
        if made is MISFIT:
            return MISFIT
        # A decimal number may come as text.
        kind = "number" if isinstance(made, Decimal) else kind_of(value)
        complaints: list[str] = []
        for limit in self.limits:
            if kind in limit.kinds:
                try:
                    complaints += filter(None, [limit.complaint(value, made)])
                except TypeError as error:
                    # Such as a time zone where the bound has none.
                    complaints.append(str(error))
        for complaint in complaints:
            at.misfit(complaint)
        return MISFIT if complaints else made


def limits_in(remarks: tuple[Any, ...]) -> Iterator[Limit]:
    """Find the limits among what `Annotated` says about a type.

    Raises `re.error` for a pattern that is none.
    """
    for remark in remarks:
        for name in (*_BOUNDS, *_LENGTHS, "pattern"):
            bound = getattr(remark, name, None)
            if name == "pattern":
                if (pattern := getattr(bound, "pattern", bound)) and isinstance(pattern, str):
                    yield Limit(name, compiled(pattern).pattern)
            elif type(bound) is int if name in _LENGTHS else _is_bound(bound):
                yield Limit(name, bound)
        # pydantic's `Field` holds the like in a list.
        if isinstance(getattr(remark, "metadata", None), list):
            yield from limits_in(tuple(remark.metadata))


def _is_bound(bound: Any) -> bool:
    if isinstance(bound, float | Decimal):
        return isfinite(bound)
    return isinstance(bound, int | date | datetime | time | timedelta) and not isinstance(bound, bool)


def description_in(remarks: tuple[Any, ...]) -> str | None:
    """Find the description among what `Annotated` says: a string, `Doc`, or anything with a description."""
    found: str | None = None
    for remark in remarks:
        told = (remark, getattr(remark, "documentation", None), getattr(remark, "description", None))
        found = next((text for text in told if isinstance(text, str)), found)
    return found
