"""Conditions that end a run, one by one and composed, and repetitions."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from openrouter import Completion, InvalidArgumentError
from openrouter.core.structuring import structurer
from openrouter.tools import stopping
from openrouter.tools.outcome import ToolStep
from openrouter.tools.run import ToolRun
from openrouter.tools.stopping import StopCondition, as_condition, called, cost, repetitions, steps, tokens


def run_of(*replies: tuple[tuple[str, str], ...], usage: dict[str, Any] | None = None) -> ToolRun:
    """Give a run whose replies call these tools with these arguments."""
    run = ToolRun("Hi")
    for asked in replies:
        wanted = [
            {"id": f"c{at}", "function": {"name": name, "arguments": arguments}}
            for at, (name, arguments) in enumerate(asked)
        ]
        raw = {"choices": [{"message": {"tool_calls": wanted}}], "usage": usage or {}}
        run.steps.append(ToolStep.of(structurer(Completion)(raw), len(run.steps) + 1))
    return run


TWO = run_of((("a", "{}"),), (("b", "{}"),), usage={"total_tokens": 50, "cost": 0.05})


@pytest.mark.parametrize(
    ("condition", "holds", "name"),
    [
        (steps(2), True, "steps(2)"),
        (steps(3), False, "steps(3)"),
        (tokens(100), True, "tokens(100)"),
        (tokens(101), False, "tokens(101)"),
        (cost("0.10"), True, "cost(0.10)"),
        (cost(Decimal("0.11")), False, "cost(0.11)"),
        (cost(0.1), True, "cost(0.1)"),
        (cost(1), False, "cost(1)"),
        (called("a"), True, "called('a')"),
        (called("c"), False, "called('c')"),
        (steps(3) | called("a"), True, "steps(3) | called('a')"),
        (steps(3) | called("c"), False, "steps(3) | called('c')"),
        (steps(2) & called("a"), True, "steps(2) & called('a')"),
        (steps(2) & called("c"), False, "steps(2) & called('c')"),
        (steps(3) & called("a"), False, "steps(3) & called('a')"),
        ((steps(3) | called("a")) & tokens(1), True, "(steps(3) | called('a')) & tokens(1)"),
    ],
    ids=str,
)
def test_a_condition(condition: StopCondition, holds: bool, name: str) -> None:  # noqa: FBT001 - a case
    assert (condition(TWO), condition.name) == (holds, name)


def test_a_run_whose_cost_is_unknown_costs_nothing() -> None:
    assert not cost("0.01")(run_of((("a", ""),)))
    assert cost(0)(run_of((("a", ""),)))


def long_ago(run: ToolRun) -> bool:
    return len(run.steps) > 100


def just_now(run: ToolRun) -> bool:
    return len(run.steps) == 2


def test_functions_are_conditions_and_compose_on_both_sides() -> None:
    assert as_condition(just_now)(TWO)
    assert as_condition(just_now).name == "just_now"
    assert as_condition(steps(2)).name == "steps(2)"
    for composed, holds, name in (
        (just_now | steps(9), True, "just_now | steps(9)"),
        (steps(9) | just_now, True, "steps(9) | just_now"),
        (long_ago | steps(9), False, "long_ago | steps(9)"),
        (just_now & steps(2), True, "just_now & steps(2)"),
        (steps(2) & long_ago, False, "steps(2) & long_ago"),
    ):
        assert (composed(TWO), composed.name) == (holds, name)


class Patience:
    def __call__(self, run: ToolRun) -> bool:
        return bool(run.steps)


def test_an_object_that_can_be_called_is_called_by_its_class() -> None:
    assert as_condition(Patience()).name == "Patience"


async def later(_: ToolRun) -> bool:
    return True


class Later:
    async def __call__(self, run: ToolRun) -> bool:
        return await later(run)


class Coming:
    """To be awaited, and no coroutine."""

    def __await__(self) -> Any:
        yield


@pytest.mark.parametrize("answer", [lambda: later(TWO), Coming])
def test_what_turns_out_to_have_to_be_awaited_is_no_condition(answer: Any) -> None:
    def hidden(_: ToolRun) -> Any:
        return answer()

    for condition in (steps(9) | hidden, steps(1) & hidden, as_condition(hidden)):
        with pytest.raises(InvalidArgumentError, match="nothing awaits it there"):
            condition(TWO)


@pytest.mark.parametrize("uncalled", [steps, tokens, cost, called])
def test_a_condition_without_its_limit_is_refused(uncalled: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"call it, as in {uncalled.__name__}\("):
        as_condition(uncalled)
    with pytest.raises(InvalidArgumentError, match="call it, as in"):
        _ = steps(2) | uncalled


def test_what_has_to_be_awaited_cannot_be_composed() -> None:
    for compose in (
        lambda: steps(2) | later,
        lambda: later & steps(2),
        lambda: as_condition(later) | steps(2),
        lambda: Later() | steps(2),
        lambda: steps(2) & partial(Later()),
    ):
        with pytest.raises(InvalidArgumentError, match="nothing awaits it there"):
            compose()


@pytest.mark.parametrize(
    ("make", "wrong"),
    [
        ("steps", 0),
        ("steps", "3"),
        ("tokens", 0),
        ("tokens", 1.5),
        ("cost", "a lot"),
        ("cost", -1),
        ("cost", float("nan")),
        ("cost", Decimal("Infinity")),
        ("cost", None),
        ("called", ""),
        ("as_condition", 5),
        ("as_condition", "steps"),
    ],
)
def test_what_cannot_be_a_condition_is_refused(make: str, wrong: object) -> None:
    with pytest.raises(InvalidArgumentError, match="has to be"):
        getattr(stopping, make)(wrong)


@pytest.mark.parametrize(
    ("replies", "count"),
    [
        ([], 0),
        ([()], 0),
        ([(("a", "{}"),)], 1),
        ([(("a", "{}"),), (("a", ""),)], 2),
        ([(("a", '{"x": 1, "y": [2]}'),), (("a", '{"y":[2],"x":1}'),)], 2),
        ([(("a", '{"x": 1}'),), (("a", '{"x": 2}'),)], 1),
        ([(("a", "{}"),), (("b", "{}"),)], 1),
        ([(("a", "{}"), ("b", "{}")), (("b", "{}"), ("c", "{}")), (("b", "{}"),)], 3),
        ([(("a", "{}"), ("b", "{}")), (("b", "{}"), ("c", "{}")), (("c", "{}"),)], 2),
        ([(("a", "{}"),), (("b", "{}"),), (("a", "{}"),)], 1),
        ([(("a", "{oops"),), (("a", "{oops"),)], 2),
        ([(("a", "[" * 100_000),)] * 2, 2),
    ],
)
def test_how_often_a_call_is_repeated_in_a_row(replies: list[Any], count: int) -> None:
    assert repetitions(run_of(*replies)) == count
