"""A generation in the wire shape of a chat completion, whole and as a stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

from ..core.json import encode_json
from .counting import split_words
from .generation import KEEPALIVE_COMMENT, KEEPALIVE_SPACE, Failure, Generation
from .requests import RecordedRequest

DONE = b"data: [DONE]\n\n"

USER_ID = "user_simulated"
"""Whose request failed, as errors tell."""


@frozen(eq=False)
class ChatForm:
    """A generation as a chat completion.

    What is made for a `prompt` instead of messages stands in choices that have a text instead of a message.
    """

    made: Generation
    request: RecordedRequest

    def whole(self) -> Iterator[bytes]:
        """Give the segments of a whole reply."""
        yield KEEPALIVE_SPACE
        failure = self.made.failure
        yield encode_json(self._completion() if failure is None or failure.with_choices else self._error_alone(failure))

    def events(self) -> Iterator[bytes]:
        """Give the segments of a stream: comment, deltas, then finish and usage, or the error."""
        yield KEEPALIVE_COMMENT
        for delta in self._deltas():
            yield self._chunk(choices=[self._choice(delta)])
        closing = self._choice({"content": ""}, self.made.finish_reason, self.made.native_finish_reason)
        if failure := self.made.failure:
            choices = {"choices": [closing]} if failure.with_choices else {}
            usage = {"usage": self.made.usage} if failure.with_usage else {}
            yield self._chunk(error=failure.error, **choices, **usage)
            return
        yield self._chunk(choices=[closing])
        if told := self._told_last():
            yield self._chunk(choices=[], **told)
        yield DONE

    @property
    def _prompted(self) -> bool:
        return "messages" not in self.request.payload

    def _completion(self) -> dict[str, Any]:
        made = self.made
        choice: dict[str, Any] = {
            "index": 0,
            "logprobs": None,
            "finish_reason": made.finish_reason,
            "native_finish_reason": made.native_finish_reason,
        }
        if self._prompted:
            choice |= {"text": made.text, "reasoning": made.reasoning}
        else:
            choice["message"] = self._message()
        if made.failure is not None:
            choice["error"] = made.failure.error
        return {
            **self._head("chat.completion"),
            "system_fingerprint": None,
            "service_tier": None,
            "choices": [choice],
            **self._told_last(),
        }

    def _told_last(self) -> dict[str, Any]:
        """Tell the usage, and how it was routed where the request asks for that: there is one endpoint."""
        model, provider = self.made.model, self.made.provider
        told = {} if self.made.usage is None else {"usage": self.made.usage}
        if self.request.headers.get("x-openrouter-metadata") != "enabled":
            return told
        routing = {
            "requested": self.request.payload.get("model", model),
            "strategy": "direct",
            "region": None,
            "summary": f"simulated, selected={provider}",
            "attempt": 1,
            "is_byok": False,
            "endpoints": {"total": 1, "available": [{"provider": provider, "model": model, "selected": True}]},
        }
        return {**told, "openrouter_metadata": routing}

    def _error_alone(self, failure: Failure) -> dict[str, Any]:
        usage = {"usage": self.made.usage} if failure.with_usage else {}
        return {"error": failure.error, "user_id": USER_ID, **usage}

    def _head(self, kind: str) -> dict[str, Any]:
        return {
            "id": self.made.id,
            "object": kind,
            "created": self.made.created,
            "model": self.made.model,
            "provider": self.made.provider,
        }

    def _message(self) -> dict[str, Any]:
        message: dict[str, Any] = {
            "role": "assistant",
            "content": None if self.made.tool_calls and not self.made.text else self.made.text,
            "refusal": None,
            "reasoning": self.made.reasoning,
        }
        if self.made.reasoning is not None:
            message["reasoning_details"] = [_reasoning_detail(self.made.reasoning)]
        if self.made.tool_calls:
            message["tool_calls"] = [
                {
                    "type": "function",
                    "index": index,
                    "id": call.id,
                    "function": {"name": call.name, "arguments": call.arguments},
                }
                for index, call in enumerate(self.made.tool_calls)
            ]
        return message

    def _deltas(self) -> Iterator[dict[str, Any]]:
        for word in split_words(self.made.reasoning or ""):
            yield {"content": "", "reasoning": word, "reasoning_details": [_reasoning_detail(word)]}
        for word in split_words(self.made.text):
            yield {"content": word}
        for index, call in enumerate(self.made.tool_calls):
            opening = {
                "index": index,
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": ""},
            }
            yield {"content": None, "tool_calls": [opening]}
            for piece in split_words(call.arguments):
                yield {"content": None, "tool_calls": [{"index": index, "function": {"arguments": piece}}]}

    def _choice(
        self, delta: Mapping[str, Any], finish_reason: str | None = None, native_finish_reason: str | None = None
    ) -> dict[str, Any]:
        content = {"text": delta["content"]} if self._prompted else {"delta": {**delta, "role": "assistant"}}
        return {
            "index": 0,
            **content,
            "finish_reason": finish_reason,
            "native_finish_reason": native_finish_reason,
        }

    def _chunk(self, **fields: Any) -> bytes:
        return b"data: " + encode_json({**self._head("chat.completion.chunk"), **fields}) + b"\n\n"


def _reasoning_detail(text: str) -> dict[str, Any]:
    return {"type": "reasoning.text", "text": text, "format": "unknown", "index": 0}
