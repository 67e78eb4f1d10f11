"""What runs the tasks may be another event loop than asyncio's own, or one after the other."""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
import ssl
from collections.abc import Callable, Coroutine
from threading import Event
from typing import Any

import pytest

from openrouter import AsyncClient
from openrouter.testing import FakeOpenRouter
from openrouter.transports.tls import ssl_context
from tests.transports.kinds import KEY
from tests.transports.raw_server import (
    EVENTS,
    PATIENCE,
    RawServer,
    chunked,
    read_request,
    wait_for_client,
    whole,
)
from tests.transports.streams import line_to, opened

LARGE = 20_000_000


def run(main: Callable[[], Coroutine[Any, Any, None]], loop: Callable[[], Any]) -> None:
    with asyncio.Runner(loop_factory=loop, debug=False) as runner:
        runner.run(main())


def uvloop() -> Any:
    return pytest.importorskip("uvloop").new_event_loop()


@pytest.fixture(params=[asyncio.SelectorEventLoop, uvloop], ids=["asyncio", "uvloop"])
def loop(request: pytest.FixtureRequest) -> Callable[[], Any]:
    if request.param is uvloop:
        pytest.importorskip("uvloop")
    made: Callable[[], Any] = request.param
    return made


@pytest.mark.parametrize("secured", [False, True], ids=["plain", "tls"])
def test_a_client_on_any_event_loop(
    loop: Callable[[], Any],
    secured: bool,  # noqa: FBT001 - a case
    server_tls: ssl.SSLContext,
    trusted: object,  # noqa: ARG001 - it is what is trusted that counts
) -> None:
    """Several requests over one connection, one more after the server has left, and one in another loop."""

    def leaving(connection: Any) -> None:
        for _ in range(2):
            request = read_request(connection)
            connection.sendall(chunked(EVENTS) if b'"stream":true' in request else whole())

    async def main(server: RawServer) -> None:
        async with AsyncClient(api_key=KEY, base_url=server.url, model="m", max_retries=0) as client:
            assert (await client.complete("Hi")).text == "Good."
            assert "".join([piece async for piece in client.stream_text("Hi")]) == "Good."
            await asyncio.to_thread(server.wait_for_ends, 1)
            assert (await client.complete("Hi")).text == "Good."

    with RawServer(leaving, tls=server_tls if secured else None) as server:
        run(lambda: main(server), loop)
        assert server.accepted == 2
        server.wait_for_ends(1)
        run(lambda: second(server), loop)
        server.wait_for_ends(1)


async def second(server: RawServer) -> None:
    async with AsyncClient(api_key=KEY, base_url=server.url, model="m", max_retries=0) as client:
        assert (await client.complete("Hi")).text == "Good."


@pytest.mark.parametrize("secured", [False, True], ids=["plain", "tls"])
def test_much_in_both_directions_on_any_event_loop(
    loop: Callable[[], Any],
    secured: bool,  # noqa: FBT001 - a case
    server_tls: ssl.SSLContext,
    trusted: object,  # noqa: ARG001 - it is what is trusted that counts
) -> None:
    body = os.urandom(1000) * (LARGE // 1000)
    arrived = hashlib.sha256()

    def script(connection: Any) -> None:
        left = len(body)
        while left and (data := connection.recv(2**20)):
            left -= len(data)
            arrived.update(data)
        connection.sendall(body)
        if secured:
            connection.unwrap()  # without it uvloop may lose what it had not handed on yet

    async def main() -> None:
        context = ssl_context(trust_env=True) if secured else None
        async with line_to(True, server.url, context) as line:  # noqa: FBT003 - it awaits
            await line.send_much(body)
            found = [await line.receive()]
            # The server is made to wait; then all is read, with pauses.
            for _ in range(100):
                await asyncio.sleep(0)
            while data := await line.receive():
                found.append(data)
                await asyncio.sleep(0)
            assert hashlib.sha256(b"".join(found)).digest() == hashlib.sha256(body).digest()

    with RawServer(script, tls=server_tls if secured else None) as server:
        run(main, loop)
    assert arrived.digest() == hashlib.sha256(body).digest()


def test_a_server_that_leaves_while_the_reader_is_slow(loop: Callable[[], Any]) -> None:
    """What was read ahead is still there, and so is the end."""
    body = b"x" * 300_000

    def script(connection: Any) -> None:
        connection.recv(1)
        connection.sendall(body)

    async def main() -> None:
        async with line_to(True, server.url) as line:  # noqa: FBT003 - it awaits
            await line.send(b"?")
            found = await line.receive()
            await asyncio.to_thread(server.wait_for_ends, 1)
            for _ in range(20):
                await asyncio.sleep(0)
            found += await line.receive_all(len(body))
            assert found == body
            assert await line.receive() == b""
            assert line.is_readable

    with RawServer(script) as server:
        run(main, loop)


def test_a_reply_and_the_end_that_come_while_more_waits_to_be_sent(loop: Callable[[], Any]) -> None:
    """The event loop closes the connection by itself when that has gone out, before it is closed here."""
    refusal, go = b"HTTP/1.1 413 Content Too Large\r\n\r\n", Event()

    def script(connection: Any) -> None:
        connection.recv(1)
        connection.sendall(refusal)
        connection.shutdown(socket.SHUT_WR)
        go.wait(PATIENCE)
        wait_for_client(connection)

    async def main() -> None:
        line = await opened(True, server.url)  # noqa: FBT003 - it awaits
        sending = asyncio.ensure_future(line.send_much(b"x" * LARGE))
        while not line.is_readable:  # noqa: ASYNC110 - the server is in another thread
            await asyncio.sleep(0)
        for _ in range(20):
            await asyncio.sleep(0)
        go.set()
        await sending
        assert await line.receive() == refusal
        await asyncio.to_thread(server.wait_for_ends, 1)
        for _ in range(2):
            await line.close()

    with RawServer(script) as server:
        run(main, loop)


def test_clients_that_live_on_between_loops(loop: Callable[[], Any]) -> None:
    with FakeOpenRouter().serve() as server:
        client = AsyncClient(api_key=KEY, base_url=server.url)

        async def main() -> None:
            assert await client.generate_text("Hi")
            assert await client.generate_text("Hi")

        for _ in range(2):
            run(main, loop)
            server.wait_for_connections(0)
        assert server.accepted == 2
