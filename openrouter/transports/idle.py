"""Connections that wait for their next request, the latest used on top."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final, Generic, NamedTuple, TypeVar

import httpcore
from attrs import define, field, frozen

from ..preparing import Clocks, Origin, Outgoing
from .failures import LOST
from .wire import Wire

DRAIN_SECONDS: Final = 1.0
"""How long the end of a stream may take that was announced already."""

ConnectionT = TypeVar("ConnectionT", httpcore.HTTP11Connection, httpcore.AsyncHTTP11Connection)
StreamT = TypeVar("StreamT")


@frozen(eq=False)
class Link(Generic[ConnectionT, StreamT]):
    """A connection, its stream, and the wire of both."""

    connection: ConnectionT
    stream: StreamT
    wire: Wire

    @property
    def is_idle(self) -> bool:
        """Its reply was read to the end, and nothing came behind that."""
        return self.connection.is_idle() and not self.wire.rest

    @property
    def reusable(self) -> bool:
        """It is idle, and the server has not closed it as far as the socket knows."""
        return self.is_idle and not self.connection.has_expired()

    def went_stale(self, error: Exception) -> bool:
        """Whether an error says no more than that the connection had been idle for too long."""
        return self.wire.stale and isinstance(error, LOST)


class _Entry(NamedTuple, Generic[ConnectionT, StreamT]):
    link: Link[ConnectionT, StreamT]
    since: float


@define(eq=False)
class IdleStack(Generic[ConnectionT, StreamT]):
    """Idle connections to one origin. Taking the latest keeps few of them warm; the oldest expire at the bottom.

    A deque's own operations are atomic, so threads may share a stack. There is no lock that could be held at the moment
    in which the garbage collector gives a connection back.
    """

    expiry: float
    _entries: deque[_Entry[ConnectionT, StreamT]] = field(factory=deque[Any])

    @property
    def size(self) -> int:
        """How many connections are idle."""
        return len(self._entries)

    def push(self, link: Link[ConnectionT, StreamT]) -> None:
        """Keep a connection for later."""
        self._entries.append(_Entry(link, time.monotonic()))

    def pop(self) -> Link[ConnectionT, StreamT] | None:
        """Take the latest connection, usable or not."""
        try:
            return self._entries.pop().link
        except IndexError:
            return None

    def pop_expired(self) -> Link[ConnectionT, StreamT] | None:
        """Take the oldest connection, if it has been idle for too long."""
        try:
            if time.monotonic() - self._entries[0].since < self.expiry:
                return None
            # where another thread was faster this is the next oldest, which is no loss
            return self._entries.popleft().link
        except IndexError:
            return None


class _Content:
    """The body of a request, in one piece.

    httpcore would make a generator of bytes, and trio warns of those that are dropped half-way, as when sending fails.
    """

    def __init__(self, content: bytes) -> None:
        self._pieces = iter([content])

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        for piece in self._pieces:
            return piece
        raise StopAsyncIteration


def writing_limit(clocks: Clocks) -> float:
    """Give the seconds that may pass without the server taking another piece of the request."""
    return clocks.idle or clocks.connect * 12


def core_request(outgoing: Outgoing) -> httpcore.Request:
    """Give the request in httpcore's form. Its time-outs are the wire's business, but for writing."""
    origin = outgoing.origin
    url = httpcore.URL(
        scheme=origin.scheme.encode(),
        host=origin.host.encode(),
        port=origin.port,
        target=outgoing.target.encode("ascii"),
    )
    return httpcore.Request(
        outgoing.method,
        url,
        headers=outgoing.headers,
        content=_Content(outgoing.content),
        extensions={"timeout": {"write": writing_limit(outgoing.clocks)}},
    )


def core_origin(origin: Origin) -> httpcore.Origin:
    """Give the origin in httpcore's form."""
    return httpcore.Origin(origin.scheme.encode(), origin.host.encode(), origin.port)
