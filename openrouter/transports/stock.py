"""Requests through a whole httpx client: for proxies, HTTP/2, clients of the user's own, and patched transports."""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import suppress
from typing import Any, Final, cast

import anyio
import httpx
from anyio.lowlevel import current_token

from ..core.errors import ClosedClientError, ConfigurationError
from ..outgoing import Outgoing, RawHeaders
from ..settings import Settings
from .admission import Admission
from .decoding import refuse_bomb
from .entering import enter
from .entering_async import enter_async
from .failures import as_httpx, translate
from .family import arguments, exceptions_of, url_of
from .idle import DRAIN_SECONDS
from .per_loop import is_trio
from .wire import LATE, seconds_left

FORKED: Final = (
    "The httpx client was in use before this process was forked off, and two processes must not talk on one "
    "connection: make it, and the client that sends through it, after the fork."
)

MOST_BUFFERED: Final = 10_000
"""Pieces of a body that can have been read from a socket, but not handed out yet."""


class _Stock:
    """What both kinds share: the client, its exceptions, and places for requests in flight."""

    def __init__(self, client: Any, settings: Settings | None = None) -> None:
        """Take a client; without `settings` it is the user's own, who closes and limits it."""
        self._client = client
        self._admission = None if settings is None else Admission(settings.max_connections)
        self._closed = False
        self._process: int | None = None
        """Whose connections it has, from the first request on."""
        self.exceptions = exceptions_of(client)

    def claim(self) -> None:
        """Refuse to send in a process that was forked off since the first request."""
        here = os.getpid()
        if self._process is None:
            self._process = here
        if self._process != here:
            raise ConfigurationError(FORKED)

    def _build(self, outgoing: Outgoing) -> Any:
        outgoing.begin(time.monotonic())
        if self._closed or getattr(self._client, "is_closed", False):
            raise ClosedClientError("The client is closed.")
        return self._client.build_request(outgoing.method, url_of(outgoing), **arguments(outgoing))

    def _is_over(self) -> bool:
        """Whether the client is to be closed now: it is ours, nobody wants it any more, and nothing is under way."""
        return self._closed and self._admission is not None and not self._admission.taken

    def __repr__(self) -> str:
        kind = type(cast("object", self._client))
        held = "" if self._admission is None else f", {self._admission}"
        return f"{type(self).__name__}({kind.__module__.partition('.')[0]}.{kind.__name__}{held})"


class SyncStock(_Stock):
    """Sends through an `httpx.Client`, or one made like it."""

    def __init__(self, client: Any, settings: Settings | None = None) -> None:
        """Take a client; without `settings` it is the user's own, who closes and limits it."""
        super().__init__(client, settings)
        if settings is not None:
            # dropped without being closed, it takes its idle connections along
            weakref.finalize(self, _close_in, os.getpid(), client)

    def send(self, outgoing: Outgoing) -> SyncStockBody:
        """Send a request and give the reply as soon as its headers are there."""
        outgoing.unsent = True
        self.claim()
        if self._admission is not None:
            enter(self._admission, outgoing)
        try:
            request = self._build(outgoing)
            outgoing.unsent = False
            response = self._client.send(request, stream=True, follow_redirects=False)
            return SyncStockBody(response, outgoing, self)
        except BaseException as error:
            self.release()
            if isinstance(error, self.exceptions):
                raise translate(found := as_httpx(error), outgoing) from found
            raise

    def release(self) -> None:
        """Let the next request in."""
        if self._admission is not None:
            self._admission.leave()
            self._end()

    def close(self) -> None:
        """Close the client when no reply is on its way any more, unless it is the user's own."""
        self._closed = True
        self._end()

    def _end(self) -> None:
        if self._is_over():
            with suppress(*self.exceptions):
                _close_in(self._process, self._client)


def _close_in(process: int | None, client: Any) -> None:
    """Close a client in its own process: in another, somebody who did not come along may hold its locks."""
    if process in (None, os.getpid()):
        client.close()


class _StockBody:
    """What both kinds of replies share."""

    def __init__(self, response: Any, outgoing: Outgoing) -> None:
        self._response, self._outgoing = response, outgoing
        self.status: int = response.status_code
        self.headers: RawHeaders = list(response.headers.raw)
        self._is_packed = "content-encoding" in response.headers
        self._unpacked = 0
        self._closed = False

    def _weighed(self, data: bytes) -> bytes:
        """Give what came; raise `ResponseError` where far too much came out of it."""
        if self._is_packed:
            self._unpacked += len(data)
            refuse_bomb(self._unpacked, self._response.num_bytes_downloaded)
        return data

    def hurry(self, seconds: float) -> None:
        """Allow the rest of the body so many seconds at most."""
        soon = time.monotonic() + seconds
        ends_at = self._outgoing.ends_at
        self._outgoing.ends_at = soon if ends_at is None else min(soon, ends_at)


