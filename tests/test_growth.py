"""A chunk costs the same however many came before it, and a byte however long its line is and however it is cut.

Everything is counted, nothing is timed: see tests/growth.py for what the counts show and what they miss.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Final

import pytest

from openrouter import Stream
from openrouter.core.sse import EventDecoder
from openrouter.replies.reading import ChatReader
from openrouter.testing import FakeOpenRouter, RawReply
from tests.growth import (
    FLAT,
    HUNDRED_THOUSAND,
    NEARLY_FLAT,
    TEN_THOUSAND,
    TWO_THOUSAND,
    allocations,
    calls,
    calls_of,
    growth,
    pieces,
)
from tests.replies.arriving import DONE, delta, end, events, reader

pytestmark = pytest.mark.thorough

EVENT_STREAM: Final = {"Content-Type": "text/event-stream"}
KEEPALIVE: Final = b": OPENROUTER PROCESSING\n\n"


def assert_linear(spent: dict[int, tuple[int, int]], most_copied: float = NEARLY_FLAT) -> None:
    assert growth({size: called for size, (called, _) in spent.items()}) < FLAT
    assert growth({size: copied for size, (_, copied) in spent.items()}) < most_copied


def some_answer(number: int) -> dict[str, Any]:
    answered = delta(content="word ")
    answered["choices"][0]["logprobs"] = {"content": [{"token": "word", "logprob": -number, "top_logprobs": []}]}
    return answered


def some_call(number: int) -> dict[str, Any]:
    return delta(tool_calls=[{"id": f"call {number:6}", "function": {"name": "f", "arguments": "{}"}}])


def some_call_by_index(number: int) -> dict[str, Any]:
    return delta(tool_calls=[{"id": f"call {number:6}", "index": number, "function": {"name": "f", "arguments": "{}"}}])


def some_reasoning(_: int) -> dict[str, Any]:
    detail = {"type": "reasoning.text", "text": "hm, ", "index": 0, "format": "x"}
    return delta(content="", reasoning="hm, ", reasoning_details=[detail])


def some_detail(number: int) -> dict[str, Any]:
    return delta(reasoning_details=[{"type": "reasoning.summary", "summary": "Hm.", "index": number}])


def always(**fields: Any) -> Callable[[int], dict[str, Any]]:
    return lambda _: delta(**fields)


CHUNKS: Final[dict[str, Callable[[int], dict[str, Any]]]] = {
    "reasoning": some_reasoning,
    "details": some_detail,
    "details that are whole": always(reasoning_details=[{"type": "reasoning.encrypted", "data": "c2VjcmV0"}]),
    "pieces of a call": always(tool_calls=[{"index": 0, "function": {"arguments": '{"a":'}}]),
    "calls": some_call,
    "calls by index": some_call_by_index,
    "log probabilities": some_answer,
    "audio": always(audio={"id": "a", "data": "AAAA", "transcript": "la "}),
    "annotations": always(annotations=[{"type": "url_citation", "url_citation": {"url": "https://a.test"}}]),
    "nothing": always(content=""),
    "choices": lambda number: delta(number, content="word "),
}


# --- A chunk ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CHUNKS)
def test_any_chunk_of_the_reader(kind: str) -> None:
    check_chunks(CHUNKS[kind], TWO_THOUSAND)


def test_a_chunk_of_the_reader() -> None:
    check_chunks(always(content="word "), HUNDRED_THOUSAND)


def check_chunks(chunk: Callable[[int], dict[str, Any]], sizes: tuple[int, ...]) -> None:
    segments = [events(chunk(number)) + KEEPALIVE for number in range(sizes[-1])]

    def read(count: int) -> tuple[int, int]:
        counting, copying = reader(), reader()
        with calls() as called:
            for segment in segments[:count]:
                deque(counting.feed(segment), maxlen=0)
        with allocations() as copied:
            for segment in segments[:count]:
                deque(copying.feed(segment), maxlen=0)
                copied.done()
        assert (copying.events, copying.keepalives) == (count, count)
        return called.total, copied.total

    assert_linear({size: read(size) for size in sizes})


def test_many_chunks_in_one_segment() -> None:
    def read(count: int) -> tuple[int, int]:
        segment = events(delta(content="word ")) * count
        with calls() as called:
            assert sum(1 for _ in reader().feed(segment)) == count
        with allocations() as copied:
            for _ in reader().feed(segment):
                copied.done()
        return called.total, copied.total

    assert_linear({size: read(size) for size in TEN_THOUSAND})


def offering(count: int) -> FakeOpenRouter:
    """Give a service that streams so many chunks, each in a segment of its own and behind a sign of life."""
    segments = [KEEPALIVE + events(delta(content="word "))] * count
    return FakeOpenRouter(respond=lambda _: RawReply(200, EVENT_STREAM, [*segments, events(end()), DONE]))


def test_a_chunk_of_the_blocking_client() -> None:
    def read(count: int) -> tuple[int, int]:
        fake = offering(count)
        with fake.sync_client(model="acme/large") as client:
            with calls() as called:
                assert sum(1 for _ in client.stream("Hi")) == count + 1
            with allocations() as copied:
                for _ in client.stream("Hi"):
                    copied.done()
        return called.total, copied.total

    assert_linear({size: read(size) for size in TEN_THOUSAND})


@pytest.mark.anyio
async def test_a_chunk_of_the_awaiting_client() -> None:
    async def read(count: int) -> tuple[int, int]:
        fake = offering(count)
        async with fake.async_client(model="acme/large") as client:
            with calls() as called:
                assert len([None async for _ in client.stream("Hi")]) == count + 1
            with allocations() as copied:
                async for _ in client.stream("Hi"):
                    copied.done()
        return called.total, copied.total

    assert_linear({size: await read(size) for size in TWO_THOUSAND})


def test_what_a_stream_tells_on_its_way() -> None:
    """All but `completion` may be asked for at each chunk."""

    def tell(stream: Stream[Any]) -> tuple[Any, ...]:
        return stream.generation_id, repr(stream), stream.keepalives, stream.http, stream.first_token_after

    def follow(count: int) -> tuple[int, int]:
        with offering(count).sync_client(model="acme/large") as client:
            told: tuple[Any, ...] = ()
            with calls() as called:
                for _ in (stream := client.stream("Hi")):
                    told = tell(stream)
            assert told[:3] == ("gen-1", f"Stream(model='acme/large', state='open', chunks={count + 1})", count)
            with allocations() as copied:
                for _ in (stream := client.stream("Hi")):
                    tell(stream)
                    copied.done()
            ended.add(calls_of(lambda: [stream.completion for _ in range(100)]))
        return called.total, copied.total

    ended: set[int] = set()
    assert_linear({size: follow(size) for size in TWO_THOUSAND})
    assert len(ended) == 1, "once it has been folded, the completion is at hand"


# --- A byte -----------------------------------------------------------------------------------------------------------


def one_line(size: int, line_end: bytes) -> bytes:
    """Write an event in one line of this size."""
    return b"data: " + json.dumps(delta(content="x" * size)).encode() + line_end * 2


def many_lines(size: int, line_end: bytes) -> bytes:
    """Write an event in lines of a hundred bytes."""
    return (b"data: " + b"1" * 94 + line_end) * (size // 100) + line_end


def comments(size: int, line_end: bytes) -> bytes:
    """Write comments, and fields that say nothing, before an event."""
    written = b": OPENROUTER PROCESSING" + line_end * 2 + b"event: message" + line_end + b"id: 1" + line_end
    return written * (size // len(written)) + b"data: {}" + line_end * 2


def page(size: int, line_end: bytes) -> bytes:
    """Write a whole reply, as some services send where a stream was asked for, between blank lines."""
    message = {"role": "assistant", "content": "x" * size}
    body = {"id": "gen-1", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    return line_end * 100 + json.dumps(body, indent=1).encode().replace(b"\n", line_end) + line_end


SMALL: Final = (100, 500, 1_000, 10_000)
MIDDLE: Final = (500, 10_000, 20_000, 200_000)
LARGE: Final = (1_000, 50_000, 100_000, 2_000_000)
WHOLE: Final = 1 << 30
WAYS: Final = [
    pytest.param(written, sizes, cut, id=f"{written.__name__}-{sizes[-1]}-{cut}")
    for written, sizes, cuts in [
        (one_line, LARGE, (1024, 65_536, WHOLE)),
        (one_line, SMALL, (1, 7)),
        (many_lines, MIDDLE, (1024, WHOLE)),
        (many_lines, SMALL, (1,)),
        (comments, MIDDLE, (1024, WHOLE)),
        (comments, SMALL, (1,)),
    ]
    for cut in cuts
]
"""What is written, in which sizes, and how many bytes there are in a segment."""


def read_through(reading: Any, segments: Iterable[bytes], done: Callable[[], None] = lambda: None) -> None:
    """Let go of what comes out, and tell when a segment is done."""
    found = 0
    for segment in segments:
        for _ in reading.feed(segment):
            found += 1
        done()
    if isinstance(reading, ChatReader):
        found += sum(1 for _ in reading.finish())
        done()
    assert found in {1, 2}


def spent_on(body: bytes, cut: int, new: Callable[[], Any]) -> tuple[int, int]:
    """Give the calls that reading makes and the bytes that it allocates."""
    with calls() as called:
        read_through(new(), pieces(body, cut))
    with allocations() as copied:
        read_through(new(), pieces(body, cut), copied.done)
    return called.total, copied.total


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"], ids=["LF", "CR LF"])
@pytest.mark.parametrize(("written", "sizes", "cut"), WAYS)
def test_a_byte_of_a_long_event(
    written: Callable[[int, bytes], bytes], sizes: tuple[int, ...], cut: int, line_end: bytes
) -> None:
    assert_linear({size: spent_on(written(size, line_end), cut, EventDecoder) for size in sizes})


@pytest.mark.parametrize("cut", [1024, WHOLE])
@pytest.mark.parametrize("written", [one_line, page])
def test_a_byte_of_a_long_chunk(written: Callable[[int, bytes], bytes], cut: int) -> None:
    ending = events(end()) + DONE if written is one_line else b""
    # Where a text is long, the parser of JSON copies it once more.
    assert_linear({size: spent_on(written(size, b"\r\n") + ending, cut, reader) for size in LARGE}, most_copied=2.0)
