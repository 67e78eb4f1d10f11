"""The books of the fake: credits, the key, and the records of what it generated."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import httpx
import pytest

from openrouter.testing import ErrorReply, FakeOpenRouter, MidStreamError, RawReply, ScriptedToolCall, TextReply

KEY = {"Authorization": "Bearer sk-or-v1-secret", "User-Agent": "Atlas/1", "HTTP-Referer": "https://atlas.test"}
HELLO = {"model": "acme/large", "messages": [{"role": "user", "content": "Hello there"}], "user": "ann"}

RECORD = {
    "api_type",
    "app_id",
    "cache_discount",
    "cancelled",
    "created_at",
    "data_region",
    "external_user",
    "finish_reason",
    "generation_time",
    "http_referer",
    "id",
    "is_byok",
    "latency",
    "model",
    "moderation_latency",
    "native_finish_reason",
    "native_tokens_cached",
    "native_tokens_completion",
    "native_tokens_completion_images",
    "native_tokens_prompt",
    "native_tokens_reasoning",
    "num_fetches",
    "num_input_audio_prompt",
    "num_media_completion",
    "num_media_prompt",
    "num_search_results",
    "origin",
    "preset_id",
    "provider_name",
    "provider_responses",
    "request_id",
    "response_cache_source_id",
    "router",
    "service_tier",
    "session_id",
    "streamed",
    "tokens_completion",
    "tokens_prompt",
    "total_cost",
    "upstream_id",
    "upstream_inference_cost",
    "usage",
    "user_agent",
    "web_search_engine",
    "workspace_id",
}
"""The fields of every real record."""


class Desk:
    """Talks to one fake over httpx."""

    def __init__(self, fake: FakeOpenRouter) -> None:
        self.fake = fake
        self.http = fake.http()
        self.http.headers.update(KEY)

    def ask(self, **fields: Any) -> httpx.Response:
        return self.http.post("/chat/completions", json={**HELLO, **fields})

    def used(self) -> Decimal:
        return Decimal(repr(self.http.get("/credits").json()["data"]["total_usage"]))

    def record(self, generation_id: str, path: str = "/generation") -> Any:
        reply = self.http.get(path, params={"id": generation_id})
        assert reply.status_code == 200
        return reply.json()["data"]


@pytest.fixture
def desk() -> Callable[..., Desk]:
    """Give a desk at a fake that knows its records at once."""
    return lambda *replies, delay=0: Desk(FakeOpenRouter(replies, generation_delay=delay))


def generation_id(reply: httpx.Response) -> str:
    return str(reply.headers["x-generation-id"])


def test_credits_are_used_up_by_what_is_answered(desk: Callable[..., Desk]) -> None:
    at = desk()
    assert at.http.get("/credits").json() == {"data": {"total_credits": 100, "total_usage": 0}}
    costs = [Decimal(repr(at.ask().json()["usage"]["cost"])) for _ in range(3)]
    assert sum(costs) == at.used() == Decimal("0.000054")
    at.ask(stream=True)
    assert at.used() == Decimal("0.000072")


@pytest.mark.parametrize(
    ("reply", "cost"),
    [
        (TextReply("One two"), "0.000006"),
        (TextReply("One two", usage={"cost": 0.25}), "0.25"),
        (TextReply("One two", usage={"cost": None}), "0"),
        (TextReply("One two", model="acme/large:free"), "0"),
        (ErrorReply(503, "Busy"), "0"),
        (MidStreamError(), "0"),
        (MidStreamError(with_usage=True, with_choices=False), "0"),
        (RawReply(), "0"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_errors_and_free_models_cost_nothing(desk: Callable[..., Desk], reply: Any, cost: str, stream: Any) -> None:
    at = desk(reply)
    at.ask(stream=stream)
    assert at.used() == Decimal(cost)
    (exchange, _) = at.fake.exchanges
    assert exchange.answer
    assert exchange.answer.cost == Decimal(cost)


def test_threads_lose_no_cost(desk: Callable[..., Desk]) -> None:
    at = desk()
    with ThreadPoolExecutor(8) as threads:
        ids = list(threads.map(lambda _: generation_id(at.ask()), range(100)))
    assert at.used() == 100 * Decimal("0.000018")
    assert {at.record(found)["id"] for found in ids} == {*ids}


def test_the_key_tells_what_it_used(desk: Callable[..., Desk]) -> None:
    at = desk()
    at.ask()
    key = at.http.get("/key").json()["data"]
    assert {name: key[name] for name in key if name.startswith("usage")} == dict.fromkeys(
        ("usage", "usage_daily", "usage_weekly", "usage_monthly"), 0.000018
    )
    assert key.keys() - {"usage", "usage_daily", "usage_weekly", "usage_monthly"} == {
        "label",
        "limit",
        "limit_remaining",
        "limit_reset",
        "include_byok_in_limit",
        "byok_usage",
        "byok_usage_daily",
        "byok_usage_weekly",
        "byok_usage_monthly",
        "is_free_tier",
        "is_management_key",
        "is_provisioning_key",
        "creator_user_id",
        "expires_at",
        "rate_limit",
    }
    assert "secret" not in str(key)


@pytest.mark.parametrize("stream", [False, True])
def test_a_record_tells_of_a_generation(desk: Callable[..., Desk], stream: Any) -> None:
    at = desk(TextReply("Hm. Yes.", reasoning="So it is.", delay=1e-3, provider="Acme"))
    record = at.record(generation_id(at.ask(stream=stream)))
    assert record.keys() == RECORD
    told = {
        "id": "gen-1767225601-Simulated00000000001",
        "created_at": "2026-01-01T00:00:01+00:00",
        "model": "acme/large",
        "provider_name": "Acme",
        "api_type": "completions",
        "streamed": stream,
        "cancelled": False,
        "finish_reason": "stop",
        "native_finish_reason": "stop",
        "is_byok": False,
        "total_cost": 0.000012,
        "usage": 0.000012,
        "latency": 1,
        "tokens_prompt": 2,
        "tokens_completion": 5,
        "native_tokens_prompt": 2,
        "native_tokens_completion": 5,
        "native_tokens_reasoning": 3,
        "provider_responses": [{"provider_name": "Acme", "status": 200}],
        "external_user": "ann",
        "user_agent": "Atlas/1",
        "http_referer": "https://atlas.test",
    }
    assert {name: record[name] for name in told} == told


@pytest.mark.parametrize("delay", [0, 1, 3])
def test_a_record_is_not_there_at_once(desk: Callable[..., Desk], delay: int) -> None:
    at = desk(delay=delay)
    first, second = generation_id(at.ask()), generation_id(at.ask())
    statuses = [at.http.get("/generation", params={"id": first}).status_code for _ in range(delay + 2)]
    assert statuses == [*[404] * delay, 200, 200]
    assert at.http.get("/generation", params={"id": second}).status_code == (404 if delay else 200)


def test_without_being_told_a_record_is_missing_once() -> None:
    at = Desk(FakeOpenRouter())
    query = {"id": generation_id(at.ask())}
    assert [at.http.get("/generation", params=query).status_code for _ in range(3)] == [404, 200, 200]


def test_asking_before_there_is_a_generation_does_not_hasten_its_record(desk: Callable[..., Desk]) -> None:
    at, query = desk(delay=1), {"id": "gen-1767225603-Simulated00000000003"}
    assert [at.http.get("/generation", params=query).status_code for _ in range(2)] == [404, 404]
    assert generation_id(at.ask()) == query["id"]
    assert [at.http.get("/generation", params=query).status_code for _ in range(2)] == [404, 200]


@pytest.mark.parametrize("path", ["/generation", "/generation/content"])
def test_a_generation_that_never_was_is_never_found(desk: Callable[..., Desk], path: str) -> None:
    at = desk(ErrorReply(503, "Busy"))
    for wanted in (generation_id(at.ask()), "gen-elsewhere"):
        for _ in range(3):
            reply = at.http.get(path, params={"id": wanted})
            assert reply.status_code == 404
            assert reply.json() == {"error": {"message": f"Generation {wanted} not found", "code": 404}}
    assert at.http.get(path).json() == {"error": {"message": "Invalid request parameters", "code": 400}}


def test_a_generation_that_broke_off_has_a_record_too(desk: Callable[..., Desk]) -> None:
    at = desk(MidStreamError(2, text="One two three", message="Gone"))
    record = at.record(found := generation_id(at.ask(stream=True)))
    assert (record["finish_reason"], record["tokens_completion"], record["total_cost"]) == ("error", 2, 0)
    assert at.record(found, "/generation/content") == {
        "input": {"messages": HELLO["messages"]},
        "output": {"completion": "One two", "reasoning": None},
        "error": {"message": "Gone", "provider_name": "Simulated"},
    }


def test_the_content_of_a_generation(desk: Callable[..., Desk]) -> None:
    at = desk(TextReply("Four.", reasoning="Two and two."), delay=1)
    found = {"id": generation_id(at.http.post("/chat/completions", json={"prompt": "2 + 2?"}))}
    assert at.http.get("/generation/content", params=found).status_code == 404
    assert at.record(found["id"], "/generation/content") == {
        "input": {"prompt": "2 + 2?"},
        "output": {"completion": "Four.", "reasoning": "Two and two."},
        "error": None,
    }


def test_a_usage_that_is_not_whole_is_recorded_as_far_as_it_goes(desk: Callable[..., Desk]) -> None:
    at = desk(TextReply("One.", tool_calls=[ScriptedToolCall("f")], usage={"completion_tokens_details": None}))
    record = at.record(generation_id(at.ask()))
    assert (record["native_tokens_reasoning"], record["finish_reason"]) == (0, "tool_calls")
