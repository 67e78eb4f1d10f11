"""What has departed in the last minute."""

from __future__ import annotations

from collections import deque
from typing import Final

MINUTE: Final = 60.0
AT_ONCE: Final = float("-inf")
SLICE: Final = 0.1
"""Seconds whose departures the token window keeps as one."""


class RequestWindow:
    """The departures of the last minute: never more than `limit` of them in any 60 seconds.

    It is exact, since the departure that has to be a minute old is known, and holds `limit` numbers at most.
    """

    __slots__ = ("_limit", "_times")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._times: deque[float] = deque()

    def free_at(self, position: int) -> float:
        """Tell from which second on one may depart who lets `position` others go first.

        For positions that need more than what departed so far this is the earliest possible second.
        """
        times = self._times
        unused = self._limit - len(times)
        if position < unused or not times:
            return AT_ONCE
        return times[min(position - unused, len(times) - 1)] + MINUTE

    def depart(self, now: float) -> None:
        """Write down a departure."""
        times = self._times
        while times and times[0] + MINUTE <= now:
            times.popleft()
        times.append(now)


class Slice:
    """The tokens of what departed within a tenth of a second."""

    __slots__ = ("first", "forgotten", "last", "tokens")

    def __init__(self, now: float) -> None:
        self.first = self.last = now
        self.tokens = 0
        self.forgotten = False


class TokenWindow:
    """The tokens of the last minute: never more than `limit` of them in any 60 seconds.

    Departures of a tenth of a second are kept as one that happened with the last of them, so at most some 600
    entries are held and a token counts for up to 60.1 s. One request that is larger than the limit goes
    alone.
    """

    __slots__ = ("_limit", "_slices", "_used")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0
        self._slices: deque[Slice] = deque()

    def free_at(self, tokens: int, now: float, horizon: float) -> float:
        """Tell from which second on `tokens` more fit, looking no further than just after `horizon`."""
        slices = self._slices
        while slices and slices[0].last + MINUTE <= now:
            oldest = slices.popleft()
            oldest.forgotten = True
            self._used -= oldest.tokens
        missing = min(self._used, self._used + tokens - self._limit)
        at, index = AT_ONCE, 0
        while missing > 0 and at < horizon:
            missing -= slices[index].tokens
            at = slices[index].last + MINUTE
            index += 1
        return at

    def depart(self, tokens: int, now: float) -> Slice:
        """Write down a departure with its estimate, and give what `correct` needs."""
        slices = self._slices
        if not slices or now - slices[-1].first >= SLICE:
            slices.append(Slice(now))
        current = slices[-1]
        current.last = now
        current.tokens += tokens
        self._used += tokens
        return current

    def correct(self, departed: Slice, difference: int) -> None:
        """Add to an estimate what it was short of; a negative difference takes away."""
        departed.tokens += difference
        if not departed.forgotten:
            self._used += difference
