"""One limit, and the line of those who wait for it."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from .windows import AT_ONCE, MINUTE, RequestWindow, Slice, TokenWindow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .facts import Facts
    from .learned import Pace

LATENESS: Final = 1.0
"""Seconds by which a place in line may be noticed late after those in front gave up."""
PATIENCE: Final = 5.0
"""Seconds by which a change of a learned pace may be noticed late."""
STEP: Final = 0.001
"""Seconds between the wake-ups of two neighbours in line, which makes them ask in their order."""


class Ticket:
    """The place of one request in the lines where it stands."""

    __slots__ = ("is_free", "lines", "max_retries", "name", "reserved", "sent", "tokens")

    def __init__(self, facts: Facts) -> None:
        tokens, model = facts.tokens, facts.model
        self.tokens = max(0, tokens)
        self.max_retries = facts.max_retries
        self.sent = AT_ONCE
        """When it departed last."""
        self.is_free = model is not None and model.endswith(":free")
        self.name = None if model is None else (facts.key, ":free" if self.is_free else model)
        """The scope that a 429 of the platform closes."""
        self.lines: Sequence[Scope] = ()
        self.reserved: Sequence[tuple[TokenWindow, Slice]] = ()


class Scope:
    """A line in which only the first may go, and only when the limit has room.

    **When to ask again.** Who is told to wait gets the second at which it is likely to be its turn, plus a
    millisecond for each place in line, so that those who become free together ask in their order. The hint
    never lies more than a second behind the moment at which the first in line may go, whoever that will be
    then: before it nobody could go anyway, and within a second after it everyone has asked. So those behind
    lose at most about a second when the ones in front give up, and a thousand waiters ask about once a second
    each while the line moves, and not at all while it stands. Where tokens are limited, a correction can make
    room at any time, so hints are a second at most; where a pace was learned, which may change, they are five seconds.
    """

    __slots__ = ("_arrivals", "_interval", "_last", "_line", "_requests", "_tokens", "closed_until", "pace", "reason")

    def __init__(self, requests: int | None = None, tokens: int | None = None, interval: float = 0.0) -> None:
        self._requests = RequestWindow(requests) if requests else None
        self._tokens = TokenWindow(tokens) if tokens else None
        self._interval = interval
        self._last = AT_ONCE
        # A plain dict would search past all that were ever taken from its front.
        self._line: OrderedDict[Ticket, int] = OrderedDict()
        self._arrivals = 0
        self.closed_until = AT_ONCE
        self.reason: Mapping[str, object] = {}
        """What the 429 said that closed it."""
        self.pace: Pace | None = None
        """What was learned of the limit of the service, in addition to the user's."""

    def wait(self, ticket: Ticket, now: float) -> float:
        """Seconds after which `ticket` should ask again; 0.0: it is its turn."""
        first, position = ticket, 0
        if self._line:
            number = self._line.get(ticket, self._arrivals)
            first, first_number = next(iter(self._line.items()))
            position = number - first_number
        elif self.pace is not None and self.pace.is_stale(now):
            self.pace = None
        at = self._free_at(position, ticket, now)
        latest = max(now, at if position == 0 else self._free_at(0, first, now)) + LATENESS
        if self._tokens is not None:
            latest = now + LATENESS
            # Those between are taken to need as much as the first.
            tokens = ticket.tokens + position * first.tokens
            at = max(at, self._tokens.free_at(tokens, now, latest))
        if self.pace is not None:
            latest = min(latest, now + PATIENCE)
        return min(max(now, at) + position * STEP, latest) - now

    def _free_at(self, position: int, ticket: Ticket, now: float) -> float:
        at = max(self.closed_until, self._last + (position + 1) * self._interval)
        if self.pace is not None:
            at = max(at, self.pace.free_at(position, now, ticket.max_retries))
        return at if self._requests is None else max(at, self._requests.free_at(position))

    def join(self, ticket: Ticket) -> None:
        """Stand at the end of the line, or stay where one stands."""
        if ticket not in self._line:
            self._line[ticket] = self._arrivals
            self._arrivals += 1

    def leave(self, ticket: Ticket) -> None:
        """Leave the line, from any place."""
        self._line.pop(ticket, None)

    def depart(self, ticket: Ticket, now: float) -> None:
        """Write down that the request is sent."""
        self._last = now
        if self._requests is not None:
            self._requests.depart(now)
        if self.pace is not None:
            self.pace.depart(now)
        if self._tokens is not None:
            ticket.reserved = (*ticket.reserved, (self._tokens, self._tokens.depart(ticket.tokens, now)))

    def is_idle(self, now: float) -> bool:
        """Nobody waits, and forgetting the scope would change no answer."""
        is_needed = self.pace is not None and not self.pace.is_stale(now)
        return not (self._line or is_needed) and max(self.closed_until, self._last + MINUTE) <= now
