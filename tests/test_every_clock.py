"""Every clock, on both clients: its error names it, says where it stood, and which option moves it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from attrs import field, frozen

from openrouter import APITimeoutError, Chat
from openrouter.attempt import StreamAttempt
from openrouter.core.wire import Moment, Request
from openrouter.exchange import Exchange
from openrouter.policy import Policy
from openrouter.settings import Settings
from openrouter.streams import KEEPALIVE, StreamState
from openrouter.testing import FakeOpenRouter, RawReply, TextReply
from tests.injected_time import InjectedTime, awaiting_client, blocking_client
from tests.stream_kinds import Awaiting, Blocking
from tests.transports import raw_server

pytestmark = pytest.mark.anyio

Kind = type[Blocking | Awaiting]

EVENTS = {"Content-Type": "text/event-stream"}
ALIVE = b": OPENROUTER PROCESSING\n\n"
ONCE = b'data: {"id":"gen-1","choices":[{"index":0,"delta":{"content":"Once"}}]}\n\n'
LONG = "x" * 12_000_000
"""More than any socket takes before somebody reads at the other end."""


@contextmanager
def deaf() -> Iterator[str]:
    """Give the address of a server that reads nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"


@contextmanager
def silent() -> Iterator[str]:
    """Give the address of a service that takes an hour to answer."""
    with FakeOpenRouter(respond=lambda _: TextReply("late", delay=3600)).serve() as server:
        yield server.url


@contextmanager
def slow() -> Iterator[str]:
    """Give the address of a service that begins a stream, and then is silent for an hour."""
    with FakeOpenRouter(respond=lambda _: RawReply(200, EVENTS, [ONCE, ONCE], pause=3600)).serve() as server:
        yield server.url


@contextmanager
def alive() -> Iterator[str]:
    """Give the address of a service that sends nothing but signs of life, behind one chunk."""
    reply = RawReply(200, EVENTS, [ONCE, *[ALIVE] * 10_000], pause=0.001)
    with FakeOpenRouter(respond=lambda _: reply).serve() as server:
        yield server.url


PATIENCE = (0.06, 0.6, 6.0)
"""Seconds that a clock is set to: more of them where a busy machine let it, or another, run out too soon."""


@frozen(kw_only=True)
class Case:
    """What is asked of what, and which option sets the clock that runs out."""

    clock: str
    at: Callable[[], Any]
    option: str
    of_client: bool = False
    """The option is one of the client, not of the call."""
    times: int = 1
    """What the option is multiplied by for this clock."""
    prompt: str = field(default="Hi", repr=False)
    streams: bool = False
    begins: bool = False
    """A first chunk comes before the clock runs out."""

    def __str__(self) -> str:
        return f"{self.clock}, {self.at.__name__}, {self.option}, {'stream' if self.streams else 'whole'}"


CASES = [
    Case(clock="connect", at=raw_server.deaf, option="connect_timeout", of_client=True),
    Case(clock="write", at=deaf, option="connect_timeout", of_client=True, times=12, prompt=LONG),
    Case(clock="write", at=deaf, option="timeout", prompt=LONG, streams=True),
    Case(clock="idle", at=silent, option="timeout", streams=True),
    Case(clock="idle", at=slow, option="timeout", of_client=True, streams=True, begins=True),
    Case(clock="stall", at=alive, option="stall_timeout", of_client=True, streams=True, begins=True),
    Case(clock="total", at=silent, option="timeout"),
    Case(clock="deadline", at=silent, option="deadline"),
    Case(clock="deadline", at=silent, option="deadline", of_client=True, streams=True),
    Case(clock="deadline", at=alive, option="deadline", streams=True, begins=True),
]


async def run_out(case: Case, kind: Kind, seconds: float) -> tuple[APITimeoutError, str, int]:
    """Let a clock run out; give its error, the text that had come before and how many failures were counted."""
    text, option = "", {case.option: seconds}
    with case.at() as url:
        settings = {"base_url": url, "max_connections": 1, "max_retries": 0, **(option if case.of_client else {})}
        options = {} if case.of_client else option
        async with kind.connected(**settings) as client:
            with pytest.raises(APITimeoutError) as raised:  # noqa: PT012 - what fails differs
                if case.streams:
                    stream = client.stream(case.prompt, **options)
                    while True:
                        text += (await kind.following(stream)).text
                else:
                    await kind.got(client.complete(case.prompt, **options))
            return raised.value, text, client.totals.failures


