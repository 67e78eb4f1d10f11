"""Declare an operation once as a pure function; call it from either client.

A builder is a static method of a `Resource` that takes typed arguments and returns a `Call`, a `StreamCall`, a `Flow`
or a `StreamFlow`. On the class it stays that function, good for tests and for `client.send`. On a resource that a
client made, the driver of that client runs it: the synchronous one gives the result, the asynchronous one a coroutine.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import update_wrapper
from types import MethodType
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, cast, overload

from .core.secret import seal
from .signatures import BoundSignature

if TYPE_CHECKING:
    from .core.wire import Call, StreamCall
    from .drivers import AsyncDriver, SyncDriver
    from .effects import Flow, StreamFlow
    from .flow_streams import AsyncFlowStream, FlowStream
    from .streams import AsyncStream, Stream

P = ParamSpec("P")
T = TypeVar("T")
EventT = TypeVar("EventT")
DriverT = TypeVar("DriverT", "SyncDriver", "AsyncDriver")


class Resource(Generic[DriverT]):
    """A group of operations, bound to the driver that runs them."""

    def __init__(self, driver: DriverT) -> None:
        self.driver: DriverT = driver


class _Descriptor:
    """What the kinds of operations have in common: how a builder becomes a method."""

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


class _StreamDescriptor(_Descriptor):
    """What gives a stream at once, on either client."""

    def _methods(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        build, runner = self.build, self._runner

        def blocking(resource: Any, /, *args: Any, **kwargs: Any) -> Any:
            seal(kwargs)
            return getattr(resource.driver, runner)(build(*args, **kwargs))

        def awaiting(resource: Any, /, *args: Any, **kwargs: Any) -> Any:
            seal(kwargs)
            return getattr(resource.driver, runner)(build(*args, **kwargs))

        return self._documented(blocking, awaiting)


class StreamOperation(_StreamDescriptor, Generic[P, T]):
    """One request whose reply comes piece by piece."""

    _runner = "stream"

    def __init__(self, build: Callable[P, StreamCall[T]]) -> None:
        super().__init__(build)

    @overload
    def __get__(self, resource: None, owner: type) -> Callable[P, StreamCall[T]]: ...
    @overload
    def __get__(self, resource: Resource[SyncDriver], owner: type) -> Callable[P, Stream[T]]: ...
    @overload
    def __get__(self, resource: Resource[AsyncDriver], owner: type) -> Callable[P, AsyncStream[T]]: ...
    def __get__(self, resource: Resource[Any] | None, owner: type) -> Callable[P, Any]:
        """Give the builder, or the method of a client."""
        return self._bind(resource)


class StreamFlowOperation(_StreamDescriptor, Generic[P, EventT, T]):
    """Work of several requests that emits events, and has a result at its end."""

    _runner = "run_stream"

    def __init__(self, build: Callable[P, StreamFlow[EventT, T]]) -> None:
        super().__init__(build)

    @overload
    def __get__(self, resource: None, owner: type) -> Callable[P, StreamFlow[EventT, T]]: ...
    @overload
    def __get__(self, resource: Resource[SyncDriver], owner: type) -> Callable[P, FlowStream[EventT, T]]: ...
    @overload
    def __get__(self, resource: Resource[AsyncDriver], owner: type) -> Callable[P, AsyncFlowStream[EventT, T]]: ...
    def __get__(self, resource: Resource[Any] | None, owner: type) -> Callable[P, Any]:
        """Give the builder, or the method of a client."""
        return self._bind(resource)
