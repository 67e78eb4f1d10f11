"""Moments as the service writes them: ISO 8601, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(value: object) -> datetime | None:
    """Read a moment, in UTC; `None` where it is none. One without a zone is in UTC."""
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) else None
        return None if read is None else read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
