"""What streamed chat completions come as (API page "Chat completions"): pieces of the classes for whole ones.

They stand apart, as who does not stream need not wait for them.
"""

from __future__ import annotations

from typing import Any

from attrs import define, field

from .chat import ArgumentsText, Raw, Usage, arguments_text, raw_field


@define
class FunctionDelta:
    """A piece of a function call."""

    name: str | None = None
    arguments: ArgumentsText | None = field(default=None, converter=arguments_text)
    raw: Raw = raw_field()


@define
class ToolCallDelta:
    """A piece of a tool call; pieces with the same index belong together."""

    index: int | None = None
    id: str | None = None
    type: str | None = None
    function: FunctionDelta | None = None
    raw: Raw = raw_field()


@define
class Delta:
    """What a chunk adds to the message."""

    role: str | None = None
    content: str | None = None
    reasoning: str | None = None
    reasoning_details: list[Any] | None = None
    tool_calls: list[ToolCallDelta] | None = None
    refusal: str | None = None
    annotations: list[Any] | None = None
    images: list[Any] | None = None
    audio: dict[str, Any] | None = None
    raw: Raw = raw_field()


@define
class ChunkChoice:
    """What a chunk adds to one answer."""

    index: int = 0
    delta: Delta = field(factory=Delta)
    finish_reason: str | None = None
    native_finish_reason: str | None = None
    logprobs: dict[str, Any] | None = None
    text: str | None = None
    raw: Raw = raw_field()


@define
class Chunk:
    """A piece of a streamed reply. The usage comes in one of the last chunks, which may have no choice."""

    id: str | None = None
    model: str | None = None
    provider: str | None = None
    created: int | None = None
    choices: list[ChunkChoice] = field(factory=list[ChunkChoice])
    usage: Usage | None = None
    system_fingerprint: str | None = None
    service_tier: str | None = None
    openrouter_metadata: dict[str, Any] | None = None
    debug: dict[str, Any] | None = None
    raw: Raw = raw_field()

    @property
    def text(self) -> str:
        """The piece of text that it adds, `""` where it adds none."""
        for choice in self.choices:
            return choice.delta.content or choice.text or ""
        return ""

    @property
    def reasoning(self) -> str:
        """The piece of reasoning that it adds, `""` where it adds none."""
        for choice in self.choices:
            return choice.delta.reasoning or ""
        return ""

    @property
    def finish_reason(self) -> str | None:
        """Why the model stopped, in the chunk that says so."""
        for choice in self.choices:
            return choice.finish_reason
        return None
