"""Flows, and what they can ask of a driver.

A flow is work of several steps, as a generator: it yields effects, gets their results, and returns its own. It does no
I/O itself, so one flow serves both clients. Each effect is written `result = yield from Effect(…)`, so that its result
has a type.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeAlias, TypeVar, cast

from attrs import field, frozen

if TYPE_CHECKING:
    from .core.wire import Call, Moment, StreamCall
    from .policy import Policy
    from .settings import Settings
    from .types.chat import Completion

T = TypeVar("T")
EventT = TypeVar("EventT")
ResultT = TypeVar("ResultT")

Flow: TypeAlias = Generator[Any, Any, T]
"""Work that yields effects and returns a `T`. A `Call` is an effect too: its request is sent."""


@frozen
class StreamFlow(Generic[EventT, ResultT]):
    """A flow that also emits events on its way."""

    flow: Flow[ResultT]


@frozen
class Emit(Generic[EventT]):
    """Effect of a `StreamFlow`: hand an event to the caller, and go on when the next one is wanted."""

    event: EventT

    def __iter__(self) -> Iterator[Any]:
        yield self


@frozen
class Now:
    """Effect: read the clocks."""

    def __iter__(self) -> Generator[Any, Any, Moment]:
        moment: Moment = yield self
        return moment


@frozen
class Sleep:
    """Effect: wait for so many seconds."""

    seconds: float

    def __iter__(self) -> Iterator[Any]:
        yield self


@frozen(eq=False)
class Surroundings:
    """What the client has that runs a flow."""

    settings: Settings
    policy: Policy


@frozen
class Here:
    """Effect: look at the settings and the policy of the client."""

    def __iter__(self) -> Generator[Any, Any, Surroundings]:
        here: Surroundings = yield self
        return here


class Shared(Protocol):
    """What several clients may want to fill at the same time."""

    @property
    def flights(self) -> dict[object, Any]:
        """Who is at it; a dict of its own, that nobody else touches."""
        ...


@frozen(eq=False)
class Once:
    """Effect: run a flow, unless another thread or another task of this event loop is just running one for `shared`.

    In that case it waits until that one has ended, for `timeout` seconds at most, and gives `False`; an
    `OpenRouterError` of the other is raised here as well. Gives `True` where it has run the flow itself.
    """

    shared: Shared
    make: Callable[[], Flow[object]]
    timeout: float | None = field(default=None, kw_only=True)

    def __iter__(self) -> Generator[Any, Any, bool]:
        has_run: bool = yield self
        return has_run


@frozen(eq=False)
class Gather(Generic[T]):
    """Effect: run flows side by side, at most `limit` at once, and give their results in order.

    Where some fail, the others are cancelled, and the error of the first in order is raised. `on_result` is code of the
    caller that is told the place and the result of each as soon as it is there, never of two at once.
    """

    flows: Iterable[Flow[T]]
    limit: int
    on_result: Callable[[int, T], object] | None = None
    what: str = "on_result"
    """How the caller knows that code."""

    def __iter__(self) -> Generator[Any, Any, list[T]]:
        results: list[T] = yield self
        return results


@frozen
class Invoked(Generic[T]):
    """What came of code of the caller: a value, or what it raised."""

    value: T | None = None
    error: Exception | None = None

    def result(self) -> T:
        """Give the value, or raise the error."""
        if self.error is not None:
            raise self.error
        return cast("T", self.value)


class Invoke(Generic[T]):
    """Effect: call code of the caller, a callback or a tool, and say what came of it.

    What an asynchronous function gives is awaited; on the synchronous client it raises `InvalidArgumentError`, which
    calls it by `what`. With `apart`, code that blocks does not hold up the asynchronous client: it runs in a thread of
    its own. After `timeout` seconds what came of it is a `TimeoutError`; a thread cannot be stopped, so it goes on, and
    what it gives is thrown away. Without `apart` there is no time-out.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *args: object,
        what: str,
        apart: bool = False,
        timeout: float | None = None,
        **kwargs: object,
    ) -> None:
        self.function, self.args, self.kwargs = function, args, kwargs
        self.what, self.apart, self.timeout = what, apart, timeout

    def call(self) -> Any:
        """Call it."""
        return self.function(*self.args, **self.kwargs)

    def __iter__(self) -> Generator[Any, Any, Invoked[T]]:
        invoked: Invoked[T] = yield self
        return invoked


@frozen(eq=False)
class Check:
    """Effect: make sure that this client can call a function, before it has to; raises as `Invoke` does."""

    function: Callable[..., Any]
    what: str

    def __iter__(self) -> Iterator[Any]:
        yield self


@frozen(eq=False)
class Opened(Generic[T]):
    """A streamed reply that a flow reads. The driver closes it when the flow ends, however it ends."""

    stream: Any
    """A `Stream[T]` or an `AsyncStream[T]`: which, only the driver knows."""

    @property
    def completion(self) -> Completion | None:
        """What arrived, folded into one completion."""
        completion: Completion | None = self.stream.completion
        return completion


@frozen(eq=False)
class Open(Generic[T]):
    """Effect: have a stream to read; its request goes out with the first `Next`."""

    call: StreamCall[T]

    def __iter__(self) -> Generator[Any, Any, Opened[T]]:
        opened: Opened[T] = yield self
        return opened


@frozen(eq=False)
class Next(Generic[T]):
    """Effect: wait for the next piece of a stream; `None` at its end."""

    opened: Opened[T]

    def __iter__(self) -> Generator[Any, Any, T | None]:
        piece: T | None = yield self
        return piece


Effect: TypeAlias = "Call[Any] | Now | Sleep | Here | Once | Gather[Any] | Invoke[Any] | Check | Open[Any] | Next[Any]"
"""What a driver performs."""


def not_an_effect(effect: object) -> TypeError:
    """Give the error for a flow that yields what no driver can do."""
    return TypeError(f"A flow yielded {effect!r}, which is no effect.")
