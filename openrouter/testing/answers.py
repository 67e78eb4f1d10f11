"""What goes into a reply and what comes out of it: the exchange, and the answer for the wire."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx
from attrs import evolve, frozen

from .counting import count_tokens, message_text
from .requests import RecordedRequest

DEFAULT_MODEL = "openrouter/simulated"
"""The model that answers a request which names none."""

FIRST_CREATED = 1_767_225_600
"""`created` counts up from here: the first second of 2026, UTC."""

SIMULATED_HEADER = "X-OpenRouter-Simulated"
"""Stands on every reply, with the value `true`, so that nobody takes one for a real model's."""


@frozen(eq=False)
class Exchange:
    """One request and its place in the order of arrival, from 1."""

    request: RecordedRequest
    number: int

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
        return str(payload.get("model") or next(iter(payload.get("models") or ()), DEFAULT_MODEL))

    @property
    def prompt_tokens(self) -> int:
        """The words of all messages."""
        return sum(count_tokens(message_text(message)) for message in self.request.payload["messages"])


@frozen(eq=False)
class Answer:
    """A reply ready to be sent: status, headers, and the body in the segments in which it is flushed.

    `delay` is the wait before the first byte, `pause` the one between two segments, both in seconds.
    """

    status: int
    headers: Mapping[str, str]
    segments: tuple[bytes, ...]
    delay: float = 0.0
    pause: float = 0.0


def json_bytes(value: Mapping[str, Any]) -> bytes:
    """Write JSON as the service does: compact, UTF-8, no escapes that are not needed."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


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
