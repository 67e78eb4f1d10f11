"""Budgets between both clients and a service that charges: no cent is lost, and none is spent that is not there."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any, cast

import anyio
import anyio.to_thread
import httpx
import pytest

from openrouter import AsyncClient, BudgetExceededError, OpenRouterError, Policy, Retry, SyncClient
from openrouter.api.settling import settle_flow
from openrouter.policy.budget import Budget
from openrouter.testing import Cut, ErrorReply, FakeOpenRouter, Faults, NoAnswer, TextReply
from openrouter.testing.replies import Reply
from openrouter.testing.requests import RecordedRequest

EACH = 250
"""Threads, and tasks."""
AFFORDABLE = 120
MODEL: dict[str, Any] = {"id": "a/fixed", "pricing": {"prompt": "0", "completion": "0.001", "request": "0.01"}}
MAX_TOKENS = 10
COST = Decimal("0.02")
"""USD of a request that gets as many tokens as it allows."""


def as_long_as_allowed(_: RecordedRequest) -> Reply:
    return TextReply("word " * (MAX_TOKENS + 5))


def chats(fake: FakeOpenRouter) -> int:
    return sum(request.path.endswith("/chat/completions") for request in fake.requests)


async def all_at_once(block: Callable[[int], None], wait: Callable[[int], Any]) -> None:
    """Call `block` in as many threads and `wait` in as many tasks, each with numbers from 0."""
    start = Barrier(EACH)
    errors: list[BaseException] = []

    def work(number: int) -> None:
        start.wait()
        try:
            block(number)
        except BaseException as error:  # noqa: BLE001 - raised again below
            errors.append(error)

    # A pool may give two pieces of work to one thread, which would wait for itself here.
    threads = [Thread(target=work, args=(number,)) for number in range(EACH)]
    for thread in threads:
        thread.start()
    async with anyio.create_task_group() as group:
        for number in range(EACH):
            group.start_soon(wait, number)
    for thread in threads:
        await anyio.to_thread.run_sync(thread.join)
    for error in errors:
        raise error


@pytest.mark.anyio
async def test_of_500_requests_at_once_exactly_those_are_sent_that_there_is_money_for() -> None:
    budget = Budget(AFFORDABLE * COST)
    policy = Policy(budget=budget)
    fake = FakeOpenRouter(models=[MODEL], respond=as_long_as_allowed)
    replies: list[Decimal | None] = []
    refused: list[BudgetExceededError] = []

    with fake.sync_client(policy=policy, model="a/fixed", max_tokens=MAX_TOKENS) as blocking:
        async with fake.async_client(policy=policy, model="a/fixed", max_tokens=MAX_TOKENS) as awaiting:

            def block(_: int) -> None:
                try:
                    replies.append(blocking.complete("Hi").usage.cost)
                except BudgetExceededError as error:
                    refused.append(error)

            async def wait(_: int) -> None:
                try:
                    replies.append((await awaiting.complete("Hi")).usage.cost)
                except BudgetExceededError as error:
                    refused.append(error)

            await all_at_once(block, wait)
            totals = blocking.totals
    assert (len(replies), len(refused)) == (AFFORDABLE, 2 * EACH - AFFORDABLE)
    assert chats(fake) == AFFORDABLE
    assert set(replies) == {COST}
    assert all((error.attempts, error.needed) == (0, COST) for error in refused)
    assert totals.cost == fake.spent == budget.spent == budget.limit
    of_model = policy.ledger.by_model["a/fixed"]
    assert (of_model.requests, of_model.refused) == (AFFORDABLE, 2 * EACH - AFFORDABLE)
    assert (budget.left, budget.reserved) == (0, 0)


class Watch:
    """Compares the books with the service's own while requests come and go."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.fake = FakeOpenRouter(
            models=[MODEL],
            respond=self.respond,
            faults=Faults(
                {
                    Cut(after=40): 0.05,
                    Cut(after=400): 0.05,
                    NoAnswer(): 0.05,
                    ErrorReply(503, "Busy"): 0.05,
                },
                seed=3,
            ),
            generation_delay=0,
        )
        self.looks = 0

    def respond(self, request: RecordedRequest) -> Reply:
        self.look()
        return as_long_as_allowed(request)

    def look(self) -> None:
        """What was settled or set aside for a request is never less than what the service had billed before."""
        settled, server = self.budget.spent, self.fake.spent
        assert settled <= server <= self.budget.limit - self.budget.left
        self.looks += 1


