"""What goes into a reply and what comes out of it: the exchange, and the answer for the wire."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx
from attrs import define, evolve, field, frozen

from ..core.json import as_list
from .endings import Break, Ending
from .requests import RecordedRequest
from .tariff import Tariff

if TYPE_CHECKING:
    from .faults import Fault
    from .replies import Reply

DEFAULT_MODEL = "openrouter/simulated"
"""The model that answers a request which names none."""

FIRST_CREATED = 1_767_225_600
"""`created` counts up from here: the first second of 2026, UTC."""

SIMULATED_HEADER = "X-OpenRouter-Simulated"
"""Stands on every reply, with the value `true`, so that nobody takes one for a real model's."""


@define(eq=False)
class Exchange:
    """One request, its place in the order of arrival, from 1, and what it was answered with."""

    request: RecordedRequest
    number: int
    reply: Reply | None = None
    """What was to be answered, without any fault; `None` until that is decided."""
    fault: Fault | None = None
    """What was done to that reply."""
    answer: Answer | None = None
    """What goes over the wire; its `cost` is what the service booked."""
    tariff: Tariff = field(factory=Tariff, repr=False)
    """What the models cost."""
    cancelled: bool = False
    """The client is known to have left before the end of a stream. It was booked in full all the same."""

    def leave(self) -> None:
        """Take note that the client left. What is no stream cannot be cancelled."""
        self.cancelled = self.request.streaming

    @property
    def created(self) -> int:
        """When the reply claims to be made, in Unix seconds; no clock is read."""
        return FIRST_CREATED + self.number

    @property
    def generation_id(self) -> str:
        """The id of the reply, in the form of the real ones."""
        return f"gen-{self.created}-Simulated{self.number:011d}"

    @property
    def model(self) -> str:
        """The model that was asked for, or else the first of the fallbacks, or the default."""
        payload = self.request.payload
        return str(payload.get("model") or next(iter(as_list(payload.get("models"))), DEFAULT_MODEL))


@frozen(eq=False)
class Answer:
    """A reply ready to be sent: status, headers, and the body in the segments in which it is flushed.

    The segments can be gone through any number of times, and may be endless. `delay` is the wait before the first
    byte, `pause` the one between two segments, both in seconds.
    """

    status: int
    headers: Mapping[str, str]
    segments: Iterable[bytes]
    delay: float = 0.0
    pause: float = 0.0
    cost: Decimal = Decimal(0)
    """What the simulated service books for it, in USD."""
    headless: Ending | None = None
    """How the connection ends instead of a reply: not even a status is sent."""
    breaks: Break | None = None
    """Where and how the reply breaks off; one that has no more bytes than that breaks off at its end."""
    afterwards: Ending | None = None
    """What becomes of the connection after the reply, although nothing in it says so: it is closed at once, or it is
    reset when the next request comes, before that is read."""
    left: Callable[[], object] | None = None
    """Called where the client is seen to leave before the end of the reply, or to wait for it no longer."""

    def leave(self) -> None:
        """Tell whoever wants to know that the client left."""
        if self.left is not None:
            self.left()


def error_object(
    message: str, code: int | str, error_type: str | None = None, metadata: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Give the `error` of an envelope or a chunk; without details it has no `metadata`."""
    details = {**(metadata or {}), **({} if error_type is None else {"error_type": error_type})}
    return {"message": message, "code": code, **({"metadata": details} if details else {})}


def finished(answer: Answer) -> Answer:
    """Mark an answer as simulated and say how its body is framed, unless it says so itself."""
    headers = httpx.Headers(answer.headers)
    headers[SIMULATED_HEADER] = "true"
    if "content-length" not in headers and "transfer-encoding" not in headers:
        if headers.get("content-type", "").startswith("text/event-stream"):
            headers["transfer-encoding"] = "chunked"
        else:
            headers["content-length"] = str(sum(map(len, answer.segments)))
    return evolve(answer, headers=headers)
