"""Runs that are broken off, closed, cancelled, or taken up twice: nothing runs twice, and nobody rewrites the past."""

from __future__ import annotations

import asyncio
import copy
import gc
import pickle
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from openrouter import BadRequestError, ClosedStreamError, InvalidArgumentError
from openrouter.api.tool_runs import ToolRuns
from openrouter.core.structuring import structurer
from openrouter.effects import Check, Gather, Invoke, Invoked
from openrouter.testing import ErrorReply, FakeOpenRouter, TextReply
from openrouter.tools.run import ToolRun
from openrouter.types.chat import Completion
from tests.tool_running import KINDS, Kind, call, calls, echo, raw_call, results, run_on, scripted, states

on_both = pytest.mark.parametrize("kind", KINDS)


def up_to_the_calls(run: ToolRun, *texts: str, **options: Any) -> tuple[Any, Gather[None]]:
    """Drive a flow by hand to where it has calls of `echo` run; give it, and what it wants of the driver."""
    flow: Any = ToolRuns.run_tools(run, [echo], **options)
    effect = next(flow)
    while isinstance(effect, Check):
        effect = next(flow)
    wanted = [raw_call("echo", f'{{"text": "{text}"}}', text) for text in texts]
    effect = flow.send(structurer(Completion)({"choices": [{"message": {"tool_calls": wanted}}]}))
    assert isinstance(effect, Gather)
    return flow, effect


# --- interrupts -------------------------------------------------------------------------------------------------------


def test_a_call_that_was_taken_and_not_begun_is_not_begun_any_more() -> None:
    run = ToolRun("Hi")
    flow, effect = up_to_the_calls(run, "a", "b")
    taken, *_ = effect.flows
    flow.close()
    assert states(run) == [["ready", "ready"]], "so it will be run"
    with pytest.raises(StopIteration):
        next(taken)
    assert states(run) == [["ready", "ready"]]


def test_what_comes_of_a_call_after_an_interrupt_rewrites_nothing() -> None:
    run = ToolRun("Hi")
    flow, effect = up_to_the_calls(run, "a", "b")
    late, *_ = effect.flows
    assert isinstance(next(late), Invoke)
    flow.close()
    assert states(run) == [["started", "ready"]]
    with pytest.raises(StopIteration):
        late.send(Invoked("late"))
    assert (states(run), run.steps[0].calls[0].content) == ([["started", "ready"]], None)


def test_what_somebody_else_settled_stays_as_it_is() -> None:
    run = ToolRun("Hi")
    _, effect = up_to_the_calls(run, "a", "b")
    first, second = effect.flows
    assert isinstance(next(first), Invoke)
    run.resolve("a", "by hand")
    run.resolve("b", "by hand")
    with pytest.raises(StopIteration):
        first.send(Invoked("late"))
    with pytest.raises(StopIteration):
        next(second)
    assert [made.content for made in run.steps[0].calls] == ["by hand", "by hand"]


# --- cancelled from within --------------------------------------------------------------------------------------------


async def cancelled_of_its_own(text: str) -> str:
    """Fail as what awaits a task that somebody cancelled."""
    raise asyncio.CancelledError(text)


async def cancels_itself(text: str) -> str:
    """Have the task cancelled that it runs in."""
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    await asyncio.sleep(0)
    return text


def plain_cancelled(text: str) -> str:
    raise asyncio.CancelledError(text)


@pytest.mark.anyio
@pytest.mark.parametrize("options", [{}, {"max_parallel": 1}, {"tool_timeout": 60}])
@pytest.mark.parametrize("function", [cancelled_of_its_own, plain_cancelled])
async def test_a_tool_that_is_cancelled_from_within_has_failed(
    function: Callable[..., Any], options: dict[str, Any]
) -> None:
    name = function.__name__
    asked = calls(call(name, {"text": "a"}), call("echo", {"text": "b"}))
    for kind in KINDS if function is plain_cancelled else ("awaiting",):
        run = await run_on(kind, scripted(asked, TextReply("Done.")), "Hi", [function, echo], **options)
        assert results(run) == [f"Error: RuntimeError: the tool '{name}' was cancelled", "b"]
        assert run.text == "Done."


@pytest.mark.parametrize("max_parallel", [1, 8])
def test_so_has_one_that_cancels_its_task(max_parallel: int) -> None:
    asked = calls(call("cancels_itself", {"text": "a"}), call("echo", {"text": "b"}))
    going = run_on(
        "awaiting", scripted(asked, TextReply("Done.")), "Hi", [cancels_itself, echo], max_parallel=max_parallel
    )
    run = asyncio.run(going)
    assert (results(run)[1], run.text) == ("b", "Done.")
    assert results(run)[0] == "Error: RuntimeError: the tool 'cancels_itself' was cancelled"


# --- closed -----------------------------------------------------------------------------------------------------------


