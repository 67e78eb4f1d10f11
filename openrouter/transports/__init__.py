"""Where bytes leave and arrive: a connection pool of our own, and httpx clients where those are asked for.

A transport has one method to send an `Outgoing` and one to close. What it gives back is the reply as it comes:
`status`, `headers`, an iteration over the bytes of the body, `drain` and `close`. Every failure is an
`OpenRouterError`, with httpx's own exception as its cause.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .choosing import async_transport as async_transport, sync_transport as sync_transport
    from .faces import (
        AsyncIncoming as AsyncIncoming,
        AsyncTransport as AsyncTransport,
        SyncIncoming as SyncIncoming,
        SyncTransport as SyncTransport,
    )
    from .http_client import AsyncHTTPClient as AsyncHTTPClient, HTTPClient as HTTPClient
else:
    from ..core.lazily import offer

    __getattr__, __dir__, __all__ = offer(
        __name__,
        {
            "choosing": ("async_transport", "sync_transport"),
            "faces": ("AsyncIncoming", "AsyncTransport", "SyncIncoming", "SyncTransport"),
            "http_client": ("AsyncHTTPClient", "HTTPClient"),
        },
    )
