"""Two hundred threads leave their streams in every way there is; afterwards it is as if they had never been."""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from openrouter import CircuitBreaker, Policy, Retry, ServerError, SyncClient
from openrouter.policy import Facts
from openrouter.testing import ErrorReply, FakeOpenRouter, LoopbackServer, RawReply, Reply, TextReply
from openrouter.testing.requests import RecordedRequest
from tests.injected_time import InjectedTime, blocking_client
from tests.open_things import Open, wait_until_open
from tests.wire.places import fill_every_place

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(not Open.possible(), reason="only Linux tells which descriptors are open"),
]

THREADS, CONNECTIONS, WORDS = 200, 20, 30
LONG = " ".join(["word"] * WORDS)
KEPT_ALIVE = RawReply(200, {"Content-Type": "text/event-stream"}, [b": alive\n\n"] * 1000, pause=0.001)


class Interrupted(BaseException):
    """Stands for what Ctrl-C raises, wherever a thread happens to be."""


class Service:
    """Streams words, nothing but comments, or is busy; later it is healthy."""

    def __init__(self) -> None:
        self.healthy = False

    def respond(self, request: RecordedRequest) -> Reply:
        if self.healthy:
            return TextReply("well")
        return {"busy/busy": ErrorReply(503, "Busy"), "kept/alive": KEPT_ALIVE}.get(
            request.payload["model"], TextReply(LONG)
        )


class Impatient(InjectedTime):
    """Time in which waiting is always interrupted."""

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        raise Interrupted


Way = Callable[[SyncClient, str, int], None]


def close(client: SyncClient, model: str, steps: int) -> None:
    stream = client.stream("Hi", model=model)
    for _ in zip(range(steps), stream, strict=False):
        pass
    stream.close()


def leave(client: SyncClient, model: str, steps: int) -> None:
    with client.stream("Hi", model=model) as stream:
        for _ in zip(range(steps), stream, strict=False):
            pass


def drop(client: SyncClient, model: str, steps: int) -> None:
    for _ in zip(range(steps), client.stream("Hi", model=model), strict=False):
        pass


def fail_in_the_loop(client: SyncClient, model: str, steps: int) -> None:
    with client.stream("Hi", model=model) as stream:
        for count, _ in enumerate(stream):
            if count == steps:
                raise Interrupted


def fail_in_a_callback(client: SyncClient, model: str, steps: int) -> None:
    for _ in client.stream("Hi", model=model, on_chunk=Fuse(steps)):
        pass


def fail_between_signs_of_life(client: SyncClient, _: str, steps: int) -> None:
    for _chunk in client.stream("Hi", model="kept/alive", on_keepalive=Fuse(steps)):
        pass


def fail_while_backing_off(client: SyncClient, _: str, steps: int) -> None:
    if steps % 2:
        client.complete("Hi", model="busy/busy")
    for _chunk in client.stream("Hi", model="busy/busy"):
        pass


WAYS: list[Way] = [
    close,
    leave,
    drop,
    fail_in_the_loop,
    fail_in_a_callback,
    fail_between_signs_of_life,
    fail_while_backing_off,
]
INTERRUPTED = {fail_in_the_loop, fail_in_a_callback, fail_between_signs_of_life, fail_while_backing_off}


class Fuse:
    """Blows when it is called once more than it bears; any arguments will do."""

    def __init__(self, bears: int) -> None:
        self._left = bears

    def __call__(self, *_: object) -> None:
        self._left -= 1
        if self._left < 0:
            raise Interrupted


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def fake(service: Service) -> FakeOpenRouter:
    return FakeOpenRouter(respond=service.respond)


@pytest.fixture
def server(fake: FakeOpenRouter) -> Iterator[LoopbackServer]:
    with fake.serve() as server:
        yield server


def impatient_client(server: LoopbackServer, clock: Impatient) -> SyncClient:
    policy = Policy(
        retry=Retry(random=lambda: 0.5, budget=None), circuit_breaker=CircuitBreaker(failures=THREADS, pause=10)
    )
    return blocking_client(clock, policy=policy, base_url=server.url, max_connections=CONNECTIONS, deadline=30)


def break_the_model(client: SyncClient, clock: Impatient) -> None:
    """Let the breaker open, and its pause pass: one request may go as the probe."""
    for _ in range(THREADS):
        passage = client.policy.begin(Facts(key="key", model="kept/alive"), clock.now())
        passage.next(clock.now())
        error = ServerError("broken")
        error.status_code, error.retryable = 500, False
        with pytest.raises(ServerError):
            passage.failed(error, clock.now())
    clock.passed += 10


def interrupted(client: SyncClient, way: Way, model: str, steps: int) -> bool:
    """Run a stream that is left in some way, and tell whether an exception of the caller's came through."""
    try:
        way(client, model, steps)
    except Interrupted:
        return True
    return False


def test_streams_that_are_left(fake: FakeOpenRouter, server: LoopbackServer, service: Service) -> None:
    chance, clock = random.Random(20), Impatient()
    open_before = Open.now()
    with impatient_client(server, clock) as client, ThreadPoolExecutor(THREADS) as pool:
        ways = [chance.choice(WAYS) for _ in range(THREADS)]
        runs = [pool.submit(interrupted, client, way, "fine/fine", chance.randrange(1, WORDS)) for way in ways]
        assert [run.result(30) for run in runs] == [way in INTERRUPTED for way in ways]
        gc.collect()

        left = client.totals
        assert (left.requests, left.abandoned, left.successes) == (THREADS, THREADS, 0)
        assert clock.waits, "nobody was backing off"
        waits = len(clock.waits)
        check_that_nothing_is_lost(client, fake, service, pool)
        assert len(clock.waits) == waits
    server.wait_for_connections(0)
    wait_until_open(open_before)


@pytest.mark.parametrize("way", [leave, fail_between_signs_of_life])
def test_the_probe_that_is_left(way: Way, server: LoopbackServer, service: Service) -> None:
    """Whoever has the probe leaves before the first word came, so nothing was learnt; the next one may go."""
    clock = Impatient()
    with impatient_client(server, clock) as client:
        break_the_model(client, clock)
        interrupted(client, way, "kept/alive", 0)
        assert client.totals.abandoned == 1
        service.healthy = True
        assert client.complete("Hi", model="kept/alive").text == "well"


def check_that_nothing_is_lost(
    client: SyncClient, fake: FakeOpenRouter, service: Service, pool: ThreadPoolExecutor
) -> None:
    service.healthy = True
    fill_every_place(client, fake, CONNECTIONS)
    before = client.totals
    ask = partial(client.complete, "Hi", model="fine/fine")
    replies = [run.result(30) for run in [pool.submit(ask) for _ in range(THREADS)]]
    assert {reply.text for reply in replies} == {"well"}
    after = client.totals
    assert (after.successes - before.successes, after.attempts - before.attempts) == (THREADS, THREADS)
