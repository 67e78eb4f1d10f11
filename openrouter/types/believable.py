"""Numbers that can be true. One that cannot, below zero or beyond belief, is unknown; `raw` keeps what was told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from attrs import field

from .chat import FINEST_USD, MOST_TOKENS, MOST_USD

MOST_MILLISECONDS: Final = 10.0**12
"""Thirty years."""
# Type checkers cannot tell what a field is whose default is None and whose converter takes more than that.
_FIELD: Any = field


def _usd(value: Decimal | None) -> Decimal | None:
    return value if value is not None and 0 <= value <= MOST_USD and value.adjusted() >= FINEST_USD else None


def _signed_usd(value: Decimal | None) -> Decimal | None:
    return value if value is not None and -MOST_USD <= value <= MOST_USD else None


def _count(value: int | None) -> int | None:
    return value if value is not None and 0 <= value <= MOST_TOKENS else None


def _measure(value: float | None) -> float | None:
    return value if value is not None and 0 <= value <= MOST_MILLISECONDS else None


def usd_field() -> Any:
    """An amount of USD: a `Decimal`, or `None`."""
    return _FIELD(default=None, converter=_usd)


def signed_usd_field() -> Any:
    """An amount of USD that may be below zero."""
    return _FIELD(default=None, converter=_signed_usd)


def count_field() -> Any:
    """A number of tokens, or of other things: whole, or `None`."""
    return _FIELD(default=None, converter=_count)


def measure_field() -> Any:
    """Something measured, in whatever unit: finite, or `None`."""
    return _FIELD(default=None, converter=_measure)


def seconds(milliseconds: float | None) -> float | None:
    """Turn what the service tells in milliseconds into seconds."""
    return None if milliseconds is None else milliseconds / 1000
