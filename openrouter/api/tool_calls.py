"""The calls in one reply of a model: decide about each, run what can be run, and save the run around that."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ..core.error_base import one_line
from ..core.errors import InvalidArgumentError, InvalidOutputError, TruncatedOutputError
from ..effects import Emit, Gather, Invoke
from ..tools.arguments import ToolArgumentsError, decode_arguments
from ..tools.events import ToolCallStarted, ToolEvent
from ..tools.outcome import ToolOutcome, described
from ..tools.run import ToolRun, denial
from ..tools.turn import Turn
from .tool_plan import ToolPlan

if TYPE_CHECKING:
    from ..types.chat import Completion

UNKNOWN: Final = (
    "It is unknown what became of this call: the program was interrupted while it was under way. "
    "It may have happened, or not."
)
CUT_OFF: Final = (
    "The reply was cut off before the arguments were complete; call it again, with shorter arguments if they were long."
)
_CUTTING: Final = frozenset({"length", "max_tokens", "max_output_tokens", "content_filter"})
_UNDECIDED: Final = frozenset({"new", "unapproved"})


def take_turn(run: ToolRun, plan: ToolPlan) -> Generator[Any, Any, None]:
    """Bring the calls of the last step as far as they come: to results, or to where they wait for somebody."""
    step = run.steps[-1]
    for call in step.calls:
        if call.state == "started":
            _take_up(call, plan)
    for call in step.calls:
        if call.state == "new":
            _decide(call, step.completion, plan)
    if plan.approve is not None and any(call.state in _UNDECIDED for call in step.calls):
        yield from save(run, plan)
        for call in step.calls:
            yield from _ask_for_approval(call, plan.approve)
    # Whoever is told of the run may make more of them ready.
    while True:
        if ready := [call for call in step.calls if call.state == "ready"]:
            yield from _run_all(ready, run, plan)
        yield from save(run, plan)
        if not any(call.state == "ready" for call in step.calls):
            return


def save(run: ToolRun, plan: ToolPlan) -> Generator[Any, Any, None]:
    """Let the caller save the run; where that fails, the run is saved first of all when it is taken up again."""
    if plan.on_step is not None:
        run.is_unsaved = True
        (yield from Invoke[Any](plan.on_step, run, what="on_step")).result()
        run.is_unsaved = False


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


def _decide(call: ToolOutcome, completion: Completion, plan: ToolPlan) -> None:
    if _was_cut_off(call, completion):
        _fail(call, TruncatedOutputError(CUT_OFF), plan, CUT_OFF)
    elif call.name in plan.toolbox.external:
        call.state = "external"
    elif _bound(call, plan) is not None:
        call.needs_approval = plan.toolbox.tools[call.name].needs_approval
        # Where somebody is about to be asked it stays new: nobody waits for it yet.
        if plan.approve is None:
            call.state = "unapproved" if call.needs_approval else "ready"


def _was_cut_off(call: ToolOutcome, completion: Completion) -> bool:
    """Say whether arguments are missing since the reply broke off: the defaults are not what the model wanted."""
    reasons = {completion.finish_reason, (completion.native_finish_reason or "").lower()}
    if not reasons & _CUTTING:
        return False
    try:
        decode_arguments(call.name, call.arguments)
    except ToolArgumentsError:
        return True
    return not call.arguments.strip()


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
    if call.state not in _UNDECIDED:
        return
    answer = (yield from Invoke[Any](approve, call, what="approve")).result()
    if call.state not in _UNDECIDED:
        return  # whoever was asked has decided by other means
    if answer is True:
        call.state = "ready"
    elif answer is None:
        call.state = "unapproved"
    elif answer is False or isinstance(answer, str):
        call.fail(denial(answer or ""), "denied")
    else:
        shown = one_line(repr(answer), 80)
        raise InvalidArgumentError(f"approve gave {shown}: it has to give True, False, a reason to deny, or None.")


def _run_all(ready: list[ToolOutcome], run: ToolRun, plan: ToolPlan) -> Generator[Any, Any, None]:
    """Run calls side by side. What was not begun, because something failed before it, stays as it was."""
    for call in ready:
        yield from emit(ToolCallStarted(call.call), plan)
    turn = Turn(ready)
    try:
        turn.mark()
        yield from save(run, plan)
        flows = [_run_one(call, turn, plan) for call in ready]
        if plan.max_parallel == 1:
            for flow in flows:
                yield from flow
        else:
            yield from Gather(flows, plan.max_parallel)
    finally:
        turn.end()


def _run_one(call: ToolOutcome, turn: Turn, plan: ToolPlan) -> Generator[Any, Any, None]:
    """Run a call and take its result, where that is still wanted."""
    if not turn.begin(call):
        return
    made = ToolOutcome(call.call, call.state)
    try:
        yield from _make(made, plan)
    finally:
        turn.take(call, made)


def _make(call: ToolOutcome, plan: ToolPlan) -> Generator[Any, Any, None]:
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
    except Exception as error:  # noqa: BLE001 - what a tool gave may do anything when it is looked at
        said = error.message if isinstance(error, InvalidArgumentError) else described(error)
        _fail(call, error, plan, f"The tool gave something that cannot be told: {said}")
