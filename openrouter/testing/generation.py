"""What a model made, whatever form it is sent in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from .answers import Answer
from .tool_calls import SentToolCall

KEEPALIVE_COMMENT = b": OPENROUTER PROCESSING\n\n"
KEEPALIVE_SPACE = b"\n         \n"
"""The service keeps a whole reply alive with white space before the JSON."""


@frozen(kw_only=True, eq=False)
class Failure:
    """How a generation broke off: its error object, and what of the reply comes with that."""

    error: Mapping[str, Any]
    with_choices: bool
    with_usage: bool


@frozen(kw_only=True, eq=False)
class Generation:
    """All that one reply says. With `failure` set it breaks off after its text.

    `usage` has the names of a chat completion, whatever it is asked through; `None`: the reply does not tell.
    """

    id: str
    created: int
    model: str
    provider: str
    text: str
    usage: Mapping[str, Any] | None
    reasoning: str | None = None
    tool_calls: tuple[SentToolCall, ...] = ()
    finish_reason: str | None = None
    native_finish_reason: str | None = None
    failure: Failure | None = None
    api_type: str = "completions"


@frozen(eq=False)
class GeneratedAnswer(Answer):
    """An answer that carries a generation, of which the service keeps a record."""

    # Said of the field: of a class, older versions of attrs take it as said of the fields of its bases too.
    generation: Generation = field(kw_only=True)
