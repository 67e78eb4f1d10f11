"""What a key may spend, and what it has (API page "Get current API key").

The limits of a key begin anew at midnight UTC: every day, on Mondays, or on the first of the month.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from attrs import frozen

from ..core.arguments import refuse
from .believable import signed_usd_field, usd_field
from .chat import Raw, raw_field
from .moments import moment

_DAYS_OF_A_WEEK = 7
_LONGEST_MONTH = timedelta(days=31)


@frozen
class KeyInfo:
    """A key, what it may spend and what it has spent. All amounts are USD, all periods those of UTC.

    `byok_usage` is what providers charged for keys of your own at them.
    """

    label: str | None = None
    """The name, or the key with its middle left out."""
    limit: Decimal | None = usd_field()
    """What it may spend; `None`: as much as the account has."""
    limit_remaining: Decimal | None = signed_usd_field()
    """What is left of the limit."""
    limit_reset: str | None = None
    """When the limit begins anew: `daily`, `weekly`, `monthly`; `None`: never. `resets_at` says when that is next."""
    include_byok_in_limit: bool | None = None
    """Whether what providers charge counts too."""
    usage: Decimal | None = usd_field()
    """What it ever spent."""
    usage_daily: Decimal | None = usd_field()
    """Today."""
    usage_weekly: Decimal | None = usd_field()
    """Since Monday."""
    usage_monthly: Decimal | None = usd_field()
    """This month."""
    byok_usage: Decimal | None = usd_field()
    byok_usage_daily: Decimal | None = usd_field()
    byok_usage_weekly: Decimal | None = usd_field()
    byok_usage_monthly: Decimal | None = usd_field()
    is_free_tier: bool | None = None
    """The account has never bought credits, which makes the daily limit of `:free` models lower."""
    is_management_key: bool | None = None
    """It manages keys, and cannot ask models."""
    is_provisioning_key: bool | None = None
    """The old name of `is_management_key`."""
    creator_user_id: str | None = None
    rate_limit: dict[str, Any] | None = None
    """Left from earlier days: its `requests` are always -1. It says nothing of today's limits."""
    raw: Raw = raw_field()

    @property
    def expires_at(self) -> datetime | None:
        """When the key ends, in UTC; `None`: never."""
        return moment(self.raw.get("expires_at"))

    def resets_at(self, now: datetime) -> datetime | None:
        """Give the moment in UTC at which the limit begins anew after `now`; `None` where it never does.

        Raises `InvalidArgumentError` for a `now` without a zone: it is not known what time that is.
        """
        if now.tzinfo is None:
            refuse("now", now, "a datetime with a zone, such as datetime.now(UTC)")
        day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        if self.limit_reset == "daily":
            return day + timedelta(days=1)
        if self.limit_reset == "weekly":
            return day + timedelta(days=_DAYS_OF_A_WEEK - day.weekday())
        if self.limit_reset == "monthly":
            return (day.replace(day=1) + _LONGEST_MONTH).replace(day=1)
        return None
