"""What a run of tools is done with: tools, limits, conditions and callbacks, checked before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from attrs import Attribute, field, frozen

from ..core.arguments import Rule, refuse, whole
from ..core.asynchronous import is_generator
from ..core.errors import InvalidArgumentError
from ..tools import Toolbox, as_tools
from ..tools.outcome import ToolOutcome
from ..tools.run import ToolRun
from ..tools.stopping import Condition, StopCondition, as_condition
from ..types.chat_options import TurnOptions
from ..types.options import SECONDS

OnStep = Callable[[ToolRun], Any]
Approve = Callable[[ToolOutcome], Any]


def _conditions(given: Condition | Iterable[Condition]) -> tuple[StopCondition, ...]:
    told: Any = given
    several: Iterable[object] = told if isinstance(given, Iterable) and not isinstance(given, str) else (told,)
    return tuple(as_condition(each) for each in several)


def _held_to(rule: Rule) -> Callable[[Any, Attribute[Any], Any], None]:
    def check(_: object, attribute: Attribute[Any], value: object) -> None:
        if value is not None:
            rule(attribute.name, value)

    return check


def _callable(name: str, value: object) -> None:
    if not callable(value):
        refuse(name, value, "a function")


def _give_one_result(_: object, __: object, toolbox: Toolbox) -> None:
    for name, tool in toolbox.tools.items():
        if is_generator(tool.function):
            way_out = "a call has one result, so let it return that, such as a list of what it yields"
            raise InvalidArgumentError(f"The tool {name!r} is a generator function: {way_out}.")


@frozen(kw_only=True)
class ToolPlan:
    """How the tools of a run are used; what the fields mean stands at `run_tools`."""

    toolbox: Toolbox = field(converter=as_tools, validator=_give_one_result)
    max_steps: int = field(validator=_held_to(whole(1)))
    stop_when: tuple[StopCondition, ...] = field(converter=_conditions)
    on_step: OnStep | None = field(validator=_held_to(_callable))
    approve: Approve | None = field(validator=_held_to(_callable))
    max_parallel: int = field(validator=_held_to(whole(1)))
    tool_timeout: float | None = field(validator=_held_to(SECONDS))
    raise_tool_errors: bool
    final_answer: bool
    max_repeats: int | None = field(validator=_held_to(whole(2)))  # what was called once is not repeated
    options: TurnOptions
    streams: bool
    """Replies come piece by piece, and events are emitted."""
