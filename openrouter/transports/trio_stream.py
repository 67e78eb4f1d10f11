"""The network stream of a connection on trio, through anyio."""

from __future__ import annotations

import ssl
from collections.abc import Generator
from contextlib import contextmanager

import anyio
from anyio.abc import ByteStream, SocketAttribute
from anyio.streams.tls import TLSAttribute, TLSStream

from ..outgoing import Origin
from .http1 import Pieces
from .network_errors import (
    ConnectError,
    ConnectTimeout,
    NetworkError,
    ReadError,
    ReadTimeout,
    TimeoutException,
    WriteError,
    WriteTimeout,
)
from .wire import MOST_READ, Wire, is_readable


class TrioStream:
    """A socket, or TLS over one, under the clocks of its wire."""

    def __init__(self, stream: ByteStream, wire: Wire) -> None:
        self._stream, self._wire = stream, wire

    async def receive(self) -> bytes:
        """Read what has come, waiting as long as the wire allows."""
        with _named(ReadTimeout, ReadError), anyio.fail_after(self._wire.left(self._wire.idle)):
            try:
                data = await self._stream.receive(MOST_READ)
            except anyio.EndOfStream:
                data = b""
        self._wire.came(data)
        return data

    async def send(self, pieces: Pieces) -> None:
        """Write all of a request, as fast as the wire wants it."""
        for piece in pieces:
            left = self._wire.left(self._wire.writing, WriteTimeout)
            with _named(WriteTimeout, WriteError), anyio.fail_after(left):
                await self._stream.send(bytes(piece.reveal()))

    async def aclose(self) -> None:
        """Close the connection, without the good-bye of TLS."""
        await self._stream.aclose()

    @property
    def is_readable(self) -> bool:
        """Whether the server has said anything, or left."""
        secured: ssl.SSLObject | None = self._stream.extra(TLSAttribute.ssl_object, None)
        return is_readable(self._stream.extra(SocketAttribute.raw_socket).fileno()) or _holds_more(secured)


def _holds_more(secured: ssl.SSLObject | None) -> bool:
    """Whether TLS has something to give that was received already, if only its end. It is lost by this."""
    if secured is None:
        return False
    try:
        secured.read(1)
    except ssl.SSLError as error:
        return not isinstance(error, ssl.SSLWantReadError)
    return True


async def open_trio(origin: Origin, context: ssl.SSLContext | None, wire: Wire, limit: float) -> TrioStream:
    """Connect, and speak TLS where there is a context, within `limit` seconds each; nothing stays open on failure."""
    with _named(ConnectTimeout, ConnectError):
        with anyio.fail_after(wire.left(limit, ConnectTimeout)):
            stream: ByteStream = await anyio.connect_tcp(origin.host, origin.port)
        if context is not None:
            try:
                with anyio.fail_after(wire.left(limit, ConnectTimeout)):
                    stream = await TLSStream.wrap(
                        stream, hostname=origin.host, ssl_context=context, standard_compatible=False
                    )
            except BaseException:
                with anyio.CancelScope(shield=True):
                    await stream.aclose()
                raise
    return TrioStream(stream, wire)


@contextmanager
def _named(expired: type[TimeoutException], broken: type[NetworkError]) -> Generator[None]:
    """Give what goes wrong the name of what was under way."""
    try:
        yield
    except TimeoutError as error:
        raise expired(str(error)) from error
    except (OSError, anyio.BrokenResourceError, anyio.ClosedResourceError) as error:
        raise broken(str(error)) from error
