"""The network stream of a connection that blocks."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from typing import Any

import httpcore

from ..preparing import Origin
from .wire import MOST_READ, Wire, is_readable


class BlockingStream(httpcore.NetworkStream):
    """A socket, or TLS over one, under the clocks of its wire."""

    def __init__(self, connected: socket.socket, wire: Wire) -> None:
        self._socket, self._wire = connected, wire

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the wire knows better
        """Give httpcore what has come, as far as it is to see it."""
        return self._wire.shown(self._wire.next_rest() or self.receive())

    def receive(self) -> bytes:
        """Read what has come, waiting as long as the wire allows."""
        if self._wire.held:
            # A server that does not want all of a request may have said so before it left.
            with suppress(httpcore.WriteError):
                self._write()
        self._allow(self._wire.left(self._wire.idle))
        try:
            data = self._socket.recv(MOST_READ)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error
        self._wire.came(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Keep it for the next read."""
        self._wire.hold(buffer, timeout)

    def _write(self) -> None:
        """Write what was kept, waiting as long as the wire allows."""
        for piece in self._wire.take():
            self._allow(self._wire.left(self._wire.writing, httpcore.WriteTimeout))
            try:
                self._socket.sendall(piece.reveal())
            except TimeoutError as error:
                raise httpcore.WriteTimeout(str(error)) from error
            except OSError as error:
                raise httpcore.WriteError(str(error)) from error

    def _allow(self, seconds: float | None) -> None:
        # To set it is a call of the kernel each time; a stream's idle time is the same at each read.
        if self._socket.gettimeout() != seconds:
            self._socket.settimeout(seconds)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def get_extra_info(self, info: str) -> Any:
        """Tell what httpcore asks: whether the server has said anything, or left."""
        return is_readable(self._socket.fileno()) if info == "is_readable" else None


def open_blocking(origin: Origin, context: ssl.SSLContext | None, wire: Wire, limit: float) -> BlockingStream:
    """Connect, and speak TLS where there is a context, within `limit` seconds each; nothing stays open on failure."""
    try:
        connected = socket.create_connection((origin.host, origin.port), wire.left(limit, httpcore.ConnectTimeout))
        try:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if context is not None:
                connected.settimeout(wire.left(limit, httpcore.ConnectTimeout))
                connected = context.wrap_socket(connected, server_hostname=origin.host)
        except BaseException:
            connected.close()
            raise
    except TimeoutError as error:
        raise httpcore.ConnectTimeout(str(error)) from error
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from error
    return BlockingStream(connected, wire)
