"""A generation in the wire shape of the Responses API, whole and as a stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

from ..core.json import as_object, encode_json
from .chat_form import DONE, USER_ID
from .counting import split_words
from .generation import KEEPALIVE_COMMENT, KEEPALIVE_SPACE, Failure, Generation
from .requests import RecordedRequest
from .tool_calls import SentToolCall

_ECHOED: Mapping[str, Any] = {
    "background": False,
    "frequency_penalty": 0,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "presence_penalty": 0,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "reasoning": None,
    "safety_identifier": None,
    "service_tier": "default",
    "store": False,
    "temperature": 1,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_logprobs": 0,
    "top_p": 1,
    "truncation": "disabled",
}
"""The options that a response repeats, with what they are where the request has none."""

_INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}
"""The finish reasons that leave a response incomplete, and what that is called here."""

_CODES = {
    "rate_limit_exceeded": "rate_limit_exceeded",
    "context_length_exceeded": "invalid_prompt",
    "invalid_request": "invalid_prompt",
    "content_policy_violation": "image_content_policy_violation",
}


def error_code(error_type: str | None) -> str:
    """Give the `code` that stands for a type of error here."""
    return _CODES.get(error_type or "", "server_error")


@frozen(eq=False)
class ResponsesForm:
    """A generation as a response: its items are the reasoning, the message and the calls of functions."""

    made: Generation
    request: RecordedRequest

    def whole(self) -> Iterator[bytes]:
        """Give the segments of a whole reply."""
        yield KEEPALIVE_SPACE
        failure = self.made.failure
        if failure is None or failure.with_choices:
            yield encode_json(self._response(self._status, self._items()))
        else:
            usage = {"usage": self._usage()} if failure.with_usage else {}
            yield encode_json({"error": failure.error, "user_id": USER_ID, **usage})

    def events(self) -> Iterator[bytes]:
        """Give the segments of a stream: comment, numbered events, and the end unless it broke off."""
        yield KEEPALIVE_COMMENT
        for number, event in enumerate(self._events()):
            yield b"data: " + encode_json({**event, "sequence_number": number}) + b"\n\n"
        if self.made.failure is None:
            yield DONE

    @property
    def _status(self) -> str:
        if self.made.failure:
            return "failed"
        return "incomplete" if self.made.finish_reason in _INCOMPLETE else "completed"

    def _events(self) -> Iterator[dict[str, Any]]:
        for stage in ("created", "in_progress"):
            yield {"type": f"response.{stage}", "response": self._response("in_progress", [])}
        for index, item in enumerate(self._items()):
            place = {"output_index": index}
            yield {"type": "response.output_item.added", **place, "item": _begun(item)}
            yield from _deltas(item, {**place, "item_id": item["id"]})
            yield {"type": "response.output_item.done", **place, "item": item}
        failure = self.made.failure
        if failure is None or failure.with_choices:
            yield {"type": f"response.{self._status}", "response": self._response(self._status, self._items())}
        else:
            yield {"type": "error", **_error(failure), "param": None}

    def _response(self, status: str, items: list[dict[str, Any]]) -> dict[str, Any]:
        made, payload, failure = self.made, self.request.payload, self.made.failure
        over = status != "in_progress"
        reason = _INCOMPLETE.get(made.finish_reason or "") if status == "incomplete" else None
        told = {name: payload[name] for name in _ECHOED if payload.get(name) is not None}
        response = {
            "id": made.id,
            "object": "response",
            "created_at": made.created,
            "completed_at": made.created if status == "completed" else None,
            "model": made.model,
            "status": status,
            "output": items,
            "error": _error(failure) if failure and over else None,
            "incomplete_details": reason and {"reason": reason},
            **_ECHOED,
            **told,
        }
        if failure and over and (error_type := _error_type(failure)):
            response["error_type"] = error_type
        if over and (failure is None or failure.with_usage):
            response["usage"] = self._usage()
        return response

    def _items(self) -> list[dict[str, Any]]:
        made, items = self.made, list[dict[str, Any]]()
        if made.reasoning is not None:
            part = {"type": "reasoning_text", "text": made.reasoning}
            items.append({"type": "reasoning", "id": f"rs_{made.id}", "summary": [], "content": [part]})
        if made.text or not made.tool_calls:
            items.append(_message(made))
        return [*items, *map(_function_call, made.tool_calls)]

    def _usage(self) -> dict[str, Any] | None:
        usage = self.made.usage
        if usage is None:
            return None
        prompt, completion = as_object(usage["prompt_tokens_details"]), as_object(usage["completion_tokens_details"])
        costs = as_object(usage["cost_details"])
        return {
            "input_tokens": usage["prompt_tokens"],
            "input_tokens_details": {"cached_tokens": prompt.get("cached_tokens", 0)},
            "output_tokens": usage["completion_tokens"],
            "output_tokens_details": {"reasoning_tokens": completion.get("reasoning_tokens", 0)},
            "total_tokens": usage["total_tokens"],
            "cost": usage["cost"],
            "is_byok": usage["is_byok"],
            "cost_details": {
                "upstream_inference_cost": costs.get("upstream_inference_cost"),
                "upstream_inference_input_cost": costs.get("upstream_inference_prompt_cost"),
                "upstream_inference_output_cost": costs.get("upstream_inference_completions_cost"),
            },
        }


def _message(made: Generation) -> dict[str, Any]:
    return {
        "type": "message",
        "id": f"msg_{made.id}",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": made.text, "annotations": [], "logprobs": []}],
    }


def _function_call(call: SentToolCall) -> dict[str, Any]:
    return {
        "type": "function_call",
        "id": f"fc_{call.id}",
        "call_id": call.id,
        "name": call.name,
        "arguments": call.arguments,
        "status": "completed",
    }


def _begun(item: Mapping[str, Any]) -> dict[str, Any]:
    """Give an item as it is announced: nothing in it yet."""
    empty: Mapping[str, Any] = {"content": [], "arguments": "", "status": "in_progress"}
    return {name: empty.get(name, value) for name, value in item.items()}


def _deltas(item: Mapping[str, Any], place: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Give what is between the announcement of an item and its end."""
    if item["type"] == "function_call":
        for piece in split_words(item["arguments"]):
            yield {"type": "response.function_call_arguments.delta", **place, "delta": piece}
        called = {name: item[name] for name in ("name", "arguments")}
        yield {"type": "response.function_call_arguments.done", **place, **called}
        return
    for index, part in enumerate(item["content"]):
        there = {**place, "content_index": index}
        rest: Mapping[str, Any] = {"logprobs": []} if part["type"] == "output_text" else {}
        yield {"type": "response.content_part.added", **there, "part": {**part, "text": ""}}
        for piece in split_words(part["text"]):
            yield {"type": f"response.{part['type']}.delta", **there, "delta": piece, **rest}
        yield {"type": f"response.{part['type']}.done", **there, "text": part["text"], **rest}
        yield {"type": "response.content_part.done", **there, "part": part}


def _error_type(failure: Failure) -> str | None:
    metadata: Mapping[str, Any] = failure.error.get("metadata", {})
    return metadata.get("error_type")


def _error(failure: Failure) -> dict[str, Any]:
    """Give the error as it is called here; a code that is a word is taken as it is."""
    code = failure.error["code"]
    return {
        "code": code if isinstance(code, str) else error_code(_error_type(failure)),
        "message": failure.error["message"],
    }
