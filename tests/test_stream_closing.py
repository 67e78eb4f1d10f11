"""A stream, on both clients: how it is left and closed, who may read it, and when it gives its connection back."""

from __future__ import annotations

import pickle
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import anyio
import httpx
import pytest

from openrouter import ProviderError
from openrouter.core.errors import BusyStreamError, ClosedStreamError
from openrouter.testing import FakeOpenRouter, MidStreamError, RawReply, TextReply
from tests.injected_time import InjectedTime
from tests.stream_kinds import ANSWER, EVENTS, GATES, Awaiting, Blocking

pytestmark = pytest.mark.anyio

Kind = Blocking | Awaiting

USAGE = b'data: {"id":"gen-1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,"cost":0.5}}\n\n'


@pytest.fixture
def fake() -> FakeOpenRouter:
    return FakeOpenRouter(respond=lambda _: TextReply("Once upon a time"))


@pytest.fixture
def clock() -> InjectedTime:
    return InjectedTime()


@pytest.fixture(params=[Blocking, Awaiting])
async def made(request: pytest.FixtureRequest, fake: FakeOpenRouter, clock: InjectedTime) -> AsyncIterator[Kind]:
    kind: Kind = request.param(fake, clock)
    yield kind
    await kind.aclose()


async def leave_by_break(made: Kind, stream: Any) -> None:
    async with made.entered(stream):
        async for _ in made.loop(stream):
            break


async def leave_by_exception(made: Kind, stream: Any) -> None:
    with pytest.raises(LookupError):  # noqa: PT012 - leaving is what matters
        async with made.entered(stream):
            async for _ in made.loop(stream):
                raise LookupError


async def leave_by_return(made: Kind, stream: Any) -> object:
    async with made.entered(stream):
        async for chunk in made.loop(stream):
            return chunk
    return None


async def leave_by_closing(made: Kind, stream: Any) -> None:
    await made.following(stream)
    await made.close(stream)
    await made.close(stream)


async def leave_without_reading(made: Kind, stream: Any) -> None:
    async with made.entered(stream):
        pass


async def leave_by_closing_in_the_loop(made: Kind, stream: Any) -> None:
    with pytest.raises(ClosedStreamError):  # noqa: PT012 - leaving is what matters
        async for _ in made.loop(stream):
            await made.close(stream)


WAYS_OUT = [
    leave_by_break,
    leave_by_exception,
    leave_by_return,
    leave_by_closing,
    leave_without_reading,
    leave_by_closing_in_the_loop,
]


@pytest.mark.parametrize("leave", WAYS_OUT)
async def test_leaving_gives_the_connection_back_at_once(
    leave: Callable[[Kind, Any], Awaitable[object]], made: Kind
) -> None:
    stream = made.client.stream("Hi")
    await leave(made, stream)
    assert made.transport.open_bodies == 0
    assert (made.client.totals.abandoned, made.client.totals.requests) == (1, 1)
    with pytest.raises(ClosedStreamError, match="was closed before its end") as raised:
        await made.following(stream)
    assert raised.value.partial == stream.completion
    assert raised.value.generation_id == stream.generation_id


async def test_a_stream_that_was_closed_before_it_was_sent_sends_nothing(made: Kind, fake: FakeOpenRouter) -> None:
    stream = made.client.stream("Hi")
    await made.close(stream)
    for _ in range(2):
        with pytest.raises(ClosedStreamError, match=r"closed before its end.* Ask again for a new stream\.$"):
            await made.rest(stream)
    async with made.entered(stream):
        pass
    assert fake.requests == []
    assert made.client.totals.requests == 0


async def test_a_stream_that_failed_is_over_and_says_so(made: Kind, fake: FakeOpenRouter) -> None:
    fake.add(MidStreamError(2))
    stream = made.client.stream_text("Hi")
    with pytest.raises(ProviderError) as raised:
        await made.rest(stream)
    assert raised.value.partial is not None
    assert raised.value.partial.text == "This is"
    assert stream.completion == raised.value.partial
    assert made.transport.open_bodies == 0
    await made.close(stream)
    with pytest.raises(ClosedStreamError, match=r"failed before its end.* what arrived is in") as again:
        await made.rest(stream)
    assert again.value.partial == raised.value.partial
    assert type(pickle.loads(pickle.dumps(again.value))) is ClosedStreamError  # noqa: S301 - our own


