"""Streams as the caller sees them: iterate, and look at what has come so far.

The driver's generator does the work and maps the errors; these classes start it, close it, and show its state. It
knows the state, not the stream, so that a stream that is dropped is closed at once.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from enum import Enum
from inspect import isawaitable, iscoroutine, iscoroutinefunction
from typing import TYPE_CHECKING, Any, Final, Generic, Self, TypeVar, cast

from attrs import define

from .core.errors import InvalidArgumentError

if TYPE_CHECKING:
    from .core.wire import HTTPInfo, Reader
    from .types.chat import Completion

T = TypeVar("T")

_ASYNC_CALLBACK: Final = "{name} is an async function: give it to AsyncClient, or give SyncClient a plain one."


class Sign(Enum):
    """What comes out of a streamed reply besides its events."""

    BEGUN = "begun"
    KEEPALIVE = "keepalive"


@define(eq=False)
class StreamState:
    """How far a stream has come."""

    begun: bool = False
    """Somebody asked for the first piece, or entered."""
    announce: bool = False
    """The driver is to yield `None` once the reply has begun, before the first piece."""
    reader: Reader[Any] | None = None
    http: HTTPInfo | None = None
    first_token_after: float | None = None
    latency: float | None = None

    @property
    def completion(self) -> Completion | None:
        """What arrived, folded into one completion."""
        completion: Completion | None = self.reader.completion if self.reader is not None else None
        if completion is not None:
            completion.latency = self.latency
        return completion


class _View:
    """What both kinds of streams show."""

    _state: StreamState

    @property
    def completion(self) -> Completion | None:
        """What arrived, folded into a `Completion`: at the end of the stream it is the whole reply.

        `None` as long as nothing has arrived.
        """
        return self._state.completion

    @property
    def http(self) -> HTTPInfo | None:
        """Status, headers and number of attempts, as soon as the headers came."""
        return self._state.http

    @property
    def generation_id(self) -> str | None:
        """The service's id of the generation, known from the headers or the first chunk on."""
        known = self.http.generation_id if self.http else None
        return known or (self.completion.id if self.completion else None)

    @property
    def first_token_after(self) -> float | None:
        """Seconds from sending the request to the first piece."""
        return self._state.first_token_after

    @property
    def latency(self) -> float | None:
        """Seconds from sending the request to the end of the stream."""
        return self._state.latency


class Stream(_View, Generic[T]):
    """A reply that comes piece by piece. The request goes out at the first iteration, or when `with` is entered.

    It closes itself at its end, when `with` is left, and when nobody holds it any more.
    """

    def __init__(self, run: Callable[[StreamState], Generator[T | None, None, None]]) -> None:
        self._state = StreamState()
        self._run = run(self._state)

    def __enter__(self) -> Self:
        if not self._state.begun:
            self._state.announce = True
            next(self._run, None)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[T]:
        """Go on where the last iteration stopped."""
        return cast("Iterator[T]", self._run)

    def close(self) -> None:
        """Stop, and give the connection back; what arrived stays in `completion`."""
        self._run.close()


class AsyncStream(_View, Generic[T]):
    """A reply that comes piece by piece. The request goes out at the first iteration, or at `async with`.

    `async with` closes it in any case. A bare `async for` closes it at its end; where such a loop is left early, the
    event loop closes the stream when it collects it, at a moment of its own: prefer `async with` there.
    """

    def __init__(self, run: Callable[[StreamState], AsyncGenerator[T | None, None]]) -> None:
        self._state = StreamState()
        self._run = run(self._state)

    async def __aenter__(self) -> Self:
        if not self._state.begun:
            self._state.announce = True
            await anext(self._run, None)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __aiter__(self) -> AsyncIterator[T]:
        """Go on where the last iteration stopped."""
        return cast("AsyncIterator[T]", self._run)

    async def aclose(self) -> None:
        """Stop, and give the connection back; what arrived stays in `completion`."""
        await self._run.aclose()

    close = aclose


async def awaited(result: object) -> None:
    """Await what a callback gave, if it is asynchronous."""
    if isawaitable(result):
        await result


def refuse_async_function(callback: object, name: str) -> None:
    """Refuse an asynchronous callback where nobody can await it, before anything is sent."""
    if iscoroutinefunction(callback):
        raise InvalidArgumentError(_ASYNC_CALLBACK.format(name=name))


def refuse_awaitable(result: object, name: str) -> None:
    """Refuse what a callback gave that turned out to be asynchronous."""
    if isawaitable(result):
        if iscoroutine(result):
            result.close()
        raise InvalidArgumentError(_ASYNC_CALLBACK.format(name=name))
