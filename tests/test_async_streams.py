"""What only a stream of the awaiting client has: cancellation, async callbacks, and an event loop that collects it."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import AsyncIterator

import anyio
import httpx
import pytest
from anyio.lowlevel import checkpoint

from openrouter import AsyncClient, AuthenticationError, Chunk
from openrouter.core.errors import ClosedStreamError
from openrouter.testing import ErrorReply, FakeOpenRouter, FakeTransport, RawReply, TextReply
from tests.injected_time import InjectedTime, awaiting_client
from tests.stream_kinds import ANSWER, EVENTS

pytestmark = pytest.mark.anyio


@pytest.fixture
def fake() -> FakeOpenRouter:
    return FakeOpenRouter(respond=lambda _: TextReply("Once upon a time"))


@pytest.fixture
def transport(fake: FakeOpenRouter) -> FakeTransport:
    return fake.transport()


@pytest.fixture
async def client(transport: FakeTransport) -> AsyncIterator[AsyncClient]:
    async with httpx.AsyncClient(transport=transport) as http:
        yield awaiting_client(InjectedTime(), http=http)


async def test_a_cancelled_loop_gives_the_connection_back_at_once(
    client: AsyncClient, transport: FakeTransport
) -> None:
    with anyio.CancelScope() as scope:
        async with client.stream("Hi") as stream:
            async for _ in stream:
                scope.cancel()
                await checkpoint()
    assert scope.cancelled_caught
    assert transport.open_bodies == 0
    assert (client.totals.abandoned, client.totals.requests) == (1, 1)


async def test_a_stream_whose_next_piece_was_given_up_is_over_and_says_so(
    client: AsyncClient, fake: FakeOpenRouter, transport: FakeTransport
) -> None:
    """To wait for a piece for a while only is a cancellation, after which a stream must not seem to have ended."""
    fake.add(RawReply(200, EVENTS, [b"data: " + ANSWER + b"\n\n"] * 2, pause=60))
    stream = client.stream("Hi")
    first = await anext(stream)
    with anyio.move_on_after(0.01) as waiting:
        await anext(stream)
    assert waiting.cancelled_caught
    assert transport.open_bodies == 0
    with pytest.raises(ClosedStreamError, match="failed before its end") as raised:
        _ = [chunk async for chunk in stream]
    assert raised.value.partial is not None
    assert (first.text, raised.value.partial.text) == ("x", "x")


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


async def test_callbacks_may_be_async_functions(client: AsyncClient, fake: FakeOpenRouter) -> None:
    fake.add(RawReply(200, EVENTS, [b": 1\n\n", b": 2\n\n", b"data: " + ANSWER + b"\n\n"]))
    seen: list[object] = []

    async def on_chunk(chunk: Chunk) -> None:
        await checkpoint()
        seen.append(chunk)

    async def on_keepalive() -> None:
        await checkpoint()
        seen.append("alive")

    chunks = [chunk async for chunk in client.stream("Hi", on_chunk=on_chunk, on_keepalive=on_keepalive)]
    assert seen == ["alive", "alive", *chunks]


@pytest.mark.parametrize("option", ["on_chunk", "on_keepalive"])
async def test_an_error_of_an_async_callback_comes_out_as_it_is_and_closes_the_stream(
    option: str, client: AsyncClient, fake: FakeOpenRouter, transport: FakeTransport
) -> None:
    async def callback(*_: object) -> None:
        await checkpoint()
        raise LookupError

    fake.add(RawReply(200, EVENTS, [b": 1\n\n", b"data: " + ANSWER + b"\n\n"]))
    with pytest.raises(LookupError):
        async for _ in client.stream("Hi", **{option: callback}):  # type: ignore[arg-type]  # one of two names
            pass
    assert transport.open_bodies == 0
    assert len(fake.requests) == 1
    assert (client.totals.failures, client.totals.abandoned) == (0, 1)


async def test_a_task_that_is_cancelled_while_it_enters_gives_everything_back(
    client: AsyncClient, fake: FakeOpenRouter, transport: FakeTransport
) -> None:
    fake.add(TextReply("late", delay=60))
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
