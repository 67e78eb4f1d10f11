"""A request costs the same however many went before it, wait beside it, or are in flight.

Everything is counted, nothing is timed: see tests/growth.py for what the counts show and what they miss.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, suppress
from decimal import Decimal
from typing import Any, Final

import anyio
import pytest
from anyio.lowlevel import checkpoint

from openrouter import (
    AsyncClient,
    CircuitBreaker,
    Ledger,
    OpenRouterError,
    Policy,
    RateLimit,
    Retry,
    ServerError,
    SyncClient,
)
from openrouter.core.wire import Moment
from openrouter.policy import Facts, Go, Passage
from openrouter.policy.facts import NO_BILL, Bill
from openrouter.policy.rows import MOST_ROWS, Ending
from openrouter.testing import FakeOpenRouter, LoopbackServer, RawReply
from openrouter.types.chat import Usage
from tests.growth import FLAT, NEARLY_FLAT, Name, Second, allocations, calls, calls_of, growth
from tests.policy.situations import a_500
from tests.replies.arriving import delta, events

pytestmark = pytest.mark.thorough

# The first minute is over at the second size, so that what is forgotten after a minute has begun to be.
THOUSAND: Final = (1, 150, 300, 1_000)
TEN_THOUSAND: Final = (1, 150, 300, 10_000)
HUNDRED_THOUSAND: Final = (1, 150, 300, 100_000)
BETWEEN: Final = 0.5
"""Seconds between two requests."""
USAGE: Final = Usage(prompt_tokens=7, completion_tokens=5, total_tokens=12, cost=Decimal("0.0012"))


def at(seconds: float) -> Moment:
    return Moment(Second(seconds), 1.7e9 + seconds)


def one_for_all(_: int) -> Facts:
    return Facts(Name("key"), Name("acme/large"), tokens=20, user=Name("user"))


def one_for_each(number: int) -> Facts:
    return Facts(Name(f"key {number}"), Name(f"acme/{number}"), tokens=20, user=Name(f"user {number}"))


def one_key_for_each(number: int) -> Facts:
    return Facts(Name(f"key {number}"), Name("acme/large:free"), tokens=20)


NAMES: Final = {"one name": one_for_all, "many names": one_for_each, "many keys": one_key_for_each}


# --- Policy -----------------------------------------------------------------------------------------------------------


def succeed(passage: Passage, now: Moment) -> None:
    assert passage.next(now) == Go()
    passage.delivered(now)
    passage.succeeded(Bill(USAGE), now)


def abandon(passage: Passage, now: Moment) -> None:
    assert passage.next(now) == Go()
    passage.abandoned(Bill(USAGE), now)


def fail(passage: Passage, now: Moment) -> None:
    assert passage.next(now) == Go()
    with pytest.raises(ServerError):
        passage.failed(a_500(retry_after=1e6), now)


def succeed_at_the_second_try(passage: Passage, now: Moment) -> None:
    assert passage.next(now) == Go()
    passage.failed(a_500(), now)
    succeed(passage, now)


@pytest.mark.parametrize(
    ("end", "names"),
    [
        *((end, names) for names in NAMES for end in (succeed, fail) if (end, names) != (succeed, "many names")),
        (succeed_at_the_second_try, "many names"),
        (abandon, "many names"),
    ],
)
def test_the_policy_after_many_endings(end: Callable[[Passage, Moment], None], names: str) -> None:
    check_policy(end, NAMES[names], THOUSAND)


def test_the_policy_after_many_requests() -> None:
    check_policy(succeed, one_for_each, TEN_THOUSAND)


def check_policy(end: Callable[[Passage, Moment], None], facts: Callable[[int], Facts], sizes: tuple[int, ...]) -> None:
    def send(count: int) -> int:
        policy = Policy(
            retry=Retry(random=lambda: 0.0, budget=None),
            rate_limit=RateLimit(requests_per_minute=300, tokens_per_minute=300 * 20, free_requests_per_minute=300),
            circuit_breaker=CircuitBreaker(failures=10**9),
        )
        with calls() as spent:
            for number in range(count):
                now = at(number * BETWEEN)
                end(policy.begin(facts(number), now), now)
        assert policy.ledger.totals().requests == count
        return spent.total

    assert growth({size: send(size) for size in sizes}) < FLAT


def test_many_keys_at_once() -> None:
    """The limits of keys are looked through for what is over, but not each time that there is a new one."""

    def send(count: int) -> int:
        policy = Policy()
        with calls() as spent:
            for number in range(count):
                succeed(policy.begin(one_key_for_each(number), at(0)), at(0))
        return spent.total

    assert growth({size: send(size) for size in TEN_THOUSAND}) < NEARLY_FLAT


def test_a_model_that_is_down() -> None:
    """Most requests are refused, now and then one is let through as a probe."""

    def send(count: int) -> int:
        policy = Policy(circuit_breaker=CircuitBreaker(failures=1, pause=2.0, max_pause=2.0))
        with calls() as spent:
            for number in range(count):
                now = at(number * BETWEEN)
                passage = policy.begin(one_for_all(number), now)
                with suppress(OpenRouterError):
                    passage.next(now)
                    passage.failed(a_500(retry_after=1e6), now)
        totals = policy.ledger.totals()
        assert (totals.refused + totals.failures, totals.refused > count / 2) == (count, count > 1)
        return spent.total

    assert growth({size: send(size) for size in THOUSAND}) < FLAT


# Those of which each request has new ones are more than the tables of the ledger take.
@pytest.mark.parametrize(
    ("names", "sizes"),
    [("one name", HUNDRED_THOUSAND), ("many names", (1, 150, 300, 2 * MOST_ROWS)), ("many keys", THOUSAND)],
)
def test_the_ledger(names: str, sizes: tuple[int, ...]) -> None:
    def book(count: int) -> tuple[int, int]:
        ledger = Ledger()
        with calls() as spent:
            for number in range(count):
                took = Second(number % 10 + 1)
                facts = NAMES[names](number)
                ledger.book(Ending.SUCCESS, facts, attempts=1, bills=[Bill(USAGE)], latency=took, first_token=took)
        # The sums over all take ten times into account, however often each of them was measured.
        return spent.total, calls_of(ledger.totals)

    spent = {size: book(size) for size in sizes}
    assert growth({size: booking for size, (booking, _) in spent.items()}) < FLAT
    assert len({reading for size, (_, reading) in spent.items() if size > 1}) == 1


LIMITS: Final = {
    "requests": RateLimit(requests_per_minute=600),
    "tokens": RateLimit(tokens_per_minute=600 * USAGE.total_tokens),
    "interval": RateLimit(min_interval=60.0),
    "models": RateLimit(models={"acme/large": RateLimit(requests_per_minute=600)}),
    "free models": RateLimit(free_requests_per_minute=600),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_a_line_of_many(limit: str) -> None:
    """Whoever stands in line asks, leaves and comes at a cost that does not depend on how many stand there."""
    model = Name("acme/large:free" if limit == "free models" else "acme/large")
    facts = Facts(Name("key"), model, tokens=USAGE.total_tokens)

    def wait(count: int) -> tuple[int, int]:
        policy = Policy(rate_limit=LIMITS[limit])
        for number in range(1 if limit == "interval" else 600):
            now = at(number / 10)
            succeed(policy.begin(facts, now), now)
        # A twentieth of a second before the first of them is a minute ago.
        now, later = at(59.95), at(60.0)
        line = [policy.begin(facts, now) for _ in range(count)]
        for passage in line:
            assert passage.next(now) != Go()
        first, second, middle, last = line[0], line[1], line[count // 2], line[-1]
        with calls() as called, allocations() as copied:
            for passage in (first, middle, last, policy.begin(facts, now)):
                assert passage.next(now) != Go()
            for passage in (middle, last):
                passage.abandoned(NO_BILL, now)
            assert first.next(later) == Go()
            assert second.next(later) != Go()
            first.succeeded(Bill(USAGE), later)
            copied.done()
        return called.total, copied.total

    few, many = wait(20), wait(1_000)
    assert many[0] < few[0] * FLAT
    assert many[1] < few[1] * NEARLY_FLAT


# --- Clients ----------------------------------------------------------------------------------------------------------

FEW: Final = 10
SOME: Final = 20
"""Requests whose calls are counted: a server that is fast or slow makes a little difference for a single one."""


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with FakeOpenRouter().serve() as server:
        yield server


def settings(server: LoopbackServer, connections: int = 2_000) -> dict[str, Any]:
    return {"api_key": "k", "base_url": server.url, "model": "acme/large", "max_connections": connections}


def test_a_blocking_request_beside_others(server: LoopbackServer) -> None:
    def count_beside(streams: int) -> tuple[int, int]:
        with SyncClient(**settings(server)) as client:

            def ask() -> None:
                for _ in range(SOME):
                    assert client.complete("Hi").text

            ask()
            accepted = server.accepted
            with ExitStack() as stack:
                opened = [stack.enter_context(client.stream("Hi")) for _ in range(streams)]
                in_use = calls_of(ask)
                for stream in opened:
                    assert stream.http
                    for _ in stream:
                        pass
            # The one that was there served the first of them, and another the requests beside them.
            assert server.accepted == accepted + streams
            return in_use, calls_of(ask)

    few, most = count_beside(FEW), count_beside(THOUSAND[-1])
    assert most[0] < few[0] * FLAT, "many were in use"
    assert most[1] < few[1] * FLAT, "many were idle"


@pytest.mark.anyio
@pytest.mark.parametrize(("anyio_backend", "many"), [("asyncio", 1_000), ("trio", 150)])
async def test_an_awaiting_request_beside_others(many: int, server: LoopbackServer) -> None:
    async def count_beside(streams: int) -> tuple[int, int]:
        async with AsyncClient(**settings(server)) as client:

            async def ask() -> int:
                with calls() as spent:
                    for _ in range(SOME):
                        assert (await client.complete("Hi")).text
                return spent.total

            await ask()
            accepted = server.accepted
            async with AsyncExitStack() as stack:
                opened = [await stack.enter_async_context(client.stream("Hi")) for _ in range(streams)]
                await ask()
                in_use = await ask()
                for stream in opened:
                    assert stream.http
                    async for _ in stream:
                        pass
            assert server.accepted == accepted + streams
            return in_use, await ask()

    few, most = await count_beside(FEW), await count_beside(many)
    assert most[0] < few[0] * NEARLY_FLAT, "many were in use"
    assert most[1] < few[1] * NEARLY_FLAT, "many were idle"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("anyio_backend", "connections", "many"),
    [("asyncio", 2_000, 1_000), ("asyncio", 4, 150), ("trio", 2_000, 150), ("trio", 4, 1_000)],
)
async def test_a_request_among_others_at_once(connections: int, many: int, server: LoopbackServer) -> None:
    """Each has a connection, or they queue for a few."""

    async def ask_at_once(count: int) -> float:
        async with AsyncClient(**settings(server, connections)) as client:

            async def ask() -> None:
                assert (await client.complete("Hi")).text

            async with AsyncExitStack() as stack:
                streams = [client.stream("Hi") for _ in range(min(count, connections))]
                for stream in streams:
                    await stack.enter_async_context(stream)
                for stream in streams:
                    assert [chunk async for chunk in stream]
            accepted = server.accepted
            with calls() as spent:
                async with anyio.create_task_group() as group:
                    for _ in range(count):
                        group.start_soon(ask)
            assert server.accepted == accepted, "there was a connection for each"
            return spent.total / count

    few = await ask_at_once(SOME)
    # How many events an event loop finds at a time is not the same for few as for many.
    assert await ask_at_once(many) < few * 1.5


@pytest.mark.anyio
async def test_leaving_a_line_of_many() -> None:
    """Who is cancelled while queueing for a connection leaves the line, however long it is."""
    segment = events(delta(content="word "))
    # Nothing comes after the first segment: what is received while the bytes are counted would count as well.
    halting = RawReply(200, {"Content-Type": "text/event-stream"}, [segment, segment], pause=1_000)

    async def leave(server: LoopbackServer, count: int) -> tuple[int, int]:
        async with AsyncClient(**settings(server, 1)) as client, client.stream("Hi") as stream:
            assert (await anext(stream)).text == "word "
            async with anyio.create_task_group() as group:
                for _ in range(count):
                    group.start_soon(client.complete, "Hi")
                await settled(client, count)
                with calls() as called, allocations() as copied:
                    for _ in range(SOME):
                        with anyio.move_on_after(0):
                            await client.complete("Hi")
                        copied.done()
                group.cancel_scope.cancel()
        return called.total, copied.total

    with FakeOpenRouter(respond=lambda _: halting).serve() as server:
        await leave(server, 1)
        few, many = await leave(server, FEW), await leave(server, 800)
    assert many[0] < few[0] * FLAT
    assert many[1] < few[1] * FLAT


async def settled(client: AsyncClient, waiting: int) -> None:
    """Wait until so many queue."""
    with anyio.fail_after(10):
        while f"{waiting} waiting" not in repr(client.driver.transport):
            await checkpoint()


def test_a_blocking_request_after_many() -> None:
    def ask(count: int) -> tuple[int, int]:
        with FakeOpenRouter().sync_client(model="acme/large") as client:
            called = calls_of(lambda: [client.complete("Hi") for _ in range(count)])
            with allocations() as copied:
                for _ in range(count):
                    client.complete("Hi")
                    copied.done()
        return called, copied.total

    spent = {size: ask(size) for size in (1, 20, 40, 1_000)}
    assert growth({size: called for size, (called, _) in spent.items()}) < FLAT
    assert growth({size: copied for size, (_, copied) in spent.items()}) < NEARLY_FLAT


@pytest.mark.anyio
async def test_an_awaiting_request_after_many() -> None:
    async def ask(count: int) -> tuple[int, int]:
        async with FakeOpenRouter().async_client(model="acme/large") as client:
            with calls() as called:
                for _ in range(count):
                    await client.complete("Hi")
            with allocations() as copied:
                for _ in range(count):
                    await client.complete("Hi")
                    copied.done()
        return called.total, copied.total

    spent = {size: await ask(size) for size in (1, 20, 40, 150)}
    assert growth({size: called for size, (called, _) in spent.items()}) < FLAT
    assert growth({size: copied for size, (_, copied) in spent.items()}) < NEARLY_FLAT
