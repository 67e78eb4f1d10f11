"""The fake over a real socket: connections, framing, odd clients, load, and a clean end."""

from __future__ import annotations

import errno
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack, closing
from typing import Any

import anyio
import httpx
import pytest
from attrs import evolve, frozen

from openrouter.testing import (
    Answer,
    Exchange,
    FakeOpenRouter,
    Fault,
    LoopbackServer,
    RawReply,
    RecordedRequest,
    TextReply,
)
from openrouter.testing.endings import Pieces

KEY = {"Authorization": "Bearer sk-or-v1-secret"}
EVENT_STREAM = {"Content-Type": "text/event-stream"}


def payload(content: str = "Hello", *, stream: bool = False) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": content}], "stream": stream}


def connect(server: LoopbackServer) -> socket.socket:
    url = httpx.URL(server.url)
    connection = socket.create_connection((url.host, url.port))
    connection.settimeout(10)
    return connection


def raw_request(content: str = "Hello", *headers: str, version: str = "1.1") -> bytes:
    body = json.dumps(payload(content)).encode()
    head = (
        f"POST /api/v1/chat/completions HTTP/{version}",
        "Host: localhost",
        "Authorization: Bearer key",
        f"Content-Length: {len(body)}",
        *headers,
    )
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def read_to_the_end(connection: socket.socket) -> bytes:
    received = bytearray()
    while segment := connection.recv(65536):
        received += segment
    return bytes(received)


def test_a_whole_reply_has_its_length_and_the_connection_is_used_again() -> None:
    fake = FakeOpenRouter()
    with fake.serve() as server, httpx.Client(base_url=server.url, headers=KEY) as client:
        first = client.post("/chat/completions", json=payload())
        second = client.post("/chat/completions", json=payload(stream=True))
        third = client.post("/chat/completions", json=payload())
        assert (server.accepted, server.connections) == (1, 1)
    assert int(first.headers["content-length"]) == len(first.content)
    assert first.json()["choices"][0]["message"]["content"] == "This is a simulated reply to: Hello"
    assert second.headers["transfer-encoding"] == "chunked"
    assert second.text.endswith("data: [DONE]\n\n")
    assert third.json()["id"] != first.json()["id"]
    assert [request.streaming for request in fake.requests] == [False, True, False]
    assert fake.requests[0].headers["authorization"] == KEY["Authorization"]


def test_a_server_without_a_descriptor_for_another_connection_accepts_it_later(monkeypatch: pytest.MonkeyPatch) -> None:
    full = iter([OSError(errno.EMFILE, "Too many open files"), ConnectionAbortedError()])

    class Full(socket.socket):
        def accept(self) -> Any:
            for error in full:
                raise error
            return super().accept()

    monkeypatch.setattr(socket, "socket", Full)
    with FakeOpenRouter().serve() as server, httpx.Client(base_url=server.url, headers=KEY) as client:
        assert client.post("/chat/completions", json=payload()).status_code == 200
        assert server.accepted == 1
    assert list(full) == []


def test_the_socket_says_what_the_transport_says() -> None:
    with FakeOpenRouter().serve() as server, httpx.Client(base_url=server.url, headers=KEY) as client:
        served = client.post("/chat/completions", json=payload())
    with FakeOpenRouter().http() as client:
        direct = client.post("/chat/completions", json=payload(), headers=KEY)
    assert served.content == direct.content
    assert dict(served.headers) == dict(direct.headers)


def test_a_stream_is_flushed_segment_by_segment() -> None:
    reply = RawReply(200, EVENT_STREAM, [b"data: one\n\n", b"data: two\n\n"], pause=3600)
    with FakeOpenRouter([reply]).serve() as server, closing(connect(server)) as connection:
        connection.sendall(raw_request())
        while b"data: one\n\n" not in connection.recv(65536):
            pass
        connection.settimeout(0.1)
        with pytest.raises(TimeoutError):
            connection.recv(65536)


