"""The awaiting connection pool."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, cast

import httpcore
from anyio.lowlevel import current_token

from ..core.errors import ClosedClientError
from ..preparing import Outgoing, RawHeaders
from ..settings import Settings
from .asyncio_stream import open_asyncio
from .chunked import CUT, LAST, framing
from .decoding import decoder
from .entering_async import enter_async
from .failures import CORE_ERRORS, as_httpx, translate
from .family import is_patched
from .home import AsyncLink, AsyncStack, Home, close, close_all, home_for
from .idle import DRAIN_SECONDS, Link, core_origin, core_request
from .per_loop import PerLoop, is_trio
from .tls import ssl_context
from .trio_stream import open_trio
from .wire import Wire

if TYPE_CHECKING:
    from .stock import AsyncStockBody
    from .stock_per_loop import StockPerLoop


class AsyncPool:
    """Connections that any number of tasks share, in each event loop apart."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._homes = PerLoop(partial(home_for, settings), Home.aclose)
        self._patched: StockPerLoop | None = None
        self._closed = False

    async def send(self, outgoing: Outgoing) -> AsyncBody | AsyncStockBody:
        """Send a request and give the reply as soon as its headers are there."""
        self._check_open()
        if is_patched():
            return await self._through_httpx().send(outgoing)
        home = await self._homes.get()
        await enter_async(home.admission, outgoing)
        try:
            self._check_open()  # it may have been closed while this request was queueing
            outgoing.begin(time.monotonic())
            return await self._exchange(home, outgoing)
        except BaseException:
            home.admission.leave()
            raise

    def _through_httpx(self) -> StockPerLoop:
        if self._patched is None:
            from .making import patched_async_client
            from .stock_per_loop import StockPerLoop

            self._patched = StockPerLoop(partial(patched_async_client, self._settings), self._settings)
        return self._patched

    def _check_open(self) -> None:
        if self._closed:
            message = "The client is closed."
            raise ClosedClientError(message)

    async def _exchange(self, home: Home, outgoing: Outgoing) -> AsyncBody:
        stack = home.stack(outgoing.origin)
        link = None if outgoing.fresh else await self._take(stack)
        if link is None:
            link = await self._connect(outgoing)
        else:
            link.wire.begin(outgoing)
        try:
            link.wire.left(None, httpcore.ConnectTimeout)  # the last moment at which nothing is sent
            response = await link.connection.handle_async_request(core_request(outgoing))
            return AsyncBody(response, link, outgoing, home)
        except CORE_ERRORS as error:
            await close(link)
            if stale := link.went_stale(error):
                # where one idle connection turned out to be dead, the others are likely to be
                outgoing.fresh = True
                await close_all(stack)
            raise translate(found := as_httpx(error), outgoing, stale=stale, stalled=link.wire.stalled) from found
        except BaseException:
            await close(link)
            raise

    async def _take(self, stack: AsyncStack) -> AsyncLink | None:
        while (link := stack.pop_expired()) is not None:
            await close(link)
        while (link := stack.pop()) is not None:
            if link.reusable:
                return link
            await close(link)
        return None

    async def _connect(self, outgoing: Outgoing) -> AsyncLink:
        origin, wire = outgoing.origin, Wire()
        context = ssl_context(trust_env=self._settings.trust_env) if origin.scheme == "https" else None
        wire.begin(outgoing)
        opening = open_trio if is_trio(current_token().native_token) else open_asyncio
        try:
            stream = await opening(origin, context, wire, outgoing.clocks.connect)
        except CORE_ERRORS as error:
            raise translate(found := as_httpx(error), outgoing) from found
        return Link(httpcore.AsyncHTTP11Connection(core_origin(origin), stream), stream, wire)

    async def aclose(self) -> None:
        """Close the idle connections now, and those in use when their replies end."""
        self._closed = True
        await self._homes.aclose()
        if self._patched is not None:
            await self._patched.aclose()

    def __repr__(self) -> str:
        return f"AsyncPool({self._homes})"


class AsyncBody:
    """A reply that is coming in on a connection of the pool."""

    def __init__(self, response: httpcore.Response, link: AsyncLink, outgoing: Outgoing, home: Home) -> None:
        self.status = response.status
        self.headers: RawHeaders = response.headers
        self._response, self._link, self._outgoing, self._home = response, link, outgoing, home
        stream = cast("AsyncIterable[bytes]", response.stream)
        self._pieces = cast("AsyncGenerator[bytes, None]", aiter(stream))
        self._chunks, length = framing(self.status, self.headers)
        link.wire.head_came(length)
        self._decoder = decoder(self.headers)
        self._plain: Iterator[bytes] = iter(())
        self._shown_end = False
        self._closed = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        while (plain := next(self._plain, None)) is None:
            try:
                data = await self._next()
            except CORE_ERRORS as error:
                raise translate(found := as_httpx(error), self._outgoing) from found
            if data is None:
                if self._decoder is not None:
                    self._decoder.finish()
                raise StopAsyncIteration
            if self._decoder is None:
                return data
            self._plain = self._decoder.feed(data)
        return plain

    async def _next(self) -> bytes | None:
        """Give the next bytes of the body as they came; `None` at its end."""
        chunks, wire = self._chunks, self._link.wire
        if chunks is None:
            return await anext(self._pieces, None)
        while not chunks.done:
            data = wire.next_rest() or await self._link.stream.receive()
            if not data:
                raise httpcore.RemoteProtocolError(CUT)
            if piece := chunks.feed(data):
                return piece
        if not self._shown_end:
            # httpcore is shown an empty body, so that the connection serves again.
            self._shown_end, wire.rest = True, LAST
            await anext(self._pieces, None)
            wire.rest = chunks.surplus
        return None

    def hurry(self, seconds: float) -> None:
        """Allow the rest of the body so many seconds at most."""
        self._link.wire.hurry(seconds)

    async def drain(self) -> None:
        """Read what is left after the announced end, for a moment at most, so that the connection serves again."""
        await self._read_on(DRAIN_SECONDS)

    async def _read_on(self, seconds: float) -> None:
        self.hurry(seconds)
        # the event loop may be closing httpcore's generator itself, at its end
        with suppress(*CORE_ERRORS, RuntimeError):
            while await self._next() is not None:
                pass

    async def aclose(self) -> None:
        """Give the connection back, or close it where the body was not read to its end."""
        if not self._closed:
            self._closed = True
            try:
                if self._chunks is None:
                    # httpcore's generators that were begun have to come to an end: trio warns of those that do not
                    await self._read_on(0.0)
                await self._response.aclose()
            finally:
                await self._home.release(self._link, self._outgoing.origin)
