"""Who decides in a run of tools: approvals, results from elsewhere, and what ends it."""

from __future__ import annotations

from typing import Any

import pytest

from openrouter import InvalidArgumentError
from openrouter.testing import TextReply
from openrouter.tools import tool
from openrouter.tools.events import ToolCallStarted
from openrouter.tools.outcome import ToolOutcome
from openrouter.tools.run import ToolRun
from openrouter.tools.stopping import called, cost, steps
from tests.tool_running import KINDS, Kind, call, calls, echo, fail, results, run_on, scripted, states

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("kind", KINDS)]


def again(number: int) -> Any:
    """Give a reply that calls `echo` with other arguments than any other."""
    return calls(call("echo", {"text": f"{number}"}))


# --- approvals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "state", "told"),
    [
        (True, "done", "a"),
        (False, "denied", "Error: This call was denied."),
        ("Too dear.", "denied", "Error: This call was denied. Too dear."),
        ("", "denied", "Error: This call was denied."),
    ],
)
async def test_an_approval_is_asked_for_before_each_call(kind: Kind, answer: object, state: str, told: str) -> None:
    asked: list[tuple[str, str, bool]] = []

    def approve(made: ToolOutcome) -> object:
        asked.append((made.name, made.arguments, made.needs_approval))
        return answer

    risky = tool(echo, name="risky", needs_approval=True)
    fake = scripted(calls(call("risky", '{"text": "a"}'), call("echo", '{"text": "a"}')), TextReply("Done."))
    run = await run_on(kind, fake, "Hi", [risky, echo], approve=approve)
    assert asked == [("risky", '{"text": "a"}', True), ("echo", '{"text": "a"}', False)]
    assert (states(run), results(run)) == ([[state, state], []], [told, told])


async def test_nobody_is_asked_about_calls_that_cannot_be_run(kind: Kind) -> None:
    asked: list[str] = []
    external = {"type": "function", "function": {"name": "elsewhere"}}
    fake = scripted(calls(call("nobody"), call("echo", "{oops"), call("elsewhere")))
    run = await run_on(kind, fake, "Hi", [echo, external], approve=lambda made: asked.append(made.name))
    assert (asked, states(run)) == ([], [["failed", "failed", "external"]])
    assert run.steps[0].calls[0].content == "Error: There is no tool 'nobody'. Those that there are: echo, elsewhere."


async def test_without_anybody_to_ask_the_run_is_suspended(kind: Kind) -> None:
    risky = tool(echo, name="risky", needs_approval=True)
    fake = scripted(calls(call("risky", '{"text": "a"}', "r"), call("echo", '{"text": "b"}')), TextReply("Done."))
    run = await run_on(kind, fake, "Hi", [risky, echo])
    assert (run.status, run.stopped_by, states(run)) == ("suspended", None, [["unapproved", "done"]])
    assert [(made.name, made.state) for made in run.pending] == [("risky", "unapproved")]
    assert await run_on(kind, fake, run, [risky, echo]) is run
    assert (run.status, len(fake.requests)) == ("suspended", 1)
    run.approve("r")
    assert (run.status, states(run)) == ("running", [["ready", "done"]])
    await run_on(kind, fake, run, [risky, echo])
    assert (results(run), run.text) == (["a", "b"], "Done.")


async def test_who_is_asked_may_put_it_off(kind: Kind) -> None:
    answers: list[bool | None] = [None, True]
    fake = scripted(calls(call("echo", '{"text": "a"}')), TextReply("Done."))
    run = await run_on(kind, fake, "Hi", [echo], approve=lambda _: answers.pop(0))
    assert (run.status, answers) == ("suspended", [True])
    await run_on(kind, fake, run, [echo], approve=lambda _: answers.pop(0))
    assert (run.status, answers) == ("finished", [])


async def test_approvals_hold_and_tools_may_be_gone(kind: Kind) -> None:
    """What was approved is not asked about again; a tool that is not there any more fails."""
    risky = tool(echo, name="risky", needs_approval=True)
    fake = scripted(calls(call("risky", '{"text": "a"}', "r")), TextReply("Done."))
    run = await run_on(kind, fake, "Hi", [risky])
    run.approve("r")
    await run_on(kind, fake, run, [echo], approve=lambda _: pytest.fail("asked again"))
    assert results(run) == ["Error: There is no tool 'risky'. Those that there are: echo."]


