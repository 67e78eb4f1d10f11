"""One TLS context for everyone: loading the certificates takes longer than a request."""

from __future__ import annotations

import ssl
from functools import cache

import httpx


@cache
def ssl_context(*, trust_env: bool) -> ssl.SSLContext:
    """Make the context when the first connection needs it, then share it."""
    return httpx.create_ssl_context(trust_env=trust_env)
