"""The awaiting connection pool."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from functools import partial
from ssl import SSLContext
from typing import TYPE_CHECKING

from anyio.lowlevel import current_token

from ..core.errors import ClosedClientError
from ..outgoing import Origin, Outgoing
from ..settings import Settings
from .bodies import Arrival
from .decoding import decoder
from .entering_async import enter_async
from .failures import as_httpx, translate
from .family import is_patched
from .home import AnyStream, AsyncLink, AsyncStack, Home, close, close_all, home_for
from .http1 import Dialogue, Head
from .idle import DRAIN_SECONDS, Link
from .network_errors import NETWORK_ERRORS, ConnectTimeout, WriteError
from .per_loop import PerLoop, is_trio
from .tls import ssl_context
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
        outgoing.unsent = True
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
            raise ClosedClientError("The client is closed.")

    async def _exchange(self, home: Home, outgoing: Outgoing) -> AsyncBody:
        stack = home.stack(outgoing.origin)
        link = None if outgoing.fresh else await self._take(stack)
        if link is None:
            link = await self._connect(outgoing)
        else:
            link.wire.begin(outgoing)
        try:
            return AsyncBody(await _asked(link, outgoing), link, outgoing, home)
        except NETWORK_ERRORS as error:
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
        try:
            return Link(await _open(origin, context, wire, outgoing.clocks.connect), wire)
        except NETWORK_ERRORS as error:
            raise translate(found := as_httpx(error), outgoing) from found

    async def aclose(self) -> None:
        """Close the idle connections now, and those in use when their replies end."""
        self._closed = True
        await self._homes.aclose()
        if self._patched is not None:
            await self._patched.aclose()

    def __repr__(self) -> str:
        return f"AsyncPool({self._homes})"


async def _open(origin: Origin, context: SSLContext | None, wire: Wire, limit: float) -> AnyStream:
    """Open a network stream of the event loop that runs."""
    if is_trio(current_token().native_token):
        from .trio_stream import open_trio

        return await open_trio(origin, context, wire, limit)
    from .asyncio_stream import open_asyncio

    return await open_asyncio(origin, context, wire, limit)


async def _asked(link: AsyncLink, outgoing: Outgoing) -> Head:
    """Send a request and wait for the head of its reply."""
    dialogue = Dialogue(outgoing)
    link.is_idle = False
    link.wire.left(None, ConnectTimeout)  # the last moment at which nothing is sent
    outgoing.unsent = False
    # A server that does not want all of a request may have said so before it left.
    with suppress(WriteError):
        await link.stream.send(dialogue.request)
    while (head := dialogue.hear(await link.stream.receive())) is None:
        pass
    link.wire.head_came()
    return head


class AsyncBody:
    """A reply that is coming in on a connection of the pool."""

    def __init__(self, head: Head, link: AsyncLink, outgoing: Outgoing, home: Home) -> None:
        self.status, self.headers = head.status, head.headers
        self._link, self._outgoing, self._home = link, outgoing, home
        self._arrival = Arrival(head)
        self._decoder = decoder(self.headers)
        self._plain: Iterator[bytes] = iter(())
        self._closed = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        while (plain := next(self._plain, None)) is None:
            try:
                data = await self._next()
            except NETWORK_ERRORS as error:
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
        """Give what the next read brings of the body, which may be nothing; `None` at its end."""
        arrival = self._arrival
        if not arrival.is_waiting:
            if arrival.is_over:
                return None
            arrival.came(await self._link.stream.receive())
        return arrival.take()

    def hurry(self, seconds: float) -> None:
        """Allow the rest of the body so many seconds at most."""
        self._link.wire.hurry(seconds)

    async def drain(self) -> None:
        """Read what is left after the announced end, for a moment at most, so that the connection serves again."""
        self.hurry(DRAIN_SECONDS)
        with suppress(*NETWORK_ERRORS):
            while await self._next() is not None:
                pass

    async def aclose(self) -> None:
        """Give the connection back, or close it where the body was not read to its end."""
        if not self._closed:
            self._closed = True
            self._link.is_idle = self._arrival.is_clean
            await self._home.release(self._link, self._outgoing.origin)
