"""One HTTP/1.1 connection to the fake: h11 knows the protocol, the peer moves the bytes."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING, cast

import anyio
import h11

from .endings import Ending, steps
from .requests import RecordedRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from .answers import Answer
    from .peer import Peer


_CLIENT_GONE = (anyio.EndOfStream, anyio.BrokenResourceError)


class Connection:
    """Answers the requests of one client in turn, until either side wants to close."""

    def __init__(self, peer: Peer, answer: Callable[[RecordedRequest], Answer]) -> None:
        self._peer = peer
        self._answer = answer
        self._protocol = h11.Connection(h11.SERVER)

    async def run(self) -> None:
        """Serve the connection until it ends.

        A client that leaves or talks nonsense ends it, and so does a scripted reply that HTTP cannot carry.
        """
        with suppress(*_CLIENT_GONE):
            self._peer.send_at_once()
            ending = Ending.CLOSED
            with suppress(h11.ProtocolError):
                ending = await self._converse()
            await self._part(ending)

    async def _converse(self) -> Ending:
        while self._protocol.our_state is not h11.MUST_CLOSE:
            ending = await self._reply(self._answer(await self._read_request()))
            if ending is not None:
                return ending
            if self._protocol.our_state is h11.DONE:
                self._protocol.start_next_cycle()
        return Ending.CLOSED

    async def _part(self, ending: Ending) -> None:
        if ending is not Ending.CLOSED:
            self._peer.reset()
            return
        # The client may read to the end: closing at once could discard what is still on its way.
        self._peer.send_eof()
        while True:
            await self._peer.receive()

    async def _read_request(self) -> RecordedRequest:
        head = cast("h11.Request", await self._next_event())
        if self._protocol.they_are_waiting_for_100_continue:
            await self._peer.send(self._encode(h11.InformationalResponse(status_code=100, headers=[])))
        body = bytearray()
        while isinstance(event := await self._next_event(), h11.Data):
            body += event.data
        return RecordedRequest.received(
            head.method.decode("ascii"), head.target.decode("ascii"), head.headers, bytes(body)
        )

    async def _next_event(self) -> h11.Event | type[h11.NEED_DATA | h11.PAUSED]:
        while (event := self._protocol.next_event()) is h11.NEED_DATA:
            self._protocol.receive_data(await self._peer.receive())
        return event

    async def _reply(self, answer: Answer) -> Ending | None:
        """Send a reply, and give what is to become of the connection if it is not kept."""
        try:
            ending = await self._send(answer)
            if ending is Ending.SILENT:
                await self._wait(math.inf)
        except _CLIENT_GONE:
            answer.leave()
            raise
        return ending

    async def _send(self, answer: Answer) -> Ending | None:
        await self._wait(answer.delay)
        if answer.headless is not None:
            return answer.headless
        unsent = self._encode(h11.Response(status_code=answer.status, headers=list(answer.headers.items())))
        for step in steps(answer):
            if isinstance(step, Ending):
                await self._peer.send(unsent)
                return step
            if isinstance(step, bytes):
                await self._peer.send(unsent + self._encode(h11.Data(step)))
                unsent = b""
            else:
                await self._wait(step)
        await self._peer.send(unsent + self._encode(h11.EndOfMessage()))
        if answer.afterwards is Ending.RESET and not self._protocol.trailing_data[0]:
            await self._peer.readable()
        return answer.afterwards

    def _encode(self, event: h11.Event) -> bytes:
        return self._protocol.send(event) or b""

    async def _wait(self, seconds: float) -> None:
        """Wait, but listen meanwhile: a client that hangs up ends the reply, what it sends ahead is kept."""
        if seconds > 0:
            with anyio.move_on_after(seconds):
                while True:
                    self._protocol.receive_data(await self._peer.receive())