class SyncStockBody(_StockBody):
    """A reply that is coming in through an httpx client."""

    def __init__(self, response: Any, outgoing: Outgoing, stock: SyncStock) -> None:
        super().__init__(response, outgoing)
        self._stock = stock

    def __iter__(self) -> Iterator[bytes]:
        deadline = self._outgoing.ends_at
        try:
            for data in self._response.iter_bytes():
                # against a body that comes in drops, each of them in time
                if deadline is not None and time.monotonic() > deadline:
                    raise httpx.ReadTimeout(LATE)
                yield self._weighed(data)
        except self._stock.exceptions as error:
            raise translate(found := as_httpx(error), self._outgoing) from found

    def drain(self) -> None:
        """Leave the rest unread: a blocking httpx client cannot be told to wait for a moment only."""

    def close(self) -> None:
        """Close the response."""
        if not self._closed:
            self._closed = True
            try:
                with suppress(*self._stock.exceptions):
                    self._response.close()
            finally:
                self._stock.release()


def is_blocking(client: object) -> bool:
    """Whether a client of the httpx family is httpx's own that blocks."""
    return isinstance(client, httpx.Client)


async def _in_time(result: Awaitable[Any], outgoing: Outgoing) -> Any:
    """Await something until the deadline at the latest."""
    with anyio.move_on_after(seconds_left(outgoing.ends_at)):
        return await result
    raise httpx.ReadTimeout(LATE)


class AsyncStock(_Stock):
    """Sends through an `httpx.AsyncClient`, or one made like it."""

    async def send(self, outgoing: Outgoing) -> AsyncStockBody:
        """Send a request and give the reply as soon as its headers are there."""
        outgoing.unsent = True
        self.claim()
        if self._admission is not None:
            await enter_async(self._admission, outgoing)
        try:
            request = self._build(outgoing)
            outgoing.unsent = False
            response = await _in_time(self._client.send(request, stream=True, follow_redirects=False), outgoing)
            return AsyncStockBody(response, outgoing, self)
        except BaseException as error:
            await self.release()
            if isinstance(error, self.exceptions):
                raise translate(found := as_httpx(error), outgoing) from found
            raise

    async def release(self) -> None:
        """Let the next request in."""
        if self._admission is not None:
            self._admission.leave()
            await self._end()

    async def aclose(self) -> None:
        """Close the client when no reply is on its way any more, unless it is the user's own."""
        self._closed = True
        await self._end()

    async def _end(self) -> None:
        if self._is_over():
            with suppress(*self.exceptions), anyio.CancelScope(shield=True):
                await self._client.aclose()


class AsyncStockBody(_StockBody):
    """A reply that is coming in through an httpx client."""

    def __init__(self, response: Any, outgoing: Outgoing, stock: AsyncStock) -> None:
        super().__init__(response, outgoing)
        self._stock = stock
        self._pieces: Any = response.aiter_bytes()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            return self._weighed(await _in_time(anext(self._pieces), self._outgoing))
        except self._stock.exceptions as error:
            raise translate(found := as_httpx(error), self._outgoing) from found

    async def drain(self) -> None:
        """Read what is left after the announced end, for a moment at most, so that the connection serves again."""
        with suppress(*self._stock.exceptions), anyio.move_on_after(DRAIN_SECONDS):
            async for _ in self._pieces:
                pass

    async def aclose(self) -> None:
        """Close the response."""
        if not self._closed:
            self._closed = True
            try:
                await self._end()
                with suppress(*self._stock.exceptions), anyio.CancelScope(shield=True):
                    await self._response.aclose()
            finally:
                await self._stock.release()

    async def _end(self) -> None:
        """End the iteration over the body.

        Trio warns of generators that are dropped half-way, as those inside httpx would be. So there they are brought to
        their end, without waiting for anything. A stream that was made by hand may go on for ever even so.
        """
        with anyio.CancelScope(shield=True) as scope, suppress(StopAsyncIteration, *self._stock.exceptions):
            if is_trio(current_token().native_token):
                scope.cancel()
                for _ in range(MOST_BUFFERED):
                    await anext(self._pieces)
            await self._pieces.aclose()
