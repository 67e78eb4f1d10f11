"""A chat completion in the wire shape of the service, whole and as a stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

from .answers import json_bytes
from .counting import split_words
from .tool_calls import SentToolCall

KEEPALIVE_COMMENT = b": OPENROUTER PROCESSING\n\n"
KEEPALIVE_SPACE = b"\n         \n"
"""The service keeps a whole reply alive with white space before the JSON."""

_DONE = b"data: [DONE]\n\n"


@frozen(kw_only=True, eq=False)
class Generation:
    """All that one reply says. With `error` set it breaks off after its text with that error object."""

    id: str
    created: int
    model: str
    provider: str
    text: str
    reasoning: str | None
    tool_calls: tuple[SentToolCall, ...]
    finish_reason: str
    native_finish_reason: str
    usage: Mapping[str, Any]
    error: Mapping[str, Any] | None = None

    def whole(self) -> Iterator[bytes]:
        """Give the segments of a whole reply."""
        choice: dict[str, Any] = {
            "index": 0,
            "logprobs": None,
            "finish_reason": self.finish_reason,
            "native_finish_reason": self.native_finish_reason,
            "message": self._message(),
        }
        if self.error is not None:
            choice["error"] = self.error
        yield KEEPALIVE_SPACE
        yield json_bytes(
            {
                **self._head("chat.completion"),
                "system_fingerprint": None,
                "service_tier": None,
                "choices": [choice],
                "usage": self.usage,
            }
        )

    def events(self) -> Iterator[bytes]:
        """Give the segments of a stream: comment, deltas, then finish and usage, or the error."""
        yield KEEPALIVE_COMMENT
        for delta in self._deltas():
            yield self._chunk(choices=[_choice(delta)])
        closing = _choice({"content": ""}, self.finish_reason, self.native_finish_reason)
        if self.error is not None:
            yield self._chunk(error=self.error, choices=[closing])
            return
        yield self._chunk(choices=[closing])
        yield self._chunk(choices=[], usage=self.usage)
        yield _DONE

    def _head(self, kind: str) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "provider": self.provider,
        }

    def _message(self) -> dict[str, Any]:
        message: dict[str, Any] = {
            "role": "assistant",
            "content": None if self.tool_calls and not self.text else self.text,
            "refusal": None,
            "reasoning": self.reasoning,
        }
        if self.reasoning is not None:
            message["reasoning_details"] = [_reasoning_detail(self.reasoning)]
        if self.tool_calls:
            message["tool_calls"] = [
                {
                    "type": "function",
                    "index": index,
                    "id": call.id,
                    "function": {"name": call.name, "arguments": call.arguments},
                }
                for index, call in enumerate(self.tool_calls)
            ]
        return message

    def _deltas(self) -> Iterator[dict[str, Any]]:
        for word in split_words(self.reasoning or ""):
            yield {"content": "", "reasoning": word, "reasoning_details": [_reasoning_detail(word)]}
        for word in split_words(self.text):
            yield {"content": word}
        for index, call in enumerate(self.tool_calls):
            opening = {
                "index": index,
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": ""},
            }
            yield {"content": None, "tool_calls": [opening]}
            for piece in split_words(call.arguments):
                yield {"content": None, "tool_calls": [{"index": index, "function": {"arguments": piece}}]}

    def _chunk(self, **fields: Any) -> bytes:
        return b"data: " + json_bytes({**self._head("chat.completion.chunk"), **fields}) + b"\n\n"


def _choice(
    delta: Mapping[str, Any], finish_reason: str | None = None, native_finish_reason: str | None = None
) -> dict[str, Any]:
    return {
        "index": 0,
        "delta": {**delta, "role": "assistant"},
        "finish_reason": finish_reason,
        "native_finish_reason": native_finish_reason,
    }


def _reasoning_detail(text: str) -> dict[str, Any]:
    return {"type": "reasoning.text", "text": text, "format": "unknown", "index": 0}
