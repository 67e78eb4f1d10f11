"""JSON to bytes and back, the same way everywhere."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from json.scanner import make_scanner
from typing import Any, Final, cast

try:
    import orjson
except ImportError:  # it is an extra
    orjson = None  # type: ignore[assignment]  # a module, or nothing

_SCAN: Final = make_scanner(cast("Any", json.JSONDecoder()))
_BLANK: Final = " \t\r\n"
_ENCODE: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
_ENCODE_ASCII: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def decode_plain(data: bytes) -> Any:
    """Decode UTF-8 JSON, with or without white space and byte order mark; raise `ValueError` otherwise."""
    try:
        text = data.decode()
        value, end = _SCAN(text, 0)
        if end == len(text) or not text[end:].strip(_BLANK):
            return value
    except (ValueError, StopIteration, RecursionError):
        pass  # and let no error of this first try hang on to what is raised next
    return _decode_all(data)


def decode_with(loads: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    """Make the same of a quicker function that refuses some of what is right.

    With orjson's, a whole number beyond 64 bits becomes a float; all else is as without it.
    """

    def decode(data: bytes) -> Any:
        try:
            return loads(data)
        except (ValueError, RecursionError):
            pass  # as above
        return _decode_all(data)

    return decode


def _decode_all(data: bytes) -> Any:
    try:
        return json.loads(data.removeprefix(BOM_UTF8).decode())
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


decode_json: Final = decode_plain if orjson is None else decode_with(orjson.loads)


def as_object(value: object) -> dict[str, Any]:
    """Give a JSON object as it is, and an empty one for anything else."""
    fields: Any = value
    return fields if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """Give a JSON array as it is, and an empty one for anything else."""
    items: Any = value
    return items if isinstance(value, list) else []


def as_whole(value: object, otherwise: int | None = None) -> int | None:
    """Give a whole number, 3 for 3.0 as well, and `otherwise` for anything else."""
    return int(value) if type(value) is int or (isinstance(value, float) and value.is_integer()) else otherwise


def as_decimal(value: object, otherwise: Decimal | None = None) -> Decimal | None:
    """Give a finite number as it was written, in a string too, and `otherwise` for anything else.

    The shortest text of a float is what stood in the JSON.
    """
    if type(value) not in (str, int, float):
        return otherwise
    try:
        number = Decimal(str(value))
    except (InvalidOperation, ValueError):  # the latter for a whole number of thousands of digits
        return otherwise
    return number if number.is_finite() else otherwise


def encode_json(value: object) -> bytes:
    """Encode compactly and in the order given, so that equal requests are equal bytes.

    Raises `TypeError` for what JSON cannot hold, and `ValueError` for NaN, infinity, circles and too deep nesting.
    """
    try:
        return _ENCODE(value).encode()
    except UnicodeEncodeError:
        # Half a surrogate pair, as some models send: UTF-8 cannot hold it, an escape can.
        return _ENCODE_ASCII(value).encode()
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def encode_loosely(value: object) -> str:
    """Make text of what is no JSON in the strict sense, such as NaN; of what nobody could read again, none."""
    try:
        return json.dumps(value)
    except RecursionError:
        return ""
