"""Calls of one reply side by side: truly at once, and never more than asked for."""

from __future__ import annotations

import threading
from contextvars import ContextVar
from typing import Any

import anyio
import pytest

from openrouter.api.tool_runs import ToolRuns
from openrouter.core.structuring import structurer
from openrouter.effects import Check, Gather
from openrouter.testing import FakeOpenRouter, TextReply
from openrouter.tools.run import ToolRun
from openrouter.types.chat import Completion
from tests.tool_running import KINDS, Kind, call, calls, echo, results, run_on, scripted

pytestmark = pytest.mark.anyio
customer: ContextVar[str] = ContextVar("customer", default="nobody")


@pytest.mark.parametrize("kind", KINDS)
async def test_three_functions_of_one_reply_meet(kind: Kind) -> None:
    barrier = threading.Barrier(3)

    def meet() -> str:
        barrier.wait(10)
        return "met"

    run = await run_on(kind, scripted(calls(*[call("meet")] * 3), TextReply("Done.")), "Hi", [meet])
    assert results(run) == ["met", "met", "met"]


class Meeting:
    """A barrier for tasks."""

    def __init__(self, parties: int) -> None:
        self.missing, self.all_there = parties, anyio.Event()

    async def wait(self) -> None:
        self.missing -= 1
        if self.missing == 0:
            self.all_there.set()
        with anyio.fail_after(10):
            await self.all_there.wait()


async def test_three_async_functions_of_one_reply_meet() -> None:
    barrier, threads = Meeting(3), set[int]()

    async def meet() -> str:
        threads.add(threading.get_ident())
        await barrier.wait()
        return "met"

    run = await run_on("awaiting", scripted(calls(*[call("meet")] * 3), TextReply("Done.")), "Hi", [meet])
    assert (results(run), threads) == (["met", "met", "met"], {threading.get_ident()})


class Counter:
    """Counts who is there at once, and makes two of them wait for each other."""

    def __init__(self) -> None:
        self.there, self.most = 0, 0
        self.lock, self.pair = threading.Lock(), threading.Barrier(2)

    def work(self) -> None:
        with self.lock:
            self.there += 1
            self.most = max(self.most, self.there)
        self.pair.wait(10)
        with self.lock:
            self.there -= 1


@pytest.mark.parametrize("kind", KINDS)
async def test_no_more_than_asked_for_run_at_once(kind: Kind) -> None:
    counter = Counter()
    fake = scripted(calls(*[call("work")] * 8), TextReply("Done."))
    await run_on(kind, fake, "Hi", [counter.work], max_parallel=2)
    assert counter.most == 2


@pytest.mark.parametrize("limit", [2, 8])
async def test_how_many_may_is_what_the_driver_is_told(limit: int) -> None:
    raw = {"id": f"c{0}", "function": {"name": "echo", "arguments": '{"text": "a"}'}}
    reply = structurer(Completion)({"choices": [{"message": {"tool_calls": [raw, {**raw, "id": "c1"}]}}]})
    flow = ToolRuns.run_tools("Hi", [echo], max_parallel=limit)
    effect: Any = next(flow)
    while isinstance(effect, Check):
        effect = next(flow)
    gather = flow.send(reply)
    assert isinstance(gather, Gather)
    assert (gather.limit, len(list(gather.flows))) == (limit, 2)
    flow.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_one_at_a_time_they_run_in_order(kind: Kind) -> None:
    ran: list[tuple[str, bool]] = []

    def note(text: str) -> None:
        ran.append((text, threading.current_thread() is here))

    here = threading.current_thread()
    fake = scripted(calls(*(call("note", {"text": text}) for text in "abc")), TextReply("Done."))
    await run_on(kind, fake, "Hi", [note], max_parallel=1)
    assert [text for text, _ in ran] == ["a", "b", "c"]
    assert all(in_place == (kind == "blocking") for _, in_place in ran), "what has to stay in its thread can"


@pytest.mark.parametrize("kind", KINDS)
async def test_tools_see_the_context_of_the_caller(kind: Kind) -> None:
    def who() -> str:
        return customer.get()

    token = customer.set("acme")
    try:
        run = await run_on(kind, scripted(calls(call("who"), call("who")), TextReply("Done.")), "Hi", [who])
    finally:
        customer.reset(token)
    assert results(run) == ["acme", "acme"]


async def test_a_cancelled_run_knows_what_was_under_way() -> None:
    run, begun = ToolRun("Hi"), anyio.Event()

    async def wait() -> None:
        begun.set()
        await anyio.sleep_forever()

    fake = scripted(calls(call("wait"), call("wait"), call("wait")))
    async with anyio.create_task_group() as group, fake.async_client() as client:

        async def go() -> None:
            await client.run_tools(run, [wait], max_parallel=2)

        group.start_soon(go)
        with anyio.fail_after(10):
            await begun.wait()
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    assert [made.state for made in run.steps[0].calls] == ["started", "started", "ready"]


async def test_many_runs_at_once_do_not_mix() -> None:
    def respond(request: Any) -> Any:
        prompt = request.payload["messages"][0]["content"]
        asked = request.payload["messages"][-1]["role"] == "user"
        return calls(call("echo", {"text": prompt})) if asked else TextReply(f"Re: {prompt}")

    runs: dict[int, ToolRun] = {}
    async with FakeOpenRouter(respond=respond).async_client() as client, anyio.create_task_group() as group:

        async def go(number: int) -> None:
            runs[number] = await client.run_tools(f"{number}", [echo])

        for number in range(30):
            group.start_soon(go, number)
    assert all((results(run), run.text) == ([f"{number}"], f"Re: {number}") for number, run in runs.items())
    assert len(runs) == 30
