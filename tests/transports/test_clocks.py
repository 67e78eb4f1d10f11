"""Every wait has an end, and the error says which clock ran out."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpx
import pytest

from openrouter import APITimeoutError
from tests.transports.kinds import Awaiting, Blocking, outgoing, with_clocks
from tests.transports.raw_server import (
    EVENTS,
    RawServer,
    Script,
    chunked,
    deaf,
    never_shake_hands,
    read_request,
    say,
    silent,
    wait_for_client,
    whole,
)

pytestmark = pytest.mark.anyio

SOON = 0.05
AFTER_CONNECTING = 0.2
"""Long enough for the connection to be there, and the next script to be begun, on a busy machine too."""


@pytest.fixture
def deaf_address() -> Iterator[str]:
    """Give the address of a server that is too busy to accept anyone."""
    with deaf() as address:
        yield address


def dripping(connection: socket.socket) -> None:
    """Answer with white space that never ends."""
    read_request(connection)
    connection.sendall(whole(b"", length=10**12))
    while True:
        connection.sendall(b" " * 100)


def provisional(connection: socket.socket) -> None:
    """Say for ever that a reply will come."""
    read_request(connection)
    while True:
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")


def provisional_once(connection: socket.socket) -> None:
    """Say that a reply will come, and nothing more."""
    read_request(connection)
    connection.sendall(b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1")
    wait_for_client(connection)


async def failure(
    made: Blocking | Awaiting, server: RawServer, *, streaming: bool = False, **clocks: float
) -> APITimeoutError:
    """Let a request fail, and see that the next one does not."""
    with pytest.raises(APITimeoutError) as caught:
        await made.read(await made.send(with_clocks(outgoing(stream=streaming, base_url=server.url), **clocks)))
    server.wait_for_ends(server.accepted)
    assert await made.complete() == "Good."
    await made.close()
    assert isinstance(caught.value.__cause__, httpx.TimeoutException)
    return caught.value


async def test_connecting(kind: type[Blocking | Awaiting], deaf_address: str) -> None:
    made = kind(deaf_address, connect_timeout=SOON, max_connections=1)
    for _ in range(2):
        with pytest.raises(APITimeoutError, match=r"within 0.05 s") as caught:
            await made.complete()
        assert (caught.value.clock, caught.value.phase, caught.value.sent) == ("connect", "connect", False)
    await made.close()


async def test_the_deadline_while_connecting(kind: type[Blocking | Awaiting], deaf_address: str) -> None:
    made = kind(deaf_address, max_connections=1)
    for _ in range(2):
        with pytest.raises(APITimeoutError) as caught:
            await made.complete(deadline=SOON)
        assert (caught.value.clock, caught.value.phase, caught.value.sent) == ("deadline", "connect", False)
    await made.close()


@pytest.mark.usefixtures("trusted")
async def test_shaking_hands(kind: type[Blocking | Awaiting], server_tls: ssl.SSLContext) -> None:
    with RawServer(never_shake_hands, tls=server_tls) as server:
        made = kind(server.url, connect_timeout=5, max_connections=1)
        # Long enough for the connection to be there, however slowly the name is looked up.
        error = await failure(made, server, total=SOON * 10)
        assert (error.clock, error.phase) == ("total", "connect")


async def test_silence_before_a_stream(kind: type[Blocking | Awaiting]) -> None:
    with RawServer(silent) as server:
        error = await failure(kind(server.url, max_connections=1), server, streaming=True, idle=SOON)
        assert (error.clock, error.phase) == ("idle", "receive")
        assert "0.05 s" in error.message


async def test_silence_in_a_stream(kind: type[Blocking | Awaiting]) -> None:
    with RawServer(say(chunked(EVENTS[:20], end=b""))) as server:
        error = await failure(kind(server.url, max_connections=1), server, streaming=True, idle=SOON)
        assert (error.clock, error.phase) == ("idle", "receive")


@pytest.mark.parametrize("streaming", [False, True])
async def test_the_deadline_in_silence(kind: type[Blocking | Awaiting], streaming: bool) -> None:  # noqa: FBT001 - a case
    with RawServer(silent) as server:
        made = kind(server.url, max_connections=1)
        assert (await failure(made, server, streaming=streaming, total=AFTER_CONNECTING)).clock == "total"


@pytest.mark.parametrize("script", [provisional, provisional_once])
@pytest.mark.parametrize("idle", [60, None])
async def test_provisional_replies_are_signs_of_life_but_no_reply(
    kind: type[Blocking | Awaiting], script: Script, idle: float | None
) -> None:
    with RawServer(script) as server:
        made = kind(server.url, max_connections=1, stall_timeout=SOON, timeout=idle)
        with pytest.raises(APITimeoutError, match=r"For 0\.05 s .* sent signs of life, but no reply") as caught:
            await made.stream()
        assert (caught.value.clock, caught.value.phase) == ("stall", "receive")
        server.wait_for_ends(1)
        assert await made.stream() == "Good."
        await made.close()


async def test_a_whole_reply_has_its_total_time_whatever_comes_before_it(kind: type[Blocking | Awaiting]) -> None:
    with RawServer(provisional) as server:
        made = kind(server.url, max_connections=1, stall_timeout=SOON / 10)
        assert (await failure(made, server, total=AFTER_CONNECTING)).clock == "total"


async def test_a_few_provisional_replies_do_no_harm(kind: type[Blocking | Awaiting]) -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 3
    with RawServer(say(hints, chunked(EVENTS)), say(hints, whole())) as server:
        for work in ("stream", "complete"):
            made = kind(server.url)
            assert await getattr(made, work)() == "Good."
            await made.close()


@pytest.mark.parametrize("stock", [False, True], ids=["pool", "stock"])
async def test_the_deadline_in_a_body_that_drips(kind: type[Blocking | Awaiting], stock: bool) -> None:  # noqa: FBT001 - a case
    http = (httpx.Client() if kind is Blocking else httpx.AsyncClient()) if stock else None
    with RawServer(dripping) as server:
        made = kind(server.url, max_connections=1, http=http)
        assert (await failure(made, server, total=AFTER_CONNECTING)).clock == "total"
        if isinstance(http, httpx.Client):
            http.close()
        elif http is not None:
            await http.aclose()


async def test_the_rest_of_a_stream_is_not_waited_for_long(
    kind: type[Blocking | Awaiting], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("pool", "async_pool", "stock"):
        monkeypatch.setattr(f"openrouter.transports.{module}.DRAIN_SECONDS", SOON)
    with RawServer(say(chunked(EVENTS, end=b""))) as server:
        made = kind(server.url, max_connections=1)
        assert await made.stream() == "Good."
        server.wait_for_ends(1)
        assert await made.stream(deadline=5) == "Good."
        await made.close()


async def test_a_server_that_does_not_read(kind: type[Blocking | Awaiting]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        made = kind(url, max_connections=1)
        request = outgoing(base_url=url, body={"padding": "x" * 12_000_000})
        cases: list[tuple[dict[str, float], str]] = [({"idle": SOON}, "write"), ({"total": AFTER_CONNECTING}, "total")]
        for clocks, clock in cases:
            with pytest.raises(APITimeoutError) as caught:
                await made.send(with_clocks(request, **clocks))
            assert (caught.value.clock, caught.value.phase) == (clock, "send")
        await made.close()


async def test_the_deadline_may_pass_before_anything_is_sent(kind: type[Blocking | Awaiting]) -> None:
    with RawServer() as server:
        made = kind(server.url, max_connections=1)
        late = outgoing(base_url=server.url, deadline=1e-9)
        with pytest.raises(APITimeoutError) as caught:
            await made.send(late)
        assert (caught.value.clock, caught.value.sent, server.accepted) == ("deadline", False, 0)
        assert await made.complete() == "Good."
        with pytest.raises(APITimeoutError) as caught:
            await made.send(late)
        assert (caught.value.clock, caught.value.sent, caught.value.stale) == ("deadline", False, False)
        assert await made.complete() == "Good."
        await made.close()