@pytest.mark.parametrize("kind", [Blocking, Awaiting])
@pytest.mark.parametrize("case", CASES, ids=str)
async def test_the_error_of_a_clock(case: Case, kind: Kind) -> None:
    for seconds in PATIENCE:
        error, text, failures = await run_out(case, kind, seconds)
        if error.clock == case.clock and (text or not case.begins):
            break
    assert (error.clock, failures) == (case.clock, 1)
    assert f"(clock {case.clock}: {seconds * case.times:g} s, set by `{case.option}=`)" in str(error)
    assert (error.partial.text if error.partial else "") == text == ("Once" if case.begins else "")


@pytest.mark.parametrize("kind", [Blocking, Awaiting])
async def test_the_error_of_the_queue(kind: Kind) -> None:
    with slow() as url:
        async with kind.connected(base_url=url, max_connections=1, max_retries=0) as client:
            async with kind.entered(client.stream("Hi")):
                with pytest.raises(APITimeoutError) as raised:
                    await kind.got(client.complete("Hi", deadline=0.06))
            assert raised.value.clock == "queue"
            assert "(clock queue: 0.06 s, set by `deadline=`)" in str(raised.value)
            assert "max_connections" in str(raised.value)
            assert client.totals.refused == 1, "it was never sent"
            async with kind.entered(client.stream("Hi", deadline=5)) as stream:
                assert (await kind.following(stream)).text == "Once"


class Oversleeping(InjectedTime):
    """Time of a machine that is so busy that every wait takes a hundred times as long."""

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds * 100)


async def test_a_clock_is_named_once_where_the_deadline_forbids_another_attempt() -> None:
    with raw_server.deaf() as url:
        with (
            blocking_client(Oversleeping(), base_url=url, connect_timeout=0.06) as client,
            pytest.raises(APITimeoutError) as blocked,
        ):
            client.complete("Hi", deadline=20)
        async with awaiting_client(Oversleeping(), base_url=url, connect_timeout=0.06) as awaiting:
            with pytest.raises(APITimeoutError) as awaited:
                await awaiting.complete("Hi", deadline=20)
    for error in (blocked.value, awaited.value):
        assert (error.clock, error.attempts) == ("connect", 1)
        assert str(error).count("(clock connect: 0.06 s, set by `connect_timeout=`)") == str(error).count("clock") == 1


@pytest.mark.parametrize("kind", [Blocking, Awaiting])
async def test_a_time_out_of_somebody_elses_client_names_no_clock_of_ours(kind: Kind) -> None:
    def no_place(_: httpx.Request) -> httpx.Response:
        message = "none left"
        raise httpx.PoolTimeout(message)

    with pytest.raises(APITimeoutError) as raised:
        await kind.got(kind.through(httpx.MockTransport(no_place), max_retries=0).complete("Hi"))
    assert raised.value.clock == "queue"
    assert "(clock" not in str(raised.value)


def test_the_time_in_the_queue_is_no_stall() -> None:
    """The clock of stalls runs from the headers on, however long the request had waited for its place."""
    settings, state = Settings(api_key="sk-test", stall_timeout=600), StreamState()
    exchange = Exchange.begin(Request("POST", "/x", {}, stream=True), settings, Policy(), Moment(0.0, 0.0))
    exchange.next(Moment(0.0, 0.0))
    now = Moment(1000.0, 1000.0)
    attempt = StreamAttempt(Chat.stream("Hi"), state, exchange, lambda: now)
    assert attempt.head(200, []) is None
    now = Moment(1600.0, 1600.0)
    assert attempt.came(b": still here\n\n") == [KEEPALIVE]
    now = Moment(1600.1, 1600.1)
    assert attempt.came(b": still here\n\n") == []
    with pytest.raises(APITimeoutError, match="signs of life"):
        attempt.conclude()
