"""Streams as the caller sees them: iterate, and look at what has come so far.

The driver's generator does the work and maps the errors; these classes start it, close it, and show its state. It
knows the state, not the stream, so that a stream that is dropped is closed at once.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Generic, Self, TypeVar, cast

from attrs import define

from .core.errors import BusyStreamError, ClosedStreamError, OpenRouterError

if TYPE_CHECKING:
    from .core.wire import HTTPInfo, Reader
    from .types.chat import Completion

T = TypeVar("T")


class Sign(Enum):
    """What comes out of a streamed reply besides its events."""

    KEEPALIVE = "keepalive"


class Phase(Enum):
    """Where a stream stands."""

    NEW = "not begun"
    OPEN = "open"
    ENDED = "ended"
    """It came to its own end."""
    FAILED = "failed"
    """It was ended by an error, or by a cancellation."""
    CLOSED = "closed"
    """The caller wanted no more of it."""


KEEPALIVE: Final = Sign.KEEPALIVE
CLOSED: Final = Phase.CLOSED
"""Members that the drivers compare with for each event: to look them up in their class costs more than to compare."""


@define(eq=False)
class StreamState:
    """How far a stream has come."""

    phase: Phase = Phase.NEW
    announce: bool = False
    """The driver is to yield `None` once the reply has begun, before the first piece."""
    model: str | None = None
    reader: Reader[Any] | None = None
    http: HTTPInfo | None = None
    keepalives: int = 0
    first_token_after: float | None = None
    latency: float | None = None

    @property
    def generation_id(self) -> str | None:
        """The id that the headers or the chunks have: most readers know it without folding all that has come."""
        if self.http is not None and self.http.generation_id is not None:
            return self.http.generation_id
        if self.reader is None or hasattr(self.reader, "id"):
            known: str | None = getattr(self.reader, "id", None)
            return known
        return self.completion.id if self.completion else None

    @property
    def completion(self) -> Completion | None:
        """What arrived, folded into one completion."""
        completion: Completion | None = self.reader.completion if self.reader is not None else None
        if completion is not None:
            completion.latency = self.latency
        return completion


class _Pieces:
    """What all streams have in common: a state, and what is said of it."""

    _state: StreamState

    def _stop(self) -> None:
        """Note that no more is wanted, also for whoever is just reading."""
        if self._state.phase in {Phase.NEW, Phase.OPEN}:
            self._state.phase = CLOSED

    def _over(self) -> ClosedStreamError:
        """Give the error for reading on where the stream did not come to its own end."""
        how = "was closed" if self._state.phase is CLOSED else "failed"
        error = ClosedStreamError(f"The stream {how} before its end: there is nothing more to read.")
        state = self._state
        return error.with_facts(partial=state.completion, generation_id=state.generation_id, model=state.model)

    def _busy(self) -> OpenRouterError:
        """Give the error for reading while another thread or task is at it."""
        if self._state.phase is CLOSED:
            return self._over()
        message = "Another thread or task is just waiting for the next piece of this stream."
        return BusyStreamError(message).with_facts(model=self._state.model)


class BlockingPieces(_Pieces, Generic[T]):
    """Pieces that are waited for by blocking."""

    def __init__(self, run: Callable[[StreamState], Generator[T | None, None, None]], state: StreamState) -> None:
        self._state = state
        # `None` comes only where the state asks for it.
        self._run = cast("Generator[T, None, None]", run(state))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Self:
        """Go on where the last iteration stopped."""
        return self

    def __next__(self) -> T:
        """Give the next piece."""
        try:
            return next(self._run)
        except StopIteration:
            if self._state.phase is Phase.ENDED:
                raise
            raise self._over() from None
        except ValueError as error:
            if _came_from_within(error):
                raise
            raise self._busy() from None

    def close(self) -> None:
        """Stop, and give the connection back; what arrived stays in `completion`.

        While another thread is waiting for the next piece, or from within a callback, this returns at once, and the
        stream stops behind that piece.
        """
        self._stop()
        try:
            self._run.close()
        except ValueError as error:
            if _came_from_within(error):
                raise


class AwaitedPieces(_Pieces, Generic[T]):
    """Pieces that are awaited."""

    def __init__(self, run: Callable[[StreamState], AsyncGenerator[T | None, None]], state: StreamState) -> None:
        self._state = state
        # As above.
        self._run = cast("AsyncGenerator[T, None]", run(state))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __aiter__(self) -> Self:
        """Go on where the last iteration stopped."""
        return self

    async def __anext__(self) -> T:
        """Give the next piece."""
        try:
            return await anext(self._run)
        except StopAsyncIteration:
            if self._state.phase is Phase.ENDED:
                raise
            raise self._over() from None
        except RuntimeError as error:
            if _came_from_within(error):
                raise
            raise self._busy() from None

    async def aclose(self) -> None:
        """Stop, and give the connection back; what arrived stays in `completion`.

        While another task is waiting for the next piece, or from within a callback, this returns at once, and the
        stream stops behind that piece. To stop a task that waits, cancel it.
        """
        self._stop()
        try:
            await self._run.aclose()
        except RuntimeError as error:
            if _came_from_within(error):
                raise

    close = aclose


class _View(_Pieces):
    """What both kinds of streamed replies show."""

    def __repr__(self) -> str:
        state = self._state
        chunks = state.reader.events if state.reader is not None else 0
        return f"{type(self).__name__}(model={state.model!r}, state={state.phase.value!r}, chunks={chunks})"

    @property
    def completion(self) -> Completion | None:
        """What arrived, folded into a `Completion`: at the end of the stream it is the whole reply.

        `None` as long as nothing has arrived. It is made anew of all that has come, so it is not for every chunk.
        """
        return self._state.completion

    @property
    def http(self) -> HTTPInfo | None:
        """Status, headers and number of attempts, as soon as the headers came."""
        return self._state.http

    @property
    def generation_id(self) -> str | None:
        """The service's id of the generation, known from the headers or the first chunk on."""
        return self._state.generation_id

    @property
    def keepalives(self) -> int:
        """How many signs of life came so far that were no chunks."""
        return self._state.keepalives

    @property
    def first_token_after(self) -> float | None:
        """Seconds from sending the request to the first piece."""
        return self._state.first_token_after

    @property
    def latency(self) -> float | None:
        """Seconds from sending the request to the end of the stream, whatever ended it."""
        return self._state.latency


