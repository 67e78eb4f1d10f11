"""The clocks of the request that a connection currently serves.

A deadline has to reach each single read. So each connection has a `Wire`, which the pool sets for each request, and a
stream that asks it how long it may still wait.
"""

from __future__ import annotations

import os
import select
import time
from typing import Final

from attrs import define

from ..core.errors import ConfigurationError
from ..outgoing import Outgoing
from .network_errors import ReadTimeout, TimeoutException

STALE_WITHIN: Final = 0.25
"""Seconds within which it shows that a connection had been closed while it was idle, even on a busy machine."""
TIMER_SLACK: Final = 0.001
"""Timers may fire a hair early."""
MOST_READ: Final = 16 * 1024
"""Bytes that are read at once: as many as a record of TLS has, and so few that it does not fray the memory."""

LATE: Final = "The deadline has passed."
FORKED: Final = "A reply can only be read by the process that asked for it, not by one that was forked off since."


def seconds_left(deadline: float | None, limit: float | None = None) -> float | None:
    """Give the seconds until the deadline, and `limit` at most; `None` is for ever."""
    if deadline is None:
        return limit
    left = deadline - time.monotonic()
    return left if limit is None else min(left, limit)


@define(eq=False)
class Wire:
    """What a connection's stream may still wait for, and what has come over it."""

    idle: float | None = None
    deadline: float | None = None
    received: bool = False
    """A byte has come since the request that is under way was sent."""
    ended: bool = False
    """The end of what the server says has come since then."""
    writing: float | None = None
    """Seconds that may pass without the server taking another piece of the request."""
    served: int = 0
    """Requests that this connection has been used for."""
    began_at: float = 0.0
    stall: float | None = None
    """Seconds that the rest of the head of a streamed reply may take, once something has come."""
    head_until: float | None = None
    process: int = 0
    """Which sent the request that is under way."""

    def begin(self, outgoing: Outgoing) -> None:
        """Take the clocks of the next request."""
        self.idle, self.deadline = outgoing.clocks.idle, outgoing.ends_at
        self.writing = outgoing.clocks.writing
        self.received = self.ended = False
        self.process = os.getpid()
        self.served += 1
        self.began_at = time.monotonic()
        self.stall, self.head_until = outgoing.clocks.stall if outgoing.stream else None, None

    @property
    def stale(self) -> bool:
        """It had been idle, and nothing has come back since, which showed at once.

        The news of a connection that was closed before takes a round trip at most. A server that closes later than that
        may have worked on the request meanwhile, and billed it.
        """
        at_once = time.monotonic() - self.began_at < STALE_WITHIN
        return self.served > 1 and not self.received and at_once

    def came(self, data: bytes) -> None:
        """Take note of what has come: bytes, or the end."""
        if not data:
            self.ended = True
        elif not self.received:
            self.received = True
            # A server may send any number of provisional replies (1xx), each of them in time.
            self.head_until = None if self.stall is None else time.monotonic() + self.stall

    def head_came(self) -> None:
        """Take note that the reply has begun in earnest: from now on the events of the stream are watched."""
        self.head_until = None

    @property
    def stalled(self) -> bool:
        """Something has come, but no reply, for too long."""
        return self.head_until is not None and time.monotonic() + TIMER_SLACK >= self.head_until

    def hurry(self, seconds: float) -> None:
        """End everything in `seconds` at the latest."""
        soon = time.monotonic() + seconds
        self.deadline = soon if self.deadline is None else min(soon, self.deadline)

    def left(self, limit: float | None, expired: type[TimeoutException] = ReadTimeout) -> float | None:
        """Give the seconds that the next wait may take; raise `expired` where the deadline has passed.

        Raises `ConfigurationError` in a process that was forked off: what two read from one connection is lost to both.
        """
        if os.getpid() != self.process:
            raise ConfigurationError(FORKED)
        if self.deadline is None and self.head_until is None:
            return limit
        left = seconds_left(self.deadline, seconds_left(self.head_until, limit))
        if left is not None and left <= 0:
            raise expired(LATE)
        return left


def is_readable(descriptor: int) -> bool:
    """Whether a socket has something to say, if only that it is closed."""
    if descriptor < 0:
        return True
    if not hasattr(select, "poll"):  # as on Windows, whose select knows any number of sockets
        return bool(select.select([descriptor], [], [], 0)[0])
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))
