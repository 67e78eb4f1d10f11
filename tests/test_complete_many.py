"""Many completions side by side: order, the bound on how many at once, failures, and being stopped."""

from __future__ import annotations

import asyncio
import itertools
import pickle
import signal
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar
from functools import partial
from operator import itemgetter
from typing import Any

import anyio
import httpx
import pytest
from anyio.lowlevel import checkpoint

from openrouter import BadRequestError, InvalidArgumentError, OpenRouterError, Outcome
from openrouter.core.errors import BatchInterruptedError
from openrouter.testing import ErrorReply, FakeOpenRouter, FakeTransport, TextReply
from openrouter.testing.replies import Reply
from openrouter.testing.requests import RecordedRequest
from tests.injected_time import InjectedTime, awaiting_client, blocking_client

PROMPTS = ["a", "bad b", "c", " ", "e"]

customer: ContextVar[str] = ContextVar("customer", default="nobody")


def by_prompt(request: RecordedRequest) -> Reply:
    prompt = request.payload["messages"][-1]["content"]
    return ErrorReply(400, f"No {prompt}") if prompt.startswith("bad") else TextReply(f"Re: {prompt}")


def check_outcomes(outcomes: list[Outcome]) -> None:
    assert [outcome.content for outcome in outcomes] == ["Re: a", "", "Re: c", "", "Re: e"]
    assert [outcome.success for outcome in outcomes] == [True, False, True, False, True]
    assert isinstance(outcomes[1].error, BadRequestError)
    assert isinstance(outcomes[3].error, InvalidArgumentError)


@pytest.mark.parametrize("concurrency", [1, 3, 50])
def test_threads_keep_the_order_and_a_failure_spoils_no_other(concurrency: int) -> None:
    with FakeOpenRouter(respond=by_prompt).http() as http:
        check_outcomes(blocking_client(InjectedTime(), http=http).complete_many(PROMPTS, concurrency=concurrency))


@pytest.mark.anyio
@pytest.mark.parametrize("concurrency", [1, 3, 50])
async def test_tasks_keep_the_order_and_a_failure_spoils_no_other(concurrency: int) -> None:
    async with FakeOpenRouter(respond=by_prompt).async_http() as http:
        client = awaiting_client(InjectedTime(), http=http)
        check_outcomes(await client.complete_many(iter(PROMPTS), concurrency=concurrency))


def test_threads_reach_the_bound_and_never_exceed_it() -> None:
    barrier, active, most = threading.Barrier(4), set[int](), list[int]()
    lock = threading.Lock()

    def meet(_: RecordedRequest) -> Reply:
        with lock:
            active.add(threading.get_ident())
            most.append(len(active))
        # Passes when four are here at the same time; were there fewer threads, it would break.
        barrier.wait(10)
        with lock:
            active.discard(threading.get_ident())
        return TextReply("met")

    with FakeOpenRouter(respond=meet).http() as http:
        outcomes = blocking_client(InjectedTime(), http=http).complete_many(["Hi"] * 12, concurrency=4)
    assert [outcome.content for outcome in outcomes] == ["met"] * 12
    assert max(most) == 4


class MeetingTransport(httpx.AsyncBaseTransport):
    """Lets requests pass four by four."""

    def __init__(self, inner: FakeTransport) -> None:
        self.inner, self.active, self.most, self.all_here = inner, 0, 0, anyio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.active += 1
        self.most = max(self.most, self.active)
        if self.active == 4:
            self.active = 0
            self.all_here.set()
            self.all_here = anyio.Event()
        else:
            await self.all_here.wait()
        return await self.inner.handle_async_request(request)


@pytest.mark.anyio
async def test_tasks_reach_the_bound() -> None:
    transport = MeetingTransport(FakeOpenRouter().transport())
    async with httpx.AsyncClient(transport=transport) as http:
        with anyio.fail_after(10):
            await awaiting_client(InjectedTime(), http=http).complete_many(["Hi"] * 12, concurrency=4)
    assert transport.most == 4


class CountingTransport(httpx.AsyncBaseTransport):
    """Counts the requests that are under way, from their sending to the end of their reply."""

    def __init__(self, inner: FakeTransport) -> None:
        self.inner, self.most = inner, 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self.inner.handle_async_request(request)
        self.most = max(self.most, self.inner.open_bodies)
        await checkpoint()
        return response


