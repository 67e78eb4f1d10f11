"""Many requests at once over real connections: all succeed, and nothing stays open."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest

from openrouter import AsyncClient, SyncClient
from openrouter.testing import FakeOpenRouter, LoopbackServer
from tests.open_things import Open, wait_for_tasks, wait_until_open

pytestmark = pytest.mark.skipif(not Open.possible(), reason="only Linux tells which descriptors are open")

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
    together = threading.Barrier(THREADS)
    with SyncClient(api_key="sk-test", base_url=server.url, max_connections=connections) as client:

        def ask(number: int) -> str:
            together.wait(30)
            return client.complete(f"Number {number}", max_retries=0).text

        with ThreadPoolExecutor(THREADS) as pool:
            texts = list(pool.map(ask, range(THREADS)))
        totals = client.totals
        assert server.accepted <= connections
    assert texts == [f"This is a simulated reply to: Number {number}" for number in range(THREADS)]
    assert (totals.requests, totals.attempts, totals.successes) == (THREADS, THREADS, THREADS)
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
