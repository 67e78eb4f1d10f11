"""Replies through the Responses API of the fake: whole and streamed, good ones and failures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from openrouter.core import errors
from openrouter.core.envelope import error_from
from openrouter.testing import ErrorReply, FakeOpenRouter, MidStreamError, RawReply, Reply, ScriptedToolCall, TextReply

KEY = {"Authorization": "Bearer sk-or-v1-secret"}
HELLO = {"model": "acme/large", "input": "Hello there"}

RESPONSE = {
    "background",
    "completed_at",
    "created_at",
    "error",
    "frequency_penalty",
    "id",
    "incomplete_details",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "model",
    "object",
    "output",
    "parallel_tool_calls",
    "presence_penalty",
    "previous_response_id",
    "prompt_cache_key",
    "reasoning",
    "safety_identifier",
    "service_tier",
    "status",
    "store",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "truncation",
}
"""The fields of a real response while it is in progress; one that is over has `usage` too."""

USAGE = {
    "input_tokens",
    "input_tokens_details",
    "output_tokens",
    "output_tokens_details",
    "total_tokens",
    "cost",
    "is_byok",
    "cost_details",
}

RICH = TextReply("Rhine and Main.", reasoning="Two rivers.", tool_calls=[ScriptedToolCall("look", {"at": "map"})])


def reply_to(*replies: Reply, **payload: Any) -> httpx.Response:
    with FakeOpenRouter(replies).http() as http:
        return http.post("/responses", json={**HELLO, **payload}, headers=KEY)


def events_of(*replies: Reply, **payload: Any) -> Iterator[dict[str, Any]]:
    reply = reply_to(*replies, stream=True, **payload)
    assert reply.headers["content-type"] == "text/event-stream"
    for block in reply.text.split("\n\n"):
        if block.startswith("data: {"):
            yield json.loads(block[6:])


def text_of(response: dict[str, Any]) -> str:
    return "".join(part["text"] for item in response["output"] if item["type"] == "message" for part in item["content"])


def test_a_whole_response_has_the_shape_of_a_real_one() -> None:
    reply = reply_to(max_output_tokens=100, instructions="Be brief.", metadata={"trip": "south"})
    assert reply.content[:1].isspace()
    response = reply.json()
    assert response.keys() == RESPONSE | {"usage"}
    assert response["usage"].keys() == USAGE
    told = {
        "id": "gen-1767225601-Simulated00000000001",
        "object": "response",
        "created_at": 1767225601,
        "completed_at": 1767225601,
        "status": "completed",
        "model": "acme/large",
        "error": None,
        "max_output_tokens": 100,
        "instructions": "Be brief.",
        "metadata": {"trip": "south"},
        "temperature": 1,
        "output": [
            {
                "type": "message",
                "id": "msg_gen-1767225601-Simulated00000000001",
                "role": "assistant",
                "status": "completed",
                "content": [
                    {
                        "type": "output_text",
                        "text": "This is a simulated reply to: Hello there",
                        "annotations": [],
                        "logprobs": [],
                    }
                ],
            }
        ],
    }
    assert {name: response[name] for name in told} == told
    assert reply.headers["x-generation-id"] == response["id"]


def test_the_items_are_the_reasoning_the_message_and_the_calls() -> None:
    reasoning, message, call = reply_to(RICH).json()["output"]
    assert reasoning["content"] == [{"type": "reasoning_text", "text": "Two rivers."}]
    assert message["content"][0]["text"] == "Rhine and Main."
    assert call == {
        "type": "function_call",
        "id": "fc_call_00000000001_0",
        "call_id": "call_00000000001_0",
        "name": "look",
        "arguments": '{"at": "map"}',
        "status": "completed",
    }
    (only,) = reply_to(TextReply(tool_calls=[ScriptedToolCall("look")])).json()["output"]
    assert only["type"] == "function_call"


def test_the_usage_is_that_of_a_chat_under_other_names() -> None:
    usage = reply_to(RICH).json()["usage"]
    assert (usage["input_tokens"], usage["output_tokens"], usage["total_tokens"]) == (2, 8, 10)
    assert usage["output_tokens_details"] == {"reasoning_tokens": 2}
    assert Decimal(repr(usage["cost"])) == Decimal("0.000018")
    assert usage["cost_details"] == {
        "upstream_inference_cost": 0.000018,
        "upstream_inference_input_cost": 0.000002,
        "upstream_inference_output_cost": 0.000016,
    }
    bare = reply_to(TextReply("Hm.", usage={"cost_details": None, "prompt_tokens_details": None})).json()["usage"]
    assert bare["input_tokens_details"] == {"cached_tokens": 0}
    assert bare["cost_details"]["upstream_inference_input_cost"] is None


@pytest.mark.parametrize(
    ("given", "last", "tokens"),
    [
        ("Hello there", "Hello there", 2),
        ([{"role": "user", "content": "One"}, {"role": "user", "content": "Two three"}], "Two three", 3),
        ([{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Four"}]}], "Four", 1),
        ([{"type": "function_call_output", "call_id": "call_1", "output": "sunny"}], "", 0),
    ],
)
def test_every_form_of_input_is_taken(given: Any, last: str, tokens: int) -> None:
    response = reply_to(input=given).json()
    assert text_of(response) == f"This is a simulated reply to: {last}"
    assert response["usage"]["input_tokens"] == tokens
    assert reply_to(input=given, instructions="Be brief.").json()["usage"]["input_tokens"] == tokens + 2


def test_a_stream_has_the_events_of_a_real_one_in_order() -> None:
    events = list(events_of(RICH))
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert [event["type"].removeprefix("response.") for event in events] == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "reasoning_text.delta",
        "reasoning_text.delta",
        "reasoning_text.done",
        "content_part.done",
        "output_item.done",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
        "completed",
    ]
    fields = {event["type"].removeprefix("response."): event.keys() - {"type", "sequence_number"} for event in events}
    assert fields == {
        "created": {"response"},
        "in_progress": {"response"},
        "output_item.added": {"output_index", "item"},
        "content_part.added": {"output_index", "item_id", "content_index", "part"},
        "reasoning_text.delta": {"output_index", "item_id", "content_index", "delta"},
        "reasoning_text.done": {"output_index", "item_id", "content_index", "text"},
        "content_part.done": {"output_index", "item_id", "content_index", "part"},
        "output_item.done": {"output_index", "item"},
        "output_text.delta": {"output_index", "item_id", "content_index", "delta", "logprobs"},
        "output_text.done": {"output_index", "item_id", "content_index", "text", "logprobs"},
        "function_call_arguments.delta": {"output_index", "item_id", "delta"},
        "function_call_arguments.done": {"output_index", "item_id", "name", "arguments"},
        "completed": {"response"},
    }


def test_a_stream_says_what_a_whole_response_says() -> None:
    *events, last = events_of(RICH)
    whole = reply_to(RICH).json()
    assert last["response"] == {**whole, **{name: last["response"][name] for name in ("id", "created_at")}}
    done = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    assert done == whole["output"]
    for kind, text in (
        ("output_text", "Rhine and Main."),
        ("reasoning_text", "Two rivers."),
        ("function_call_arguments", '{"at": "map"}'),
    ):
        assert "".join(event["delta"] for event in events if event["type"] == f"response.{kind}.delta") == text
    begun = [event["item"] for event in events if event["type"] == "response.output_item.added"]
    assert [(item.get("content"), item.get("arguments")) for item in begun] == [([], None), ([], None), (None, "")]
    for event in events[:2]:
        assert event["response"].keys() == RESPONSE
        assert (event["response"]["status"], event["response"]["completed_at"]) == ("in_progress", None)


def test_a_stream_begins_with_a_comment_and_ends_with_done() -> None:
    text = reply_to(stream=True).text
    assert text.startswith(": OPENROUTER PROCESSING\n\ndata: {")
    assert text.endswith("}\n\ndata: [DONE]\n\n")


@pytest.mark.parametrize(
    ("finish_reason", "reason"), [("length", "max_output_tokens"), ("content_filter", "content_filter")]
)
def test_a_response_may_be_incomplete(finish_reason: str, reason: str) -> None:
    reply = TextReply("Cut", finish_reason=finish_reason)
    response = reply_to(reply).json()
    assert (response["status"], response["completed_at"]) == ("incomplete", None)
    assert response["incomplete_details"] == {"reason": reason}
    *_, last = events_of(reply)
    assert (last["type"], last["response"]["incomplete_details"]) == ("response.incomplete", {"reason": reason})


@pytest.mark.parametrize(
    ("error_type", "code"),
    [
        ("rate_limit_exceeded", "rate_limit_exceeded"),
        ("context_length_exceeded", "invalid_prompt"),
        ("invalid_request", "invalid_prompt"),
        ("content_policy_violation", "image_content_policy_violation"),
        ("provider_overloaded", "server_error"),
        (None, 503),
    ],
)
def test_an_error_comes_in_the_envelope_of_responses(error_type: str | None, code: int | str) -> None:
    answer = reply_to(ErrorReply(503, "Busy", error_type=error_type, headers={"Retry-After": "2"}))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    told = {} if error_type is None else {"error_type": error_type}
    assert answer.json() == {"error": {"code": code, "message": "Busy"}, **told, "metadata": None}


def test_an_error_keeps_its_metadata() -> None:
    answer = reply_to(ErrorReply(502, "Gone", metadata={"provider_name": "Acme"}))
    assert answer.json()["metadata"] == {"provider_name": "Acme"}


def test_a_failed_run_is_a_response_with_an_error() -> None:
    response = reply_to(MidStreamError(2, text="One two three", message="Gone")).json()
    assert (response["status"], response["error"]) == ("failed", {"code": "server_error", "message": "Gone"})
    assert (response["error_type"], text_of(response)) == ("provider_unavailable", "One two")
    assert "usage" not in response
    coded = reply_to(MidStreamError(code="rate_limit_exceeded", error_type=None, with_usage=True)).json()
    assert coded["error"]["code"] == "rate_limit_exceeded"
    assert "error_type" not in coded
    assert coded["usage"]["cost"] == 0


def test_a_stream_breaks_off_with_a_failed_response_or_a_bare_error() -> None:
    *_, failed = events_of(MidStreamError(1, text="One two", message="Gone"))
    assert (failed["type"], failed["response"]["status"]) == ("response.failed", "failed")
    assert failed["response"]["error"] == {"code": "server_error", "message": "Gone"}
    *_, bare = events_of(MidStreamError(1, text="One two", message="Gone", with_choices=False))
    assert bare.keys() == {"type", "code", "message", "param", "sequence_number"}
    assert (bare["type"], bare["code"], bare["message"]) == ("error", "server_error", "Gone")
    assert not reply_to(MidStreamError(), stream=True).text.endswith("[DONE]\n\n")


def test_a_whole_failure_may_be_an_envelope_alone() -> None:
    body = reply_to(MidStreamError(message="Gone", with_choices=False)).json()
    assert body.keys() == {"error", "user_id"}
    assert reply_to(MidStreamError(with_choices=False, with_usage=True)).json()["usage"]["output_tokens"] == 3


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (ErrorReply(429, "Slow", error_type="rate_limit_exceeded"), errors.RateLimitError),
        (ErrorReply(400, "Long", error_type="context_length_exceeded"), errors.ContextLengthExceededError),
        (ErrorReply(402, "Broke"), errors.PaymentRequiredError),
        (MidStreamError(), errors.ProviderError),
        (MidStreamError(with_choices=False), errors.ProviderError),
    ],
)
def test_our_errors_are_made_of_these_envelopes(reply: Reply, expected: type[Exception]) -> None:
    answer = reply_to(reply)
    found = error_from(answer.json(), status=answer.status_code, headers=answer.headers, utc=0)
    assert type(found) is expected


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({"input": ""}, 'Input required: specify "input"'),
        ({"input": []}, 'Input required: specify "input"'),
        ({"input": {"role": "user"}}, 'Input required: specify "input"'),
        ({"store": True}, 'Nothing is stored: "store" must be false'),
        ({"previous_response_id": "gen-1"}, 'Nothing is stored: "previous_response_id" must be null'),
    ],
)
def test_what_makes_no_sense_is_refused(payload: Any, message: str) -> None:
    answer = reply_to(**payload)
    assert answer.status_code == 400
    assert answer.json() == {"error": {"message": message, "code": "invalid_prompt"}, "metadata": None}
    assert reply_to(store=False, previous_response_id=None).status_code == 200


def test_a_body_that_is_no_json_is_refused() -> None:
    with FakeOpenRouter().http() as http:
        answer = http.post("/responses", content=b"{", headers=KEY)
    assert answer.json()["error"] == {"message": "The request body is not valid JSON", "code": "invalid_prompt"}


def test_any_bytes_may_be_scripted_here_too() -> None:
    assert reply_to(RawReply(418, {"Content-Type": "text/plain"}, [b"short"])).text == "short"


def test_it_is_booked() -> None:
    with FakeOpenRouter(generation_delay=0).http() as http:
        http.headers.update(KEY)
        response = http.post("/responses", json=HELLO).json()
        assert http.get("/credits").json()["data"]["total_usage"] == response["usage"]["cost"]
        record = http.get("/generation", params={"id": response["id"]}).json()["data"]
        content = http.get("/generation/content", params={"id": response["id"]}).json()["data"]
    assert (record["tokens_prompt"], record["tokens_completion"]) == (2, 8)
    assert (content["input"], content["output"]["completion"]) == ({"prompt": "Hello there"}, text_of(response))