@pytest.mark.anyio
async def test_tasks_never_exceed_the_bound() -> None:
    transport = CountingTransport(FakeOpenRouter().transport())
    async with httpx.AsyncClient(transport=transport) as http:
        await awaiting_client(InjectedTime(), http=http).complete_many(["Hi"] * 100, concurrency=7)
    assert transport.most == 7


@pytest.mark.anyio
async def test_inputs_are_taken_when_there_is_room_for_them() -> None:
    taken: list[int] = []
    ahead: list[int] = []

    def inputs() -> Iterator[str]:
        for number in range(20):
            taken.append(number)
            yield f"Number {number}"

    def respond(_: RecordedRequest) -> Reply:
        ahead.append(len(taken) - len(ahead))
        return TextReply("ok")

    with FakeOpenRouter(respond=respond).http() as http:
        blocking_client(InjectedTime(), http=http).complete_many(inputs(), concurrency=1)
    assert ahead == [1] * 20
    taken.clear()
    ahead.clear()
    async with FakeOpenRouter(respond=respond).async_http() as http:
        await awaiting_client(InjectedTime(), http=http).complete_many(inputs(), concurrency=3)
    assert max(ahead) <= 3
    assert len(ahead) == 20


def test_threads_see_the_context_variables_of_the_caller() -> None:
    seen: list[str] = []

    def respond(_: RecordedRequest) -> Reply:
        seen.append(customer.get())
        return TextReply("ok")

    token = customer.set("ann")
    try:
        with FakeOpenRouter(respond=respond).http() as http:
            blocking_client(InjectedTime(), http=http).complete_many(["a", "b", "c"], concurrency=2)
    finally:
        customer.reset(token)
    assert seen == ["ann"] * 3


def test_ctrl_c_stops_the_threads() -> None:
    before, main = set(threading.enumerate()), threading.get_ident()
    numbers, all_running = itertools.count(), threading.Barrier(3)

    def respond(_: RecordedRequest) -> Reply:
        number = next(numbers)
        if number < 3:
            all_running.wait(10)
        if number == 5:
            signal.pthread_kill(main, signal.SIGINT)
        return TextReply("ok")

    with FakeOpenRouter(respond=respond).http() as http:
        client = blocking_client(InjectedTime(), http=http)
        with pytest.raises(KeyboardInterrupt):
            client.complete_many(itertools.repeat("Hi", 100_000), concurrency=3)
        for thread in set(threading.enumerate()) - before:
            thread.join(10)
            assert not thread.is_alive()
    assert next(numbers) < 1000, "of 100,000"


@pytest.mark.anyio
async def test_cancellation_stops_the_tasks() -> None:
    scope = anyio.CancelScope()
    numbers = itertools.count()

    def respond(_: RecordedRequest) -> Reply:
        if next(numbers) == 5:
            scope.cancel()
        return TextReply("ok")

    transport = FakeOpenRouter(respond=respond).transport()
    async with httpx.AsyncClient(transport=transport) as http:
        client = awaiting_client(InjectedTime(), http=http)
        with anyio.fail_after(10), scope:
            await client.complete_many(itertools.repeat("Hi", 100_000), concurrency=3)
        assert scope.cancelled_caught
    assert transport.open_bodies == 0


@pytest.mark.anyio
@pytest.mark.parametrize("concurrency", [1, 3, 50])
async def test_each_outcome_is_told_once_with_the_place_of_its_input(concurrency: int) -> None:
    told: list[tuple[int, Outcome]] = []

    def save(place: int, outcome: Outcome) -> None:
        told.append((place, outcome))

    with FakeOpenRouter(respond=by_prompt).http() as http:
        client = blocking_client(InjectedTime(), http=http)
        outcomes = client.complete_many(PROMPTS, concurrency=concurrency, on_outcome=save)
    assert sorted(told, key=itemgetter(0)) == list(enumerate(outcomes))
    told.clear()

    async def keep(place: int, outcome: Outcome) -> None:
        await checkpoint()
        told.append((place, outcome))

    async with FakeOpenRouter(respond=by_prompt).async_http() as async_http:
        awaiting = awaiting_client(InjectedTime(), http=async_http)
        outcomes = await awaiting.complete_many(PROMPTS, concurrency=concurrency, on_outcome=keep)
    assert sorted(told, key=itemgetter(0)) == list(enumerate(outcomes))


