"""The network stream of a connection on trio: httpcore's own, under the clocks of its wire."""

from __future__ import annotations

import ssl
from contextlib import suppress
from typing import Any, cast

import anyio
import httpcore

from ..preparing import Origin
from .wire import MOST_READ, Wire


class TrioStream(httpcore.AsyncNetworkStream):
    """An awaiting stream under the clocks of its wire."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, wire: Wire) -> None:
        self._stream, self._wire = stream, wire

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the wire knows better
        """Give httpcore what has come, as far as it is to see it."""
        return self._wire.shown(self._wire.next_rest() or await self.receive())

    async def receive(self) -> bytes:
        """Read what has come, waiting as long as the wire allows."""
        if self._wire.held:
            # A server that does not want all of a request may have said so before it left.
            with suppress(httpcore.WriteError):
                await self._write()
        data = await self._stream.read(MOST_READ, self._wire.left(self._wire.idle))
        self._wire.came(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Keep it for the next read."""
        self._wire.hold(buffer, timeout)

    async def _write(self) -> None:
        """Write what was kept, waiting as long as the wire allows."""
        for piece in self._wire.take():
            left = self._wire.left(self._wire.writing, httpcore.WriteTimeout)
            await self._stream.write(bytes(piece.reveal()), left)

    async def aclose(self) -> None:
        """Close the stream."""
        await self._stream.aclose()

    def get_extra_info(self, info: str) -> Any:
        """Tell what the stream beneath tells."""
        return self._stream.get_extra_info(info)


async def open_trio(origin: Origin, context: ssl.SSLContext | None, wire: Wire, limit: float) -> TrioStream:
    """Connect, and speak TLS where there is a context, within `limit` seconds each; nothing stays open on failure."""
    backend = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())
    stream = await backend.connect_tcp(origin.host, origin.port, wire.left(limit, httpcore.ConnectTimeout))
    if context is not None:
        try:
            stream = await stream.start_tls(context, origin.host, wire.left(limit, httpcore.ConnectTimeout))
        except BaseException:
            with anyio.CancelScope(shield=True):
                await stream.aclose()
            raise
    return TrioStream(stream, wire)
