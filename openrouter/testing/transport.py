"""The fake in process: a transport for blocking and async httpx clients."""

from __future__ import annotations

import errno
import math
import os
import time
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Final

import anyio
import httpx

from .endings import Ending, steps
from .requests import RecordedRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Iterator

    from .answers import Answer

_RESET: Final = str(ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET)))
_REFUSED: Final = str(ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED)))


class FakeTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Answers the requests of an httpx client without a socket, one segment at a time as it is read.

    What fails raises what httpx raises over a socket. One transport may serve several clients, blocking and async, at
    once.
    """

    def __init__(self, answer: Callable[[RecordedRequest], Answer]) -> None:
        self._answer = answer
        self._open_bodies = 0
        self._broken = 0
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"<FakeTransport: {self._open_bodies} replies open>"

    @property
    def open_bodies(self) -> int:
        """How many replies were handed out and not closed yet."""
        return self._open_bodies

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a blocking client."""
        body = self._begin(request, request.read())
        for seconds in body.opening():
            with body.waiting():
                _block(seconds)
        return self._response(body)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer an async client."""
        body = self._begin(request, await request.aread())
        for seconds in body.opening():
            with body.waiting():
                await anyio.sleep(seconds)
        return self._response(body)

    def _begin(self, request: httpx.Request, content: bytes) -> _Body:
        with self._lock:
            broken = self._broken > 0
            self._broken -= broken
        if broken:
            raise httpx.ReadError(_RESET)
        answer = self._answer(_received(request, content))
        return _Body(answer, request.extensions.get("timeout", {}).get("read"), self._ended)

    def _response(self, body: _Body) -> httpx.Response:
        with self._lock:
            self._open_bodies += 1
        return httpx.Response(body.answer.status, headers=body.answer.headers, stream=body)

    def _ended(self, body: _Body) -> None:
        """Take note of a reply that is closed, and of the connection that would have been kept but is broken."""
        with self._lock:
            self._open_bodies -= 1
            self._broken += body.complete and body.answer.afterwards is Ending.RESET


class _Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The segments of one answer, given out one by one until it is closed."""

    def __init__(self, answer: Answer, patience: float | None, ended: Callable[[_Body], None]) -> None:
        self.answer = answer
        self.complete = False
        self._patience = math.inf if patience is None else patience
        self._ended = ended
        self._closed = False
        self._given = 0
        self._over = False

    @contextmanager
    def waiting(self) -> Generator[None]:
        """Note that the client leaves where its wait for the headers is broken off."""
        try:
            yield
        except BaseException:
            self.answer.leave()
            raise

    def opening(self) -> Iterator[float]:
        """Give the seconds to wait for the headers; raise what comes in their place."""
        yield self._in_time(self.answer.delay)
        match self.answer.headless:
            case None:
                return
            case Ending.CLOSED:
                raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
            case Ending.RESET:
                raise httpx.ReadError(_RESET)
            case Ending.REFUSED:
                raise httpx.ConnectError(_REFUSED)
            case _:
                yield self._in_time(math.inf)

    def _played(self) -> Iterator[bytes | float]:
        """Give what is sent and the seconds to wait between; raise what ends it too early."""
        length = httpx.Headers(self.answer.headers).get("content-length", "")
        expected = int(length) if length.isdigit() else None
        sent = 0
        for step in steps(self.answer):
            if self._closed:
                return
            if isinstance(step, Ending):
                if sent != expected:
                    yield from self._breaking(step, sent, expected)
            elif isinstance(step, bytes):
                if expected is not None and sent + len(step) > expected:
                    break
                sent += len(step)
                self._given += 1
                yield step
            else:
                yield self._in_time(step)
        self._over = True
        if expected is not None and sent != expected:
            raise _cut(sent, expected)
        self.complete = True

    def _breaking(self, ending: Ending, sent: int, expected: int | None) -> Iterator[float]:
        if ending is Ending.SILENT:
            yield self._in_time(math.inf)
        self._over = True
        raise httpx.ReadError(_RESET) if ending is Ending.RESET else _cut(sent, expected)

    def _in_time(self, seconds: float) -> float:
        """Give back the seconds to wait, unless the client will not wait for so long."""
        if seconds > self._patience:
            self.answer.leave()
            silence = httpx.ReadTimeout("timed out")
            # for the clocks of our clients: so many seconds later it would have come over a socket
            setattr(silence, "skipped", self._patience)  # noqa: B010 - the class, that of a socket, has no such field
            raise silence
        return seconds

    def __iter__(self) -> Iterator[bytes]:
        for step in self._played():
            if isinstance(step, bytes):
                yield step
            else:
                _block(step)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for step in self._played():
            if isinstance(step, bytes):
                yield step
            else:
                await anyio.sleep(step)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            if self._is_early():
                self.answer.leave()
            self._ended(self)

    async def aclose(self) -> None:
        self.close()

    def _is_early(self) -> bool:
        """Whether there was more to come. Who has all but the mark at the end of a stream has everything."""
        segments = self.answer.segments
        return not self._over and not (isinstance(segments, tuple) and self._given == len(segments))


def _cut(sent: int, expected: int | None) -> httpx.RemoteProtocolError:
    what = "incomplete chunked read" if expected is None else f"received {sent} bytes, expected {expected}"
    return httpx.RemoteProtocolError(f"peer closed connection without sending complete message body ({what})")


def _block(seconds: float) -> None:
    if seconds == math.inf:
        message = "Nothing more will ever come, and the request has no read time-out: it would block for ever."
        raise RuntimeError(message)
    time.sleep(seconds)


def _received(request: httpx.Request, body: bytes) -> RecordedRequest:
    target = request.url.raw_path.decode("ascii")
    return RecordedRequest.received(request.method, target, request.headers.raw, body)