@pytest.mark.anyio
async def test_what_is_accounted_for_covers_what_is_billed_at_every_moment_and_becomes_it() -> None:
    budget = Budget(2 * EACH * COST)
    policy = Policy(retry=Retry(random=lambda: 0.0, max_retries=1, budget=None), circuit_breaker=None, budget=budget)
    watch = Watch(budget)
    fake = watch.fake

    with fake.sync_client(policy=policy, model="a/fixed", max_tokens=MAX_TOKENS) as blocking:
        async with fake.async_client(policy=policy, model="a/fixed", max_tokens=MAX_TOKENS) as awaiting:

            def block(number: int) -> None:
                with suppress(OpenRouterError):
                    ask(blocking, number)
                watch.look()

            async def wait(number: int) -> None:
                with suppress(OpenRouterError):
                    await ask_awaiting(awaiting, number)
                watch.look()

            await all_at_once(block, wait)
            assert budget.reserved > 0
            before = policy.ledger.unsettled
            settlement = await awaiting.driver.run(settle_flow(wait=0))
            watch.look()

    lost = [exchange for exchange in fake.exchanges if isinstance(exchange.fault, NoAnswer)]
    unknown = sum((exchange.answer.cost for exchange in lost if exchange.answer is not None), Decimal(0))
    assert lost
    assert len(settlement.settled) == len(before) - len(lost) > EACH / 5
    assert budget.spent == policy.ledger.totals().cost == fake.spent - unknown
    assert len(policy.ledger.unsettled) == policy.ledger.uncertain.requests == len(lost)
    assert budget.reserved == policy.ledger.uncertain.reserved == COST * len(lost)
    assert unknown <= budget.reserved
    assert watch.looks > 2 * EACH


def ask(client: SyncClient, number: int) -> None:
    """Ask for a whole reply or a stream; every fifth leaves in the middle of that."""
    if number % 5 < 2:
        client.complete("Hi")
        return
    with client.stream("Hi") as stream:
        for _ in stream:
            if number % 5 == 2:
                break


async def ask_awaiting(client: AsyncClient, number: int) -> None:
    if number % 5 < 2:
        await client.complete("Hi")
        return
    with anyio.CancelScope() as scope:
        async with client.stream("Hi") as stream:
            async for _ in stream:
                if number % 5 == 2:
                    scope.cancel()
                    await anyio.lowlevel.checkpoint()


@pytest.mark.anyio
async def test_one_request_that_cannot_be_paid_asks_for_the_prices_and_sends_nothing() -> None:
    fake = FakeOpenRouter(models=[MODEL], respond=as_long_as_allowed)
    async with fake.async_client(policy=Policy(budget=Budget("0.019")), model="a/fixed") as client:
        with pytest.raises(BudgetExceededError, match=r"it can cost \$0\.02, and \$0\.019 is left"):
            await client.complete("Hi", max_tokens=MAX_TOKENS)
        with pytest.raises(BudgetExceededError, match=r"nobody knows what it can cost.*There is no model 'no/such'"):
            await client.complete("Hi", model="no/such")
    assert [request.path for request in fake.requests] == ["/api/v1/models"]


def test_an_answer_is_shortened_to_what_is_left() -> None:
    budget = Budget("0.0357", shrink_to=5)
    fake = FakeOpenRouter(models=[MODEL], respond=as_long_as_allowed)
    with fake.sync_client(policy=Policy(budget=budget), model="a/fixed", max_tokens=MAX_TOKENS) as client:
        assert client.complete("Hi").usage.completion_tokens == MAX_TOKENS
        assert client.complete("Hi").usage.completion_tokens == 5
        with pytest.raises(BudgetExceededError):
            client.complete("Hi")
    assert [request.payload["max_tokens"] for request in fake.requests[1:]] == [10, 5]
    assert (budget.spent, budget.left) == (Decimal("0.035"), Decimal("0.0007"))


