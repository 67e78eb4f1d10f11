"""Connections are used again, and one that died meanwhile is no failure."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from openrouter import APIConnectionError, APITimeoutError
from openrouter.testing import FakeOpenRouter
from openrouter.transports import wire
from tests.transports.kinds import Awaiting, Blocking, outgoing
from tests.transports.raw_server import (
    ANSWER,
    EVENTS,
    RawServer,
    Script,
    chunked,
    read_request,
    reset,
    say,
    say_and_hang_up,
    serve,
    wait_for_client,
    whole,
)

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("slow_machine")]


def then(ending: Script) -> Script:
    """Answer one request, take the next, and end."""

    def script(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(whole())
        read_request(connection)
        ending(connection)

    return script


async def test_calls_and_streams_in_a_row_share_a_connection(kind: type[Blocking | Awaiting]) -> None:
    with FakeOpenRouter().serve() as server:
        made = kind(server.url)
        for _ in range(2):
            assert await made.complete()
            assert await made.stream()
        assert (server.accepted, server.connections) == (1, 1)
        await made.close()
        server.wait_for_connections(0)


async def test_the_announced_end_of_a_stream_is_waited_for(kind: type[Blocking | Awaiting]) -> None:
    with RawServer(say_and_hang_up(chunked(EVENTS, b": more\n\n" * 1000))) as server:
        made = kind(server.url)
        assert await made.stream() == "Good."
        server.wait_for_ends(1)
        assert await made.complete() == "Good."
        await made.close()


async def test_a_connection_that_the_server_closed_is_noticed(kind: type[Blocking | Awaiting]) -> None:
    with RawServer(say_and_hang_up(whole())) as server:
        made = kind(server.url)
        await made.complete()
        server.wait_for_ends(1)
        reply = await made.reply()
        assert (reply.text, reply.http.attempts, server.accepted) == ("Good.", 1, 2)
        await made.close()


@pytest.mark.parametrize("ending", [lambda _: None, reset], ids=["closed", "reset"])
@pytest.mark.parametrize("streaming", [False, True])
async def test_what_a_dead_connection_was_given_is_sent_again_at_once(
    kind: type[Blocking | Awaiting],
    ending: Script,
    streaming: bool,  # noqa: FBT001 - a case
) -> None:
    with RawServer(then(ending)) as server:
        made = kind(server.url, max_connections=1)
        await made.complete()
        assert await (made.stream() if streaming else made.complete()) == "Good."
        assert server.accepted == 2
        assert made.client.totals.attempts == 3
        await made.close()


@pytest.mark.parametrize("ending", [lambda _: None, reset], ids=["closed", "reset"])
async def test_the_error_says_that_the_connection_was_stale(kind: type[Blocking | Awaiting], ending: Script) -> None:
    with RawServer(then(ending)) as server:
        made = kind(server.url, max_connections=1)
        await made.complete()
        with pytest.raises(APIConnectionError) as caught:
            await made.send(outgoing(base_url=server.url))
        assert caught.value.stale
        assert await made.complete() == "Good."
        await made.close()


@pytest.mark.parametrize("ending", [lambda _: None, reset], ids=["closed", "reset"])
async def test_a_new_connection_that_breaks_is_a_failure(kind: type[Blocking | Awaiting], ending: Script) -> None:
    with RawServer(lambda connection: (read_request(connection), ending(connection))) as server:
        made = kind(server.url, max_connections=1)
        with pytest.raises(APIConnectionError, match="billed") as caught:
            await made.complete()
        assert (caught.value.stale, caught.value.phase, server.accepted) == (False, "receive", 1)
        assert await made.complete() == "Good."
        await made.close()


async def test_a_reply_that_began_on_a_used_connection_is_a_failure(kind: type[Blocking | Awaiting]) -> None:
    with RawServer(then(lambda connection: connection.sendall(b"HTTP/1.1 200"))) as server:
        made = kind(server.url, max_connections=1)
        await made.complete()
        with pytest.raises(APIConnectionError) as caught:
            await made.complete()
        assert (caught.value.stale, server.accepted) == (False, 1)
        assert await made.complete() == "Good."
        await made.close()


async def test_a_used_connection_that_ends_later_than_the_network_explains_is_a_failure(
    kind: type[Blocking | Awaiting], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "STALE_WITHIN", 0.0)  # however quick this machine is
    with RawServer(then(lambda _: None)) as server:
        made = kind(server.url, max_connections=1)
        await made.complete()
        with pytest.raises(APIConnectionError, match="billed") as caught:
            await made.complete()
        assert (caught.value.stale, caught.value.attempts, server.accepted) == (False, 1, 1)
        assert await made.complete() == "Good."
        await made.close()


async def test_what_is_sent_again_goes_out_on_a_fresh_connection(kind: type[Blocking | Awaiting]) -> None:
    """One that was used meanwhile and given back may be dead as well, and then nobody would know what was billed."""
    with RawServer(then(reset), serve) as server:
        made = kind(server.url)
        await made.complete()
        request = outgoing(base_url=server.url)
        with pytest.raises(APIConnectionError):
            await made.send(request)
        assert await made.complete() == "Good."
        assert await made.read(await made.send(request)) == ANSWER
        assert await made.read(await made.send(outgoing(base_url=server.url))) == ANSWER
        assert server.accepted == 3
        await made.close()


async def test_a_used_connection_that_is_silent_is_not_stale(kind: type[Blocking | Awaiting]) -> None:
    with RawServer(then(wait_for_client)) as server:
        made = kind(server.url, max_connections=1)
        await made.complete()
        with pytest.raises(APITimeoutError) as caught:
            await made.stream(timeout=0.05)
        assert (caught.value.stale, caught.value.clock, server.accepted) == (False, "idle", 1)
        assert await made.complete() == "Good."
        await made.close()


async def test_connections_that_were_idle_for_too_long_are_closed(kind: type[Blocking | Awaiting]) -> None:
    with RawServer() as server:
        made = kind(server.url, keepalive_expiry=0)
        for _ in range(3):
            assert await made.complete() == "Good."
        server.wait_for_ends(2)
        assert server.accepted == 3
        await made.close()
        server.wait_for_ends(1)


async def test_where_one_connection_is_dead_the_others_are_left_as_well(kind: type[Blocking | Awaiting]) -> None:
    with RawServer(serve, then(reset)) as server:
        made = kind(server.url)
        replies = [await made.send(outgoing(base_url=server.url)) for _ in range(2)]
        assert [await made.read(reply) for reply in replies] == [ANSWER, ANSWER]
        assert await made.complete() == "Good."
        server.wait_for_ends(2)
        assert server.accepted == 3
        await made.close()


@pytest.mark.parametrize("reply", [whole(), chunked(ANSWER)], ids=["whole", "chunked"])
@pytest.mark.parametrize(
    "leftover",
    [whole(ANSWER.replace(b"Good.", b"Not yours.")), b"HTTP/1.1 nonsense\r\n\r\n"],
    ids=["a reply", "nonsense"],
)
async def test_what_a_server_sent_beyond_a_reply_is_nobody_elses_reply(
    kind: type[Blocking | Awaiting], reply: bytes, leftover: bytes
) -> None:
    """The connection is not used again, whether the reply said how long it is or came in chunks."""
    with RawServer(*[say(reply + leftover)] * 3) as server:
        made = kind(server.url, max_connections=1, max_retries=0)
        for number in (1, 2, 3):
            assert await made.complete() == "Good."
            assert server.accepted == number
        await made.close()


@pytest.mark.parametrize("reply", [whole(), chunked(ANSWER)], ids=["whole", "chunked"])
def test_a_connection_whose_reply_was_interrupted_is_not_used_again(reply: bytes) -> None:
    """Nobody knows where in the work of the connection that was."""
    with RawServer(say(reply)) as server:
        made = Blocking(server.url, max_connections=1)
        incoming = made.client.driver.transport.send(outgoing(base_url=server.url))
        pieces: Any = iter(incoming)
        assert next(pieces) == ANSWER
        with pytest.raises(KeyboardInterrupt):
            pieces.throw(KeyboardInterrupt)
        incoming.close()
        server.wait_for_ends(1)
        assert made.client.complete("Hi").text == "Good."
        assert server.accepted == 2
        made.client.close()
