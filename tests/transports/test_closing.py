"""Closing closes: at once, at the end of a loop, and for clients that nobody holds any more."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import weakref
from threading import Event, Thread, main_thread
from typing import Any

import anyio
import pytest
from anyio.to_thread import run_sync

from openrouter import APIConnectionError, AsyncClient, ClosedClientError, SyncClient
from openrouter.testing import FakeOpenRouter
from tests.transports.kinds import KEY, Awaiting, Blocking, outgoing
from tests.transports.raw_server import (
    PATIENCE,
    RawServer,
    read_request,
    say_and_hang_up,
    wait_for_client,
    whole,
)

ODD = [
    b"",
    b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    b"ICY 200 OK\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n" + b"X: " + b"x" * 200_000 + b"\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    b"\x16\x03\x01",
]


def descriptors() -> int:
    gc.collect()
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - cheaper than paths


@pytest.mark.anyio
async def test_closing_closes_idle_connections(kind: type[Blocking | Awaiting]) -> None:
    with FakeOpenRouter().serve() as server:
        made = kind(server.url)
        await made.complete()
        await made.close()
        server.wait_for_connections(0)
        for work in (made.complete, made.stream):
            with pytest.raises(ClosedClientError):
                await work()
        await made.close()
        assert server.accepted == 1


@pytest.mark.anyio
async def test_a_client_may_be_closed_before_its_first_request(kind: type[Blocking | Awaiting]) -> None:
    made = kind("http://127.0.0.1:1/v1")
    await made.close()
    with pytest.raises(ClosedClientError):
        await made.complete()


@pytest.mark.anyio
async def test_a_derived_client_closes_nothing(kind: type[Blocking | Awaiting]) -> None:
    with FakeOpenRouter().serve() as server:
        made = kind(server.url)
        await made.complete()
        for _ in range(50):
            derived = made.client.with_options(model="other")
            await (derived.aclose() if isinstance(derived, AsyncClient) else anyio.lowlevel.checkpoint())
        await made.complete()
        assert (server.accepted, server.connections) == (1, 1)
        await made.close()


@pytest.mark.anyio
@pytest.mark.parametrize("http2", [False, True], ids=["pool", "stock"])
async def test_what_is_under_way_while_closing_ends_well_and_is_closed_then(
    http2: bool,  # noqa: FBT001 - a case
) -> None:
    with FakeOpenRouter().serve() as server:
        blocking = SyncClient(api_key=KEY, base_url=server.url, http2=http2)
        with blocking.stream_text("Hi") as stream:
            blocking.close()
            assert "".join(stream) == "This is a simulated reply to: Hi"
        server.wait_for_connections(0)
        awaiting = AsyncClient(api_key=KEY, base_url=server.url, http2=http2)
        async with awaiting.stream_text("Hi") as words:
            await awaiting.aclose()
            assert "".join([word async for word in words]) == "This is a simulated reply to: Hi"
        await run_sync(server.wait_for_connections, 0)


@pytest.mark.anyio
async def test_the_reprs_of_the_transports_count_what_they_have(kind: type[Blocking | Awaiting]) -> None:
    with FakeOpenRouter().serve() as server:
        made, proxied = kind(server.url, max_connections=5), kind(server.url, max_connections=5, http2=True)
        for one in (made, proxied):
            assert "unused" in repr(one.client.driver.transport)
            incoming = await one.send(outgoing(base_url=server.url))
            assert "1 of 5 in use, 0 waiting" in repr(one.client.driver.transport)
            await one.read(incoming)
            assert "0 of 5 in use, 0 waiting" in repr(one.client.driver.transport)
        assert repr(made.client.driver.transport).endswith("1 idle)")
        await made.close()
        await proxied.close()


@pytest.mark.anyio
async def test_a_task_that_queues_while_closing_is_told() -> None:
    with RawServer() as server:
        client = AsyncClient(api_key=KEY, base_url=server.url, max_connections=1)
        errors: list[BaseException] = []

        async def queue() -> None:
            with pytest.raises(ClosedClientError) as caught:
                await client.complete("Hi")
            errors.append(caught.value)

        async with anyio.create_task_group() as group, client.stream("Hi"):
            group.start_soon(queue)
            await anyio.wait_all_tasks_blocked()
            await client.aclose()
        assert len(errors) == server.accepted == 1


def test_a_thread_that_queues_while_closing_is_told() -> None:
    arrived, go, errors = Event(), Event(), list[BaseException]()

    def held(connection: Any) -> None:
        read_request(connection)
        arrived.set()
        go.wait(PATIENCE)
        connection.sendall(whole())

    def work() -> None:
        try:
            client.complete("Hi")
        except ClosedClientError as error:
            errors.append(error)

    with RawServer(held) as server, SyncClient(api_key=KEY, base_url=server.url, max_connections=1) as client:
        threads = [Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        assert arrived.wait(PATIENCE)
        client.close()
        go.set()
        for thread in threads:
            thread.join(PATIENCE)
        server.wait_for_ends(1)
        assert (len(errors), server.accepted) == (2, 1)


def test_an_interrupted_request_leaves_nothing_open() -> None:
    def interrupt(connection: Any) -> None:
        read_request(connection)
        signal.pthread_kill(main_thread().ident or 0, signal.SIGINT)
        wait_for_client(connection)

    with RawServer(interrupt) as server, SyncClient(api_key=KEY, base_url=server.url, max_connections=1) as client:
        with pytest.raises(KeyboardInterrupt):
            client.complete("Hi")
        server.wait_for_ends(1)
        assert client.complete("Hi").text == "Good."


def test_threads_may_send_while_another_closes() -> None:
    with FakeOpenRouter().serve() as server:
        for _ in range(20):
            client = SyncClient(api_key=KEY, base_url=server.url, max_connections=4)

            def work(client: SyncClient = client) -> None:
                try:
                    while True:
                        client.complete("Hi")
                except ClosedClientError:
                    pass

            threads = [Thread(target=work) for _ in range(6)]
            for thread in threads:
                thread.start()
            client.close()
            for thread in threads:
                thread.join(PATIENCE)
            server.wait_for_connections(0)


def test_a_blocking_client_that_is_dropped_takes_its_connections_along() -> None:
    with FakeOpenRouter().serve() as server:
        client = SyncClient(api_key=KEY, base_url=server.url)
        client.complete("Hi")
        assert server.connections == 1
        del client
        gc.collect()
        server.wait_for_connections(0)


@pytest.mark.anyio
async def test_an_awaiting_client_that_is_dropped_takes_its_connections_along() -> None:
    with FakeOpenRouter().serve() as server:
        client = AsyncClient(api_key=KEY, base_url=server.url)
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(client.generate_text, "Hi")
        assert server.connections > 0
        del client
        gc.collect()
        await run_sync(server.wait_for_connections, 0)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("proxied", [False, True], ids=["pool", "stock"])
def test_one_client_serves_one_loop_after_the_other(
    backend: str,
    proxied: bool,  # noqa: FBT001 - a case
) -> None:
    with FakeOpenRouter().serve() as server:
        # http2 is never agreed on without TLS, but has an httpx client serve
        client = AsyncClient(api_key=KEY, base_url=server.url, http2=proxied)

        async def main() -> str:
            await client.generate_text("Hi")
            return await client.generate_text("Hi")

        for _ in range(2):
            assert anyio.run(main, backend=backend)
            server.wait_for_connections(0)
        assert server.accepted == 2


def test_a_loop_that_is_over_has_closed_its_connections_already() -> None:
    with FakeOpenRouter().serve() as server:
        loops = [asyncio.new_event_loop() for _ in range(2)]
        client = AsyncClient(api_key=KEY, base_url=server.url)
        for loop in loops:
            loop.run_until_complete(client.generate_text("Hi"))
        assert server.connections == 2
        loops[0].run_until_complete(client.aclose())
        server.wait_for_connections(1)
        loops[1].run_until_complete(asyncio.sleep(0))
        loops[1].run_until_complete(loops[1].shutdown_asyncgens())
        server.wait_for_connections(0)
        for loop in loops:
            loop.close()
        del client
        gc.collect()


def test_a_client_that_outlives_its_loop_is_dropped_in_silence() -> None:
    with FakeOpenRouter().serve() as server:
        for backend in ("asyncio", "trio"):
            client = AsyncClient(api_key=KEY, base_url=server.url)
            anyio.run(client.generate_text, "Hi", backend=backend)
            server.wait_for_connections(0)
            del client
            gc.collect()


@pytest.mark.parametrize("steps", range(5))
def test_asyncio_may_cancel_the_closing(steps: int) -> None:
    async def main(url: str) -> None:
        client = AsyncClient(api_key=KEY, base_url=url)
        streams = [client.stream_text("Hi") for _ in range(4)]
        for stream in streams:
            await anext(aiter(stream))
        for stream in streams:
            assert [piece async for piece in stream]
        closing = asyncio.ensure_future(client.aclose())
        for _ in range(steps):
            await asyncio.sleep(0)
        closing.cancel()
        await asyncio.wait([closing])
        await client.aclose()

    with FakeOpenRouter().serve() as server:
        asyncio.run(main(server.url))
        assert server.accepted == 4
        server.wait_for_connections(0)


@pytest.mark.anyio
async def test_two_tasks_may_close_at_once() -> None:
    with FakeOpenRouter().serve() as server:
        client = AsyncClient(api_key=KEY, base_url=server.url)
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(client.generate_text, "Hi")
        async with anyio.create_task_group() as group:
            group.start_soon(client.aclose)
            group.start_soon(client.aclose)
        await run_sync(server.wait_for_connections, 0)


@pytest.mark.anyio
async def test_more_streams_may_be_left_than_there_are_connections(kind: type[Blocking | Awaiting]) -> None:
    with FakeOpenRouter().serve() as server:
        made = kind(server.url, max_connections=2)
        for _ in range(6):
            await made.leave_early()
        assert await made.complete(deadline=5)
        await made.close()
        server.wait_for_connections(0)


@pytest.mark.anyio
@pytest.mark.parametrize("reply", ODD)
async def test_an_odd_reply_is_our_error_and_costs_no_place(kind: type[Blocking | Awaiting], reply: bytes) -> None:
    with RawServer(say_and_hang_up(reply), say_and_hang_up(reply)) as server:
        made = kind(server.url, max_connections=1)
        before = descriptors()
        for work in (made.complete, made.stream):
            with pytest.raises(Exception) as caught:  # noqa: PT011 - looked at below
                await work(deadline=5)
            assert type(caught.value).__module__.startswith("openrouter.")
            if isinstance(caught.value, APIConnectionError):
                assert type(caught.value.__cause__).__module__ == "httpx"
            await run_sync(server.wait_for_ends, 1)
        del caught
        assert descriptors() == before
        assert await made.complete() == "Good."
        await made.close()


def test_an_event_loop_that_ended_is_forgotten() -> None:
    """A client at the top of a module may see thousands of them."""
    loops: list[weakref.ref[asyncio.AbstractEventLoop]] = []

    async def main(client: AsyncClient) -> None:
        loops.append(weakref.ref(asyncio.get_running_loop()))
        assert await client.generate_text("Hi")

    with FakeOpenRouter().serve() as server:
        client = AsyncClient(api_key=KEY, base_url=server.url)
        for _ in range(3):
            asyncio.run(main(client))
        gc.collect()
        assert [loop() for loop in loops] == [None, None, None]
        assert "unused" in repr(client.driver.transport)
