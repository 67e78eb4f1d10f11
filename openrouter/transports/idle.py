"""Connections that wait for their next request, the latest used on top."""

from __future__ import annotations

import time
from collections import deque
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

from attrs import define, field

from .failures import LOST
from .wire import Wire

DRAIN_SECONDS: Final = 1.0
"""How long the end of a stream may take that was announced already."""

StreamT = TypeVar("StreamT", bound="Stream")


class Stream(Protocol):
    """What there is to know of a network stream that is not in use."""

    @property
    def is_readable(self) -> bool:
        """Whether the server has said anything, or left."""
        ...


@define(eq=False)
class Link(Generic[StreamT]):
    """A network stream and its wire."""

    stream: StreamT
    wire: Wire
    is_idle: bool = False
    """A reply was read to its end, nothing came behind it, and the server takes another request."""

    @property
    def reusable(self) -> bool:
        """It is idle, and the server has not closed it as far as the socket knows."""
        return self.is_idle and not self.stream.is_readable

    def went_stale(self, error: Exception) -> bool:
        """Whether an error says no more than that the connection had been idle for too long."""
        return self.wire.stale and isinstance(error, LOST)


class _Entry(NamedTuple, Generic[StreamT]):
    link: Link[StreamT]
    since: float


@define(eq=False)
class IdleStack(Generic[StreamT]):
    """Idle connections to one origin. Taking the latest keeps few of them warm; the oldest expire at the bottom.

    A deque's own operations are atomic, so threads may share a stack. There is no lock that could be held at the moment
    in which the garbage collector gives a connection back.
    """

    expiry: float
    _entries: deque[_Entry[StreamT]] = field(factory=deque[Any])

    @property
    def size(self) -> int:
        """How many connections are idle."""
        return len(self._entries)

    def push(self, link: Link[StreamT]) -> None:
        """Keep a connection for later."""
        self._entries.append(_Entry(link, time.monotonic()))

    def pop(self) -> Link[StreamT] | None:
        """Take the latest connection, usable or not."""
        try:
            return self._entries.pop().link
        except IndexError:
            return None

    def pop_expired(self) -> Link[StreamT] | None:
        """Take the oldest connection, if it has been idle for too long."""
        try:
            if time.monotonic() - self._entries[0].since < self.expiry:
                return None
            # where another thread was faster this is the next oldest, which is no loss
            return self._entries.popleft().link
        except IndexError:
            return None
