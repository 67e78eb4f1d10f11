"""The tool loop: ask the model, run what it calls, tell it the results, until it answers or has to stop.

One flow serves both clients, whole replies and streams. The run that it changes is described in `tools/run.py`: the
flow finds the phase in which it stands, and goes on from there.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Final, cast

from ..core.errors import OpenRouterError
from ..effects import Check, Emit, Invoke, Next, Open
from ..tools.events import ReasoningDelta, StepEnded, TextDelta, ToolCallWaiting, ToolEvent, ToolResult
from ..tools.outcome import ToolStep
from ..tools.run import ToolRun
from ..tools.stopping import repetitions
from ..types.chat_options import ChatOptions
from .chat import Chat
from .tool_calls import emit, save, take_turn
from .tool_plan import ToolPlan

if TYPE_CHECKING:
    from ..types.chat import Completion
    from ..types.messages import MessageLike

NO_MORE: Final = "No more tools can be called in this conversation."


def tool_loop(run: ToolRun, plan: ToolPlan) -> Generator[Any, Any, ToolRun]:
    """Take a run from where it stands to its end, or to where it waits for somebody; errors of ours have the run."""
    flow = _go_on(run, plan)
    try:
        run.hold(flow)
        return (yield from flow)
    except OpenRouterError as error:
        error.run = run  # where a tool runs others, this is the run that all of it belongs to
        raise
    finally:
        flow.close()


def _go_on(run: ToolRun, plan: ToolPlan) -> Generator[Any, Any, ToolRun]:
    yield from _check_callables(plan)
    if run.is_unsaved:
        yield from save(run, plan)
    if run.steps and not run.steps[-1].calls:
        return run  # the model has answered
    run.stopped_by = None
    while run.stopped_by is None:
        if run.steps and not run.steps[-1].is_settled:
            yield from take_turn(run, plan)
            if not run.steps[-1].is_settled:
                yield from _tell_of_calls(run.steps[-1], plan)
                return run
            yield from _tell_of(run.steps[-1], plan)
        reason = (yield from _reason_to_stop(run, plan)) if run.steps else None
        if reason is not None:
            yield from _stop(reason, run, plan)
        elif not (yield from _ask(run, plan)).calls:
            yield from _end("answer", run, plan)
            yield from _tell_of(run.steps[-1], plan)
    return run


def _stop(reason: str, run: ToolRun, plan: ToolPlan) -> Generator[Any, Any, None]:
    """End a run before its answer, with a last request where that is wanted."""
    if not plan.final_answer:
        yield from _end(reason, run, plan)
        return
    step = yield from _ask(run, plan, tool_choice="none")
    for call in step.calls:
        call.fail(NO_MORE)
    yield from _end(reason, run, plan)
    yield from _tell_of(step, plan)


def _end(reason: str, run: ToolRun, plan: ToolPlan) -> Generator[Any, Any, None]:
    run.stopped_by = reason
    yield from save(run, plan)


def _check_callables(plan: ToolPlan) -> Generator[Any, Any, None]:
    """Make sure, before anything is sent, that this client can call all that it may have to."""
    for tool in plan.toolbox.tools.values():
        # what looks plain may be an object that is called asynchronously
        yield from Check(_asynchronous if tool.is_async else tool.function, f"the tool {tool.name!r}")
    for name in ("on_step", "approve"):
        yield from Check(getattr(plan, name), name)
    for condition in plan.stop_when:
        yield from Check(condition.holds, f"the condition {condition.name}")


async def _asynchronous() -> None: ...


def _ask(run: ToolRun, plan: ToolPlan, tool_choice: str | None = None) -> Generator[Any, Any, ToolStep]:
    """Ask the model, and put its reply into the run."""
    options: ChatOptions = {**plan.options, "tools": plan.toolbox.definitions or None}
    if tool_choice is not None:
        options["tool_choice"] = tool_choice
    if plan.streams:
        completion = yield from _streamed(run.as_received, options)
    else:
        completion = yield from Chat.complete(run.as_received, **options)
    step = ToolStep.of(completion, len(run.steps) + 1, run.ids())
    run.steps.append(step)
    return step


def _streamed(messages: list[MessageLike], options: ChatOptions) -> Generator[Any, Any, Completion]:
    opened = yield from Open(Chat.stream(messages, **options))
    while (chunk := (yield from Next(opened))) is not None:
        if chunk.reasoning:
            yield from Emit[ToolEvent](ReasoningDelta(chunk.reasoning))
        if chunk.text:
            yield from Emit[ToolEvent](TextDelta(chunk.text))
    return cast("Completion", opened.completion)


def _reason_to_stop(run: ToolRun, plan: ToolPlan) -> Generator[Any, Any, str | None]:
    """Say why the run is to end here, if it is."""
    for condition in plan.stop_when:
        invoked = yield from Invoke[Any](condition.holds, run, what=f"the condition {condition.name}")
        if invoked.result():
            return condition.name
    if plan.max_repeats is not None and repetitions(run) >= plan.max_repeats:
        return "repetition"
    return "max_steps" if len(run.steps) >= plan.max_steps else None


def _tell_of(step: ToolStep, plan: ToolPlan) -> Generator[Any, Any, None]:
    """Emit the results of a step and its end."""
    yield from _tell_of_calls(step, plan)
    yield from emit(StepEnded(step), plan)


def _tell_of_calls(step: ToolStep, plan: ToolPlan) -> Generator[Any, Any, None]:
    """Emit the results that have not been told, and what waits."""
    for call in step.calls if plan.streams else ():
        if not call.is_settled:
            yield from Emit[ToolEvent](ToolCallWaiting(call.call, call.state))
        elif not call.is_told:
            call.is_told = True
            yield from Emit[ToolEvent](ToolResult(call.call, call.content, call.error))
