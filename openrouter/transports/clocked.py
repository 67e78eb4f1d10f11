"""Network streams of httpcore that keep to the clocks of the request they currently serve.

httpcore takes its time-outs once per request; a deadline has to reach each single read. Each connection has one
`Wire`, which the pool sets for each request, and streams that ask it how long they may still wait.
"""

from __future__ import annotations

import os
import ssl
import time
from collections.abc import Iterable
from typing import Any, Final, cast

import anyio
import httpcore
from attrs import define

from ..core.errors import ConfigurationError
from ..core.secret import Sealed
from ..preparing import Outgoing

STALE_WITHIN: Final = 0.25
"""Seconds within which it shows that a connection had been closed while it was idle, even on a busy machine."""
TIMER_SLACK: Final = 0.001
"""Timers may fire a hair early."""
PIECE: Final = 256 * 1024
"""Bytes that are written at once: a deadline has to reach each single write, too."""


def seconds_left(deadline: float | None, limit: float | None = None) -> float | None:
    """Give the seconds until the deadline, and `limit` at most; `None` is for ever."""
    if deadline is None:
        return limit
    left = deadline - time.monotonic()
    return left if limit is None else min(left, limit)


@define(eq=False)
class Wire:
    """The state that a connection shares with its network stream."""

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

    def begin(self, outgoing: Outgoing) -> None:
        """Take the clocks of the next request."""
        self.idle, self.deadline = outgoing.clocks.idle, outgoing.ends_at
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

    def left(
        self, limit: float | None, expired: type[httpcore.TimeoutException] = httpcore.ReadTimeout
    ) -> float | None:
        """Give the seconds that the next wait may take; raise `expired` where the deadline has passed.

        Raises `ConfigurationError` in a process that was forked off: what two read from one connection is lost to both.
        """
        if os.getpid() != self.process:
            message = "A reply can only be read by the process that asked for it, not by one that was forked off since."
            raise ConfigurationError(message)
        left = seconds_left(self.deadline, seconds_left(self.head_until, limit))
        if left is not None and left <= 0:
            message = "The deadline has passed."
            raise expired(message)
        return left


class ClockedStream(httpcore.NetworkStream):
    """A blocking stream under the clocks of its wire."""

    def __init__(self, stream: httpcore.NetworkStream, wire: Wire) -> None:
        self._stream, self._wire = stream, wire

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the wire knows better
        """Read what has come, waiting as long as the wire allows."""
        data = self._stream.read(max_bytes, self._wire.left(self._wire.idle))
        self._wire.came(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of it, waiting as long as the wire allows."""
        size, sealed = len(buffer), Sealed(buffer)
        del buffer  # it holds the key, and a traceback may show locals
        for start in range(0, size, PIECE):
            left = self._wire.left(timeout, httpcore.WriteTimeout)
            self._stream.write(sealed.reveal()[start : start + PIECE], left)

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Give the stream that speaks TLS over this one; nothing stays open where that fails."""
        left = self._wire.left(timeout, httpcore.ConnectTimeout)
        inner = self._stream.start_tls(ssl_context, server_hostname, left)
        return ClockedStream(inner, self._wire)

    def get_extra_info(self, info: str) -> Any:
        """Tell what the stream beneath tells."""
        return self._stream.get_extra_info(info)


class ClockedBackend(httpcore.NetworkBackend):
    """Opens the stream of one connection."""

    def __init__(self, wire: Wire) -> None:
        self._wire, self._backend = wire, httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect, waiting as long as the wire allows."""
        left = self._wire.left(timeout, httpcore.ConnectTimeout)
        return ClockedStream(self._backend.connect_tcp(host, port, left, local_address, socket_options), self._wire)


class AsyncClockedStream(httpcore.AsyncNetworkStream):
    """An awaiting stream under the clocks of its wire."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, wire: Wire) -> None:
        self._stream, self._wire = stream, wire

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the wire knows better
        """Read what has come, waiting as long as the wire allows."""
        data = await self._stream.read(max_bytes, self._wire.left(self._wire.idle))
        self._wire.came(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of it, waiting as long as the wire allows."""
        size, sealed = len(buffer), Sealed(buffer)
        del buffer  # it holds the key, and a traceback may show locals
        for start in range(0, size, PIECE):
            left = self._wire.left(timeout, httpcore.WriteTimeout)
            await self._stream.write(sealed.reveal()[start : start + PIECE], left)

    async def aclose(self) -> None:
        """Close the stream."""
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        """Give the stream that speaks TLS over this one; nothing stays open where that fails or is cancelled."""
        try:
            left = self._wire.left(timeout, httpcore.ConnectTimeout)
            inner = await self._stream.start_tls(ssl_context, server_hostname, left)
        except BaseException:
            with anyio.CancelScope(shield=True):
                await self._stream.aclose()
            raise
        return AsyncClockedStream(inner, self._wire)

    def get_extra_info(self, info: str) -> Any:
        """Tell what the stream beneath tells."""
        return self._stream.get_extra_info(info)


class AsyncClockedBackend(httpcore.AsyncNetworkBackend):
    """Opens the stream of one connection."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._backend = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect, waiting as long as the wire allows."""
        left = self._wire.left(timeout, httpcore.ConnectTimeout)
        stream = await self._backend.connect_tcp(host, port, left, local_address, socket_options)
        return AsyncClockedStream(stream, self._wire)
