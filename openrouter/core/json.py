"""JSON to bytes and back, the same way everywhere."""

from __future__ import annotations

import json
from typing import Any, Final

_ENCODE: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
_ENCODE_ASCII: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def decode_json(data: bytes) -> Any:
    """Decode UTF-8 JSON, with or without white space and byte order mark; raise `ValueError` otherwise."""
    try:
        return json.loads(data.decode("utf-8-sig"))
    except RecursionError as error:
        message = "nested too deeply"
        raise ValueError(message) from error


def as_object(value: object) -> dict[str, Any]:
    """Give a JSON object as it is, and an empty one for anything else."""
    fields: Any = value
    return fields if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """Give a JSON array as it is, and an empty one for anything else."""
    items: Any = value
    return items if isinstance(value, list) else []


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
        message = "nested too deeply"
        raise ValueError(message) from error
