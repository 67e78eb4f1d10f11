"""What recorded replies tell of their tokens and their cost, whichever endpoint they came from."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from openrouter.core.structuring import structurer
from openrouter.types.chat import Usage
from tests.wire.recordings import documents_of, names, recording

_OTHER_NAMES = {
    "input_tokens": "prompt_tokens",
    "output_tokens": "completion_tokens",
    "input_tokens_details": "prompt_tokens_details",
    "output_tokens_details": "completion_tokens_details",
}
"""What the endpoint for responses calls the same numbers."""


class Recorded(NamedTuple):
    """A recorded reply with a usage."""

    name: str
    asked: dict[str, Any]
    """The body of the request."""
    model: str
    """The model that answered."""
    provider: str
    usage: Usage
    raw: dict[str, Any]
    """The usage as it came."""


@cache
def recorded_usages() -> list[Recorded]:
    """Give all recorded replies that have a usage, in the order of their names."""
    found: list[Recorded] = []
    for endpoint in ("POST /chat/completions", "POST /responses"):
        for name in names(endpoint=endpoint):
            body, reply = recording(name)["request"]["body"], _reply(name)
            if body is not None and reply.get("usage"):
                raw = {_OTHER_NAMES.get(key, key): value for key, value in reply["usage"].items()}
                usage = structurer(Usage)(raw)
                found.append(Recorded(name, body, reply["model"], str(reply.get("provider")), usage, raw))
    return sorted(found)


def _reply(name: str) -> dict[str, Any]:
    """Put together what the documents of a reply tell; a later one wins."""
    found: dict[str, Any] = {}
    for document in documents_of(name):
        told = document.get("response") or document
        found.update({key: value for key, value in told.items() if value})
    return found
