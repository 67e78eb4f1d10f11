"""The network streams of the three kinds of connections behind one face, so that a scenario is written once."""

from __future__ import annotations

import ssl
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from inspect import isawaitable
from typing import Any, TypeAlias

import anyio
from anyio.lowlevel import current_token

from openrouter.core.secret import Sealed
from openrouter.outgoing import Origin, origin_of
from openrouter.transports.asyncio_stream import open_asyncio
from openrouter.transports.blocking_stream import open_blocking
from openrouter.transports.http1 import PIECE
from openrouter.transports.network_errors import WriteError
from openrouter.transports.per_loop import is_trio
from openrouter.transports.trio_stream import open_trio
from openrouter.transports.wire import Wire
from tests.transports.kinds import outgoing, with_clocks
from tests.transports.raw_server import PATIENCE

Contexts: TypeAlias = tuple[ssl.SSLContext | None, ssl.SSLContext | None]
"""What a server and a client need for TLS; nothing where they speak in clear."""


async def settled(value: Any) -> Any:
    """Give a value, awaited where that is needed."""
    return await value if isawaitable(value) else value


def ready_wire(*, idle: float | None = PATIENCE, total: float | None = None) -> Wire:
    """Give a wire of which a request has begun."""
    made, request = Wire(), with_clocks(outgoing(), idle=idle, total=total)
    request.begin(time.monotonic())
    made.begin(request)
    return made


class Line:
    """A stream and its wire."""

    def __init__(self, stream: Any, wire: Wire) -> None:
        self.stream, self.wire = stream, wire

    async def send(self, *pieces: bytes) -> None:
        """Send some bytes; a server that does not want all of them may have said why before it left."""
        with suppress(WriteError):
            await settled(self.stream.send([Sealed(piece) for piece in pieces]))

    async def send_much(self, data: bytes) -> None:
        """Send bytes as a request is sent."""
        await self.send(*(data[at : at + PIECE] for at in range(0, len(data), PIECE)))

    async def receive(self) -> bytes:
        found: bytes = await settled(self.stream.receive())
        return found

    async def receive_all(self, length: int) -> bytes:
        """Receive so many bytes, or as many as come before the end."""
        pieces, left = list[bytes](), length
        while left > 0 and (piece := await self.receive()):
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)

    @property
    def is_readable(self) -> bool:
        return bool(self.stream.is_readable)

    async def close(self) -> None:
        with anyio.CancelScope(shield=True):
            await settled(self.stream.close() if hasattr(self.stream, "close") else self.stream.aclose())


async def opened(
    awaits: bool,  # noqa: FBT001 - the kind of a stream
    url: str,
    context: ssl.SSLContext | None = None,
    wire: Wire | None = None,
    limit: float = PATIENCE,
) -> Line:
    """Connect as the pools do."""
    origin: Origin = origin_of(url)
    wire = wire or ready_wire()
    if not awaits:
        return Line(open_blocking(origin, context, wire, limit), wire)
    opening: Any = open_trio if is_trio(current_token().native_token) else open_asyncio
    made: Awaitable[Any] = opening(origin, context, wire, limit)
    return Line(await made, wire)


@asynccontextmanager
async def line_to(
    awaits: bool,  # noqa: FBT001 - the kind of a stream
    url: str,
    context: ssl.SSLContext | None = None,
    **clocks: float | None,
) -> AsyncIterator[Line]:
    """Connect for as long as a `with` block takes."""
    line = await opened(awaits, url, context, ready_wire(**clocks))
    try:
        yield line
    finally:
        await line.close()
        await line.close()
