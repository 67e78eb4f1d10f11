"""What `stream_tools` gives while a run is under way."""

from __future__ import annotations

from typing import Any, TypeAlias

from attrs import frozen

from ..types.chat import ToolCall
from .outcome import CallState, ToolStep


@frozen
class TextDelta:
    """A piece of the model's text."""

    text: str


@frozen
class ReasoningDelta:
    """A piece of what the model thinks before it answers."""

    text: str


@frozen
class ToolCallStarted:
    """A call is about to be run, with others of the same reply. Those that wait, fail or are denied never start."""

    call: ToolCall


@frozen
class ToolCallWaiting:
    """A call waits for you, so the run is suspended; it stands in `ToolRun.pending`."""

    call: ToolCall
    state: CallState
    """`unapproved`, or `external`."""


@frozen
class ToolResult:
    """What became of a call.

    The results of one reply come in the order of its calls, when all of them are there, or the run is suspended; each
    comes once.
    """

    call: ToolCall
    content: str | list[Any] | None
    """What the model is told."""
    error: str | None
    """The same, where the call came to no result; else `None`."""


@frozen
class StepEnded:
    """A reply of the model is whole, and each of its calls has a result."""

    step: ToolStep


ToolEvent: TypeAlias = TextDelta | ReasoningDelta | ToolCallStarted | ToolCallWaiting | ToolResult | StepEnded
"""Any of them."""