@pytest.mark.anyio
@pytest.mark.parametrize("is_served", [False, True])
async def test_what_is_cancelled_in_the_queue_for_a_place_was_never_sent(*, is_served: bool) -> None:
    budget = Budget("1")
    policy = Policy(budget=budget)
    fake = FakeOpenRouter(models=[MODEL], respond=as_long_as_allowed)
    options: Any = {"policy": policy, "model": "a/fixed", "max_tokens": MAX_TOKENS, "max_connections": 1}
    with fake.serve() as server:
        client = fake.async_client(**options)
        if is_served:
            client = AsyncClient(api_key="k" * 20, base_url=server.url, trust_env=False, **options)
        async with client, client.stream("Hi") as stream:
            await anext(stream)
            async with anyio.create_task_group() as group:
                group.start_soon(client.complete, "Hi")
                await anyio.wait_all_tasks_blocked()
                assert budget.reserved == 2 * COST
                group.cancel_scope.cancel()
            assert budget.reserved == COST
    assert [one.reserved for one in policy.ledger.unsettled] == [COST]
    assert (policy.ledger.totals().abandoned, chats(fake)) == (1, 1)


class Interrupted(httpx.Client):
    """Is interrupted while a chat is made, or while it is sent."""

    where = "build_request"

    def build_request(self, method: str, url: httpx.URL | str, **options: Any) -> httpx.Request:
        if self.where == "build_request" and method == "POST":
            raise KeyboardInterrupt
        return super().build_request(method, url, **options)

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        if self.where == "send" and request.method == "POST":
            raise KeyboardInterrupt
        return super().send(request, **options)


@pytest.mark.parametrize(("where", "reserved"), [("build_request", Decimal(0)), ("send", COST)])
def test_an_interrupt_costs_nothing_as_long_as_nothing_has_gone_out(where: str, reserved: Decimal) -> None:
    budget = Budget("1")
    policy = Policy(budget=budget)
    with Interrupted(transport=FakeOpenRouter(models=[MODEL]).transport()) as http:
        http.where = where
        client = SyncClient(api_key="k" * 20, http=http, policy=policy, model="a/fixed", max_tokens=MAX_TOKENS)
        with pytest.raises(KeyboardInterrupt):
            client.complete("Hi")
    assert budget.reserved == reserved
    assert len(policy.ledger.unsettled) == policy.ledger.totals().requests == (reserved > 0)


def test_a_stream_whose_event_loop_was_closed_over_it_ends_all_the_same() -> None:
    budget = Budget("1")
    policy = Policy(budget=budget)
    client = FakeOpenRouter(models=[MODEL]).async_client(policy=policy, model="a/fixed", max_tokens=MAX_TOKENS)
    stream = client.stream("Hi")
    loop = asyncio.new_event_loop()
    loop.run_until_complete(anext(stream))
    loop.close()
    assert policy.ledger.unsettled == ()
    del stream
    gc.collect()
    [unsettled] = policy.ledger.unsettled
    assert unsettled.generation_id is not None
    assert budget.reserved == unsettled.reserved == COST


@pytest.mark.anyio
async def test_clients_with_other_options_know_how_to_ask_for_the_prices_too() -> None:
    fake = FakeOpenRouter(models=[MODEL], respond=as_long_as_allowed)
    async with fake.async_client(policy=Policy(budget=Budget("1"))) as awaiting:
        assert (await awaiting.with_options(model="a/fixed").complete("Hi", max_tokens=MAX_TOKENS)).usage.cost == COST
    with fake.sync_client(policy=Policy(budget=Budget("1"))) as blocking:
        assert blocking.with_options(model="a/fixed").complete("Hi", max_tokens=MAX_TOKENS).usage.cost == COST


@pytest.mark.parametrize("names", [["max_tokens"], ["max_completion_tokens"], ["max_completion_tokens", "max_tokens"]])
def test_every_limit_that_the_request_names_is_lowered(names: list[str]) -> None:
    fake = FakeOpenRouter(models=[MODEL], respond=as_long_as_allowed)
    with fake.sync_client(policy=Policy(budget=Budget("0.015", shrink_to=5)), model="a/fixed") as client:
        client.complete("Hi", **cast("Any", dict.fromkeys(names, MAX_TOKENS)))
    assert [fake.requests[1].payload[name] for name in names] == [5] * len(names)


def test_a_limit_that_is_lower_already_stays() -> None:
    fake = FakeOpenRouter(models=[MODEL], respond=as_long_as_allowed)
    with fake.sync_client(policy=Policy(budget=Budget("0.018", shrink_to=5)), model="a/fixed") as client:
        client.complete("Hi", max_completion_tokens=10, max_tokens=3)
    assert (fake.requests[1].payload["max_completion_tokens"], fake.requests[1].payload["max_tokens"]) == (8, 3)
