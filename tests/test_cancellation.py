"""Five hundred tasks are cancelled wherever they happen to be; afterwards it is as if they had never been."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress

import anyio
import pytest
from anyio.lowlevel import checkpoint

from openrouter import AsyncClient, CircuitBreaker, CircuitOpenError, Policy, RateLimit, Retry, ServerError
from openrouter.drivers import AsyncDriver
from openrouter.policy import Facts
from openrouter.testing import ErrorReply, FakeOpenRouter, LoopbackServer, RawReply, TextReply
from openrouter.testing.replies import Reply
from openrouter.testing.requests import RecordedRequest
from tests.injected_time import InjectedTime
from tests.open_things import Open, wait_for_tasks, wait_until_open

TASKS, CONNECTIONS, PER_MINUTE = 500, 100, 5
FOREVER = 3600

SLOW: dict[str, Reply] = {
    "slow/headers": TextReply("late", delay=FOREVER),
    "slow/body": TextReply("late", pause=FOREVER),
    "slow/keepalives": RawReply(200, {"Content-Type": "text/event-stream"}, [b": alive\n\n"] * 30_000, pause=0.002),
    "busy/busy": ErrorReply(503, "Busy"),
    "broken/broken": TextReply("late", delay=FOREVER),
}
MODELS = [*SLOW, "fine/fine", "limited/limited"]


class Service:
    """Is slow, busy and broken at first, then healthy."""

    def __init__(self) -> None:
        self.healthy = False
        self.asked: Counter[str] = Counter()

    def respond(self, request: RecordedRequest) -> Reply:
        model = request.payload["model"]
        self.asked[model] += 1
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
def server(service: Service) -> Iterator[LoopbackServer]:
    with FakeOpenRouter(respond=service.respond).serve() as server:
        yield server


def calm_client(server: LoopbackServer, clock: Calm) -> AsyncClient:
    policy = Policy(
        retry=Retry(random=lambda: 0.5, budget=None),
        rate_limit=RateLimit(models={"limited/limited": RateLimit(requests_per_minute=PER_MINUTE)}),
        circuit_breaker=CircuitBreaker(failures=TASKS, pause=10),
    )
    client = AsyncClient(api_key="sk-test", base_url=server.url, max_connections=CONNECTIONS)
    client.driver = AsyncDriver(client.settings, policy, client.driver.transport, clock.now, clock.sleep_async)
    return client


async def break_the_model(client: AsyncClient, clock: Calm) -> None:
    """Let the breaker open, and its pause pass: one request may go as the probe."""
    for _ in range(TASKS):
        passage = client.policy.begin(facts("broken/broken"), clock.now())
        passage.next(clock.now())
        error = ServerError("broken")
        error.status_code, error.retryable = 500, False
        with pytest.raises(ServerError):
            passage.failed(error, clock.now())
    clock.passed += 10


def facts(model: str) -> Facts:
    return Facts(key="key", model=model)


async def ask(client: AsyncClient, model: str) -> None:
    with suppress(CircuitOpenError):
        if model == "slow/keepalives":
            async with client.stream("Hi", model=model) as stream:
                async for _ in stream:
                    pass
        else:
            await client.complete("Hi", model=model)


async def check_that_nothing_is_lost(client: AsyncClient, service: Service, clock: Calm) -> None:
    service.healthy = True
    home = await client.driver.transport._homes.get()  # noqa: SLF001 - only the pool knows its admission
    assert home.admission.taken == 0
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
    assert home.admission.taken == 0


async def cancel_at_random(
    seed: int, client: AsyncClient, start: Callable[[Callable[[], Awaitable[None]]], Callable[[], object]]
) -> None:
    """Start tasks, and cancel each of them some steps later, in any order."""
    chance = random.Random(seed)
    cancels: list[Callable[[], object]] = []
    for _ in range(TASKS):
        model = chance.choice(MODELS)
        cancels.append(start(lambda model=model: ask(client, model)))
        if chance.random() < 0.5:
            cancels.pop(chance.randrange(len(cancels)))()
        for _ in range(chance.choice([0, 0, 0, 1, 2, 5])):
            await checkpoint()
    chance.shuffle(cancels)
    for cancel in cancels:
        cancel()
        if chance.random() < 0.1:
            await checkpoint()


@pytest.mark.anyio
# On trio, httpcore leaves its iteration over the bytes of a request to the garbage collection: nothing is open there.
@pytest.mark.filterwarnings("ignore:Async generator 'httpcore._models.ByteStream:ResourceWarning")
@pytest.mark.parametrize("seed", [20])
async def test_scopes_that_are_cancelled(seed: int, server: LoopbackServer, service: Service) -> None:
    open_before, tasks_before = Open.now(), len(anyio.get_running_tasks())
    clock = Calm()
    async with calm_client(server, clock) as client:
        await break_the_model(client, clock)
        async with anyio.create_task_group() as group:

            def start(work: Callable[[], Awaitable[None]]) -> Callable[[], object]:
                scope = anyio.CancelScope()

                async def scoped() -> None:
                    with scope:
                        await work()

                group.start_soon(scoped)
                return scope.cancel

            await cancel_at_random(seed, client, start)
        assert clock.waits, "nobody was backing off or waited for the limit"
        assert service.asked["broken/broken"] >= 1, "nobody held the probe"
        await check_that_nothing_is_lost(client, service, clock)
    await wait_for_tasks(tasks_before)
    wait_until_open(open_before)


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("seed", [20])
async def test_asyncio_tasks_that_are_cancelled(seed: int, server: LoopbackServer, service: Service) -> None:
    open_before, tasks_before = Open.now(), len(anyio.get_running_tasks())
    clock, tasks = Calm(), list[asyncio.Task[None]]()
    async with calm_client(server, clock) as client:
        await break_the_model(client, clock)

        def start(work: Callable[[], Awaitable[None]]) -> Callable[[], object]:
            async def asked() -> None:
                await work()

            tasks.append(asyncio.create_task(asked()))
            return tasks[-1].cancel

        await cancel_at_random(seed, client, start)
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(end) for end in ends} == {asyncio.CancelledError, type(None)}
        assert clock.waits, "nobody was backing off or waited for the limit"
        await check_that_nothing_is_lost(client, service, clock)
    await wait_for_tasks(tasks_before)
    wait_until_open(open_before)
