"""Calls code of the caller, in place or in a thread, and says what came of it.

The threads are daemons: one that is left alone when its time is up does not keep the program from ending.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar

import anyio
from anyio.lowlevel import current_token

from .callbacks import awaited, refuse_async_function, refuse_awaitable
from .core.asynchronous import is_async
from .effects import Invoke, Invoked

T = TypeVar("T")


def invoke_blocking(effect: Invoke[T]) -> Invoked[T]:
    """Call it here, or in a thread where there is a time-out."""
    refuse_async_function(effect.function, effect.what)
    invoked: Invoked[T]
    if effect.timeout is not None:
        invoked = _in_time(effect, effect.timeout)
    elif effect.apart:
        invoked = copy_context().run(_attempt, effect)
    else:
        invoked = _attempt(effect)
    refuse_awaitable(invoked.value, effect.what)
    return invoked


def _attempt(effect: Invoke[Any]) -> Invoked[Any]:
    try:
        return Invoked(effect.call())
    except BaseException as error:  # noqa: BLE001 - what to make of it is for the flow to decide
        return _raised(effect, error)


def _raised(effect: Invoke[Any], error: BaseException) -> Invoked[Any]:
    """Say what it raised, or raise on what is to end the program, such as `SystemExit`."""
    # Nobody cancelled the caller, so this is an error like any other. Who raises it has imported the module.
    if isinstance(error, getattr(sys.modules.get("asyncio"), "CancelledError", ())):
        return Invoked(error=_cancelled(effect))
    if isinstance(error, Exception):
        return Invoked(error=error)
    raise error


def _in_time(effect: Invoke[Any], seconds: float) -> Invoked[Any]:
    ended = SimpleQueue[Invoked[Any] | BaseException]()
    _in_thread(effect, ended.put)
    try:
        return _unless_raised(effect, ended.get(timeout=seconds))
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


def _unless_raised(effect: Invoke[Any], ended: Invoked[Any] | BaseException) -> Invoked[Any]:
    return _raised(effect, ended) if isinstance(ended, BaseException) else ended


async def invoke_awaiting(effect: Invoke[T]) -> Invoked[T]:
    """Call it here, or apart; await what it gives."""
    return await (_in_task(effect) if effect.apart else _attempt_awaiting(effect))


async def _in_task(effect: Invoke[Any]) -> Invoked[Any]:
    """Call it in a task of its own: context variables that it sets, or that it was cancelled, concern nobody else."""
    ended: list[Invoked[Any] | BaseException] = []
    cancelled = anyio.get_cancelled_exc_class()

    async def work() -> None:
        try:
            ended.append(await _attempt_awaiting(effect))
        except cancelled:
            raise
        except BaseException as error:  # noqa: BLE001 - raised again in the task of the caller
            ended.append(error)

    async with anyio.create_task_group() as group:
        group.start_soon(work)
    # Where the caller is cancelled, the group raises that: then it is not the task alone.
    return _unless_raised(effect, ended[0]) if ended else Invoked(error=_cancelled(effect))


async def _attempt_awaiting(effect: Invoke[Any]) -> Invoked[Any]:
    try:
        with anyio.move_on_after(effect.timeout):
            if not effect.apart or is_async(effect.function):
                return Invoked(await awaited(effect.call()))
            invoked = await _apart(effect)
            return Invoked(await awaited(invoked.value), invoked.error)
    except Exception as error:  # noqa: BLE001 - what to make of it is for the flow to decide
        return Invoked(error=error)
    return Invoked(error=_late(effect, effect.timeout or 0.0))


async def _apart(effect: Invoke[Any]) -> Invoked[Any]:
    # The threads of anyio are no daemons.
    results: list[Invoked[Any] | BaseException] = []
    is_there = anyio.Event()
    loop: Any = current_token().native_token
    soon = getattr(loop, "call_soon_threadsafe", None) or loop.run_sync_soon

    def tell(ended: Invoked[Any] | BaseException) -> None:
        results.append(ended)
        with suppress(RuntimeError):  # the loop is closed: nobody waits for it any more
            soon(is_there.set)

    _in_thread(effect, tell)
    await is_there.wait()
    return _unless_raised(effect, results[0])


def _late(effect: Invoke[Any], seconds: float) -> TimeoutError:
    return TimeoutError(f"{effect.what} took longer than {seconds:g} s")


def _cancelled(effect: Invoke[Any]) -> RuntimeError:
    return RuntimeError(f"{effect.what} was cancelled")
