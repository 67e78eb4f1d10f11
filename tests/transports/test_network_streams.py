"""The streams under the connections, over real sockets: what is written arrives, and what comes is read."""

from __future__ import annotations

import hashlib
import os
import select
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from threading import Event
from typing import Any

import anyio
import pytest
from anyio.to_thread import run_sync

from openrouter.transports.network_errors import ReadError
from tests.transports.raw_server import (
    PATIENCE,
    RawServer,
    reset,
    wait_for_client,
)
from tests.transports.streams import Contexts, line_to

pytestmark = pytest.mark.anyio

MEGABYTE = 1024 * 1024
LARGE = 20_000_000
FAR_MORE_THAN_BUFFERS_HOLD = 64 * MEGABYTE


def echo(connection: socket.socket) -> None:
    while data := connection.recv(65536):
        connection.sendall(data)


# --- There and back ---------------------------------------------------------------------------------------------------


async def test_there_and_back(awaits: bool, contexts: Contexts) -> None:  # noqa: FBT001
    with RawServer(echo, tls=contexts[0]) as server:
        async with line_to(awaits, server.url, contexts[1]) as line:
            await line.send(b"head, ", b"body")
            assert await line.receive_all(10) == b"head, body"
            assert line.wire.received
            assert not line.wire.ended
            assert not line.is_readable
        server.wait_for_ends(1)


