"""Never more requests in flight than connections allowed; the others wait in the order in which they came."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Lock

from attrs import define, field


@define(eq=False)
class Waiter:
    """Someone who waits for a place."""

    wake: Callable[[], object]
    admitted: bool = False
    gone: bool = False


@define(eq=False)
class Admission:
    """Places for `limit` requests. It never waits itself: who does not get a place at once is woken later."""

    limit: int
    taken: int = 0
    _waiters: deque[Waiter] = field(factory=deque[Waiter])
    _lock: Lock = field(factory=Lock)

    def try_enter(self) -> bool:
        """Take a place if one is free at once."""
        with self._lock:
            free = self.taken < self.limit
            self.taken += free
            return free

    def enter(self, wake: Callable[[], object]) -> Waiter | None:
        """Take a place and give `None`; where all are taken, queue and give the waiter, whose `wake` is called."""
        with self._lock:
            if self.taken < self.limit:
                self.taken += 1
                return None
            waiter = Waiter(wake)
            self._waiters.append(waiter)
            return waiter

    def leave(self) -> None:
        """Give a place back; the first who still waits gets it."""
        with self._lock:
            while self._waiters:
                waiter = self._waiters.popleft()
                if not waiter.gone:
                    waiter.admitted = True
                    break
            else:
                self.taken -= 1
                return
        waiter.wake()

    def holds(self, waiter: Waiter) -> bool:
        """Whether a waiter got its place; if not, it stops waiting."""
        with self._lock:
            waiter.gone = not waiter.admitted
            return waiter.admitted

    def give_up(self, waiter: Waiter) -> None:
        """Stop waiting; a place that had come in the meantime goes to the next."""
        with self._lock:
            waiter.gone = True
            if not waiter.admitted:
                return
        self.leave()
