"""Requests through httpx clients: the user's own, those of its family, and those that talk to a proxy."""

from __future__ import annotations

import gc
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from threading import Thread
from typing import Any

import anyio
import httpx
import pytest
from anyio.to_thread import run_sync

from openrouter import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AsyncClient,
    ClosedClientError,
    ResponseError,
    SyncClient,
)
from openrouter.testing import FakeOpenRouter
from tests.transports.kinds import KEY, Awaiting, Blocking, outgoing
from tests.transports.raw_server import (
    CHUNK,
    EVENTS,
    RawServer,
    chunked,
    read_request,
    reset,
    say,
    say_and_hang_up,
    whole,
)

pytestmark = pytest.mark.anyio


def tunnel(connection: socket.socket, port: int, seen: list[bytes]) -> None:
    """Do what CONNECT asks for, with this port in place of the one that is named."""
    seen.append(read_request(connection))
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    with socket.create_connection(("127.0.0.1", port)) as onward:

        def carry(source: socket.socket, target: socket.socket) -> None:
            with suppress(OSError):
                while data := source.recv(65536):
                    target.sendall(data)
            with suppress(OSError):
                target.shutdown(socket.SHUT_WR)

        back = Thread(target=carry, args=(onward, connection))
        back.start()
        carry(connection, onward)
        back.join()


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("way", ["argument", "HTTPS_PROXY", "all_proxy"])
async def test_a_proxy_leads_to_the_service(
    kind: type[Blocking | Awaiting], way: str, server_tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bytes] = []
    with RawServer(tls=server_tls) as server, RawServer(lambda one: tunnel(one, server.port, seen)) as proxy:
        address, settings = f"http://user:secret@127.0.0.1:{proxy.port}", dict[str, Any]()
        if way == "argument":
            settings["proxy"] = address
        else:
            monkeypatch.setenv(way, address)
        made = kind("https://api.test/v1", max_connections=1, **settings)
        assert await made.complete() == "Good."
        assert await made.complete() == "Good."
        assert (proxy.accepted, server.accepted) == (1, 1)
        assert seen[0].startswith(b"CONNECT api.test:443 ")
        assert b"proxy-authorization: Basic " in seen[0].replace(b"P", b"p").replace(b"A", b"a")
        await made.close()
        proxy.wait_for_ends(1)
        for work in (made.complete, made.stream):
            with pytest.raises(ClosedClientError):
                await work()


