"""Faults of the connection: httpx meets the same in process as over a socket, and the server ends in any state."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import closing
from itertools import islice
from typing import Any

import anyio
import httpx
import pytest

from openrouter.testing import (
    ClosedWhenIdle,
    Comments,
    Cut,
    Disconnect,
    FakeOpenRouter,
    Fault,
    Gzip,
    Late,
    LoopbackServer,
    NoAnswer,
    RawReply,
    Reply,
    ResetWhenIdle,
    Silent,
    Split,
    TextReply,
    Unreachable,
)

URL = "https://openrouter.ai/api/v1/chat/completions"
KEY = {"Authorization": "Bearer sk-or-v1-secret"}
BODY = RawReply(200, {"Content-Type": "application/json"}, [b"0123456789"] * 5)
CHUNKED = RawReply(200, {"Content-Type": "text/event-stream"}, [b"0123456789"] * 5)

FAILING: dict[str, Fault | Reply] = {
    "cut": Cut(after=25).on(BODY),
    "cut at once": Cut().on(BODY),
    "cut stream": Cut(after=25).on(CHUNKED),
    "cut stream after its last byte": Cut(after=50).on(CHUNKED),
    "cut stream after more than it has": Cut(after=51).on(CHUNKED),
    "cut stream without a byte": Cut().on(RawReply(200, {"Content-Type": "text/event-stream"})),
    "the earlier of two cuts": Cut(after=45).on(Cut(after=5).on(BODY)),
    "the earlier of two cuts, given later": Cut(after=5).on(Cut(after=45).on(BODY)),
    "reset": Cut(after=25, reset=True).on(BODY),
    "reset stream": Cut(after=25, reset=True).on(CHUNKED),
    "disconnected": Disconnect().on(BODY),
    "disconnected by a reset": Disconnect(reset=True).on(BODY),
    "a length that is too large": RawReply(200, {"Content-Length": "60"}, [b"0123456789"] * 5),
    "a length that is too small": RawReply(200, {"Content-Length": "45"}, [b"0123456789"] * 5),
}

TIMING_OUT: dict[str, Fault | Reply] = {
    "silent": Silent(after=25).on(BODY),
    "silent stream": Silent(after=50).on(CHUNKED),
    "never answered": NoAnswer().on(BODY),
    "too late": Late(3600).on(BODY),
    "too slow": Split(every=7, pause=3600).on(BODY),
}

GOOD: dict[str, Reply] = {
    "cut after the last byte": Cut(after=50).on(BODY),
    "silent after the last byte": Silent(after=50).on(BODY),
    "reset after more than there is": Cut(after=51, reset=True).on(BODY),
    "closed when idle": ClosedWhenIdle().on(CHUNKED),
    "reset when idle": ResetWhenIdle().on(CHUNKED),
    "late": Late(0.01).on(BODY),
    "compressed": Gzip().on(BODY),
}


def payload(*, stream: bool = False) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": "Hello"}], "stream": stream}


def asked(client: httpx.Client, url: str, timeout: float | None = 10.0) -> tuple[bytes, type[Exception] | None, str]:
    """Give what came of the body, and how it ended."""
    received = bytearray()
    try:
        with client.stream("POST", url, json=payload(), headers=KEY, timeout=timeout) as response:
            for data in response.iter_bytes():
                received += data
    except httpx.HTTPError as error:
        return bytes(received), type(error), str(error)
    return bytes(received), None, ""


@pytest.mark.parametrize("name", [*FAILING, *TIMING_OUT, *GOOD])
def test_httpx_meets_the_same_in_process_as_over_a_socket(name: str) -> None:
    reply = {**FAILING, **TIMING_OUT, **GOOD}[name]
    timeout = 0.1 if name in TIMING_OUT else 10.0
    with FakeOpenRouter([reply]).http() as client:
        direct = asked(client, URL, timeout)
    with FakeOpenRouter([reply]).serve() as server, httpx.Client() as client:
        served = asked(client, f"{server.url}/chat/completions", timeout)
    assert direct[1:] == served[1:]
    assert (direct[1] is None) == (name in GOOD)
    # What came in one segment with a failure is not given out over a socket.
    assert direct[0].startswith(served[0])


@pytest.mark.parametrize("after", [0, 1, 25, 49])
def test_as_many_bytes_come_as_were_to_come(after: int) -> None:
    for fault in (Cut(after=after), Cut(after=after, reset=True), Silent(after=after)):
        timeout = 0.1 if isinstance(fault, Silent) else 10.0
        with FakeOpenRouter([fault.on(CHUNKED)]).http() as client:
            assert asked(client, URL, timeout)[0] == (b"0123456789" * 5)[:after]
        with FakeOpenRouter([fault.on(CHUNKED)]).serve() as server, httpx.Client() as client:
            assert asked(client, f"{server.url}/chat/completions", timeout)[0] == (b"0123456789" * 5)[:after]


def test_what_cannot_be_reached_is_refused_in_process_and_reset_over_a_socket() -> None:
    with FakeOpenRouter([Unreachable()]).http() as client:
        assert asked(client, URL)[1] is httpx.ConnectError
    with FakeOpenRouter([Unreachable()]).serve() as server, httpx.Client() as client:
        assert asked(client, f"{server.url}/chat/completions")[1] is httpx.ReadError


def test_the_request_after_a_reset_meets_it_on_both_ways_and_is_not_recorded() -> None:
    for way in ("in process", "over a socket"):
        fake = FakeOpenRouter([ResetWhenIdle().on(BODY)])
        with fake.serve() as server:
            client = fake.http() if way == "in process" else httpx.Client(base_url=server.url)
            with client:
                first, second, third = (asked(client, "/chat/completions", None)[1] for _ in range(3))
        assert (first, third) == (None, None)
        # Where the reset comes between two writes, httpcore goes on, and finds the connection closed.
        assert second in {httpx.ReadError, httpx.RemoteProtocolError}
        assert len(fake.requests) == 2


def test_a_reset_does_not_follow_a_reply_that_was_left_early() -> None:
    with FakeOpenRouter([ResetWhenIdle().on(CHUNKED)]).http() as client:
        with client.stream("POST", URL, json=payload(), headers=KEY) as response:
            assert next(response.iter_raw()) == b"0123456789"
        assert client.post(URL, json=payload(), headers=KEY).status_code == 200


def test_a_request_sent_ahead_of_a_reset_is_not_read() -> None:
    fake = FakeOpenRouter([ResetWhenIdle().on(BODY)])
    with fake.serve() as server, closing(connected(server)) as connection:
        connection.sendall(request() * 2)
        while b"0123456789" * 5 not in connection.recv(65536, socket.MSG_PEEK):
            pass
        connection.recv(65536)
        with pytest.raises(ConnectionResetError):
            connection.recv(65536)
    assert len(fake.requests) == 1


def test_a_blocking_request_without_a_time_out_is_not_blocked_for_ever() -> None:
    fake = FakeOpenRouter([NoAnswer(), Silent(after=25).on(BODY)])
    with fake.http() as client:
        for _ in range(2):
            with pytest.raises(RuntimeError, match="Nothing more will ever come"):
                client.post(URL, json=payload(), headers=KEY, timeout=None)


@pytest.mark.parametrize("fault", [NoAnswer(), Silent(after=25)], ids=repr)
@pytest.mark.anyio
async def test_an_async_request_without_a_time_out_waits_until_it_is_cancelled(fault: Fault) -> None:
    fake = FakeOpenRouter([fault])
    transport = fake.transport()
    async with httpx.AsyncClient(transport=transport) as client:
        with anyio.move_on_after(0.01) as scope:
            await client.post(URL, json=payload(), headers=KEY, timeout=None)
    assert scope.cancelled_caught
    assert transport.open_bodies == 0


def connected(server: LoopbackServer) -> socket.socket:
    url = httpx.URL(server.url)
    connection = socket.create_connection((url.host, url.port))
    connection.settimeout(10)
    return connection


def request(*, stream: bool = True) -> bytes:
    body = json.dumps(payload(stream=stream)).encode()
    head = "POST /api/v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer key\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


@pytest.mark.parametrize(
    ("fault", "comes"),
    [
        (Late(3600), b""),
        (NoAnswer(), b""),
        (Silent(), b"\r\n\r\n"),
        (Silent(after=600), b"This"),
        (Split(every=300, pause=3600), b"This"),
        (Comments(), b": OPENROUTER PROCESSING\n\n"),
        (Comments(pause=0.0), b": OPENROUTER PROCESSING\n\n"),
        (Cut(), b"\r\n\r\n"),
        (ClosedWhenIdle(), b"[DONE]"),
        (ResetWhenIdle(), b"[DONE]"),
    ],
    ids=repr,
)
def test_the_server_ends_at_once_in_any_state(fault: Fault, comes: bytes) -> None:
    before = set(threading.enumerate())
    fake = FakeOpenRouter([fault])
    with fake.serve() as server, closing(connected(server)) as connection:
        connection.sendall(request())
        server.wait_for_connections(1)
        received = b""
        while comes not in received:
            received += connection.recv(65536)
        server.close()
        assert set(threading.enumerate()) <= before
        assert server.connections == 0


@pytest.mark.parametrize("fault", [Late(3600), NoAnswer(), Silent(after=600), Comments(), Cut()], ids=repr)
def test_a_client_that_leaves_is_noticed_in_any_state(fault: Fault) -> None:
    with FakeOpenRouter([fault]).serve() as server:
        with closing(connected(server)) as connection:
            connection.sendall(request())
            server.wait_for_connections(1)
        server.wait_for_connections(0)


def test_a_client_that_leaves_before_it_is_reset_is_noticed() -> None:
    with FakeOpenRouter([ResetWhenIdle()]).serve() as server:
        with closing(connected(server)) as connection:
            connection.sendall(request())
            received = b""
            while b"[DONE]" not in received:
                received += connection.recv(65536)
        server.wait_for_connections(0)


def test_an_endless_answer_is_made_while_it_is_read() -> None:
    endless = Split(every=1).on(Gzip().on(Comments(pause=0.0).on(TextReply("Never"))))
    with (
        FakeOpenRouter([endless]).http() as client,
        client.stream("POST", URL, json=payload(stream=True), headers=KEY) as response,
    ):
        lines = list(islice(response.iter_lines(), 1000))
    assert lines == [": OPENROUTER PROCESSING", ""] * 500


def test_reprs_tell_what_is_going_on_and_no_key() -> None:
    fake = FakeOpenRouter([TextReply("one"), Cut()])
    with fake.serve() as server, httpx.Client(base_url=server.url, headers=KEY) as client:
        client.post("/chat/completions", json=payload())
        assert repr(fake) == "<FakeOpenRouter: 1 requests so far, 1 replies scripted>"
        assert repr(server) == f"<LoopbackServer {server.url}: 1 connections open, 1 so far>"
        assert repr(fake.transport()) == "<FakeTransport: 0 replies open>"
        told = f"{fake!r}{server!r}{fake.exchanges!r}"
    assert KEY["Authorization"].split()[1] not in told
