"""Streams that fail: what is sent again, what is raised, and what had arrived by then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve, frozen

from openrouter import (
    APITimeoutError,
    AsyncClient,
    OpenRouterError,
    ProviderError,
    ResponseError,
    StreamInterruptedError,
    SyncClient,
)
from openrouter.testing import FakeOpenRouter, MidStreamError, RawReply, TextReply
from openrouter.testing.replies import Reply
from tests.injected_time import InjectedTime, awaiting_client, blocking_client

pytestmark = pytest.mark.anyio

EVENTS = {"Content-Type": "text/event-stream", "X-Generation-Id": "gen-9"}
ONCE = b'data: {"id":"gen-9","provider":"P","choices":[{"index":0,"delta":{"content":"Once"}}]}\n\n'
ALIVE = b": OPENROUTER PROCESSING\n\n"


@frozen(kw_only=True)
class Seen:
    """What a caller saw of a stream that failed."""

    texts: list[str]
    error: OpenRouterError
    requests: int
    waits: list[float]
    failures: int


Passing = Callable[[InjectedTime], None]


def nothing(_: InjectedTime) -> None:
    """Let no time pass."""


async def fail(*replies: Reply, respond: Reply | None = None, on_keepalive: Passing = nothing, **options: Any) -> Seen:
    """Run a stream to its failure on both clients, and make sure that both see the same."""
    last = respond or TextReply("never to be seen")
    blocked = block(FakeOpenRouter(replies, respond=lambda _: last), on_keepalive, options)
    awaited = await wait(FakeOpenRouter(replies, respond=lambda _: last), on_keepalive, options)
    assert evolve(blocked, error=awaited.error) == awaited
    assert type(blocked.error) is type(awaited.error)
    assert blocked.error.message == awaited.error.message
    assert blocked.error.partial == awaited.error.partial
    return awaited


def block(fake: FakeOpenRouter, on_keepalive: Passing, options: dict[str, Any]) -> Seen:
    clock, texts = InjectedTime(), list[str]()
    with fake.serve() as server, blocking_client(clock, base_url=server.url) as client:
        with pytest.raises(OpenRouterError) as raised:  # noqa: PT012 - reading is what fails
            for chunk in client.stream("Hi", on_keepalive=lambda: on_keepalive(clock), **options):
                texts.append(chunk.text)
        return seen(client, fake, clock, texts, raised.value)


async def wait(fake: FakeOpenRouter, on_keepalive: Passing, options: dict[str, Any]) -> Seen:
    clock, texts = InjectedTime(), list[str]()
    with fake.serve() as server:
        async with awaiting_client(clock, base_url=server.url) as client:
            with pytest.raises(OpenRouterError) as raised:  # noqa: PT012 - reading is what fails
                async for chunk in client.stream("Hi", on_keepalive=lambda: on_keepalive(clock), **options):
                    texts.append(chunk.text)
            return seen(client, fake, clock, texts, raised.value)


def seen(
    client: SyncClient | AsyncClient,
    fake: FakeOpenRouter,
    clock: InjectedTime,
    texts: list[str],
    error: OpenRouterError,
) -> Seen:
    failures = client.totals.failures
    return Seen(texts=texts, error=error, requests=len(fake.requests), waits=clock.waits, failures=failures)


async def test_an_error_in_the_middle_raises_with_what_had_arrived() -> None:
    result = await fail(MidStreamError(2, message="Gone"))
    assert isinstance(result.error, ProviderError)
    assert (result.texts, result.requests, result.waits, result.failures) == (["This", " is"], 1, [], 1)
    assert result.error.partial is not None
    assert result.error.partial.text == "This is"
    assert (result.error.status_code, result.error.error_type) == (502, "provider_unavailable")
    assert result.error.generation_id == result.error.partial.id


async def test_a_cut_raises_with_what_had_arrived() -> None:
    result = await fail(RawReply(200, {**EVENTS, "Content-Length": "999"}, [ONCE]))
    assert isinstance(result.error, StreamInterruptedError)
    assert (result.texts, result.requests, result.waits, result.failures) == (["Once"], 1, [], 1)
    assert result.error.partial is not None
    assert (result.error.partial.text, result.error.generation_id) == ("Once", "gen-9")
    assert result.error.status_code == 200
    assert result.error.__cause__ is not None


async def test_an_end_without_a_reason_raises() -> None:
    result = await fail(RawReply(200, EVENTS, [ONCE]))
    assert isinstance(result.error, StreamInterruptedError)
    assert (result.texts, result.requests) == (["Once"], 1)
    assert "neither a finish reason nor [DONE]" in str(result.error)


async def test_an_end_without_an_answer_is_not_sent_again() -> None:
    result = await fail(RawReply(200, EVENTS, [b"data: [DONE]\n\n"]))
    assert isinstance(result.error, ResponseError)
    assert (result.texts, result.requests) == ([], 1)


async def test_silence_raises_after_the_idle_time() -> None:
    for seconds in (0.1, 1.0, 10.0):  # more where a busy machine let it run out before the first chunk was there
        result = await fail(RawReply(200, EVENTS, [ONCE, ONCE], pause=3600), timeout=seconds)
        if result.texts:
            break
    assert isinstance(result.error, APITimeoutError)
    assert (result.error.clock, result.texts, result.requests, result.waits) == ("idle", ["Once"], 1, [])
    assert f"{seconds:g} s" in str(result.error)
    assert result.error.partial is not None
    assert result.error.partial.text == "Once"


async def test_signs_of_life_alone_raise_after_the_stall_time() -> None:
    def half_the_stall_time(clock: InjectedTime) -> None:
        clock.passed += 300

    # So many that they cannot all come together, however slow the reader.
    alive = RawReply(200, EVENTS, [ALIVE, ONCE, *[ALIVE] * 100], pause=0.005)
    result = await fail(alive, on_keepalive=half_the_stall_time)
    assert isinstance(result.error, APITimeoutError)
    assert (result.error.clock, result.texts, result.requests, result.waits) == ("stall", ["Once"], 1, [])
    assert "(clock stall: 600 s, set by `stall_timeout=`)" in str(result.error)
    assert result.error.partial is not None


async def test_what_fails_before_the_first_chunk_is_sent_again_until_the_tries_are_used_up() -> None:
    busy = b'data: {"error":{"code":503,"message":"Busy","metadata":{"error_type":"provider_overloaded"}}}\n\n'
    result = await fail(respond=RawReply(200, EVENTS, [ALIVE, busy]))
    assert isinstance(result.error, ProviderError)
    assert (result.texts, result.requests, result.waits, result.failures) == ([], 3, [0.25, 0.5], 1)
    assert (result.error.attempts, result.error.status_code) == (3, 503)
