"""Runs flows: performs what they yield, hands on what they emit, and closes what they leave open."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, closing
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from .callbacks import refuse_async_function
from .core.errors import OpenRouterError
from .core.wire import Call
from .effects import (
    Check,
    Effect,
    Emit,
    Flow,
    Gather,
    Here,
    Invoke,
    Next,
    Now,
    Once,
    Open,
    Opened,
    Sleep,
    Surroundings,
    not_an_effect,
)
from .flow_streams import FlowState
from .streams import AsyncStream, Stream

if TYPE_CHECKING:
    from .drivers import AsyncDriver, SyncDriver

T = TypeVar("T")


def run_blocking(driver: SyncDriver, flow: Flow[T]) -> T:
    """Run a flow that emits nothing, and give its result."""
    state = FlowState[T]()
    with closing(events(driver, flow, state)) as emitted:
        for event in emitted:
            raise not_an_effect(Emit(event))
    return state.result


def events(driver: SyncDriver, flow: Flow[T], state: FlowState[T]) -> Generator[Any, None, None]:
    """Run a flow; yield what it emits, and leave its result in the state."""
    opened: list[Stream[Any]] = []
    state.begin()
    with closing(flow):
        try:
            resume = partial(next, flow)
            while state.goes_on:
                try:
                    effect: Effect | Emit[Any] = resume()
                except StopIteration as end:
                    state.end(end.value)
                    return
                resume = partial(flow.send, None)
                if isinstance(effect, Emit):
                    yield effect.event
                    continue
                try:
                    resume = partial(flow.send, _perform(driver, effect, opened))
                except OpenRouterError as error:
                    resume = partial(flow.throw, error)
        finally:
            state.leave()
            for stream in opened:
                stream.close()


def _look(driver: SyncDriver | AsyncDriver, effect: Now | Here) -> Any:
    return driver.now() if isinstance(effect, Now) else Surroundings(driver.settings, driver.policy)


def _perform(driver: SyncDriver, effect: Effect, opened: list[Stream[Any]]) -> Any:
    result: Any = None
    match effect:
        case Call():
            result = driver.send(effect)
        case Now() | Here():
            result = _look(driver, effect)
        case Sleep():
            driver.sleep(effect.seconds)
        case Once():
            from .once import once_blocking  # noqa: PLC0415 - few flows fill what others fill too

            result = once_blocking(effect, driver.run)
        case Gather():
            from .gathering import gather_in_threads  # noqa: PLC0415 - few flows have work side by side

            result = gather_in_threads(effect, driver.run)
        case Invoke():
            from .invoking import invoke_blocking  # noqa: PLC0415 - few flows call what they were given

            result = invoke_blocking(effect)
        case Check():
            refuse_async_function(effect.function, effect.what)
        case Open():
            opened.append(driver.stream(effect.call))
            result = Opened[Any](opened[-1])
        case Next():
            result = next(effect.opened.stream, None)
        case _:
            raise not_an_effect(effect)
    return result


async def run_awaiting(driver: AsyncDriver, flow: Flow[T]) -> T:
    """Run a flow that emits nothing, and give its result."""
    state = FlowState[T]()
    async with aclosing(events_awaiting(driver, flow, state)) as emitted:
        async for event in emitted:
            raise not_an_effect(Emit(event))
    return state.result


async def events_awaiting(driver: AsyncDriver, flow: Flow[T], state: FlowState[T]) -> AsyncGenerator[Any, None]:
    """Run a flow; yield what it emits, and leave its result in the state."""
    opened: list[AsyncStream[Any]] = []
    state.begin()
    with closing(flow):
        try:
            resume = partial(next, flow)
            while state.goes_on:
                try:
                    effect: Effect | Emit[Any] = resume()
                except StopIteration as end:
                    state.end(end.value)
                    return
                resume = partial(flow.send, None)
                if isinstance(effect, Emit):
                    yield effect.event
                    continue
                try:
                    resume = partial(flow.send, await _perform_awaiting(driver, effect, opened))
                except OpenRouterError as error:
                    resume = partial(flow.throw, error)
        finally:
            state.leave()
            for stream in opened:
                await stream.aclose()


async def _perform_awaiting(driver: AsyncDriver, effect: Effect, opened: list[AsyncStream[Any]]) -> Any:
    result: Any = None
    match effect:
        case Call():
            result = await driver.send(effect)
        case Now() | Here():
            result = _look(driver, effect)
        case Sleep():
            await driver.sleep(effect.seconds)
        case Once():
            from .once import once_awaiting  # noqa: PLC0415 - as above

            result = await once_awaiting(effect, driver.run)
        case Gather():
            from .gathering import gather_in_tasks  # noqa: PLC0415 - as above

            result = await gather_in_tasks(effect, driver.run)
        case Invoke():
            from .invoking import invoke_awaiting  # noqa: PLC0415 - as above

            result = await invoke_awaiting(effect)
        case Check():
            pass  # it can call both kinds
        case Open():
            opened.append(driver.stream(effect.call))
            result = Opened[Any](opened[-1])
        case Next():
            result = await anext(effect.opened.stream, None)
        case _:
            raise not_an_effect(effect)
    return result
