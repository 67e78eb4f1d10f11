"""A run of tools, as a value: what was asked, what the model replied, and what became of the calls in its replies.

A run consists of its input, its steps and the reason of its end. A step is one reply of the model with the calls in it.
All else (transcript, status, usage, what waits) follows from these, so no two of them can disagree.

The states of a call::

    new ─┬─▶ ready ────────▶ started ─┬─▶ done       it gave a result
         │     ▲                │     └─▶ failed     it raised, took too long, or gave what cannot be told
         │     │                └───────▶ unknown    the process ended under way (ready again if it is idempotent)
         ├─▶ unapproved ──────▶ denied               approve() makes it ready
         ├─▶ external ────────▶ done                 resolve() brings the result
         └─▶ failed                                  no such tool, or arguments that do not fit

`done`, `failed`, `denied` and `unknown` are settled. The results of a step stand in the transcript when all its calls
are settled, in the order of the calls, and only then is the model asked again.

The phases of a run, all told by its last step and by `stopped_by`:

=========  =======================================  ==========================================  =========
phase      last step                                what comes next                             status
=========  =======================================  ==========================================  =========
asking     there is none, or its calls are settled  conditions are tried, the model is asked    running
deciding   calls are new                            each becomes ready, waits, or fails         running
calling    calls are ready or started               they are run, the started ones taken up     running
waiting    calls wait, all others are settled       somebody approves, denies or resolves       suspended
answered   the reply has no calls                   nothing: `stopped_by` is "answer"           finished
stopped    as in asking                             nothing, until other conditions are given   finished
=========  =======================================  ==========================================  =========

A run can be saved whenever `on_step` is called: when approvals are about to be asked for, while the calls in question
are still new; when calls are marked as started, just before they are run; when they have been run; and at the end. A
process that takes up a saved run goes on with the phase that it finds. What was paid for and saved is not asked for
again. Calls that are marked as started may have happened or not: the model is told so, and they are never run again,
except those of tools that say that it does no harm. Calls that wait go on waiting, and approvals that were given hold.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from inspect import GEN_CLOSED, getgeneratorstate
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Literal
from weakref import ref

from attrs import define, field

from ..core.errors import InvalidArgumentError
from ..core.json import as_list, as_object
from ..types.messages import MessageLike, message_list
from .outcome import SETTLED, WAITING, ToolOutcome, ToolStep
from .saved import as_received, read, write

if TYPE_CHECKING:
    from ..types.chat import Completion, Usage

_HELD: Final = "Another run_tools is just going on with this run: let it come to its end, or close its stream."


@define(repr=False)
class ToolRun:
    """A conversation in which a model calls tools, with all its steps.

    `client.run_tools` gives one. It can also be made of messages, given to `run_tools`, and kept: should that raise,
    the run has everything up to there, and goes on when it is given to `run_tools` again. It is for one `run_tools` at
    a time.

    A run that is `suspended` waits for you: see `pending`. (API page "Tool calling".)
    """

    input: list[dict[str, Any]] = field(converter=message_list)
    """The messages that it began with."""
    steps: list[ToolStep] = field(factory=list[ToolStep])
    """The replies of the model so far, each with what became of its calls."""
    stopped_by: str | None = None
    """Why it ended: `"answer"`, `"max_steps"`, `"repetition"`, the name of a condition; `None`: it has not ended."""
    is_unsaved: bool = field(default=False, init=False, eq=False)
    """What was to save it last, `on_step`, failed in this process, and is called again first of all."""
    _flow: ref[Generator[Any, Any, Any]] | None = field(default=None, init=False, eq=False)
    _lock: Lock = field(factory=Lock, init=False, eq=False)

    def __reduce__(self) -> tuple[type[ToolRun], tuple[object, ...]]:
        # a copy is a run of its own, whatever is done with this one
        return type(self), (as_received(self.input), self.steps, self.stopped_by)

    def __repr__(self) -> str:
        # without the messages, which may hold whole files
        waiting = f", pending={len(self.pending)}" if self.pending else ""
        return f"ToolRun(status={self.status!r}, stopped_by={self.stopped_by!r}, steps={len(self.steps)}{waiting})"

    def hold(self, flow: Generator[Any, Any, Any]) -> None:
        """Let a flow go on with the run, until it ends; raise `InvalidArgumentError` where another one does.

        That a flow has ended is asked of itself: there is no moment at which an interrupt could leave the run locked.
        """
        with self._lock:
            other = None if self._flow is None else self._flow()
            if other is not None and getgeneratorstate(other) != GEN_CLOSED:
                raise InvalidArgumentError(_HELD)
            self._flow = ref(flow)

    @property
    def status(self) -> Literal["running", "suspended", "finished"]:
        """`running`: `run_tools` has something to do for it; `suspended`: it waits for you; `finished`: it ended."""
        if self.stopped_by is not None:
            return "finished"
        states = {call.state for call in self.steps[-1].calls} if self.steps else set[str]()
        return "suspended" if states & WAITING and not states - WAITING - SETTLED else "running"

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The whole transcript, good to go on with: input, replies and results, in a list that is yours.

        The results of one reply are there when all of them are.
        """
        return [*self.input, *(message for step in self.steps for message in step.messages)]

    @property
    def as_received(self) -> list[MessageLike]:
        """The same transcript, with the replies as `Message`, as they came."""
        return [*as_received(self.input), *(message for step in self.steps for message in step.as_received)]

    def ids(self) -> Iterator[str]:
        """Give the ids of all calls in the transcript, and of those that messages answer."""
        for message in self.input:
            yield from (str(as_object(call).get("id")) for call in as_list(message.get("tool_calls")))
            yield str(message.get("tool_call_id"))
        yield from (call.id for step in self.steps for call in step.calls)

    @property
    def pending(self) -> list[ToolOutcome]:
        """The calls that wait for you, each with why as its `state`.

        `unapproved` ones wait for `approve` or `deny`, `external` ones, whose function was given as a dict, for
        `resolve` with their result.
        """
        return [call for call in self.steps[-1].calls if call.state in WAITING] if self.steps else []

    @property
    def completion(self) -> Completion | None:
        """The last reply of the model."""
        return self.steps[-1].completion if self.steps else None

    @property
    def text(self) -> str:
        """The text of the last reply, `""` where it has none."""
        return self.steps[-1].text if self.steps else ""

    @property
    def usage(self) -> Usage:
        """Tokens and USD of all steps together."""
        from ..types.usage_sum import sum_usage  # noqa: PLC0415 - most look at it once, at the end

        return sum_usage(step.completion.usage for step in self.steps if step.completion.usage is not None)

    def approve(self, call_id: str) -> None:
        """Agree to a pending call. It is run when the run is given to `run_tools` again.

        Raises `InvalidArgumentError` for a call that does not wait for this.
        """
        self._waiting(call_id, lambda call: call.state == "unapproved").state = "ready"

    def deny(self, call_id: str, reason: str = "") -> None:
        """Refuse a pending call; the model is told so, and the reason.

        Raises `InvalidArgumentError` for a call that does not wait.
        """
        self._waiting(call_id, lambda call: call.state in WAITING).fail(denial(reason), "denied")

    def resolve(self, call_id: str, value: object) -> None:
        """Give the result of a call that was made elsewhere: text, content parts, or anything that JSON can tell.

        This is for `external` calls, and for any other one of the last reply that has no result yet: one that was under
        way when a process ended, if you know what became of it. Raises `InvalidArgumentError` for all others.
        """
        self._waiting(call_id, lambda call: not call.is_settled).settle(value)

    def _waiting(self, call_id: str, takes: Callable[[ToolOutcome], bool]) -> ToolOutcome:
        """Find the call of the last step that has an id and can be changed in a way."""
        calls = self.steps[-1].calls if self.steps else []
        for call in calls:
            if call.id == call_id and takes(call):
                return call
        known = ", ".join(f"{call.id!r} ({call.name})" for call in calls if takes(call)) or "none"
        raise InvalidArgumentError(f"No call {call_id!r} waits for this. Those that do: {known}.")

    def to_json(self) -> str:
        """Give the run as JSON, from which `from_json` makes an equal one, in this process or another."""
        return write(self.input, self.steps, self.stopped_by)

    @classmethod
    def from_json(cls, text: str) -> ToolRun:
        """Make a run of what `to_json` gave; raise `InvalidArgumentError` for anything else."""
        return cls(*read(text))


def denial(reason: str) -> str:
    """Say to a model that a call was refused."""
    return f"This call was denied. {reason}".rstrip()
