"""A short lock, and work that must not wait for it for ever."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Final

from attrs import define, field

PATIENCE: Final = 1.0
"""Seconds after which work is left to others: far longer than anybody holds the lock."""


@define(eq=False)
class Turns:
    """Who holds `lock` may touch what it guards.

    The garbage collector runs at any moment, also in a thread that holds the lock, and a stream that it collects ends
    its passage there. Such work would wait for its own thread. So it is left here instead: done at once where the lock
    is free, after a moment where another thread has it, and else before anything that comes next.
    """

    lock: Lock = field(factory=Lock)
    _left: deque[Callable[[], None]] = field(factory=deque[Callable[[], None]])

    def leave(self, work: Callable[[], None]) -> None:
        """Have some work done under the lock, in the order in which it was left."""
        self._left.append(work)
        self.catch_up(PATIENCE)

    def catch_up(self, patience: float = 0.0) -> None:
        """Do the work that was left, if the lock can be had within so many seconds."""
        while self._left and self.lock.acquire(timeout=patience):
            try:
                while self._left:
                    self._left.popleft()()
            finally:
                self.lock.release()
