"""What the service refuses before any model is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from ..core.json import encode_json
from .answers import Answer, Exchange, error_object
from .replies import Reply

if TYPE_CHECKING:
    from .requests import RecordedRequest

MOST_DIMENSIONS = 4096
"""The length of the longest vector that is handed out."""

_PAGE = b"<!DOCTYPE html><html><head><title>404</title></head><body><h1>404</h1><p>Not Found</p></body></html>"


@frozen(eq=False)
class Refusal(Reply):
    """An error from the edge of the service: it has no generation, no user and no `error_type`."""

    status: int
    message: str
    code: int | str | None = field(default=None, kw_only=True)
    """The `code` of the error where that is not the status."""
    beside: Mapping[str, Any] = field(factory=dict[str, Any], kw_only=True)
    """Fields of the envelope beside `error`."""

    def answer(self, exchange: Exchange) -> Answer:  # noqa: ARG002 - the same for every request
        """Send the bare envelope."""
        error = error_object(self.message, self.status if self.code is None else self.code)
        body = encode_json({"error": error, **self.beside})
        return Answer(self.status, {"Content-Type": "application/json"}, (body,), self.delay, self.pause)


@frozen(eq=False)
class PageNotFound(Reply):
    """What the web site says to an address that is none of the API's."""

    def answer(self, exchange: Exchange) -> Answer:  # noqa: ARG002 - the same for every request
        """Send the page."""
        return Answer(404, {"Content-Type": "text/html; charset=utf-8"}, (_PAGE,), self.delay, self.pause)


def chat_refusal(request: RecordedRequest) -> Refusal | None:
    """Say why a body is no chat request, or None if it is one."""
    messages, prompt = request.payload.get("messages"), request.payload.get("prompt")
    if not _is_json(request):
        return Refusal(400, "The request body is not valid JSON")
    if (isinstance(messages, list) and messages) or (isinstance(prompt, str) and prompt):
        return None
    return Refusal(400, 'Input required: specify "prompt" or "messages"')


def responses_refusal(request: RecordedRequest) -> Refusal | None:
    """Say why a body is no request for a response, or None if it is one. The service keeps no state between two."""
    if not _is_json(request):
        return _invalid_prompt("The request body is not valid JSON")
    given = request.payload.get("input")
    if not isinstance(given, str | list) or not given:
        return _invalid_prompt('Input required: specify "input"')
    if request.payload.get("store") is True:
        return _invalid_prompt('Nothing is stored: "store" must be false')
    if request.payload.get("previous_response_id") is not None:
        return _invalid_prompt('Nothing is stored: "previous_response_id" must be null')
    return None


def embeddings_refusal(request: RecordedRequest) -> Refusal | None:
    """Say why a body is no request for embeddings, or None if it is one."""
    if not _is_json(request):
        return Refusal(400, "The request body is not valid JSON")
    for name in ("model", "input"):
        if not request.payload.get(name):
            return Refusal(400, f'Input required: specify "{name}"')
    if request.payload.get("encoding_format", "float") not in (
        "float",
        "base64",
    ):  # a list cannot be looked up in a set
        return Refusal(400, 'Invalid "encoding_format": it is "float" or "base64"')
    dimensions = request.payload.get("dimensions", 1)
    if not isinstance(dimensions, int) or isinstance(dimensions, bool) or not 0 < dimensions <= MOST_DIMENSIONS:
        return Refusal(400, f'Invalid "dimensions": it is a whole number from 1 to {MOST_DIMENSIONS}')
    return None


def _is_json(request: RecordedRequest) -> bool:
    try:
        request.json()
    except ValueError:
        return False
    return True


def _invalid_prompt(message: str) -> Refusal:
    return Refusal(400, message, code="invalid_prompt", beside={"metadata": None})
