"""Limits: how long to wait, which one it was, and when it ends."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, strategies as st

from openrouter.core import errors
from openrouter.core.envelope import error_from
from openrouter.core.rate_limits import resets_at, retry_after

NOW = 1_445_412_480.0
"""Wed, 21 Oct 2015 07:28:00 GMT."""
MIDNIGHT = "1445472000000"
"""The end of that day, in milliseconds as the service has it."""


@pytest.mark.parametrize(
    ("headers", "told", "seconds"),
    [
        ({"retry-after": "7"}, None, 7.0),
        ({"retry-after": "0.5"}, None, 0.5),
        ({"retry-after": "0"}, None, 0.0),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:30 GMT"}, None, 30.0),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:30"}, None, 30.0),
        ({"retry-after": "Wed, 21 Oct 2015 09:28:30 +0200"}, None, 30.0),
        ({"retry-after": "Wed, 21 Oct 2015 07:27:00 GMT"}, None, 0.0),
        ({"retry-after": "soon"}, None, None),
        ({"retry-after": "-5"}, None, None),
        ({"retry-after": "nan"}, None, None),
        ({"retry-after": "inf"}, None, None),
        ({"retry-after": "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"}, None, None),
        ({"retry-after": ""}, None, None),
        ({"retry-after": 9}, None, 9.0),
        ({"retry-after": ["9"]}, None, None),
        ({"x-ratelimit-reset": "12"}, None, 12.0),
        ({"x-ratelimit-reset": str(int(NOW) + 40)}, None, 40.0),
        ({"x-ratelimit-reset": str((int(NOW) + 50) * 1000)}, None, 50.0),
        ({"x-ratelimit-reset": str(int(NOW) - 40)}, None, 0.0),
        ({"x-ratelimit-reset": "later"}, None, None),
        ({"retry-after": "7", "x-ratelimit-reset": "12"}, None, 7.0),
        ({"retry-after": "soon", "x-ratelimit-reset": "12"}, None, 12.0),
        ({"retry-after": "7", "x-ratelimit-reset": "12"}, 3, 3.0),
        ({"retry-after": "7"}, "4", 4.0),
        ({"retry-after": "7"}, True, 7.0),
        ({"retry-after": "7"}, 10**400, 7.0),
        ({}, None, None),
    ],
)
def test_how_long_to_wait(headers: dict[str, object], told: object, seconds: float | None) -> None:
    assert retry_after(headers, told, NOW) == seconds


@given(st.text(max_size=40) | st.text(alphabet="0123456789 :,+-GMTWedOct", max_size=40), st.text(max_size=20))
def test_no_header_raises(date: str, reset: str) -> None:
    found = retry_after({"retry-after": date, "x-ratelimit-reset": reset}, None, NOW)
    assert found is None or 0 <= found < float("inf")


def read(error: dict[str, Any], headers: dict[str, str] | None = None, **outer: object) -> errors.RateLimitError:
    found = error_from({**outer, "error": {"code": 429, **error}}, status=429, headers=headers or {}, utc=NOW)
    assert isinstance(found, errors.RateLimitError)
    return found


def counted(limit: str, reset: str) -> dict[str, str]:
    return {"X-RateLimit-Limit": limit, "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}


PER_DAY = "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day"
PER_MINUTE = "Rate limit exceeded: free-models-per-min. Add 10 credits to unlock 1000 free model requests per day"
UPSTREAM = "acme/large:free is temporarily rate-limited upstream. Please retry shortly."


@pytest.mark.parametrize("in_the_body", [True, False])
@pytest.mark.parametrize(
    ("message", "limit", "reset", "expected"),
    [
        (PER_DAY, "50", MIDNIGHT, "daily"),
        ("Rate limit exceeded: free-models-per-day-high-balance.", "1000", MIDNIGHT, "daily"),
        (PER_MINUTE, "20", str((int(NOW) + 30) * 1000), "minute"),
        ("You have made 500 requests, the limit per day.", "500", "30", "daily"),
        ("30 requests per minute are allowed.", "30", "30", "minute"),
        ("Too many requests reach the upstream: 20 per minute are allowed.", "20", "30", "minute"),
        # Without words, how far the reset is tells.
        ("Rate limit exceeded", "50", MIDNIGHT, "daily"),
        ("Rate limit exceeded", "20", "60", "minute"),
        ("Rate limit exceeded", "20", "61", None),
        ("Rate limit exceeded", "20", "3600", None),
        ("Rate limit exceeded", "20", "soon", None),
    ],
)
def test_limits_of_the_platform(
    message: str, limit: str, reset: str, expected: str | None, *, in_the_body: bool
) -> None:
    headers = counted(limit, reset)
    found = (
        read({"message": message, "metadata": {"headers": headers}})
        if in_the_body
        else read({"message": message}, headers)
    )
    assert (found.limit, found.platform) == (expected, True)
    assert (found.limit_requests, found.remaining) == (int(limit), 0)


def test_when_a_limit_ends() -> None:
    found = read({"message": PER_DAY, "metadata": {"headers": counted("50", MIDNIGHT)}})
    assert found.resets_at == datetime(2015, 10, 22, tzinfo=UTC)
    assert found.retry_after == 59520.0
    assert read({"message": PER_MINUTE}, counted("20", "30")).resets_at == datetime(2015, 10, 21, 7, 28, 30, tzinfo=UTC)


@pytest.mark.parametrize("reset", ["", "later", "-1", "1e300", "nan", None, ["5"]])
def test_an_end_that_is_no_date_is_unknown(reset: object) -> None:
    assert resets_at({"x-ratelimit-reset": reset}, NOW) is None


def test_words_tell_without_any_header() -> None:
    found = read({"message": PER_DAY})
    assert (found.limit, found.platform, found.retry_after, found.resets_at) == ("daily", True, None, None)
    assert (found.limit_requests, found.remaining) == (None, None)
    assert (read({"message": PER_MINUTE}).limit, read({"message": "Slow down"}).limit) == ("minute", None)


@pytest.mark.parametrize(
    ("error", "outer"),
    [
        ({"message": "Provider returned error", "metadata": {"provider_name": "Acme", "raw": UPSTREAM}}, {}),
        ({"message": UPSTREAM}, {}),
        ({"message": "Rate limit exceeded", "metadata": {"provider_code": "rate_limited"}}, {}),
        ({"message": "Rate limit exceeded", "metadata": {"previous_errors": [{"code": 429}]}}, {}),
        ({"message": "Rate limit exceeded"}, {"provider": "Acme"}),
        ({"message": "Busy", "availability": {"code": "capacity_exhausted"}}, {}),
        ({"message": "All providers for acme/large are at capacity."}, {}),
        ({"message": "You exceeded the 20 requests per day.", "metadata": {"provider_name": "Acme"}}, {}),
    ],
)
def test_limits_of_a_provider(error: dict[str, Any], outer: dict[str, object]) -> None:
    found = read(error, **outer)
    assert (found.limit, found.platform) == ("upstream", False)


@pytest.mark.parametrize(
    ("metadata", "headers", "seconds"),
    [
        ({"retry_after_seconds": 17}, {}, 17.0),
        ({"retry_after_seconds": 17, "headers": {"Retry-After": "18"}}, {}, 18.0),
        ({"retry_after_seconds": 17}, {"Retry-After": "19"}, 19.0),
        ({"retry_after_seconds": "soon"}, {}, None),
    ],
)
def test_a_hint_of_the_provider_in_the_body_counts(
    metadata: dict[str, Any], headers: dict[str, str], seconds: float | None
) -> None:
    assert read({"message": UPSTREAM, "metadata": metadata}, headers).retry_after == seconds


def test_headers_within_the_body_count_unless_the_reply_has_its_own() -> None:
    error = {
        "message": "Rate limit exceeded",
        "metadata": {"headers": {"X-RateLimit-Limit": 20, "X-RateLimit-Reset": "60"}},
    }
    found = read(error)
    assert (found.retry_after, found.limit_requests) == (60.0, 20)
    assert read(error, {"X-RateLimit-Reset": "5"}).retry_after == 5.0


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (
            read({"message": PER_DAY}, counted("50", MIDNIGHT)),
            "used up, until 2015-10-22 00:00 UTC: buy 10 USD of credits",
        ),
        (
            read({"message": PER_DAY}),
            "The requests of this day are used up: buy 10 USD of credits, which raises the limit",
        ),
        (
            read({"message": "free-models-per-day-high-balance"}),
            "The requests of this day are used up: use the paid model.",
        ),
        (read({"message": PER_MINUTE}, counted("20", "30")), "Try again in 30 s."),
        (read({"message": PER_MINUTE}), "Send fewer requests at once."),
        (
            read({"message": UPSTREAM}),
            "Try again later, allow other providers, name fallback `models`, or add your own key",
        ),
        (read({"message": UPSTREAM}, {"Retry-After": "7"}), "Try again in 7 s, allow other providers"),
    ],
)
def test_the_advice_fits_the_limit(error: errors.RateLimitError, advice: str) -> None:
    assert advice in str(error)
