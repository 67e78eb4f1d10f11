"""What a key may spend, and when its limit begins anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from openrouter import InvalidArgumentError
from openrouter.core.structuring import structurer
from openrouter.types.keys import KeyInfo

CAME: dict[str, Any] = {
    "label": "sk-or-v1-0e6...1c96",
    "limit": 50,
    "limit_remaining": 12.25,
    "limit_reset": "weekly",
    "include_byok_in_limit": True,
    "usage": 137.75,
    "usage_daily": 1.5,
    "usage_weekly": 37.75,
    "usage_monthly": 100.1,
    "byok_usage": 4,
    "byok_usage_daily": 0,
    "byok_usage_weekly": 1.25,
    "byok_usage_monthly": 2,
    "is_free_tier": False,
    "is_management_key": False,
    "is_provisioning_key": False,
    "creator_user_id": "user_1",
    "expires_at": "2027-12-31T23:59:59Z",
    "rate_limit": {"requests": -1, "interval": "10s", "note": "No longer in use."},
    "new": 1,
}


def key(**told: Any) -> KeyInfo:
    return structurer(KeyInfo)(told)


def test_all_that_is_told_of_a_key() -> None:
    found = key(**CAME)
    assert found == KeyInfo(
        label="sk-or-v1-0e6...1c96",
        limit=Decimal(50),
        limit_remaining=Decimal("12.25"),
        limit_reset="weekly",
        include_byok_in_limit=True,
        usage=Decimal("137.75"),
        usage_daily=Decimal("1.5"),
        usage_weekly=Decimal("37.75"),
        usage_monthly=Decimal("100.1"),
        byok_usage=Decimal(4),
        byok_usage_daily=Decimal(0),
        byok_usage_weekly=Decimal("1.25"),
        byok_usage_monthly=Decimal(2),
        is_free_tier=False,
        is_management_key=False,
        is_provisioning_key=False,
        creator_user_id="user_1",
        rate_limit=CAME["rate_limit"],
    )
    assert found.raw == CAME
    assert found.expires_at == datetime(2027, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "expires_at"),
    [
        ("2027-01-01T01:30:00+01:30", datetime(2027, 1, 1, tzinfo=UTC)),
        ("2027-01-01T00:00:00", datetime(2027, 1, 1, tzinfo=UTC)),
        ("2027-01-01T00:00:00.123Z", datetime(2027, 1, 1, 0, 0, 0, 123000, tzinfo=UTC)),
        ("0001-01-01T00:00:00+23:00", None),
        ("soon", None),
        ("", None),
        (None, None),
        (1_800_000_000, None),
    ],
)
def test_when_it_ends(told: object, expires_at: datetime | None) -> None:
    assert key(expires_at=told).expires_at == expires_at


def test_more_than_the_limit_may_be_spent_but_a_limit_is_not_below_zero() -> None:
    found = key(limit=-1, limit_remaining=-0.25, usage=-5)
    assert (found.limit, found.limit_remaining, found.usage) == (None, Decimal("-0.25"), None)
    assert found.raw["limit"] == -1
    assert key(limit_remaining=1e12).limit_remaining is None


MONDAY, SUNDAY = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 22, 23, 59, 59, 999999, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reset", "now", "resets_at"),
    [
        ("daily", SUNDAY, MONDAY),
        ("daily", MONDAY, datetime(2026, 11, 24, tzinfo=UTC)),
        ("daily", datetime(2026, 12, 31, 5, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        ("weekly", SUNDAY, MONDAY),
        ("weekly", MONDAY, datetime(2026, 11, 30, tzinfo=UTC)),
        ("weekly", datetime(2026, 12, 30, 12, tzinfo=UTC), datetime(2027, 1, 4, tzinfo=UTC)),
        ("monthly", MONDAY, datetime(2026, 12, 1, tzinfo=UTC)),
        ("monthly", datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        ("monthly", datetime(2027, 1, 31, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)),
        ("monthly", datetime(2028, 2, 29, 23, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC)),
        (None, MONDAY, None),
        ("yearly", MONDAY, None),
    ],
)
def test_when_the_limit_begins_anew(reset: str | None, now: datetime, resets_at: datetime | None) -> None:
    assert key(limit_reset=reset).resets_at(now) == resets_at


def test_it_is_the_day_in_utc_that_counts() -> None:
    tokyo = timezone(timedelta(hours=9))
    resets_at = key(limit_reset="daily").resets_at(datetime(2026, 11, 24, 3, tzinfo=tokyo))
    assert resets_at == datetime(2026, 11, 24, tzinfo=UTC)
    assert resets_at is not None
    assert resets_at.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"now=.*a datetime with a zone"):
        key(limit_reset="daily").resets_at(datetime(2026, 11, 24))  # noqa: DTZ001 - what is tested


LONGEST = {"daily": 1, "weekly": 7, "monthly": 31}


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis's bounds
    st.sampled_from([*LONGEST]),
)
def test_it_is_always_later_and_always_midnight(now: datetime, reset: str) -> None:
    resets_at = key(limit_reset=reset).resets_at(now)
    assert resets_at is not None
    assert timedelta(0) < resets_at - now <= timedelta(days=LONGEST[reset])
    assert (resets_at.hour, resets_at.minute, resets_at.second, resets_at.microsecond) == (0, 0, 0, 0)
    # and nothing begins anew in between
    assert key(limit_reset=reset).resets_at(resets_at - timedelta(microseconds=1)) == resets_at