async def test_other_answers_are_refused(kind: Kind) -> None:
    fake = scripted(calls(call("echo", '{"text": "a"}')))
    with pytest.raises(InvalidArgumentError, match=r"approve gave 1: it has to give True, False, a reason to deny"):
        await run_on(kind, fake, "Hi", [echo], approve=lambda _: 1)


async def test_calls_of_functions_without_code_wait_for_their_result(kind: Kind) -> None:
    external = {"type": "function", "function": {"name": "ask_user"}}
    fake = scripted(calls(call("ask_user", id="u"), call("echo", '{"text": "b"}')), TextReply("Done."))
    run = await run_on(kind, fake, "Hi", [external, echo])
    assert (run.status, states(run)) == ("suspended", [["external", "done"]])
    assert fake.requests[0].payload["tools"][0] == external
    run.resolve("u", {"answer": 42})
    await run_on(kind, fake, run, [external, echo])
    assert (results(run), run.text) == (['{"answer":42}', "b"], "Done.")


# --- the end ----------------------------------------------------------------------------------------------------------


def three(run: ToolRun) -> bool:
    return len(run.steps) == 3


@pytest.mark.parametrize(
    ("options", "replies", "stopped_by"),
    [
        ({"max_steps": 1}, 1, "max_steps"),
        ({"max_steps": 3}, 3, "max_steps"),
        ({"stop_when": steps(2)}, 2, "steps(2)"),
        ({"stop_when": [called("x"), three]}, 3, "three"),
        ({"stop_when": called("echo")}, 1, "called('echo')"),
        ({"stop_when": [steps(4) | cost(0)]}, 1, "steps(4) | cost(0)"),
        ({"stop_when": three, "max_steps": 3}, 3, "three"),
    ],
)
async def test_a_run_stops_when_the_calls_of_a_step_were_run(
    kind: Kind, options: dict[str, Any], replies: int, stopped_by: str
) -> None:
    fake = scripted(*(again(number) for number in range(replies)))
    run = await run_on(kind, fake, "Hi", [echo], **options)
    assert (run.status, run.stopped_by, len(run.steps)) == ("finished", stopped_by, replies)
    assert len(results(run)) == replies


async def test_ten_replies_are_enough(kind: Kind) -> None:
    run = await run_on(kind, scripted(*(again(number) for number in range(10))), "Hi", [echo])
    assert (run.stopped_by, len(run.steps)) == ("max_steps", 10)


async def test_an_answer_is_an_answer_whatever_the_conditions_say(kind: Kind) -> None:
    run = await run_on(kind, scripted(TextReply("Hello.")), "Hi", [echo], stop_when=steps(1), max_steps=1)
    assert run.stopped_by == "answer"


async def test_the_same_call_again_and_again_ends_the_run(kind: Kind) -> None:
    same = calls(call("echo", '{"text": "a"}'))
    run = await run_on(kind, scripted(again(1), same, same, same), "Hi", [echo])
    assert (run.stopped_by, len(run.steps)) == ("repetition", 4)
    run = await run_on(kind, scripted(same, same), "Hi", [echo], max_repeats=2)
    assert (run.stopped_by, len(run.steps)) == ("repetition", 2)
    run = await run_on(kind, scripted(*[same] * 5), "Hi", [echo], max_repeats=None, max_steps=5)
    assert run.stopped_by == "max_steps"


async def test_a_run_that_stopped_goes_on_where_other_conditions_let_it(kind: Kind) -> None:
    fake = scripted(again(1), again(2), TextReply("Done."))
    run = await run_on(kind, fake, "Hi", [echo], max_steps=1)
    await run_on(kind, fake, run, [echo], max_steps=1)
    assert (run.stopped_by, len(fake.requests)) == ("max_steps", 1)
    await run_on(kind, fake, run, [echo])
    assert (run.stopped_by, run.text, len(run.steps)) == ("answer", "Done.", 3)


async def test_a_run_that_has_its_answer_is_given_back(kind: Kind) -> None:
    run = await run_on(kind, scripted(TextReply("Hello.")), "Hi", [echo])
    assert await run_on(kind, scripted(), run, [echo]) is run
    assert (run.stopped_by, run.text) == ("answer", "Hello.")


async def test_a_last_answer_without_tools(kind: Kind) -> None:
    fake = scripted(again(1), TextReply("All I know."))
    run = await run_on(kind, fake, "Hi", [echo], max_steps=1, final_answer=True, tool_choice="required")
    assert (run.stopped_by, run.text, len(run.steps)) == ("max_steps", "All I know.", 2)
    assert [request.payload["tool_choice"] for request in fake.requests] == ["required", "none"]
    assert fake.requests[1].payload["tools"] == fake.requests[0].payload["tools"]


