"""What is held does not depend on how many chunks and requests there were, but for the texts that somebody will read.

Everything is counted, nothing is timed: see tests/growth.py for what the counts show and what they miss.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import httpx
import pytest
from anyio.lowlevel import checkpoint
from attrs import define, field

from openrouter import (
    AsyncClient,
    CircuitBreaker,
    Completion,
    Ledger,
    Policy,
    RateLimit,
    Retry,
    ServerError,
    StreamInterruptedError,
    SyncClient,
)
from openrouter.core.wire import Moment
from openrouter.policy import Facts, Go
from openrouter.policy.facts import NO_BILL
from openrouter.policy.rows import MOST_ROWS, Ending
from openrouter.replies.reading import ChatReader
from openrouter.testing import FakeOpenRouter, RawReply
from tests.growth import NEARLY_FLAT, growth, held
from tests.policy.situations import a_500
from tests.replies.arriving import DONE, delta, end, events, reader, whole

pytestmark = pytest.mark.thorough

EVENT_STREAM: Final = {"Content-Type": "text/event-stream"}
KEEPALIVE: Final = b": OPENROUTER PROCESSING\n\n"
KB: Final = 1024
LITTLE: Final = 24 * KB
"""Bytes that may be held besides: an empty list here and there, whatever the number of chunks and requests."""
MOST_TIMES: Final = 4
"""How often a text may be held while it arrives: in its pieces, and in what they are folded into."""
PENDING: Final = 128 * KB
"""Bytes that pieces may take which came last and are not put together yet."""
CHUNKS: Final = 10_000
MANY_CHUNKS: Final = 50_000


def arguments(text: str) -> dict[str, Any]:
    return delta(tool_calls=[{"index": 0, "function": {"arguments": text}}])


def detail(text: str) -> dict[str, Any]:
    return delta(reasoning_details=[{"type": "reasoning.text", "text": text, "index": 0}])


def thinking(text: str) -> dict[str, Any]:
    return delta(reasoning=text)


def saying(text: str) -> dict[str, Any]:
    return delta(content=text)


def sounding(text: str) -> dict[str, Any]:
    return delta(audio={"data": text})


def pass_by(reading: ChatReader, segment: bytes, count: int) -> None:
    """Read so many segments and keep nothing of what comes out."""
    for _ in range(count):
        deque(reading.feed(segment), maxlen=0)


# --- Streams ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "segment",
    [KEEPALIVE, events(delta()), events(delta(content="")), events(thinking("")), events(arguments("")), b"\r\n"],
    ids=["signs of life", "chunks", "empty text", "empty reasoning", "empty arguments", "blank lines"],
)
def test_what_says_nothing_leaves_nothing(segment: bytes) -> None:
    reading = reader()
    pass_by(reading, events(saying("word")) + segment, 10)
    with held() as spent:
        pass_by(reading, segment, CHUNKS)
    assert spent.total < LITTLE


@pytest.mark.parametrize(
    ("chunk", "piece"),
    [
        *((chunk, "word ") for chunk in (saying, thinking, detail, arguments, sounding)),
        *((saying, piece) for piece in ("größer ", "語", "🌊")),
    ],
)
def test_pieces_of_text_are_held_as_text(chunk: Callable[[str], dict[str, Any]], piece: str) -> None:
    """However small the pieces are, they are no list of small strings in the end."""
    segment = events(chunk(piece))
    reading = reader()
    pass_by(reading, segment, 10)
    with held() as spent:
        pass_by(reading, segment, CHUNKS)
    assert spent.total < MOST_TIMES * size(piece) * CHUNKS + PENDING


def size(text: str) -> int:
    """Give the bytes that a text takes: as many for each character as the widest of them needs."""
    widest = max(text)
    return len(text) * (1 if widest < "\u0100" else 2 if widest < "\U00010000" else 4)


WHOLE_THINGS: Final = {
    "details that are whole": {"reasoning_details": [{"type": "reasoning.encrypted", "data": "c2VjcmV0"}]},
    "annotations": {"annotations": [{"type": "url_citation", "url_citation": {"url": "https://a.test"}}]},
}


@pytest.mark.parametrize("kind", WHOLE_THINGS)
def test_whole_things_are_held_one_by_one(kind: str) -> None:
    segment = events(delta(**WHOLE_THINGS[kind]))

    def read(count: int) -> int:
        with held() as spent:
            reading = reader()
            pass_by(reading, segment, count)
            assert reading.completion
        return spent.total

    assert growth({count: read(count) for count in (1, 500, 1_000, 3_000)}) < NEARLY_FLAT


def test_a_completion_that_is_kept() -> None:
    """Nothing but itself is kept: neither the pieces that it was folded from nor the reader."""

    def read() -> Completion | None:
        reading = reader()
        pass_by(reading, events(saying("word ")), MANY_CHUNKS)
        deque(reading.feed(events(end()) + DONE), maxlen=0)
        return reading.completion

    read()
    with held() as spent:
        completion = read()
    assert completion is not None
    assert len(completion.text) == 5 * MANY_CHUNKS
    assert spent.total < len(completion.text) + LITTLE


def test_the_error_of_a_stream_that_broke() -> None:
    def read() -> StreamInterruptedError:
        reading = reader()
        pass_by(reading, events(saying("word ")), MANY_CHUNKS)
        with pytest.raises(StreamInterruptedError) as broken:
            deque(reading.finish(), maxlen=0)
        return broken.value

    read()
    with held() as spent:
        error = read()
    assert error.partial is not None
    assert len(error.partial.text) == 5 * MANY_CHUNKS
    # The traceback holds the reader.
    assert spent.total < MOST_TIMES * 5 * MANY_CHUNKS + PENDING


def test_completions_that_are_kept() -> None:
    body = {"id": "gen", "choices": [{"index": 0, "message": {"content": "x" * 1000}, "finish_reason": "stop"}]}

    def keep(count: int) -> int:
        with held() as spent:
            kept = [whole(body) for _ in range(count)]
            assert kept
        return spent.total

    assert growth({count: keep(count) for count in (1, 50, 100, 1_000)}) < NEARLY_FLAT


SILENT: Final = KEEPALIVE + events(delta(content=""))


def silent(count: int) -> FakeOpenRouter:
    """Give a service that has little to say, in so many chunks and signs of life."""
    reply = RawReply(200, EVENT_STREAM, [events(saying("word"))] * 10 + [SILENT] * count + [events(end()), DONE])
    return FakeOpenRouter(respond=lambda _: reply)


def test_a_stream_of_the_blocking_client() -> None:
    with silent(CHUNKS).sync_client(model="acme/large") as client, client.stream("Hi") as stream:
        for _ in range(1_000):
            next(stream)
        with held() as spent:
            for _ in range(CHUNKS - 1_000):
                next(stream)
    assert stream.keepalives > CHUNKS / 2
    assert spent.total < LITTLE


@pytest.mark.anyio
async def test_a_stream_of_the_awaiting_client() -> None:
    async with silent(CHUNKS).async_client(model="acme/large") as client, client.stream("Hi") as stream:
        for _ in range(1_000):
            await anext(stream)
        with held() as spent:
            for _ in range(CHUNKS - 1_000):
                await anext(stream)
    assert stream.keepalives > CHUNKS / 2
    assert spent.total < LITTLE


# --- Requests ---------------------------------------------------------------------------------------------------------


def at(seconds: float) -> Moment:
    return Moment(seconds, 1.7e9 + seconds)


def one_for_all(_: int) -> Facts:
    return Facts("key", "acme/large", tokens=20, user="user")


def one_for_each(number: int) -> Facts:
    return Facts(f"key {number}", f"acme/{number}", tokens=20, user=f"user {number}")


def one_key_for_each(number: int) -> Facts:
    return Facts(f"key {number}", "acme/large:free", tokens=20)


@pytest.fixture(scope="module")
def full_ledger() -> Ledger:
    """Give a ledger whose tables take no more names."""
    ledger = Ledger()
    for number in range(MOST_ROWS):
        ledger.book(Ending.SUCCESS, one_for_each(-number), attempts=1, latency=1.0, first_token=1.0)
    return ledger


def test_the_ledger_holds_so_many_names(full_ledger: Ledger) -> None:
    full_ledger.book(Ending.SUCCESS, one_for_each(1), attempts=1, latency=1.0, first_token=1.0)
    with held() as spent:
        for number in range(2, 2_000):
            full_ledger.book(Ending.SUCCESS, one_for_each(number), attempts=1, latency=1.0, first_token=1.0)
    assert len(full_ledger.by_user) == MOST_ROWS + 1
    assert spent.total < LITTLE


@pytest.mark.parametrize("fails", [False, True], ids=["good", "failing"])
@pytest.mark.parametrize("facts", [one_for_all, one_for_each, one_key_for_each])
def test_the_policy_forgets(facts: Callable[[int], Facts], full_ledger: Ledger, *, fails: bool) -> None:
    """What a minute, or a thousand models that fail, leave behind is the same for any number of requests."""

    def send(count: int) -> int:
        with held() as spent:
            policy = Policy(
                retry=Retry(max_retries=0),
                rate_limit=RateLimit(requests_per_minute=150, tokens_per_minute=150 * 20, free_requests_per_minute=150),
                circuit_breaker=CircuitBreaker(failures=10**9),
                ledger=full_ledger,
            )
            for number in range(count):
                now = at(number / 2)
                passage = policy.begin(facts(number), now)
                assert passage.next(now) == Go()
                if not fails:
                    passage.succeeded(NO_BILL, now)
                    continue
                with suppress(ServerError):
                    passage.failed(a_500(), now)
            del passage
        return spent.total

    send(10)
    assert send(2_000) < send(1_000) * NEARLY_FLAT + LITTLE


@define
class Service:
    """Answers a stream where one is asked for, and else a whole reply; it remembers nothing."""

    answered: int = 0
    _chunks: bytes = field(default=events(saying("word "), end()) + DONE)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.answered += 1
        if b'"stream":true' in request.content.replace(b" ", b""):
            return httpx.Response(200, headers=EVENT_STREAM, content=self._chunks)
        message = {"role": "assistant", "content": "word"}
        return httpx.Response(200, json={"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})


REQUESTS: Final = 150
MEASURED: Final = 64 * KB
"""Bytes that may be held more than before: the times that requests took are kept as numbers, for percentiles."""


def test_a_blocking_client_after_many_requests() -> None:
    service = Service()
    http = httpx.Client(transport=httpx.MockTransport(service))
    with http, SyncClient(api_key="k", model="acme/large", http=http) as client:

        def ask() -> None:
            for _ in range(REQUESTS):
                assert client.complete("Hi").text == "word"
                assert "".join(client.stream_text("Hi")) == "word "

        ask()
        with held() as spent:
            ask()
    assert service.answered == 4 * REQUESTS
    assert spent.total < MEASURED


@pytest.mark.anyio
async def test_an_awaiting_client_after_many_requests() -> None:
    service = Service()
    http = httpx.AsyncClient(transport=httpx.MockTransport(service))
    async with http, AsyncClient(api_key="k", model="acme/large", http=http) as client:

        async def ask() -> None:
            for _ in range(REQUESTS):
                # In process nothing waits, but an event loop forgets its cancelled timers only when it has its turn.
                await checkpoint()
                assert (await client.complete("Hi")).text == "word"
                assert "".join([piece async for piece in client.stream_text("Hi")]) == "word "

        await ask()
        with held() as spent:
            await ask()
    assert service.answered == 4 * REQUESTS
    assert spent.total < MEASURED