class Stream(BlockingPieces[T], _View):
    """A reply that comes piece by piece. The request goes out at the first iteration, or when `with` is entered.

    It is its own iterator, for one thread at a time. It closes itself at its end, when `with` is left, and when nobody
    holds it any more. Reading on after it was closed, or failed, raises `ClosedStreamError`.
    """

    def __init__(self, run: Callable[[StreamState], Generator[T | None, None, None]]) -> None:
        super().__init__(run, StreamState())

    def __enter__(self) -> Self:
        if self._state.phase is Phase.NEW:
            self._state.announce = True
            next(self, None)
        return self


class AsyncStream(AwaitedPieces[T], _View):
    """A reply that comes piece by piece. The request goes out at the first iteration, or at `async with`.

    It is its own iterator, for one task at a time. `async with` closes it in any case. A bare `async for` closes it at
    its end; where such a loop is left early, the event loop closes the stream when it collects it, at a moment of its
    own: prefer `async with` there. Reading on after it was closed, or failed, raises `ClosedStreamError`.
    """

    def __init__(self, run: Callable[[StreamState], AsyncGenerator[T | None, None]]) -> None:
        super().__init__(run, StreamState())

    async def __aenter__(self) -> Self:
        if self._state.phase is Phase.NEW:
            self._state.announce = True
            await anext(self, None)
        return self


def _came_from_within(error: Exception) -> bool:
    """Tell what a generator raised from Python's refusal to run one that is running already.

    What comes from within has a frame of the generator in its traceback, or a cause where Python replaced it.
    """
    at = error.__traceback__
    return error.__cause__ is not None or (at is not None and at.tb_next is not None)