def test_a_pause_that_is_over_is_followed_by_the_next_segment() -> None:
    reply = RawReply(200, EVENT_STREAM, [b"data: one\n\n", b"data: two\n\n"], delay=1e-9, pause=1e-9)
    with FakeOpenRouter([reply]).serve() as server, httpx.Client(headers=KEY) as client:
        response = client.post(f"{server.url}/chat/completions", json=payload())
    assert response.content == b"data: one\n\ndata: two\n\n"


def test_a_client_that_gives_up_waiting_is_noticed_at_once() -> None:
    asked = threading.Event()

    def respond(_: RecordedRequest) -> TextReply:
        asked.set()
        return TextReply("Never", delay=3600)

    with FakeOpenRouter(respond=respond).serve() as server:
        with closing(connect(server)) as connection:
            connection.sendall(raw_request())
            assert asked.wait(10)
        server.wait_for_connections(0)
        assert server.accepted == 1


def test_a_client_that_leaves_in_the_middle_of_a_reply_harms_nobody() -> None:
    endless = RawReply(200, EVENT_STREAM, [b"data: " + b"x" * 65536 + b"\n\n"] * 1000)
    with FakeOpenRouter([endless]).serve() as server:
        with closing(connect(server)) as connection:
            connection.sendall(raw_request())
            assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        server.wait_for_connections(0)
        with httpx.Client(headers=KEY) as client:
            assert client.post(f"{server.url}/chat/completions", json=payload()).status_code == 200


def test_requests_sent_ahead_are_answered_in_order() -> None:
    fake = FakeOpenRouter([TextReply("one", pause=1e-9), TextReply("two")])
    with fake.serve() as server, closing(connect(server)) as connection:
        connection.sendall(raw_request("first") + raw_request("second", "Connection: close"))
        received = read_to_the_end(connection)
    assert received.count(b"HTTP/1.1 200") == 2
    assert received.index(b'"one"') < received.index(b'"two"')
    assert [request.payload["messages"][0]["content"] for request in fake.requests] == ["first", "second"]


def test_a_request_sent_during_a_pause_is_kept() -> None:
    reply = RawReply(200, {"Content-Length": "2"}, [b"a", b"b"], pause=0.05)
    fake = FakeOpenRouter([reply, TextReply("two")])
    with fake.serve() as server, closing(connect(server)) as connection:
        connection.sendall(raw_request("first"))
        while not connection.recv(65536).endswith(b"a"):
            pass
        connection.sendall(raw_request("second", "Connection: close"))
        assert b'"two"' in read_to_the_end(connection)


def test_a_large_reply_arrives_in_full_before_the_connection_is_closed() -> None:
    large = b"x" * 5_000_000
    with FakeOpenRouter([RawReply(200, {}, [large])]).serve() as server:
        with closing(connect(server)) as connection:
            connection.sendall(raw_request("Hello", "Connection: close"))
            head, _, body = read_to_the_end(connection).partition(b"\r\n\r\n")
        assert b"connection: close" in head.lower()
        assert body == large
        server.wait_for_connections(0)


def test_a_body_may_be_of_any_size_and_come_in_pieces() -> None:
    content = "word " * 1_000_000
    fake = FakeOpenRouter([TextReply("Long")])
    body = json.dumps(payload(content)).encode()
    with fake.serve() as server, httpx.Client(headers=KEY) as client:
        response = client.post(
            f"{server.url}/chat/completions",
            content=(body[start : start + 100_000] for start in range(0, len(body), 100_000)),
        )
    assert response.json()["usage"]["prompt_tokens"] == 1_000_000
    assert fake.requests[0].body == body


def test_an_old_client_gets_a_stream_that_ends_with_the_connection() -> None:
    reply = RawReply(200, EVENT_STREAM, [b"data: one\n\n", b"data: two\n\n"])
    with FakeOpenRouter([reply]).serve() as server, closing(connect(server)) as connection:
        connection.sendall(raw_request(version="1.0"))
        head, _, body = read_to_the_end(connection).partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in head.lower()
    assert body == b"data: one\n\ndata: two\n\n"


def test_a_reply_without_a_body_is_sent() -> None:
    with FakeOpenRouter([RawReply(204)]).serve() as server, httpx.Client(headers=KEY) as client:
        response = client.post(f"{server.url}/chat/completions", json=payload())
    assert (response.status_code, response.content) == (204, b"")