@pytest.mark.anyio
async def test_no_two_outcomes_are_told_at_once() -> None:
    inside, seen = list[int](), list[int]()

    def enter() -> None:
        inside.append(1)
        seen.append(len(inside))

    def blocking(*_: object) -> None:
        enter()
        for _ in range(20):
            time.sleep(0)  # not to wait, but to let the other threads go on
        inside.pop()

    async def awaiting(*_: object) -> None:
        enter()
        for _ in range(5):
            await checkpoint()
        inside.pop()

    with FakeOpenRouter().http() as http:
        blocking_client(InjectedTime(), http=http).complete_many(["Hi"] * 12, concurrency=6, on_outcome=blocking)
    async with FakeOpenRouter().async_http() as async_http:
        client = awaiting_client(InjectedTime(), http=async_http)
        await client.complete_many(["Hi"] * 12, concurrency=6, on_outcome=awaiting)
    assert seen == [1] * 24


@pytest.mark.anyio
async def test_what_it_raises_ends_the_batch() -> None:
    full = OSError("no space left on device")

    def save(place: int, _: Outcome) -> None:
        if place == 2:
            raise full

    fake = FakeOpenRouter()
    with fake.http() as http, pytest.raises(OSError, match="no space left") as blocked:
        blocking_client(InjectedTime(), http=http).complete_many(["Hi"] * 100, concurrency=1, on_outcome=save)
    async with fake.async_http() as async_http:
        client = awaiting_client(InjectedTime(), http=async_http)
        with pytest.raises(OSError, match="no space left") as awaited:
            await client.complete_many(["Hi"] * 100, concurrency=1, on_outcome=save)
    assert blocked.value is awaited.value is full
    assert len(fake.requests) == 6


@pytest.mark.anyio
async def test_a_cancellation_loses_no_outcome_that_waits_for_its_turn_to_be_told() -> None:
    told, waiting = list[int](), anyio.Event()

    async def save(place: int, _: Outcome) -> None:
        told.append(place)
        waiting.set()
        await anyio.sleep_forever()

    async with FakeOpenRouter().async_http() as http:
        client = awaiting_client(InjectedTime(), http=http)
        with anyio.fail_after(10):
            async with anyio.create_task_group() as group:
                group.start_soon(partial(client.complete_many, ["Hi"] * 9, concurrency=3, on_outcome=save))
                await waiting.wait()
                await anyio.wait_all_tasks_blocked()
                group.cancel_scope.cancel()
    assert sorted(told) == [0, 1, 2]


def test_a_callback_that_is_cancelled_by_somebody_else_ends_the_batch() -> None:
    told: list[int] = []

    async def save(place: int, _: Outcome) -> None:
        told.append(place)
        if place == 4:
            raise asyncio.CancelledError

    async def main() -> None:
        async with FakeOpenRouter().async_http() as http:
            await awaiting_client(InjectedTime(), http=http).complete_many(["Hi"] * 100, concurrency=1, on_outcome=save)

    with pytest.raises(RuntimeError, match="cancelled by somebody else"):
        asyncio.run(main())
    assert told == [0, 1, 2, 3, 4]


def test_ctrl_c_loses_no_outcome_that_was_told() -> None:
    main, told = threading.get_ident(), list[Outcome]()

    def save(place: int, outcome: Outcome) -> None:
        told.append(outcome)
        if place == 5:
            signal.pthread_kill(main, signal.SIGINT)

    before = set(threading.enumerate())
    with FakeOpenRouter().http() as http:
        client = blocking_client(InjectedTime(), http=http)
        with pytest.raises(KeyboardInterrupt):
            client.complete_many(itertools.repeat("Hi", 100_000), concurrency=3, on_outcome=save)
        for thread in set(threading.enumerate()) - before:
            thread.join(10)
    assert 6 <= len(told) < 1000
    assert all(outcome.success for outcome in told)


