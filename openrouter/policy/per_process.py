"""What each process has of its own: what was in use when a process was forked off stays with the parent."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Generic, NoReturn, Self, SupportsIndex, TypeVar

T = TypeVar("T")


class PerProcess(Generic[T]):
    """A value for each process, made at its first use there.

    A child that was forked off has copies of everything, but only one thread: a lock may be held by somebody who did
    not come along, a table half-written, and a connection serves two. So the child makes all of that anew. There is
    no lock in here, which could be held just so: a dict's own operations are atomic.
    """

    __slots__ = ("_leave", "_made", "_make")

    def __init__(self, make: Callable[[], T], leave: Callable[[T], object] | None = None) -> None:
        """Take what makes a value, and what a child does with its copy of the parent's."""
        self._make, self._leave = make, leave
        self._made: dict[int, T] = {}

    def get(self) -> T:
        """Give the value of this process."""
        process = os.getpid()
        found = self._made.get(process)
        return self._begin(process) if found is None else found

    def all(self) -> list[T]:
        """Give what was made so far, which is at most this process's value and the parent's."""
        return list(self._made.values())

    def __deepcopy__(self, _: object) -> Self:
        # A budget that was copied along with a configuration would be spent twice.
        return self

    def __reduce_ex__(self, _: SupportsIndex) -> NoReturn:
        raise TypeError(
            "What counts in one process cannot be pickled, such as a Policy, a Budget or a Ledger: "
            "where it arrives, nothing would be spent yet. Make one there."
        )

    def __repr__(self) -> str:
        return str(self._made.get(os.getpid(), "unused"))

    def _begin(self, process: int) -> T:
        made = self._made.setdefault(process, self._make())
        for other in [known for known in list(self._made) if known != process]:
            left = self._made.pop(other, None)
            if left is not None and self._leave is not None:
                self._leave(left)
        return made
