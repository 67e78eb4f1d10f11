"""Exceptions of httpx, and of libraries of its family, as errors of ours."""

from __future__ import annotations

import time
from typing import Final

from ..core.errors import APIConnectionError, APITimeoutError, OpenRouterError, ResponseError
from ..outgoing import Outgoing
from .network_errors import NETWORK_ERRORS, NetworkError, RemoteProtocolError
from .wire import TIMER_SLACK

LOST: Final = (NetworkError, RemoteProtocolError, OSError)
"""The other side is gone, or talks nonsense."""

_PHASES: Final = {
    "Connect": "connect",
    "Pool": "connect",
    "Proxy": "connect",
    "LocalProtocol": "connect",
    "UnsupportedProtocol": "connect",
    "InvalidURL": "connect",
    "Write": "send",
    "Read": "receive",
}
"""How far the exchange had come, by how the name of the exception begins; any other is `receive`."""

_TIMEOUTS: Final = {
    "connect": "No connection to {host} within {connect:g} s.",
    "write": "The request could not be sent to {host} in time.",
    "idle": "Not a byte came from {host} for {idle:g} s.",
    "stall": "For {stall:g} s {host} sent signs of life, but no reply.",
    "deadline": "The deadline passed before the reply from {host} was complete.",
    "unsent": "The deadline passed before the request was sent to {host}{queueing}.",
    "total": "The time for the reply was over before it had come from {host} as a whole.",
    "queue": "All connections to {host} were taken until the time was over.",
}


def as_httpx(error: Exception) -> Exception:
    """Give httpx's exception for one of ours, of httpcore or of a socket; those of the family stay what they are."""
    if not isinstance(error, NETWORK_ERRORS) and type(error).__module__.partition(".")[0] != "httpcore":
        return error
    try:
        import httpx  # noqa: PLC0415 - our connections do without it, until one of them fails
    except OSError:  # no descriptor is left to read it with, which may be just what went wrong
        return error
    made: type[Exception] = getattr(httpx, type(error).__name__, httpx.NetworkError)
    found = made(str(error) or type(error).__name__)
    found.__cause__ = error
    return found


def translate(error: Exception, outgoing: Outgoing, *, stale: bool = False, stalled: bool = False) -> OpenRouterError:
    """Give our error for an exception of the httpx family, told by the names of its classes.

    `stale` says that a connection that had been idle ended before anything of a reply arrived on it, `stalled` that
    nothing but provisional replies came for too long.
    """
    names = [cls.__name__ for cls in type(error).__mro__]
    phase = next((phase for name in names for start, phase in _PHASES.items() if name.startswith(start)), "receive")
    if "TimeoutException" in names:
        # the simulated service says which seconds of a silence nobody has waited
        skipped: float = getattr(error, "skipped", 0.0)
        made: APIConnectionError = _timeout(names, phase, outgoing, stalled=stalled, skipped=skipped)
    elif "DecodingError" in names:
        return ResponseError(f"The body of the reply cannot be decompressed: {_ended(str(error))}")
    else:
        made = APIConnectionError(_describe(names[0], phase, outgoing.origin.host, str(error)))
    made.phase = phase
    made.stale = stale
    made.model = outgoing.facts.model
    return made


def _timeout(names: list[str], phase: str, outgoing: Outgoing, *, stalled: bool, skipped: float) -> APITimeoutError:
    clocks = outgoing.clocks
    now = time.monotonic() + TIMER_SLACK + skipped
    if "PoolTimeout" in names:
        clock = "queue"
    elif clocks.deadline is not None and now >= clocks.deadline:
        clock = "deadline"
    elif outgoing.ends_at is not None and now >= outgoing.ends_at:
        clock = "total"
    elif stalled:
        clock = "stall"
    else:
        clock = {"connect": "connect", "send": "write"}.get(phase, "idle" if clocks.idle is not None else "total")
    queueing = f", after {outgoing.waited:.2f} s in the queue for `max_connections`" if outgoing.waited else ""
    words = {"connect": clocks.connect, "idle": clocks.idle or 0, "stall": clocks.stall, "queueing": queueing}
    text = _TIMEOUTS["unsent" if (clock, phase) == ("deadline", "connect") else clock]
    made = APITimeoutError(text.format(host=outgoing.origin.host, **words))
    made.clock = clock
    return made


def _describe(name: str, phase: str, host: str, said: str) -> str:
    what = {
        "connect": f"No connection to {host}",
        "send": f"The connection to {host} broke while the request was sent",
    }.get(phase, f"The connection to {host} broke before the reply was complete")
    if name in ("LocalProtocolError", "UnsupportedProtocol", "InvalidURL"):
        what = f"The request to {host} cannot be sent"
    return f"{what}." if said in ("", name) else f"{what}: {_ended(said)}"


def _ended(said: str) -> str:
    """End what a library says with one full stop: some of them bring their own."""
    return f"{said.rstrip('. ')}."
