"""What the drivers do beyond the table of scenarios: connections that die, refusals, waits, and interruptions."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from openrouter import (
    APIConnectionError,
    APITimeoutError,
    AsyncClient,
    CircuitBreaker,
    CircuitOpenError,
    Policy,
    ProviderError,
    RateLimit,
    Retry,
    ServerError,
    SyncClient,
)
from openrouter.outgoing import Outgoing
from openrouter.testing import ErrorReply, FakeOpenRouter, TextReply
from openrouter.transports import SyncIncoming, SyncTransport
from tests.injected_time import InjectedTime, awaiting_client, blocking_client, half_way
from tests.transports.raw_server import (
    EVENTS,
    RawServer,
    Script,
    chunked,
    read_request,
    say_and_hang_up,
    serve,
    wait_for_client,
    whole,
)

pytestmark = pytest.mark.anyio

BUSY = ErrorReply(503, "Busy", error_type="provider_overloaded")


class Heard:
    """Scripts for connections, and the number of requests that they heard."""

    def __init__(self) -> None:
        self.requests = 0

    def good_then_gone(self, connection: socket.socket) -> None:
        """Answer one request, and hang up on the next."""
        read_request(connection)
        connection.sendall(whole())
        if read_request(connection):
            self.requests += 1

    def gone(self, connection: socket.socket) -> None:
        """Hang up on a request without a word."""
        if read_request(connection):
            self.requests += 1

    def good(self, connection: socket.socket) -> None:
        """Answer one request."""
        if read_request(connection):
            self.requests += 1
            connection.sendall(whole())
            read_request(connection)


async def on_both(scripts: Callable[[Heard], list[Script]], asks: int, policy: Callable[[], Policy]) -> list[Any]:
    """Ask several times on both clients; give what came of the last, the requests heard of it, and the waits."""
    heard, clock, results = Heard(), InjectedTime(), []
    with RawServer(*scripts(heard)) as server, blocking_client(clock, base_url=server.url, policy=policy()) as client:
        for _ in range(asks - 1):
            client.complete("Hi")
        try:
            results.append(client.complete("Hi"))
        except APIConnectionError as error:
            results.append(error)
    results.append((heard.requests, clock.waits))
    heard, clock = Heard(), InjectedTime()
    with RawServer(*scripts(heard)) as server:
        async with awaiting_client(clock, base_url=server.url, policy=policy()) as awaiting:
            for _ in range(asks - 1):
                await awaiting.complete("Hi")
            try:
                results.append(await awaiting.complete("Hi"))
            except APIConnectionError as error:
                results.append(error)
    results.append((heard.requests, clock.waits))
    return results


async def test_a_stale_connection_is_replaced_at_once() -> None:
    blocked, blocked_facts, awaited, awaited_facts = await on_both(
        lambda heard: [heard.good_then_gone, heard.good], 2, half_way
    )
    assert blocked.text == awaited.text == "Good."
    assert blocked.http.attempts == awaited.http.attempts == 2
    assert blocked_facts == awaited_facts == (2, [])


async def test_a_fresh_connection_that_dies_is_ambiguous_and_sent_once() -> None:
    results = await on_both(lambda heard: [heard.gone], 1, half_way)
    for error, facts in (results[:2], results[2:]):
        assert isinstance(error, APIConnectionError)
        assert (error.phase, error.stale, error.attempts) == ("receive", False, 1)
        assert facts == (1, [])
        assert "may have worked on it and billed it" in str(error)


async def test_a_fresh_connection_that_dies_is_tried_again_where_it_may_bill_twice() -> None:
    results = await on_both(
        lambda heard: [heard.gone, heard.good], 1, lambda: Policy(retry=Retry(random=lambda: 0.5, may_bill_twice=True))
    )
    for completion, facts in (results[:2], results[2:]):
        assert completion.text == "Good."
        assert facts == (2, [0.25])


async def test_half_a_head_is_ambiguous_too() -> None:
    results = await on_both(lambda _: [say_and_hang_up(b"HTTP/1.1 20")], 1, half_way)
    for error, facts in (results[:2], results[2:]):
        assert isinstance(error, APIConnectionError)
        assert facts == (0, [])


async def test_an_open_breaker_refuses_before_anything_is_sent() -> None:
    def broken() -> Policy:
        return Policy(retry=Retry(max_retries=0), circuit_breaker=CircuitBreaker(failures=1, pause=30))

    for_sync, for_async = FakeOpenRouter([BUSY]), FakeOpenRouter([BUSY])
    with for_sync.http() as http:
        client = blocking_client(InjectedTime(), http=http, policy=broken())
        with pytest.raises(ProviderError):
            client.complete("Hi", model="a/b")
        with pytest.raises(CircuitOpenError) as blocked:
            client.complete("Hi", model="a/b")
        unsent = client.stream("Hi", model="a/b")
        with pytest.raises(CircuitOpenError):
            list(unsent)
        assert unsent.latency is None
    async with for_async.async_http() as async_http:
        awaiting = awaiting_client(InjectedTime(), http=async_http, policy=broken())
        with pytest.raises(ProviderError):
            await awaiting.complete("Hi", model="a/b")
        with pytest.raises(CircuitOpenError) as awaited:
            await awaiting.complete("Hi", model="a/b")
        unsent_either = awaiting.stream("Hi", model="a/b")
        with pytest.raises(CircuitOpenError):
            await anext(unsent_either)
        assert unsent_either.latency is None
    assert len(for_sync.requests) == len(for_async.requests) == 1
    for error in (blocked.value, awaited.value):
        assert (error.retry_after, error.model, error.attempts) == (30, "a/b", 0)
        assert error.request_id is not None
    assert client.totals.refused == awaiting.totals.refused == 2


async def test_the_rate_limit_makes_wait_and_the_deadline_ends_it() -> None:
    def slow() -> Policy:
        return Policy(rate_limit=RateLimit(min_interval=2))

    for_sync, for_async, fake = InjectedTime(), InjectedTime(), FakeOpenRouter()
    with fake.http() as http:
        client = blocking_client(for_sync, http=http, policy=slow())
        for _ in range(3):
            client.complete("Hi")
        with pytest.raises(APITimeoutError, match="deadline"):
            client.complete("Hi", deadline=1.5)
    async with fake.async_http() as async_http:
        awaiting = awaiting_client(for_async, http=async_http, policy=slow())
        for _ in range(3):
            await awaiting.complete("Hi")
        with pytest.raises(APITimeoutError, match="deadline"):
            await awaiting.complete("Hi", deadline=1.5)
    assert for_sync.waits == for_async.waits == [2, 2, 1.5]
    assert len(fake.requests) == 6


class Interrupted(InjectedTime):
    """Time in which nobody can sleep."""

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        raise KeyboardInterrupt


async def test_who_is_interrupted_while_waiting_gives_everything_back() -> None:
    clock = Interrupted()
    fake = FakeOpenRouter([BUSY] * 2)
    with fake.http() as http:
        client = blocking_client(clock, http=http)
        with pytest.raises(KeyboardInterrupt):
            client.complete("Hi")
        with pytest.raises(KeyboardInterrupt):
            list(client.stream("Hi"))
    assert (client.totals.abandoned, client.totals.requests, len(fake.requests)) == (2, 2, 2)


async def test_a_retry_in_between_leaves_nothing_of_the_first_reply() -> None:
    with FakeOpenRouter([ErrorReply(503, "Busy", headers={"X-Old": "1"})]).http() as http:
        completion = blocking_client(InjectedTime(), http=http).complete("Hi")
    assert completion.http is not None
    assert (completion.http.attempts, completion.http.status_code) == (2, 200)
    assert "x-old" not in completion.http.headers


class Crowded:
    """A way out on which a request waits 5 s for its place, and 2 s for the head of the reply."""

    def __init__(self, way_out: SyncTransport, clock: InjectedTime) -> None:
        self.way_out, self.clock, self.close = way_out, clock, way_out.close

    def send(self, outgoing: Outgoing) -> SyncIncoming:
        self.clock.passed += 5
        outgoing.waited = 5.0
        incoming = self.way_out.send(outgoing)
        self.clock.passed += 2
        return incoming


def test_the_time_before_there_is_a_place_is_no_latency() -> None:
    clock = InjectedTime()
    with FakeOpenRouter([BUSY]).http() as http:
        client = blocking_client(clock, http=http)
        client.driver.transport = Crowded(client.driver.transport, clock)
        assert client.complete("Hi", model="a/b").latency == 2
        stream = client.stream("Hi", model="a/b")
        list(stream)
    assert (stream.first_token_after, stream.latency) == (2, 2)
    two_seconds = pytest.approx(2, rel=0.05)
    assert (client.totals.latency.p99, client.totals.first_token.p99) == (two_seconds, two_seconds)
    assert client.driver.policy.health("a/b", clock.now()).latency == two_seconds


async def test_a_wait_of_many_days_is_taken_in_parts() -> None:
    """The sleep of an operating system ends somewhere, and raises beyond."""
    for_sync, for_async = InjectedTime(), InjectedTime()
    retry = Retry(base=200_000, cap=200_000, random=lambda: 1.0)
    fake = FakeOpenRouter([BUSY, TextReply("At last."), BUSY, TextReply("At last.")])
    with fake.http() as http:
        client = blocking_client(for_sync, policy=Policy(retry=retry), http=http)
        assert client.generate_text("Hi") == "At last."
    async with fake.async_http() as async_http:
        awaiting = awaiting_client(for_async, policy=Policy(retry=retry), http=async_http)
        assert await awaiting.generate_text("Hi") == "At last."
    assert for_sync.waits == for_async.waits == [86_400, 86_400, 27_200]


async def test_what_came_with_the_announced_end_is_handed_out_before_the_rest_is_drained(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in ("pool", "async_pool"):
        monkeypatch.setattr(f"openrouter.transports.{module}.DRAIN_SECONDS", 60.0)
    go = threading.Semaphore(0)

    def late(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(chunked(EVENTS, end=b""))
        go.acquire(timeout=30)
        connection.sendall(b"0\r\n\r\n")
        serve(connection)

    settings: Any = {"api_key": "k", "model": "m", "trust_env": False}
    with RawServer(late, late) as server, anyio.fail_after(20):
        with SyncClient(base_url=server.url, **settings) as client:
            blocking = client.stream_text("Hi")
            assert next(blocking) == "Good."
            go.release()
            assert list(blocking) == []
            assert client.generate_text("Hi") == "Good."
        async with AsyncClient(base_url=server.url, **settings) as awaiting, awaiting.stream_text("Hi") as stream:
            assert await anext(stream) == "Good."
            go.release()
            assert [piece async for piece in stream] == []
            assert await awaiting.generate_text("Hi") == "Good."
        assert server.accepted == 2  # what was drained is used again


async def test_the_announced_end_is_the_end_where_the_body_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("pool", "async_pool"):
        monkeypatch.setattr(f"openrouter.transports.{module}.DRAIN_SECONDS", 0.02)

    def endless(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(chunked(EVENTS, end=b""))
        wait_for_client(connection)

    settings: Any = {"api_key": "k", "model": "m", "trust_env": False, "timeout": 5}
    with RawServer(endless, endless) as server:
        with SyncClient(base_url=server.url, **settings) as client:
            assert list(client.stream_text("Hi")) == ["Good."]
        async with AsyncClient(base_url=server.url, **settings) as awaiting:
            assert [piece async for piece in awaiting.stream_text("Hi")] == ["Good."]


async def test_the_body_of_a_refused_stream_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openrouter.reading.REFUSAL_SECONDS", 0.05)

    def slow(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 503 Busy\r\nContent-Length: 9\r\n\r\nBusy")
        connection.settimeout(5)
        try:
            connection.recv(1)  # until the client leaves
        except TimeoutError:
            connection.sendall(b" now.")

    settings: Any = {"api_key": "k", "model": "m", "trust_env": False, "timeout": 20, "max_retries": 0}
    with RawServer(slow, slow) as server:
        with SyncClient(base_url=server.url, **settings) as client, pytest.raises(ServerError) as blocked:
            list(client.stream("Hi"))
        async with AsyncClient(base_url=server.url, **settings) as awaiting:
            with pytest.raises(ServerError) as awaited:
                await anext(awaiting.stream("Hi"))
    assert [type(error.value.__cause__) for error in (blocked, awaited)] == [APITimeoutError, APITimeoutError]
