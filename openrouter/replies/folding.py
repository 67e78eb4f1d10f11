"""Chunks of a stream, folded into the JSON that the whole reply would have been.

Adding a chunk costs what the chunk is long, never what came before it, and what is kept is the text alone.
"""

from __future__ import annotations

from typing import Any, Final, cast

from attrs import define, field

from ..core.json import as_list, as_object
from .merging import Audio, Details, ToolCalls
from .text import Text

_CHUNK_ONLY: Final = frozenset({"object", "choices", "error", "debug"})
_TEXTS: Final = frozenset({"content", "reasoning", "reasoning_content", "refusal"})
_PARTS: Final = frozenset({"tool_calls", "reasoning_details", "audio"})


@define
class Answer:
    """One choice, as far as it has come."""

    index: int
    has_delta: bool = False
    """Where `prompt` was sent, the chunks have `text` instead."""
    fields: dict[str, Any] = field(factory=dict[str, Any])
    """Fields of the choice besides `delta`, the last value that is not null."""
    message: dict[str, Any] = field(factory=dict[str, Any])
    """Fields of the message that are neither text nor list, the last value that is not null."""
    texts: dict[str, Text] = field(factory=dict[str, Text])
    lists: dict[str, list[Any]] = field(factory=dict[str, "list[Any]"])
    logprobs: dict[str, list[Any]] = field(factory=dict[str, "list[Any]"])
    # Few messages have any of these.
    tool_calls: ToolCalls | None = None
    details: Details | None = None
    audio: Audio | None = None

    def add(self, choice: dict[str, Any]) -> None:
        """Take what a chunk adds to this choice."""
        for name, value in choice.items():
            if value is None:
                continue
            if name == "delta":
                if value:
                    self.has_delta = True
                    self._add_delta(as_object(value))
            elif name == "logprobs":
                for kind, tokens in as_object(value).items():
                    self.logprobs.setdefault(kind, []).extend(as_list(tokens))
            elif name == "text" and isinstance(value, str):
                self._add_text(name, value)
            else:
                self.fields[name] = value

    def _add_delta(self, delta: dict[str, Any]) -> None:
        for name, value in delta.items():
            if value is None:
                continue
            if isinstance(value, str) and name not in _PARTS:
                if name in _TEXTS:
                    self._add_text(name, value)
                else:
                    self.message[name] = value
            elif name == "tool_calls":
                self.tool_calls = self.tool_calls or ToolCalls()
                self.tool_calls.add(as_list(value))
            elif name == "reasoning_details":
                self.details = self.details or Details()
                self.details.add(as_list(value))
            elif name == "audio":
                self.audio = self.audio or Audio()
                self.audio.add(as_object(value))
            elif isinstance(value, list):
                self.lists.setdefault(name, []).extend(as_list(cast("object", value)))
            else:
                self.message[name] = value

    def _add_text(self, name: str, piece: str) -> None:
        text = self.texts.get(name)
        if text is None:
            text = self.texts[name] = Text()
        text.add(piece)

    def result(self) -> dict[str, Any]:
        """Give the choice in the form of a whole reply."""
        texts = {name: str(text) for name, text in self.texts.items()}
        choice = {"index": self.index, "finish_reason": None, **self.fields}
        if self.logprobs:
            choice["logprobs"] = dict(self.logprobs)
        if (text := texts.pop("text", None)) is not None:
            choice["text"] = text
            if not self.has_delta:
                return choice
        message = {"role": "assistant", "content": None, **self.message, **texts, **self.lists}
        parts = {
            "tool_calls": self.tool_calls and self.tool_calls.result(),
            "reasoning_details": self.details and self.details.result(),
            "audio": self.audio and self.audio.result(),
        }
        message |= {name: value for name, value in parts.items() if value}
        if message.get("content") == "" and (message.get("tool_calls") or message.get("refusal")):
            message["content"] = None
        choice["message"] = message
        return choice


@define
class Folding:
    """A reply that grows chunk by chunk."""

    fields: dict[str, Any] = field(factory=dict[str, Any])
    answers: dict[int, Answer] = field(factory=dict[int, Answer])

    @property
    def is_empty(self) -> bool:
        """Nothing came that a reply would have."""
        return not self.answers and self.fields.keys() <= _CHUNK_ONLY

    @property
    def finished(self) -> bool:
        """A finish reason came, for every choice that was begun."""
        return bool(self.answers) and all(answer.fields.get("finish_reason") for answer in self.answers.values())

    def add(self, chunk: dict[str, Any]) -> None:
        """Take the decoded JSON of a chunk."""
        if None in chunk.values():
            self.fields.update((name, value) for name, value in chunk.items() if value is not None)
        else:
            self.fields.update(chunk)
        for choice in as_list(chunk.get("choices")):
            if choice := as_object(choice):
                index = choice.get("index")
                answer = self.answers.get(index if isinstance(index, int) else 0)
                if answer is None:
                    answer = self._begin(index if isinstance(index, int) else 0)
                answer.add(choice)

    def _begin(self, index: int) -> Answer:
        answer = self.answers[index] = Answer(index)
        return answer

    def result(self) -> dict[str, Any]:
        """Give the JSON of the whole reply, as far as it has come."""
        fields = {name: value for name, value in self.fields.items() if name not in _CHUNK_ONLY}
        choices = [self.answers[index].result() for index in sorted(self.answers)]
        return {**fields, "object": "chat.completion", "choices": choices}