@pytest.mark.parametrize(("length", "segments"), [("100", [b"short"]), ("1", [b"too long"])])
def test_a_length_that_is_not_true_cuts_the_connection(length: str, segments: list[bytes]) -> None:
    fake = FakeOpenRouter([RawReply(200, {"Content-Length": length}, segments)])
    with fake.serve() as server:
        with httpx.Client(headers=KEY) as client, pytest.raises(httpx.RemoteProtocolError):
            client.post(f"{server.url}/chat/completions", json=payload())
        server.wait_for_connections(0)


def test_nonsense_closes_the_connection_only() -> None:
    with FakeOpenRouter().serve() as server:
        with closing(connect(server)) as connection:
            connection.sendall(b"This is no HTTP\r\n\r\n")
            assert read_to_the_end(connection) == b""
        server.wait_for_connections(0)
        with httpx.Client(headers=KEY) as client:
            assert client.post(f"{server.url}/chat/completions", json=payload()).status_code == 200


def test_small_segments_are_sent_without_delay() -> None:
    served: list[int] = []

    class Watched(LoopbackServer):
        async def _serve_connection(self, connected: socket.socket) -> None:
            with connected.dup() as kept:
                try:
                    await super()._serve_connection(connected)
                finally:
                    served.append(kept.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    with Watched(FakeOpenRouter().answer) as server, httpx.Client(headers=KEY) as client:
        client.post(f"{server.url}/chat/completions", json=payload())
    assert served == [1]


@pytest.mark.anyio
async def test_hundreds_of_async_clients_are_served_at_once() -> None:
    fake = FakeOpenRouter()
    bodies: list[dict[str, Any]] = []
    with fake.serve() as server:
        async with AsyncExitStack() as stack:
            # Ten pools, because the time that one takes grows with the cube of its connections.
            clients = [await stack.enter_async_context(httpx.AsyncClient(headers=KEY)) for _ in range(10)]
            tasks = await stack.enter_async_context(anyio.create_task_group())

            async def ask(number: int) -> None:
                url = f"{server.url}/chat/completions"
                response = await clients[number % 10].post(url, json=payload(str(number)))
                bodies.append(response.json())

            for number in range(200):
                tasks.start_soon(ask, number)
    texts = {body["choices"][0]["message"]["content"] for body in bodies}
    assert texts == {f"This is a simulated reply to: {number}" for number in range(200)}
    assert len({body["id"] for body in bodies}) == len(fake.requests) == 200


def test_a_thousand_connections_stand_open_at_once() -> None:
    with FakeOpenRouter().serve() as server:
        connections = [connect(server) for _ in range(1000)]
        server.wait_for_connections(1000)
        for connection in connections:
            connection.sendall(raw_request("Hello", "Connection: close"))
        replies = [read_to_the_end(connection) for connection in connections]
        for connection in connections:
            connection.close()
        assert all(reply.startswith(b"HTTP/1.1 200") for reply in replies)
        assert server.accepted == 1000
        server.wait_for_connections(0)


def test_closing_leaves_no_thread_and_waits_for_nobody() -> None:
    before = set(threading.enumerate())
    fake = FakeOpenRouter([TextReply("Never", delay=3600)])
    server = fake.serve()
    with closing(connect(server)), closing(connect(server)) as busy, closing(connect(server)) as idle:
        busy.sendall(raw_request())
        idle.sendall(raw_request())
        server.wait_for_connections(3)
        server.close()
        assert set(threading.enumerate()) <= before
        assert server.connections == 0
        with pytest.raises(ConnectionRefusedError):
            connect(server)
    server.close()


def test_a_reply_that_nobody_reads_does_not_hold_up_the_end() -> None:
    before = set(threading.enumerate())
    server = FakeOpenRouter([RawReply(200, {}, [b"x" * 50_000_000])]).serve()
    with server, closing(connect(server)) as connection:
        connection.sendall(raw_request())
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
        server.close()
        assert set(threading.enumerate()) <= before


def test_a_port_may_be_chosen_and_one_in_use_is_refused() -> None:
    before = set(threading.enumerate())
    with FakeOpenRouter().serve() as server:
        port = httpx.URL(server.url).port or 0
        with pytest.raises(OSError, match="in use"):
            FakeOpenRouter().serve(port)
    with FakeOpenRouter().serve(port) as again:
        assert again.url == f"http://127.0.0.1:{port}/api/v1"
    assert set(threading.enumerate()) <= before


def test_waiting_for_connections_that_do_not_come_is_a_timeout() -> None:
    with (
        FakeOpenRouter().serve() as server,
        pytest.raises(TimeoutError, match="0 connections are open, not 1"),
    ):
        server.wait_for_connections(1, timeout=0.01)


def test_what_respond_raises_is_a_500_and_is_raised_when_the_server_is_closed() -> None:
    def respond(request: RecordedRequest) -> TextReply:
        return TextReply(request.payload[request.payload["messages"][0]["content"]])

    fake = FakeOpenRouter(respond=respond)
    server = fake.serve()
    with httpx.Client(base_url=server.url, headers=KEY) as client:
        replies = [client.post("/chat/completions", json=payload(content)) for content in ("nope", "neither")]
        fake.add(TextReply("Still here"))
        assert "Still here" in client.post("/chat/completions", json=payload()).text
    assert [reply.status_code for reply in replies] == [500, 500]
    assert replies[0].json() == {"error": {"message": "The fake could not answer: KeyError('nope')", "code": 500}}
    with pytest.raises(KeyError, match="nope"):
        server.close()
    server.close()


def test_an_error_while_a_body_is_made_ends_that_connection_alone() -> None:
    @frozen
    class Breaking(Fault):
        def strike(self, answer: Answer, exchange: Exchange) -> Answer:
            def segments() -> Iterator[bytes]:
                yield b"data: one\n\n"
                raise LookupError(exchange.number)

            return evolve(answer, headers={"transfer-encoding": "chunked"}, segments=Pieces(segments))

    server = FakeOpenRouter([Breaking(), TextReply("Still here")]).serve()
    with httpx.Client(base_url=server.url, headers=KEY) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            client.post("/chat/completions", json=payload(stream=True))
        assert "Still here" in client.post("/chat/completions", json=payload()).text
    with pytest.raises(LookupError, match="1"):
        server.close()


@pytest.mark.parametrize("path", ["/chat/completions", "/responses", "/embeddings", "/models"])
def test_an_odd_request_is_refused_and_leaves_no_error_behind(path: str) -> None:
    body = b'{"input":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    with FakeOpenRouter().serve() as server, httpx.Client(base_url=server.url, headers=KEY) as client:
        reply = client.post(path, content=body)
        assert client.get("/models").status_code == 200
        assert server.accepted == 1
    assert (reply.status_code, reply.json()["error"]["code"]) in {
        (400, 400),
        (400, "invalid_prompt"),
        (405, 405),
    }


@pytest.mark.parametrize(("path", "status"), [("/models", 405), ("/chat/completions", 405), ("/nothing", 404)])
def test_head_gets_a_reply_without_a_body_and_options_is_refused(path: str, status: int) -> None:
    fake = FakeOpenRouter()
    with fake.serve() as server, httpx.Client(base_url=server.url) as client, fake.http() as direct:
        replies = [client.head(path), direct.head(path)]
        assert client.options(path).status_code == status
        assert server.accepted == 1
    assert [(reply.status_code, reply.content) for reply in replies] == [(status, b"")] * 2


def test_a_client_that_waits_for_leave_to_send_its_body_gets_it() -> None:
    head, separator, body = raw_request("Hello", "Expect: 100-continue", "Connection: close").partition(b"\r\n\r\n")
    with FakeOpenRouter().serve() as server, closing(connect(server)) as connection:
        connection.sendall(head + separator)
        assert connection.recv(65536).startswith(b"HTTP/1.1 100 ")
        connection.sendall(body)
        assert read_to_the_end(connection).startswith(b"HTTP/1.1 200 ")
