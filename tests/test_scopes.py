"""Scopes of the ledger on real clients: what is sent inside is counted, in whatever task or thread it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from threading import Thread

import anyio
import pytest

from openrouter import CircuitBreaker, Ledger, Policy, Retry
from openrouter.testing import ErrorReply, FakeOpenRouter, TextReply
from tests.tool_running import KINDS, Kind, call, calls, run_on

MODEL = "openai/gpt-5-mini"


def test_a_blocking_client_counts_what_is_sent_inside() -> None:
    fake = FakeOpenRouter()
    with fake.sync_client() as client:
        client.complete("Before", model=MODEL)
        with client.ledger.scope("import-42") as spent:
            reply = client.complete("Inside", model=MODEL)
            client.generate_text("Inside too", model="a/b")
        client.complete("After", model=MODEL)
        assert spent.totals.requests == 2
        assert reply.usage is not None
        assert spent.by_model[MODEL].cost == reply.usage.cost
        assert set(spent.by_model) == {MODEL, "a/b"}
        assert reply.provider is not None
        assert spent.by_provider.keys() == {reply.provider} == client.ledger.by_provider.keys()
        assert client.totals.requests == 4


@pytest.mark.anyio
async def test_an_awaiting_client_counts_what_is_sent_inside_in_tasks_too() -> None:
    async with FakeOpenRouter().async_client() as client:
        await client.complete("Before", model=MODEL)
        with client.ledger.scope("import-42") as spent:
            await client.complete("Inside", model=MODEL)
            async with anyio.create_task_group() as group:
                for _ in range(5):
                    group.start_soon(client.generate_text, "Inside")
        await client.complete("After", model=MODEL)
        assert spent.totals.requests == 6
        assert client.totals.requests == 8


@pytest.mark.anyio
async def test_tasks_side_by_side_each_have_their_own_scope() -> None:
    async with FakeOpenRouter().async_client() as client:
        counted: dict[int, int] = {}

        async def work(number: int) -> None:
            with client.ledger.scope(f"task {number}") as spent:
                for _ in range(number):
                    await client.complete("Hi", model=MODEL)
            counted[number] = spent.totals.requests

        with client.ledger.scope("all") as together:
            async with anyio.create_task_group() as group:
                for number in range(1, 6):
                    group.start_soon(work, number)
        assert counted == {1: 1, 2: 2, 3: 3, 4: 4, 5: 5}
        assert together.totals.requests == 15


def test_threads_of_asyncio_count() -> None:
    async def work() -> int:
        with FakeOpenRouter().sync_client() as client, client.ledger.scope("x") as spent:
            await asyncio.to_thread(client.complete, "Hi", model=MODEL)
            return spent.totals.requests

    assert asyncio.run(work()) == 1


@pytest.mark.anyio
async def test_threads_of_anyio_count() -> None:
    with FakeOpenRouter().sync_client() as client:
        with client.ledger.scope("x") as spent:
            await anyio.to_thread.run_sync(client.generate_text, "Hi")
        await anyio.to_thread.run_sync(client.generate_text, "Hi")
        assert spent.totals.requests == 1


def test_executors_count_where_the_function_is_wrapped() -> None:
    with FakeOpenRouter().sync_client() as client, ThreadPoolExecutor(3) as executor:
        with client.ledger.scope("outer") as outer, client.ledger.scope("x") as spent:
            list(executor.map(spent.wrap(client.generate_text), ["Hi"] * 5))
            list(executor.map(client.generate_text, ["Hi"] * 2))
        assert (spent.totals.requests, outer.totals.requests, client.totals.requests) == (5, 5, 7)


@pytest.mark.anyio
async def test_a_method_of_an_awaiting_client_can_be_wrapped() -> None:
    async with FakeOpenRouter().async_client() as client:
        spent = client.ledger.scope("x")
        generate_text = spent.wrap(client.generate_text)
        assert "Hi" in await generate_text("Hi")
        assert "Hi" in await client.generate_text("Hi")
        assert spent.totals.requests == 1


def test_batches_of_threads_count() -> None:
    with FakeOpenRouter().sync_client() as client:
        with client.ledger.scope("x") as spent:
            assert len(client.complete_many(["Hi"] * 20, concurrency=5)) == 20
        assert spent.totals.requests == 20


@pytest.mark.anyio
async def test_batches_of_tasks_count() -> None:
    async with FakeOpenRouter().async_client() as client:
        with client.ledger.scope("x") as spent:
            assert len(await client.complete_many(["Hi"] * 20, concurrency=5)) == 20
        assert spent.totals.requests == 20


@pytest.mark.anyio
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tool_timeout", [None, 60.0])
async def test_what_tools_send_counts_for_the_scope_of_the_run(kind: Kind, tool_timeout: float | None) -> None:
    ledger = Ledger()
    inner = FakeOpenRouter().sync_client(policy=Policy(ledger=ledger))

    def ask(question: str) -> str:
        """Ask another model."""
        return inner.generate_text(question)

    fake = FakeOpenRouter([calls(call("ask", '{"question": "Why?"}'), call("ask", '{"question": "How?"}'))])
    with inner, ledger.scope("x") as spent:
        run = await run_on(kind, fake, "Hi", [ask], tool_timeout=tool_timeout)
    assert len(run.steps) == 2
    assert (spent.totals.requests, ledger.totals().requests) == (2, 2)


@pytest.mark.anyio
@pytest.mark.parametrize("kind", KINDS)
async def test_a_run_of_tools_counts_with_all_its_requests(kind: Kind) -> None:
    def clock() -> str:
        """Tell the time."""
        return "noon"

    fake, ledger = FakeOpenRouter([calls(call("clock"))]), Ledger()
    policy = Policy(ledger=ledger)
    with ledger.scope("x") as spent:
        if kind == "blocking":
            with fake.sync_client(policy=policy) as client:
                client.run_tools("Hi", [clock])
        else:
            async with fake.async_client(policy=policy) as awaiting:
                await awaiting.run_tools("Hi", [clock])
    assert (spent.totals.requests, ledger.totals().requests) == (2, 2)


def test_a_stream_counts_where_it_was_sent() -> None:
    with FakeOpenRouter().sync_client() as client:
        with client.ledger.scope("sent inside") as sent_inside:
            early = client.stream("Hi", model=MODEL)
            next(early)
            late = client.stream("Hi", model=MODEL)
        assert sent_inside.totals.requests == 0, "it has not ended"
        with client.ledger.scope("read inside") as read_inside:
            assert list(early)
            assert read_inside.totals.requests == 0
            assert list(late)
        assert (sent_inside.totals.requests, read_inside.totals.requests) == (1, 1)
        assert sent_inside.totals.cost > 0


def test_a_stream_may_be_read_in_another_thread() -> None:
    with FakeOpenRouter().sync_client() as client:
        with client.ledger.scope("x") as spent, client.stream("Hi", model=MODEL) as stream:
            reader = Thread(target=list, args=(stream,))
            reader.start()
            reader.join()
        assert spent.totals.successes == 1


@pytest.mark.anyio
async def test_an_awaited_stream_counts_where_it_was_sent() -> None:
    async with FakeOpenRouter().async_client() as client:
        with client.ledger.scope("sent inside") as sent_inside:
            stream = client.stream("Hi", model=MODEL)
            await anext(stream)
        with client.ledger.scope("read inside") as read_inside:
            assert [chunk async for chunk in stream]
        assert (sent_inside.totals.successes, read_inside.totals.requests) == (1, 0)


@pytest.mark.anyio
async def test_a_scope_within_an_async_generator_that_is_left_early() -> None:
    async with FakeOpenRouter().async_client() as client:

        async def pieces() -> AsyncGenerator[str]:
            with client.ledger.scope("x") as spent:
                yield await client.generate_text("Hi")
                yield str(spent.totals.requests)

        generator = pieces()
        await anext(generator)
        assert await anext(generator) == "1"
        await generator.aclose()
        assert client.ledger.current_scopes() == ()


@pytest.mark.anyio
async def test_two_kinds_of_client_with_one_policy_count_for_one_scope_and_another_policy_does_not() -> None:
    policy, other = Policy(), Policy()
    fake = FakeOpenRouter()
    with fake.sync_client(policy=policy) as blocking, fake.sync_client(policy=other) as stranger:
        async with fake.async_client(policy=policy) as awaiting:
            with policy.ledger.scope("x") as spent, other.ledger.scope("y") as others:
                blocking.generate_text("Hi")
                await awaiting.generate_text("Hi")
                stranger.generate_text("Hi")
    assert (spent.totals.requests, others.totals.requests) == (2, 1)


def test_a_ledger_that_policies_share_counts_each_request_once() -> None:
    ledger, fake = Ledger(), FakeOpenRouter()
    with (
        fake.sync_client(policy=Policy(ledger=ledger)) as first,
        fake.sync_client(policy=Policy(ledger=ledger)) as second,
        ledger.scope("x") as spent,
    ):
        first.generate_text("Hi")
        second.generate_text("Hi")
    assert spent.totals.requests == ledger.totals().requests == 2


def test_failures_retries_and_refusals_stand_in_the_scope() -> None:
    broken = ErrorReply(503, "No")
    policy = Policy(retry=Retry(random=lambda: 0.0), circuit_breaker=CircuitBreaker(failures=2))
    fake = FakeOpenRouter([broken, TextReply("Yes."), broken, broken])
    with fake.sync_client(policy=policy) as client, client.ledger.scope("x") as spent:
        client.generate_text("Hi", model=MODEL)
        for _ in range(3):
            client.try_complete("Hi", model=MODEL, max_retries=0)
    totals = spent.totals
    assert (totals.requests, totals.attempts, totals.failures, totals.refused) == (3, 4, 2, 1)
    assert "1 request refused, and not sent." in str(spent)


def test_what_was_only_refused_has_no_row() -> None:
    policy = Policy(circuit_breaker=CircuitBreaker(failures=1))
    with FakeOpenRouter([ErrorReply(503, "No")]).sync_client(policy=policy, max_retries=0) as client:
        client.try_complete("Hi", model=MODEL)
        with client.ledger.scope("x") as spent:
            client.try_complete("Hi", model=MODEL)
    assert str(spent).splitlines() == [
        "x",
        "model  provider  requests  tokens   USD",
        "total                   0       0  0.00",
        "1 request refused, and not sent.",
    ]
