"""One TLS context for everyone: loading the certificates takes longer than a request."""

from __future__ import annotations

import os
import ssl
from functools import lru_cache
from threading import Lock
from typing import Final

from ..core.errors import ConfigurationError
from ..policy.per_process import PerProcess

_LOADING: Final = PerProcess(Lock)
"""So that many threads at their first request load the certificates once."""


def ssl_context(*, trust_env: bool, http2: bool = False) -> ssl.SSLContext:
    """Make the context when the first connection needs it, then share it among all clients of the process.

    `SSL_CERT_FILE` and `SSL_CERT_DIR` count if `trust_env`, as they are now. Raises `ConfigurationError` for a file
    without certificates.
    """
    file = os.environ.get("SSL_CERT_FILE") if trust_env else None
    directory = os.environ.get("SSL_CERT_DIR") if trust_env else None
    with _LOADING.get():
        return _load(os.getpid(), file, directory, http2=http2)


# A process that was forked off makes its own: another thread may have held one of the locks inside OpenSSL's.
@lru_cache(maxsize=8)
def _load(_process: int, file: str | None, directory: str | None, *, http2: bool) -> ssl.SSLContext:
    if file:
        try:
            context = ssl.create_default_context(cafile=file)
        except OSError as error:
            message = f"SSL_CERT_FILE={file!r} cannot be used as a file of certificates: {error}."
            raise ConfigurationError(message) from error
    elif directory:
        context = ssl.create_default_context(capath=directory)
    else:
        import certifi  # noqa: PLC0415 - who talks to a service on this machine does not need it

        context = ssl.create_default_context(cafile=certifi.where())
    # Whoever connects sets the protocols again: contexts with different ones must not be the same.
    context.set_alpn_protocols(["http/1.1", "h2"] if http2 else ["http/1.1"])
    return context
