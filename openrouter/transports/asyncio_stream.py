"""The network stream of a connection on asyncio.

The streams that fit every event loop cost a switch of tasks and a timer for each read. This one waits for a single
future, and has one timer, which is moved along only when it goes off.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Awaitable
from math import inf
from typing import Any, Final, TypeVar

import anyio

from ..outgoing import Origin
from .http1 import Pieces
from .network_errors import (
    ConnectError,
    ConnectTimeout,
    ReadError,
    ReadTimeout,
    TimeoutException,
    WriteError,
    WriteTimeout,
)
from .racing import connected_socket
from .wire import MOST_READ, TIMER_SLACK, Wire, is_readable

T = TypeVar("T")


class _Room(threading.local):
    """Where an event loop reads to, one for each thread: what came is copied before anything else is read.

    Without it the loop makes room for each read anew, a hundred times what mostly comes, and memory frays.
    """

    def __init__(self) -> None:
        self.view = memoryview(bytearray(MOST_READ))


_ROOM: Final = _Room()

MOST_BUFFERED: Final = 64 * 1024
"""Bytes that may wait to be read before the server is made to wait."""


class AsyncioStream(asyncio.BufferedProtocol):
    """A connection, as asyncio's protocol, under the clocks of its wire."""

    def __init__(self, connected: socket.socket, wire: Wire) -> None:
        self._socket, self._wire, self._loop = connected, wire, asyncio.get_running_loop()
        self._transport: Any = None
        self._data = b""
        self._ended = False
        """Nothing more will come."""
        self._is_lost = False
        """There is no connection any more."""
        self._error: Exception | None = None
        """What the connection was lost by."""
        self._paused = False
        self._reader: asyncio.Future[None] | None = None
        """What whoever reads is waiting for."""
        self._late_at = inf
        """When it has waited too long, by the clock of the event loop."""
        self._timer: asyncio.TimerHandle | None = None
        self._writable: asyncio.Future[None] | None = None
        """What whoever writes is waiting for."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport of the socket, or of TLS over it."""
        self._transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - the event loop asks for more than ever comes
        """Give the room to read into."""
        return _ROOM.view

    def buffer_updated(self, nbytes: int) -> None:
        """Take what came into that room."""
        self.came(bytes(_ROOM.view[:nbytes]))

    def came(self, data: bytes) -> None:
        """Keep what came for the next read."""
        self._data = self._data + data if self._data else data
        self._wake()
        if len(self._data) > MOST_BUFFERED and not self._paused:
            self._paused = True
            self._transport.pause_reading()

    def eof_received(self) -> None:
        """Take note that the server has nothing more to say; the connection is then closed on this side too."""
        self._ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note that the connection is over."""
        self._ended, self._is_lost, self._error = True, True, exc
        if self._timer is not None:
            self._timer.cancel()
        self._wake()
        self.resume_writing()

    def pause_writing(self) -> None:
        """Make the next writer wait."""
        self._writable = self._loop.create_future()

    def resume_writing(self) -> None:
        """Let it go on."""
        writable, self._writable = self._writable, None
        if writable is not None and not writable.done():
            writable.set_result(None)

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    async def receive(self) -> bytes:
        """Give what has come, waiting as long as the wire allows; nothing at the end."""
        left = self._wire.left(self._wire.idle)
        if not self._data and not self._ended:
            self._reader = self._loop.create_future()
            self._watch(left)
            try:
                await self._reader
            finally:
                self._reader = None
        data, self._data = self._data, b""
        if not data and self._error is not None:
            raise ReadError(str(self._error)) from self._error
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        self._wire.came(data)
        return data

    def _watch(self, seconds: float | None) -> None:
        """See to it that the read that waits fails in so many seconds."""
        if seconds is None:
            self._late_at = inf
            return
        self._late_at = self._loop.time() + seconds
        if self._timer is None or self._timer.when() > self._late_at + TIMER_SLACK:
            self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._late_at, self._time_is_up)

    def _time_is_up(self) -> None:
        """Fail the read that waits, if it is its time; else wait for the time that was noted since."""
        self._timer = None
        if self._reader is None or self._reader.done() or self._late_at == inf:
            return
        if self._loop.time() + TIMER_SLACK < self._late_at:
            self._set_timer()
        else:
            self._reader.set_exception(ReadTimeout("Nothing came in time."))

    async def send(self, pieces: Pieces) -> None:
        """Write all of a request, as fast as the wire wants it."""
        for piece in pieces:
            left = self._wire.left(self._wire.writing, WriteTimeout)
            if self._error is not None or self._transport.is_closing():
                raise WriteError(str(self._error or "The connection is closed.")) from self._error
            self._transport.write(piece.reveal())
            if self._writable is not None:
                await _in_time(self._writable, left, WriteTimeout)

    async def aclose(self) -> None:
        """Close the connection at once: what was not written yet is of no use to anyone."""
        # asyncio's transports cannot be aborted once they have closed themselves.
        if not self._is_lost:
            self._transport.abort()
            await asyncio.sleep(0)  # in which the event loop closes the socket

    @property
    def is_readable(self) -> bool:
        """Whether the server has said anything, or left."""
        # The event loop may not have got to it yet.
        return bool(self._data) or self._ended or is_readable(self._socket.fileno())

    async def secure(self, origin: Origin, context: ssl.SSLContext) -> None:
        """Speak TLS from now on."""
        protocol = _Deciphered(self)
        self._transport = await self._loop.start_tls(self._transport, protocol, context, server_hostname=origin.host)


class _Deciphered(asyncio.Protocol):
    """What TLS hands on, for the stream of the connection.

    Into a room of ours, asyncio's TLS would read piece by piece, and forget the rest when the server closes meanwhile.
    """

    def __init__(self, stream: AsyncioStream) -> None:
        self._stream = stream

    def data_received(self, data: bytes) -> None:
        self._stream.came(data)

    def eof_received(self) -> None:
        self._stream.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stream.connection_lost(exc)

    def pause_writing(self) -> None:
        self._stream.pause_writing()

    def resume_writing(self) -> None:
        self._stream.resume_writing()


async def open_asyncio(origin: Origin, context: ssl.SSLContext | None, wire: Wire, limit: float) -> AsyncioStream:
    """Connect, and speak TLS where there is a context, within `limit` seconds each; nothing stays open on failure."""
    try:
        left = wire.left(limit, ConnectTimeout)
        stream = await _in_time(_connect(origin, wire), left, ConnectTimeout)
        if context is not None:
            try:
                left = wire.left(limit, ConnectTimeout)
                await _in_time(stream.secure(origin, context), left, ConnectTimeout)
            except BaseException:
                with anyio.CancelScope(shield=True):
                    await stream.aclose()
                raise
    except OSError as error:
        raise ConnectError(str(error)) from error
    return stream


async def _connect(origin: Origin, wire: Wire) -> AsyncioStream:
    connected = await connected_socket(origin)
    try:
        loop = asyncio.get_running_loop()
        _, stream = await loop.create_connection(lambda: AsyncioStream(connected, wire), sock=connected)
    except BaseException:
        connected.close()
        raise
    return stream


async def _in_time(result: Awaitable[T], seconds: float | None, expired: type[TimeoutException]) -> T:
    """Await something for so many seconds at most."""
    with anyio.move_on_after(seconds):
        return await result
    raise expired(f"Not within {seconds:.1f} s.")
