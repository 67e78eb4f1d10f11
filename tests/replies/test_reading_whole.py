"""Whole replies of status 200: a good one in any spelling is good, a failed one is an error, wherever it says so."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from openrouter.core import errors
from tests.replies.arriving import MODEL, whole

USAGE = {"prompt_tokens": 3, "completion_tokens": 0, "total_tokens": 3, "cost": 0}
GOOD: dict[str, Any] = {
    "id": "gen-1",
    "model": "acme/large-2",
    "provider": "Acme",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "4"}}],
    "usage": {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6, "cost": 0.000018},
}


def choices(*given: Any, **fields: Any) -> dict[str, Any]:
    return {"id": "gen-1", "provider": "Acme", "choices": list(given), **fields}


def refused(body: Any) -> errors.OpenRouterError:
    with pytest.raises(errors.OpenRouterError) as caught:
        whole(body)
    return caught.value


def test_a_good_reply() -> None:
    reply = whole(GOOD)
    assert (reply.text, reply.model, reply.provider, reply.finish_reason) == ("4", "acme/large-2", "Acme", "stop")
    assert reply.usage
    assert reply.usage.cost == Decimal("0.000018")
    assert reply.http
    assert (reply.http.status_code, reply.http.generation_id, reply.latency) == (200, "gen-header", 1.5)
    assert reply.raw == GOOD


def test_kilobytes_of_white_space_before_it() -> None:
    assert whole(b"\n         \n" * 400 + json.dumps(GOOD).encode()).text == "4"


@pytest.mark.parametrize(
    "body",
    [
        choices({"message": {"content": "4"}}),
        choices({"message": {"content": "4"}}, error=None, usage=None),
        choices({"message": {"content": "4"}}, error={}),
        choices({"message": {"content": "4"}, "error": None, "finish_reason": "paused"}),
        choices({"message": {"content": None, "reasoning": "Hm."}, "finish_reason": "length"}),
        choices({"message": {"content": None, "refusal": "no"}}),
        choices({"message": {"content": ""}, "finish_reason": "stop"}, usage=USAGE),
        choices({"message": {"content": None}, "finish_reason": None}, usage=USAGE),
        choices({"text": "4", "finish_reason": "stop"}),
        choices({"message": None}, None, {"message": {"content": "4"}}),
    ],
)
def test_good_replies_in_odd_spellings(body: dict[str, Any]) -> None:
    assert whole(body).raw == body


@pytest.mark.parametrize(
    ("tool_calls", "arguments"),
    [
        ([{"id": "c1", "type": "function", "function": {"name": "f", "arguments": ""}}], ""),
        ([{"id": "c1", "type": "function", "function": {"name": "f"}}], ""),
        ([{"id": "c1", "type": "function", "index": 0, "function": {"name": "f", "arguments": '{"a": '}}], '{"a": '),
    ],
)
def test_tool_calls_with_arguments_that_are_empty_absent_or_cut(tool_calls: list[Any], arguments: str) -> None:
    body = choices(
        {"finish_reason": "tool_calls", "native_finish_reason": "length", "message": {"tool_calls": tool_calls}}
    )
    reply = whole(body)
    assert [(call.id, call.function.name, call.function.arguments) for call in reply.tool_calls] == [
        ("c1", "f", arguments)
    ]
    assert (reply.finish_reason, reply.native_finish_reason) == ("tool_calls", "length")


def test_an_error_instead_of_a_reply() -> None:
    metadata = {"provider_name": "Acme", "raw": "slow down"}
    body = {"error": {"code": 429, "message": "Provider returned error", "metadata": metadata}, "user_id": "u"}
    error = refused(body)
    assert type(error) is errors.RateLimitError
    assert (error.status_code, error.provider, error.model, error.partial) == (429, "Acme", MODEL, None)
    assert (error.generation_id, error.body) == ("gen-header", body)
    assert "slow down" in str(error)


def test_an_error_beside_a_reply() -> None:
    error = refused({**GOOD, "error": {"code": "server_error", "message": "Broke."}})
    assert type(error) is errors.ServerError
    assert (error.status_code, error.error_type, error.generation_id) == (500, "server_error", "gen-1")
    assert error.partial
    assert error.partial.text == "4"
    assert error.partial.usage
    assert error.partial.usage.total_tokens == 6


def test_an_old_error_that_only_says_it_was_no_success() -> None:
    error = refused({"success": False, "error": {"name": "ZodError", "message": None}})
    assert (type(error), "ZodError" in str(error)) == (errors.BadRequestError, True)


@pytest.mark.parametrize("reason", ["error", "stop", None])
def test_an_error_in_a_choice(reason: str | None) -> None:
    said = {"code": 502, "message": "Upstream broke.", "metadata": {"error_type": "provider_unavailable"}}
    error = refused(choices({"finish_reason": reason, "error": said, "message": {"content": "half an"}}))
    assert type(error) is errors.ProviderError
    assert (error.status_code, error.error_type, error.provider) == (502, "provider_unavailable", "Acme")
    assert error.partial
    assert error.partial.text == "half an"


def test_an_error_in_the_second_choice() -> None:
    good, bad = {"message": {"content": "a"}}, {"message": {"content": "b"}, "error": {"code": 500}}
    assert type(refused(choices(good, bad))) is errors.ServerError


def test_a_choice_that_ended_with_an_error_and_says_no_more() -> None:
    failed = {"finish_reason": "error", "native_finish_reason": "OTHER", "message": {"content": "half"}}
    error = refused(choices(failed))
    assert type(error) is errors.ServerError
    assert "The model stopped with an error (native reason 'OTHER')." in str(error)
    assert error.partial
    assert error.partial.text == "half"


@pytest.mark.parametrize("given", [{}, {"choices": None}, {"choices": []}, {"choices": {}}, {"choices": [None]}])
def test_a_reply_without_choices(given: dict[str, Any]) -> None:
    body = {"id": "gen-1", **given}
    error = refused(body)
    assert isinstance(error, errors.ResponseError)
    assert "no `choices`" in str(error)
    assert (error.body, error.model, error.status_code, error.generation_id) == (body, MODEL, 200, "gen-header")
    assert error.ambiguous


@pytest.mark.parametrize("message", [{}, {"content": ""}, {"content": None, "tool_calls": []}, None])
def test_a_reply_of_nothing_that_cost_nothing(message: dict[str, Any] | None) -> None:
    choice = {"message": message, "finish_reason": "stop", "native_finish_reason": "OTHER"}
    error = refused(choices(choice, usage=None))
    assert isinstance(error, errors.ResponseError)
    assert "The model answered with nothing (it stopped with 'OTHER')." in str(error)
    assert not error.ambiguous, "it may be asked for again"
    assert (error.partial is not None, error.provider) == (True, "Acme")
    assert "it stopped with 'stop'" in str(refused(choices({"message": message, "finish_reason": "stop"})))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "The reply is empty."),
        (b" \n" * 100, "200 bytes of white space"),
        (b"\n<!DOCTYPE html><html>", "a page of HTML"),
        (b'{"id": "gen-1", "choices": [{"mess', "not JSON, or not all of it"),
        (b"[" * 200_000, "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"null", "JSON, but no object"),
        (b"[]", "JSON, but no object"),
        (b'"ok"', "JSON, but no object"),
    ],
    ids=lambda value: value[:12],
)
def test_what_is_no_reply_at_all(body: bytes, words: str) -> None:
    error = refused(body)
    assert isinstance(error, errors.ResponseError)
    assert words in str(error)
    assert (error.status_code, error.model, error.generation_id) == (200, MODEL, "gen-header")
    assert error.headers
    assert error.ambiguous
