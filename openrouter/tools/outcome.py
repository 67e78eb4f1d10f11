"""What became of a call of a tool, and of all calls in one reply of a model."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from typing import Any, Final, Literal, cast, get_args

from attrs import define, field

from ..core.error_base import one_line
from ..core.structuring import as_dict
from ..messages import tool_result
from ..types.chat import Completion, ToolCall
from ..types.messages import MessageLike, message_list

CallState = Literal["new", "ready", "started", "unapproved", "external", "done", "failed", "denied", "unknown"]

STATES: Final[tuple[CallState, ...]] = get_args(CallState)
SETTLED: Final = frozenset({"done", "failed", "denied", "unknown"})
"""States of a call that has its result, good or bad."""
WAITING: Final = frozenset({"unapproved", "external"})
"""States of a call that waits for somebody."""

_LONGEST_ERROR: Final = 2000
"""Characters of an error that the model is told; more would only cost tokens."""
_KEY: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?:[sp]k[-_]|gsk_|gh[opsu]_|github_pat_|glpat-|hf_|xai-|xox[abp]-)[\w-]{16,}"
    r"|AIza[\w-]{30,}|A[KS]IA[0-9A-Z]{16}"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
    r")"
)
"""What keys of the usual services, and tokens with a signature, look like."""


def described(error: BaseException) -> str:
    """Give the class of an exception, and what it says, where it can say it; of a group, what is in it as well."""
    try:
        said = str(error)
    except Exception:  # noqa: BLE001 - it is code of the caller like any other
        said = ""
    is_group = isinstance(error, BaseExceptionGroup)
    within = cast("BaseExceptionGroup[BaseException]", error).exceptions if is_group else ()
    told = [type(error).__name__, said, "; ".join(map(described, within))]
    return ": ".join(filter(None, told))


def error_text(told: str | BaseException) -> str:
    """Give the one line that a model is told of an error, without a traceback, and without what looks like a key."""
    said = described(told) if isinstance(told, BaseException) else told
    return one_line(_KEY.sub("[a key]", f"Error: {said}"), _LONGEST_ERROR)


@define
class ToolOutcome:
    """A call of a tool, and what became of it so far."""

    call: ToolCall
    """What the model asked for."""
    state: CallState = "new"
    """`done`, `failed`, `denied` or `unknown` once it is settled; `unapproved` or `external` while it waits for you."""
    content: str | list[Any] | None = None
    """What the model is told of it, once it is settled: text, or a list of content parts."""
    needs_approval: bool = False
    """The tool says that somebody has to agree to each of its calls."""
    exception: Exception | None = field(default=None, init=False, repr=False, eq=False)
    """What the tool raised. It is known only in the process in which that happened."""
    is_told: bool = field(default=False, init=False, repr=False, eq=False)
    """A stream of events had its result. This, too, is known only in one process."""

    def __reduce__(self) -> tuple[type[ToolOutcome], tuple[object, ...]]:
        # what a tool raised need not be one that can be pickled
        return ToolOutcome, (self.call, self.state, self.content, self.needs_approval)

    @property
    def id(self) -> str:
        """The id of the call, unlike that of any other call of the same reply."""
        return self.call.id

    @property
    def name(self) -> str:
        """The name of the tool."""
        return self.call.function.name

    @property
    def arguments(self) -> str:
        """The arguments as the model wrote them: JSON text, `""` for none."""
        return self.call.function.arguments

    @property
    def error(self) -> str | None:
        """What the model is told where the call came to no result; `None` where it did, or is not settled."""
        if self.state in SETTLED and self.state != "done":
            return str(self.content)
        return None

    @property
    def is_settled(self) -> bool:
        """It has its result, good or bad."""
        return self.state in SETTLED

    def settle(self, value: object) -> None:
        """Take what the tool gave; raise `InvalidArgumentError` where that cannot be told to a model."""
        message: dict[str, Any] = as_dict(tool_result(self.call, value))
        self.content = message["content"]
        self.state = "done"

    def fail(self, told: str | BaseException, state: CallState = "failed") -> None:
        """Take note that there is no result, and why."""
        self.content = error_text(told)
        self.state = state


@define
class ToolStep:
    """One reply of the model, and what became of the calls in it."""

    completion: Completion
    """The reply."""
    calls: list[ToolOutcome] = field(factory=list[ToolOutcome])
    """The calls of tools in it, in their order; none in an answer."""

    @classmethod
    def of(cls, completion: Completion, number: int, taken: Iterable[str] = ()) -> ToolStep:
        """Make the step of a reply.

        Results find their calls by id, so a call without one, or with that of another call, gets an id of its own,
        unlike those that are `taken` in the transcript.
        """
        calls = completion.tool_calls
        given = [call.id for call in calls]
        if not all(given) or len(set(given)) < len(given):
            known = {*taken, *given}
            for position, call in enumerate(calls):
                if not call.id or call.id in given[:position]:
                    call.id = _free_id(known, number * 100 + position)
                    known.add(call.id)
        return cls(completion, [ToolOutcome(call) for call in calls])

    @property
    def text(self) -> str:
        """The text of the reply, `""` where it only calls tools."""
        return self.completion.text

    @property
    def is_settled(self) -> bool:
        """Each of the calls has its result."""
        return all(call.is_settled for call in self.calls)

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The reply, and behind it the results, once all of them are there, in the order of the calls."""
        return message_list(self.as_received)

    @property
    def as_received(self) -> list[MessageLike]:
        """The same, the reply as the `Message` that came: whatever it is, it goes back to the model."""
        results = [{"role": "tool", "tool_call_id": call.id, "content": call.content} for call in self.calls]
        return [self.completion.message, *(results if self.is_settled else ())]


def _free_id(taken: set[str], number: int) -> str:
    # Nine letters and digits: some providers take no other form.
    free = (made for count in itertools.count(number % 100_000) if (made := f"call{count:05}") not in taken)
    return next(free)
