"""What completions and chunks show of themselves."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from openrouter.core.structuring import as_dict, structurer
from openrouter.types.chat import Completion, Message, ToolCall, Usage
from openrouter.types.chunks import Chunk, FunctionDelta

REPLY: dict[str, Any] = {
    "id": "gen-1",
    "model": "acme/large",
    "provider": "Acme",
    "created": 1_767_225_600,
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "native_finish_reason": "end_turn",
            "message": {"role": "assistant", "content": "4", "reasoning": "2+2", "tool_calls": [{"id": "c1"}]},
        },
        {"index": 1, "message": {"content": "four"}},
    ],
    "usage": {
        "prompt_tokens": 5,
        "completion_tokens": 2,
        "total_tokens": 7,
        "cost": 0.000018,
        "is_byok": False,
        "prompt_tokens_details": {"cached_tokens": 4},
        "completion_tokens_details": {"reasoning_tokens": 1},
        "cost_details": {"upstream_inference_cost": 0.00002},
    },
    "citations": ["https://example.org"],
}


def completion(**fields: Any) -> Completion:
    return structurer(Completion)(fields)


def message(**fields: Any) -> Message:
    return structurer(Message)(fields)


def chunk(**fields: Any) -> Chunk:
    return structurer(Chunk)(fields)


def test_a_completion_shows_its_first_answer() -> None:
    reply = completion(**REPLY)
    assert (reply.text, reply.reasoning, reply.finish_reason) == ("4", "2+2", "stop")
    assert (reply.native_finish_reason, reply.message.role) == ("end_turn", "assistant")
    assert [call.id for call in reply.tool_calls] == ["c1"]
    assert (reply.id, reply.model, reply.provider, reply.created) == ("gen-1", "acme/large", "Acme", 1_767_225_600)
    assert reply.choices[1].message.text == "four"
    assert (reply.http, reply.latency) == (None, None)


@pytest.mark.parametrize(
    ("came", "text"),
    [('{"x": 3}', '{"x": 3}'), ({"x": 3}, '{"x":3}'), ([1, "é"], '[1,"é"]'), ({}, "{}"), (None, ""), (5, "")],
)
def test_arguments_are_text_however_they_came(came: object, text: str) -> None:
    function = {"name": "f", "arguments": came}
    made = structurer(ToolCall)({"id": "c1", "function": function})
    assert (made.name, made.arguments) == ("f", text)
    assert as_dict(made)["function"] == function, "it goes back as it came"
    made.function.arguments = "mended"
    assert as_dict(made)["function"]["arguments"] == "mended"
    assert structurer(FunctionDelta)(function).arguments == (text or None)


def test_its_usage_is_exact() -> None:
    usage = completion(**REPLY).usage
    assert usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (5, 2, 7)
    assert (usage.cached_tokens, usage.reasoning_tokens, usage.is_byok) == (4, 1, False)
    assert usage.cost == Decimal("0.000018")
    assert usage.cost_details
    assert usage.cost_details.upstream_inference_cost == Decimal("0.00002")


def test_usage_without_details_counts_nothing_of_them() -> None:
    for details in ({}, {"prompt_tokens_details": None, "completion_tokens_details": None, "cost": None}):
        usage = structurer(Usage)(details)
        assert (usage.cached_tokens, usage.reasoning_tokens, usage.cost, usage.is_byok) == (0, 0, None, None)


def test_a_completion_of_nothing_shows_nothing() -> None:
    reply = completion()
    assert (reply.text, reply.reasoning, reply.tool_calls, reply.message) == ("", None, [], Message())
    assert (reply.finish_reason, reply.native_finish_reason, reply.usage, reply.raw) == (None, None, None, {})


def test_none_is_never_the_word_none() -> None:
    reply = completion(id=None, model=None, choices=[{"finish_reason": None, "message": {"content": None}}])
    assert (reply.id, reply.model, reply.finish_reason, reply.text) == (None, None, None, "")
    assert "'None'" not in repr(reply)


def test_the_text_of_an_old_completion() -> None:
    assert completion(choices=[{"text": "upon a time"}]).text == "upon a time"
    assert completion(choices=[{"text": "b", "message": {"content": "a"}}]).text == "a"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("a", "a"),
        (None, ""),
        ([{"type": "text", "text": "a"}, {"type": "image_url"}, None, {"text": 5}, {"text": "b"}], "ab"),
        ({"text": "a"}, ""),
        (5, ""),
    ],
)
def test_the_text_of_a_message(content: object, text: str) -> None:
    assert message(content=content).text == text


@pytest.mark.parametrize(
    ("fields", "is_empty"),
    [
        ({}, True),
        ({"role": "assistant", "content": "", "reasoning": None, "reasoning_details": [], "tool_calls": []}, True),
        ({"annotations": [{"type": "url_citation"}]}, True),
        ({"content": "a"}, False),
        ({"content": [{"type": "text"}]}, False),
        ({"reasoning": "a"}, False),
        ({"reasoning_details": [{"type": "reasoning.encrypted"}]}, False),
        ({"tool_calls": [{"id": "c1"}]}, False),
        ({"refusal": "no"}, False),
        ({"images": [{}]}, False),
        ({"audio": {"data": "b64"}}, False),
    ],
)
def test_what_is_empty(fields: dict[str, Any], *, is_empty: bool) -> None:
    assert message(**fields).is_empty is is_empty


def test_arguments_that_are_no_strict_json_are_text_all_the_same() -> None:
    """A decoder lets NaN in, and a model writes it."""
    assert structurer(ToolCall)({"function": {"name": "f", "arguments": [float("nan"), 1]}}).arguments == "[NaN, 1]"
    bottomless: list[object] = []
    for _ in range(10_000):
        bottomless = [bottomless]
    assert structurer(ToolCall)({"function": {"name": "f", "arguments": bottomless}}).arguments == ""


def test_json_is_a_copy_of_all_that_came() -> None:
    reply = completion(**REPLY)
    copied = reply.json()
    assert copied == REPLY
    copied["choices"][0]["message"]["content"] = "5"
    assert reply.raw["choices"][0]["message"]["content"] == "4"


def test_a_chunk_shows_what_its_first_choice_adds() -> None:
    piece = chunk(choices=[{"delta": {"content": "a", "reasoning": "b"}, "finish_reason": "stop"}])
    assert (piece.text, piece.reasoning, piece.finish_reason) == ("a", "b", "stop")
    for nothing in (chunk(choices=[], usage={}), chunk(choices=[{"delta": {"content": None}}]), chunk(choices=[{}])):
        assert (nothing.text, nothing.reasoning, nothing.finish_reason) == ("", "", None)
    assert chunk(choices=[{"text": "old"}]).text == "old"


@pytest.mark.parametrize("cost", ["0E-999999", "1E-999999", 1e-320, -0.01, 1e10])
def test_a_cost_that_would_spoil_every_sum_is_unknown(cost: Any) -> None:
    usage = structurer(Usage)({"cost": cost})
    assert usage.cost is None
    assert usage.raw["cost"] == cost


@pytest.mark.parametrize("cost", [0, "0.00000000000000000000", 1e-20, "0.1234567890123456789012345678901234567890"])
def test_a_cost_may_be_small_and_long(cost: Any) -> None:
    assert structurer(Usage)({"cost": cost}).cost == Decimal(str(cost))
