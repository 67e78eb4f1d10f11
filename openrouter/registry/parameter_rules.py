"""Options that a model does not take (API pages "Parameters" and "Reasoning tokens")."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from ..types.request_body import items, mapping
from .asked import Subject
from .capabilities import options_of
from .findings import Finding
from .near import shown

_REASONING: Final = ("reasoning", "reasoning_effort", "include_reasoning")
_LENGTHS: Final = ("max_tokens", "max_completion_tokens")

PARAMETERS: Final[Mapping[str, tuple[str, ...]]] = {
    **{
        name: (name,)
        for name in (
            *("temperature", "top_p", "top_k", "min_p", "top_a"),
            *("frequency_penalty", "presence_penalty", "repetition_penalty"),
            *("logit_bias", "logprobs", "top_logprobs", "prediction", "seed", "stop"),
            *("tools", "tool_choice", "parallel_tool_calls"),
            *("structured_outputs", "verbosity", "web_search_options"),
        )
    },
    **dict.fromkeys(_LENGTHS, _LENGTHS),
    **dict.fromkeys(_REASONING, _REASONING),
}
"""Fields of a request that are up to the model, and what `supported_parameters` has where it takes one: any of these.

All other fields are for the service: `messages`, `provider`, `plugins`, `user`, `metadata`, …
"""

_FORMATS: Final[Mapping[str, tuple[str, ...]]] = {
    "json_object": ("response_format", "structured_outputs"),
    "json_schema": ("structured_outputs",),
}
"""What a model takes that can write each type of `response_format`; of other types the list says nothing."""

_NEUTRAL: Final[Mapping[str, float]] = {
    **dict.fromkeys(("temperature", "top_p", "repetition_penalty"), 1),
    **dict.fromkeys(("top_k", "min_p", "top_a", "frequency_penalty", "presence_penalty", "top_logprobs"), 0),
}
"""Numbers with which an option does nothing."""

_TRANSLATED: Final = frozenset({"parallel_tool_calls", "verbosity", "web_search_options"})
"""Options that the service puts into the words of a provider, for some models too whose entries lack them."""

_SAYS_NOTHING: Final[Mapping[str, Callable[[Any], bool]]] = {
    # The values that are the same as leaving the option out, where that is more than None, False or something empty.
    "parallel_tool_calls": lambda value: value is not False,
    "tool_choice": lambda value: value in ("auto", "none"),
    "reasoning_effort": lambda value: value == "none",
    "reasoning": lambda value: not _reasons(value),
}


def parameter_rules(subject: Subject) -> Iterator[Finding]:
    """Find what the model does not take."""
    if not subject.is_router:
        yield from _unsupported(subject)
        yield from _reasoning(subject)


def _unsupported(subject: Subject) -> Iterator[Finding]:
    known = options_of(subject.model)
    if not known:  # the list says nothing of this model
        return
    for field, names in PARAMETERS.items():
        value = subject.asked.option(field)
        if known.isdisjoint(names) and _is_asked_for(field, value):
            yield _not_taken(subject, field, value, names[0])
    kind = subject.asked.option("response_format", "type")
    names = _FORMATS.get(kind, ()) if isinstance(kind, str) else ()
    if names and known.isdisjoint(names):
        yield _not_taken(subject, "response_format", kind, names[0])


def _not_taken(subject: Subject, field: str, value: object, capability: str) -> Finding:
    told = f"={shown(value)}" if isinstance(value, str | int | float) else ""
    message = (
        f"{told}: {subject.name} does not take it, and the service drops it. Leave it out, or take a model that has "
        f"{capability!r} in supported_parameters."
    )
    return subject.found("unsupported_parameter", field, message, is_sure=field not in _TRANSLATED)


def _is_asked_for(field: str, value: object) -> bool:
    if value is None or value in ([], {}, (), "") or value == _NEUTRAL.get(field):
        return False
    says_nothing = _SAYS_NOTHING.get(field)
    return value is not False if says_nothing is None else not says_nothing(value)


def _reasons(reasoning: Any) -> bool:
    """Whether the option asks for reasoning, more than that it be hidden or left out."""
    options = mapping(reasoning)
    if options.get("enabled") is False or options.get("effort") == "none":
        return False
    return any(value is not None for name, value in options.items() if name != "exclude")


def _reasoning(subject: Subject) -> Iterator[Finding]:
    """Hold the options against what is told of the model's reasoning; those of an alias are changed to what fits."""
    known = subject.model.reasoning
    if known is None or subject.slug.alias:
        return
    asked = subject.asked
    field, effort = ("reasoning.effort", asked.option("reasoning", "effort"))
    if effort is None:
        field, effort = "reasoning_effort", asked.option("reasoning_effort")
    off: list[tuple[str, object]] = [(field, effort)] if effort == "none" else []
    if asked.option("reasoning", "enabled") is False:
        off.append(("reasoning.enabled", False))
    for name, value in off if known.mandatory else ():
        message = f"={value!r}: {subject.name} always reasons. Leave it out; reasoning={{'exclude': True}} hides it."
        yield subject.found("reasoning_mandatory", name, message)
    if isinstance(effort, str) and effort != "none":
        yield from _effort(subject, field, effort)
    if known.supports_max_tokens is False and asked.option("reasoning", "max_tokens") is not None:
        message = f": {subject.name} takes no budget, and the service makes an effort of it. Give an effort instead."
        yield subject.found("unsupported_effort", "reasoning.max_tokens", message)


def _effort(subject: Subject, field: str, effort: str) -> Iterator[Finding]:
    told = subject.model.raw["reasoning"]
    efforts = told.get("supported_efforts", ())
    if efforts is None or effort in items(efforts):
        return
    there = ", ".join(str(one) for one in items(efforts))
    way_out = f"Take one of: {there}." if there else "Leave it out: it has no such choice."
    message = f"={shown(effort)}: {subject.name} has no such effort, and the service takes the nearest. {way_out}"
    yield subject.found("unsupported_effort", field, message)