@pytest.mark.anyio
@on_both
async def test_a_stream_that_a_tool_closes_asks_for_nothing_more(kind: Kind) -> None:
    fake = FakeOpenRouter(respond=lambda _: calls(call("stop")))
    run, streams = ToolRun("Hi"), list[Any]()

    def stop() -> str:
        streams[0].close()
        return "closed"

    async def stop_awaiting() -> str:
        await streams[0].aclose()
        return "closed"

    stop_awaiting.__name__ = "stop"
    if kind == "blocking":
        with fake.sync_client() as blocking:
            streams.append(blocking.stream_tools(run, [stop]))
            with pytest.raises(ClosedStreamError, match="was closed"):
                list(streams[0])
    else:
        async with fake.async_client() as awaiting:
            streams.append(awaiting.stream_tools(run, [stop_awaiting]))
            with pytest.raises(ClosedStreamError, match="was closed"):
                _ = [event async for event in streams[0]]
    assert (len(fake.requests), states(run)) == (1, [["done"]])
    with pytest.raises(ClosedStreamError):
        _ = streams[0].result


@pytest.mark.anyio
@on_both
async def test_a_stream_that_is_closed_during_the_last_request_has_no_result(kind: Kind) -> None:
    streams = list[Any]()

    def close(_: ToolRun) -> None:
        streams[0].close()

    async def close_awaiting(_: ToolRun) -> None:
        await streams[0].aclose()

    if kind == "blocking":
        with scripted(TextReply("Done.")).sync_client() as blocking:
            streams.append(blocking.stream_tools("Hi", [], on_step=close))
            with pytest.raises(ClosedStreamError):
                list(streams[0])
    else:
        async with scripted(TextReply("Done.")).async_client() as awaiting:
            streams.append(awaiting.stream_tools("Hi", [], on_step=close_awaiting))
            with pytest.raises(ClosedStreamError):
                _ = [event async for event in streams[0]]
    assert "closed" in repr(streams[0])


# --- one at a time ----------------------------------------------------------------------------------------------------


@pytest.mark.anyio
@on_both
async def test_a_run_is_for_one_at_a_time(kind: Kind) -> None:
    run, copies = ToolRun("Hi"), list[ToolRun]()
    fake = scripted(calls(call("again")), TextReply("Done."), TextReply("The copy is done."))

    async def again() -> str:
        copies.extend([copy.deepcopy(run), pickle.loads(pickle.dumps(run))])  # noqa: S301 - our own
        with pytest.raises(InvalidArgumentError, match="Another run_tools is just going on with this run"):
            await run_on("awaiting", fake, run, [])
        return "refused"

    def again_blocking() -> str:
        copies.append(copy.deepcopy(run))
        with fake.sync_client() as client, pytest.raises(InvalidArgumentError, match="Another run_tools"):
            client.run_tools(run, [])
        return "refused"

    again_blocking.__name__ = "again"
    await run_on(kind, fake, run, [again if kind == "awaiting" else again_blocking])
    assert (results(run), run.text) == (["refused"], "Done.")
    assert await run_on(kind, fake, run, []) is run, "it has ended"
    assert (await run_on(kind, fake, copies[0], [])).text == "The copy is done.", "a copy is another run"


@pytest.mark.parametrize("began", [True, False])
def test_a_flow_that_ends_in_any_way_lets_the_run_go(began: bool) -> None:  # noqa: FBT001 - a case
    run = ToolRun("Hi")
    flow: Any = ToolRuns.run_tools(run, [echo])
    if began:
        next(flow)
        with pytest.raises(InvalidArgumentError, match="Another run_tools"):
            next(ToolRuns.run_tools(run, [echo]))
    del flow
    gc.collect()
    for error in (KeyboardInterrupt(), BadRequestError("no")):
        flow = ToolRuns.run_tools(run, [echo])
        next(flow)
        with suppress(KeyboardInterrupt, BadRequestError):
            flow.throw(error)
    next(ToolRuns.run_tools(run, [echo]))


def test_an_interrupt_before_the_first_step_lets_the_run_go_too() -> None:
    interrupts = [KeyboardInterrupt()]

    class Interrupted(ToolRun):
        def hold(self, flow: Any) -> None:
            super().hold(flow)
            if interrupts:
                raise interrupts.pop()

    run = Interrupted("Hi")
    with pytest.raises(KeyboardInterrupt) as interrupted:
        next(ToolRuns.run_tools(run, [echo]))
    next(ToolRuns.run_tools(run, [echo]))
    assert interrupted.value.__traceback__ is not None, "what it holds is still there"


@pytest.mark.anyio
@on_both
@pytest.mark.parametrize("max_parallel", [1, 8])
async def test_where_a_tool_runs_others_the_error_has_the_outer_run(kind: Kind, max_parallel: int) -> None:
    fake = scripted(calls(call("ask")), calls(call("echo", {"text": "a"})), ErrorReply(400, "No."))
    run = ToolRun("outer")

    async def ask() -> str:
        return (await run_on("awaiting", fake, "inner", [echo])).text

    def ask_blocking() -> str:
        with fake.sync_client() as client:
            return client.run_tools("inner", [echo]).text

    ask_blocking.__name__ = "ask"
    tools = [ask if kind == "awaiting" else ask_blocking]
    with pytest.raises(BadRequestError) as failed:
        await run_on(kind, fake, run, tools, raise_tool_errors=True, max_parallel=max_parallel)
    assert failed.value.run is run
