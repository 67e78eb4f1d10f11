"""The state that a connection shares with its network stream: the clocks of the request that it currently serves.

httpcore takes its time-outs once per request; a deadline has to reach each single read. Each connection has one
`Wire`, which the pool sets for each request, and a stream that asks it how long it may still wait.
"""

from __future__ import annotations

import os
import re
import select
import time
from typing import Final, TypeAlias

import httpcore
from attrs import define, field

from ..core.errors import ConfigurationError
from ..core.secret import Sealed
from ..preparing import Outgoing

STALE_WITHIN: Final = 0.25
"""Seconds within which it shows that a connection had been closed while it was idle, even on a busy machine."""
TIMER_SLACK: Final = 0.001
"""Timers may fire a hair early."""
PIECE: Final = 256 * 1024
"""Bytes that are written at once, or somewhat more: a deadline has to reach each single write, too."""

_HEAD_END: Final = re.compile(rb"\n\r?\n")
_LONGEST_END: Final = 2
"""Bytes of that which may have come before its last one."""

MOST_READ: Final = 64 * 1024
"""Bytes that are read at once."""

Part: TypeAlias = bytes | memoryview

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
    served: int = 0
    """Requests that this connection has been used for."""
    began_at: float = 0.0
    stall: float | None = None
    """Seconds that the rest of the head of a streamed reply may take, once something has come."""
    head_until: float | None = None
    process: int = 0
    """Which sent the request that is under way."""
    held: list[Sealed[Part]] = field(factory=list["Sealed[Part]"])
    """What is to be written before anything is read. It has the key in it, and a traceback may show locals."""
    writing: float | None = None
    """Seconds that may pass without the server taking another piece of that."""
    rest: bytes = b""
    """What came together with the head of a reply, behind it."""
    _in_head: bool = True
    _length: int | None = None
    """Bytes of the body that httpcore has not seen, where the head says how long it is."""
    _tail: bytes = b""
    """The end of what came of a head, where its own end may be cut in two."""

    def begin(self, outgoing: Outgoing) -> None:
        """Take the clocks of the next request."""
        self.idle, self.deadline = outgoing.clocks.idle, outgoing.ends_at
        self.received = self.ended = False
        self.held.clear()
        self._in_head, self._tail = True, b""
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

    def hold(self, buffer: bytes, seconds: float | None) -> None:
        """Keep what is to be written until somebody reads: the head and the body of a request then go out together."""
        if not buffer:
            return
        self.writing = seconds
        part, start = memoryview(buffer), 0
        if self.held and len(self.held[-1].reveal()) < PIECE:
            start = PIECE
            self.held.append(Sealed(b"".join((self.held.pop().reveal(), part[:start]))))
        self.held += [Sealed(part[at : at + PIECE]) for at in range(start, len(part), PIECE)]

    def take(self) -> list[Sealed[Part]]:
        """Give what was held, in pieces."""
        held, self.held = self.held, []
        return held

    def came(self, data: bytes) -> None:
        """Take note of what has come: bytes, or the end."""
        if not data:
            self.ended = True
        elif not self.received:
            self.received = True
            # A server may send any number of provisional replies (1xx), each of them in time.
            self.head_until = None if self.stall is None else time.monotonic() + self.stall

    def head_came(self, length: int | None) -> None:
        """Take note that the reply has begun in earnest: from now on the events of the stream are watched.

        `length` is how many bytes its body has, where the head says so.
        """
        self.head_until, self._in_head, self._length = None, False, length

    def next_rest(self) -> bytes:
        """Give what is left over of an earlier read, if anything."""
        rest, self.rest = self.rest, b""
        return rest

    def shown(self, data: bytes) -> bytes:
        """Give what httpcore is to see of what came: a head alone, then a body of known length alone.

        So it stays with us how a body is read that comes in chunks, and what nobody asked for is never taken for the
        next reply: it stays in `rest`.
        """
        if not self._in_head:
            if self._length is not None:
                data, self.rest = data[: self._length], data[self._length :]
                self._length -= len(data)
            return data
        known = len(self._tail)
        end = _HEAD_END.search(self._tail + data)
        if end is None:
            self._tail = (self._tail + data)[-_LONGEST_END:]
            return data
        self._tail, self.rest = b"", data[end.end() - known :]
        return data[: end.end() - known]

    @property
    def stalled(self) -> bool:
        """Something has come, but no reply, for too long."""
        return self.head_until is not None and time.monotonic() + TIMER_SLACK >= self.head_until

    def hurry(self, seconds: float) -> None:
        """End everything in `seconds` at the latest."""
        soon = time.monotonic() + seconds
        self.deadline = soon if self.deadline is None else min(soon, self.deadline)

    def left(
        self, limit: float | None, expired: type[httpcore.TimeoutException] = httpcore.ReadTimeout
    ) -> float | None:
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
