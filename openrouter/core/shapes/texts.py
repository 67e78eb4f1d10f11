"""Values that are text in JSON and something else in Python."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import PurePath
from re import ASCII, Pattern, compile as compiled
from typing import Any, Final

from attrs import frozen

from .places import Place
from .shape import STRING, Sketch, misfit

_DATE: Final = r"\d{4}-\d\d-\d\d"
_TIME: Final = r"\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?"
_AMOUNT: Final = r"(\d+(?:\.\d+)?)"
_DURATION: Final = compiled(
    rf"([+-]?)P(?=.)(?:{_AMOUNT}W)?(?:{_AMOUNT}D)?(?:T(?=.)(?:{_AMOUNT}H)?(?:{_AMOUNT}M)?(?:{_AMOUNT}S)?)?", ASCII
)
_UUID: Final = compiled(r"[0-9A-F]{8}-([0-9A-F]{4}-){3}[0-9A-F]{12}", ASCII)


@frozen
class Spelled:
    """A value that JSON holds as text of a certain spelling."""

    format: str | None
    spelling: Pattern[str] | None
    """Of the text in capital letters. Python's own parsers take more than what the format is."""
    make: Callable[[str], Any]
    wanted: str
    kinds: frozenset[str] = STRING

    def schema(self, sketch: Sketch) -> dict[str, Any]:  # noqa: ARG002 - needs no parts
        """Name the format."""
        return {"type": "string", "format": self.format} if self.format else {"type": "string"}

    def read(self, value: Any, at: Place) -> Any:
        """Make the value of its text."""
        if not isinstance(value, str) or (self.spelling and not self.spelling.fullmatch(value.upper())):
            return misfit(self, value, at)
        try:
            return self.make(value if self.spelling is None else value.upper())
        except (ValueError, OverflowError):
            # A thirtieth of February, or a duration that is too long.
            return misfit(self, value, at)


def _duration(text: str) -> timedelta:
    ((sign, *amounts),) = _DURATION.findall(text)
    weeks, days, hours, minutes, seconds = (float(amount or 0) for amount in amounts)
    made = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -made if sign == "-" else made


_SPELLED: Final = {
    datetime: Spelled(
        "date-time",
        compiled(rf"{_DATE}[T ]{_TIME}", ASCII),
        datetime.fromisoformat,
        "a date and time such as 2030-01-31T15:30:00Z (ISO 8601)",
    ),
    date: Spelled("date", compiled(_DATE, ASCII), date.fromisoformat, "a date such as 2030-01-31 (ISO 8601)"),
    time: Spelled("time", compiled(_TIME, ASCII), time.fromisoformat, "a time such as 15:30:00 (ISO 8601)"),
    timedelta: Spelled(
        "duration",
        _DURATION,
        _duration,
        "a duration such as P1DT2H30M (ISO 8601, without years and months)",
    ),
}


def spelled(cls: type) -> Spelled | None:
    """Give the shape of a class that is text in JSON; None for other classes."""
    if cls in _SPELLED:
        return _SPELLED[cls]
    # By name: to import the module, which can make random values, is not for the pure modules.
    if f"{cls.__module__}.{cls.__qualname__}" == "uuid.UUID":
        return Spelled("uuid", _UUID, cls, "a UUID such as 123e4567-e89b-12d3-a456-426614174000")
    if issubclass(cls, PurePath):
        return Spelled(None, None, cls, "a string: a path")
    return None
