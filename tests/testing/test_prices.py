"""What the fake charges: the prices of its models, exactly, and what a request may make at most."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from openrouter.testing import (
    Cut,
    ErrorReply,
    FakeOpenRouter,
    MidStreamError,
    RecordedRequest,
    ScriptedToolCall,
    TextReply,
)
from openrouter.testing.tariff import FREE, SIMULATED, ModelPrices, Tariff

HELLO = [{"role": "user", "content": "One two three"}]
PRICED = {"id": "acme/large", "pricing": {"prompt": "0.001", "completion": "0.01", "request": "0.1"}}


def usage(fake: FakeOpenRouter, model: str = "acme/large", **fields: Any) -> dict[str, Any]:
    with fake.http() as http:
        body = {"model": model, "messages": HELLO, **fields}
        reply = http.post("/chat/completions", json=body, headers={"Authorization": "Bearer k"})
        return dict(reply.json()["usage"])


@pytest.mark.parametrize(
    ("pricing", "cost"),
    [
        ({"prompt": "0.001", "completion": "0.01", "request": "0.1"}, "0.123"),
        ({"prompt": "0", "completion": "0.00001", "request": "0.01"}, "0.01002"),
        ({"prompt": "0", "completion": "0"}, "0"),
        ({"prompt": "-1", "completion": "-1", "request": "-1"}, "0.000007"),
        ({"prompt": "0.001"}, "0.003004"),
        ({"prompt": "many", "completion": None, "image": "1", "request": []}, "0.000007"),
        ({}, "0.000007"),
        (None, "0.000007"),
        ({"prompt": 0.001, "completion": 0}, "0.003"),
    ],
)
def test_a_reply_costs_what_the_model_does(pricing: Any, cost: str) -> None:
    fake = FakeOpenRouter([TextReply("Four five")], models=[{"id": "acme/large", "pricing": pricing}])
    told = usage(fake)
    assert Decimal(repr(told["cost"])) == fake.spent == Decimal(cost)
    assert told["cost_details"]["upstream_inference_cost"] == told["cost"]
    (exchange,) = fake.exchanges
    assert exchange.answer
    assert exchange.answer.cost == fake.spent


def test_the_parts_of_a_cost_are_told_without_the_fee_of_the_request() -> None:
    details = usage(FakeOpenRouter([TextReply("Four five")], models=[PRICED]))["cost_details"]
    assert details == {
        "upstream_inference_cost": 0.123,
        "upstream_inference_prompt_cost": 0.003,
        "upstream_inference_completions_cost": 0.02,
    }


def test_a_model_that_is_not_offered_costs_what_the_simulated_ones_do() -> None:
    fake = FakeOpenRouter([TextReply("Four five")], models=[PRICED])
    assert usage(fake, "acme/small")["cost"] == 0.000007


def test_the_model_that_answers_is_the_one_that_is_paid() -> None:
    fake = FakeOpenRouter([TextReply("Four five", model="acme/large")], models=[PRICED])
    assert usage(fake, "acme/small")["cost"] == 0.123


ALIASES = [
    PRICED,
    {"id": "~acme/latest", "alias_target": {"slug": "acme/large"}},
    {"id": "~acme/priced", "alias_target": {"slug": "acme/large"}, "pricing": {"prompt": "1", "completion": "1"}},
    {"id": "~acme/gone", "alias_target": {"slug": "acme/gone"}},
    {"id": "~acme/odd", "alias_target": "acme/large"},
    {"id": "acme/large:thinking", "pricing": {"prompt": "2", "completion": "2"}},
]
LARGE = ModelPrices(Decimal("0.001"), Decimal("0.01"), Decimal("0.1"))


@pytest.mark.parametrize(
    ("model", "prices"),
    [
        ("acme/large", LARGE),
        ("acme/large:nitro", LARGE),
        ("acme/large:floor:online", LARGE),
        ("acme/large@preset/mine", LARGE),
        ("acme/large:nitro@preset/mine", LARGE),
        ("acme/large:thinking", ModelPrices(Decimal(2), Decimal(2))),
        ("acme/large:thinking:online", ModelPrices(Decimal(2), Decimal(2))),
        ("acme/large:free", FREE),
        ("acme/large:free:online", FREE),
        ("acme/small:free", FREE),
        ("~acme/latest", LARGE),
        ("~acme/priced", ModelPrices(Decimal(1), Decimal(1))),
        ("~acme/gone", SIMULATED),
        ("~acme/odd", SIMULATED),
        ("acme/small", SIMULATED),
        ("@preset/mine", SIMULATED),
        ("", SIMULATED),
    ],
)
def test_variants_and_aliases_cost_what_their_model_does(model: str, prices: ModelPrices) -> None:
    assert Tariff(ALIASES).of(model) == prices


def test_free_models_stay_free() -> None:
    fake = FakeOpenRouter(models=[{"id": "acme/large:free", "pricing": {"prompt": "1", "completion": "1"}}])
    assert (usage(fake, "acme/large:free")["cost"], fake.spent) == (0, 0)


def test_embeddings_cost_their_prompt_and_their_request() -> None:
    fake = FakeOpenRouter(models=[PRICED])
    with fake.http() as http:
        body = {"model": "acme/large", "input": ["One two", "three"]}
        told = http.post("/embeddings", json=body, headers={"Authorization": "Bearer k"}).json()["usage"]
    assert (told["cost"], fake.spent) == (0.103, Decimal("0.103"))
    assert told["cost_details"]["upstream_inference_prompt_cost"] == 0.003


def test_what_was_spent_is_the_exact_sum_of_what_was_told() -> None:
    fake = FakeOpenRouter(models=[{"id": "acme/large", "pricing": {"prompt": "0.0000001", "completion": "0.0000003"}}])
    assert fake.spent == 0
    with ThreadPoolExecutor(8) as threads:
        costs = list(threads.map(lambda _: Decimal(repr(usage(fake)["cost"])), range(200)))
    assert fake.spent == sum(costs) == 200 * costs[0] > 0


def test_what_failed_costs_nothing_and_what_was_cut_costs_all() -> None:
    fake = FakeOpenRouter(
        [
            ErrorReply(503, "Busy"),
            MidStreamError(),
            Cut(after=300).on(TextReply("Four five")),
            Cut(after=0, reset=True).on(TextReply("Four five")),
        ],
        models=[PRICED],
    )
    with fake.sync_client(model="acme/large", max_retries=0) as client:
        for _ in range(4):
            outcome = client.try_complete("One two three")
            assert not outcome.success
    costs = [exchange.answer.cost for exchange in fake.exchanges if exchange.answer]
    assert costs == [0, 0, Decimal("0.123"), Decimal("0.123")]
    assert fake.spent == Decimal("0.246")


# --- what a request may make at most ----------------------------------------------------------------------------------


def completed(reply: TextReply, **fields: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    fake = FakeOpenRouter([reply], models=[PRICED])
    with fake.http() as http:
        body = {"model": "acme/large", "messages": HELLO, **fields}
        told = http.post("/chat/completions", json=body, headers={"Authorization": "Bearer k"}).json()
    return dict(told["choices"][0]), dict(told["usage"])


@pytest.mark.parametrize(
    ("limits", "text", "finish_reason"),
    [
        ({"max_tokens": 2}, "Four five", "length"),
        ({"max_tokens": 3}, "Four five  six ", "stop"),
        ({"max_tokens": 4}, "Four five  six ", "stop"),
        ({"max_completion_tokens": 1}, "Four", "length"),
        ({"max_completion_tokens": 2, "max_tokens": 1}, "Four", "length"),
        ({"max_completion_tokens": 1, "max_tokens": 9}, "Four", "length"),
        ({"max_tokens": None}, "Four five  six ", "stop"),
        ({"max_tokens": 0}, "Four five  six ", "stop"),
        ({"max_tokens": True}, "Four five  six ", "stop"),
        ({"max_tokens": "1"}, "Four five  six ", "stop"),
        ({}, "Four five  six ", "stop"),
    ],
)
def test_no_more_is_made_than_the_request_allows(limits: Any, text: str, finish_reason: str) -> None:
    choice, used = completed(TextReply("Four five  six "), **limits)
    assert (choice["message"]["content"], choice["finish_reason"]) == (text, finish_reason)
    assert choice["native_finish_reason"] == finish_reason
    assert used["completion_tokens"] == len(text.split())
    assert Decimal(repr(used["cost"])) == Decimal("0.103") + Decimal("0.01") * len(text.split())


def test_a_stream_stops_there_too() -> None:
    fake = FakeOpenRouter([TextReply("Four five six")])
    with fake.sync_client(model="acme/large") as client:
        stream = client.stream("One two three", max_tokens=2)
        assert [chunk.text for chunk in stream if chunk.text] == ["Four", " five"]
        assert stream.completion
        assert stream.completion.finish_reason == "length"


def test_a_response_that_is_cut_off_is_incomplete() -> None:
    fake = FakeOpenRouter([TextReply("Four five six")])
    with fake.http() as http:
        body = {"model": "acme/large", "input": "One two three", "max_output_tokens": 2}
        told = http.post("/responses", json=body, headers={"Authorization": "Bearer k"}).json()
    assert (told["status"], told["incomplete_details"]) == ("incomplete", {"reason": "max_output_tokens"})
    assert told["usage"]["output_tokens"] == 2


def test_reasoning_comes_first() -> None:
    reply = TextReply("Four five", reasoning="Hm hm hm")
    choice, used = completed(reply, max_tokens=2)
    assert (choice["message"]["reasoning"], choice["message"]["content"]) == ("Hm hm", "")
    assert (used["completion_tokens"], used["completion_tokens_details"]["reasoning_tokens"]) == (2, 2)
    choice, used = completed(reply, max_tokens=4)
    assert (choice["message"]["reasoning"], choice["message"]["content"]) == ("Hm hm hm", "Four")
    assert (used["completion_tokens"], used["completion_tokens_details"]["reasoning_tokens"]) == (4, 3)


@pytest.mark.parametrize(
    ("most", "calls", "finish_reason"),
    [
        (1, [], "length"),
        (2, [("f", "")], "length"),
        (4, [("f", '{"a": 1,')], "length"),
        (6, [("f", '{"a": 1, "b": 2}')], "length"),
        (7, [("f", '{"a": 1, "b": 2}'), ("g", "")], "length"),
        (8, [("f", '{"a": 1, "b": 2}'), ("g", "{}")], "tool_calls"),
    ],
)
def test_calls_come_last_and_may_end_within_their_arguments(most: int, calls: Any, finish_reason: str) -> None:
    asked = [ScriptedToolCall("f", {"a": 1, "b": 2}), ScriptedToolCall("g")]
    choice, used = completed(TextReply("Four", tool_calls=asked), max_tokens=most)
    made = choice["message"].get("tool_calls", [])
    assert [(call["function"]["name"], call["function"]["arguments"]) for call in made] == calls
    assert (choice["finish_reason"], used["completion_tokens"]) == (finish_reason, most)


def test_a_finish_reason_in_the_script_stays() -> None:
    choice, used = completed(TextReply("Four five", finish_reason="stop"), max_tokens=1)
    assert (choice["message"]["content"], choice["finish_reason"], used["completion_tokens"]) == ("Four", "stop", 1)


def test_what_respond_makes_is_limited_too() -> None:
    def many(_: RecordedRequest) -> TextReply:
        return TextReply("word " * 1000)

    fake = FakeOpenRouter(respond=many, models=[PRICED])
    assert usage(fake, max_tokens=100)["completion_tokens"] == 100
    assert fake.spent == Decimal("0.103") + 1
