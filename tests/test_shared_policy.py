"""One policy in a blocking client with eight threads and an awaiting one with fifty tasks."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import anyio
import anyio.to_thread
import pytest

from openrouter import AsyncClient, Policy, RateLimit, SyncClient
from openrouter.testing import FakeOpenRouter, TextReply
from openrouter.testing.replies import Reply
from openrouter.testing.requests import RecordedRequest
from tests.injected_time import awaiting_client, blocking_client
from tests.shared_time import SharedTime

THREADS, TASKS = 8, 50
PRICED = TextReply(
    "one two three", usage={"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, "cost": 0.001}
)


@pytest.mark.anyio
async def test_both_keep_to_one_rate_limit_and_one_ledger() -> None:
    limit, each = 40, 3
    clock = SharedTime(THREADS + TASKS)
    departures: list[float] = []

    def note(_: RecordedRequest) -> Reply:
        departures.append(clock.passed)
        return PRICED

    policy = Policy(rate_limit=RateLimit(requests_per_minute=limit))
    fake = FakeOpenRouter(respond=note)
    http, async_http = fake.http(), fake.async_http()
    blocking = blocking_client(clock, policy=policy, http=http)
    awaiting = awaiting_client(clock, policy=policy, http=async_http)

    def block(_: int) -> None:
        with clock.taking_part():
            for _ in range(each):
                blocking.complete("Hi", model="a/b", user="thread", deadline=10_000, max_retries=0)

    async def wait() -> None:
        with clock.taking_part():
            for _ in range(each):
                await awaiting.complete("Hi", model="a/b", user="task", deadline=10_000, max_retries=0)

    with ThreadPoolExecutor(THREADS) as pool, http:
        async with async_http, anyio.create_task_group() as group:
            futures = [pool.submit(block, number) for number in range(THREADS)]
            for _ in range(TASKS):
                group.start_soon(wait)
        for future in futures:
            future.result()

    total = each * (THREADS + TASKS)
    assert len(departures) == total
    for first, too_many in zip(departures, departures[limit:], strict=False):
        assert too_many - first >= 60
    # The limit is used up: what is asked for at once leaves as early as it may.
    assert departures.count(0.0) == limit
    totals = policy.ledger.totals(clock.now())
    assert (totals.requests, totals.attempts, totals.successes) == (total, total, total)
    assert (totals.prompt_tokens, totals.completion_tokens, totals.total_tokens) == (10 * total, 5 * total, 15 * total)
    assert totals.cost == Decimal("0.001") * total
    assert {user: row.requests for user, row in policy.ledger.by_user.items()} == {
        "thread": each * THREADS,
        "task": each * TASKS,
    }


@pytest.mark.anyio
async def test_both_keep_to_one_limit_over_real_connections() -> None:
    interval = 0.01
    policy = Policy(rate_limit=RateLimit(min_interval=interval, requests_per_minute=1000))
    arrivals: list[float] = []

    def note(_: RecordedRequest) -> Reply:
        arrivals.append(time.monotonic())
        return PRICED

    with (
        FakeOpenRouter(respond=note).serve() as server,
        SyncClient(api_key="sk-test", base_url=server.url, policy=policy) as blocking,
    ):
        async with AsyncClient(api_key="sk-test", base_url=server.url, policy=policy) as awaiting:
            began = time.monotonic()
            async with anyio.create_task_group() as group:
                for _ in range(THREADS):
                    group.start_soon(anyio.to_thread.run_sync, lambda: blocking.complete("Hi", model="a/b"))
                for _ in range(TASKS):
                    group.start_soon(lambda: awaiting.complete("Hi", model="a/b"))
    # The departures are at least an interval apart, so the last one is at least as many behind the first.
    assert max(arrivals) - began >= (THREADS + TASKS - 1) * interval
    totals = blocking.totals
    assert (totals.requests, totals.total_tokens) == (THREADS + TASKS, 15 * (THREADS + TASKS))
    assert totals.cost == Decimal("0.001") * (THREADS + TASKS)
    assert awaiting.ledger is blocking.ledger
