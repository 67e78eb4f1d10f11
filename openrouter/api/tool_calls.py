"""The calls in one reply of a model: decide about each, run what can be run, and save the run around that."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from typing import Any

from ..core.error_base import one_line
from ..core.errors import InvalidArgumentError, InvalidOutputError
from ..effects import Emit, Gather, Invoke
from ..tools import ToolArgumentsError
from ..tools.events import ToolCallStarted, ToolEvent
from ..tools.outcome import ToolOutcome
from ..tools.run import ToolRun, denial
from .tool_plan import ToolPlan

UNKNOWN = (
    "It is unknown what became of this call: the program was interrupted while it was under way. "
    "It may have happened, or not."
)


def take_turn(run: ToolRun, plan: ToolPlan) -> Generator[Any, Any, None]:
    """Bring the calls of the last step as far as they come: to results, or to where they wait for somebody."""
    calls = run.steps[-1].calls
    for call in calls:
        if call.state == "started":
            _take_up(call, plan)
    for call in calls:
        if call.state == "new":
            _decide(call, plan)
    if plan.approve is not None and (unapproved := [call for call in calls if call.state == "unapproved"]):
        yield from save(run, plan)
        for call in unapproved:
            yield from _ask_for_approval(call, plan.approve)
    if ready := [call for call in calls if call.state == "ready"]:
        yield from _run_all(ready, run, plan)
    yield from save(run, plan)


def save(run: ToolRun, plan: ToolPlan) -> Generator[Any, Any, None]:
    """Let the caller save the run."""
    if plan.on_step is not None:
        (yield from Invoke[Any](plan.on_step, run, what="on_step")).result()


def emit(event: ToolEvent, plan: ToolPlan) -> Generator[Any, Any, None]:
    """Hand on an event, where somebody waits for events."""
    if plan.streams:
        yield from Emit(event)


def _take_up(call: ToolOutcome, plan: ToolPlan) -> None:
    """Decide about a call that was under way when a process ended, or when what ran it was interrupted."""
    tool = plan.toolbox.find(call.name)
    if tool is not None and tool.idempotent:
        call.state = "ready"
    else:
        call.fail(UNKNOWN, "unknown")


def _decide(call: ToolOutcome, plan: ToolPlan) -> None:
    if call.name in plan.toolbox.external:
        call.state = "external"
        return
    if _bound(call, plan) is None:
        return
    call.needs_approval = plan.toolbox.tools[call.name].needs_approval
    call.state = "unapproved" if call.needs_approval or plan.approve is not None else "ready"


def _bound(call: ToolOutcome, plan: ToolPlan) -> Callable[[], Any] | None:
    """Give what runs a call; where nothing can, the call fails."""
    tool = plan.toolbox.find(call.name)
    if tool is None:
        known = ", ".join([*plan.toolbox.tools, *sorted(plan.toolbox.external)]) or "none"
        error = InvalidOutputError(f"There is no tool {call.name!r}. Those that there are: {known}.")
        _fail(call, error, plan, error.message)
        return None
    try:
        return partial(tool.function, **tool.read_arguments(call.arguments))
    except ToolArgumentsError as error:
        _fail(call, error, plan, str(error))
    except Exception as error:  # noqa: BLE001 - classes of the caller check what they are made of
        _fail(call, error, plan)
    return None


def _fail(call: ToolOutcome, error: Exception, plan: ToolPlan, told: str | None = None) -> None:
    call.fail(error if told is None else told)
    call.exception = error
    if plan.raise_tool_errors:
        raise error


def _ask_for_approval(call: ToolOutcome, approve: Callable[[ToolOutcome], Any]) -> Generator[Any, Any, None]:
    answer = (yield from Invoke[Any](approve, call, what="approve")).result()
    if answer is True:
        call.state = "ready"
    elif answer is False or isinstance(answer, str):
        call.fail(denial(answer or ""), "denied")
    elif answer is not None:
        shown = one_line(repr(answer), 80)
        raise InvalidArgumentError(f"approve gave {shown}: it has to give True, False, a reason to deny, or None.")


def _run_all(ready: list[ToolOutcome], run: ToolRun, plan: ToolPlan) -> Generator[Any, Any, None]:
    """Run calls side by side. What was not begun, because something failed before it, stays as it was."""
    begun: set[str] = set()
    for call in ready:
        yield from emit(ToolCallStarted(call.call), plan)
    try:
        for call in ready:
            call.state = "started"
        yield from save(run, plan)
        flows = [_run_one(call, plan, begun) for call in ready]
        if plan.max_parallel == 1:
            for flow in flows:
                yield from flow
        else:
            yield from Gather(flows, plan.max_parallel)
    finally:
        for call in ready:
            if call.id not in begun:
                call.state = "ready"


def _run_one(call: ToolOutcome, plan: ToolPlan, begun: set[str]) -> Generator[Any, Any, None]:
    """Run a call and take its result."""
    begun.add(call.id)
    function = _bound(call, plan)
    if function is None:
        return
    own = plan.toolbox.tools[call.name].timeout
    invoked = yield from Invoke[Any](
        function,
        what=f"the tool {call.name!r}",
        apart=True,
        timeout=plan.tool_timeout if own is None else own,
    )
    if invoked.error is not None:
        _fail(call, invoked.error, plan)
        return
    try:
        call.settle(invoked.value)
    except InvalidArgumentError as error:
        _fail(call, error, plan, f"The tool gave something that cannot be told: {error.message}")
