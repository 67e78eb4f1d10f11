"""Work that one does for all who want it at the same time: in threads, or in the tasks of an event loop.

There is no lock in here, which a child that is forked off might find held: the operations of a dict are atomic.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from copy import copy
from threading import Event
from typing import Any, Generic, TypeVar

import anyio
from anyio.lowlevel import current_token
from attrs import define

from .core.errors import OpenRouterError
from .effects import Flow, Once

EventT = TypeVar("EventT")


@define(eq=False)
class _Flight(Generic[EventT]):
    """Somebody is at it."""

    ended: EventT
    error: OpenRouterError | None = None
    """What it failed with, once it has ended."""

    def has_not_run(self) -> bool:
        """Say so, or raise what the one that ran it failed with."""
        if self.error is not None:
            # An error of its own for each who waited: their tracebacks differ.
            raise copy(self.error) from self.error.__cause__
        return False


def once_blocking(once: Once, run: Callable[[Flow[Any]], object]) -> bool:
    """Run the flow, or wait for the thread that does."""
    flights, place, mine = once.shared.flights, (os.getpid(), None), _Flight(Event())
    try:
        other: _Flight[Event] = flights.setdefault(place, mine)
        if other is not mine:
            other.ended.wait(once.timeout)
            return other.has_not_run()
        run(once.make())
    except OpenRouterError as error:
        mine.error = error
        raise
    finally:
        if flights.get(place) is mine:
            del flights[place]
        mine.ended.set()
    return True


async def once_awaiting(once: Once, run: Callable[[Flow[Any]], Awaitable[object]]) -> bool:
    """Run the flow, or wait for the task of this event loop that does."""
    flights, place, mine = once.shared.flights, (os.getpid(), current_token().native_token), _Flight(anyio.Event())
    try:
        other: _Flight[anyio.Event] = flights.setdefault(place, mine)
        if other is not mine:
            with anyio.move_on_after(once.timeout):
                await other.ended.wait()
            return other.has_not_run()
        await run(once.make())
    except OpenRouterError as error:
        mine.error = error
        raise
    finally:
        if flights.get(place) is mine:
            del flights[place]
        mine.ended.set()
    return True
