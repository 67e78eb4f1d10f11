"""Every wait of the streams ends, and they know whom they talk to."""

from __future__ import annotations

import os
import socket
import ssl
import time
from threading import Event
from typing import Any

import pytest

from openrouter.transports.network_errors import ConnectError, ConnectTimeout, ReadTimeout, WriteTimeout
from tests.transports.raw_server import (
    PATIENCE,
    RawServer,
    deaf,
    never_shake_hands,
    wait_for_client,
)
from tests.transports.streams import Contexts, line_to, opened, ready_wire

pytestmark = pytest.mark.anyio

SOON = 0.02
LARGE = 20_000_000


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - cheaper than paths


def echo(connection: socket.socket) -> None:
    while data := connection.recv(65536):
        connection.sendall(data)


# --- Every wait ends --------------------------------------------------------------------------------------------------


async def test_silence(awaits: bool, contexts: Contexts) -> None:  # noqa: FBT001
    cases: list[tuple[float | None, float | None]] = [(SOON, None), (None, SOON * 2), (PATIENCE, SOON * 2)]
    for idle, total in cases:
        with RawServer(wait_for_client, tls=contexts[0]) as server:
            line = await opened(awaits, server.url, contexts[1])
            await line.send(b"?")
            line.wire.idle, line.wire.deadline = idle, None if total is None else time.monotonic() + total
            with pytest.raises(ReadTimeout):
                await line.receive()
            await line.close()
            server.wait_for_ends(1)


async def test_a_stream_may_go_on_after_a_time_out(awaits: bool) -> None:  # noqa: FBT001
    """No byte is lost by it."""
    with RawServer(echo) as server:
        async with line_to(awaits, server.url, idle=PATIENCE) as line:
            await line.send(b"?")
            assert await line.receive() == b"?"
            line.wire.idle = SOON
            with pytest.raises(ReadTimeout):
                await line.receive()
            await line.send(b"still there?")
            line.wire.idle = PATIENCE
            assert await line.receive_all(12) == b"still there?"


async def test_a_server_that_does_not_read(awaits: bool, contexts: Contexts) -> None:  # noqa: FBT001
    go = Event()
    for seconds, total in ((SOON, None), (PATIENCE, SOON * 2)):
        go.clear()
        with RawServer(lambda _: go.wait(PATIENCE), tls=contexts[0]) as server:
            line = await opened(awaits, server.url, contexts[1])
            if total is not None:
                line.wire.hurry(total)
            line.wire.writing = seconds
            with pytest.raises(WriteTimeout):
                await line.send_much(b"x" * LARGE)
            await line.close()
            await line.close()
            go.set()
            server.wait_for_ends(1)


async def test_a_server_that_accepts_nobody(awaits: bool) -> None:  # noqa: FBT001
    with deaf() as url:
        before = descriptors()
        for total, limit in ((None, SOON), (SOON, PATIENCE)):
            with pytest.raises(ConnectTimeout):
                await opened(awaits, url, wire=ready_wire(total=total), limit=limit)
            assert descriptors() == before


async def test_a_server_that_never_shakes_hands(
    awaits: bool,  # noqa: FBT001
    server_tls: ssl.SSLContext,
    client_tls: ssl.SSLContext,
) -> None:
    with RawServer(*[never_shake_hands] * 2, tls=server_tls) as server:
        # Long enough for the connection to be there, however slowly the name is looked up.
        for total, limit in ((None, SOON * 10), (SOON * 10, PATIENCE)):
            with pytest.raises(ConnectTimeout):
                await opened(awaits, server.url, client_tls, ready_wire(total=total), limit)
            server.wait_for_ends(1)


async def test_a_deadline_that_has_passed_lets_nobody_begin(awaits: bool) -> None:  # noqa: FBT001
    with RawServer() as server:
        with pytest.raises(ConnectTimeout):
            await opened(awaits, server.url, wire=ready_wire(total=0.0))
        assert server.accepted == 0


# --- Who is talked to -------------------------------------------------------------------------------------------------


async def test_nobody_there(awaits: bool) -> None:  # noqa: FBT001
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    before = descriptors()
    with pytest.raises(ConnectError):
        await opened(awaits, url)
    assert descriptors() == before


async def test_a_certificate_of_another_host(
    awaits: bool,  # noqa: FBT001
    authority: Any,
    client_tls: ssl.SSLContext,
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("elsewhere.test").configure_cert(context)
    with RawServer(tls=context) as server:
        with pytest.raises(ConnectError, match=r"(?i)certificate"):
            await opened(awaits, server.url, client_tls)
        server.wait_for_ends(1)


async def test_a_server_that_does_not_speak_tls(awaits: bool, client_tls: ssl.SSLContext) -> None:  # noqa: FBT001
    def script(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        wait_for_client(connection)

    with RawServer(script, lambda connection: connection.recv(1)) as server:
        for _ in range(2):
            url = server.url.replace("http://127.0.0.1", "https://localhost")
            with pytest.raises(ConnectError):
                await opened(awaits, url, client_tls)
            server.wait_for_ends(1)


async def test_an_interrupted_handshake_leaves_no_socket() -> None:
    class Interrupted(ssl.SSLContext):
        def wrap_socket(self, *_: Any, **__: Any) -> Any:
            raise KeyboardInterrupt

    with RawServer(lambda connection: connection.recv(1)) as server:
        with pytest.raises(KeyboardInterrupt):
            await opened(False, server.url, Interrupted(ssl.PROTOCOL_TLS_CLIENT))  # noqa: FBT003 - it blocks
        server.wait_for_ends(1)


async def test_the_name_of_the_server_is_told(
    awaits: bool,  # noqa: FBT001
    server_tls: ssl.SSLContext,
    client_tls: ssl.SSLContext,
) -> None:
    names: list[str | None] = []
    server_tls.sni_callback = lambda _socket, name, _context: names.append(name)
    with RawServer(echo, tls=server_tls) as server:
        async with line_to(awaits, server.url, client_tls) as line:
            await line.send(b"?")
            assert await line.receive() == b"?"
    assert names == ["localhost"]
