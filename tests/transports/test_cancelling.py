"""A cancelled task gives its place back, and leaves no connection open, however far it had come."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable

import anyio
import pytest
from anyio.to_thread import run_sync

from openrouter import AsyncClient
from tests.transports.kinds import KEY
from tests.transports.raw_server import (
    EVENTS,
    RawServer,
    chunked,
    deaf,
    never_shake_hands,
    say,
    silent,
    whole,
)


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - cheaper than paths


async def complete(client: AsyncClient) -> None:
    await client.complete("Hi")


async def stream(client: AsyncClient) -> None:
    async with client.stream("Hi") as chunks:
        async for _ in chunks:
            pass


async def stream_barely(client: AsyncClient) -> None:
    chunks: AsyncIterator[object] = aiter(client.stream("Hi"))
    async for _ in chunks:
        pass


async def cancel_while_waiting(
    work: Callable[[AsyncClient], Awaitable[None]], client: AsyncClient, server: RawServer
) -> None:
    """Cancel some work when it waits for the server, and see that the only place and its connection are free again."""
    async with anyio.create_task_group() as group:
        group.start_soon(work, client)
        while server.accepted == 0:
            await anyio.lowlevel.checkpoint()
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    await run_sync(server.wait_for_ends, 1)
    assert (await client.complete("Hi")).text == "Good."


CASES = {
    "headers": (silent, complete),
    "headers of a stream": (silent, stream),
    "body": (say(whole(b" ", length=100)), complete),
    "first event": (say(chunked(b": alive\n\n", end=b"")), stream),
    "next event": (say(chunked(EVENTS[:-16], end=b"")), stream),
    "next event, bare": (say(chunked(EVENTS[:-16], end=b"")), stream_barely),
    "rest": (say(chunked(EVENTS, end=b"")), stream),
}


@pytest.mark.anyio
@pytest.mark.parametrize(("script", "work"), CASES.values(), ids=CASES)
async def test_while_waiting_for(script: Callable[..., object], work: Callable[[AsyncClient], Awaitable[None]]) -> None:
    with RawServer(script) as server:
        async with AsyncClient(api_key=KEY, base_url=server.url, max_connections=1) as client:
            await cancel_while_waiting(work, client, server)
            assert server.accepted == 2


@pytest.mark.anyio
@pytest.mark.usefixtures("trusted")
async def test_while_shaking_hands(server_tls: ssl.SSLContext) -> None:
    with RawServer(never_shake_hands, tls=server_tls) as server:
        async with AsyncClient(api_key=KEY, base_url=server.url, max_connections=1) as client:
            await cancel_while_waiting(complete, client, server)


@pytest.mark.anyio
async def test_while_connecting() -> None:
    with deaf() as address:
        async with AsyncClient(api_key=KEY, base_url=address, max_connections=1) as client:
            before = descriptors()
            for _ in range(3):
                async with anyio.create_task_group() as group:
                    group.start_soon(complete, client)
                    await anyio.wait_all_tasks_blocked()
                    assert descriptors() == before + 1
                    group.cancel_scope.cancel()
                assert descriptors() == before


@pytest.mark.parametrize(
    "script",
    [silent, say(chunked(EVENTS[:-16], end=b"")), say(chunked(EVENTS))],
    ids=["silent", "cut", "good"],
)
@pytest.mark.parametrize("work", [complete, stream])
def test_asyncio_may_cancel_a_task_twice(
    script: Callable[..., object], work: Callable[[AsyncClient], Awaitable[None]]
) -> None:
    """The second one comes at each moment of the closing."""

    async def main(server: RawServer, steps: int) -> None:
        async with AsyncClient(api_key=KEY, base_url=server.url, max_connections=1, max_retries=0) as client:
            task = asyncio.ensure_future(asyncio.wait_for(work(client), None))  # type: ignore[arg-type]
            while server.accepted == 0:  # noqa: ASYNC110 - the server is in another thread
                await asyncio.sleep(0)
            await anyio.wait_all_tasks_blocked()
            task.cancel()
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            task.cancelled() or task.exception()
            assert (await client.complete("Hi", deadline=5)).text == "Good."
        server.wait_for_ends(server.accepted)

    for steps in range(5):
        with RawServer(script) as server:
            asyncio.run(main(server, steps))
