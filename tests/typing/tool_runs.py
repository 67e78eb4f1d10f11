"""What runs of tools take and give on each client, as both type checkers see it."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Literal, assert_type

from openrouter import AsyncClient, SyncClient
from openrouter.api.tool_runs import ToolRuns
from openrouter.effects import Flow, StreamFlow
from openrouter.flow_streams import AsyncFlowStream, FlowStream
from openrouter.tools import tool
from openrouter.tools.events import StepEnded, TextDelta, ToolEvent
from openrouter.tools.outcome import ToolOutcome
from openrouter.tools.run import ToolRun
from openrouter.tools.stopping import StopCondition, called, cost, steps
from openrouter.types.chat_options import TurnOptions


@tool(needs_approval=True)
def pay(amount: int) -> str:
    return f"{amount}"


async def search(query: str) -> list[str]:
    return [query]


def is_long(run: ToolRun) -> bool:
    return len(run.messages) > 50


async def agree(call: ToolOutcome) -> bool | str | None:
    return call.name != "pay" or None


def save(run: ToolRun) -> None:
    run.to_json()


SHARED: TurnOptions = {"model": "m", "temperature": 0.2}


def a_client_that_blocks(client: SyncClient) -> None:
    run = client.run_tools("Hi", [pay, {"type": "openrouter:web_search"}], on_step=save, **SHARED)
    assert_type(run, ToolRun)
    assert_type(run.status, Literal["running", "suspended", "finished"])
    assert_type(client.run_tools(run, tools=[pay], stop_when=is_long, seed=1), ToolRun)
    assert_type(
        client.stream_tools(messages=[{"role": "user", "content": "Hi"}], tools=[]), FlowStream[ToolEvent, ToolRun]
    )
    for event in client.stream_tools("Hi", [pay]):
        if isinstance(event, TextDelta):
            assert_type(event.text, str)
        elif isinstance(event, StepEnded):
            assert_type(event.step.calls[0].error, str | None)
    client.run_tools("Hi", [pay], temprature=1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.run_tools("Hi", [pay], max_steps="3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.run_tools("Hi")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


async def a_client_that_awaits(client: AsyncClient) -> None:
    coming: Coroutine[Any, Any, ToolRun] = client.run_tools("Hi", [search], approve=agree)
    assert_type(await coming, ToolRun)
    assert_type(await client.run_tools(ToolRun("Hi"), [pay, search]), ToolRun)
    async with client.stream_tools("Hi", [search]) as stream:
        assert_type(stream, AsyncFlowStream[ToolEvent, ToolRun])
        assert_type(stream.result, ToolRun)


def conditions_compose() -> None:
    assert_type(steps(3) | cost("0.05") & called("pay"), StopCondition)
    assert_type(steps(3) | is_long, StopCondition)
    assert_type(is_long & steps(3), StopCondition)


def without_a_client() -> None:
    assert_type(ToolRuns.run_tools("Hi", [pay]), Flow[ToolRun])
    assert_type(ToolRuns.stream_tools("Hi", [pay]), StreamFlow[ToolEvent, ToolRun])
