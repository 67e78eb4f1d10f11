"""Runs of tools as they happen: text, calls and results as events, and the run at the end."""

from __future__ import annotations

from typing import Any

import pytest

from openrouter import ClosedStreamError, InvalidArgumentError, ServerError
from openrouter.testing import ErrorReply, TextReply
from openrouter.tools import tool
from openrouter.tools.events import ReasoningDelta, StepEnded, TextDelta, ToolCallStarted, ToolCallWaiting, ToolResult
from openrouter.tools.run import ToolRun
from tests.tool_running import KINDS, Kind, call, calls, echo, fail, results, run_on, scripted, states, stream_on

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("kind", KINDS)]


def brief(events: list[Any]) -> list[tuple[Any, ...]]:
    """Give events in short, with pieces of text joined."""
    found: list[tuple[Any, ...]] = []
    for event in events:
        name = type(event).__name__
        if isinstance(event, TextDelta | ReasoningDelta):
            if found and found[-1][0] == name:
                found[-1] = (name, found[-1][1] + event.text)
            else:
                found.append((name, event.text))
        elif isinstance(event, ToolCallStarted):
            found.append((name, event.call.id))
        elif isinstance(event, ToolCallWaiting):
            found.append((name, event.call.id, event.state))
        elif isinstance(event, ToolResult):
            found.append((name, event.call.id, event.content, event.error is not None))
        else:
            assert isinstance(event, StepEnded)
            found.append((name, len(event.step.calls)))
    return found


def without_nulls(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give messages without what only whole replies tell: that there is nothing."""
    return [{name: value for name, value in message.items() if value is not None} for message in messages]


REPLIES = (
    calls(
        call("echo", '{"text": "one"}', "a"),
        call("nobody", "{}", "b"),
        call("fail", '{"text": "gone"}', "c"),
        text="Let me see.",
        reasoning="I need the tools.",
    ),
    TextReply("There you are.", reasoning="Now I know."),
)


async def test_what_happens_is_seen_in_order(kind: Kind) -> None:
    fake = scripted(*REPLIES)
    events, run = await stream_on(kind, fake, "Hi", [echo, fail])
    assert brief(events) == [
        ("ReasoningDelta", "I need the tools."),
        ("TextDelta", "Let me see."),
        ("ToolCallStarted", "a"),
        ("ToolCallStarted", "c"),
        ("ToolResult", "a", "one", False),
        ("ToolResult", "b", "Error: There is no tool 'nobody'. Those that there are: echo, fail.", True),
        ("ToolResult", "c", "Error: LookupError: gone", True),
        ("StepEnded", 3),
        ("ReasoningDelta", "Now I know."),
        ("TextDelta", "There you are."),
        ("StepEnded", 0),
    ]
    assert sum(isinstance(event, TextDelta) for event in events) > 2, "piece by piece"
    assert (run.status, run.stopped_by, run.text) == ("finished", "answer", "There you are.")
    assert all(request.streaming for request in fake.requests)


async def test_the_run_is_the_same_as_without_a_stream(kind: Kind) -> None:
    _, streamed = await stream_on(kind, scripted(*REPLIES), "Hi", [echo, fail])
    whole = await run_on(kind, scripted(*REPLIES), "Hi", [echo, fail])
    assert streamed.messages == without_nulls(whole.messages)
    assert (streamed.usage.total_tokens, streamed.usage.cost) == (whole.usage.total_tokens, whole.usage.cost)
    assert ToolRun.from_json(streamed.to_json()) == streamed


async def test_a_suspended_run_ends_the_stream_and_goes_on_in_another(kind: Kind) -> None:
    risky = tool(echo, name="risky", needs_approval=True)
    fake = scripted(calls(call("risky", '{"text": "x"}', "r"), call("echo", '{"text": "y"}', "e")), TextReply("Done."))
    events, run = await stream_on(kind, fake, "Hi", [risky, echo])
    assert run.status == "suspended"
    waiting = ("ToolCallWaiting", "r", "unapproved")
    assert brief(events) == [("ToolCallStarted", "e"), waiting, ("ToolResult", "e", "y", False)]
    events, _ = await stream_on(kind, fake, run, [risky, echo])
    assert brief(events) == [waiting], "a result comes once"
    run.approve("r")
    events, again = await stream_on(kind, fake, run, [risky, echo])
    assert again is run
    assert brief(events) == [
        ("ToolCallStarted", "r"),
        ("ToolResult", "r", "x", False),
        ("StepEnded", 2),
        ("TextDelta", "Done."),
        ("StepEnded", 0),
    ]


async def test_the_end_of_a_run_that_was_stopped(kind: Kind) -> None:
    fake = scripted(calls(call("echo", '{"text": "x"}', "e")), TextReply("All I know."))
    events, run = await stream_on(kind, fake, "Hi", [echo], max_steps=1, final_answer=True)
    assert brief(events)[-2:] == [("TextDelta", "All I know."), ("StepEnded", 0)]
    assert run.stopped_by == "max_steps"


async def test_an_error_comes_out_and_leaves_the_run(kind: Kind) -> None:
    run = ToolRun("Hi")
    with pytest.raises(ServerError):
        await stream_on(kind, scripted(REPLIES[0], ErrorReply(500, "Oh.")), run, [echo, fail], max_retries=0)
    assert states(run) == [["done", "failed", "failed"]]
    _, again = await stream_on(kind, scripted(REPLIES[1]), run, [echo, fail])
    assert again.text == "There you are."


async def test_leaving_early_stops_the_run_before_calls_are_marked(kind: Kind) -> None:
    run, fake = ToolRun("Hi"), scripted(*REPLIES)
    if kind == "blocking":
        with fake.sync_client() as client, client.stream_tools(run, [echo, fail]) as stream:
            for event in stream:
                if isinstance(event, ToolCallStarted):
                    break
            else:
                pytest.fail("no call")
            stream.close()
            with pytest.raises(ClosedStreamError):
                _ = stream.result
    else:
        async with (
            fake.async_client() as awaiting,
            awaiting.stream_tools(run, [echo, fail]) as awaited,
        ):
            async for event in awaited:
                if isinstance(event, ToolCallStarted):
                    break
    assert states(run) == [["ready", "failed", "ready"]]
    _, again = await stream_on(kind, fake, run, [echo, fail])
    assert results(again)[0] == "one"


async def test_what_cannot_be_right_is_refused_at_once(kind: Kind) -> None:
    with pytest.raises(InvalidArgumentError, match="max_steps=0"):
        await stream_on(kind, scripted(), "Hi", [echo], max_steps=0)
