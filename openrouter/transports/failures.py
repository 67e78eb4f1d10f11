"""Exceptions of httpx, and of libraries of its family, as errors of ours."""

from __future__ import annotations

import time
from typing import Final

import httpcore
import httpx

from ..core.errors import APIConnectionError, APITimeoutError, OpenRouterError, ResponseError
from ..preparing import Outgoing

CORE_ERRORS: Final = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
    OSError,  # such as a failed TLS handshake, where httpcore lets it through
)

_PHASES: Final = {
    "Connect": "connect",
    "Write": "send",
    "Read": "receive",
    "Pool": "connect",
    "Proxy": "connect",
}
_TIMEOUTS: Final = {
    "connect": ("connect", "No connection to {host} within {connect:g} s."),
    "write": ("write", "The request could not be sent to {host} in time."),
    "idle": ("idle", "Not a byte came from {host} for {idle:g} s."),
    "total": ("total", "The time for this request was over before the reply from {host} was."),
}


def as_httpx(error: Exception) -> Exception:
    """Give httpx's exception for one of httpcore: they share their names."""
    made: type[Exception] = getattr(httpx, type(error).__name__, httpx.NetworkError)
    found = made(str(error) or type(error).__name__)
    found.__cause__ = error
    return found


def translate(error: Exception, outgoing: Outgoing, *, stale: bool = False) -> OpenRouterError:
    """Give our error for an exception of the httpx family, told by the names of its classes.

    `stale` says that a connection that had been idle ended before anything of a reply arrived on it.
    """
    names = [cls.__name__ for cls in type(error).__mro__]
    name = names[0]
    host = outgoing.origin.host
    phase = next((phase for start, phase in _PHASES.items() if name.startswith(start)), "receive")
    if "TimeoutException" in names:
        made: APIConnectionError = _timeout(phase, outgoing)
    elif "DecodingError" in names:
        return ResponseError(f"The body of the reply cannot be decompressed: {error}.")
    else:
        made = APIConnectionError(_describe(name, phase, host, str(error)))
    made.phase = phase
    made.stale = stale
    made.model = outgoing.facts.model
    return made


def _timeout(phase: str, outgoing: Outgoing) -> APITimeoutError:
    clocks = outgoing.clocks
    over = clocks.deadline is not None and time.monotonic() >= clocks.deadline
    reading = "idle" if clocks.idle is not None else "total"
    which = "total" if over else {"connect": "connect", "send": "write"}.get(phase, reading)
    clock, line = _TIMEOUTS[which]
    made = APITimeoutError(line.format(host=outgoing.origin.host, connect=clocks.connect, idle=clocks.idle or 0))
    made.clock = clock
    return made


def _describe(name: str, phase: str, host: str, said: str) -> str:
    what = {
        "connect": f"No connection to {host}",
        "send": f"The connection to {host} broke while the request was sent",
    }.get(phase, f"The connection to {host} broke before the reply was complete")
    return f"{what}: {said or name}."
