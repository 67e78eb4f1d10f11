"""Flows: work of several requests, the same on both clients."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from threading import Event
from typing import Any

import anyio
import httpx
import pytest

from openrouter import AsyncClient, BadRequestError, SyncClient
from openrouter.api.chat import Chat
from openrouter.effects import Flow, Gather, Now
from openrouter.testing import ErrorReply, FakeOpenRouter, TextReply
from openrouter.testing.replies import Reply
from openrouter.testing.requests import RecordedRequest
from tests.injected_time import UTC_START, InjectedTime, awaiting_client, blocking_client


def by_prompt(request: RecordedRequest) -> Reply:
    prompt = request.payload["messages"][-1]["content"]
    return ErrorReply(400, f"No {prompt}") if prompt.startswith("bad") else TextReply(f"Re: {prompt}")


def ask(prompt: str) -> Generator[Any, Any, str]:
    completion = yield from Chat.complete(prompt)
    return completion.text


@pytest.fixture
def fake() -> FakeOpenRouter:
    return FakeOpenRouter(respond=by_prompt)


@pytest.fixture
def blocking(fake: FakeOpenRouter) -> Iterator[SyncClient]:
    with fake.http() as http:
        yield blocking_client(InjectedTime(), http=http)


@pytest.fixture
def awaiting(fake: FakeOpenRouter) -> AsyncClient:
    return awaiting_client(InjectedTime(), http=httpx.AsyncClient(transport=fake.transport()))


async def on_both(blocking: SyncClient, awaiting: AsyncClient, make: Callable[[], Flow[Any]]) -> Any:
    blocked = blocking.driver.run(make())
    awaited = await awaiting.driver.run(make())
    assert blocked == awaited
    return awaited


@pytest.mark.anyio
async def test_a_flow_gets_what_its_effects_give_and_returns_its_own(
    blocking: SyncClient, awaiting: AsyncClient
) -> None:
    def flow() -> Generator[Any, Any, tuple[float, list[str]]]:
        moment = yield from Now()
        texts = yield from Gather([ask("a"), ask("b"), ask("c")], limit=2)
        texts.append((yield from ask("d")))
        return moment.utc, texts

    result = await on_both(blocking, awaiting, flow)
    assert result == (UTC_START, ["Re: a", "Re: b", "Re: c", "Re: d"])


@pytest.mark.anyio
async def test_an_error_is_raised_inside_the_flow(blocking: SyncClient, awaiting: AsyncClient) -> None:
    def flow() -> Generator[Any, Any, str]:
        try:
            return (yield from ask("bad"))
        except BadRequestError as error:
            text = yield from ask("b")
            return f"{error.status_code} {text}"

    assert await on_both(blocking, awaiting, flow) == "400 Re: b"


@pytest.mark.anyio
async def test_an_error_that_the_flow_leaves_alone_comes_out(blocking: SyncClient, awaiting: AsyncClient) -> None:
    with pytest.raises(BadRequestError, match="No bad"):
        blocking.driver.run(ask("bad"))
    with pytest.raises(BadRequestError, match="No bad"):
        await awaiting.driver.run(ask("bad"))


@pytest.mark.anyio
async def test_what_is_no_effect_is_a_type_error_that_closes_the_flow(
    blocking: SyncClient, awaiting: AsyncClient
) -> None:
    closed: list[bool] = []

    def flow() -> Generator[Any, Any, None]:
        try:
            yield "nonsense"
        finally:
            closed.append(True)

    with pytest.raises(TypeError, match="A flow yielded 'nonsense', which is no effect"):
        blocking.driver.run(flow())
    with pytest.raises(TypeError, match="A flow yielded 'nonsense', which is no effect"):
        await awaiting.driver.run(flow())
    assert closed == [True, True]


@pytest.mark.anyio
async def test_the_first_failure_in_the_order_of_the_flows_is_raised(
    blocking: SyncClient, awaiting: AsyncClient
) -> None:
    def gather() -> Generator[Any, Any, list[str]]:
        return (yield from Gather([ask("a"), failing("b"), failing("c")], limit=3))

    def failing(name: str) -> Generator[Any, Any, str]:
        yield from Now()
        raise LookupError(name)

    # Threads and trio's tasks start in any order.
    for _ in range(20):
        with pytest.raises(LookupError) as awaited:
            await awaiting.driver.run(gather())
        assert awaited.value.args == ("b",)
        with pytest.raises(LookupError) as blocked:
            blocking.driver.run(gather())
        assert blocked.value.args in {("b",), ("c",)}  # where c failed before b was begun, b never is


def test_a_failure_in_threads_that_stands_earlier_is_the_one_that_is_raised(blocking: SyncClient) -> None:
    second_failed = Event()

    def first() -> Generator[Any, Any, None]:
        yield from Now()
        assert second_failed.wait(5)
        raise LookupError("first")

    def second() -> Generator[Any, Any, None]:
        yield from Now()
        second_failed.set()
        raise LookupError("second")

    def gather() -> Generator[Any, Any, list[None]]:
        return (yield from Gather([first(), second()], limit=2))

    with pytest.raises(LookupError, match="first"):
        blocking.driver.run(gather())


def test_after_a_failure_no_further_flow_is_begun_in_threads(blocking: SyncClient, fake: FakeOpenRouter) -> None:
    def gather() -> Generator[Any, Any, list[str]]:
        return (yield from Gather(map(ask, ["a", "bad", "c", "d"]), limit=1))

    with pytest.raises(BadRequestError, match="No bad"):
        blocking.driver.run(gather())
    assert [request.payload["messages"][0]["content"] for request in fake.requests] == ["a", "bad"]


@pytest.mark.anyio
async def test_a_failure_cancels_the_other_tasks() -> None:
    def slow_or_bad(request: RecordedRequest) -> Reply:
        return by_prompt(request) if "bad" in str(request.body) else TextReply("late", delay=60)

    slow = FakeOpenRouter(respond=slow_or_bad)
    transport = slow.transport()

    def gather() -> Generator[Any, Any, list[str]]:
        return (yield from Gather([ask("slow"), ask("bad")], limit=2))

    async with httpx.AsyncClient(transport=transport) as http:
        client = awaiting_client(InjectedTime(), http=http)
        with anyio.fail_after(5), pytest.raises(BadRequestError, match="No bad"):
            await client.driver.run(gather())
        totals = client.totals
    assert (totals.failures, totals.abandoned + totals.failures) == (1, len(slow.requests))
    assert transport.open_bodies == 0


def flows_that_break_off(after: int) -> Iterator[Flow[str]]:
    for _ in range(after):
        yield ask("a")
    raise LookupError("no more")


@pytest.mark.anyio
@pytest.mark.parametrize("after", [0, 1, 7])
async def test_an_error_of_the_iterator_of_flows_comes_out_as_it_is(
    after: int, blocking: SyncClient, awaiting: AsyncClient
) -> None:
    def gather() -> Generator[Any, Any, list[str]]:
        return (yield from Gather(flows_that_break_off(after), limit=3))

    with pytest.raises(LookupError, match="no more"):
        blocking.driver.run(gather())
    with pytest.raises(LookupError, match="no more"):
        await awaiting.driver.run(gather())


def test_an_exit_asked_for_in_a_thread_comes_out(blocking: SyncClient) -> None:
    def flows() -> Iterator[Flow[str]]:
        yield ask("a")
        raise SystemExit(3)

    def gather() -> Generator[Any, Any, list[str]]:
        return (yield from Gather(flows(), limit=1))

    with pytest.raises(SystemExit, match="3"):
        blocking.driver.run(gather())


@pytest.mark.anyio
async def test_no_flows_give_no_results(blocking: SyncClient, awaiting: AsyncClient) -> None:
    def gather() -> Generator[Any, Any, list[str]]:
        return (yield from Gather([], limit=3))

    assert await on_both(blocking, awaiting, gather) == []
