"""Two thousand calls to a service of which every third reply fails, in every way that there is.

Each call carries a number of its own, so what came back can be held against what was asked, and the service can tell
how often it was asked for the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Lock
from typing import Any

import anyio
import pytest
from attrs import define, field

from openrouter import (
    AsyncClient,
    CircuitBreaker,
    CircuitOpenError,
    Completion,
    OpenRouterError,
    Policy,
    Retry,
    ServerError,
    SyncClient,
)
from openrouter.testing import Disconnect, ErrorReply, Exchange, FakeOpenRouter, Faults, LoopbackServer, Unreachable
from tests.open_things import Open, wait_for_tasks, wait_until_open
from tests.wire.places import fill_every_place, fill_every_place_async

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(not Open.possible(), reason="only Linux tells which descriptors are open"),
]

CALLS, THREADS, TASKS = 2000, 50, 200
PLACES, ASYNC_PLACES = 40, 100
"""Fewer than there are callers, so that some of them queue."""
MODELS = 10
MAX_RETRIES, BUDGET = 2, 100
CHEAPEST_RETRY = 5
"""What a retry takes from the budget at least."""
SETTINGS: dict[str, Any] = {"api_key": "sk-test", "timeout": 2.0, "stall_timeout": 2.0, "trust_env": False}


@define(eq=False)
class Seen:
    """What came of the calls, as their callers saw it."""

    good: dict[int, Completion] = field(factory=dict[int, Completion])
    failed: dict[int, OpenRouterError] = field(factory=dict[int, OpenRouterError])
    _lock: Lock = field(factory=Lock)

    def reply(self, number: int, completion: Completion | None) -> None:
        assert completion is not None
        with self._lock:
            self.good[number] = completion

    def error(self, number: int, error: OpenRouterError) -> None:
        with self._lock:
            self.failed[number] = error

    @property
    def cost(self) -> Decimal:
        """What the callers learnt about the money."""
        completions = [*self.good.values(), *(error.partial for error in self.failed.values())]
        usages = [completion.usage for completion in completions if completion is not None]
        return sum((usage.cost for usage in usages if usage and usage.cost), Decimal(0))


def policy() -> Policy:
    return Policy(
        retry=Retry(max_retries=MAX_RETRIES, base=0.002, budget=BUDGET),
        circuit_breaker=CircuitBreaker(pause=0.02, max_pause=0.05),
    )


@pytest.fixture
def fake() -> FakeOpenRouter:
    return FakeOpenRouter(faults=Faults.everything(rate=0.3, seed=20))


@pytest.fixture
def server(fake: FakeOpenRouter) -> Iterator[LoopbackServer]:
    with fake.serve() as server:
        yield server


def request(number: int) -> tuple[str, dict[str, Any]]:
    return f"Number {number} — größer", {"model": f"pressure/{number % MODELS}"}


def expected(number: int) -> str:
    return f"This is a simulated reply to: Number {number} — größer"


def test_blocking(fake: FakeOpenRouter, server: LoopbackServer) -> None:
    open_before, seen = Open.now(), Seen()
    with SyncClient(base_url=server.url, policy=policy(), max_connections=PLACES, **SETTINGS) as client:

        def ask(number: int) -> None:
            message, options = request(number)
            try:
                if number % 2:
                    seen.reply(number, client.complete(message, **options))
                else:
                    stream = client.stream(message, **options)
                    assert "".join(chunk.text for chunk in stream) == expected(number)
                    seen.reply(number, stream.completion)
            except OpenRouterError as error:
                seen.error(number, error)

        with ThreadPoolExecutor(THREADS) as pool:
            for ended in pool.map(ask, range(CALLS), timeout=120):
                assert ended is None
        check(seen, client, fake)
        fill_every_place(client, fake, PLACES)
    server.wait_for_connections(0)
    wait_until_open(open_before)


@pytest.mark.anyio
async def test_awaiting(fake: FakeOpenRouter, server: LoopbackServer) -> None:
    open_before, tasks_before, seen = Open.now(), len(anyio.get_running_tasks()), Seen()
    async with AsyncClient(base_url=server.url, policy=policy(), max_connections=ASYNC_PLACES, **SETTINGS) as client:

        async def ask(number: int) -> None:
            message, options = request(number)
            try:
                if number % 2:
                    seen.reply(number, await client.complete(message, **options))
                else:
                    stream = client.stream(message, **options)
                    assert "".join([chunk.text async for chunk in stream]) == expected(number)
                    seen.reply(number, stream.completion)
            except OpenRouterError as error:
                seen.error(number, error)

        async def ask_one_after_the_other(numbers: range) -> None:
            for number in numbers:
                await ask(number)

        with anyio.fail_after(120):
            async with anyio.create_task_group() as group:
                for first in range(TASKS):
                    group.start_soon(ask_one_after_the_other, range(first, CALLS, TASKS))
        check(seen, client, fake)
        await fill_every_place_async(client, fake, ASYNC_PLACES)
    await wait_for_tasks(tasks_before)
    server.wait_for_connections(0)
    wait_until_open(open_before)


def check(seen: Seen, client: SyncClient | AsyncClient, fake: FakeOpenRouter) -> None:
    """Hold what the callers saw, what the client says and what the service was asked against each other."""
    assert {number: reply.text for number, reply in seen.good.items()} == {n: expected(n) for n in seen.good}
    assert seen.good.keys() | seen.failed.keys() == set(range(CALLS))
    assert not seen.good.keys() & seen.failed.keys()
    assert len(seen.good) > CALLS / 2
    assert len({type(error) for error in seen.failed.values()}) > 4, "the faults were not as many as they should be"

    attempts = attempts_by_number(fake)
    check_billing(attempts, seen)
    check_retries(attempts, seen, client)
    check_ledger(seen, client, sum(map(len, attempts.values())))


def attempts_by_number(fake: FakeOpenRouter) -> dict[int, list[Exchange]]:
    """Give what reached the service, by the number of the call, in order."""
    found: dict[int, list[Exchange]] = defaultdict(list)
    for exchange in fake.exchanges:
        found[int(exchange.request.payload["messages"][-1]["content"].split()[1])].append(exchange)
    return found


def cost(exchange: Exchange) -> Decimal:
    assert exchange.answer is not None
    return exchange.answer.cost


def check_billing(attempts: dict[int, list[Exchange]], seen: Seen) -> None:
    """See that nothing was sent again that may have been billed."""
    for number, exchanges in attempts.items():
        for exchange in exchanges[:-1]:
            assert not cost(exchange), (number, exchange.fault)
    for number, completion in seen.good.items():
        assert completion.usage is not None
        assert completion.usage.cost == cost(attempts[number][-1]) > 0


def check_retries(attempts: dict[int, list[Exchange]], seen: Seen, client: SyncClient | AsyncClient) -> None:
    """See that no more was taken out of the budget than had been in it, or put in.

    A success gives back what its own last retry took, or 1 if it needed none. Leaving a dead connection is free.
    """
    tries = [completion.http.attempts for completion in seen.good.values() if completion.http]
    assert max([*tries, *(error.attempts for error in seen.failed.values())]) <= 1 + MAX_RETRIES + 1
    arrived = [exchange for exchanges in attempts.values() for exchange in exchanges]
    repeated = [exchange for exchanges in attempts.values() for exchange in exchanges[:-1]]
    dead = client.totals.attempts - len(arrived)
    dead += sum(isinstance(exchange.fault, Disconnect | Unreachable) for exchange in repeated)
    at_once = tries.count(1)
    given_back = len(tries) - at_once
    assert CHEAPEST_RETRY * (client.totals.retries - dead - given_back) <= BUDGET + at_once


def check_ledger(seen: Seen, client: SyncClient | AsyncClient, arrived: int) -> None:
    """See that the ledger says what the callers saw, and no less than the service was asked."""
    totals = client.totals
    refused = sum(1 for error in seen.failed.values() if isinstance(error, CircuitOpenError))
    assert (totals.successes, totals.refused, totals.abandoned) == (len(seen.good), refused, 0)
    assert totals.failures == len(seen.failed) - refused
    assert totals.requests == CALLS - refused
    assert totals.attempts == sum(
        call.attempts for call in [*(reply.http for reply in seen.good.values() if reply.http), *seen.failed.values()]
    )
    # what was sent on a connection that was dead never arrived
    assert totals.attempts >= arrived
    assert totals.cost == seen.cost
    assert sum(row.requests for row in client.ledger.by_model.values()) == totals.requests


def test_a_service_that_is_down_is_not_hammered() -> None:
    fake = FakeOpenRouter(faults=Faults({ErrorReply(503, "Down"): 1.0}))
    careful = Policy(retry=Retry(max_retries=MAX_RETRIES, base=0.0, budget=BUDGET), circuit_breaker=None)
    with fake.serve() as server, SyncClient(base_url=server.url, policy=careful, **SETTINGS) as client:

        def ask(_: int) -> None:
            with pytest.raises(ServerError):
                client.complete("Hi", model="a/b")

        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(ask, range(300)))
    assert len(fake.exchanges) == 300 + BUDGET // CHEAPEST_RETRY
