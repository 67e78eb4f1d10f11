"""Declare an operation once as a pure function; call it from either client.

A builder is a static method of a `Resource` that takes typed arguments and returns a `Call`, a `StreamCall` or a
`Flow`. On the class it stays that function, good for tests and for `client.send`. On a resource that a client
made, the driver of that client runs it: the synchronous one gives the result, the asynchronous one a coroutine.

A flow is work of several requests, as a generator: it yields effects, gets their results, and returns its own. It
does no I/O itself, so one flow serves both clients.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Iterable
from functools import update_wrapper
from types import MethodType
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeAlias, TypeVar, cast, overload

from .core.secret import seal
from .signatures import BoundSignature

if TYPE_CHECKING:
    from .core.wire import Call, Moment, StreamCall
    from .drivers import AsyncDriver, SyncDriver
    from .streams import AsyncStream, Stream

P = ParamSpec("P")
T = TypeVar("T")
DriverT = TypeVar("DriverT", "SyncDriver", "AsyncDriver")

Flow: TypeAlias = Generator[Any, Any, T]
"""Work that yields effects and returns a `T`."""


class Resource(Generic[DriverT]):
    """A group of operations, bound to the driver that runs them."""

    def __init__(self, driver: DriverT) -> None:
        self.driver: DriverT = driver


class Now:
    """Effect: read the clocks."""

    def __iter__(self) -> Generator[Any, Any, Moment]:
        moment: Moment = yield self
        return moment


class Gather(Generic[T]):
    """Effect: run flows side by side, at most `limit` at once, and give their results in order.

    Where some fail, the others are cancelled, and the error of the first in order is raised.
    """

    def __init__(self, flows: Iterable[Flow[T]], limit: int) -> None:
        self.flows = flows
        self.limit = limit

    def __iter__(self) -> Generator[Any, Any, list[T]]:
        results: list[T] = yield self
        return results


def not_an_effect(effect: object) -> TypeError:
    """Give the error for a flow that yields what no driver can do."""
    return TypeError(f"A flow yielded {effect!r}, which is no effect.")


class _Descriptor:
    """What the three kinds of operations have in common: how a builder becomes a method."""

    _runner: str
    """The method of the drivers that runs what the builder returns."""

    def __init__(self, build: Callable[..., Any]) -> None:
        # staticmethod objects are callable, but the function beneath is what documents itself
        self.build: Callable[..., Any] = getattr(build, "__func__", build)
        update_wrapper(cast("Any", self), self.build)
        self._blocking, self._awaiting = self._methods()

    def _methods(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        build, runner = self.build, self._runner

        def blocking(resource: Any, /, *args: Any, **kwargs: Any) -> Any:
            seal(kwargs)
            return getattr(resource.driver, runner)(build(*args, **kwargs))

        async def awaiting(resource: Any, /, *args: Any, **kwargs: Any) -> Any:
            seal(kwargs)
            return await getattr(resource.driver, runner)(build(*args, **kwargs))

        return self._documented(blocking, awaiting)

    def _documented(
        self, blocking: Callable[..., Any], awaiting: Callable[..., Any]
    ) -> tuple[Callable[..., Any], Callable[..., Any]]:
        for method, asynchronous in ((blocking, False), (awaiting, True)):
            update_wrapper(method, self.build)
            shown: Any = method
            shown.__signature__ = BoundSignature(self.build, asynchronous=asynchronous)
        return blocking, awaiting

    def _bind(self, resource: Resource[Any] | None) -> Callable[..., Any]:
        if resource is None:
            return self.build
        return MethodType(self._awaiting if resource.driver.awaits else self._blocking, resource)


class Operation(_Descriptor, Generic[P, T]):
    """One request with one whole reply."""

    _runner = "send"

    def __init__(self, build: Callable[P, Call[T]]) -> None:
        super().__init__(build)

    @overload
    def __get__(self, resource: None, owner: type) -> Callable[P, Call[T]]: ...
    @overload
    def __get__(self, resource: Resource[SyncDriver], owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, resource: Resource[AsyncDriver], owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, resource: Resource[Any] | None, owner: type) -> Callable[P, Any]:
        """Give the builder, or the method of a client."""
        return self._bind(resource)


class FlowOperation(_Descriptor, Generic[P, T]):
    """Work of several requests with one result."""

    _runner = "run"

    def __init__(self, build: Callable[P, Flow[T]]) -> None:
        super().__init__(build)

    @overload
    def __get__(self, resource: None, owner: type) -> Callable[P, Flow[T]]: ...
    @overload
    def __get__(self, resource: Resource[SyncDriver], owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, resource: Resource[AsyncDriver], owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, resource: Resource[Any] | None, owner: type) -> Callable[P, Any]:
        """Give the builder, or the method of a client."""
        return self._bind(resource)


class StreamOperation(_Descriptor, Generic[P, T]):
    """One request whose reply comes piece by piece."""

    _runner = "stream"

    def __init__(self, build: Callable[P, StreamCall[T]]) -> None:
        super().__init__(build)

    def _methods(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        build = self.build

        def blocking(resource: Any, /, *args: Any, **kwargs: Any) -> Any:
            seal(kwargs)
            return resource.driver.stream(build(*args, **kwargs))

        def awaiting(resource: Any, /, *args: Any, **kwargs: Any) -> Any:
            seal(kwargs)
            return resource.driver.stream(build(*args, **kwargs))

        return self._documented(blocking, awaiting)

    @overload
    def __get__(self, resource: None, owner: type) -> Callable[P, StreamCall[T]]: ...
    @overload
    def __get__(self, resource: Resource[SyncDriver], owner: type) -> Callable[P, Stream[T]]: ...
    @overload
    def __get__(self, resource: Resource[AsyncDriver], owner: type) -> Callable[P, AsyncStream[T]]: ...
    def __get__(self, resource: Resource[Any] | None, owner: type) -> Callable[P, Any]:
        """Give the builder, or the method of a client."""
        return self._bind(resource)
