"""Which transport serves: the pool of our own, unless something asks for a whole httpx client.

Each is imported when it is chosen, so that nobody waits for httpx, or for an event loop, that nothing uses.
"""

from __future__ import annotations

from inspect import iscoroutinefunction
from typing import TYPE_CHECKING

from ..core.errors import ConfigurationError
from ..core.variables import Variables
from ..settings import Settings
from .proxies import proxy_for

if TYPE_CHECKING:
    from .faces import AsyncTransport, SyncTransport
    from .http_client import AsyncHTTPClient, HTTPClient


def sync_transport(settings: Settings, http: HTTPClient | None) -> SyncTransport:
    """Choose what a `SyncClient` sends through."""
    if http is not None:
        from .stock import SyncStock

        if iscoroutinefunction(http.send):
            raise ConfigurationError("http= is an async client: give it to AsyncClient, and a blocking one here.")
        return SyncStock(http)
    proxy = proxy_for(settings, Variables(None))
    if proxy is None and not settings.http2:
        from .pool import SyncPool

        return SyncPool(settings)
    from .making import blocking_stock

    return blocking_stock(settings, proxy)


def async_transport(settings: Settings, http: AsyncHTTPClient | None) -> AsyncTransport:
    """Choose what an `AsyncClient` sends through."""
    if http is not None:
        from .stock import AsyncStock, is_blocking

        if is_blocking(http):
            raise ConfigurationError("http= is a blocking client: give it to SyncClient, and an async one here.")
        return AsyncStock(http)
    proxy = proxy_for(settings, Variables(None))
    if proxy is None and not settings.http2:
        from .async_pool import AsyncPool

        return AsyncPool(settings)
    from .making import awaiting_stock

    return awaiting_stock(settings, proxy)
