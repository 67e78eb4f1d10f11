"""Which transport serves: the pool of our own, unless something asks for a whole httpx client."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

import httpx

from ..core.errors import ConfigurationError
from ..preparing import origin_of
from ..settings import Settings, is_loopback
from .async_pool import AsyncPool
from .faces import AsyncTransport, SyncTransport
from .pool import SyncPool
from .stock import AsyncStock, HTTPClient, SyncStock
from .tls import ssl_context

ClientT = TypeVar("ClientT", httpx.Client, httpx.AsyncClient)

_SCHEMES = ("http", "https", "socks5", "socks5h")


def sync_transport(settings: Settings, http: HTTPClient | None) -> SyncTransport:
    """Choose what a `SyncClient` sends through."""
    if http is not None:
        return SyncStock(http)
    client = _stock_client(settings, httpx.Client)
    return SyncPool(settings) if client is None else SyncStock(client, settings)


def async_transport(settings: Settings, http: HTTPClient | None) -> AsyncTransport:
    """Choose what an `AsyncClient` sends through."""
    if http is not None:
        return AsyncStock(http)
    client = _stock_client(settings, httpx.AsyncClient)
    return AsyncPool(settings) if client is None else AsyncStock(client, settings)


def _stock_client(settings: Settings, cls: Callable[..., ClientT]) -> ClientT | None:
    """Make the httpx client that the settings ask for; `None` where the pool serves."""
    proxy, source = _proxy(settings, os.environ)
    if proxy is None and not settings.http2:
        return None
    _check_proxy(proxy, source)
    try:
        return cls(
            proxy=proxy,
            http2=settings.http2,
            # our own admission counts, httpx's pool must never queue
            limits=httpx.Limits(max_connections=None, keepalive_expiry=settings.keepalive_expiry),
            trust_env=False,
            verify=ssl_context(trust_env=settings.trust_env),
        )
    except ImportError as error:
        message = f"{source or 'http2=True'} needs a package that is not installed. {error}"
        raise ConfigurationError(message) from error


def _proxy(settings: Settings, environ: Mapping[str, str]) -> tuple[str | None, str]:
    """Give the proxy that requests go through, and the name of what asks for it."""
    if settings.proxy:
        return settings.proxy, "proxy"
    origin = origin_of(settings.base_url)
    if not settings.trust_env or is_loopback(origin.host):
        return None, ""
    if proxy_bypass(origin.host):
        return None, ""
    found = next(((environ[name], name) for name in _variables(origin.scheme) if environ.get(name)), None)
    return found or (None, "")


def _variables(scheme: str) -> Iterator[str]:
    for name in (f"{scheme}_proxy", "all_proxy"):
        yield name.upper()
        yield name


def _check_proxy(proxy: str | None, source: str) -> None:
    if proxy is None:
        return
    try:
        parts = urlsplit(proxy)
        valid = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        # the value may hold a password
        message = f"{source} is no address of a proxy: it has to be http://, https:// or socks5://, host and port."
        raise ConfigurationError(message)
