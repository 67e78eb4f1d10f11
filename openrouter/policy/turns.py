"""A short lock, and work that must not wait for it for ever."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Lock


class Turns:
    """Who holds `lock` may touch what it guards, once `do_left` was called.

    The garbage collector runs at any moment, also in a thread that holds the lock, and a stream that it collects ends
    its passage there. Such work would wait for its own thread. So it is left here instead: done at once where the lock
    is free, and else before anything that comes next.
    """

    __slots__ = ("_left", "lock")

    def __init__(self) -> None:
        self.lock = Lock()
        self._left: deque[Callable[[], None]] = deque()

    def leave(self, work: Callable[[], None]) -> None:
        """Have some work done under the lock, in the order in which it was left."""
        self._left.append(work)
        self.catch_up()

    def catch_up(self) -> None:
        """Do the work that was left, unless somebody holds the lock."""
        # `with` alone cannot be interrupted between taking the lock and being sure to let it go.
        while self._left and not self.lock.locked():
            with self.lock:
                self.do_left()

    def do_left(self) -> None:
        """Do the work that was left: whoever takes the lock begins with it, or would not see what it changes."""
        while self._left:
            self._left.popleft()()
