"""One HTTP/1.1 connection to the fake: h11 knows the protocol, anyio moves the bytes."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, cast

import anyio
import h11

from .requests import RecordedRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from anyio.abc import ByteStream

    from .answers import Answer

_CLIENT_GONE = (anyio.EndOfStream, anyio.BrokenResourceError)


class Connection:
    """Answers the requests of one client in turn, until either side wants to close."""

    def __init__(self, stream: ByteStream, answer: Callable[[RecordedRequest], Answer]) -> None:
        self._stream = stream
        self._answer = answer
        self._protocol = h11.Connection(h11.SERVER)

    async def run(self) -> None:
        """Serve the connection and close it.

        A client that leaves or talks nonsense ends it, and so does a scripted reply that HTTP cannot carry.
        """
        try:
            with suppress(*_CLIENT_GONE):
                with suppress(h11.ProtocolError):
                    await self._converse()
                await self._part()
        finally:
            with anyio.CancelScope(shield=True):
                await self._stream.aclose()

    async def _converse(self) -> None:
        while self._protocol.our_state is not h11.MUST_CLOSE:
            await self._reply(self._answer(await self._read_request()))
            if self._protocol.our_state is h11.DONE:
                self._protocol.start_next_cycle()

    async def _part(self) -> None:
        """Let the client read to the end: closing at once could discard what is still on its way."""
        await self._stream.send_eof()
        while True:
            await self._stream.receive()

    async def _read_request(self) -> RecordedRequest:
        head = cast("h11.Request", await self._next_event())
        body = bytearray()
        while isinstance(event := await self._next_event(), h11.Data):
            body += event.data
        return RecordedRequest.received(
            head.method.decode("ascii"), head.target.decode("ascii"), head.headers, bytes(body)
        )

    async def _next_event(self) -> h11.Event | type[h11.NEED_DATA | h11.PAUSED]:
        while (event := self._protocol.next_event()) is h11.NEED_DATA:
            self._protocol.receive_data(await self._stream.receive())
        return event

    async def _reply(self, answer: Answer) -> None:
        await self._wait(answer.delay)
        headers = list(answer.headers.items())
        unsent = self._encode(h11.Response(status_code=answer.status, headers=headers))
        for position, segment in enumerate(answer.segments):
            if position:
                await self._wait(answer.pause)
            await self._stream.send(unsent + self._encode(h11.Data(segment)))
            unsent = b""
        await self._stream.send(unsent + self._encode(h11.EndOfMessage()))

    def _encode(self, event: h11.Event) -> bytes:
        return self._protocol.send(event) or b""

    async def _wait(self, seconds: float) -> None:
        """Wait, but listen meanwhile: a client that hangs up ends the reply, what it sends ahead is kept."""
        if seconds > 0:
            with anyio.move_on_after(seconds):
                while True:
                    self._protocol.receive_data(await self._stream.receive())
