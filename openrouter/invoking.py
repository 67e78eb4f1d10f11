"""Calls code of the caller, in place or in a thread, and says what came of it.

The threads are daemons: one that is left alone when its time is up does not keep the program from ending.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from inspect import iscoroutinefunction
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar

import anyio
from anyio import from_thread
from anyio.lowlevel import current_token

from .callbacks import awaited, refuse_async_function, refuse_awaitable
from .effects import Invoke, Invoked

T = TypeVar("T")


def invoke_blocking(effect: Invoke[T]) -> Invoked[T]:
    """Call it here, or in a thread where there is a time-out."""
    refuse_async_function(effect.function, effect.what)
    if effect.timeout is None:
        invoked: Invoked[T] = _attempt(effect)
    else:
        invoked = _in_time(effect, effect.timeout)
    refuse_awaitable(invoked.value, effect.what)
    return invoked


def _attempt(effect: Invoke[Any]) -> Invoked[Any]:
    try:
        return Invoked(effect.call())
    except Exception as error:  # noqa: BLE001 - what to make of it is for the flow to decide
        return Invoked(error=error)


def _in_time(effect: Invoke[Any], seconds: float) -> Invoked[Any]:
    ended = SimpleQueue[Invoked[Any] | BaseException]()
    _in_thread(effect, ended.put)
    try:
        return _unless_raised(ended.get(timeout=seconds))
    except Empty:
        return Invoked(error=_late(effect, seconds))


def _in_thread(effect: Invoke[Any], tell: Callable[[Invoked[Any] | BaseException], object]) -> None:
    """Call it in a thread of its own, which tells what came of it."""

    def work() -> None:
        ended: Invoked[Any] | BaseException
        try:
            ended = _attempt(effect)
        except BaseException as error:  # noqa: BLE001 - such as SystemExit, raised again where it is waited for
            ended = error
        tell(ended)

    Thread(target=copy_context().run, args=(work,), daemon=True).start()


def _unless_raised(ended: Invoked[Any] | BaseException) -> Invoked[Any]:
    if isinstance(ended, BaseException):
        raise ended
    return ended


async def invoke_awaiting(effect: Invoke[T]) -> Invoked[T]:
    """Call it here, or in a thread where it would block; await what it gives."""
    try:
        with anyio.move_on_after(effect.timeout):
            blocks = effect.apart and not iscoroutinefunction(effect.function)
            return Invoked(await awaited(await _apart(effect) if blocks else effect.call()))
    except Exception as error:  # noqa: BLE001 - what to make of it is for the flow to decide
        return Invoked(error=error)
    return Invoked(error=_late(effect, effect.timeout or 0.0))


async def _apart(effect: Invoke[Any]) -> Any:
    # The threads of anyio are no daemons.
    results: list[Invoked[Any] | BaseException] = []
    is_there, loop = anyio.Event(), current_token()

    def tell(ended: Invoked[Any] | BaseException) -> None:
        results.append(ended)
        with suppress(anyio.RunFinishedError):  # nobody waits for it any more
            from_thread.run_sync(is_there.set, token=loop)

    _in_thread(effect, tell)
    await is_there.wait()
    return _unless_raised(results[0]).result()


def _late(effect: Invoke[Any], seconds: float) -> TimeoutError:
    return TimeoutError(f"{effect.what} took longer than {seconds:g} s")
