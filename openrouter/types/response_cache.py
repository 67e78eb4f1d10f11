"""Whether a reply came out of the service's cache (API page "Response caching")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import frozen

_MOST_DIGITS: Final = 18


@frozen
class ResponseCache:
    """What the service said of its cache. A reply that comes out of it costs nothing, and has an id of its own."""

    status: str
    """`HIT` or `MISS`."""
    age: int | None = None
    """Seconds since the reply was kept, of a hit."""
    ttl: int | None = None
    """Seconds for which it is kept."""
    source_id: str | None = None
    """The id of the generation that it was first, of a hit."""

    @property
    def is_hit(self) -> bool:
        """Whether the reply came out of the cache."""
        return self.status.upper() == "HIT"


def cache_told_by(headers: Mapping[str, str]) -> ResponseCache | None:
    """Read the headers of a reply; `None` where they tell of no cache."""
    status = headers.get("x-openrouter-cache-status")
    if not status:
        return None
    return ResponseCache(
        status,
        _seconds(headers.get("x-openrouter-cache-age")),
        _seconds(headers.get("x-openrouter-cache-ttl")),
        headers.get("x-openrouter-cache-source-id"),
    )


def _seconds(told: str | None) -> int | None:
    return int(told) if told and told.isascii() and told.isdigit() and len(told) <= _MOST_DIGITS else None
