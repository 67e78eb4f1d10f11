"""Conditions that end the loop of server tools, for the option `stop_server_tools_when` (API page "Server tools").

Each is a plain dict. A value that cannot be right raises `InvalidArgumentError`.
"""

from __future__ import annotations

from typing import TypeVar

from .tool_options import WHEN, FinishReasonIs, HasToolCall, MaxCost, MaxTokensUsed, StepCountIs

ConditionT = TypeVar("ConditionT")


def steps(count: int) -> StepCountIs:
    """Stop after `count` steps, at least 1."""
    return _condition(StepCountIs(type="step_count_is", step_count=count))


def tool_called(name: str) -> HasToolCall:
    """Stop once a tool of this name was called."""
    return _condition(HasToolCall(type="has_tool_call", tool_name=name))


def tokens(count: int) -> MaxTokensUsed:
    """Stop once all steps together used more than `count` tokens."""
    return _condition(MaxTokensUsed(type="max_tokens_used", max_tokens=count))


def cost(usd: float) -> MaxCost:
    """Stop once all steps together cost more than so many USD."""
    return _condition(MaxCost(type="max_cost", max_cost_in_dollars=usd))


def finish_reason(reason: str) -> FinishReasonIs:
    """Stop when the model stops for this reason, such as `length`."""
    return _condition(FinishReasonIs(type="finish_reason_is", reason=reason))


def _condition(made: ConditionT) -> ConditionT:
    WHEN("stop_server_tools_when", [made])
    return made
