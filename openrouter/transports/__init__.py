"""Where bytes leave and arrive: a connection pool of our own, and httpx clients where those are asked for.

A transport has one method to send an `Outgoing` and one to close. What it gives back is the reply as it comes:
`status`, `headers`, an iteration over the bytes of the body, `drain` and `close`. Every failure is an
`OpenRouterError`, with httpx's own exception as its cause.
"""

from __future__ import annotations

from .choosing import async_transport, sync_transport
from .faces import AsyncIncoming, AsyncTransport, SyncIncoming, SyncTransport
from .family import AsyncHTTPClient, HTTPClient

__all__ = [
    "AsyncHTTPClient",
    "AsyncIncoming",
    "AsyncTransport",
    "HTTPClient",
    "SyncIncoming",
    "SyncTransport",
    "async_transport",
    "sync_transport",
]
