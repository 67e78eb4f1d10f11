"""The awaiting connection pool."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from contextlib import suppress
from typing import cast
from weakref import WeakKeyDictionary

import anyio
import httpcore
import httpx
from anyio.lowlevel import current_token
from attrs import define, field

from ..core.errors import ClosedClientError
from ..preparing import Origin, Outgoing, RawHeaders
from ..settings import Settings
from .admission import Admission
from .clocked import AsyncClockedBackend, Wire
from .decoding import inflater
from .entering import enter_async
from .failures import CORE_ERRORS, as_httpx, translate
from .idle import DRAIN_SECONDS, IdleStack, Link, core_origin, core_request
from .stock import AsyncStock, AsyncStockBody, is_patched
from .tls import ssl_context

AsyncLink = Link[httpcore.AsyncHTTPConnection]
AsyncStack = IdleStack[httpcore.AsyncHTTPConnection]


@define(eq=False)
class _Home:
    """What the pool has in one event loop: connections cannot move to another."""

    admission: Admission
    expiry: float
    stacks: dict[Origin, AsyncStack] = field(factory=dict[Origin, AsyncStack])
    keeper: AsyncGenerator[None, None] | None = None

    def stack(self, origin: Origin) -> AsyncStack:
        """Give the idle connections to an origin."""
        stack = self.stacks.get(origin)
        if stack is None:
            stack = self.stacks[origin] = IdleStack(self.expiry)
        return stack


async def _keep(stacks: dict[Origin, AsyncStack]) -> AsyncGenerator[None, None]:
    """Close idle connections when the event loop ends, or when their pool is dropped.

    Loops finish the async generators that were begun in them, and those that are collected as garbage, while they
    still run: the one chance to close without having been asked.
    """
    try:
        yield
    finally:
        for stack in stacks.values():
            await _close_all(stack)


async def _close_all(stack: AsyncStack) -> None:
    while (link := stack.pop()) is not None:
        await _close(link)


async def _close(link: AsyncLink) -> None:
    with anyio.CancelScope(shield=True):
        await link.connection.aclose()


class AsyncPool:
    """Connections that any number of tasks share, in each event loop apart."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._homes: WeakKeyDictionary[object, _Home] = WeakKeyDictionary()
        self._closed = False
        self._stock: AsyncStock | None = None

    async def send(self, outgoing: Outgoing) -> AsyncBody | AsyncStockBody:
        """Send a request and give the reply as soon as its headers are there."""
        if self._closed:
            message = "The client is closed."
            raise ClosedClientError(message)
        if is_patched():
            return await self._patched().send(outgoing)
        home = await self._home()
        await enter_async(home.admission, outgoing)
        try:
            return await self._exchange(home, outgoing)
        except BaseException:
            home.admission.leave()
            raise

    async def _home(self) -> _Home:
        loop = current_token().native_token
        home = self._homes.get(loop)
        if home is None:
            home = _Home(Admission(self._settings.max_connections), self._settings.keepalive_expiry)
            self._homes[loop] = home
            home.keeper = _keep(home.stacks)
            await anext(home.keeper)
        return home

    async def _exchange(self, home: _Home, outgoing: Outgoing) -> AsyncBody:
        stack = home.stack(outgoing.origin)
        link = await self._take(stack) or self._connect(outgoing.origin)
        link.wire.begin(outgoing.clocks)
        try:
            response = await link.connection.handle_async_request(core_request(outgoing, link.wire))
            return AsyncBody(response, link, outgoing, self, home)
        except CORE_ERRORS as error:
            await _close(link)
            if link.wire.stale:
                # where one idle connection turned out to be dead, the others are likely to be
                await _close_all(stack)
            raise translate(found := as_httpx(error), outgoing, stale=link.wire.stale) from found
        except BaseException:
            await _close(link)
            raise

    async def _take(self, stack: AsyncStack) -> AsyncLink | None:
        while (link := stack.pop_expired()) is not None:
            await _close(link)
        while (link := stack.pop()) is not None:
            if link.reusable:
                return link
            await _close(link)
        return None

    def _connect(self, origin: Origin) -> AsyncLink:
        wire = Wire()
        context = ssl_context(trust_env=self._settings.trust_env) if origin.scheme == "https" else None
        connection = httpcore.AsyncHTTPConnection(
            core_origin(origin), ssl_context=context, network_backend=AsyncClockedBackend(wire)
        )
        return Link(connection, wire)

    async def release(self, link: AsyncLink, home: _Home, origin: Origin) -> None:
        """Take a connection back after its reply, and let the next request in."""
        try:
            if link.connection.is_idle() and not self._closed:
                home.stack(origin).push(link)
            else:
                await _close(link)
        finally:
            home.admission.leave()

    def _patched(self) -> AsyncStock:
        if self._stock is None:
            context = ssl_context(trust_env=self._settings.trust_env)
            transport = httpx.AsyncHTTPTransport(verify=context, limits=httpx.Limits(max_connections=None))
            self._stock = AsyncStock(httpx.AsyncClient(transport=transport, trust_env=False), self._settings)
        return self._stock

    async def aclose(self) -> None:
        """Close the idle connections of this event loop now, and those in use when their replies end."""
        self._closed = True
        home = self._homes.get(current_token().native_token)
        if home is not None and home.keeper is not None:
            await home.keeper.aclose()
        if self._stock is not None:
            await self._stock.aclose()


class AsyncBody:
    """A reply that is coming in on a connection of the pool."""

    def __init__(
        self, response: httpcore.Response, link: AsyncLink, outgoing: Outgoing, pool: AsyncPool, home: _Home
    ) -> None:
        self.status = response.status
        self.headers: RawHeaders = response.headers
        self._response, self._link, self._outgoing, self._pool, self._home = (
            response,
            link,
            outgoing,
            pool,
            home,
        )
        stream = cast("AsyncIterable[bytes]", response.stream)
        self._pieces = cast("AsyncGenerator[bytes, None]", aiter(stream))
        self._inflate = inflater(self.headers)
        self._closed = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            data = await anext(self._pieces)
        except CORE_ERRORS as error:
            raise translate(found := as_httpx(error), self._outgoing) from found
        return data if self._inflate is None else self._inflate.feed(data)

    async def drain(self) -> None:
        """Read what is left after the announced end, for a moment at most, so that the connection serves again."""
        self._link.wire.hurry(DRAIN_SECONDS)
        with suppress(*CORE_ERRORS):
            async for _ in self._pieces:
                pass

    async def aclose(self) -> None:
        """Give the connection back, or close it where the body was not read to its end."""
        if not self._closed:
            self._closed = True
            try:
                await self._pieces.aclose()
                await self._response.aclose()
            finally:
                await self._pool.release(self._link, self._home, self._outgoing.origin)
