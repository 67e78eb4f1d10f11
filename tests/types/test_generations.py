"""What the record of a generation shows, whatever the service says of it."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from openrouter.core.structuring import as_dict, structurer
from openrouter.types.generations import (
    EarlierFailure,
    Generation,
    GenerationContent,
    GenerationFailure,
    GenerationInput,
    GenerationOutput,
    ProviderResponse,
)

PLAIN: dict[str, Any] = {
    "id": "gen-3bhGkxlo4XFrqiabUM7NDtwDzWwG",
    "request_id": "req-1",
    "model": "acme/large",
    "provider_name": "Acme",
    "router": "openrouter/auto",
    "api_type": "completions",
    "streamed": True,
    "cancelled": False,
    "finish_reason": "stop",
    "native_finish_reason": "end_turn",
    "is_byok": False,
    "latency": 1250.5,
    "generation_time": 1200,
    "moderation_latency": 50,
    "tokens_prompt": 10,
    "tokens_completion": 25,
    "native_tokens_prompt": 11,
    "native_tokens_completion": 26,
    "native_tokens_reasoning": 5,
    "native_tokens_cached": 3,
    "native_tokens_completion_images": 0,
    "num_media_prompt": 1,
    "num_media_completion": 0,
    "num_input_audio_prompt": 0,
    "num_search_results": 5,
    "num_fetches": 2,
    "web_search_engine": "exa",
    "service_tier": "priority",
    "session_id": "session-1",
    "response_cache_source_id": "gen-0",
    "preset_id": "preset-1",
    "workspace_id": "workspace-1",
    "app_id": 12345,
    "external_user": "ann",
    "origin": "https://acme.test/",
    "http_referer": "https://acme.test/page",
    "user_agent": "Atlas/1",
    "upstream_id": "chatcmpl-1",
    "data_region": "global",
}
MONEY = {"total_cost": 0.0015, "usage": 0.0015, "upstream_inference_cost": 0.0012, "cache_discount": -0.0002}
ATTEMPT = {
    "provider_name": "Other",
    "status": 503,
    "latency": 100.5,
    "endpoint_id": "e-1",
    "id": "chatcmpl-0",
    "is_byok": False,
    "model_permaslug": "acme/large-20260101",
    "routed_service_tier": "default",
}
CAME: dict[str, Any] = {
    **PLAIN,
    **MONEY,
    "created_at": "2026-11-20T15:30:00.250Z",
    "provider_responses": [ATTEMPT, None, {"provider_name": "Acme", "status": 200}],
    "new": [1],
}


def record(**told: Any) -> Generation:
    return structurer(Generation)(told)


def test_all_that_is_told_of_a_generation() -> None:
    found = record(**CAME)
    assert {name: getattr(found, name) for name in PLAIN} == PLAIN
    assert {name: getattr(found, name) for name in MONEY} == {name: Decimal(str(MONEY[name])) for name in MONEY}
    assert found.created_at == datetime(2026, 11, 20, 15, 30, 0, 250_000, tzinfo=UTC)
    first, last = found.provider_responses
    assert {name: getattr(first, name) for name in ATTEMPT} == ATTEMPT
    assert last == ProviderResponse("Acme", 200)
    assert found.raw == CAME
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - our own bytes


def test_times_come_in_milliseconds_and_can_be_had_in_seconds() -> None:
    found = record(**CAME)
    in_seconds = (found.latency_seconds, found.generation_time_seconds, found.moderation_latency_seconds)
    assert in_seconds == (1.2505, 1.2, 0.05)
    assert record().latency_seconds is record().generation_time_seconds is record().moderation_latency_seconds is None


def test_nothing_has_to_be_told() -> None:
    assert record() == record(**dict.fromkeys(CAME)) == Generation()
    assert (record().created_at, record().total_cost, record().provider_responses) == (None, None, [])


@pytest.mark.parametrize("beyond", [-1, float("nan"), float("inf"), 1e300, 10**400, "many", True])
def test_numbers_beyond_belief_are_unknown_and_raw_keeps_them(beyond: Any) -> None:
    names = ("total_cost", "usage", "upstream_inference_cost", "native_tokens_prompt", "latency", "num_fetches")
    found = record(**dict.fromkeys(names, beyond))
    assert {getattr(found, name) for name in names} == {None}
    assert found.raw["total_cost"] is beyond


def test_only_the_discount_may_be_below_zero() -> None:
    assert record(cache_discount=-0.5).cache_discount == Decimal("-0.5")
    assert record(cache_discount=-1e300).cache_discount is None
    assert record(cache_discount=float("nan")).cache_discount is None


def test_a_price_keeps_every_digit() -> None:
    found = record(total_cost=0.1 + 0.2, usage="0.30000000000000000004")
    assert (found.total_cost, found.usage) == (Decimal("0.30000000000000004"), Decimal("0.30000000000000000004"))


def content(**told: Any) -> GenerationContent:
    return structurer(GenerationContent)(told)


FAILURE = {
    "message": "Provider returned error",
    "status": 502,
    "provider_name": "Acme",
    "raw": '{"error": "overloaded"}',
    "previous_errors": [{"provider_name": None, "code": 503, "message": "Busy", "raw": None}, "x"],
}


def test_what_went_in_and_what_came_out() -> None:
    messages = [{"role": "user", "content": "Hi"}, "odd"]
    told = {"input": {"messages": messages}, "output": {"completion": "Ho", "reasoning": "Hm"}, "error": FAILURE}
    found = content(**told)
    assert (found.input.messages, found.input.prompt) == (messages, None)
    assert (found.output.completion, found.output.reasoning) == ("Ho", "Hm")
    assert found.error == GenerationFailure(
        "Provider returned error", 502, "Acme", [EarlierFailure(code=503, message="Busy")]
    )
    assert found.error.raw["raw"] == '{"error": "overloaded"}'
    assert as_dict(found) == told
    assert content(input={"prompt": "Hi"}, output=None, error=None).input.prompt == "Hi"


@pytest.mark.parametrize("odd", [None, [], "x", 5, {"messages": "Hi", "prompt": 5, "completion": [], "reasoning": {}}])
def test_odd_content_is_empty(odd: object) -> None:
    found = content(input=odd, output=odd)
    assert (found.input, found.output, found.error) == (GenerationInput(), GenerationOutput(), None)


def test_what_may_be_private_does_not_show() -> None:
    told = {"input": {"prompt": "secret"}, "output": {"completion": "secret", "reasoning": "secret"}}
    assert "secret" not in repr(content(**told))
