"""Our clients under every fault, in process and over a socket: the same text or error, and the place given back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Literal

import pytest

from openrouter import (
    APIConnectionError,
    APITimeoutError,
    AsyncClient,
    OpenRouterError,
    Policy,
    Retry,
    SyncClient,
)
from openrouter.testing import (
    ClosedWhenIdle,
    Comments,
    FakeOpenRouter,
    RecordedRequest,
    ResetWhenIdle,
    TextReply,
    Unreachable,
)
from openrouter.testing.replies import Reply
from tests.testing.fault_cases import CASES, PROMPT, Broken, Case

Way = Literal["in process", "over a socket"]
WAYS: tuple[Way, ...] = ("in process", "over a socket")


def patience(case: Case) -> float:
    """Give the time-out in seconds: short where it has to be waited for, which it has over a socket."""
    times_out = isinstance(case.whole, Broken) and case.whole.clock is not None
    return 0.2 if times_out else 10.0


every_case = pytest.mark.parametrize("name", CASES)
every_way = pytest.mark.parametrize("way", WAYS)
whole_or_stream = pytest.mark.parametrize("form", ["whole", "stream"])


def policy(max_retries: int = 0) -> Policy:
    return Policy(retry=Retry(max_retries=max_retries, base=0.0))


@contextmanager
def blocking(fake: FakeOpenRouter, way: Way, max_retries: int = 0) -> Iterator[SyncClient]:
    """Give a client with one place only, and look that all is given back."""
    if way == "in process":
        with fake.sync_client(policy=policy(max_retries), max_connections=1) as client:
            yield client
        return
    with fake.serve() as server:
        with SyncClient(api_key="k", base_url=server.url, policy=policy(max_retries), max_connections=1) as client:
            yield client
        server.wait_for_connections(0)


@asynccontextmanager
async def awaiting(fake: FakeOpenRouter, way: Way, max_retries: int = 0) -> AsyncIterator[AsyncClient]:
    """Give a client with one place only, and look that all is given back."""
    if way == "in process":
        async with fake.async_client(policy=policy(max_retries), max_connections=1) as client:
            yield client
        return
    with fake.serve() as server:
        url = server.url
        async with AsyncClient(api_key="k", base_url=url, policy=policy(max_retries), max_connections=1) as client:
            yield client
        server.wait_for_connections(0)


def check(fake: FakeOpenRouter, case: Case, expected: str | Broken, found: str | OpenRouterError) -> None:
    if isinstance(expected, str):
        assert found == expected
    else:
        assert type(found) is expected.error
        assert (found.partial.text if found.partial else None) == expected.partial
        assert getattr(found, "clock", None) == expected.clock
    struck, after = fake.exchanges
    assert case.fault in (struck.fault, struck.reply)
    assert struck.answer is not None
    assert struck.answer.cost == case.cost
    assert after.fault is None


def streamed(client: SyncClient, prompt: str, timeout: float = 10.0) -> str:
    return "".join(chunk.text for chunk in client.stream(prompt, timeout=timeout))


@every_case
@every_way
@whole_or_stream
def test_a_blocking_client_gets_the_text_or_the_error(name: str, way: Way, form: str) -> None:
    case = CASES[name]
    fake = FakeOpenRouter([case.fault])
    with blocking(fake, way) as client:
        found: str | OpenRouterError
        try:
            if form == "stream":
                found = streamed(client, PROMPT, patience(case))
            else:
                found = client.complete(PROMPT, timeout=patience(case)).text or ""
        except OpenRouterError as error:
            found = error
        assert client.generate_text("Again") == "This is a simulated reply to: Again"
    check(fake, case, case.stream if form == "stream" else case.whole, found)


@every_case
@every_way
@whole_or_stream
@pytest.mark.anyio
async def test_an_async_client_gets_the_text_or_the_error(name: str, way: Way, form: str) -> None:
    case = CASES[name]
    fake = FakeOpenRouter([case.fault])
    async with awaiting(fake, way) as client:
        found: str | OpenRouterError
        try:
            if form == "stream":
                async with client.stream(PROMPT, timeout=patience(case)) as stream:
                    found = "".join([chunk.text async for chunk in stream])
            else:
                found = (await client.complete(PROMPT, timeout=patience(case))).text or ""
        except OpenRouterError as error:
            found = error
        assert await client.generate_text("Again") == "This is a simulated reply to: Again"
    check(fake, case, case.stream if form == "stream" else case.whole, found)


def endless_for_the_prompt(request: RecordedRequest) -> Reply:
    """Not by number: on a busy machine, a clock runs out before its request is even sent."""
    answer = TextReply("Here again.")
    return Comments(pause=0.001).on(answer) if request.payload["messages"][0]["content"] == PROMPT else answer


@every_way
def test_keep_alives_for_ever_end_at_the_clocks_of_a_blocking_client(way: Way) -> None:
    fake = FakeOpenRouter(respond=endless_for_the_prompt)
    with blocking(fake, way) as client:
        with pytest.raises(APITimeoutError) as whole:
            client.complete(PROMPT, timeout=0.05)
        with pytest.raises(APITimeoutError) as stalled:
            "".join(chunk.text for chunk in client.with_options(stall_timeout=0.05).stream(PROMPT))
        with pytest.raises(APITimeoutError) as ended:
            "".join(chunk.text for chunk in client.stream(PROMPT, deadline=0.05))
        assert client.generate_text("Again") == "Here again."
    assert [error.value.clock for error in (whole, stalled, ended)] == ["total", "stall", "deadline"]


@every_way
@pytest.mark.anyio
async def test_keep_alives_for_ever_end_at_the_clocks_of_an_async_client(way: Way) -> None:
    fake = FakeOpenRouter(respond=endless_for_the_prompt)
    async with awaiting(fake, way) as client:
        with pytest.raises(APITimeoutError) as whole:
            await client.complete(PROMPT, timeout=0.05)
        with pytest.raises(APITimeoutError) as stalled:
            async with client.with_options(stall_timeout=0.05).stream(PROMPT) as stream:
                await anext(aiter(stream))
        assert await client.generate_text("Again") == "Here again."
    assert [error.value.clock for error in (whole, stalled)] == ["total", "stall"]


def test_in_process_nothing_can_be_reached_and_the_client_tries_again() -> None:
    fake = FakeOpenRouter([Unreachable()])
    with blocking(fake, "in process", max_retries=1) as client:
        reply = client.complete("Hello")
    assert reply.text == "This is a simulated reply to: Hello"
    assert [exchange.answer.cost > 0 for exchange in fake.exchanges if exchange.answer] == [False, True]


def test_over_a_socket_what_cannot_be_reached_is_reset() -> None:
    fake = FakeOpenRouter([Unreachable()])
    with blocking(fake, "over a socket", max_retries=1) as client, pytest.raises(APIConnectionError) as raised:
        client.complete("Hello")
    assert raised.value.phase == "receive"
    assert [exchange.answer.cost for exchange in fake.exchanges if exchange.answer] == [0]


@pytest.mark.usefixtures("slow_machine")
@pytest.mark.parametrize("fault", [ClosedWhenIdle(), ResetWhenIdle()], ids=repr)
def test_over_a_socket_a_connection_that_ended_while_it_was_idle_harms_no_blocking_client(
    fault: ClosedWhenIdle | ResetWhenIdle,
) -> None:
    fake = FakeOpenRouter([fault, fault])
    with blocking(fake, "over a socket", max_retries=1) as client:
        texts = [client.generate_text("one"), streamed(client, "two"), client.generate_text("three")]
    assert [text.rpartition(" ")[2] for text in texts] == ["one", "two", "three"]
    assert len(fake.requests) == 3


@pytest.mark.usefixtures("slow_machine")
@pytest.mark.parametrize("fault", [ClosedWhenIdle(), ResetWhenIdle()], ids=repr)
@pytest.mark.anyio
async def test_over_a_socket_a_connection_that_ended_while_it_was_idle_harms_no_async_client(
    fault: ClosedWhenIdle | ResetWhenIdle,
) -> None:
    fake = FakeOpenRouter([fault, fault])
    async with awaiting(fake, "over a socket", max_retries=1) as client:
        texts = [await client.generate_text(word) for word in ("one", "two", "three")]
    assert [text.rpartition(" ")[2] for text in texts] == ["one", "two", "three"]
    assert len(fake.requests) == 3


@pytest.mark.usefixtures("slow_machine")
def test_a_connection_that_is_reset_when_idle_is_a_fresh_start_each_time() -> None:
    fake = FakeOpenRouter([ResetWhenIdle()])
    with fake.serve() as server, SyncClient(api_key="k", base_url=server.url, policy=policy(1)) as client:
        client.complete("one")
        reply = client.complete("two")
        assert server.accepted == 2
    assert reply.http is not None
    assert reply.http.attempts == 2


def test_in_process_the_request_after_one_whose_connection_broke_is_not_seen() -> None:
    fake = FakeOpenRouter([ResetWhenIdle()])
    with blocking(fake, "in process") as client:
        assert client.generate_text("one") == "This is a simulated reply to: one"
        with pytest.raises(APIConnectionError):
            client.generate_text("two")
        assert client.generate_text("three") == "This is a simulated reply to: three"
    assert len(fake.requests) == 2