async def test_an_answer_needs_no_other(kind: Kind) -> None:
    run = await run_on(kind, scripted(TextReply("Hello.")), "Hi", [echo], final_answer=True)
    assert (run.stopped_by, len(run.steps)) == ("answer", 1)


async def test_calls_in_the_last_answer_are_not_run(kind: Kind) -> None:
    run = await run_on(kind, scripted(again(1), again(2)), "Hi", [echo], max_steps=1, final_answer=True)
    assert (run.stopped_by, states(run)) == ("max_steps", [["done"], ["failed"]])
    assert results(run)[1] == "Error: No more tools can be called in this conversation."


# --- decisions in callbacks -------------------------------------------------------------------------------------------


async def test_what_a_callback_settles_is_not_run(kind: Kind) -> None:
    run, ran = ToolRun("Hi"), list[str]()

    def note(text: str) -> None:
        ran.append(text)

    def resolve(made: ToolRun) -> None:
        for one in made.steps[0].calls:
            if one.state == "started":
                made.resolve(one.id, "known")

    await run_on(kind, scripted(calls(call("note", {"text": "a"})), TextReply("Done.")), run, [note], on_step=resolve)
    assert (results(run), ran) == (["known"], [])


@pytest.mark.parametrize("answer", [True, False, None, "no"])
async def test_what_was_settled_while_somebody_is_asked_stays_settled(kind: Kind, answer: object) -> None:
    run = ToolRun("Hi")

    def approve(made: ToolOutcome) -> object:
        if made.id == "a":
            run.resolve("a", "known")
            run.resolve("b", "known too")
        return answer

    asked = calls(call("echo", '{"text": "a"}', "a"), call("echo", '{"text": "b"}', "b"))
    await run_on(kind, scripted(asked, TextReply("Done.")), run, [echo], approve=approve)
    assert results(run) == ["known", "known too"]


async def test_what_was_settled_when_it_was_about_to_begin_stays_settled(kind: Kind) -> None:
    run = ToolRun("Hi")
    asked = calls(call("echo", '{"text": "a"}', "a"), call("echo", '{"text": "b"}', "b"))

    def settle(event: object) -> None:
        if isinstance(event, ToolCallStarted) and event.call.id == "a":
            run.resolve("b", "known")

    fake = scripted(asked, TextReply("Done."))
    if kind == "blocking":
        with fake.sync_client() as blocking:
            for event in blocking.stream_tools(run, [echo]):
                settle(event)
    else:
        async with fake.async_client() as awaiting, awaiting.stream_tools(run, [echo]) as events:
            async for event in events:
                settle(event)
    assert results(run) == ["a", "known"]


async def test_what_on_step_approves_is_run_at_once(kind: Kind) -> None:
    def agree(made: ToolRun) -> None:
        for one in made.pending:
            made.approve(one.id)

    risky = tool(echo, name="risky", needs_approval=True)
    asked = calls(call("risky", '{"text": "a"}'), call("echo", '{"text": "b"}'))
    run = await run_on(kind, scripted(asked, TextReply("Done.")), "Hi", [risky, echo], on_step=agree)
    assert (results(run), run.status, run.text) == (["a", "b"], "finished", "Done.")


async def test_who_goes_on_without_asking_asks_only_where_the_tool_says_so(kind: Kind) -> None:
    """A run that was saved when somebody was about to be asked does not wait for answers that nobody needs."""
    saved: list[str] = []
    risky = tool(echo, name="risky", needs_approval=True)
    asked = calls(call("echo", '{"text": "a"}'), call("risky", '{"text": "b"}'))
    with pytest.raises(LookupError):
        await run_on(
            kind,
            scripted(asked),
            "Hi",
            [echo, risky],
            approve=lambda made: fail(made.name),
            on_step=lambda run: saved.append(run.to_json()),
        )
    run = ToolRun.from_json(saved[-1])
    assert (run.status, states(run)) == ("running", [["new", "new"]])
    await run_on(kind, scripted(), run, [echo, risky])
    assert (run.status, states(run)) == ("suspended", [["done", "unapproved"]])


async def test_what_was_put_off_waits_whoever_goes_on(kind: Kind) -> None:
    run = await run_on(kind, scripted(calls(call("echo", '{"text": "a"}'))), "Hi", [echo], approve=lambda _: None)
    await run_on(kind, scripted(), run, [echo])
    assert (run.status, states(run)) == ("suspended", [["unapproved"]])
