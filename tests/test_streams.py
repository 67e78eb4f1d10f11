"""A stream, on both clients: when it sends, what it shows, and what its callbacks see."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from openrouter import InvalidArgumentError, OpenRouterError, ProviderError
from openrouter.core.errors import ClosedStreamError
from openrouter.testing import FakeOpenRouter, MidStreamError, RawReply, TextReply
from tests.injected_time import InjectedTime
from tests.stream_kinds import ANSWER, EVENTS, OVER, Awaiting, Blocking

pytestmark = pytest.mark.anyio

Kind = Blocking | Awaiting

WORDS = TextReply("Once upon a time", reasoning="Let me think")
ALIVE = RawReply(200, EVENTS, [b": 1\n\n", b": 2\n\n: 3\n\n", b"data: " + ANSWER + b"\n\n", b"data: [DONE]\n\n"])
BUSY = b'data: {"error":{"code":503,"message":"Busy","metadata":{"error_type":"provider_overloaded"}}}\n\n'


@pytest.fixture
def fake() -> FakeOpenRouter:
    return FakeOpenRouter(respond=lambda _: WORDS)


@pytest.fixture
def clock() -> InjectedTime:
    return InjectedTime()


@pytest.fixture(params=[Blocking, Awaiting])
async def made(request: pytest.FixtureRequest, fake: FakeOpenRouter, clock: InjectedTime) -> AsyncIterator[Kind]:
    kind: Kind = request.param(fake, clock)
    yield kind
    await kind.aclose()


# --- beginning and going on -------------------------------------------------------------------------------------------


async def test_nothing_is_sent_before_the_first_iteration(made: Kind, fake: FakeOpenRouter) -> None:
    stream = made.client.stream("Hi")
    assert (fake.requests, stream.completion, stream.http, stream.generation_id) == ([], None, None, None)
    await made.following(stream)
    assert len(fake.requests) == 1
    await made.close(stream)


async def test_entering_sends_and_iterating_goes_on(made: Kind, fake: FakeOpenRouter) -> None:
    async with made.entered(made.client.stream("Hi")) as stream:
        assert len(fake.requests) == 1
        assert stream.http.status_code == 200
        assert stream.completion is None
        text = "".join([chunk.text async for chunk in made.loop(stream)])
    assert text == "Once upon a time"
    assert len(fake.requests) == 1


async def test_a_second_attempt_after_entering_shows_nothing_but_its_pieces(made: Kind, fake: FakeOpenRouter) -> None:
    fake.add(RawReply(200, EVENTS, [BUSY]))
    async with made.entered(made.client.stream_text("Hi")) as stream:
        assert len(fake.requests) == 1
        assert await made.rest(stream) == ["Once", " upon", " a", " time"]
    assert len(fake.requests) == 2


async def test_entering_a_stream_that_was_begun_loses_no_chunk(made: Kind) -> None:
    stream = made.client.stream_text("Hi")
    first = await made.following(stream)
    async with made.entered(stream), made.entered(stream):
        rest = await made.rest(stream)
    assert [first, *rest] == ["Once", " upon", " a", " time"]


async def test_iterating_again_goes_on_where_it_stopped_and_after_the_end_stops_again(made: Kind) -> None:
    pieces: list[str] = []
    async with made.entered(made.client.stream_text("Hi")) as stream:
        async for piece in made.loop(stream):
            pieces.append(piece)
            break
        pieces.extend(await made.rest(stream))
    assert pieces == ["Once", " upon", " a", " time"]
    await made.close(stream)
    assert await made.rest(stream) == []
    assert await made.following(stream) is OVER


async def test_a_stream_is_its_own_iterator(made: Kind) -> None:
    stream = made.client.stream_text("Hi")
    assert (aiter(stream) if isinstance(made, Awaiting) else iter(stream)) is stream
    assert [await made.following(stream), *await made.rest(stream)] == ["Once", " upon", " a", " time"]


async def test_the_folded_completion_is_that_of_a_whole_reply(made: Kind, fake: FakeOpenRouter) -> None:
    fake.add(WORDS)
    whole = await made.got(made.client.complete("Hi"))
    stream = made.client.stream("Hi")
    assert await made.rest(stream)
    folded = stream.completion
    for completion in (whole, folded):
        # What differs from request to request, and what the service leaves out of streams.
        completion.id = completion.created = completion.system_fingerprint = None
    assert folded == whole
    assert folded.text == "Once upon a time"
    assert folded.reasoning == "Let me think"


# --- what it shows ----------------------------------------------------------------------------------------------------


async def test_times_are_those_of_the_clock(made: Kind, clock: InjectedTime) -> None:
    stream = made.client.stream_text("Hi")
    clock.passed += 100  # what passes before it is sent does not count
    async with made.entered(stream):
        assert (stream.first_token_after, stream.latency) == (None, None)
        clock.passed += 2
        await made.following(stream)
        assert (stream.first_token_after, stream.latency) == (2.0, None)
        async for _ in made.loop(stream):
            clock.passed += 0.5
    assert (stream.first_token_after, stream.latency) == (2.0, 3.5)
    assert stream.completion.latency == 3.5


async def test_a_stream_that_ends_early_has_lasted_until_then(
    made: Kind, fake: FakeOpenRouter, clock: InjectedTime
) -> None:
    async with made.entered(made.client.stream("Hi")) as left:
        clock.passed += 2
    assert (left.latency, left.first_token_after) == (2.0, None)
    await made.close(left)
    assert left.latency == 2.0
    fake.add(MidStreamError(2))
    failed = made.client.stream("Hi", on_chunk=lambda _: clock.sleep(1))
    with pytest.raises(ProviderError) as raised:
        await made.rest(failed)
    assert (failed.latency, raised.value.partial.latency) == (2.0, 2.0)
    unsent = made.client.stream("Hi")
    await made.close(unsent)
    assert unsent.latency is None


async def test_the_generation_id_comes_from_the_header_or_else_from_the_first_chunk(
    made: Kind, fake: FakeOpenRouter
) -> None:
    chunk = b'data: {"id":"gen-7","choices":[{"delta":{"content":"x"},"finish_reason":"stop"}]}\n\n'
    fake.add(RawReply(200, EVENTS, [chunk]), RawReply(200, {**EVENTS, "X-Generation-Id": "gen-8"}, [chunk]))
    async with made.entered(made.client.stream("Hi")) as first:
        assert first.generation_id is None
        await made.following(first)
        assert first.generation_id == "gen-7"
    async with made.entered(made.client.stream("Hi")) as second:
        assert second.generation_id == "gen-8"


async def test_its_repr_says_of_which_model_it_is_and_how_far_it_has_come(made: Kind, fake: FakeOpenRouter) -> None:
    stream = made.client.stream("Hi", model="a/b")
    shown = [repr(stream)]
    async with made.entered(stream):
        shown.append(repr(stream))
        await made.following(stream)
        shown.append(repr(stream))
    shown.append(repr(stream))
    fake.add(MidStreamError(2), RawReply(200, EVENTS, [b"data: " + ANSWER + b"\n\ndata: [DONE]\n\n"]))
    failed, ended = made.client.stream("Hi", model="a/b"), made.client.stream("Hi")
    with pytest.raises(ProviderError):
        await made.rest(failed)
    await made.rest(ended)
    assert [text.removeprefix(made.name) for text in (*shown, repr(failed), repr(ended))] == [
        "(model=None, state='not begun', chunks=0)",
        "(model='a/b', state='open', chunks=0)",
        "(model='a/b', state='open', chunks=1)",
        "(model='a/b', state='closed', chunks=1)",
        "(model='a/b', state='failed', chunks=3)",
        "(model=None, state='ended', chunks=1)",
    ]


async def test_a_request_that_cannot_be_made_is_no_begun_stream(made: Kind) -> None:
    stream = made.client.stream("Hi", extra_headers={"A": "b\r\nC: d"})
    for expected in (InvalidArgumentError, ClosedStreamError):
        with pytest.raises(expected):
            async with made.entered(stream):
                pass
    assert "not begun" in repr(stream)


# --- callbacks --------------------------------------------------------------------------------------------------------


async def test_callbacks_see_each_chunk_and_each_sign_of_life(made: Kind, fake: FakeOpenRouter) -> None:
    fake.add(ALIVE)
    seen: list[object] = []
    stream = made.client.stream("Hi", on_chunk=seen.append, on_keepalive=lambda: seen.append(stream.keepalives))
    chunks = await made.rest(stream)
    assert seen == [1, 3, 3, *chunks]
    assert stream.keepalives == 3


async def test_signs_of_life_are_counted_over_all_attempts_with_and_without_a_callback(
    made: Kind, fake: FakeOpenRouter
) -> None:
    fake.add(RawReply(200, EVENTS, [b": 1\n\n", b": 2\n\n", BUSY]), ALIVE)
    stream = made.client.stream("Hi")
    assert stream.keepalives == 0
    assert len(await made.rest(stream)) == 1
    assert (stream.keepalives, stream.http.attempts) == (5, 2)


CALLBACK_ERRORS = [LookupError("mine"), ValueError("mine"), RuntimeError("mine"), ProviderError("of another request")]


@pytest.mark.parametrize("option", ["on_chunk", "on_keepalive"])
@pytest.mark.parametrize("error", CALLBACK_ERRORS, ids=lambda error: type(error).__name__)
async def test_an_error_of_a_callback_comes_out_as_it_is_and_closes_the_stream(
    option: str, error: Exception, made: Kind, fake: FakeOpenRouter
) -> None:
    def callback(*_: object) -> None:
        raise error

    fake.add(ALIVE)
    with pytest.raises(type(error)) as raised:
        await made.rest(made.client.stream("Hi", **{option: callback}))
    assert raised.value is error
    assert vars(raised.value).get("model") is None
    assert made.transport.open_bodies == 0
    # It says nothing about the service: no other attempt, no failure in the books.
    assert len(fake.requests) == 1
    assert (made.client.totals.failures, made.client.totals.abandoned) == (0, 1)


@pytest.mark.parametrize("error", [StopIteration, StopAsyncIteration])
async def test_a_callback_cannot_end_a_stream_by_the_exception_that_ends_loops(
    error: type[Exception], made: Kind
) -> None:
    def callback(_: object) -> None:
        raise error

    with pytest.raises((RuntimeError, StopAsyncIteration)) as raised:
        await made.rest(made.client.stream("Hi", on_chunk=callback))
    assert not isinstance(raised.value, OpenRouterError)
    assert made.transport.open_bodies == 0
