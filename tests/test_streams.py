"""A stream on the blocking client: when it sends, what it shows, and when it gives its connection back."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator

import httpx
import pytest

from openrouter import Chunk, InvalidArgumentError, OpenRouterError, ProviderError, Stream, SyncClient
from openrouter.testing import FakeOpenRouter, FakeTransport, MidStreamError, RawReply, TextReply
from tests.injected_time import InjectedTime, blocking_client

WORDS = TextReply("Once upon a time", reasoning="Let me think")
EVENTS = {"Content-Type": "text/event-stream"}
ANSWER = b'{"id":"gen-1","choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}]}'


@pytest.fixture
def fake() -> FakeOpenRouter:
    return FakeOpenRouter(respond=lambda _: WORDS)


@pytest.fixture
def transport(fake: FakeOpenRouter) -> FakeTransport:
    return fake.transport()


@pytest.fixture
def clock() -> InjectedTime:
    return InjectedTime()


@pytest.fixture
def client(transport: FakeTransport, clock: InjectedTime) -> Iterator[SyncClient]:
    with httpx.Client(transport=transport) as http:
        yield blocking_client(clock, http=http)


def test_nothing_is_sent_before_the_first_iteration(client: SyncClient, fake: FakeOpenRouter) -> None:
    stream = client.stream("Hi")
    assert (fake.requests, stream.completion, stream.http, stream.generation_id) == ([], None, None, None)
    next(iter(stream))
    assert len(fake.requests) == 1


def test_entering_sends_and_iterating_goes_on(client: SyncClient, fake: FakeOpenRouter) -> None:
    with client.stream("Hi") as stream:
        assert len(fake.requests) == 1
        assert stream.http is not None
        assert stream.http.status_code == 200
        assert stream.completion is None
        text = "".join(chunk.text for chunk in stream)
    assert text == "Once upon a time"
    assert len(fake.requests) == 1


def test_entering_a_stream_that_was_begun_loses_no_chunk(client: SyncClient) -> None:
    everything = [chunk.raw for chunk in client.stream("Hi")]
    stream = client.stream("Hi")
    first = next(iter(stream))
    with stream:
        rest = [chunk.raw for chunk in stream]
    assert len([first, *rest]) == len(everything)


def test_entering_twice_loses_no_chunk(client: SyncClient) -> None:
    with client.stream_text("Hi") as stream, stream:
        assert "".join(stream) == "Once upon a time"


def test_iterating_again_goes_on_where_it_stopped(client: SyncClient) -> None:
    pieces: list[str] = []
    stream = client.stream_text("Hi")
    for piece in stream:
        pieces.append(piece)
        break
    pieces.extend(stream)
    assert pieces == ["Once", " upon", " a", " time"]
    assert list(stream) == []


def test_the_folded_completion_is_that_of_a_whole_reply(clock: InjectedTime) -> None:
    replies = [FakeOpenRouter([WORDS]) for _ in range(2)]
    with replies[0].http() as http:
        whole = blocking_client(clock, http=http).complete("Hi")
    with replies[1].http() as http, blocking_client(clock, http=http).stream("Hi") as stream:
        assert list(stream)
    folded = stream.completion
    assert folded is not None
    # What the service itself sends differently in streams: no fingerprint, and details piece by piece.
    for completion in (whole, folded):
        completion.raw = {}
        completion.choices[0].raw = {}
        completion.choices[0].message.raw = {}
    assert folded == whole
    assert folded.text == "Once upon a time"
    assert folded.reasoning == "Let me think"


def test_times_are_those_of_the_clock(fake: FakeOpenRouter) -> None:
    clock = InjectedTime()
    with fake.http() as http:
        stream = blocking_client(clock, http=http).stream_text("Hi")
        clock.passed += 100  # what passes before it is sent does not count
        with stream:
            assert (stream.first_token_after, stream.latency) == (None, None)
            clock.passed += 2
            pieces = iter(stream)
            next(pieces)
            assert (stream.first_token_after, stream.latency) == (2.0, None)
            for _ in pieces:
                clock.passed += 0.5
    assert (stream.first_token_after, stream.latency) == (2.0, 3.5)
    assert stream.completion is not None
    assert stream.completion.latency == 3.5


def test_the_generation_id_comes_from_the_header_or_else_from_the_first_chunk() -> None:
    chunk = b'data: {"id":"gen-7","choices":[{"delta":{"content":"x"},"finish_reason":"stop"}]}\n\n'
    bare, told = RawReply(200, EVENTS, [chunk]), RawReply(200, {**EVENTS, "X-Generation-Id": "gen-8"}, [chunk])
    with FakeOpenRouter([bare, told]).http() as http:
        client = blocking_client(InjectedTime(), http=http)
        with client.stream("Hi") as first:
            assert first.generation_id is None
            next(iter(first))
            assert first.generation_id == "gen-7"
        with client.stream("Hi") as second:
            assert second.generation_id == "gen-8"


def leave_by_break(stream: Stream[Chunk]) -> None:
    with stream:
        for _ in stream:
            break


def leave_by_exception(stream: Stream[Chunk]) -> None:
    with pytest.raises(LookupError), stream:  # noqa: PT012 - leaving is what matters
        for _ in stream:
            raise LookupError


def leave_by_return(stream: Stream[Chunk]) -> object:
    with stream:
        for chunk in stream:
            return chunk
    return None


def leave_by_closing(stream: Stream[Chunk]) -> None:
    next(iter(stream))
    stream.close()
    stream.close()


def leave_without_reading(stream: Stream[Chunk]) -> None:
    with stream:
        pass


@pytest.mark.parametrize(
    "leave", [leave_by_break, leave_by_exception, leave_by_return, leave_by_closing, leave_without_reading]
)
def test_leaving_gives_the_connection_back_at_once(
    leave: Callable[[Stream[Chunk]], object], client: SyncClient, transport: FakeTransport
) -> None:
    stream = client.stream("Hi")
    leave(stream)
    assert transport.open_bodies == 0
    assert list(stream) == []
    assert (client.totals.abandoned, client.totals.requests) == (1, 1)


def test_a_bare_loop_that_is_left_gives_the_connection_back_at_once(
    client: SyncClient, transport: FakeTransport
) -> None:
    for chunk in client.stream("Hi"):
        assert (chunk.model, transport.open_bodies) == ("openrouter/simulated", 1)
        break
    assert transport.open_bodies == 0


def test_a_stream_that_nobody_holds_is_closed(client: SyncClient, transport: FakeTransport) -> None:
    gc.disable()
    try:
        stream = client.stream("Hi")
        next(iter(stream))
        gone = weakref.ref(stream)
        del stream
        assert gone() is None
        assert transport.open_bodies == 0
    finally:
        gc.enable()


def test_more_streams_are_left_than_there_are_connections(fake: FakeOpenRouter) -> None:
    with fake.serve() as server, SyncClient(api_key="sk-test", base_url=server.url, max_connections=2) as client:
        for _ in range(5):
            for chunk in client.stream("Hi", deadline=5):
                assert chunk.choices
                break
        assert client.generate_text("Hi", deadline=5) == "Once upon a time"


def test_streams_that_are_read_to_their_end_share_a_connection(fake: FakeOpenRouter) -> None:
    with fake.serve() as server, SyncClient(api_key="sk-test", base_url=server.url) as client:
        for _ in range(3):
            assert "".join(client.stream_text("Hi")) == "Once upon a time"
        assert server.accepted == 1


def test_callbacks_see_each_chunk_and_each_sign_of_life(client: SyncClient, fake: FakeOpenRouter) -> None:
    fake.add(RawReply(200, EVENTS, [b": 1\n\n", b": 2\n\n: 3\n\n", b"data: " + ANSWER + b"\n\n", b"data: [DONE]\n\n"]))
    seen: list[object] = []
    chunks = list(client.stream("Hi", on_chunk=seen.append, on_keepalive=lambda: seen.append("alive")))
    assert seen == ["alive", "alive", "alive", *chunks]


@pytest.mark.parametrize("option", ["on_chunk", "on_keepalive"])
def test_an_async_callback_is_refused_before_anything_is_sent(
    option: str, client: SyncClient, fake: FakeOpenRouter
) -> None:
    async def callback(*_: object) -> None: ...

    with pytest.raises(InvalidArgumentError, match=f"{option} is an async function: give it to AsyncClient"):
        client.stream("Hi", **{option: callback})  # type: ignore[arg-type]  # one of two names
    assert fake.requests == []


class Later:
    """Something to await that is no coroutine."""

    def __await__(self) -> Iterator[None]:
        yield


async def nothing() -> None: ...


@pytest.mark.parametrize("make", [Later, nothing])
@pytest.mark.parametrize("option", ["on_chunk", "on_keepalive"])
def test_a_callback_that_turns_out_to_be_async_is_refused_too(
    option: str, make: Callable[[], object], client: SyncClient, transport: FakeTransport
) -> None:
    with pytest.raises(InvalidArgumentError, match=f"{option} is an async function"):
        list(client.stream("Hi", **{option: lambda *_: make()}))  # type: ignore[arg-type]  # one of two names
    assert transport.open_bodies == 0


@pytest.mark.parametrize("option", ["on_chunk", "on_keepalive"])
@pytest.mark.parametrize("error", [LookupError("mine"), ProviderError("of another request")])
def test_an_error_of_a_callback_comes_out_as_it_is_and_closes_the_stream(
    option: str, error: Exception, client: SyncClient, fake: FakeOpenRouter, transport: FakeTransport
) -> None:
    def callback(*_: object) -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        list(client.stream("Hi", **{option: callback}))  # type: ignore[arg-type]  # one of two names
    assert raised.value is error
    assert vars(raised.value).get("model") is None
    assert transport.open_bodies == 0
    # It says nothing about the service: no other attempt, no failure in the books.
    assert len(fake.requests) == 1
    assert (client.totals.failures, client.totals.abandoned) == (0, 1)


def test_a_stream_that_is_left_is_booked_with_what_is_known(client: SyncClient, fake: FakeOpenRouter) -> None:
    usage = b'data: {"id":"gen-1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,"cost":0.5}}\n\n'
    fake.add(RawReply(200, EVENTS, [b"data: " + ANSWER + b"\n\n", usage, b"data: [DONE]\n\n"]))
    with client.stream("Hi") as stream:
        for chunk in stream:
            if chunk.usage is not None:
                break
    assert (client.totals.abandoned, client.totals.total_tokens, client.totals.cost) == (1, 7, 0.5)


def test_a_failed_stream_is_over(client: SyncClient, fake: FakeOpenRouter, transport: FakeTransport) -> None:
    fake.add(MidStreamError(2))
    stream = client.stream_text("Hi")
    pieces: list[str] = []
    with pytest.raises(OpenRouterError) as raised:
        pieces.extend(stream)
    assert raised.value.partial is not None
    assert raised.value.partial.text == "This is"
    assert stream.completion == raised.value.partial
    assert list(stream) == []
    assert transport.open_bodies == 0
