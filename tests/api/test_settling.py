"""Bills that come later: calls that were left before their end are settled from their records, each once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from threading import Barrier, Event, Lock, Thread
from typing import Any

import httpx
import pytest

from openrouter import AsyncClient, InvalidArgumentError, Ledger, NotFoundError, Policy, ServerError, SyncClient
from openrouter.api.settling import SIDE_BY_SIDE, Settlement
from openrouter.policy import Facts
from openrouter.policy.budget import Budget
from openrouter.policy.unsettled import Uncertain, Unsettled
from openrouter.testing import Cut, FakeOpenRouter, TextReply
from openrouter.testing.faults import Fault
from tests.injected_time import InjectedTime, awaiting_client, blocking_client

MODEL = "openai/gpt-5-mini"
Record = Callable[[str], tuple[int, dict[str, Any]]]


def settle(client: SyncClient, wait: float = 30.0) -> Settlement:
    return client.settle(wait=wait)


async def settle_awaiting(client: AsyncClient, wait: float = 30.0) -> Settlement:
    return await client.settle(wait=wait)


def a_service(delay: int = 2) -> FakeOpenRouter:
    """Give a service whose records are not found the first times that they are asked for."""
    return FakeOpenRouter([TextReply("One two three four five.")] * 10, generation_delay=delay)


def leave_streams(client: SyncClient, count: int) -> None:
    for _ in range(count):
        with client.stream("Hi", model=MODEL) as stream:
            next(stream)


def test_what_was_abandoned_is_settled_to_the_last_digit_as_soon_as_there_are_records() -> None:
    clock, fake = InjectedTime(), a_service()
    with fake.http() as http:
        client = blocking_client(clock, http=http)
        with client.ledger.scope("import-42") as spent:
            leave_streams(client, 3)
        client.complete("Hi", model=MODEL)
        assert len(client.ledger.unsettled) == len(spent.unsettled) == 3
        assert client.totals.cost < fake.spent
        settlement = settle(client)
        assert clock.waits == [0.5, 1.0]
        assert client.totals.cost == fake.spent
        assert client.ledger.unsettled == spent.unsettled == ()
        assert spent.totals.cost == settlement.cost == sum(one.cost for one in settlement.settled)
        assert settlement.cost == fake.spent * 3 / 4 > 0
        assert spent.totals.total_tokens > 0
        assert spent.by_provider["Simulated"].cost == settlement.cost
        assert (len(settlement.settled), settlement.pending, settlement.uncertain) == (3, (), ())
        assert str(settlement).endswith(", 0 pending, 0 uncertain")
        assert str(settlement).startswith("3 calls settled for $0.0")
        assert settle(client) == Settlement()


@pytest.mark.anyio
async def test_an_awaiting_client_settles_the_same_way() -> None:
    clock, fake = InjectedTime(), a_service()
    async with fake.async_http() as http:
        client = awaiting_client(clock, http=http)
        for _ in range(3):
            async with client.stream("Hi", model=MODEL) as stream:
                await anext(stream)
        settlement = await settle_awaiting(client)
        assert clock.waits == [0.5, 1.0]
        assert settlement.cost == client.totals.cost == fake.spent > 0
        assert client.ledger.unsettled == ()


def test_a_record_that_does_not_come_is_waited_for_as_long_as_was_said_and_can_be_had_later() -> None:
    clock, fake = InjectedTime(), a_service(delay=9)
    with fake.http() as http:
        client = blocking_client(clock, http=http)
        leave_streams(client, 1)
        (left,) = client.ledger.unsettled
        settlement = settle(client, wait=10)
        assert clock.waits == [0.5, 1.0, 2.0, 4.0, 2.5]
        assert (settlement.settled, settlement.pending) == ((), (left,))
        assert client.ledger.unsettled == (left,)
        assert settle(client).cost == fake.spent > 0


def test_without_time_each_record_is_asked_for_once() -> None:
    clock, fake = InjectedTime(), a_service(delay=1)
    with fake.http() as http:
        client = blocking_client(clock, http=http)
        leave_streams(client, 2)
        assert len(settle(client, wait=0).pending) == 2
        assert len(settle(client, wait=0).settled) == 2
        assert clock.waits == []


@pytest.mark.parametrize("wait", [-1, float("nan"), "30", None])
def test_a_wait_that_cannot_be_is_refused(wait: Any) -> None:
    with FakeOpenRouter().sync_client() as client, pytest.raises(InvalidArgumentError, match="wait"):
        settle(client, wait)


def test_a_stream_that_was_left_after_its_usage_came_has_its_bill() -> None:
    fake = a_service()
    with fake.sync_client() as client:
        for chunk in client.stream("Hi", model=MODEL):
            if chunk.usage is not None:
                break
        assert client.totals.abandoned == 1
        assert client.ledger.unsettled == ()
        assert client.totals.cost == fake.spent > 0


@pytest.mark.anyio
async def test_an_awaited_stream_that_was_left_after_its_usage_came_has_its_bill() -> None:
    fake = a_service()
    async with fake.async_client() as client:
        async with client.stream("Hi", model=MODEL) as stream:
            async for chunk in stream:
                if chunk.usage is not None:
                    break
        assert client.totals.abandoned == 1
        assert client.ledger.unsettled == ()
        assert client.totals.cost == fake.spent > 0


def test_a_stream_that_was_left_when_only_its_headers_had_come_can_be_settled() -> None:
    fake = a_service()
    with fake.sync_client() as client, client.stream("Hi", model=MODEL) as stream:
        known = stream.generation_id
        assert known
        stream.close()
        (left,) = client.ledger.unsettled
        assert (left.generation_id, left.model, left.reserved) == (known, MODEL, None)
        assert left.key == client.settings.key().fingerprint


@pytest.mark.parametrize("fault", [Cut(after=400), Cut(after=400, reset=True), Cut(after=0)], ids=repr)
def test_a_reply_that_broke_off_can_be_settled(fault: Fault) -> None:
    clock, fake = InjectedTime(), FakeOpenRouter([fault.on(TextReply("One two three four five. " * 20))])
    with fake.http() as http:
        client = blocking_client(clock, http=http)
        outcome = client.try_complete("Hi", model=MODEL, max_retries=0)
        assert not outcome.success
        assert client.ledger.unsettled[0].generation_id is not None
        assert settle(client).cost == client.totals.cost == fake.spent > 0


@contextmanager
def with_records(
    record: Record, *unsettled: Unsettled, **settings: Any
) -> Iterator[tuple[SyncClient, Ledger, list[Decimal], InjectedTime]]:
    """Give a client of a service that has these records; and what its budget was told."""

    def answer(request: httpx.Request) -> httpx.Response:
        status, body = record(request.url.params["id"])
        return httpx.Response(status, json=body)

    policy, told, clock = Policy(), list[Decimal](), InjectedTime()
    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        client = blocking_client(clock, http=http, policy=policy, **{"max_retries": 0, **settings})
        for one in unsettled:
            policy.ledger.leave_unsettled(one, Facts(model=one.model, key=one.key), told.append)
        yield client, policy.ledger, told, clock


def an_unsettled(generation_id: str | None, key: str = "") -> Unsettled:
    with FakeOpenRouter().http() as http:
        own = blocking_client(InjectedTime(), http=http).settings.key().fingerprint
    return Unsettled(generation_id, MODEL, key or own, Decimal("0.5"))


def found(**fields: Any) -> tuple[int, dict[str, Any]]:
    return 200, {"data": {"total_cost": 0.25, "provider_name": "P", **fields}}


NOT_FOUND = (404, {"error": {"code": 404, "message": "Generation not found"}})


def test_tokens_are_those_that_are_billed() -> None:
    counted = {"tokens_prompt": 7, "tokens_completion": 8}
    native = {
        "native_tokens_prompt": 70,
        "native_tokens_completion": 80,
        "native_tokens_reasoning": 30,
        "native_tokens_cached": 20,
    }
    records = {"gen-1": found(**counted, **native), "gen-2": found(**counted), "gen-3": found()}
    with with_records(records.__getitem__, *map(an_unsettled, records)) as (client, ledger, told, _):
        assert settle(client).cost == Decimal("0.75")
        totals = ledger.by_model[MODEL]
        assert (totals.prompt_tokens, totals.completion_tokens, totals.total_tokens) == (77, 88, 165)
        assert (totals.reasoning_tokens, totals.cached_tokens) == (30, 20)
        assert told == [Decimal("0.25")] * 3


@pytest.mark.parametrize(("is_byok", "upstream"), [(True, Decimal(3)), (False, Decimal(0)), (None, Decimal(0))])
def test_with_a_key_of_ones_own_the_providers_price_stands_apart(is_byok: bool | None, upstream: Decimal) -> None:  # noqa: FBT001 - a parameter of the test
    record = found(is_byok=is_byok, upstream_inference_cost=3)
    with with_records(lambda _: record, an_unsettled("gen-1")) as (client, ledger, told, _):
        assert settle(client).cost == Decimal("0.25")
        assert (ledger.totals().cost, ledger.totals().upstream_cost) == (Decimal("0.25"), upstream)
        assert told == [Decimal("0.25") + upstream]


def test_a_record_without_a_cost_leaves_it_uncertain_until_it_has_one() -> None:
    costs: list[float | None] = [None, 0.5]
    one = an_unsettled("gen-1")
    with with_records(lambda _: found(total_cost=costs.pop(0)), one) as (client, ledger, _, clock):
        settlement = settle(client)
        assert (settlement.settled, settlement.pending, settlement.uncertain) == ((), (), (one,))
        assert clock.waits == []
        assert ledger.unsettled == (one,)
        assert settle(client).cost == Decimal("0.5")


def test_what_has_no_id_is_never_asked_for() -> None:
    def record(_: str) -> tuple[int, dict[str, Any]]:
        raise AssertionError

    nameless = an_unsettled(None)
    with with_records(record, nameless) as (client, ledger, _, _):
        settlement = settle(client)
        assert (settlement.pending, settlement.uncertain) == ((), (nameless,))
        assert str(settlement) == "0 calls settled for $0.00, 0 pending, 1 uncertain"
        assert ledger.uncertain == Uncertain(1, Decimal("0.5"))


def test_what_another_key_sent_is_left_to_that_key() -> None:
    asked: list[str] = []

    def record(generation_id: str) -> tuple[int, dict[str, Any]]:
        asked.append(generation_id)
        return found()

    others, own = an_unsettled("gen-1", "another"), an_unsettled("gen-2")
    with with_records(record, others, own) as (client, ledger, _, _):
        settlement = settle(client)
        assert asked == ["gen-2"]
        assert settlement.pending == ledger.unsettled == (others,)
        assert [one.unsettled for one in settlement.settled] == [own]


def test_an_error_leaves_that_one_unsettled_and_spoils_no_other() -> None:
    records = {
        "gen-1": found(),
        "gen-2": (500, {"error": {"code": 500, "message": "Broken"}}),
        "gen-3": NOT_FOUND,
        "gen-4": found(),
    }
    first, broken, missing, last = unsettled = [an_unsettled(name) for name in records]
    with with_records(records.__getitem__, *unsettled) as (client, ledger, _, clock):
        settlement = settle(client, wait=1)
        assert clock.waits == [0.5, 0.5]
        assert [one.unsettled for one in settlement.settled] == [first, last]
        assert settlement.pending == ledger.unsettled == (broken, missing)
        (failed,) = settlement.failed
        assert failed.unsettled is broken
        assert isinstance(failed.error, ServerError)
        assert not isinstance(failed.error, NotFoundError)


def test_a_service_that_does_not_answer_is_not_asked_for_longer_than_was_said() -> None:
    asked: list[str] = []

    def record(generation_id: str) -> tuple[int, dict[str, Any]]:
        asked.append(generation_id)
        clock.passed += 40
        return 503, {"error": {"code": 503, "message": "Overloaded"}}

    with with_records(record, an_unsettled("gen-1"), max_retries=5) as (client, _, _, clock):
        assert len(settle(client, wait=30).failed) == 1
    assert asked == ["gen-1"]


def test_what_somebody_else_settles_meanwhile_is_not_counted_twice() -> None:
    one = an_unsettled("gen-1")

    def record(_: str) -> tuple[int, dict[str, Any]]:
        assert policy.ledger.settle(one, Decimal(7))
        return found()

    with with_records(record, one) as (client, ledger, told, _):
        policy = client.policy
        settlement = settle(client)
        assert settlement == Settlement()
        assert (ledger.totals().cost, told) == (7, [7])


def test_two_threads_that_settle_at_once_settle_each_call_once() -> None:
    barrier, results = Barrier(2), list[Settlement]()
    unsettled = [an_unsettled(f"gen-{number}") for number in range(20)]
    with with_records(lambda _: found(), *unsettled) as (client, ledger, told, _):

        def work() -> None:
            barrier.wait()
            results.append(settle(client))

        threads = [Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(len(result.settled) for result in results) == len(told) == 20
        assert sum(result.cost for result in results) == ledger.totals().cost == 5


def test_records_are_asked_for_side_by_side_but_not_all_at_once() -> None:
    barrier, lock, active, most = Barrier(SIDE_BY_SIDE), Lock(), set[str](), list[int]()

    def record(generation_id: str) -> tuple[int, dict[str, Any]]:
        with lock:
            active.add(generation_id)
            most.append(len(active))
        barrier.wait(10)
        with lock:
            active.discard(generation_id)
        return found()

    unsettled = [an_unsettled(f"gen-{number}") for number in range(2 * SIDE_BY_SIDE)]
    with with_records(record, *unsettled) as (client, _, _, _):
        assert len(settle(client).settled) == 2 * SIDE_BY_SIDE
    assert max(most) == SIDE_BY_SIDE


def test_what_was_settled_before_the_program_was_interrupted_stays_settled() -> None:
    is_settled = Event()

    def record(generation_id: str) -> tuple[int, dict[str, Any]]:
        if generation_id == "gen-2":
            assert is_settled.wait(10)
            raise KeyboardInterrupt
        return found()

    first, second = an_unsettled("gen-1"), an_unsettled("gen-2")
    with with_records(record, second) as (client, ledger, _, _):
        ledger.leave_unsettled(first, Facts(), lambda _: is_settled.set())
        with pytest.raises(KeyboardInterrupt):
            settle(client)
        assert ledger.unsettled == (second,)
        assert ledger.totals().cost == Decimal("0.25")


@pytest.mark.anyio
async def test_a_budget_holds_what_is_unsettled_and_has_what_was_charged_afterwards() -> None:
    clock, fake, budget = InjectedTime(), a_service(), Budget("10", unknown="0.5")
    policy = Policy(budget=budget)
    async with fake.async_http() as http:
        client = awaiting_client(clock, http=http, policy=policy)
        with client.ledger.scope("x") as spent:
            for _ in range(3):
                async with client.stream("Hi", model=MODEL) as stream:
                    await anext(stream)
            await client.complete("Hi", model=MODEL)
        assert [one.reserved for one in spent.unsettled] == [Decimal("0.5")] * 3
        assert budget.spent == spent.totals.cost < fake.spent < budget.spent + budget.reserved
        await client.settle()
        assert budget.spent == spent.totals.cost == fake.spent
        assert budget.reserved == 0
