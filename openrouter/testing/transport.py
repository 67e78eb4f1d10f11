"""The fake in process: a transport for blocking and async httpx clients."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING

import anyio
import httpx

from .requests import RecordedRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from .answers import Answer


class FakeTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Answers the requests of an httpx client without a socket, one segment at a time as it is read.

    One transport may serve several clients, blocking and async, at once.
    """

    def __init__(self, answer: Callable[[RecordedRequest], Answer]) -> None:
        self._answer = answer
        self._open_bodies = 0
        self._lock = Lock()

    @property
    def open_bodies(self) -> int:
        """How many replies were handed out and not closed yet."""
        return self._open_bodies

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a blocking client."""
        answer = self._answer(_received(request, request.read()))
        time.sleep(answer.delay)
        return self._response(answer)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer an async client."""
        answer = self._answer(_received(request, await request.aread()))
        await anyio.sleep(answer.delay)
        return self._response(answer)

    def _response(self, answer: Answer) -> httpx.Response:
        self._count(1)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer, self._count))

    def _count(self, change: int) -> None:
        with self._lock:
            self._open_bodies += change


class _Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The segments of one answer, given out one by one until it is closed."""

    def __init__(self, answer: Answer, count: Callable[[int], None]) -> None:
        self._answer = answer
        self._count = count
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        for position, segment in enumerate(self._answer.segments):
            if position:
                time.sleep(self._answer.pause)
            if self._closed:
                return
            yield segment

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for position, segment in enumerate(self._answer.segments):
            await anyio.sleep(self._answer.pause if position else 0)
            if self._closed:
                return
            yield segment

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._count(-1)

    async def aclose(self) -> None:
        self.close()


def _received(request: httpx.Request, body: bytes) -> RecordedRequest:
    target = request.url.raw_path.decode("ascii")
    return RecordedRequest.received(request.method, target, request.headers.raw, body)
