"""What a step costs in a run of many: counted, see tests/growth.py."""

from __future__ import annotations

from typing import Any

from openrouter.api.tool_runs import ToolRuns
from openrouter.conversation import Conversation
from openrouter.core.structuring import structurer
from openrouter.effects import Check
from openrouter.tools.outcome import ToolStep
from openrouter.tools.run import ToolRun
from openrouter.types.chat import Completion
from openrouter.types.messages import message_list
from tests.growth import calls_of
from tests.tool_running import echo, raw_call

FEW, MANY = 50, 150


def run_of(steps: int) -> ToolRun:
    """Give a run in which so many calls have been run."""
    run = ToolRun("Hi")
    for number in range(steps):
        message = {"role": "assistant", "content": None, "tool_calls": [raw_call("echo", f'{{"text": "{number}"}}')]}
        run.steps.append(ToolStep.of(structurer(Completion)({"choices": [{"message": message}]}), number + 1))
        run.steps[-1].calls[0].settle("Well.")
    return run


def ask_next(run: ToolRun) -> None:
    """Go on to where the next request is sent."""
    flow: Any = ToolRuns.run_tools(run, [echo], max_steps=1000)
    while isinstance(next(flow), Check):
        pass
    flow.close()


def test_a_request_makes_each_message_once() -> None:
    few, many = run_of(FEW), run_of(MANY)
    ask_next(few)
    for_requests = calls_of(lambda: ask_next(many)) - calls_of(lambda: ask_next(few))
    to_make_them = calls_of(lambda: message_list(many.as_received)) - calls_of(lambda: message_list(few.as_received))
    assert for_requests < 1.3 * to_make_them


def test_what_a_conversation_has_of_a_run_is_not_made_again_to_be_compared() -> None:
    costs: list[int] = []
    for steps in (1, FEW, MANY):
        run = run_of(steps)
        run.stopped_by = "max_steps"
        conversation = Conversation(*run.input).add(run)
        costs.append(calls_of(lambda run=run, conversation=conversation: conversation.add(run)))
    to_make_them = calls_of(lambda: message_list(run_of(MANY).as_received))
    assert costs[2] - costs[1] < to_make_them / 4


def test_a_decision_looks_no_further_than_its_call() -> None:
    costs: list[int] = []
    for count in (10, 1000):
        message = {"tool_calls": [raw_call("echo", "", f"c{at}") for at in range(count)]}
        run = ToolRun("Hi", [ToolStep.of(structurer(Completion)({"choices": [{"message": message}]}), 1)])
        for call in run.steps[0].calls:
            call.state = "unapproved"
        costs.append(calls_of(lambda run=run: run.approve("c0")))
    assert costs[0] == costs[1]
