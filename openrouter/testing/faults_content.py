"""Faults of what a reply says: it comes with status 200, and is no good answer all the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import partial
from itertools import takewhile
from typing import Any, Final

import httpx
from attrs import evolve, field, frozen

from ..core.json import as_list, as_object, encode_json
from ..policy.ranges import whole_number
from .answers import Answer, Exchange, error_object
from .faults import Fault
from .faults_body import by_event, is_stream, resized
from .replies import asks_for_response

FREE: Final = Decimal(0)
"""What a reply costs that is an error."""

_FIRST_ERROR_STATUS: Final = 400

_OBJECT: Final = re.compile(rb"\{.*\}", re.DOTALL)

_LAST_TYPES: Final = ("response.completed", "response.incomplete", "response.failed")
"""With these the stream of a response ends."""

_PAGE: Final = b"""<!DOCTYPE html>
<html><head><title>Bad gateway</title></head><body><h1>Bad gateway</h1><p>Simulated.</p></body></html>
"""


@frozen
class EmptyBody(Fault):
    """The reply has its status and headers, and a body of no bytes. The work was done, so it costs the same."""

    def strike(self, answer: Answer, exchange: Exchange) -> Answer:  # noqa: ARG002 - the same for every request
        """Take the body away."""
        return _with_body(answer, ())


@frozen
class HTMLPage(Fault):
    """A page of HTML comes in the place of the reply, with this status. An error status costs nothing."""

    status: int = field(default=200, validator=whole_number(200))

    def strike(self, answer: Answer, exchange: Exchange) -> Answer:  # noqa: ARG002 - the same for every request
        """Put the page in the place of the body."""
        page = _with_body(answer, (_PAGE,), "text/html; charset=utf-8")
        return evolve(page, status=self.status, cost=answer.cost if self.status < _FIRST_ERROR_STATUS else FREE)


@frozen
class ErrorInBody(Fault):
    """An error comes with status 200, in its envelope, also where a stream was asked for. It costs nothing.

    `error_type` goes where the service puts it, into `metadata`.
    """

    message: str = "Provider returned error"
    code: int | str = field(default=502, kw_only=True)
    error_type: str | None = field(default="provider_unavailable", kw_only=True)

    def strike(self, answer: Answer, exchange: Exchange) -> Answer:  # noqa: ARG002 - the same for every request
        """Put the envelope in the place of the body."""
        envelope = encode_json({"error": error_object(self.message, self.code, self.error_type)})
        return evolve(_with_body(answer, (envelope,), "application/json"), status=200, cost=FREE)


@frozen
class ErrorInChoice(Fault):
    """The choice that finishes carries an error, beside the words that it has. It costs nothing.

    A stream ends there, with neither usage nor `[DONE]`. `error_type` goes where the service puts it, into `metadata`.
    The Responses API has no choices: its replies stay as they are.
    """

    message: str = "Provider disconnected unexpectedly"
    code: int | str = field(default=502, kw_only=True)
    error_type: str | None = field(default="provider_unavailable", kw_only=True)

    def strike(self, answer: Answer, exchange: Exchange) -> Answer:
        """Put the error into the choice."""
        if asks_for_response(exchange.request):
            return answer
        error = error_object(self.message, self.code, self.error_type)
        return evolve(resized(answer, partial(_failing, error=error)), cost=FREE)


@frozen
class NoChoices(Fault):
    """`choices` is `[]` in the reply or in every chunk; with `null` it is that. It costs the same."""

    null: bool = field(default=False, kw_only=True)

    def strike(self, answer: Answer, exchange: Exchange) -> Answer:  # noqa: ARG002 - the same for every request
        """Take the choices away."""
        return resized(answer, partial(_with_choices, choices=None if self.null else []))


@frozen
class Unfinished(Fault):
    """The reply stops in the middle, in good order as far as HTTP can tell. The work was done, so it costs the same.

    A stream has neither a finish reason nor `[DONE]`, and no usage; of a whole reply, which has to have an end,
    there is the first half.
    """

    def strike(self, answer: Answer, exchange: Exchange) -> Answer:  # noqa: ARG002 - the same for every request
        """Leave the end out."""
        if is_stream(answer):
            return resized(answer, _unfinished)
        return resized(answer, _first_half)


def _with_body(answer: Answer, segments: Iterable[bytes], content_type: str | None = None) -> Answer:
    headers = httpx.Headers(answer.headers)
    headers.pop("content-length", None)
    headers.pop("content-encoding", None)
    headers.update({"content-type": content_type} if content_type else None)
    return evolve(answer, headers=headers, segments=segments)


def _document(event: bytes) -> dict[str, Any]:
    """Give the JSON object of an event, or of a whole reply; an empty one where there is none."""
    found = _OBJECT.search(event)
    try:
        return as_object(json.loads(found[0] if found else b""))
    except ValueError:
        return {}


def _written(event: bytes, document: dict[str, Any]) -> bytes:
    """Put another JSON object in the place of the one of an event."""
    return _OBJECT.sub(lambda _: encode_json(document), event)


def _finishes(event: bytes) -> bool:
    document = _document(event)
    reasons = [as_object(choice).get("finish_reason") for choice in as_list(document.get("choices"))]
    return any(reasons) or document.get("type") in _LAST_TYPES


def _failing(segments: Iterable[bytes], error: dict[str, Any]) -> Iterator[bytes]:
    for event in by_event(segments):
        document = _document(event)
        if _finishes(event):
            failed = {"finish_reason": "error", "native_finish_reason": "error", "error": error}
            choices = [{**as_object(choice), **failed} for choice in as_list(document.get("choices"))]
            yield _written(event, {**document, "choices": choices})
            return
        yield event


def _with_choices(segments: Iterable[bytes], choices: list[Any] | None) -> Iterator[bytes]:
    for event in by_event(segments):
        document = _document(event)
        yield _written(event, {**document, "choices": choices}) if "choices" in document else event


def _first_half(segments: Iterable[bytes]) -> Iterator[bytes]:
    body = b"".join(segments)
    yield body[: len(body) // 2]


def _unfinished(segments: Iterable[bytes]) -> Iterator[bytes]:
    return takewhile(lambda event: not _finishes(event), by_event(segments))
