"""How much a model is to reason, and what of it to show (API page "Reasoning tokens")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, TypedDict

from ..core.arguments import Rule, refuse, whole
from .chat_options import Effort, flag
from .shapes import TEXT, fields, refuse_both


class Reasoning(TypedDict, total=False):
    """How a model reasons: say `effort` or `max_tokens`, not both."""

    effort: Effort | str | None
    """About 95, 95, 80, 50, 20 and 10 % of the output tokens, from `max` to `minimal`; `none` turns reasoning off."""
    max_tokens: int | None
    """The budget in tokens; Claude wants 1024 or more, and less than the limit of the whole output."""
    exclude: bool | None
    """True: the model reasons, and the reply does not show it."""
    enabled: bool | None
    """True: at medium effort."""
    summary: Literal["auto", "concise", "detailed"] | str | None
    """How long a summary of it is to be, from models that give no more."""
    context: Literal["auto", "all_turns", "current_turn"] | str | None
    """Which earlier reasoning counts; GPT-5.6 and newer."""
    mode: Literal["standard", "pro"] | str | None
    """GPT-5.6 and newer, at OpenAI and Azure."""


BUDGET: Final[Mapping[str, Rule]] = {"effort": TEXT, "max_tokens": whole(0)}
"""The part of it that server tools with a model of their own take."""

_FIELDS: Final = fields(
    {**BUDGET, "exclude": flag, "enabled": flag, "summary": TEXT, "context": TEXT, "mode": TEXT},
)


def _reasoning(name: str, value: Any) -> None:
    if isinstance(value, str):
        refuse(name, value, "a mapping, such as {'effort': 'high'}; reasoning_effort= takes the word alone")
    _FIELDS(name, value)
    refuse_both(name, value, "effort", "max_tokens")


def refuse_two_efforts(options: Mapping[str, Any]) -> None:
    """Refuse the option `reasoning_effort` where `reasoning` says something else: the service would."""
    reasoning: Mapping[str, Any] = options["reasoning"] or {}
    said, effort = reasoning.get("effort"), options["reasoning_effort"]
    if None not in (said, effort) and said != effort:
        refuse("reasoning_effort", effort, f"left out, or {said!r} as in reasoning.effort")
    if None not in (reasoning.get("max_tokens"), effort):
        refuse("reasoning_effort", effort, "left out where reasoning.max_tokens is given")


RULES: Final[Mapping[str, Rule]] = {"reasoning": _reasoning}
