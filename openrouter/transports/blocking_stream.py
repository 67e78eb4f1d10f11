"""The network stream of a connection that blocks."""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import suppress
from typing import Any, TypeAlias

from ..outgoing import Origin
from .http1 import Pieces
from .network_errors import ConnectError, ConnectTimeout, ReadError, ReadTimeout, WriteError, WriteTimeout
from .wire import MOST_READ, TIMER_SLACK, Wire, is_readable

Found: TypeAlias = tuple[Any, ...]
"""What the system tells of an address."""


class BlockingStream:
    """A socket, or TLS over one, under the clocks of its wire."""

    def __init__(self, connected: socket.socket, wire: Wire) -> None:
        self._socket, self._wire = connected, wire

    def receive(self) -> bytes:
        """Read what has come, waiting as long as the wire allows."""
        self._allow(self._wire.left(self._wire.idle))
        try:
            data = self._socket.recv(MOST_READ)
        except TimeoutError as error:
            raise ReadTimeout(str(error)) from error
        except OSError as error:
            raise ReadError(str(error)) from error
        self._wire.came(data)
        return data

    def send(self, pieces: Pieces) -> None:
        """Write all of a request, as fast as the wire wants it."""
        limit = self._wire.writing
        for piece in pieces:
            self._allow(self._wire.left(limit, WriteTimeout))
            try:
                self._socket.sendall(piece.reveal())
            except TimeoutError as error:
                raise WriteTimeout(str(error)) from error
            except OSError as error:
                raise WriteError(str(error)) from error

    def _allow(self, seconds: float | None) -> None:
        # To set it is a call of the kernel each time; a stream's idle time is the same at each read.
        if self._socket.gettimeout() != seconds:
            self._socket.settimeout(seconds)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    @property
    def is_readable(self) -> bool:
        """Whether the server has said anything, or left."""
        return is_readable(self._socket.fileno())


def open_blocking(origin: Origin, context: ssl.SSLContext | None, wire: Wire, limit: float) -> BlockingStream:
    """Connect, and speak TLS where there is a context, within `limit` seconds each; nothing stays open on failure."""
    try:
        connected = _connected(origin, wire, limit)
        try:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if context is not None:
                connected.settimeout(wire.left(limit, ConnectTimeout))
                connected = context.wrap_socket(connected, server_hostname=origin.host)
        except BaseException:
            connected.close()
            raise
    except TimeoutError as error:
        raise ConnectTimeout(str(error)) from error
    except OSError as error:
        raise ConnectError(str(error)) from error
    return BlockingStream(connected, wire)


def _connected(origin: Origin, wire: Wire, limit: float) -> socket.socket:
    """Try the addresses of a host in turn; each may take its share of the time that is left, so that all have one."""
    *first, last = socket.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
    # From here on: a slow look-up, which nobody can cut short, is no reason to give the addresses no time.
    until = time.monotonic() + (wire.left(limit, ConnectTimeout) or limit)
    for tried, found in enumerate(first):
        with suppress(OSError):
            return _reached(found, until, len(first) + 1 - tried)
    return _reached(last, until, 1)


def _reached(found: Found, until: float, share: int) -> socket.socket:
    family, kind, protocol, _, address = found
    connected = socket.socket(family, kind, protocol)
    try:
        connected.settimeout(max(until - time.monotonic(), TIMER_SLACK) / share)
        connected.connect(address)
    except BaseException:
        connected.close()
        raise
    return connected
