"""Connections that wait for their next request, the latest used on top."""

from __future__ import annotations

import time
from collections import deque
from typing import Any, Final, Generic, NamedTuple, TypeVar

import httpcore
from attrs import define, field, frozen

from ..preparing import Origin, Outgoing
from .clocked import Wire

DRAIN_SECONDS: Final = 1.0
"""How long the end of a stream may take that was announced already."""

ConnectionT = TypeVar("ConnectionT", httpcore.HTTPConnection, httpcore.AsyncHTTPConnection)


@frozen(eq=False)
class Link(Generic[ConnectionT]):
    """A connection and its wire."""

    connection: ConnectionT
    wire: Wire

    @property
    def reusable(self) -> bool:
        """It is idle, and the server has not closed it as far as the socket knows."""
        return self.connection.is_idle() and not self.connection.has_expired()


class _Entry(NamedTuple, Generic[ConnectionT]):
    link: Link[ConnectionT]
    since: float


@define(eq=False)
class IdleStack(Generic[ConnectionT]):
    """Idle connections to one origin. Taking the latest keeps few of them warm; the oldest expire at the bottom.

    A deque's own operations are atomic, so threads may share a stack.
    """

    expiry: float
    _entries: deque[_Entry[ConnectionT]] = field(factory=deque[Any])

    def push(self, link: Link[ConnectionT]) -> None:
        """Keep a connection for later."""
        self._entries.append(_Entry(link, time.monotonic()))

    def pop(self) -> Link[ConnectionT] | None:
        """Take the latest connection, usable or not."""
        try:
            return self._entries.pop().link
        except IndexError:
            return None

    def pop_expired(self) -> Link[ConnectionT] | None:
        """Take the oldest connection, if it has been idle for too long."""
        try:
            oldest = self._entries.popleft()
        except IndexError:
            return None
        if time.monotonic() - oldest.since >= self.expiry:
            return oldest.link
        self._entries.appendleft(oldest)
        return None


def core_request(outgoing: Outgoing, wire: Wire) -> httpcore.Request:
    """Give the request in httpcore's form, with the time-outs that hold before the wire's do."""
    origin, clocks = outgoing.origin, outgoing.clocks
    url = httpcore.URL(
        scheme=origin.scheme.encode(),
        host=origin.host.encode(),
        port=origin.port,
        target=outgoing.target.encode("ascii"),
    )
    times = {
        "connect": wire.left(clocks.connect),
        "read": clocks.idle,
        "write": clocks.idle or clocks.connect * 12,
    }
    return httpcore.Request(
        outgoing.method,
        url,
        headers=outgoing.headers,
        content=outgoing.content,
        extensions={"timeout": times},
    )


def core_origin(origin: Origin) -> httpcore.Origin:
    """Give the origin in httpcore's form."""
    return httpcore.Origin(origin.scheme.encode(), origin.host.encode(), origin.port)
