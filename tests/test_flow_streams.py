"""Flows that emit events: on both clients, read to the end, left early, failing."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Generator
from typing import Any

import pytest

from openrouter import BadRequestError, BusyStreamError, ClosedStreamError
from openrouter.api.chat import Chat
from openrouter.effects import Emit, Next, Open, StreamFlow
from openrouter.flow_streams import FlowStream
from openrouter.operation import Resource, StreamFlowOperation
from openrouter.testing import ErrorReply, FakeOpenRouter, TextReply


class Talk(Resource[Any]):
    """A resource with an operation that emits."""

    @StreamFlowOperation
    @staticmethod
    def words(*prompts: str) -> StreamFlow[str, int]:
        """Stream several answers, and count their words."""
        return StreamFlow(stream_words(prompts))


closed: list[str] = []


def stream_words(prompts: tuple[str, ...]) -> Generator[Any, Any, int]:
    count = 0
    try:
        for prompt in prompts:
            opened = yield from Open(Chat.stream(prompt))
            while (chunk := (yield from Next(opened))) is not None:
                if chunk.text:
                    count += 1
                    yield from Emit(chunk.text)
            assert opened.completion is not None
            assert (yield from Next(opened)) is None
        return count
    finally:
        closed.append("flow")


@pytest.fixture
def fake() -> FakeOpenRouter:
    return FakeOpenRouter([TextReply("one two"), TextReply("three")])


@pytest.fixture(params=["blocking", "awaiting"])
async def stream(request: pytest.FixtureRequest, fake: FakeOpenRouter) -> AsyncIterator[Any]:
    """Give both kinds of streams behind the face of the asynchronous one."""
    if request.param == "awaiting":
        async with fake.async_client() as awaiting, Talk(awaiting.driver).words("a", "b") as made:
            yield made
    else:
        with fake.sync_client() as blocking, Talk(blocking.driver).words("a", "b") as made:
            yield Waited(made)


class Waited:
    """A blocking stream, as if it were awaited."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __aiter__(self) -> Any:
        return self

    async def __anext__(self) -> Any:
        for event in self._stream:
            return event
        raise StopAsyncIteration

    async def aclose(self) -> None:
        self._stream.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __repr__(self) -> str:
        return f"Async{self._stream!r}"


@pytest.mark.anyio
async def test_events_come_one_by_one_and_the_result_at_the_end(stream: Any, fake: FakeOpenRouter) -> None:
    assert (repr(stream), fake.requests) == ("AsyncFlowStream(state='not begun')", [])
    with pytest.raises(ClosedStreamError, match=r"no result before the end of .*\. Read it to its end first\.$"):
        _ = stream.result
    assert await anext(stream) == "one"
    with pytest.raises(ClosedStreamError, match=r"no result before the end of .*\. Read it to its end first\.$"):
        _ = stream.result
    assert repr(stream) == "AsyncFlowStream(state='open')"
    assert len(fake.requests) == 1, "the second is asked when it is wanted"
    assert [event async for event in stream] == [" two", "three"]
    assert (stream.result, repr(stream)) == (3, "AsyncFlowStream(state='ended')")
    assert [event async for event in stream] == []


@pytest.mark.anyio
async def test_leaving_early_closes_the_flow_and_what_it_opened(stream: Any, fake: FakeOpenRouter) -> None:
    closed.clear()
    assert await anext(stream) == "one"
    await stream.aclose()
    await stream.aclose()
    assert closed == ["flow"]
    with pytest.raises(ClosedStreamError, match="The stream was closed before its end"):
        await anext(stream)
    with pytest.raises(ClosedStreamError, match=r"no result .*\. Ask again for a new stream\.$"):
        _ = stream.result
    assert len(fake.requests) == 1


@pytest.mark.anyio
async def test_one_that_was_never_read_can_be_closed(stream: Any, fake: FakeOpenRouter) -> None:
    await stream.aclose()
    with pytest.raises(ClosedStreamError, match="The stream was closed before its end"):
        await anext(stream)
    assert fake.requests == []


def test_a_stream_that_nobody_holds_is_closed(fake: FakeOpenRouter) -> None:
    closed.clear()
    with fake.sync_client() as client:
        for _ in Talk(client.driver).words("a", "b"):
            break
        gc.collect()
        assert closed == ["flow"]
        assert client.totals.abandoned == 1


@pytest.mark.anyio
async def test_an_error_comes_out_and_ends_it() -> None:
    fake = FakeOpenRouter([TextReply("one"), ErrorReply(400, "No."), TextReply("one"), ErrorReply(400, "No.")])
    events: list[str] = []
    with fake.sync_client() as client:
        blocking = Talk(client.driver).words("a", "b")
        with pytest.raises(BadRequestError, match="No"):
            events.extend(blocking)
        with pytest.raises(ClosedStreamError, match="The stream failed before its end"):
            next(blocking)
    async with fake.async_client() as awaiting_client:
        awaiting = Talk(awaiting_client.driver).words("a", "b")
        with pytest.raises(BadRequestError, match="No"):
            [events.append(event) async for event in awaiting]  # type: ignore[func-returns-value]  # what came stays
        with pytest.raises(ClosedStreamError, match="The stream failed before its end"):
            await anext(awaiting)
    assert events == ["one", "one"]


def test_a_flow_cannot_read_its_own_stream() -> None:
    def selfish() -> Generator[Any, Any, None]:
        yield from Emit(1)
        next(stream)

    with FakeOpenRouter().sync_client() as client:
        stream = client.driver.run_stream(StreamFlow(selfish()))
        assert next(stream) == 1
        with pytest.raises(BusyStreamError):
            next(stream)


def test_the_signature_says_what_a_client_gives() -> None:
    client = FakeOpenRouter().sync_client()
    assert "-> FlowStream[str, int]" in str(__import__("inspect").signature(Talk(client.driver).words))


def test_what_closes_its_own_stream_has_no_result() -> None:
    """As another thread may do it behind the last effect."""
    streams: list[FlowStream[str, int]] = []

    def end() -> Generator[Any, Any, int]:
        yield from Emit("last")
        streams[0].close()
        return 1

    with FakeOpenRouter().sync_client() as client:
        streams.append(client.driver.run_stream(StreamFlow[str, int](end())))
        assert next(streams[0]) == "last"
        with pytest.raises(ClosedStreamError, match="was closed"):
            next(streams[0])
    with pytest.raises(ClosedStreamError):
        _ = streams[0].result
