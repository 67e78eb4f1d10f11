"""Requests through a whole httpx client: for proxies, HTTP/2, clients of the user's own, and patched transports."""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Protocol, runtime_checkable

import anyio
import httpx

from ..preparing import Outgoing, RawHeaders
from ..settings import Settings
from .admission import Admission
from .entering import enter, enter_async
from .failures import translate


@runtime_checkable
class HTTPClient(Protocol):
    """A client of the httpx family: `httpx.Client`, `httpx.AsyncClient`, or one that is made like them."""

    def build_request(self, method: str, url: str, **arguments: Any) -> Any:
        """Make a request."""
        ...

    def send(self, request: Any, *, stream: bool = False) -> Any:
        """Send a request; the asynchronous kind gives an awaitable."""
        ...


def is_patched() -> bool:
    """Whether somebody, such as pytest-httpx, took httpx's own transports over."""
    for method in (httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request):
        if not method.__module__.startswith("httpx."):
            return True
    return False


def _exceptions_of(client: object) -> tuple[type[Exception], ...]:
    """Give what a client raises: the exceptions of the library that it comes from."""
    names = (cls.__module__.partition(".")[0] for cls in type(client).__mro__)
    modules = (sys.modules.get(name) for name in names)
    library: Any = next((module for module in modules if hasattr(module, "StreamError")), httpx)
    return library.HTTPError, library.StreamError, library.InvalidURL


def _arguments(outgoing: Outgoing) -> Mapping[str, Any]:
    clocks, now = outgoing.clocks, time.monotonic()
    left = None if clocks.deadline is None else max(0.001, clocks.deadline - now)
    limits = [limit for limit in (clocks.idle, left) if limit is not None]
    times = {"connect": clocks.connect, "read": min(limits, default=None), "write": left, "pool": left}
    return {"headers": outgoing.headers, "content": outgoing.content, "extensions": {"timeout": times}}


def _url(outgoing: Outgoing) -> str:
    origin = outgoing.origin
    return f"{origin.scheme}://{origin.host_header.decode()}{outgoing.target}"


def _check_deadline(outgoing: Outgoing) -> None:
    """Hold the deadline against a body that comes in drops, each of them in time."""
    if outgoing.clocks.deadline is not None and time.monotonic() > outgoing.clocks.deadline:
        raise translate(httpx.ReadTimeout("The deadline has passed."), outgoing)


class SyncStock:
    """Sends through an `httpx.Client`, or one made like it."""

    def __init__(self, client: Any, settings: Settings | None = None) -> None:
        """Take a client; without `settings` it is the user's own, who closes and limits it."""
        self._client = client
        self._admission = None if settings is None else Admission(settings.max_connections)
        self._exceptions = _exceptions_of(client)

    def send(self, outgoing: Outgoing) -> SyncStockBody:
        """Send a request and give the reply as soon as its headers are there."""
        if self._admission is not None:
            enter(self._admission, outgoing)
        try:
            request = self._client.build_request(outgoing.method, _url(outgoing), **_arguments(outgoing))
            response = self._client.send(request, stream=True)
        except BaseException as error:
            self.release()
            if isinstance(error, self._exceptions):
                raise translate(error, outgoing) from error
            raise
        return SyncStockBody(response, outgoing, self)

    @property
    def exceptions(self) -> tuple[type[Exception], ...]:
        """What the client raises."""
        return self._exceptions

    def release(self) -> None:
        """Let the next request in."""
        if self._admission is not None:
            self._admission.leave()

    def close(self) -> None:
        """Close the client, unless it is the user's own."""
        if self._admission is not None:
            self._client.close()


class SyncStockBody:
    """A reply that is coming in through an httpx client."""

    def __init__(self, response: Any, outgoing: Outgoing, stock: SyncStock) -> None:
        self._response, self._outgoing, self._stock = response, outgoing, stock
        self.status: int = response.status_code
        self.headers: RawHeaders = list(response.headers.raw)
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        try:
            for data in self._response.iter_bytes():
                yield data
                _check_deadline(self._outgoing)
        except self._stock.exceptions as error:
            raise translate(error, self._outgoing) from error

    def drain(self) -> None:
        """Leave the rest unread: an httpx client cannot be told to wait for a moment only."""

    def close(self) -> None:
        """Close the response."""
        if not self._closed:
            self._closed = True
            try:
                self._response.close()
            finally:
                self._stock.release()


class AsyncStock:
    """Sends through an `httpx.AsyncClient`, or one made like it."""

    def __init__(self, client: Any, settings: Settings | None = None) -> None:
        """Take a client; without `settings` it is the user's own, who closes and limits it."""
        self._client = client
        self._admission = None if settings is None else Admission(settings.max_connections)
        self._exceptions = _exceptions_of(client)

    async def send(self, outgoing: Outgoing) -> AsyncStockBody:
        """Send a request and give the reply as soon as its headers are there."""
        if self._admission is not None:
            await enter_async(self._admission, outgoing)
        try:
            request = self._client.build_request(outgoing.method, _url(outgoing), **_arguments(outgoing))
            response = await self._client.send(request, stream=True)
        except BaseException as error:
            self.release()
            if isinstance(error, self._exceptions):
                raise translate(error, outgoing) from error
            raise
        return AsyncStockBody(response, outgoing, self)

    @property
    def exceptions(self) -> tuple[type[Exception], ...]:
        """What the client raises."""
        return self._exceptions

    def release(self) -> None:
        """Let the next request in."""
        if self._admission is not None:
            self._admission.leave()

    async def aclose(self) -> None:
        """Close the client, unless it is the user's own."""
        if self._admission is not None:
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
        _check_deadline(self._outgoing)
        try:
            data: bytes = await anext(self._pieces)
        except self._stock.exceptions as error:
            raise translate(error, self._outgoing) from error
        return data

    async def drain(self) -> None:
        """Leave the rest unread: an httpx client cannot be told to wait for a moment only."""

    async def aclose(self) -> None:
        """Close the response."""
        if not self._closed:
            self._closed = True
            try:
                with anyio.CancelScope(shield=True):
                    await self._pieces.aclose()
                    await self._response.aclose()
            finally:
                self._stock.release()