def test_the_blocking_client_takes_no_asynchronous_callback() -> None:
    async def keep(_: int, __: Outcome) -> None:
        await checkpoint()

    def hidden(place: int, outcome: Outcome) -> object:
        return keep(place, outcome)

    fake = FakeOpenRouter()
    with fake.http() as http:
        client = blocking_client(InjectedTime(), http=http)
        with pytest.raises(InvalidArgumentError, match="on_outcome is an async function"):
            client.complete_many(["Hi"], on_outcome=keep)
        assert fake.requests == []
        with pytest.raises(InvalidArgumentError, match="on_outcome is an async function"):
            client.complete_many(["Hi"], on_outcome=hidden)


def broken_off(error: BaseException) -> Iterator[str]:
    yield from ("a", "bad b", "c")
    raise error


def check_what_came_before(raised: BatchInterruptedError, cause: Exception) -> None:
    assert raised.__cause__ is cause
    assert [outcome.content for outcome in raised.outcomes] == ["Re: a", "", "Re: c"]
    assert "LookupError('no more rows')" in str(raised)
    assert "3 outcomes are in `.outcomes`" in str(raised)
    again = pickle.loads(pickle.dumps(raised))  # noqa: S301 - our own
    assert (type(again), len(again.outcomes)) == (BatchInterruptedError, 3)


@pytest.mark.anyio
@pytest.mark.parametrize("concurrency", [1, 2, 50])
async def test_inputs_that_break_off_lose_nothing_that_was_paid_for(concurrency: int) -> None:
    cause = LookupError("no more rows")
    with FakeOpenRouter(respond=by_prompt).http() as http:
        client = blocking_client(InjectedTime(), http=http)
        with pytest.raises(BatchInterruptedError) as blocked:
            client.complete_many(broken_off(cause), concurrency=concurrency)
    async with FakeOpenRouter(respond=by_prompt).async_http() as async_http:
        awaiting = awaiting_client(InjectedTime(), http=async_http)
        with pytest.raises(BatchInterruptedError) as awaited:
            await awaiting.complete_many(broken_off(cause), concurrency=concurrency)
    for raised in (blocked.value, awaited.value):
        check_what_came_before(raised, cause)


def test_inputs_that_are_interrupted_are_no_broken_batch() -> None:
    before = set(threading.enumerate())
    with FakeOpenRouter().http() as http:
        with pytest.raises(KeyboardInterrupt):
            blocking_client(InjectedTime(), http=http).complete_many(broken_off(KeyboardInterrupt()))
        # what is under way ends by itself
        for thread in set(threading.enumerate()) - before:
            thread.join(10)


class Interrupted(BaseException):
    """What is no error, such as a Ctrl-C: that itself would end the event loop of the tests."""


@pytest.mark.anyio
@pytest.mark.parametrize("concurrency", [1, 50])
async def test_an_interruption_comes_as_it_is_and_not_in_a_group(concurrency: int) -> None:
    async with FakeOpenRouter().async_http() as http:
        with pytest.raises(Interrupted):
            await awaiting_client(InjectedTime(), http=http).complete_many(
                broken_off(Interrupted()), concurrency=concurrency
            )


@pytest.mark.anyio
async def test_what_cannot_be_a_batch_is_refused() -> None:
    fake = FakeOpenRouter()
    wrong: list[dict[str, Any]] = [
        {"inputs": "one prompt"},
        {"inputs": {"role": "user", "content": "one message"}},
        {"inputs": 5},
        {"inputs": ["a"], "concurrency": 0},
        {"inputs": ["a"], "on_outcome": "save"},
    ]
    with fake.http() as http:
        client = blocking_client(InjectedTime(), http=http)
        for arguments in wrong:
            with pytest.raises(InvalidArgumentError):
                client.complete_many(**arguments)
        with pytest.raises(TypeError, match="temprature"):
            client.complete_many(["a"], temprature=1)  # type: ignore[call-arg]  # that is the mistake
    async with fake.async_http() as http:
        awaiting = awaiting_client(InjectedTime(), http=http)
        for arguments in wrong:
            with pytest.raises(OpenRouterError):
                await awaiting.complete_many(**arguments)
        with pytest.raises(TypeError, match="temprature"):
            await awaiting.complete_many(["a"], temprature=1)  # type: ignore[call-arg]  # that is the mistake
    assert fake.requests == []
