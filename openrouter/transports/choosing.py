"""Which transport serves: the pool of our own, unless something asks for a whole httpx client."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from inspect import iscoroutinefunction
from typing import NamedTuple, TypeVar
from urllib.request import proxy_bypass

import httpx

from ..core.errors import ConfigurationError
from ..core.secret import SecretText
from ..core.variables import Variables
from ..preparing import origin_of
from ..settings import Settings, is_loopback, is_proxy
from .async_pool import AsyncPool
from .faces import AsyncTransport, SyncTransport
from .family import AsyncHTTPClient, HTTPClient
from .pool import SyncPool
from .stock import AsyncStock, SyncStock
from .stock_per_loop import StockPerLoop
from .stock_per_process import StockPerProcess
from .tls import ssl_context

ClientT = TypeVar("ClientT", httpx.Client, httpx.AsyncClient)


class _Proxy(NamedTuple):
    address: SecretText
    source: str
    """What asks for it: an argument, or a variable of the environment."""


def sync_transport(settings: Settings, http: HTTPClient | None) -> SyncTransport:
    """Choose what a `SyncClient` sends through."""
    if http is not None:
        if iscoroutinefunction(http.send):
            raise ConfigurationError("http= is an async client: give it to AsyncClient, and a blocking one here.")
        return SyncStock(http)
    make = _maker(settings, httpx.Client)
    if make is None:
        return SyncPool(settings)
    make()  # what is wrong with the settings is to be told now, not at the first request
    return StockPerProcess(make, settings)


def async_transport(settings: Settings, http: AsyncHTTPClient | None) -> AsyncTransport:
    """Choose what an `AsyncClient` sends through."""
    if http is not None:
        if isinstance(http, httpx.Client):
            raise ConfigurationError("http= is a blocking client: give it to SyncClient, and an async one here.")
        return AsyncStock(http)
    make = _maker(settings, httpx.AsyncClient)
    if make is None:
        return AsyncPool(settings)
    make()  # what is wrong with the settings is to be told now, not at the first request
    return StockPerLoop(make, settings)


def _maker(settings: Settings, cls: Callable[..., ClientT]) -> Callable[[], ClientT] | None:
    """Give what makes the httpx clients that the settings ask for; `None` where the pool serves."""
    proxy = _proxy(settings, Variables(None))
    if proxy is None and not settings.http2:
        return None
    return partial(_stock_client, settings, proxy, cls)


def _stock_client(settings: Settings, proxy: _Proxy | None, cls: Callable[..., ClientT]) -> ClientT:
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


def _proxy(settings: Settings, environ: Variables) -> _Proxy | None:
    """Give the proxy that requests go through, if any."""
    if settings.proxy:
        return _Proxy(SecretText(settings.proxy), "proxy=")
    origin = origin_of(settings.base_url)
    if not settings.trust_env or is_loopback(origin.host):
        return None
    found = _from_variables(origin.scheme, environ)
    # the function wants the port along, so that a variable can except it
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    return None if found is None or proxy_bypass(f"{host}:{origin.port}") else found


def _from_variables(scheme: str, environ: Variables) -> _Proxy | None:
    """Look the proxy up as httpx does: lower case wins, even if it is empty."""
    for name in (f"{scheme}_proxy", "all_proxy"):
        source = name if name in environ else name.upper()
        if address := environ.text(source):
            return _Proxy(SecretText(address), source)
    return None


def _address(proxy: _Proxy) -> httpx.Proxy:
    if is_proxy(proxy.address):
        with suppress(httpx.InvalidURL, ValueError):
            return httpx.Proxy(proxy.address if "://" in proxy.address else f"http://{proxy.address}")
    # the value may hold a password
    message = f"{proxy.source} is no address of a proxy: it has to be http://, https:// or socks5://host:port."
    raise ConfigurationError(message)
