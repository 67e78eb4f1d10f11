"""A stream on the awaiting client: when it sends, what it shows, and when it gives its connection back."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable

import anyio
import httpx
import pytest
from anyio.lowlevel import checkpoint

from openrouter import AsyncClient, AsyncStream, AuthenticationError, Chunk, ProviderError
from openrouter.testing import ErrorReply, FakeOpenRouter, FakeTransport, MidStreamError, RawReply, TextReply
from tests.injected_time import InjectedTime, awaiting_client

pytestmark = pytest.mark.anyio

WORDS = TextReply("Once upon a time", reasoning="Let me think")
EVENTS = {"Content-Type": "text/event-stream"}
ANSWER = b'{"id":"gen-1","choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}]}'


@pytest.fixture
def fake() -> FakeOpenRouter:
    return FakeOpenRouter(respond=lambda _: WORDS)


@pytest.fixture
def transport(fake: FakeOpenRouter) -> FakeTransport:
    return fake.transport()


@pytest.fixture
def clock() -> InjectedTime:
    return InjectedTime()


@pytest.fixture
async def client(transport: FakeTransport, clock: InjectedTime) -> AsyncIterator[AsyncClient]:
    async with httpx.AsyncClient(transport=transport) as http:
        yield awaiting_client(clock, http=http)


async def test_nothing_is_sent_before_the_first_iteration(client: AsyncClient, fake: FakeOpenRouter) -> None:
    stream = client.stream("Hi")
    assert (fake.requests, stream.completion, stream.http, stream.generation_id) == ([], None, None, None)
    await anext(aiter(stream))
    assert len(fake.requests) == 1
    await stream.aclose()


async def test_entering_sends_and_iterating_goes_on(client: AsyncClient, fake: FakeOpenRouter) -> None:
    async with client.stream("Hi") as stream:
        assert len(fake.requests) == 1
        assert stream.http is not None
        assert stream.http.status_code == 200
        assert stream.completion is None
        text = "".join([chunk.text async for chunk in stream])
    assert text == "Once upon a time"
    assert len(fake.requests) == 1


async def test_entering_a_stream_that_was_begun_loses_no_chunk(client: AsyncClient) -> None:
    stream = client.stream_text("Hi")
    first = await anext(aiter(stream))
    async with stream, stream:
        rest = [piece async for piece in stream]
    assert [first, *rest] == ["Once", " upon", " a", " time"]


async def test_iterating_again_goes_on_where_it_stopped(client: AsyncClient) -> None:
    pieces: list[str] = []
    async with client.stream_text("Hi") as stream:
        async for piece in stream:
            pieces.append(piece)
            break
        pieces.extend([piece async for piece in stream])
    assert pieces == ["Once", " upon", " a", " time"]
    assert [piece async for piece in stream] == []


async def test_times_are_those_of_the_clock(client: AsyncClient, clock: InjectedTime) -> None:
    async with client.stream_text("Hi") as stream:
        clock.passed += 2
        await anext(aiter(stream))
        assert (stream.first_token_after, stream.latency) == (2.0, None)
        async for _ in stream:
            clock.passed += 0.5
    assert (stream.first_token_after, stream.latency) == (2.0, 3.5)
    assert stream.completion is not None
    assert stream.completion.text == "Once upon a time"


async def leave_by_break(stream: AsyncStream[Chunk]) -> None:
    async with stream:
        async for _ in stream:
            break


async def leave_by_exception(stream: AsyncStream[Chunk]) -> None:
    with pytest.raises(LookupError):  # noqa: PT012 - leaving is what matters
        async with stream:
            async for _ in stream:
                raise LookupError


async def leave_by_return(stream: AsyncStream[Chunk]) -> object:
    async with stream:
        async for chunk in stream:
            return chunk
    return None


async def leave_by_closing(stream: AsyncStream[Chunk]) -> None:
    await anext(aiter(stream))
    await stream.close()
    await stream.aclose()


async def leave_without_reading(stream: AsyncStream[Chunk]) -> None:
    async with stream:
        pass


async def leave_by_cancellation(stream: AsyncStream[Chunk]) -> None:
    with anyio.CancelScope() as scope:
        async with stream:
            async for _ in stream:
                scope.cancel()
                await checkpoint()
    assert scope.cancelled_caught


WAYS_OUT = [
    leave_by_break,
    leave_by_exception,
    leave_by_return,
    leave_by_closing,
    leave_without_reading,
    leave_by_cancellation,
]


@pytest.mark.parametrize("leave", WAYS_OUT)
async def test_leaving_gives_the_connection_back_at_once(
    leave: Callable[[AsyncStream[Chunk]], Awaitable[object]], client: AsyncClient, transport: FakeTransport
) -> None:
    stream = client.stream("Hi")
    await leave(stream)
    assert transport.open_bodies == 0
    assert [chunk async for chunk in stream] == []
    assert (client.totals.abandoned, client.totals.requests) == (1, 1)


@pytest.mark.filterwarnings("ignore:Async generator 'openrouter:ResourceWarning")  # trio tells of it, as it should
async def test_a_bare_loop_that_is_left_is_closed_by_the_event_loop(
    client: AsyncClient, transport: FakeTransport
) -> None:
    async for chunk in client.stream("Hi"):
        assert (chunk.model, transport.open_bodies) == ("openrouter/simulated", 1)
        break
    gc.collect()
    with anyio.fail_after(5):
        while transport.open_bodies:
            await checkpoint()
    assert client.totals.abandoned == 1


async def test_more_streams_are_left_than_there_are_connections(fake: FakeOpenRouter) -> None:
    with fake.serve() as server:
        async with AsyncClient(api_key="sk-test", base_url=server.url, max_connections=2) as client:
            for _ in range(5):
                async with client.stream("Hi", deadline=5) as stream:
                    async for chunk in stream:
                        assert chunk.choices
                        break
            assert await client.generate_text("Hi", deadline=5) == "Once upon a time"


async def test_streams_that_are_read_to_their_end_share_a_connection(fake: FakeOpenRouter) -> None:
    with fake.serve() as server:
        async with AsyncClient(api_key="sk-test", base_url=server.url) as client:
            for _ in range(3):
                assert "".join([piece async for piece in client.stream_text("Hi")]) == "Once upon a time"
            assert server.accepted == 1


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_callbacks_see_each_chunk_and_each_sign_of_life(
    asynchronous: bool,  # noqa: FBT001 - a case
    client: AsyncClient,
    fake: FakeOpenRouter,
) -> None:
    fake.add(RawReply(200, EVENTS, [b": 1\n\n", b": 2\n\n: 3\n\n", b"data: " + ANSWER + b"\n\n", b"data: [DONE]\n\n"]))
    seen: list[object] = []

    async def on_chunk(chunk: Chunk) -> None:
        await checkpoint()
        seen.append(chunk)

    async def on_keepalive() -> None:
        await checkpoint()
        seen.append("alive")

    if asynchronous:
        stream = client.stream("Hi", on_chunk=on_chunk, on_keepalive=on_keepalive)
    else:
        stream = client.stream("Hi", on_chunk=seen.append, on_keepalive=lambda: seen.append("alive"))
    chunks = [chunk async for chunk in stream]
    assert seen == ["alive", "alive", "alive", *chunks]


@pytest.mark.parametrize("option", ["on_chunk", "on_keepalive"])
@pytest.mark.parametrize("error", [LookupError("mine"), ProviderError("of another request")])
async def test_an_error_of_a_callback_comes_out_as_it_is_and_closes_the_stream(
    option: str, error: Exception, client: AsyncClient, fake: FakeOpenRouter, transport: FakeTransport
) -> None:
    async def callback(*_: object) -> None:
        await checkpoint()
        raise error

    with pytest.raises(type(error)) as raised:
        async for _ in client.stream("Hi", **{option: callback}):  # type: ignore[arg-type]  # one of two names
            pass
    assert raised.value is error
    assert vars(raised.value).get("model") is None
    assert transport.open_bodies == 0
    assert len(fake.requests) == 1
    assert (client.totals.failures, client.totals.abandoned) == (0, 1)


async def test_a_failed_stream_is_over(client: AsyncClient, fake: FakeOpenRouter, transport: FakeTransport) -> None:
    fake.add(MidStreamError(2))
    stream = client.stream_text("Hi")
    with pytest.raises(ProviderError) as raised:
        async for _ in stream:
            pass
    assert raised.value.partial is not None
    assert raised.value.partial.text == "This is"
    assert stream.completion == raised.value.partial
    assert [piece async for piece in stream] == []
    assert transport.open_bodies == 0


async def test_a_task_that_is_cancelled_while_it_enters_gives_everything_back(
    client: AsyncClient, fake: FakeOpenRouter, transport: FakeTransport
) -> None:
    fake.add(TextReply("late", delay=3600))
    async with anyio.create_task_group() as group:

        async def enter() -> None:
            async with client.stream("Hi"):
                pass

        group.start_soon(enter)
        with anyio.fail_after(5):
            while not fake.requests:
                await checkpoint()
        group.cancel_scope.cancel()
    assert transport.open_bodies == 0
    assert client.totals.abandoned == 1


async def test_a_refusal_of_a_stream_through_an_httpx_client() -> None:
    async with FakeOpenRouter([ErrorReply(401, "Who?")]).async_client() as client:
        with pytest.raises(AuthenticationError, match="Who"):
            async with client.stream("Hi"):
                pass


@pytest.mark.parametrize("leaves", [True, False])
async def test_a_stream_left_bare_is_closed_without_a_word_at_the_end_of_the_loop(leaves: bool) -> None:  # noqa: FBT001 - a case
    """The loop closes every generator that it knows at once, in any order."""
    script = SCRIPT.format(leave="break" if leaves else "pass")
    with FakeOpenRouter().serve() as server:
        environment = {**os.environ, "OPENROUTER_API_KEY": "k", "OPENROUTER_BASE_URL": server.url}
        ended = await anyio.run_process([sys.executable, "-W", "error", "-c", script], env=environment, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")


SCRIPT = """
import asyncio
from openrouter import AsyncClient

async def main():
    client = AsyncClient()
    stream = client.stream("Tell me of rivers, at some length.")
    async for chunk in stream:
        {leave}

asyncio.run(main())
"""
