"""Values of Python as plain JSON: what a tool gave, for a model to read."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from math import isfinite
from os import PathLike, fsdecode
from typing import Any, Final, cast

import attrs

from .arguments import refuse
from .json import encode_json
from .structuring import Unbuilt, as_dict

_WANTED: Final = (
    "JSON, or what becomes it: text, numbers, lists, mappings, dates, enums, "
    "instances of attrs classes, dataclasses and pydantic models"
)


def as_plain(value: Any, name: str = "value") -> Any:
    """Make plain JSON of a value; raise `InvalidArgumentError`, with the path to it, for what has no JSON.

    Instances of attrs classes, dataclasses and pydantic models become objects, enums their values, dates, times and
    durations ISO 8601 text; `Decimal`, `UUID` and paths become text, so that no digit is lost. Sets become lists in a
    fixed order. Bytes, NaN and infinity are refused. `name` is what the error calls the value.
    """
    try:
        return _plain(name, value)
    except RecursionError:
        refuse(name, value, "a value that is not nested so deeply")


def json_text(value: Any, name: str = "value") -> str:
    """Give a value as compact JSON text; raise `InvalidArgumentError` as `as_plain` does."""
    plain = as_plain(value, name)
    try:
        return encode_json(plain).decode()
    except ValueError as error:
        # Python decodes more levels than it encodes, and numbers of more digits.
        refuse(name, cast("object", value), f"JSON ({error})")


def iso_duration(value: timedelta) -> str:
    """Give a duration as ISO 8601 text, such as `P1DT2H` or `-PT0.5S`."""
    if value < timedelta(0):
        return f"-{iso_duration(-value)}"
    minutes, seconds = divmod(value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{value.microseconds:06d}".rstrip("0") if value.microseconds else ""
    days = f"{value.days}D" if value.days else ""
    clock = "".join(f"{count}{unit}" for count, unit in ((hours, "H"), (minutes, "M")) if count)
    clock += f"{seconds}{fraction}S" if seconds or fraction else ""
    return f"P{days}T{clock}" if clock else f"P{days or 'T0S'}"


def _plain(name: str, value: object) -> Any:
    given: Any = value
    if isinstance(value, Enum):
        return _plain(name, value.value)
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else refuse(name, value, "a finite number: JSON has no other")
    if isinstance(value, Mapping):
        return _object(name, given)
    if isinstance(value, bytes | bytearray | memoryview):
        refuse(name, given, "text: decode it, or encode it with base64; image() and the like make parts of it")
    as_text = _text(given)
    return _composed(name, given) if as_text is None else as_text


def _object(name: str, given: Mapping[Any, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, item in given.items():
        called = _plain(name, key)
        if isinstance(called, bool) or not isinstance(called, str | int):
            refuse(name, given, "a mapping whose keys are text, whole numbers, or what becomes text")
        if str(called) in made:
            refuse(name, given, f"a mapping in which one key alone becomes {str(called)!r}")
        made[str(called)] = _plain(f"{name}[{key!r}]", item)
    return made


def _text(value: Any) -> str | None:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return iso_duration(value)
    if isinstance(value, PathLike):
        return fsdecode(cast("PathLike[str]", value))
    # Who has one has imported the module.
    uuid = sys.modules.get("uuid")
    return str(value) if isinstance(value, Decimal) or (uuid and isinstance(value, uuid.UUID)) else None


def _composed(name: str, value: object) -> Any:
    given: Any = value
    cls = cast("Any", type(value))
    if isinstance(value, Unbuilt):
        refuse(name, value, "JSON: parts of a message stand alone, or in a list beside text and other parts")
    if callable(dump := getattr(cls, "model_dump", None)):
        return dump(value, mode="json")
    if attrs.has(cls):
        known = attrs.fields_dict(cls)
        if "raw" in known and not known["raw"].eq:
            return _plain(name, as_dict(value))
        # What `__init__` takes has the name that it takes it under.
        names = {each.name: each.alias if each.init else each.name for each in known.values()}
    elif is_dataclass(cls):
        names = {each.name: each.name for each in fields(cls)}
    elif isinstance(value, Collection):
        made = [_plain(f"{name}[{place}]", item) for place, item in enumerate(given)]
        # The order of a set changes from process to process; equal requests are to be equal bytes.
        return sorted(made, key=encode_json) if isinstance(value, set | frozenset) else made
    else:
        refuse(name, value, _WANTED)
    return {shown: _plain(f"{name}.{held}", getattr(value, held)) for held, shown in names.items()}
