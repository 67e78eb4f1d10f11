"""Many requests at once over real connections: all succeed, and nothing stays open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from threading import Thread

import anyio
import pytest

from openrouter import AsyncClient, ClosedClientError, SyncClient
from openrouter.testing import FakeOpenRouter, LoopbackServer
from tests.open_things import Open, wait_for_tasks, wait_until_open
from tests.threads_at_once import in_threads_at_once

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(not Open.possible(), reason="only Linux tells which descriptors are open"),
]

TASKS, THREADS = 1000, 100


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with FakeOpenRouter().serve() as server:
        yield server


@pytest.mark.anyio
@pytest.mark.parametrize("connections", [50, 1000])
async def test_a_thousand_tasks_on_one_client(connections: int, server: LoopbackServer) -> None:
    open_before, tasks_before = Open.now(), len(anyio.get_running_tasks())
    texts: list[str] = []
    async with AsyncClient(api_key="sk-test", base_url=server.url, max_connections=connections) as client:

        async def ask(number: int) -> None:
            texts.append((await client.complete(f"Number {number}", max_retries=0)).text)

        async with anyio.create_task_group() as group:
            for number in range(TASKS):
                group.start_soon(ask, number)
        totals = client.totals
        assert server.accepted <= connections
    assert sorted(texts) == sorted(f"This is a simulated reply to: Number {number}" for number in range(TASKS))
    assert (totals.requests, totals.attempts, totals.successes) == (TASKS, TASKS, TASKS)
    await wait_for_tasks(tasks_before)
    server.wait_for_connections(0)
    wait_until_open(open_before)


@pytest.mark.parametrize("connections", [10, 1000])
def test_a_hundred_threads_on_one_client(connections: int, server: LoopbackServer) -> None:
    open_before = Open.now()
    with SyncClient(api_key="sk-test", base_url=server.url, max_connections=connections) as client:

        def ask(number: int) -> str:
            return client.complete(f"Number {number}", max_retries=0).text

        texts = in_threads_at_once(THREADS, ask)
        totals = client.totals
        assert server.accepted <= connections
    assert texts == [f"This is a simulated reply to: Number {number}" for number in range(THREADS)]
    assert (totals.requests, totals.attempts, totals.successes) == (THREADS, THREADS, THREADS)
    server.wait_for_connections(0)
    wait_until_open(open_before)


def complete(client: SyncClient) -> str:
    return client.complete("Hi").text


def read(client: SyncClient) -> str:
    return "".join(client.stream_text("Hi"))


def leave(client: SyncClient) -> str:
    with client.stream_text("Hi") as stream:
        return next(iter(stream))


def drop(client: SyncClient) -> str:
    return next(iter(client.stream_text("Hi")))


def derive(client: SyncClient) -> str:
    with client.with_options(model="a/b") as other:
        return other.complete("Hi").text


def fail(client: SyncClient) -> str:
    nowhere = client.with_options(base_url=client.settings.base_url + "/nowhere")
    return str(nowhere.try_complete("Hi").error)


WORKS = (complete, read, leave, drop, derive, fail)


def run_in_threads(work: Callable[[int], None]) -> None:
    threads = [Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


def test_threads_that_come_and_go_share_one_client(server: LoopbackServer) -> None:
    """Some leave their streams early, some drop them, some fail, and none is in the way of another."""
    open_before, ended = Open.now(), list[str]()
    with SyncClient(api_key="sk-test", base_url=server.url, max_connections=7, max_retries=0) as client:

        def work(number: int) -> None:
            ended.extend(WORKS[(number + turn) % len(WORKS)](client) for turn in range(3))

        for _ in range(2):
            run_in_threads(work)
        totals = client.totals
        assert "0 of 7 in use, 0 waiting" in repr(client.driver.transport)
    assert all(ended)
    assert totals.requests == len(ended) == 2 * 3 * THREADS
    done = Counter(WORKS[(number + turn) % len(WORKS)] for number in range(THREADS) for turn in range(3))
    assert (totals.failures, totals.abandoned) == (2 * done[fail], 2 * (done[leave] + done[drop]))
    server.wait_for_connections(0)
    wait_until_open(open_before)


def test_a_client_may_be_closed_under_a_hundred_threads(server: LoopbackServer) -> None:
    open_before, told = Open.now(), list[ClosedClientError]()
    client = SyncClient(api_key="sk-test", base_url=server.url, max_connections=7, max_retries=0)

    def work(number: int) -> None:
        if number == THREADS // 2:
            client.close()
        try:
            while True:
                WORKS[number % 3](client)
        except ClosedClientError as error:
            told.append(error)

    run_in_threads(work)
    assert len(told) == THREADS
    # what was under way came to its end
    assert client.totals.failures == 0
    server.wait_for_connections(0)
    wait_until_open(open_before)


@pytest.mark.anyio
async def test_a_batch_leaves_nothing_open_either(server: LoopbackServer) -> None:
    open_before, tasks_before = Open.now(), len(anyio.get_running_tasks())
    with SyncClient(api_key="sk-test", base_url=server.url) as client:
        assert all(outcome.success for outcome in client.complete_many(["Hi"] * 40, concurrency=20))
    async with AsyncClient(api_key="sk-test", base_url=server.url) as awaiting:
        assert all(outcome.success for outcome in await awaiting.complete_many(["Hi"] * 40, concurrency=20))
    await wait_for_tasks(tasks_before)
    server.wait_for_connections(0)
    wait_until_open(open_before)
