"""The socket of one client, awaited: a plain one, so that a connection can end in every way that there is."""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import anyio
from anyio.lowlevel import checkpoint

_RESETTING: Final = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
"""Closing does not wait until everything is sent, and resets the connection."""

_MOST_AT_ONCE: Final = 65536


@contextmanager
def _broken() -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise anyio.BrokenResourceError from error


class Peer:
    """One connected socket. `anyio.BrokenResourceError` tells that the client broke the connection."""

    def __init__(self, connected: socket.socket) -> None:
        connected.setblocking(False)  # noqa: FBT003 - the socket's own method takes it so
        self._socket = connected

    def send_at_once(self) -> None:
        """Let no segment wait for more to come."""
        with _broken():
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    async def receive(self) -> bytes:
        """Give what comes next; raise `anyio.EndOfStream` when the client sends no more."""
        await self.readable()
        with _broken():
            data = self._socket.recv(_MOST_AT_ONCE)
        if not data:
            raise anyio.EndOfStream
        return data

    async def readable(self) -> None:
        """Wait until something can be received, without receiving it."""
        await anyio.wait_readable(self._socket)

    async def send(self, data: bytes) -> None:
        """Send all of it."""
        await checkpoint()
        unsent = memoryview(data)
        with _broken():
            while unsent:
                try:
                    unsent = unsent[self._socket.send(unsent) :]
                except BlockingIOError:
                    await anyio.wait_writable(self._socket)

    def send_eof(self) -> None:
        """Say that nothing more will be sent."""
        with _broken():
            self._socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Break the connection."""
        with _broken():
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESETTING)
        self._socket.close()