@pytest.mark.parametrize("option", ["on_chunk", "on_keepalive"])
async def test_a_callback_may_close_its_stream(option: str, made: Kind, fake: FakeOpenRouter) -> None:
    def close(*_: object) -> Any:
        return made.close(stream) if isinstance(made, Awaiting) else stream.close()

    fake.add(RawReply(200, EVENTS, [b": 1\n\n", b"data: " + ANSWER + b"\n\n", USAGE]))
    stream = made.client.stream("Hi", **{option: close})
    pieces: list[Any] = []
    with pytest.raises(ClosedStreamError):  # noqa: PT012 - reading is what fails
        async for piece in made.loop(stream):
            pieces.append(piece)  # noqa: PERF401 - what comes before the error counts
    assert len(pieces) == (1 if option == "on_chunk" else 0), "the piece that is under way still comes"
    assert made.transport.open_bodies == 0
    assert made.client.totals.abandoned == 1


async def test_another_thread_or_task_may_close_a_stream_that_is_read(made: Kind) -> None:
    gate = GATES[type(made)]()
    stream = made.client.stream("Hi", on_chunk=gate)
    pieces: list[str] = []

    async def read() -> None:
        with pytest.raises(ClosedStreamError) as raised:  # noqa: PT012 - reading is what fails
            async for piece in made.loop(stream):
                pieces.append(piece.text)  # noqa: PERF401 - what comes before the error counts
        assert raised.value.partial == stream.completion

    async with anyio.create_task_group() as group:
        group.start_soon(gate.run, read)
        await gate.reached()
        await made.close(stream)
        assert "closed" in repr(stream)
        with pytest.raises(ClosedStreamError):
            await made.following(stream)
        gate.let_go()
    assert len(pieces) == 1
    assert made.transport.open_bodies == 0
    assert made.client.totals.abandoned == 1


async def test_a_second_reader_is_refused_and_does_not_disturb_the_first(made: Kind) -> None:
    gate = GATES[type(made)]()
    stream = made.client.stream("Hi", on_chunk=gate)
    pieces: list[str] = []

    async def read() -> None:
        pieces.extend([piece.text async for piece in made.loop(stream)])

    async with anyio.create_task_group() as group:
        group.start_soon(gate.run, read)
        await gate.reached()
        for _ in range(2):
            with pytest.raises(BusyStreamError, match="Another thread or task is just waiting"):
                await made.following(stream)
        gate.let_go()
    assert "".join(pieces) == "Once upon a time"
    assert made.client.totals.successes == 1


class Unclosable(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body of somebody's own transport that fails to close."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __iter__(self) -> Iterator[bytes]:
        return iter([b"data: " + ANSWER + b"\n\n"])

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for data in self:
            yield data

    def close(self) -> None:
        raise self._error

    async def aclose(self) -> None:
        raise self._error


@pytest.mark.parametrize("error", [ValueError("mine"), RuntimeError("mine")], ids=repr)
async def test_an_error_of_closing_is_not_swallowed(error: Exception, made: Kind) -> None:
    stream = made.through(httpx.MockTransport(lambda _: httpx.Response(200, stream=Unclosable(error)))).stream("Hi")
    assert (await made.following(stream)).text == "x"
    with pytest.raises(type(error)) as raised:
        await made.close(stream)
    assert raised.value is error


async def test_a_stream_that_is_left_is_booked_with_what_is_known(made: Kind, fake: FakeOpenRouter) -> None:
    fake.add(RawReply(200, EVENTS, [b"data: " + ANSWER + b"\n\n", USAGE, b"data: [DONE]\n\n"]))
    async with made.entered(made.client.stream("Hi")) as stream:
        async for chunk in made.loop(stream):
            if chunk.usage is not None:
                break
    totals = made.client.totals
    assert (totals.abandoned, totals.total_tokens, totals.cost) == (1, 7, 0.5)


# --- over a socket ----------------------------------------------------------------------------------------------------


async def test_more_streams_are_left_than_there_are_connections(made: Kind, fake: FakeOpenRouter) -> None:
    with fake.serve() as server:
        async with made.connected(base_url=server.url, max_connections=2) as client:
            for _ in range(5):
                async with made.entered(client.stream("Hi", deadline=5)) as stream:
                    async for chunk in made.loop(stream):
                        assert chunk.choices
                        break
            assert await made.got(client.generate_text("Hi", deadline=5)) == "Once upon a time"


async def test_streams_that_are_read_to_their_end_share_a_connection(made: Kind, fake: FakeOpenRouter) -> None:
    with fake.serve() as server:
        async with made.connected(base_url=server.url) as client:
            for _ in range(3):
                assert "".join(await made.rest(client.stream_text("Hi"))) == "Once upon a time"
        assert server.accepted == 1
