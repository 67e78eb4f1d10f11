"""The limit of the simulated account: who is refused, what is told, and when it ends."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from openrouter import InvalidArgumentError, RateLimitError
from openrouter.testing import FakeOpenRouter, TextReply

START = 1_800_000_000.0
"""A whole minute."""
KEY = {"Authorization": "Bearer sk-or-v1-secret"}
HELLO = {"messages": [{"role": "user", "content": "Hello"}]}
ASKED: dict[str, dict[str, Any]] = {
    "/chat/completions": HELLO,
    "/responses": {"input": "Hello"},
    "/embeddings": {"model": "a/b", "input": "Hello"},
}


class Clock:
    def __init__(self) -> None:
        self.utc = START

    def __call__(self) -> float:
        return self.utc


def ask(service: httpx.Client, path: str = "/chat/completions", **fields: Any) -> httpx.Response:
    return service.post(path, json={**ASKED[path], **fields}, headers=KEY)


def test_a_request_over_the_limit_is_told_what_the_limit_is_and_when_it_ends() -> None:
    clock = Clock()
    with FakeOpenRouter(requests_per_minute=2, clock=clock).http() as service:
        clock.utc += 12.5
        good = [ask(service) for _ in range(2)]
        over = ask(service)
    assert [reply.status_code for reply in good] == [200, 200]
    assert not any(name.startswith("x-ratelimit") for reply in good for name in reply.headers)
    told = {"X-RateLimit-Limit": "2", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1800000060000"}
    assert over.status_code == 429
    assert {name: over.headers[name] for name in told} == told
    assert over.json()["error"] == {
        "code": 429,
        "message": "Rate limit exceeded: requests-per-minute",
        "metadata": {"headers": told, "provider_name": None},
    }


def test_every_minute_of_the_clock_has_its_own_requests() -> None:
    clock = Clock()
    with FakeOpenRouter(requests_per_minute=2, clock=clock).http() as service:
        statuses = list[int]()
        for passed in (30, 59.9, 59.99, 60, 119, 119.9, 200):
            clock.utc = START + passed
            statuses.append(ask(service).status_code)
    assert statuses == [200, 200, 429, 200, 200, 429, 200]


def test_what_is_refused_is_not_counted() -> None:
    clock = Clock()
    with FakeOpenRouter(requests_per_minute=1, clock=clock).http() as service:
        assert ask(service, messages=[]).status_code == 400
        assert service.post("/chat/completions", json=HELLO).status_code == 401
        assert [ask(service).status_code for _ in range(3)] == [200, 429, 429]


def test_all_that_asks_a_model_is_counted_together_and_nothing_else() -> None:
    fake = FakeOpenRouter(requests_per_minute=3, clock=Clock())
    with fake.http() as service:
        for path in ("/models", "/key", "/credits", "/providers"):
            assert all(service.get(path, headers=KEY).status_code == 200 for _ in range(4))
        assert [ask(service, path).status_code for path in ASKED] == [200] * 3
        assert [ask(service, path).status_code for path in ASKED] == [429] * 3


def test_a_request_over_the_limit_uses_up_no_reply_and_costs_nothing() -> None:
    clock = Clock()
    fake = FakeOpenRouter([TextReply("First."), TextReply("Second.")], requests_per_minute=1, clock=clock)
    with fake.http() as service:
        assert ask(service).json()["choices"][0]["message"]["content"] == "First."
        assert ask(service).status_code == 429
        clock.utc += 60
        assert ask(service).json()["choices"][0]["message"]["content"] == "Second."
    costs = [exchange.answer.cost for exchange in fake.exchanges if exchange.answer]
    assert [cost > 0 for cost in costs] == [True, False, True]


def test_threads_share_the_limit() -> None:
    fake = FakeOpenRouter(requests_per_minute=20, clock=Clock())
    with fake.http() as service, ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(lambda _: ask(service).status_code, range(60)))
    assert (statuses.count(200), statuses.count(429)) == (20, 40)


@pytest.mark.anyio
async def test_the_clients_understand_it() -> None:
    clock = Clock()
    fake = FakeOpenRouter(requests_per_minute=1, clock=clock)
    clock.utc += 10
    async with fake.async_client(model="a/b") as client:
        await client.complete("Hello")
        with pytest.raises(RateLimitError) as raised:
            await client.complete("Hello", max_retries=0)
    error = raised.value
    assert (error.limit, error.platform, error.limit_requests, error.remaining) == ("minute", True, 1, 0)
    assert error.resets_at == datetime.fromtimestamp(START + 60, UTC)


def test_without_a_limit_the_clock_is_not_read() -> None:
    def never() -> float:
        raise AssertionError

    with FakeOpenRouter(clock=never).http() as service:
        assert ask(service).status_code == 200


def test_without_a_clock_the_minutes_are_those_of_the_day() -> None:
    with FakeOpenRouter(requests_per_minute=1).http() as service:
        over = next(reply for reply in (ask(service) for _ in range(5)) if reply.status_code == 429)
    resets_at = int(over.headers["x-ratelimit-reset"]) / 1000
    assert resets_at % 60 == 0
    assert resets_at > START - 365 * 86400


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"requests_per_minute": 0}, "requests_per_minute is 0; it has to be a whole number, 1 or more, or None"),
        ({"requests_per_minute": True}, "requests_per_minute is True"),
        ({"requests_per_minute": 2.5}, "requests_per_minute is 2.5"),
        ({"clock": 5}, "clock is of type int. Give a function"),
    ],
)
def test_a_limit_that_cannot_be_is_refused(arguments: Any, said: str) -> None:
    with pytest.raises(InvalidArgumentError) as raised:
        FakeOpenRouter(**arguments)
    assert str(raised.value).startswith(said)
