"""The fake in process, through blocking and async httpx clients."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest

from openrouter.testing import ErrorReply, FakeOpenRouter, RawReply, TextReply

if TYPE_CHECKING:
    from collections.abc import Callable

URL = "https://openrouter.ai/api/v1/chat/completions"
KEY = {"Authorization": "Bearer sk-or-v1-secret"}
SEGMENTS = [b"data: one\n\n", b"data: two\n\n", b"data: three\n\n"]
EVENT_STREAM = {"Content-Type": "text/event-stream"}


def payload(*, stream: bool = False) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": "Hello"}], "stream": stream}


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Note the waits of both kinds instead of waiting."""
    taken: list[float] = []

    async def nap(seconds: float) -> None:
        taken.append(seconds)

    monkeypatch.setattr(time, "sleep", taken.append)
    monkeypatch.setattr(anyio, "sleep", nap)
    return taken


def test_a_blocking_client_gets_a_whole_reply() -> None:
    fake = FakeOpenRouter([TextReply("Good morning")])
    with fake.http() as client:
        reply = client.post("/chat/completions", json=payload(), headers=KEY)
    assert reply.json()["choices"][0]["message"]["content"] == "Good morning"
    assert reply.headers["X-OpenRouter-Simulated"] == "true"
    assert fake.requests[0].path == "/api/v1/chat/completions"
    assert fake.requests[0].json() == payload()


@pytest.mark.anyio
async def test_an_async_client_gets_a_whole_reply() -> None:
    fake = FakeOpenRouter([TextReply("Good morning")])
    async with fake.async_http() as client:
        reply = await client.post("/chat/completions", json=payload(), headers=KEY)
    assert reply.json()["choices"][0]["message"]["content"] == "Good morning"
    assert reply.headers["X-OpenRouter-Simulated"] == "true"
    assert fake.requests[0].path == "/api/v1/chat/completions"
    assert fake.requests[0].json() == payload()


def test_a_blocking_stream_comes_segment_by_segment() -> None:
    fake = FakeOpenRouter([RawReply(200, EVENT_STREAM, SEGMENTS)])
    with fake.http() as client, client.stream("POST", URL, json=payload(stream=True), headers=KEY) as reply:
        assert list(reply.iter_raw()) == SEGMENTS


@pytest.mark.anyio
async def test_an_async_stream_comes_segment_by_segment() -> None:
    fake = FakeOpenRouter([RawReply(200, EVENT_STREAM, SEGMENTS)])
    async with (
        fake.async_http() as client,
        client.stream("POST", URL, json=payload(stream=True), headers=KEY) as reply,
    ):
        assert [segment async for segment in reply.aiter_raw()] == SEGMENTS


def test_an_error_is_an_ordinary_response() -> None:
    fake = FakeOpenRouter([ErrorReply(503, "Overloaded", headers={"Retry-After": "7"})])
    with fake.http() as client:
        reply = client.post(URL, json=payload(), headers=KEY)
    assert (reply.status_code, reply.headers["retry-after"]) == (503, "7")
    assert reply.json()["error"]["code"] == 503


def test_one_transport_serves_several_clients() -> None:
    transport = FakeOpenRouter([TextReply("one"), TextReply("two")]).transport()
    with httpx.Client(transport=transport) as first:
        assert "one" in first.post(URL, json=payload(), headers=KEY).text
    with httpx.Client(transport=transport) as second:
        assert "two" in second.post(URL, json=payload(), headers=KEY).text


def test_a_blocking_stream_that_is_left_early_is_closed_and_gives_no_more() -> None:
    transport = FakeOpenRouter([RawReply(200, EVENT_STREAM, SEGMENTS)]).transport()
    with httpx.Client(transport=transport) as client:
        with client.stream("POST", URL, json=payload(stream=True), headers=KEY) as reply:
            assert isinstance(reply.stream, httpx.SyncByteStream)
            segments = iter(reply.stream)
            assert next(segments) == SEGMENTS[0]
            assert transport.open_bodies == 1
        assert transport.open_bodies == 0
        assert list(segments) == []
        reply.close()
        reply.stream.close()
        assert transport.open_bodies == 0


@pytest.mark.anyio
async def test_an_async_stream_that_is_left_early_is_closed_and_gives_no_more() -> None:
    transport = FakeOpenRouter([RawReply(200, EVENT_STREAM, SEGMENTS)]).transport()
    async with httpx.AsyncClient(transport=transport) as client:
        async with client.stream("POST", URL, json=payload(stream=True), headers=KEY) as reply:
            assert isinstance(reply.stream, httpx.AsyncByteStream)
            segments = aiter(reply.stream)
            assert await anext(segments) == SEGMENTS[0]
            assert transport.open_bodies == 1
        assert transport.open_bodies == 0
        assert [segment async for segment in segments] == []


@pytest.mark.anyio
async def test_a_cancelled_async_request_gets_no_reply() -> None:
    fake = FakeOpenRouter([TextReply("Never", delay=3600)])
    async with fake.async_http() as client:
        with anyio.move_on_after(0.01) as scope:
            await client.post(URL, json=payload(), headers=KEY, timeout=None)
    assert scope.cancelled_caught
    assert len(fake.requests) == 1


def test_a_blocking_client_waits_as_the_reply_says(naps: list[float]) -> None:
    fake = FakeOpenRouter([RawReply(200, EVENT_STREAM, SEGMENTS, delay=5, pause=2)])
    with fake.http() as client:
        client.post(URL, json=payload(), headers=KEY)
    assert naps == [5, 2, 2]


@pytest.mark.anyio
async def test_an_async_client_waits_as_the_reply_says(naps: list[float]) -> None:
    fake = FakeOpenRouter([RawReply(200, EVENT_STREAM, SEGMENTS, delay=5, pause=2)])
    async with fake.async_http() as client:
        await client.post(URL, json=payload(), headers=KEY)
    assert naps == [5, 2, 2]


@pytest.mark.anyio
async def test_other_tasks_run_between_two_segments() -> None:
    fake = FakeOpenRouter([RawReply(200, EVENT_STREAM, SEGMENTS)] * 2)
    order: list[str] = []

    async def read(name: str, started: Callable[[], None]) -> None:
        async with client.stream("POST", URL, json=payload(stream=True), headers=KEY) as reply:
            started()
            await both.wait()
            segments = reply.aiter_raw()
            while await anext(segments, None):
                order.append(name)

    both = anyio.Event()
    waiting = {"a", "b"}

    def arrived(name: str) -> None:
        waiting.discard(name)
        if not waiting:
            both.set()

    async with fake.async_http() as client, anyio.create_task_group() as tasks:
        tasks.start_soon(read, "a", lambda: arrived("a"))
        tasks.start_soon(read, "b", lambda: arrived("b"))
    names = "".join(order)
    assert sorted(names) == ["a", "a", "a", "b", "b", "b"]
    assert names not in {"aaabbb", "bbbaaa"}
