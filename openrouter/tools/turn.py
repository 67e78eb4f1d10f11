"""Calls that are being run side by side, and who may still say what became of them."""

from __future__ import annotations

from threading import Lock

from attrs import define, field

from .outcome import ToolOutcome


@define(eq=False)
class Turn:
    """Calls of one reply while they are run, from where they are marked as started to where the run is left.

    A thread cannot be stopped: where the caller is interrupted, it goes on, while the run may have been taken up again.
    So a call begins, and takes its result, as long as the turn is not over, and nobody else has settled it.
    """

    calls: list[ToolOutcome]
    _begun: set[int] = field(factory=set[int], init=False)
    _is_over: bool = field(default=False, init=False)
    _lock: Lock = field(factory=Lock, init=False)

    def mark(self) -> None:
        """Mark the calls as started, for those who save the run before they are run."""
        for call in self.calls:
            if call.state == "ready":
                call.state = "started"

    def begin(self, call: ToolOutcome) -> bool:
        """Say whether a call may be run, which then has begun."""
        with self._lock:
            if is_ours := self._owns(call):
                self._begun.add(id(call))
            return is_ours

    def take(self, call: ToolOutcome, made: ToolOutcome) -> None:
        """Take what became of a call."""
        with self._lock:
            if made.is_settled and self._owns(call):
                call.content, call.exception, call.state = made.content, made.exception, made.state

    def end(self) -> None:
        """Let nothing more begin or settle; what was marked and not begun is as ready as before."""
        with self._lock:
            self._is_over = True
            for call in self.calls:
                if call.state == "started" and id(call) not in self._begun:
                    call.state = "ready"

    def _owns(self, call: ToolOutcome) -> bool:
        return not self._is_over and call.state == "started"
