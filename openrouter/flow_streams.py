"""What a flow emits, as the caller sees it: iterate, and take the result at the end."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from typing import Generic, TypeVar, cast

from attrs import define

from .core.errors import ClosedStreamError
from .streams import AwaitedPieces, BlockingPieces, Phase, StreamState

T = TypeVar("T")
EventT = TypeVar("EventT")


@define(eq=False)
class FlowState(StreamState, Generic[T]):
    """How far a flow has come."""

    _result: T | None = None

    def begin(self) -> None:
        """Take note that it is on its way."""
        self.phase = Phase.OPEN

    def leave(self) -> None:
        """Take note that it goes no further."""
        if self.phase is Phase.OPEN:
            self.phase = Phase.FAILED

    def end(self, result: T) -> None:
        """Take its result; where it was closed by then, nobody wants it."""
        if self.phase is Phase.OPEN:
            self.phase, self._result = Phase.ENDED, result

    @property
    def goes_on(self) -> bool:
        """Nobody has closed it, from within or from another thread or task."""
        return self.phase is Phase.OPEN

    @property
    def result(self) -> T:
        """What it returned; raise `ClosedStreamError` as long as it has not."""
        if self.phase is not Phase.ENDED:
            error = ClosedStreamError("There is no result before the end of the stream.")
            error.is_open = self.phase in {Phase.NEW, Phase.OPEN}
            raise error
        return cast("T", self._result)


class FlowStream(BlockingPieces[EventT], Generic[EventT, T]):
    """Events of work of several requests, which begins with the first iteration; at its end there is a `result`.

    It is its own iterator, for one thread at a time. It closes itself at its end, when `with` is left, and when nobody
    holds it any more. Reading on after it was closed, or failed, raises `ClosedStreamError`.
    """

    _state: FlowState[T]

    def __init__(self, run: Callable[[FlowState[T]], Generator[EventT, None, None]]) -> None:
        state = FlowState[T]()
        super().__init__(lambda _: run(state), state)

    def __repr__(self) -> str:
        return f"FlowStream(state={self._state.phase.value!r})"

    @property
    def result(self) -> T:
        """What it came to, at its end; before it this raises `ClosedStreamError`."""
        return self._state.result


class AsyncFlowStream(AwaitedPieces[EventT], Generic[EventT, T]):
    """Events of work of several requests, which begins with the first iteration; at its end there is a `result`.

    It is its own iterator, for one task at a time. `async with` closes it in any case; where a bare `async for` is left
    early, the event loop closes it at a moment of its own. Reading on after that raises `ClosedStreamError`.
    """

    _state: FlowState[T]

    def __init__(self, run: Callable[[FlowState[T]], AsyncGenerator[EventT, None]]) -> None:
        state = FlowState[T]()
        super().__init__(lambda _: run(state), state)

    def __repr__(self) -> str:
        return f"AsyncFlowStream(state={self._state.phase.value!r})"

    @property
    def result(self) -> T:
        """What it came to, at its end; before it this raises `ClosedStreamError`."""
        return self._state.result
