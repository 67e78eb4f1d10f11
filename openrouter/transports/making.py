"""Makes httpx's clients, for what our own connections do not do, and for transports that somebody took over."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

import httpx

from ..core.errors import ConfigurationError
from ..setting_rules import is_proxy
from ..settings import Settings
from .proxies import Proxy
from .stock_per_loop import StockPerLoop
from .stock_per_process import StockPerProcess
from .tls import ssl_context

ClientT = TypeVar("ClientT", httpx.Client, httpx.AsyncClient)


def blocking_stock(settings: Settings, proxy: Proxy | None) -> StockPerProcess:
    """Send through httpx, as the settings and the proxy ask; raise `ConfigurationError` where they cannot work."""
    make = partial(_client, settings, proxy, httpx.Client)
    make()  # what is wrong with the settings is to be told now, not at the first request
    return StockPerProcess(make, settings)


def awaiting_stock(settings: Settings, proxy: Proxy | None) -> StockPerLoop:
    """Do the same, awaiting."""
    make = partial(_client, settings, proxy, httpx.AsyncClient)
    make()
    return StockPerLoop(make, settings)


def _client(settings: Settings, proxy: Proxy | None, cls: Callable[..., ClientT]) -> ClientT:
    try:
        return cls(
            proxy=None if proxy is None else _address(proxy),
            http2=settings.http2,
            # our own admission counts, httpx's pool must never queue
            limits=httpx.Limits(max_connections=None, keepalive_expiry=settings.keepalive_expiry),
            trust_env=False,
            verify=ssl_context(trust_env=settings.trust_env, http2=settings.http2),
        )
    except ImportError as error:
        message = f"A package is not installed that {proxy.source if proxy else 'http2=True'} needs. {error}"
        raise ConfigurationError(message) from error


def _address(proxy: Proxy) -> httpx.Proxy:
    if is_proxy(proxy.address):
        with suppress(httpx.InvalidURL, ValueError):
            return httpx.Proxy(proxy.address if "://" in proxy.address else f"http://{proxy.address}")
    # the value may hold a password
    message = f"{proxy.source} is no address of a proxy: it has to be http://, https:// or socks5://host:port."
    raise ConfigurationError(message)


def patched_client(settings: Settings) -> httpx.Client:
    """Make a client whose transport is httpx's own, for whoever took that over."""
    context = ssl_context(trust_env=settings.trust_env)
    transport = httpx.HTTPTransport(verify=context, limits=httpx.Limits(max_connections=None))
    return httpx.Client(transport=transport, trust_env=False)


def patched_async_client(settings: Settings) -> httpx.AsyncClient:
    """Make one that awaits."""
    context = ssl_context(trust_env=settings.trust_env)
    transport = httpx.AsyncHTTPTransport(verify=context, limits=httpx.Limits(max_connections=None))
    return httpx.AsyncClient(transport=transport, trust_env=False)
