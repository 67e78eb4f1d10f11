"""Records of generations: what is made of them, waiting for them, and that both clients do it alike."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from attrs import fields
from hypothesis import given

from openrouter import AsyncClient, InvalidArgumentError, NotFoundError, OpenRouterError, SyncClient
from openrouter.api.generations import Generations
from openrouter.core.errors import AuthenticationError, ResponseError, ServerError
from openrouter.core.wire import Call, Moment
from openrouter.effects import Now, Sleep
from openrouter.testing import FakeOpenRouter, TextReply
from openrouter.types.generations import Generation, GenerationContent
from tests.api.answered import ANY_JSON, odd, parsed
from tests.injected_time import InjectedTime, awaiting_client, blocking_client

pytestmark = pytest.mark.anyio


@given(odd([*(field.name for field in fields(Generation)), "created_at"]))
def test_no_record_raises(told: dict[str, Any]) -> None:
    found = parsed(Generations.get("gen-1"), {"data": told})
    assert found.raw.keys() == told.keys()
    assert found.total_cost is None or 0 <= found.total_cost <= 10**9
    assert found.created_at is None or found.created_at.tzinfo is not None
    assert found.latency_seconds is None or found.latency_seconds >= 0


@given(odd(["input", "output", "error"]), ANY_JSON)
def test_no_content_raises(told: dict[str, Any], within: object) -> None:
    for data in (told, {"input": {"messages": within, "prompt": within}, "output": {"completion": within}}):
        found = parsed(Generations.content("gen-1"), {"data": data})
        assert found.input.prompt is None or isinstance(found.input.prompt, str)


async def test_both_clients_see_the_same_record_and_content() -> None:
    fake = FakeOpenRouter([TextReply("Ho.", reasoning="Hm.")], generation_delay=0)
    with fake.sync_client(model="a/b") as client:
        reply = client.complete("Hi", user="ann")
        record, content = client.generations.get(reply.id), client.generations.content(reply.id)
        assert client.generations.wait(reply.id) == record
    async with fake.async_client() as awaiting:
        assert await awaiting.generations.get(reply.id) == record
        assert await awaiting.generations.content(reply.id) == content
        assert await awaiting.generations.wait(reply.id) == record
    assert (record.id, record.model, record.external_user) == (reply.id, "a/b", "ann")
    assert (record.total_cost, record.streamed, record.cancelled) == (reply.usage and reply.usage.cost, False, False)
    assert isinstance(content, GenerationContent)
    assert content.input.messages == [{"role": "user", "content": "Hi"}]
    assert (content.output.completion, content.output.reasoning, content.error) == ("Ho.", "Hm.", None)


# --- waiting ----------------------------------------------------------------------------------------------------------


def wait_blocking(fake: FakeOpenRouter, clock: InjectedTime, generation_id: str, **options: Any) -> Generation:
    with fake.http() as http:
        return blocking_client(clock, http=http, model="a/b").generations.wait(generation_id, **options)


async def wait_awaiting(fake: FakeOpenRouter, clock: InjectedTime, generation_id: str, **options: Any) -> Generation:
    async with fake.async_http() as http:
        return await awaiting_client(clock, http=http, model="a/b").generations.wait(generation_id, **options)


async def wait_with(kind: str, fake: FakeOpenRouter, clock: InjectedTime, generation_id: str, **options: Any) -> Any:
    if kind == "blocking":
        return wait_blocking(fake, clock, generation_id, **options)
    return await wait_awaiting(fake, clock, generation_id, **options)


def generated(fake: FakeOpenRouter) -> str:
    with fake.sync_client(model="a/b") as client:
        return client.complete("Hi").id


KINDS = pytest.mark.parametrize("kind", ["blocking", "awaiting"])


@KINDS
@pytest.mark.parametrize(
    ("delay", "waits"),
    [(0, []), (1, [0.5]), (3, [0.5, 1, 2]), (7, [0.5, 1, 2, 4, 8, 8, 8])],
)
async def test_a_record_that_comes_late_is_waited_for(kind: str, delay: int, waits: list[float]) -> None:
    fake, clock = FakeOpenRouter(generation_delay=delay), InjectedTime()
    record = await wait_with(kind, fake, clock, generation_id := generated(fake))
    assert (record.id, clock.waits) == (generation_id, waits)


@KINDS
@pytest.mark.parametrize(
    ("seconds", "waits"),
    [(0, []), (0.2, [0.2]), (5, [0.5, 1, 2, 1.5]), (60, [0.5, 1, 2, 4, 8, 8, 8, 8, 8, 8, 4.5])],
)
async def test_a_record_that_never_comes_is_waited_for_so_long(kind: str, seconds: float, waits: list[float]) -> None:
    fake, clock = FakeOpenRouter(), InjectedTime()
    with pytest.raises(NotFoundError) as raised:
        await wait_with(kind, fake, clock, "gen-never", timeout=seconds)
    assert clock.waits == waits
    error = raised.value
    assert (error.status_code, error.generation_id, error.attempts) == (404, "gen-never", 1)
    assert error.body == {"error": {"message": "Generation gen-never not found", "code": 404}}
    assert isinstance(error.__cause__, NotFoundError)
    said = str(error)
    assert said.startswith(f"There is no record of the generation 'gen-never' after {seconds:.1f} s (404 Not Found: ")
    assert "timeout=" in said
    assert "check the id" in said


@KINDS
async def test_without_being_told_it_is_a_minute(kind: str) -> None:
    fake, clock = FakeOpenRouter(), InjectedTime()
    with pytest.raises(NotFoundError):
        await wait_with(kind, fake, clock, "gen-never")
    assert clock.passed == 60


@pytest.mark.parametrize("error", [AuthenticationError("No."), ServerError("Broken."), ResponseError("What?")])
def test_any_other_error_is_raised_at_once(error: OpenRouterError) -> None:
    flow = Generations.wait("gen-1")
    assert isinstance(next(flow), Now)
    assert isinstance(flow.send(Moment(0.0, 0.0)), Call)
    with pytest.raises(type(error)) as raised:
        flow.throw(error)
    assert raised.value is error


def steps_of(timeout: float, seconds: float) -> list[float | None]:
    """Give the deadline of every request, where each takes so many seconds."""
    flow, now, deadlines = Generations.wait("gen-1", timeout=timeout), 100.0, list[float | None]()
    effect: Any = next(flow)
    try:
        while True:
            if isinstance(effect, Now):
                effect = flow.send(Moment(now, 0.0))
            elif isinstance(effect, Sleep):
                now += effect.seconds
                effect = flow.send(None)
            else:
                assert isinstance(effect, Call)
                deadlines.append(effect.request.deadline)  # type: ignore[arg-type] # always a number
                now += seconds
                effect = flow.throw(NotFoundError("Not yet."))
    except NotFoundError:
        return deadlines


def test_no_request_lasts_longer_than_what_is_left_but_each_has_a_second() -> None:
    assert steps_of(timeout=4, seconds=0.75) == [4, 2.75, 1.0, 1.0]
    assert steps_of(timeout=0, seconds=5) == [1.0]


@pytest.mark.parametrize("timeout", [-1, float("nan"), float("inf"), "60", None, True])
def test_a_time_that_cannot_be_is_refused(timeout: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="timeout="):
        Generations.wait("gen-1", timeout=timeout)


# --- the cost of a stream that was left -------------------------------------------------------------------------------


async def test_the_cost_of_a_stream_that_was_left_is_in_its_record() -> None:
    fake = FakeOpenRouter([TextReply("One two three four five six.")] * 2)
    with fake.sync_client(model="a/b") as client:
        with client.stream("Count.") as stream:
            left = next(stream)
        record = client.generations.wait(left.id or "")
    assert (record.streamed, record.cancelled) == (True, True)
    assert record.total_cost == fake.spent == Decimal("0.000013")
    async with fake.async_client(model="a/b") as awaiting:
        async with awaiting.stream("Count.") as awaited:
            left = await anext(awaited)
        record = await awaiting.generations.wait(left.id or "")
    assert (record.cancelled, record.total_cost) == (True, fake.spent / 2)


async def test_over_a_socket() -> None:
    fake = FakeOpenRouter(generation_delay=0)
    with fake.serve() as server:
        with SyncClient(api_key="k", base_url=server.url, model="a/b") as client:
            reply = client.complete("Hi")
            record = client.generations.get(reply.id)
        async with AsyncClient(api_key="k", base_url=server.url) as awaiting:
            assert await awaiting.generations.wait(reply.id) == record
    assert record.total_cost == fake.spent
