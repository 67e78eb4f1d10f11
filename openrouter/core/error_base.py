"""What all errors have in common: what they know, and how they say it in one line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from ..tools.run import ToolRun
    from ..types.chat import Completion

LONGEST_LINE: Final = 1000
"""Characters that no error exceeds, whatever a provider sent."""
LONGEST_NAME: Final = 100
"""Characters of a model, a provider or a field within such a line."""

_STOPS: Final = (".", "!", "?", "…", ":")
_SHOWN: Final = (
    *("status_code", "error_type", "limit", "limit_source", "reason", "phase", "clock"),
    *("provider", "model", "retry_after", "attempts", "request_id"),
)
"""What `repr` shows of an error that has it: nothing that could hold a key."""
_TERMINAL_COMMANDS: Final = r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*\x07?|.)|\x9b[0-?]*[ -/]*[@-~]"


def one_line(text: str, longest: int = LONGEST_LINE) -> str:
    """Make a line of at most `longest` characters, with nothing in it that a terminal or a log would obey."""
    if not text.isprintable():
        shown = re.sub(_TERMINAL_COMMANDS, "", text)
        text = "".join(character if character.isprintable() else " " for character in shown)
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: max(0, longest - 1)]}…"


class OpenRouterError(Exception):
    """Base of every error that this package raises.

    The attributes are `None` where nobody knows. `str(error)` is one line of at most 1,000 characters.

    An error can be pickled and copied with all its attributes, and with the notes that were added to it. Its
    `__cause__` and its traceback stay behind, as Python has it; that is good here, since the request that an HTTP
    library's exception refers to contains the key.
    """

    status_code: int | None = None
    """HTTP status; for an error inside a reply of status 200, the status that the error itself names."""
    error_type: str | None = None
    """The service's own word, such as `"provider_overloaded"` (API page "Errors and debugging")."""
    provider: str | None = None
    """The provider that failed."""
    model: str | None = None
    """The model that was asked for, or the one that answered where that is known."""
    generation_id: str | None = None
    """The service's id of the generation, good for asking for its record later."""
    request_id: str | None = None
    """Our own id of the request, the one in the log records."""
    retry_after: float | None = None
    """Seconds after which another try makes sense, as told by the service or the policy."""
    attempts: int = 0
    """How many times the request was sent."""
    elapsed: float | None = None
    """Seconds from the first attempt to this error."""
    body: Any = None
    """What the service sent: the decoded JSON, else the text."""
    headers: Mapping[str, str] | None = None
    """Headers of the reply, with names in lower case."""
    partial: Completion | None = None
    """What had arrived of the reply."""
    only_reads: bool = False
    """The request asks for nothing that is billed: a list of models, a record, a key."""
    run: ToolRun | None = None
    """The run of tools that it broke off; it goes on when it is given to `run_tools`."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
        """What happened, without where and when."""

    def with_facts(self, **facts: object) -> Self:
        """Set those attributes that are still unknown, and give the error back."""
        for name, value in facts.items():
            if value is not None and not getattr(self, name):
                setattr(self, name, value)
        return self

    def __str__(self) -> str:
        where = " at ".join(one_line(part, LONGEST_NAME) for part in (self.model, self.provider) if part)
        tries = f"{self.attempts} attempts" if self.attempts > 1 else ""
        after = "after " + " and ".join(
            part for part in (tries, f"{self.elapsed:.1f} s" if self.elapsed is not None else "") if part
        )
        known = [part for part in (where, after if after != "after " else "", self.request_id) if part]
        message = one_line(self.message)
        end = f" [{', '.join(known)}]" if known else ""
        if advice := self.advice():
            stop = "" if known or message.endswith(_STOPS) else "."
            end = f"{end}{stop} {one_line(advice, LONGEST_LINE - len(end) - 2)}"
        return one_line(message, LONGEST_LINE - len(end)) + end

    def __repr__(self) -> str:
        known = ((name, getattr(self, name, None)) for name in _SHOWN)
        facts = "".join(f", {name}={one_line(repr(value), LONGEST_NAME)}" for name, value in known if value)
        return f"{type(self).__name__}({one_line(self.message)!r}{facts})"

    def advice(self) -> str:
        """Say in a sentence what to do next; empty where there is nothing to say."""
        return ""
