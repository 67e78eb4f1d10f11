"""What each event loop has of its own: connections cannot move from one to another."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary, finalize

from anyio.lowlevel import current_token
from attrs import frozen

T = TypeVar("T")


def is_trio(loop: object) -> bool:
    """Whether an event loop, given by its native token, is trio's."""
    return hasattr(loop, "run_sync_soon")


@frozen(eq=False)
class _Kept(Generic[T]):
    value: T
    close: Callable[[T], Awaitable[object]]
    keeper: AsyncGenerator[None, None]
    process: int

    async def end(self) -> None:
        """Close the value, then the generator that would do so at the end of the loop."""
        await self.close(self.value)
        # the loop may be at its end, and the generator running
        with suppress(RuntimeError):
            await self.keeper.aclose()

    def end_soon(self, loop: Any) -> None:
        """Have the event loop do so, which may run in another thread; one that is over has done it already.

        In a process that was forked off there is only a copy of the loop, which nobody runs.
        """
        if self.process != os.getpid():
            return
        with suppress(RuntimeError):
            if is_trio(loop):
                loop.run_sync_soon(sys.modules["trio"].lowlevel.spawn_system_task, self.end)
            else:
                loop.call_soon_threadsafe(lambda: loop.create_task(self.end()))


async def _keep(
    value: T, close: Callable[[T], Awaitable[object]], kept: WeakKeyDictionary[Any, _Kept[T]], loop: Any
) -> AsyncGenerator[None, None]:
    """Close a value when the event loop ends: loops finish the async generators that were begun in them."""
    try:
        yield
    finally:
        # Python has such a generator hold its loop, so this would never be forgotten by itself.
        known = kept.get(loop)
        if known is not None and known.value is value:
            del kept[loop]
        await close(value)


class PerLoop(Generic[T]):
    """A value for each event loop, made at its first use there.

    It is closed when the loop ends, with `aclose`, and when nobody holds this object any more. `close` may be called
    several times for a value, also at once.
    """

    def __init__(self, make: Callable[[], T], close: Callable[[T], Awaitable[object]]) -> None:
        self._make, self._close = make, close
        self._kept: WeakKeyDictionary[Any, _Kept[T]] = WeakKeyDictionary()
        finalize(self, _end_all_soon, self._kept).atexit = False

    async def get(self) -> T:
        """Give the value of the running event loop."""
        loop = current_token().native_token
        kept = self._kept.get(loop)
        if kept is None:
            value = self._make()
            keeper = _keep(value, self._close, self._kept, loop)
            kept = self._kept[loop] = _Kept(value, self._close, keeper, os.getpid())
            # the loop learns of a generator when it is begun
            await anext(keeper)
        return kept.value

    async def aclose(self) -> None:
        """Close the value of this event loop now, those of others as soon as those get to it."""
        mine = self._kept.pop(current_token().native_token, None)
        _end_all_soon(self._kept)
        if mine is not None:
            await mine.end()

    def __repr__(self) -> str:
        return ", ".join(str(kept.value) for kept in list(self._kept.values())) or "unused"


def _end_all_soon(kept: WeakKeyDictionary[Any, _Kept[Any]]) -> None:
    for loop, one in list(kept.items()):
        one.end_soon(loop)
