"""What `Annotated` may demand of a value: bounds, lengths, patterns, and what a function finds right."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from math import isfinite
from typing import Any, Final, cast

from attrs import define, frozen

from .nested import Within
from .places import MISFIT, OWN_ERRORS, Place, shown
from .shape import ALL, Sketch, kind_of

_KEPT: Final = frozenset({"Ge", "Gt", "Le", "Lt", "MultipleOf", "MinLen", "MaxLen", "Predicate"}) | {
    # These say nothing, or nothing more than JSON and the checks here do.
    *(
        "Unit",
        "DocInfo",
        "Strict",
        "AllowInfNan",
        "FailFast",
        "Tag",
        "Discriminator",
        "PlainSerializer",
        "WrapSerializer",
    ),
}
"""Classes of annotated_types and pydantic, in `Annotated`."""
_HARMLESS: Final = frozenset({"pattern", "strict", "allow_inf_nan", "fail_fast", "union_mode"})
"""Settings of pydantic that are kept, or say nothing more than the checks here do."""

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
        if self.name == "func":
            return ALL
        if self.name in _LENGTHS:
            return frozenset(_COUNTED)
        return frozenset({"number"} if isinstance(self.bound, int | float | Decimal) else {"string"})

    def keywords(self, kinds: frozenset[str]) -> dict[str, Any]:
        """Give the keywords of JSON Schema; a bound that JSON has no number for is put into words."""
        if self.name == "pattern":
            # In JSON Schema a pattern has no flags.
            is_plain = self.bound.flags == re.RegexFlag.UNICODE
            return {"pattern": self.bound.pattern} if is_plain else {"description": f"Has to match {self._pattern}"}
        if self.name == "func":
            return {}
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
            return None if self.bound.search(value) else f"has to match {self._pattern}, as {shown(value)} does not"
        if self.name == "func":
            name = getattr(self.bound, "__qualname__", self.bound)
            return None if self.bound(made) else f"has to be what {name} finds right, as {shown(value)} is not"
        if self.name in _LENGTHS:
            _, holds, words = _LENGTHS[self.name]
            noun = _COUNTED[kind_of(value)][1]
            return None if holds(len(value), self.bound) else f"has to have {words} {self.bound} {noun}"
        _, holds, words = _BOUNDS[self.name]
        return None if holds(made, self.bound) else f"has to be {words} {self.bound}, not {shown(value)}"

    @property
    def _pattern(self) -> str:
        names = [str(flag.name).lower() for flag in re.RegexFlag(self.bound.flags & ~re.RegexFlag.UNICODE)]
        return f"{self.bound.pattern} ({', '.join(names)})" if names else self.bound.pattern


@define(eq=False)
class Limited(Within):
    """A shape whose values have to keep to limits."""

    limits: tuple[Limit, ...]

    def schema(self, sketch: Sketch) -> dict[str, Any]:
        """Add the keywords."""
        drawn = dict(sketch.of(self.shape))
        for limit in self.limits:
            keywords = limit.keywords(self.kinds)
            if "description" in keywords and "description" in drawn:
                keywords["description"] = f"{drawn['description']}; {keywords['description']}"
            drawn |= keywords
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
                except OWN_ERRORS as error:
                    # Such as a time zone where the bound has none.
                    complaints.append(f"was refused: {error}")
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
                yield from _pattern_in(remark, bound)
            elif type(bound) is int if name in _LENGTHS else _is_bound(bound):
                yield Limit(name, bound)
        if type(remark).__name__ == "Predicate" and callable(getattr(remark, "func", None)):
            yield Limit("func", remark.func)


def _pattern_in(remark: Any, part: Any) -> Iterator[Limit]:
    """Find a pattern, which is the remark itself, or a part of it, or a text."""
    given = cast("Any", remark if isinstance(remark, re.Pattern) else part)
    pattern: Any = re.compile(given) if isinstance(given, str) and given else given
    if isinstance(pattern, re.Pattern):
        if isinstance(cast("Any", pattern).pattern, bytes):
            raise re.error("it is one for bytes")
        yield Limit("pattern", cast("Any", pattern))


def taken_apart(remarks: Iterable[Any]) -> Iterator[Any]:
    """Give the parts of what stands for several remarks: `Interval`, `StringConstraints`, `Field`."""
    for remark in remarks:
        if _is_foreign(remark) and isinstance(remark, Iterable):
            yield from taken_apart(cast("Any", remark))
            continue
        yield remark
        parts: Any = getattr(remark, "metadata", None)
        if isinstance(parts, list):
            yield from taken_apart(cast("Any", parts))


def lost(remarks: Iterable[Any]) -> str | None:
    """Name what annotated_types or pydantic would demand, and is not kept here; None where there is nothing of it."""
    for remark in remarks:
        name = type(remark).__name__
        if not _is_foreign(remark):
            continue
        if name == "FieldInfo":
            named = [key for key in ("alias", "validation_alias") if getattr(remark, key)]
            named += [] if remark.is_required() else ["default"]
        elif name == "_PydanticGeneralMetadata":
            settings: dict[str, Any] = remark.__dict__
            named = [key for key, value in settings.items() if value not in {None, False} and key not in _HARMLESS]
        else:
            named = [] if name in _KEPT else [name]
        if named:
            return named[0]
    return None


def _is_foreign(remark: Any) -> bool:
    return type(remark).__module__.partition(".")[0] in {"annotated_types", "pydantic"}


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
