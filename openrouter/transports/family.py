"""What clients of the httpx family have in common: their form, their exceptions, and how a request is given to them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import FunctionType
from typing import Any

from ..outgoing import Outgoing
from .network_errors import NETWORK_ERRORS
from .wire import seconds_left


def is_patched() -> bool:
    """Whether somebody, such as pytest-httpx, took httpx's own transports over."""
    httpx: Any = sys.modules.get("httpx")
    # Where it was not imported, or another thread is just at it, nobody had the time to.
    if httpx is None or not hasattr(httpx, "AsyncHTTPTransport"):
        return False
    genuine = _is_of_httpx(httpx.HTTPTransport.handle_request)
    return not (genuine and _is_of_httpx(httpx.AsyncHTTPTransport.handle_async_request))


def _is_of_httpx(method: Any) -> bool:
    # wrappers often copy the name and the module of what they wrap, but never its globals
    return type(method) is FunctionType and str(method.__globals__["__name__"]).startswith("httpx.")


def exceptions_of(client: object) -> tuple[type[Exception], ...]:
    """Give what a client raises: the exceptions of the library that it comes from, and what those let through."""
    import httpcore  # noqa: PLC0415 - as below
    import httpx  # noqa: PLC0415 - only those who send through such a client need it

    names = (cls.__module__.partition(".")[0] for cls in type(client).__mro__)
    modules = (sys.modules.get(name) for name in names)
    library: Any = next((module for module in modules if hasattr(module, "StreamError")), httpx)
    # httpx's own are among them for the time-outs that are raised here
    core = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, httpcore.TimeoutException)
    of_a_kind = (library.HTTPError, library.StreamError, library.InvalidURL, httpx.HTTPError)
    return *of_a_kind, *core, httpcore.UnsupportedProtocol, *NETWORK_ERRORS


def arguments(outgoing: Outgoing) -> Mapping[str, Any]:
    """Give the arguments of `build_request`, with the time-outs that come nearest to the clocks."""
    clocks = outgoing.clocks

    def left(limit: float | None) -> float | None:
        seconds = seconds_left(outgoing.ends_at, limit)
        return None if seconds is None else max(0.001, seconds)

    times = {
        "connect": left(clocks.connect),
        "read": left(clocks.idle),
        "write": left(clocks.writing),
        "pool": left(None),
    }
    return {"headers": outgoing.headers, "content": outgoing.content, "extensions": {"timeout": times}}


def url_of(outgoing: Outgoing) -> str:
    """Give the whole address."""
    origin = outgoing.origin
    return f"{origin.scheme}://{origin.host_header.decode()}{outgoing.target}"