async def test_a_large_request_arrives_whole(awaits: bool, contexts: Contexts) -> None:  # noqa: FBT001
    """The server takes its time: what waits to be sent does so."""
    body = os.urandom(1000) * (LARGE // 1000)
    arrived = hashlib.sha256()

    def script(connection: socket.socket) -> None:
        left = 5 + len(body)
        while left and (data := connection.recv(MEGABYTE)):
            left -= len(data)
            arrived.update(data)
        connection.sendall(b"thanks")
        wait_for_client(connection)

    with RawServer(script, tls=contexts[0]) as server:
        async with line_to(awaits, server.url, contexts[1]) as line:
            await line.send(b"head ")
            await line.send_much(body)
            assert await line.receive() == b"thanks"
    assert arrived.digest() == hashlib.sha256(b"head " + body).digest()


class Pushing:
    """Sends without end in sight, and says how far it came when nobody takes any more."""

    def __init__(self, length: int) -> None:
        self.length, self.sent = length, 0
        self.stuck = Event()

    def __call__(self, connection: socket.socket) -> None:
        connection.recv(1)
        piece = memoryview(bytes(range(256)) * 256)
        connection.setblocking(False)  # noqa: FBT003 - the socket's own form
        while self.sent < self.length:
            try:
                start = self.sent % len(piece)
                self.sent += connection.send(piece[start : start + self.length - self.sent])
            except (BlockingIOError, ssl.SSLWantWriteError):
                if not select.select([], [connection], [], 0.1)[1]:
                    self.stuck.set()
                    select.select([], [connection], [], PATIENCE)
        self.stuck.set()


async def test_a_server_waits_for_a_slow_reader(awaits: bool, contexts: Contexts) -> None:  # noqa: FBT001
    pushing = Pushing(FAR_MORE_THAN_BUFFERS_HOLD)
    with RawServer(pushing, tls=contexts[0]) as server:
        async with line_to(awaits, server.url, contexts[1]) as line:
            await line.send(b"?")
            first = await line.receive()
            assert await run_sync(pushing.stuck.wait, PATIENCE)
            assert pushing.sent < FAR_MORE_THAN_BUFFERS_HOLD / 2
            digest, length = hashlib.sha256(first), len(first)
            while data := await line.receive():
                digest.update(data)
                length += len(data)
            assert length == FAR_MORE_THAN_BUFFERS_HOLD
            assert digest.digest() == hashlib.sha256(bytes(range(256)) * (length // 256)).digest()


async def test_what_was_sent_before_the_end_is_read_however_late(awaits: bool, contexts: Contexts) -> None:  # noqa: FBT001
    """It is more than an event loop reads ahead, and the server has left long ago."""
    body = bytes(range(256)) * 1280

    def script(connection: socket.socket) -> None:
        connection.recv(1)
        connection.sendall(body)

    with RawServer(script, tls=contexts[0]) as server:
        async with line_to(awaits, server.url, contexts[1]) as line:
            await line.send(b"?")
            found = await line.receive()
            await run_sync(server.wait_for_ends, 1)
            for _ in range(10):
                await anyio.lowlevel.checkpoint()
            while data := await line.receive():
                found += data
            assert found == body
            assert [await line.receive() for _ in range(2)] == [b"", b""]
            assert line.wire.ended


# --- Ends -------------------------------------------------------------------------------------------------------------


async def test_a_server_that_hangs_up(awaits: bool, contexts: Contexts) -> None:  # noqa: FBT001
    """Without saying so in TLS, as servers do: whether something is missing shows the framing of the body."""

    def script(connection: socket.socket) -> None:
        connection.recv(1)
        connection.sendall(b"half")

    with RawServer(script, tls=contexts[0]) as server:
        async with line_to(awaits, server.url, contexts[1]) as line:
            await line.send(b"?")
            assert await line.receive_all(100) == b"half"
            assert await line.receive() == b""
            assert line.is_readable
            assert line.wire.ended


async def test_a_server_that_says_good_bye_in_tls(
    awaits: bool,  # noqa: FBT001
    server_tls: ssl.SSLContext,
    client_tls: ssl.SSLContext,
) -> None:
    def script(connection: Any) -> None:
        connection.recv(1)
        connection.sendall(b"all")
        connection.unwrap()

    with RawServer(script, tls=server_tls) as server:
        async with line_to(awaits, server.url, client_tls) as line:
            await line.send(b"?")
            assert await line.receive_all(100) == b"all"
            assert await line.receive() == b""


async def test_a_connection_that_is_lost_is_an_error_of_reading(
    awaits: bool,  # noqa: FBT001
    secured: bool,  # noqa: FBT001
    contexts: Contexts,
) -> None:
    def script(connection: socket.socket) -> None:
        connection.recv(1)
        reset(connection)

    with RawServer(script, tls=contexts[0]) as server:
        async with line_to(awaits, server.url, contexts[1]) as line:
            await line.send(b"?")
            if secured and not awaits:
                # Until Python 3.12 the ssl module takes any end for one without good-bye.
                with suppress(ReadError):
                    assert await line.receive() == b""
            else:
                with pytest.raises(ReadError):
                    await line.receive()
            assert line.is_readable
            # What is written then is lost; the reason is told once at least.
            await line.send(b"?")
            with suppress(ReadError):
                assert await line.receive() == b""


async def test_one_that_is_lost_while_much_is_written(awaits: bool, contexts: Contexts) -> None:  # noqa: FBT001
    def script(connection: socket.socket) -> None:
        connection.recv(1)
        reset(connection)

    with RawServer(script, tls=contexts[0]) as server:
        async with line_to(awaits, server.url, contexts[1]) as line:
            await line.send_much(b"x" * LARGE)
            # Where a socket told the reason while it was written to, there is only an end to be read.
            with suppress(ReadError):
                assert await line.receive() == b""
            assert line.is_readable


async def test_a_reply_that_comes_before_all_was_written_is_read(awaits: bool, contexts: Contexts) -> None:  # noqa: FBT001
    """A server may refuse a request for its size, and leave without having read it."""
    refusal = b"HTTP/1.1 413 Content Too Large\r\n\r\n"

    def script(connection: Any) -> None:
        connection.recv(1)
        connection.sendall(refusal)
        # A polite one reads a little more, or its reset may overtake the reply.
        with socket.socket(fileno=os.dup(connection.fileno())) as raw:
            raw.shutdown(socket.SHUT_WR)
            raw.settimeout(PATIENCE)
            while raw.recv(MEGABYTE):
                pass

    with RawServer(script, tls=contexts[0]) as server:
        async with line_to(awaits, server.url, contexts[1]) as line:
            await line.send_much(b"x" * LARGE)
            assert await line.receive() == refusal


async def test_what_comes_over_an_idle_connection_is_noticed(awaits: bool, contexts: Contexts) -> None:  # noqa: FBT001
    go = Event()

    def script(connection: socket.socket) -> None:
        connection.recv(1)
        connection.sendall(b"reply")
        go.wait(PATIENCE)
        connection.sendall(b"what nobody asked for")

    for said_something in (True, False):
        go.clear()
        with RawServer(script if said_something else lambda one: one.recv(1), tls=contexts[0]) as server:
            async with line_to(awaits, server.url, contexts[1]) as line:
                await line.send(b"?")
                assert await line.receive() == (b"reply" if said_something else b"")
                assert line.is_readable is not said_something
                go.set()
                await run_sync(server.wait_for_ends, 1)
                assert line.is_readable


@pytest.mark.parametrize("good_bye", [False, True])
async def test_what_came_behind_a_reply_in_another_record_is_noticed(
    awaits: bool,  # noqa: FBT001
    good_bye: bool,  # noqa: FBT001 - a case
    server_tls: ssl.SSLContext,
    client_tls: ssl.SSLContext,
) -> None:
    """Both records come in one piece, so that the socket has nothing more to say."""

    def script(connection: socket.socket) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        speaking = server_tls.wrap_bio(incoming, outgoing, server_side=True)

        def do(work: Callable[[], object]) -> None:
            while True:
                try:
                    work()
                except ssl.SSLWantReadError:
                    connection.sendall(outgoing.read())
                    incoming.write(connection.recv(65536))
                else:
                    return

        do(speaking.do_handshake)
        do(lambda: speaking.read(1))
        speaking.write(b"reply")
        if good_bye:
            with suppress(ssl.SSLWantReadError):
                speaking.unwrap()
        else:
            speaking.write(b"surplus")
        connection.sendall(outgoing.read())
        wait_for_client(connection)

    with RawServer(script) as server:
        url = server.url.replace("http://127.0.0.1", "https://localhost")
        async with line_to(awaits, url, client_tls) as line:
            await line.send(b"?")
            found = await line.receive()
            assert found == b"replysurplus" or (found == b"reply" and line.is_readable)
