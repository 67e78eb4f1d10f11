"""Clients that leave a stream before its end: the record says so, and it is booked in full."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from threading import Event
from typing import Any

import anyio
import httpx
import pytest

from openrouter.testing import (
    Answer,
    Comments,
    Cut,
    Disconnect,
    FakeOpenRouter,
    Fault,
    Late,
    LoopbackServer,
    NoAnswer,
    RecordedRequest,
    Silent,
    TextReply,
    Unreachable,
)
from openrouter.testing.replies import Reply
from tests.testing.test_faults_wire import connected, request

KEY = {"Authorization": "Bearer sk-or-v1-secret"}
WORDS = "One two three four five."


def body(*, stream: bool = True) -> dict[str, Any]:
    return {"model": "acme/large", "messages": [{"role": "user", "content": "Count."}], "stream": stream}


def cancelled(fake: FakeOpenRouter) -> bool:
    """Ask the record of the one generation, and make sure that it was booked in full."""
    (exchange,) = (exchange for exchange in fake.exchanges if exchange.request.method == "POST")
    assert exchange.answer
    assert fake.spent == exchange.answer.cost > 0
    with fake.http() as http:
        record = http.get("/generation", params={"id": exchange.generation_id}, headers=KEY).json()["data"]
    assert record["total_cost"] == float(fake.spent)
    assert record["cancelled"] is exchange.cancelled
    return exchange.cancelled


def fake_with(reply: Reply) -> FakeOpenRouter:
    return FakeOpenRouter([reply], generation_delay=0)


@contextlib.contextmanager
def asked(fake: FakeOpenRouter, *, stream: bool = True, **options: Any) -> Iterator[httpx.Response]:
    with (
        fake.http() as http,
        http.stream("POST", "/chat/completions", json=body(stream=stream), headers=KEY, **options) as reply,
    ):
        yield reply


def test_who_reads_to_the_end_does_not_leave() -> None:
    fake = fake_with(TextReply(WORDS))
    with asked(fake) as reply:
        assert reply.read().endswith(b"[DONE]\n\n")
    assert not cancelled(fake)


def test_who_has_every_byte_does_not_leave_without_asking_for_the_end() -> None:
    fake = fake_with(TextReply(WORDS))
    with asked(fake) as reply:
        for data in reply.iter_raw():
            if data.endswith(b"[DONE]\n\n"):
                break
    assert not cancelled(fake)


@pytest.mark.parametrize("count", [0, 1, 3])
@pytest.mark.parametrize("reply", [TextReply(WORDS), Comments().on(TextReply(WORDS))])
def test_who_stops_reading_leaves(reply: Reply, count: int) -> None:
    fake = fake_with(reply)
    with asked(fake) as response:
        pieces = response.iter_raw()
        assert len([next(pieces) for _ in range(count)]) == count
    assert cancelled(fake)


def test_what_is_no_stream_cannot_be_cancelled() -> None:
    fake = fake_with(TextReply(WORDS))
    with asked(fake, stream=False) as reply:
        assert reply.status_code == 200
    assert not cancelled(fake)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Cut(after=200), httpx.RemoteProtocolError),
        (Cut(after=200, reset=True), httpx.ReadError),
        (Disconnect(0.001), httpx.RemoteProtocolError),
    ],
)
def test_who_is_cut_off_did_not_leave(fault: Fault, error: type[Exception]) -> None:
    fake = fake_with(fault.on(TextReply(WORDS)))
    with pytest.raises(error), asked(fake) as reply:
        reply.read()
    assert not cancelled(fake)


@pytest.mark.parametrize("fault", [Silent(after=200), NoAnswer(), Late(5)])
def test_who_does_not_wait_any_longer_leaves(fault: Fault) -> None:
    fake = fake_with(fault.on(TextReply(WORDS)))
    with pytest.raises(httpx.ReadTimeout), asked(fake, timeout=0.01) as reply:
        reply.read()
    assert cancelled(fake)


def test_nobody_leaves_whom_nobody_reached() -> None:
    fake = fake_with(Unreachable().on(TextReply(WORDS)))
    with pytest.raises(httpx.ConnectError), asked(fake):
        pass
    (exchange,) = fake.exchanges
    assert (exchange.cancelled, fake.spent) == (False, 0)


@pytest.mark.anyio
@pytest.mark.parametrize("reply", [TextReply(WORDS, pause=60), TextReply(WORDS, delay=60)])
async def test_a_task_that_is_cancelled_leaves(reply: Reply) -> None:
    fake = fake_with(reply)
    async with fake.async_http() as http:
        with anyio.move_on_after(0.01) as scope:
            await http.post("/chat/completions", json=body(), headers=KEY, timeout=None)
    assert scope.cancelled_caught
    assert cancelled(fake)


# --- over a socket ----------------------------------------------------------------------------------------------------


def left_on_a_socket(server: LoopbackServer) -> None:
    with (
        httpx.Client(base_url=server.url, trust_env=False) as http,
        http.stream("POST", "/chat/completions", json=body(), headers=KEY) as reply,
    ):
        next(reply.iter_raw())
    # the server has noticed when it has closed its side too
    server.wait_for_connections(0)


@pytest.mark.parametrize(
    "reply", [TextReply(WORDS, pause=60), Silent(after=200).on(TextReply(WORDS)), Comments(10**6).on(TextReply(WORDS))]
)
def test_a_server_sees_who_hangs_up(reply: Reply) -> None:
    fake = fake_with(reply)
    with fake.serve() as server:
        left_on_a_socket(server)
    assert cancelled(fake)


@pytest.mark.parametrize("fault", [NoAnswer(), Late(60)])
def test_a_server_sees_who_hangs_up_before_there_is_a_reply(fault: Fault) -> None:
    asked = Event()

    def respond(_: RecordedRequest) -> Reply:
        asked.set()
        return fault.on(TextReply(WORDS))

    fake = FakeOpenRouter(respond=respond, generation_delay=0)
    with fake.serve() as server:
        with contextlib.closing(connected(server)) as connection:
            connection.sendall(request())
            assert asked.wait(10)
        server.wait_for_connections(0)
    assert cancelled(fake)


def test_a_server_sees_who_reads_to_the_end() -> None:
    fake = fake_with(TextReply(WORDS))
    with fake.serve() as server, httpx.Client(base_url=server.url, trust_env=False) as http:
        assert http.post("/chat/completions", json=body(), headers=KEY).status_code == 200
    assert not cancelled(fake)


def test_an_answer_that_nobody_watches_can_be_left() -> None:
    Answer(200, {}, ()).leave()
