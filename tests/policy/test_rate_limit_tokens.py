"""A limit on tokens per minute counts the estimate until the reply says what it really was, through the clients."""

from __future__ import annotations

import pytest

from openrouter import Policy, RateLimit, Retry
from openrouter.testing import ErrorReply, FakeOpenRouter, TextReply
from tests.injected_time import InjectedTime, awaiting_client, blocking_client

SMALL = TextReply("one two", usage={"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15})
LARGE = TextReply("one two", usage={"prompt_tokens": 10, "completion_tokens": 990, "total_tokens": 1000})


def policy() -> Policy:
    return Policy(retry=Retry(random=lambda: 0.0), rate_limit=RateLimit(tokens_per_minute=1000))


@pytest.mark.parametrize(("reply", "waits"), [(SMALL, False), (LARGE, True)])
def test_what_a_reply_really_took_replaces_the_estimate(reply: TextReply, *, waits: bool) -> None:
    clock = InjectedTime()
    with FakeOpenRouter(respond=lambda _: reply).http() as http:
        client = blocking_client(clock, policy=policy(), http=http)
        for _ in range(2):
            # Two estimates of more than 600 are more than the limit: only what was settled lets the second go.
            client.complete("Hi", model="a/b", max_tokens=600, deadline=1000)
    assert clock.passed == pytest.approx(60 if waits else 0)


@pytest.mark.anyio
@pytest.mark.parametrize(("reply", "waits"), [(SMALL, False), (LARGE, True)])
async def test_the_same_for_streams_and_tasks(reply: TextReply, *, waits: bool) -> None:
    clock = InjectedTime()
    async with FakeOpenRouter(respond=lambda _: reply).async_http() as http:
        client = awaiting_client(clock, policy=policy(), http=http)
        for _ in range(2):
            async for _ in client.stream("Hi", model="a/b", max_tokens=600, deadline=1000):
                pass
    assert clock.passed == pytest.approx(60 if waits else 0)


def test_a_stream_that_is_left_early_keeps_its_estimate() -> None:
    clock = InjectedTime()
    with FakeOpenRouter(respond=lambda _: SMALL).http() as http:
        client = blocking_client(clock, policy=policy(), http=http)
        with client.stream("Hi", model="a/b", max_tokens=600) as stream:
            next(iter(stream))
        client.complete("Hi", model="a/b", max_tokens=600, deadline=1000)
    assert clock.passed == pytest.approx(60)


def test_a_refused_request_took_nothing() -> None:
    clock = InjectedTime()
    with FakeOpenRouter([ErrorReply(503, "Busy.")], respond=lambda _: SMALL).http() as http:
        client = blocking_client(clock, policy=policy(), http=http)
        client.complete("Hi", model="a/b", max_tokens=600)
    assert clock.passed == 0
