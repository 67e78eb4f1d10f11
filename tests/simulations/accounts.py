"""Accounts with a limit for a minute, as a service may count them."""

from __future__ import annotations

from collections import deque
from typing import Protocol

from attrs import define, field

MINUTE = 60.0


class Account(Protocol):
    """Lets so many requests a minute pass."""

    limit: int

    def arrive(self, now: float) -> float | None:
        """Count a request, or give the second at which the limit resets: it is refused, and not counted."""
        ...


@define
class FixedWindows:
    """Counts in minutes that begin at `begin`, and every 60 s before and after."""

    limit: int
    begin: float = 0.0
    _window: float = field(init=False, default=-1.0)
    _counted: int = field(init=False, default=0)

    def arrive(self, now: float) -> float | None:
        window = (now - self.begin) // MINUTE
        if window != self._window:
            self._window, self._counted = window, 0
        if self._counted >= self.limit:
            return self.begin + (window + 1) * MINUTE
        self._counted += 1
        return None


@define
class SlidingWindow:
    """Counts what arrived in the last 60 s; the limit resets when the oldest of it is a minute old."""

    limit: int
    _arrived: deque[float] = field(init=False, factory=deque[float])

    def arrive(self, now: float) -> float | None:
        while self._arrived and self._arrived[0] + MINUTE <= now:
            self._arrived.popleft()
        if len(self._arrived) >= self.limit:
            return self._arrived[0] + MINUTE
        self._arrived.append(now)
        return None
