"""Runs as JSON and back: everything that has come is kept, also what this version has no field for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple, NoReturn, cast

from ..core.arguments import refuse
from ..core.errors import InvalidArgumentError
from ..core.json import as_list, as_object
from ..core.structuring import as_dict, structurer
from ..types.chat import Completion, Message
from ..types.messages import MessageLike
from .outcome import STATES, ToolOutcome, ToolStep

VERSION: Final = 1
"""The version of this form. Another number means that it cannot be read."""
_OURS: Final = frozenset({"system", "developer", "user", "tool"})
"""Roles of messages that no model writes."""


class Saved(NamedTuple):
    """What a run consists of."""

    input: list[MessageLike]
    steps: list[ToolStep]
    stopped_by: str | None


def write(given: list[dict[str, Any]], steps: Iterable[ToolStep], stopped_by: str | None) -> str:
    """Give a run as JSON; raise `InvalidArgumentError` for a message that JSON cannot hold."""
    document = {
        "version": VERSION,
        "input": given,
        "steps": [
            {
                "completion": as_dict(step.completion),
                # A call stands in the completion; here is what became of it.
                "calls": [
                    {"state": call.state, "content": call.content, "needs_approval": call.needs_approval}
                    for call in step.calls
                ],
            }
            for step in steps
        ],
        "stopped_by": stopped_by,
    }
    try:
        return json.dumps(document)
    except (TypeError, ValueError, RecursionError) as error:
        parts = [*_numbered("messages", given), *_numbered("steps", cast("list[Any]", document["steps"]))]
        name, part = next((each for each in parts if not _is_json(each[1])), ("stopped_by", stopped_by))
        refuse(name, part, f"JSON ({error})")


def _numbered(name: str, items: list[Any]) -> Iterator[tuple[str, object]]:
    return ((f"{name}[{place}]", item) for place, item in enumerate(items))


def _is_json(value: object) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def read(text: str) -> Saved:
    """Read what `write` gave; raise `InvalidArgumentError` for anything else."""
    try:
        saved = json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidArgumentError(f"This is no saved run: it is not JSON ({error}).") from None
    found = as_object(saved)
    if found.get("version") != VERSION:
        _refuse(f"its version is {found.get('version')!r}, and only {VERSION} can be read")
    stopped_by = found.get("stopped_by")
    if not isinstance(found.get("input"), list) or not isinstance(found.get("steps"), list):
        _refuse("it has no lists of input and steps")
    if stopped_by is not None and not isinstance(stopped_by, str):
        _refuse(f"stopped_by is {stopped_by!r}")
    return Saved(as_received(found["input"]), [_step(*each) for each in enumerate(found["steps"])], stopped_by)


def as_received(messages: list[Any]) -> list[Any]:
    """Give messages with those that a model wrote as `Message`: these are taken as they came, whatever they are."""
    return [each if as_object(each).get("role") in _OURS else structurer(Message)(as_object(each)) for each in messages]


def _step(position: int, saved: object) -> ToolStep:
    fields = as_object(saved)
    completion = structurer(Completion)(as_object(fields.get("completion")))
    calls = [as_object(call) for call in as_list(fields.get("calls"))]
    if len(calls) != len(completion.tool_calls) or not all(call.get("state") in STATES for call in calls):
        _refuse(f"the calls of steps[{position}] do not belong to its completion, or stand where no call can")
    return ToolStep(
        completion,
        [
            ToolOutcome(call, outcome["state"], outcome.get("content"), outcome.get("needs_approval") is True)
            for call, outcome in zip(completion.tool_calls, calls, strict=True)
        ],
    )


def _refuse(why: str) -> NoReturn:
    raise InvalidArgumentError(f"This is no saved run: {why}.")
