"""When a run of tools is to stop, before the model has its answer: conditions that compose with `|` and `&`.

Conditions are asked after each reply whose calls have their results. Any function of the run that gives a `bool` is
one; on an asynchronous client it may be async, as long as it stands alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from inspect import isawaitable, iscoroutine
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeAlias

from attrs import field, frozen

from ..core.arguments import refuse, text, whole
from ..core.asynchronous import is_async
from ..core.errors import InvalidArgumentError
from ..core.json import as_decimal
from .outcome import ToolOutcome, ToolStep

if TYPE_CHECKING:
    from .run import ToolRun

Condition: TypeAlias = "StopCondition | Callable[[ToolRun], Any]"
"""A condition, or a function that is one."""


@frozen
class StopCondition:
    """When a run is to stop. `a | b` stops where one of the two does, `a & b` where both do."""

    holds: Callable[[ToolRun], Any] = field(repr=False)
    """Says whether the run is to stop now."""
    name: str
    """What `ToolRun.stopped_by` then says."""

    def __call__(self, run: ToolRun) -> bool:
        """Say whether the run is to stop now; raise `InvalidArgumentError` where that would have to be awaited."""
        held = self.holds(run)
        if isawaitable(held):
            if iscoroutine(held):
                held.close()
            _refuse_async(self)
        return bool(held)

    def __or__(self, other: Condition) -> StopCondition:
        return _either(self, other)

    def __ror__(self, other: Condition) -> StopCondition:
        return _either(other, self)

    def __and__(self, other: Condition) -> StopCondition:
        return _both(self, other)

    def __rand__(self, other: Condition) -> StopCondition:
        return _both(other, self)


def steps(most: int) -> StopCondition:
    """Stop after so many replies of the model."""
    whole(1)("steps", most)
    return StopCondition(lambda run: len(run.steps) >= most, f"steps({most})")


def tokens(most: int) -> StopCondition:
    """Stop when all replies together took so many tokens, prompts included."""
    whole(1)("tokens", most)
    return StopCondition(lambda run: run.usage.total_tokens >= most, f"tokens({most})")


def cost(most: Decimal | str | float) -> StopCondition:
    """Stop when all replies together cost so many USD; those that tell no cost count as nothing.

    What a reply cost is known when it is there, not before.
    """
    limit = most if isinstance(most, Decimal) else as_decimal(most)
    if limit is None or not limit.is_finite() or limit < 0:
        refuse("cost", most, 'an amount in USD, such as "0.05"')
    return StopCondition(lambda run: (run.usage.cost or Decimal(0)) >= limit, f"cost({limit})")


def called(name: str) -> StopCondition:
    """Stop when the tool of this name was called, whatever came of it."""
    text()("name", name)
    return StopCondition(
        lambda run: any(call.name == name for step in run.steps for call in step.calls), f"called({name!r})"
    )


def as_condition(given: object) -> StopCondition:
    """Make a condition of a function; raise `InvalidArgumentError` for what is none."""
    if isinstance(given, StopCondition):
        return given
    if not callable(given):
        refuse("stop_when", given, "a condition, such as steps(5) | cost('0.05'), or a function of the run")
    for uncalled, example in _EXAMPLES:
        if given is uncalled:
            raise InvalidArgumentError(f"stop_when is a condition without its limit: call it, as in {example}.")
    return StopCondition(given, getattr(given, "__name__", type(given).__name__))


_EXAMPLES: Final = (
    (steps, "steps(5)"),
    (tokens, "tokens(20_000)"),
    (cost, 'cost("0.05")'),
    (called, 'called("search")'),
)


def repetitions(run: ToolRun) -> int:
    """Say in how many steps in a row, up to the last one, the same tool was called with the same arguments."""
    repeated, count = set[str](), 0
    for step in reversed(run.steps):
        repeated = _asked(step) & repeated if count else _asked(step)
        if not repeated:
            break
        count += 1
    return count


def _asked(step: ToolStep) -> set[str]:
    return {_canonical(call) for call in step.calls}


def _canonical(call: ToolOutcome) -> str:
    """Give a call as a text that is the same for the same name and arguments, however these were written."""
    try:
        arguments = json.dumps(json.loads(call.arguments or "{}"), sort_keys=True)
    except (ValueError, RecursionError):
        arguments = call.arguments
    return f"{call.name} {arguments}"


def _either(*given: Condition) -> StopCondition:
    first, second = map(_composable, given)
    return StopCondition(lambda run: first(run) or second(run), f"{first.name} | {second.name}")


def _both(*given: Condition) -> StopCondition:
    first, second = map(_composable, given)
    names = [f"({each.name})" if " | " in each.name else each.name for each in (first, second)]
    return StopCondition(lambda run: first(run) and second(run), " & ".join(names))


def _composable(given: Condition) -> StopCondition:
    if is_async(getattr(given, "holds", given)):
        _refuse_async(given)
    return as_condition(given)


def _refuse_async(given: Condition) -> NoReturn:
    refuse("stop_when", given, "a plain function where it is combined with others: nothing awaits it there")
