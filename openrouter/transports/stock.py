"""Requests through a whole httpx client: for proxies, HTTP/2, clients of the user's own, and patched transports."""

from __future__ import annotations

import time
import weakref
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import suppress
from typing import Any, Final, cast

import anyio
import httpx
from anyio.lowlevel import current_token

from ..core.errors import ClosedClientError
from ..preparing import Outgoing, RawHeaders
from ..settings import Settings
from .admission import Admission
from .clocked import seconds_left
from .entering import enter, enter_async
from .failures import as_httpx, translate
from .family import arguments, exceptions_of, url_of
from .idle import DRAIN_SECONDS
from .per_loop import is_trio

LATE: Final = "The deadline has passed."

MOST_BUFFERED: Final = 10_000
"""Pieces of a body that can have been read from a socket, but not handed out yet."""


class _Stock:
    """What both kinds share: the client, its exceptions, and places for requests in flight."""

    def __init__(self, client: Any, settings: Settings | None = None) -> None:
        """Take a client; without `settings` it is the user's own, who closes and limits it."""
        self._client = client
        self._admission = None if settings is None else Admission(settings.max_connections)
        self._closed = False
        self.exceptions = exceptions_of(client)

    def _build(self, outgoing: Outgoing) -> Any:
        outgoing.begin(time.monotonic())
        if self._closed or getattr(self._client, "is_closed", False):
            message = "The client is closed."
            raise ClosedClientError(message)
        return self._client.build_request(outgoing.method, url_of(outgoing), **arguments(outgoing))

    def release(self) -> None:
        """Let the next request in."""
        if self._admission is not None:
            self._admission.leave()


class SyncStock(_Stock):
    """Sends through an `httpx.Client`, or one made like it."""

    def __init__(self, client: Any, settings: Settings | None = None) -> None:
        """Take a client; without `settings` it is the user's own, who closes and limits it."""
        super().__init__(client, settings)
        if settings is not None:
            # dropped without being closed, it takes its idle connections along
            weakref.finalize(self, client.close)

    def send(self, outgoing: Outgoing) -> SyncStockBody:
        """Send a request and give the reply as soon as its headers are there."""
        if self._admission is not None:
            enter(self._admission, outgoing)
        try:
            return SyncStockBody(self._client.send(self._build(outgoing), stream=True), outgoing, self)
        except BaseException as error:
            self.release()
            if isinstance(error, self.exceptions):
                raise translate(found := as_httpx(error), outgoing) from found
            raise

    def close(self) -> None:
        """Close the client, unless it is the user's own."""
        self._closed = True
        if self._admission is not None:
            with suppress(*self.exceptions):
                self._client.close()


class SyncStockBody:
    """A reply that is coming in through an httpx client."""

    def __init__(self, response: Any, outgoing: Outgoing, stock: SyncStock) -> None:
        self._response, self._outgoing, self._stock = response, outgoing, stock
        self.status: int = response.status_code
        self.headers: RawHeaders = list(response.headers.raw)
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        deadline = self._outgoing.ends_at
        try:
            for data in self._response.iter_bytes():
                # against a body that comes in drops, each of them in time
                if deadline is not None and time.monotonic() > deadline:
                    raise httpx.ReadTimeout(LATE)
                yield data
        except self._stock.exceptions as error:
            raise translate(found := as_httpx(error), self._outgoing) from found

    def hurry(self, seconds: float) -> None:
        """Allow the rest of the body so many seconds at most."""
        soon = time.monotonic() + seconds
        ends_at = self._outgoing.ends_at
        self._outgoing.ends_at = soon if ends_at is None else min(soon, ends_at)

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


async def _in_time(result: Awaitable[Any], outgoing: Outgoing) -> Any:
    """Await something until the deadline at the latest."""
    with anyio.move_on_after(seconds_left(outgoing.ends_at)):
        return await result
    raise httpx.ReadTimeout(LATE)


class AsyncStock(_Stock):
    """Sends through an `httpx.AsyncClient`, or one made like it."""

    async def send(self, outgoing: Outgoing) -> AsyncStockBody:
        """Send a request and give the reply as soon as its headers are there."""
        if self._admission is not None:
            await enter_async(self._admission, outgoing)
        try:
            request = self._build(outgoing)
            response = await _in_time(self._client.send(request, stream=True), outgoing)
            return AsyncStockBody(response, outgoing, self)
        except BaseException as error:
            self.release()
            if isinstance(error, self.exceptions):
                raise translate(found := as_httpx(error), outgoing) from found
            raise

    async def aclose(self) -> None:
        """Close the client, unless it is the user's own."""
        self._closed = True
        if self._admission is not None:
            with suppress(*self.exceptions), anyio.CancelScope(shield=True):
                await self._client.aclose()


class AsyncStockBody:
    """A reply that is coming in through an httpx client."""

    def __init__(self, response: Any, outgoing: Outgoing, stock: AsyncStock) -> None:
        self._response, self._outgoing, self._stock = response, outgoing, stock
        self.status: int = response.status_code
        self.headers: RawHeaders = list(response.headers.raw)
        self._pieces: Any = response.aiter_bytes()
        self._closed = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            return cast("bytes", await _in_time(anext(self._pieces), self._outgoing))
        except self._stock.exceptions as error:
            raise translate(found := as_httpx(error), self._outgoing) from found

    def hurry(self, seconds: float) -> None:
        """Allow the rest of the body so many seconds at most."""
        soon = time.monotonic() + seconds
        ends_at = self._outgoing.ends_at
        self._outgoing.ends_at = soon if ends_at is None else min(soon, ends_at)

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
                self._stock.release()

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
