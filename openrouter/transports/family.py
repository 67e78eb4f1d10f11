"""What clients of the httpx family have in common: their form, their exceptions, and how a request is given to them."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Mapping
from types import FunctionType
from typing import Any, Protocol

import httpx

from ..preparing import Outgoing
from .clocked import seconds_left
from .failures import CORE_ERRORS
from .idle import writing_limit


class HTTPClient(Protocol):
    """A blocking client of the httpx family: `httpx.Client`, or one that is made like it."""

    def build_request(
        self, method: str, url: str, *, headers: Any = ..., content: Any = ..., extensions: Any = ...
    ) -> Any:
        """Make a request."""
        ...

    def send(self, request: Any, *, stream: bool = ..., follow_redirects: bool = ...) -> Any:
        """Send a request."""
        ...

    def close(self) -> None:
        """Close all connections."""
        ...


class AsyncHTTPClient(Protocol):
    """An awaiting client of the httpx family: `httpx.AsyncClient`, or one that is made like it."""

    def build_request(
        self, method: str, url: str, *, headers: Any = ..., content: Any = ..., extensions: Any = ...
    ) -> Any:
        """Make a request."""
        ...

    def send(self, request: Any, *, stream: bool = ..., follow_redirects: bool = ...) -> Awaitable[Any]:
        """Send a request."""
        ...

    async def aclose(self) -> None:
        """Close all connections."""
        ...


def is_patched() -> bool:
    """Whether somebody, such as pytest-httpx, took httpx's own transports over."""
    methods: tuple[Any, ...] = (
        httpx.HTTPTransport.handle_request,
        httpx.AsyncHTTPTransport.handle_async_request,
    )
    return not all(_is_of_httpx(method) for method in methods)


def _is_of_httpx(method: Any) -> bool:
    # wrappers often copy the name and the module of what they wrap, but never its globals
    return type(method) is FunctionType and str(method.__globals__["__name__"]).startswith("httpx.")


def exceptions_of(client: object) -> tuple[type[Exception], ...]:
    """Give what a client raises: the exceptions of the library that it comes from, and what those let through."""
    names = (cls.__module__.partition(".")[0] for cls in type(client).__mro__)
    modules = (sys.modules.get(name) for name in names)
    library: Any = next((module for module in modules if hasattr(module, "StreamError")), httpx)
    # httpx's own are among them for the time-outs that are raised here
    return library.HTTPError, library.StreamError, library.InvalidURL, httpx.HTTPError, *CORE_ERRORS


def arguments(outgoing: Outgoing) -> Mapping[str, Any]:
    """Give the arguments of `build_request`, with the time-outs that come nearest to the clocks."""
    clocks = outgoing.clocks

    def left(limit: float | None) -> float | None:
        seconds = seconds_left(outgoing.ends_at, limit)
        return None if seconds is None else max(0.001, seconds)

    times = {
        "connect": left(clocks.connect),
        "read": left(clocks.idle),
        "write": left(writing_limit(clocks)),
        "pool": left(None),
    }
    return {"headers": outgoing.headers, "content": outgoing.content, "extensions": {"timeout": times}}


def url_of(outgoing: Outgoing) -> str:
    """Give the whole address."""
    origin = outgoing.origin
    return f"{origin.scheme}://{origin.host_header.decode()}{outgoing.target}"
