"""Replies, damaged at random: the result is a completion or an error of ours, never anything else."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings, strategies as st

from openrouter.core.envelope import error_from
from openrouter.core.errors import OpenRouterError
from openrouter.core.json import decode_json
from tests.replies.arriving import DONE, delta, end, reader, whole
from tests.replies.damage import DAMAGE, damaged, encoded, looked_at, understood

USAGE = {
    "prompt_tokens": 43,
    "completion_tokens": 36,
    "total_tokens": 79,
    "cost": 0.000669,
    "is_byok": False,
    "prompt_tokens_details": {"cached_tokens": 0},
    "cost_details": {"upstream_inference_cost": None},
    "completion_tokens_details": {"reasoning_tokens": 11},
}
CALL = {"id": "c1", "type": "function", "index": 0, "function": {"name": "f", "arguments": '{"a": 1}'}}
DETAIL = {"type": "reasoning.text", "text": "Hm.", "signature": "sig", "format": "anthropic-claude-v1", "index": 0}
WHOLE = {
    "id": "gen-1",
    "provider": "Acme",
    "model": "acme/large",
    "object": "chat.completion",
    "created": 1_765_226_419,
    "choices": [
        {
            "logprobs": None,
            "finish_reason": "tool_calls",
            "native_finish_reason": "tool_use",
            "index": 0,
            "message": {
                "role": "assistant",
                "content": "Let me see.",
                "refusal": None,
                "reasoning": "Hm.",
                "tool_calls": [CALL],
                "reasoning_details": [DETAIL, {"type": "reasoning.encrypted", "data": "b64==", "id": "rs_1"}],
                "annotations": [{"type": "url_citation", "url_citation": {"url": "https://example.org"}}],
            },
        }
    ],
    "usage": USAGE,
}
FAILED = {
    "error": {
        "code": 429,
        "message": "Provider returned error",
        "metadata": {
            "provider_name": "Acme",
            "raw": '{"error": {"message": "slow down", "param": "n"}}',
            "error_type": "rate_limit_exceeded",
            "headers": {"X-RateLimit-Reset": "1800000060000"},
            "reasons": ["a"],
        },
        "availability": {"code": "capacity_exhausted", "retryable": True, "retry_after": 5},
    },
    "user_id": "user_0",
    "id": "gen-1",
}
STREAM = [
    delta(role="assistant", content="", reasoning="Hm.", reasoning_details=[DETAIL]),
    delta(content="Let me ", annotations=[{"type": "file"}], audio={"data": "aa", "transcript": "a"}),
    delta(tool_calls=[CALL]),
    delta(content=None, tool_calls=[{"index": 0, "id": None, "function": {"name": None, "arguments": "}"}}]),
    end("tool_calls"),
    {"id": "gen-1", "choices": [], "usage": USAGE},
]


@settings(max_examples=10 * settings().max_examples)
@given(DAMAGE)
def test_damaged_replies(damage: list[tuple[int, str, Any]]) -> None:
    try:
        looked_at(whole(encoded(damaged(WHOLE, damage))))
    except OpenRouterError as error:
        understood(error)


@settings(max_examples=10 * settings().max_examples)
@given(DAMAGE)
def test_damaged_errors(damage: list[tuple[int, str, Any]]) -> None:
    body = encoded(damaged(FAILED, damage))
    try:
        looked_at(whole(body))
    except OpenRouterError as error:
        understood(error)
    try:
        content = decode_json(body)
    except ValueError:
        content = body.decode()
    understood(error_from(content, status=500, headers={}, utc=1_800_000_000.0))


@settings(max_examples=10 * settings().max_examples)
@given(DAMAGE)
def test_damaged_streams(damage: list[tuple[int, str, Any]]) -> None:
    body = b"".join(b"data: " + encoded(chunk) + b"\n\n" for chunk in damaged(STREAM, damage)) + DONE
    reading = reader()
    try:
        for chunk in (*reading.feed(body), *reading.finish()):
            assert isinstance(chunk.text, str)
            assert isinstance(chunk.reasoning, str)
        assert reading.completion is not None
        looked_at(reading.completion)
    except OpenRouterError as error:
        understood(error)


@settings(max_examples=5 * settings().max_examples)
@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:01truefalsn \n', max_size=60).map(str.encode))
def test_any_bytes_at_all(body: bytes) -> None:
    try:
        whole(body)
    except OpenRouterError as error:
        understood(error)
    reading = reader()
    try:
        list(reading.feed(b"data: " + body + b"\n\n"))
        list(reading.finish())
    except OpenRouterError as error:
        understood(error)
