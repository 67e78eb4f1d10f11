"""What the service refuses before any model is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from .answers import Answer, Exchange, error_object, json_bytes
from .replies import Reply

if TYPE_CHECKING:
    from .requests import RecordedRequest

CHAT_PATH = "/chat/completions"


@frozen(eq=False)
class Refusal(Reply):
    """An error from the edge of the service: it has no generation, no user and no `error_type`."""

    status: int
    message: str

    def answer(self, exchange: Exchange) -> Answer:  # noqa: ARG002 - the same for every request
        """Send the bare envelope."""
        body = json_bytes({"error": error_object(self.message, self.status)})
        return Answer(self.status, {"Content-Type": "application/json"}, (body,), self.delay, self.pause)


def refusal(request: RecordedRequest) -> Refusal | None:
    """Say why a request is not answered, or None if it is good."""
    if not request.path.endswith(CHAT_PATH):
        return Refusal(404, "Not Found")
    if request.method != "POST":
        return Refusal(405, "Method Not Allowed")
    if not request.authorized:
        return Refusal(401, "Missing Authentication header")
    return _body_refusal(request)


def _body_refusal(request: RecordedRequest) -> Refusal | None:
    try:
        request.json()
    except ValueError:
        return Refusal(400, "The request body is not valid JSON")
    messages = request.payload.get("messages")
    if not isinstance(messages, list) or not messages:
        return Refusal(400, 'Input required: specify "prompt" or "messages"')
    return None
