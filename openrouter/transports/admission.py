"""Never more requests in flight than connections allowed; the others wait in the order in which they came."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from threading import Lock

from attrs import define, field


@define(eq=False)
class Waiter:
    """Someone who waits for a place."""

    wake: Callable[[], object]
    admitted: bool = False


@define(eq=False)
class Admission:
    """Places for `limit` requests. It never waits itself: who does not get a place at once is woken later.

    A reply that is collected as garbage gives its place back at any moment, even while its thread is in here and holds
    the lock. So `leave` never waits for the lock: it notes the place, and who holds the lock looks after letting go.
    """

    limit: int
    taken: int = 0
    # A plain dict would search past all that were ever taken from its front.
    _waiters: OrderedDict[Waiter, None] = field(factory=OrderedDict[Waiter, None])
    _returned: deque[None] = field(factory=deque[None])
    _lock: Lock = field(factory=Lock)

    def enter(self, wake: Callable[[], object]) -> Waiter | None:
        """Take a place and give `None`; where all are taken, queue and give the waiter, whose `wake` is called."""
        waiter = Waiter(wake)
        with self._lock:
            free = self.taken < self.limit
            if free:
                self.taken += 1
            else:
                self._waiters[waiter] = None
        self._hand_on()
        return None if free else waiter

    def leave(self) -> None:
        """Give a place back; the first who still waits gets it."""
        self._returned.append(None)
        self._hand_on()

    def holds(self, waiter: Waiter) -> bool:
        """Whether a waiter got its place; if not, it stops waiting."""
        with self._lock:
            self._waiters.pop(waiter, None)
        self._hand_on()
        return waiter.admitted

    def give_up(self, waiter: Waiter) -> None:
        """Stop waiting; a place that had come in the meantime goes to the next."""
        if self.holds(waiter):
            self.leave()

    def __repr__(self) -> str:
        return f"{self.taken} of {self.limit} in use, {len(self._waiters)} waiting"

    def _hand_on(self) -> None:
        """Give the places that came back to those who wait."""
        # `with` alone cannot be interrupted between taking the lock and being sure to let it go.
        while self._returned and not self._lock.locked():
            woken: list[Waiter] = []
            with self._lock:
                while self._returned:
                    self._returned.pop()
                    woken += self._next_in_line()
            for waiter in woken:
                waiter.wake()

    def _next_in_line(self) -> list[Waiter]:
        """Admit the first who waits, if there is anyone; else the place is free."""
        if not self._waiters:
            self.taken -= 1
            return []
        waiter, _ = self._waiters.popitem(last=False)
        waiter.admitted = True
        return [waiter]
