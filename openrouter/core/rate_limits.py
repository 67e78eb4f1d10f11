"""What headers say about limits: how long to wait, when a limit ends, and which one it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, Literal

Limit = Literal["daily", "minute", "upstream"]

_MINUTE: Final = 60
_HOUR: Final = 3600
_DAILY_WORDS: Final = re.compile(r"free-models-per-day|\bper[- ]day\b|\bdaily\b", re.IGNORECASE)
_MINUTE_WORDS: Final = re.compile(r"free-models-per-min|\bper[- ]minute\b", re.IGNORECASE)
_UPSTREAM_WORDS: Final = re.compile(r"\bupstream\b|\bat capacity\b", re.IGNORECASE)


def retry_after(headers: Mapping[str, object], told: object, utc: float) -> float | None:
    """Give the seconds to wait: as told in the body, by `Retry-After`, or by `X-RateLimit-Reset`.

    The names of the headers are in lower case; `utc` is the moment of the reply, in seconds since 1970.
    """
    if (seconds := positive_number(told)) is not None:
        return seconds
    given = headers.get("retry-after")
    if (seconds := positive_number(given)) is not None:
        return seconds
    moment = _date(given)
    if moment is None:
        moment = _reset(headers, utc)
    return None if moment is None else max(0.0, moment - utc)


def resets_at(headers: Mapping[str, object], utc: float) -> datetime | None:
    """Give the moment that `X-RateLimit-Reset` names, in UTC."""
    moment = _reset(headers, utc)
    try:
        return None if moment is None else datetime.fromtimestamp(moment, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def limit_of(message: str, *, provider: bool, wait: float | None, counted: bool) -> Limit | None:
    """Tell which limit a 429 speaks of.

    `provider` says whether it names a provider, `counted` whether it has the `X-RateLimit` headers, which only
    OpenRouter's own limits have. `wait` is in seconds: where the words do not tell, how far the reset is does.
    """
    if provider or (not counted and _UPSTREAM_WORDS.search(message)):
        return "upstream"
    # The words for a minute come first: a message about it may go on with what more credits give per day.
    if _MINUTE_WORDS.search(message):
        return "minute"
    if _DAILY_WORDS.search(message) or (counted and wait is not None and wait > _HOUR):
        return "daily"
    return "minute" if counted and wait is not None and wait <= _MINUTE else None


def positive_number(value: object) -> float | None:
    """Read a number that is not negative, from a number or a text."""
    if not isinstance(value, int | float | str) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number < float("inf") else None


def _reset(headers: Mapping[str, object], utc: float) -> float | None:
    """Read `X-RateLimit-Reset` in seconds since 1970.

    Over 1e11 it is in milliseconds since 1970, over 1e9 in seconds since 1970, and else in seconds from now.
    """
    reset = positive_number(headers.get("x-ratelimit-reset"))
    if reset is None:
        return None
    if reset > 1e11:  # noqa: PLR2004 - see above
        return reset / 1000
    return reset if reset > 1e9 else utc + reset  # noqa: PLR2004 - see above


def _date(value: object) -> float | None:
    """Read a date as HTTP writes it, in seconds since 1970; one without a zone is in UTC."""
    if not isinstance(value, str):
        return None
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - it brings half of `email`, for a rare header

    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
