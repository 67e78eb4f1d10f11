"""What a model says, and where the limit of a request cuts it off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve, frozen

from .counting import count_tokens, split_words
from .tool_calls import SentToolCall

_LIMITS = ("max_completion_tokens", "max_tokens", "max_output_tokens")


@frozen(eq=False)
class Output:
    """All that is made for one request, in this order: reasoning, text, calls of functions."""

    text: str
    reasoning: str | None = None
    calls: tuple[SentToolCall, ...] = ()

    @property
    def reasoning_tokens(self) -> int:
        """The words of the reasoning."""
        return count_tokens(self.reasoning or "")

    @property
    def tokens(self) -> int:
        """The words of everything; a call has one more, for its name."""
        return self.reasoning_tokens + count_tokens(self.text) + sum(map(_call_tokens, self.calls))

    def cut(self, most: int | None) -> Output:
        """Give the first `most` tokens; `None`: all of them. A call may end within its arguments."""
        if most is None or self.tokens <= most:
            return self
        left = most
        reasoning = None if self.reasoning is None else _first(left, self.reasoning)
        left -= count_tokens(reasoning or "")
        text = _first(left, self.text)
        left -= count_tokens(text)
        calls = list[SentToolCall]()
        for call in self.calls:
            if left > 0:
                calls.append(evolve(call, arguments=_first(left - 1, call.arguments)))
            left -= _call_tokens(call)
        return Output(text, reasoning, tuple(calls))


def most_tokens(payload: Mapping[str, Any]) -> int | None:
    """Give the most tokens that a request allows for the reply; `None`: it has no limit."""
    limits = [payload.get(name) for name in _LIMITS]
    return min((limit for limit in limits if type(limit) is int and limit > 0), default=None)


def _call_tokens(call: SentToolCall) -> int:
    return 1 + count_tokens(call.arguments)


def _first(words: int, text: str) -> str:
    return text if count_tokens(text) <= words else "".join(split_words(text)[:words])