@pytest.mark.parametrize("answer", [b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", b""])
async def test_a_proxy_that_refuses_is_a_failed_connection(kind: type[Blocking | Awaiting], answer: bytes) -> None:
    with RawServer(say_and_hang_up(answer), say_and_hang_up(answer)) as proxy:
        made = kind("https://api.test/v1", max_connections=1, proxy=f"http://127.0.0.1:{proxy.port}")
        for _ in range(2):
            with pytest.raises(APIConnectionError) as caught:
                await made.complete(deadline=5)
            assert isinstance(caught.value.__cause__, httpx.TransportError)
        await made.close()


@pytest.mark.usefixtures("trusted")
async def test_http2_is_an_offer(kind: type[Blocking | Awaiting], server_tls: ssl.SSLContext) -> None:
    with RawServer(tls=server_tls) as server:
        made = kind(server.url, http2=True, max_connections=1)
        assert await made.complete() == "Good."
        assert await made.stream() == "Good."
        await made.close()


def test_a_blocking_client_that_is_dropped_takes_its_connections_along() -> None:
    with FakeOpenRouter().serve() as server:
        client = SyncClient(api_key=KEY, base_url=server.url, http2=True)
        client.complete("Hi")
        assert server.connections == 1
        del client
        gc.collect()
        server.wait_for_connections(0)


async def test_an_awaiting_client_that_is_dropped_takes_its_connections_along() -> None:
    with FakeOpenRouter().serve() as server:
        client = AsyncClient(api_key=KEY, base_url=server.url, http2=True)
        await client.complete("Hi")
        del client
        gc.collect()
        await run_sync(server.wait_for_connections, 0)


async def test_streams_of_tasks_share_a_connection_and_wait_for_it() -> None:
    with FakeOpenRouter().serve() as server:
        async with AsyncClient(api_key=KEY, base_url=server.url, http2=True, max_connections=1) as client:
            async with anyio.create_task_group() as group:
                for _ in range(3):
                    group.start_soon(client.generate_text, "Hi")
            for _ in range(2):
                assert [piece async for piece in client.stream_text("Hi")]
            assert server.accepted == 1


async def test_the_announced_end_of_a_stream_is_waited_for() -> None:
    with RawServer(say(chunked(EVENTS, *[b": more\n\n"] * 1000))) as server:
        async with AsyncClient(api_key=KEY, base_url=server.url, http2=True) as client:
            for _ in range(2):
                assert [piece async for piece in client.stream_text("Hi")] == ["Good."]
            assert server.accepted == 1


@pytest.fixture(params=["httpx", "httpx2"])
def library(request: pytest.FixtureRequest) -> Any:
    """Give a library of the family."""
    return pytest.importorskip(request.param)


class Own:
    """Both clients upon an httpx client of the user's own."""

    def __init__(self, kind: type[Blocking | Awaiting], library: Any, url: str, **arguments: Any) -> None:
        self.http = (library.Client if kind is Blocking else library.AsyncClient)(**arguments)
        self.made = kind(url, http=self.http)

    async def close(self) -> None:
        if isinstance(self.made, Blocking):
            self.http.close()
        else:
            await self.http.aclose()


async def test_a_client_of_the_users_own_stays_open(kind: type[Blocking | Awaiting], library: Any) -> None:
    with FakeOpenRouter().serve() as server:
        own = Own(kind, library, server.url)
        assert await own.made.complete()
        assert await own.made.stream()
        await own.made.leave_early()
        await own.made.close()
        assert own.http.is_closed is False
        with pytest.raises(ClosedClientError):
            await own.made.complete()
        again = kind(server.url, http=own.http)
        assert await again.complete()
        await own.close()
        with pytest.raises(ClosedClientError):
            await again.complete()
        server.wait_for_connections(0)


FAULTS = {
    "refused": None,
    "closed": say_and_hang_up(),
    "reset": lambda connection: (read_request(connection), reset(connection)),
    "nonsense": say_and_hang_up(b"nonsense\r\n\r\n"),
    "cut": say_and_hang_up(whole(b"{", length=100)),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_the_exceptions_of_the_family_are_ours(kind: type[Blocking | Awaiting], library: Any, fault: str) -> None:
    script = FAULTS[fault]
    with RawServer(*[script] if script else []) as server:
        own = Own(kind, library, server.url if script else "http://127.0.0.1:1/v1")
        with pytest.raises(Exception) as caught:  # noqa: PT011 - looked at below
            await own.made.complete(deadline=5)
        assert type(caught.value).__module__ == "openrouter.core.errors"
        assert isinstance(caught.value.__cause__, library.TransportError)
        if script:
            assert await own.made.complete() == "Good."
        await own.close()


# on trio, httpx itself leaves the iteration over a body to the garbage collection when it cannot be decoded
@pytest.mark.filterwarnings("ignore:Async generator 'http:ResourceWarning")
async def test_a_broken_encoding_and_a_redirect_are_bad_replies(kind: type[Blocking | Awaiting], library: Any) -> None:
    moved = b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"
    broken = whole(b"no gzip", b"Content-Encoding: gzip")
    for reply, error in ((broken, ResponseError), (moved, APIStatusError)):
        with RawServer(say_and_hang_up(reply), say_and_hang_up(reply)) as server:
            own = Own(kind, library, server.url, follow_redirects=True, max_redirects=0)
            with pytest.raises(error):
                await own.made.complete()
            await own.close()


async def test_a_small_pool_of_the_users_own_is_a_queue(kind: type[Blocking | Awaiting]) -> None:
    with RawServer() as server:
        own = Own(kind, httpx, server.url, limits=httpx.Limits(max_connections=1))
        incoming = await own.made.send(outgoing(base_url=server.url))
        with pytest.raises(APITimeoutError) as caught:
            await own.made.send(outgoing(base_url=server.url, deadline=0.1))
        assert caught.value.clock in {"queue", "deadline"}
        assert await own.made.read(incoming)
        assert await own.made.complete() == "Good."
        await own.close()


async def test_a_class_made_of_httpx_raises_what_httpx_raises() -> None:
    class Mine(httpx.Client):
        pass

    with Mine() as http, pytest.raises(APIConnectionError):
        SyncClient(api_key=KEY, base_url="http://127.0.0.1:1/v1", http=http, max_retries=0).complete("Hi")


class Endless(httpx.AsyncByteStream, httpx.SyncByteStream):
    """A stream without end, that waits for nothing and fails to close."""

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield b"data: " + CHUNK + b"\n\n"

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            yield b"data: " + CHUNK + b"\n\n"

    def close(self) -> None:
        raise httpx.CloseError("closing failed")

    async def aclose(self) -> None:
        raise httpx.CloseError("closing failed")


@pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning")  # trio tells of the one in the test
async def test_a_stream_that_neither_ends_nor_closes_is_left(kind: type[Blocking | Awaiting]) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Endless()))
    own = Own(kind, httpx, "https://api.test/v1", transport=transport)
    await own.made.leave_early()
    await own.close()


async def test_what_another_transport_lets_through_is_ours(kind: type[Blocking | Awaiting]) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise ConnectionResetError(104, "Connection reset by peer")

    own = Own(kind, httpx, "https://api.test/v1", transport=httpx.MockTransport(fail))
    with pytest.raises(APIConnectionError, match="reset by peer") as caught:
        await own.made.complete()
    assert caught.value.phase == "receive"
    assert isinstance(caught.value.__cause__, httpx.NetworkError)
    await own.close()


async def test_a_cancelled_task_gives_its_place_back() -> None:
    with RawServer(say(whole(b" ", length=100)), say(chunked(EVENTS[:-16], end=b""))) as server:
        async with AsyncClient(api_key=KEY, base_url=server.url, http2=True, max_connections=1) as client:
            for _ in range(2):
                async with anyio.create_task_group() as group:
                    group.start_soon(client.generate_text, "Hi")
                    await anyio.wait_all_tasks_blocked()
                    group.cancel_scope.cancel()
            assert await client.generate_text("Hi", deadline=5) == "Good."
