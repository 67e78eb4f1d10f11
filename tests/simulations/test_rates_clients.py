"""The simulation of the rate limit, run once through real clients of both kinds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest

from openrouter import Policy, RateLimit
from openrouter.testing import FakeOpenRouter, TextReply
from openrouter.testing.replies import Reply
from openrouter.testing.requests import RecordedRequest
from tests.injected_time import UTC_START, awaiting_client, blocking_client
from tests.shared_time import SharedTime

pytestmark = pytest.mark.thorough

THREADS, TASKS, EACH, LIMIT = 16, 48, 3, 20
MINUTES = THREADS * EACH * 4 // LIMIT + 1


@pytest.mark.anyio
async def test_both_clients_learn_the_pace_of_the_account_together() -> None:
    clock = SharedTime(THREADS + TASKS)
    asked, answered = list[float](), list[float]()

    def utc() -> float:
        asked.append(clock.passed)
        return UTC_START + clock.passed

    def note(_: RecordedRequest) -> Reply:
        answered.append(clock.passed)
        return TextReply("Hello.")

    policy = Policy(rate_limit=RateLimit())
    fake = FakeOpenRouter(respond=note, requests_per_minute=LIMIT, clock=utc)
    http, async_http = fake.http(), fake.async_http()
    blocking = blocking_client(clock, policy=policy, http=http)
    awaiting = awaiting_client(clock, policy=policy, http=async_http)

    def block(_: int) -> None:
        with clock.taking_part():
            for _ in range(EACH):
                blocking.complete("Hi", model="a/b", deadline=10_000)

    async def wait() -> None:
        with clock.taking_part():
            for _ in range(EACH):
                await awaiting.complete("Hi", model="a/b", deadline=10_000)

    with ThreadPoolExecutor(THREADS) as pool, http:
        futures = [pool.submit(block, number) for number in range(THREADS)]
        async with async_http, anyio.create_task_group() as group:
            for _ in range(TASKS):
                group.start_soon(wait)
        for future in futures:
            future.result()

    def by_minute(moments: list[float]) -> list[int]:
        return [sum(60 * minute <= moment < 60 * (minute + 1) for moment in moments) for minute in range(MINUTES)]

    total = EACH * (THREADS + TASKS)
    assert by_minute(answered)[: total // LIMIT] == [LIMIT] * (total // LIMIT)
    assert len(answered) == policy.ledger.totals(clock.now()).successes == total
    refused = [asked - answered for asked, answered in zip(by_minute(asked), by_minute(answered), strict=True)]
    assert refused[0] <= THREADS + TASKS  # each of them asks once before the first 429 is there
    assert max(refused[1:]) <= 1
