"""A thousand tasks are cancelled wherever they happen to be; afterwards it is as if they had never been."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from functools import partial

import anyio
import pytest
from anyio.lowlevel import checkpoint

from openrouter import AsyncClient, CircuitBreaker, CircuitOpenError, Policy, RateLimit, Retry, ServerError
from openrouter.policy import Facts
from openrouter.testing import ErrorReply, FakeOpenRouter, LoopbackServer, RawReply, Reply, TextReply
from openrouter.testing.requests import RecordedRequest
from tests.injected_time import InjectedTime, awaiting_client
from tests.open_things import Open, wait_for_tasks, wait_until_open
from tests.transports.raw_server import deaf
from tests.wire.places import fill_every_place_async

pytestmark = pytest.mark.thorough

TASKS, CONNECTIONS, PER_MINUTE = 1000, 150, 5
FOREVER = 3600
SEED = 20

SLOW: dict[str, Reply] = {
    "slow/headers": TextReply("late", delay=FOREVER),
    "slow/body": TextReply("late", pause=FOREVER),
    "slow/keepalives": RawReply(200, {"Content-Type": "text/event-stream"}, [b": alive\n\n"] * 30_000, pause=0.002),
    "busy/busy": ErrorReply(503, "Busy"),
    "broken/broken": TextReply("late", delay=FOREVER),
}
STUCK = "stuck/stuck"
"""Is asked for at an address where nobody ever accepts a connection."""
MODELS = [*SLOW, "fine/fine", "limited/limited", STUCK]

Work = Callable[[], Awaitable[None]]
Start = Callable[[Work], Callable[[], object]]


class Service:
    """Is slow, busy and broken at first, then healthy."""

    def __init__(self) -> None:
        self.healthy = False

    def respond(self, request: RecordedRequest) -> Reply:
        model = request.payload["model"]
        return TextReply("well") if self.healthy else SLOW.get(model, TextReply("well"))


class Calm(InjectedTime):
    """Time that stands still: who waits does so until it is cancelled."""

    async def sleep_async(self, seconds: float) -> None:
        self.waits.append(seconds)
        await anyio.sleep_forever()


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


@pytest.fixture
def stuck_url() -> Iterator[str]:
    """Give an address where connecting takes for ever: its line is full, and nobody lets anyone in."""
    with deaf() as url:
        yield url


def calm_client(url: str, clock: Calm) -> AsyncClient:
    policy = Policy(
        retry=Retry(random=lambda: 0.5, budget=None),
        rate_limit=RateLimit(models={"limited/limited": RateLimit(requests_per_minute=PER_MINUTE)}),
        circuit_breaker=CircuitBreaker(failures=TASKS, pause=10),
    )
    limits = {"max_connections": CONNECTIONS, "connect_timeout": FOREVER, "timeout": FOREVER}
    return awaiting_client(clock, policy=policy, base_url=url, **limits)


async def break_the_model(client: AsyncClient, clock: Calm) -> None:
    """Let the breaker open, and its pause pass: one request may go as the probe."""
    for _ in range(TASKS):
        passage = client.policy.begin(Facts(key="key", model="broken/broken"), clock.now())
        passage.next(clock.now())
        error = ServerError("broken")
        error.status_code, error.retryable = 500, False
        with pytest.raises(ServerError):
            passage.failed(error, clock.now())
    clock.passed += 10


async def ask(client: AsyncClient, model: str) -> None:
    with suppress(CircuitOpenError):
        if model == "slow/keepalives":
            async with client.stream("Hi", model=model) as stream:
                async for _ in stream:
                    pass
        else:
            await client.complete("Hi", model=model)


async def check_that_nothing_is_lost(scene: Scene) -> None:
    client, clock = scene.client, scene.clock
    scene.service.healthy = True
    await fill_every_place_async(client, scene.fake, CONNECTIONS)
    before = client.totals
    assert before.successes + before.failures + before.abandoned == before.requests
    clock.waits.clear()

    async def succeed() -> None:
        assert (await client.complete("Hi", model="fine/fine")).text == "well"

    with anyio.fail_after(30):
        async with anyio.create_task_group() as group:
            for _ in range(TASKS):
                group.start_soon(succeed)
        # The probe is free again.
        await client.complete("Hi", model="broken/broken")
        # A minute later the limit is as if nobody had ever stood in line.
        clock.passed += 60
        for _ in range(PER_MINUTE):
            await client.complete("Hi", model="limited/limited")
    assert clock.waits == []
    after = client.totals
    more = TASKS + 1 + PER_MINUTE
    assert (after.successes - before.successes, after.attempts - before.attempts) == (more, more)


class Scene:
    """A client whose requests hang in all the ways there are, and a way to start the tasks that send them."""

    def __init__(self, fake: FakeOpenRouter, service: Service, url: str, stuck_url: str) -> None:
        self.fake, self.service, self.clock, self.chance = fake, service, Calm(), random.Random(SEED)
        self.client = calm_client(url, self.clock)
        self._stuck = self.client.with_options(base_url=stuck_url)
        self._unconnected: set[str] = set()

    def work(self) -> Work:
        model = self.chance.choice(MODELS)
        return self._connect if model == STUCK else partial(ask, self.client, model)

    async def _connect(self) -> None:
        """Ask where nobody lets anyone in. What is cancelled there was never sent, so it stands in no book."""
        try:
            await ask(self._stuck, STUCK)
        except anyio.get_cancelled_exc_class():
            self._unconnected.add(STUCK)
            raise

    async def cancel_at_random(self, start: Start) -> None:
        """Start tasks, and cancel each of them some steps later, in any order."""
        cancels: list[Callable[[], object]] = []
        for _ in range(TASKS):
            cancels.append(start(self.work()))
            if self.chance.random() < 0.5:
                cancels.pop(self.chance.randrange(len(cancels)))()
            for _ in range(self.chance.choice([0, 0, 0, 1, 2, 5])):
                await checkpoint()
        self.chance.shuffle(cancels)
        for cancel in cancels:
            cancel()
            if self.chance.random() < 0.1:
                await checkpoint()

    def never_left(self) -> set[str]:
        """Give the places in which no task was when it was cancelled, be they models or ways to wait."""
        left = {model for model, row in self.client.ledger.by_model.items() if row.abandoned} | self._unconnected
        left |= {"backing off" if seconds < 1 else "limited" for seconds in self.clock.waits}
        return {*SLOW, STUCK, "backing off", "limited"} - left


@pytest.fixture
def scene(fake: FakeOpenRouter, server: LoopbackServer, service: Service, stuck_url: str) -> Scene:
    return Scene(fake, service, server.url, stuck_url)


LONGEST = (1.0, 5.0, 25.0)
"""Seconds for which a task runs at most: more of them where a busy machine did not let tasks get everywhere."""


async def run(scene: Scene, work: Callable[[float], Awaitable[None]]) -> None:
    """Let tasks be cancelled wherever they can be, and see that the client is as good as new."""
    open_before, tasks_before = Open.now(), len(anyio.get_running_tasks())
    async with scene.client as client:
        await break_the_model(client, scene.clock)
        for longest in LONGEST:
            with anyio.fail_after(60):
                await work(longest)
            if not scene.never_left():
                break
        assert not scene.never_left()
        await check_that_nothing_is_lost(scene)
    await wait_for_tasks(tasks_before)
    wait_until_open(open_before)


@pytest.mark.anyio
async def test_scopes_that_are_cancelled(scene: Scene) -> None:
    async def work(_: float) -> None:
        async with anyio.create_task_group() as group:

            def start(work: Work) -> Callable[[], object]:
                scope = anyio.CancelScope()

                async def scoped() -> None:
                    with scope:
                        await work()

                group.start_soon(scoped)
                return scope.cancel

            await scene.cancel_at_random(start)

    await run(scene, work)


@pytest.mark.anyio
async def test_scopes_whose_time_is_over(scene: Scene) -> None:
    async def scoped(work: Work, seconds: float) -> None:
        with anyio.move_on_after(seconds):
            await work()

    async def work(longest: float) -> None:
        async with anyio.create_task_group() as group:
            for _ in range(TASKS):
                group.start_soon(scoped, scene.work(), scene.chance.random() * longest)

    await run(scene, work)


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_asyncio_tasks_that_are_cancelled(scene: Scene) -> None:
    tasks = list[asyncio.Task[None]]()

    def start(work: Work) -> Callable[[], object]:
        async def asked() -> None:
            await work()

        tasks.append(asyncio.create_task(asked()))
        return tasks[-1].cancel

    async def work(_: float) -> None:
        await scene.cancel_at_random(start)
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(end) for end in ends} == {asyncio.CancelledError, type(None)}

    await run(scene, work)


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_asyncio_tasks_that_are_waited_for_in_vain(scene: Scene) -> None:
    async def work(longest: float) -> None:
        waiting = [asyncio.wait_for(scene.work()(), scene.chance.random() * longest) for _ in range(TASKS)]
        ends = await asyncio.gather(*waiting, return_exceptions=True)
        assert {type(end) for end in ends} == {TimeoutError, type(None)}

    await run(scene, work)
