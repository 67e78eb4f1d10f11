"""Estimates and costs, as both clients give them."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, cast

import pytest

from openrouter import AsyncClient, Completion, InvalidArgumentError, NotFoundError, SyncClient
from openrouter.api.chat import Chat
from openrouter.api.money import Money
from openrouter.core.structuring import structurer
from openrouter.drivers import AsyncDriver, SyncDriver
from openrouter.testing import FakeOpenRouter, RawReply, TextReply
from openrouter.types.chat import Usage
from tests.injected_time import UTC_START, InjectedTime, awaiting_client, blocking_client

D = Decimal
PRICING = {"prompt": "0.000002", "completion": "0.00001"}
NIGHT = {"utc_start": 0, "utc_end": 1200, "prompt": "0.000001"}
MODELS: list[dict[str, Any]] = [
    {"id": "a/b", "pricing": PRICING},
    {"id": "c/d", "pricing": {"prompt": "0.00002", "completion": "0.0001"}},
    {"id": "a/nightly", "pricing": {**PRICING, "overrides": [NIGHT]}},
    {"id": "openrouter/auto", "pricing": {"prompt": "-1", "completion": "-1"}},
]


@pytest.fixture
def fake() -> FakeOpenRouter:
    return FakeOpenRouter(models=MODELS)


@pytest.fixture
def client(fake: FakeOpenRouter) -> SyncClient:
    return blocking_client(InjectedTime(), http=fake.http())


@pytest.fixture
def money(client: SyncClient) -> Money[SyncDriver]:
    return Money(client.driver)


@pytest.fixture
def awaiting(fake: FakeOpenRouter) -> Money[AsyncDriver]:
    made: AsyncClient = awaiting_client(InjectedTime(), http=fake.async_http())
    return Money(made.driver)


def paths(fake: FakeOpenRouter) -> list[str]:
    return [request.path for request in fake.requests]


def reply(model: str | None = "a/b", **usage: Any) -> Completion:
    made: Completion = structurer(Completion)(
        {"model": model, "usage": {"prompt_tokens": 1000, "completion_tokens": 100, **usage}}
    )
    return made


@pytest.mark.anyio
async def test_both_clients_estimate_the_same(
    money: Money[SyncDriver], awaiting: Money[AsyncDriver], fake: FakeOpenRouter
) -> None:
    asked = Chat.complete("How are you?", model="a/b", max_tokens=100)
    estimate = money.estimate(asked)
    assert estimate == await awaiting.estimate(asked)
    assert (estimate.model, estimate.output_tokens) == ("a/b", 100)
    assert estimate.lowest == estimate.prompt_tokens * D("0.000002")
    assert estimate.highest == estimate.most_prompt_tokens * D("0.000002") + D("0.001")
    # Nothing was sent but for the list of models, once for each client.
    assert {path.rpartition("/")[2] for path in paths(fake)} == {"models"}


def test_an_estimate_takes_calls_streams_requests_and_bodies(money: Money[SyncDriver], fake: FakeOpenRouter) -> None:
    call = Chat.complete("How are you?", model="a/b", max_tokens=100)
    body = {"messages": [{"role": "user", "content": "How are you?"}], "model": "a/b", "max_tokens": 100}
    stream = Chat.stream("How are you?", model="a/b", max_tokens=100)
    estimates = [money.estimate(asked) for asked in (call, stream, call.request, body)]
    assert estimates == [estimates[0]] * 4
    assert len(fake.requests) == 1


def test_what_the_settings_add_is_estimated_too(fake: FakeOpenRouter) -> None:
    client = blocking_client(InjectedTime(), http=fake.http(), model="c/d", max_tokens=7)
    found = Money(client.driver).estimate(Chat.complete("How are you?"))
    assert (found.model, found.output_tokens) == ("c/d", 7)


def test_an_estimate_counts_with_the_tokenizer_that_it_is_given(money: Money[SyncDriver]) -> None:
    class Letters:
        def count(self, text: str, model: str | None) -> int:
            assert model == "a/b"
            return len(text)

    asked = Chat.complete("x" * 500, model="a/b")
    assert money.estimate(asked, counter=Letters()).prompt_tokens >= 500 > money.estimate(asked).prompt_tokens


@pytest.mark.parametrize(
    ("told", "booked"),
    [
        ({"model": "c/d"}, (D("0.03"), D("0.03"), 0)),
        ({}, (D("0.003"), D("0.003"), 0)),
        ({"cost": 0.5}, (D("0.5"), 0, 0)),
        ({"cost": 0.5, "is_byok": True}, (D("0.5"), 0, D("0.003"))),
    ],
    ids=["the model that answered", "the model that was asked", "billed", "a key of one's own"],
)
def test_what_a_reply_does_not_bill_is_in_the_books_at_list_prices(
    client: SyncClient, fake: FakeOpenRouter, told: dict[str, Any], booked: tuple[Any, ...]
) -> None:
    client.registry.all()
    usage = {"prompt_tokens": 1000, "completion_tokens": 100, **told}
    body = {"choices": [{"message": {"content": "Hi."}}], "model": usage.pop("model", None), "usage": usage}
    fake.add(RawReply(200, {"Content-Type": "application/json"}, [json.dumps(body).encode()]))
    client.complete("Hi", model="a/b")
    totals = client.totals
    assert (totals.cost, totals.estimated_cost, totals.upstream_cost) == booked


def test_no_request_is_no_request(money: Money[SyncDriver], fake: FakeOpenRouter) -> None:
    with pytest.raises(InvalidArgumentError, match="request='Hi' cannot be sent: it has to be a call that"):
        money.estimate(cast("Any", "Hi"))
    assert fake.requests == []


def test_without_a_list_of_models_there_is_no_estimate() -> None:
    fake = FakeOpenRouter()
    client = blocking_client(InjectedTime(), http=fake.http(), base_url="https://openrouter.ai/nowhere")
    with pytest.raises(NotFoundError):
        Money(client.driver).estimate(Chat.complete("Hi", model="a/b"))


@pytest.mark.anyio
async def test_both_clients_know_what_a_reply_cost(money: Money[SyncDriver], awaiting: Money[AsyncDriver]) -> None:
    cost = money.cost(reply())
    assert cost == await awaiting.cost(reply())
    assert cost is not None
    assert (cost.amount, cost.estimated) == (D("0.003"), True)


def test_what_was_billed_needs_no_list(client: SyncClient, money: Money[SyncDriver], fake: FakeOpenRouter) -> None:
    fake.add(TextReply("There."))
    completion = client.complete("Hi", model="a/b")
    cost = money.cost(completion)
    assert cost is not None
    assert completion.usage is not None
    assert (cost.amount, cost.estimated) == (completion.usage.cost, False)
    details = {"upstream_inference_cost": 0.02}
    own = money.cost(reply(cost=0.001, is_byok=True, cost_details=details))
    assert own is not None
    assert own.amount == D("0.021")
    assert len(fake.requests) == 1


def test_what_a_provider_charges_unsaid_is_worked_out(money: Money[SyncDriver]) -> None:
    cost = money.cost(reply(cost=0.001, is_byok=True))
    assert cost is not None
    assert (cost.amount, cost.billed, cost.upstream, cost.estimated) == (D("0.004"), D("0.001"), D("0.003"), True)
    alone = money.cost(reply(None, cost=0.001, is_byok=True))
    assert alone is not None
    assert (alone.amount, alone.upstream, alone.estimated) == (D("0.001"), None, True)


def test_a_usage_is_priced_by_the_model_that_is_told(money: Money[SyncDriver]) -> None:
    usage = reply().usage
    assert isinstance(usage, Usage)
    assert money.cost(usage) is None
    for told in (money.cost(usage, model="c/d"), money.cost(reply(), model="c/d:nitro")):
        assert told is not None
        assert told.amount == D("0.03")


@pytest.mark.parametrize("model", [None, "x/unknown", "openrouter/auto"])
def test_where_no_price_is_known_no_cost_is(money: Money[SyncDriver], model: str | None) -> None:
    assert money.cost(reply(model)) is None


def test_a_reply_without_a_usage_has_no_cost(money: Money[SyncDriver]) -> None:
    assert money.cost(Completion(model="a/b")) is None


def test_prices_of_the_night_count_for_what_was_asked_at_night(client: SyncClient, money: Money[SyncDriver]) -> None:
    def at(hour: int) -> Decimal | None:
        asked = reply("a/nightly")
        asked.created = hour * 3600
        cost = money.cost(asked)
        return None if cost is None else cost.amount

    assert (at(11), at(13)) == (D("0.002"), D("0.003"))
    # Of a reply that came over HTTP, it is known when it came: here at eight o'clock.
    assert UTC_START % 86_400 == 8 * 3600
    received = client.complete("Hi", model="a/nightly")
    received.created = 13 * 3600
    received.usage = reply().usage
    cost = money.cost(received)
    assert cost is not None
    assert cost.amount == D("0.002")
    assert money.cost(cast("Usage", received.usage), model="a/nightly") != cost


def test_no_reply_is_no_reply(money: Money[SyncDriver], fake: FakeOpenRouter) -> None:
    with pytest.raises(InvalidArgumentError, match="reply=3 cannot be sent"):
        money.cost(cast("Any", 3))
    with pytest.raises(InvalidArgumentError, match="model=''"):
        money.cost(reply(), model="")
    assert fake.requests == []


@pytest.mark.anyio
async def test_both_clients_settle(money: Money[SyncDriver], awaiting: Money[AsyncDriver]) -> None:
    assert str(money.settle(wait=0)) == str(await awaiting.settle(wait=0))
    with pytest.raises(InvalidArgumentError, match="wait"):
        money.settle(wait=-1)


def test_a_call_that_was_left_is_settled(client: SyncClient, money: Money[SyncDriver], fake: FakeOpenRouter) -> None:
    fake.add(TextReply("There, and back again."))
    stream = client.stream("Hi", model="a/b")
    with stream:
        next(iter(stream))
    assert len(client.ledger.unsettled) == 1
    settlement = money.settle()
    assert len(settlement.settled) == 1
    assert client.ledger.unsettled == ()
    assert client.totals.cost == settlement.cost > 0
