"""What work costs, counted and never timed: the same numbers on a busy machine as on an idle one."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final, Self

from attrs import define

FLAT: Final = 1.1
"""More than this is growth. Where nothing grows, the counts differ by less than one in a hundred."""
NEARLY_FLAT: Final = 1.25
"""The same for bytes, as lists are given room ahead now and then, and for event loops, which sort their timers."""

TWO_THOUSAND: Final = (1, 50, 100, 2_000)
TEN_THOUSAND: Final = (1, 50, 100, 10_000)
HUNDRED_THOUSAND: Final = (1, 50, 100, 100_000)
"""Sizes to measure at; see `growth`. Two thousand tell whether it looks at what came before: more show it no better."""


def growth(costs: Mapping[int, float]) -> float:
    """Give how much more one costs when there are many than when there are few; 1.0: the same.

    `costs` are those of four sizes. The first is for whatever happens once, such as imports, and does not count. From
    the second to the third, and from there to the last, the costs for each one more are compared: so what a request or
    a stream costs besides drops out.
    """
    (_, _), (less, at_less), (few, at_few), (many, at_many) = sorted(costs.items())
    assert min(costs.values()) > 0, f"nothing was measured: {dict(costs)}"
    first, last = (at_few - at_less) / (few - less), (at_many - at_few) / (many - few)
    return last / first if first else 1.0 + last


@define(eq=False)
class Spent:
    """A sum that is known at the end of a `with` block."""

    total: int = 0


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Keep what others left behind from being finished off, and counted, in between."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def calls() -> Iterator[Spent]:
    """Count the calls and returns of functions, of Python and of C, and the lines that run, in this thread.

    It misses what C does within one call, such as to join or to search: see `Steps` for what is copied, `Second` and
    `Name` for what is compared. What measures the coverage stands aside meanwhile.
    """
    spent = Spent()
    # Nothing but an addition for each event: a function that looks at it takes twice as long.
    events = [0]

    def note(_frame: FrameType, _event: str, _argument: object) -> None:
        events[0] += 1

    def trace(_frame: FrameType, _event: str, _argument: object) -> Callable[..., Any]:
        events[0] += 1
        return trace

    with _undisturbed():
        before = sys.gettrace(), sys.getprofile()
        sys.setprofile(note)
        sys.settrace(trace)
        try:
            yield spent
        finally:
            sys.settrace(before[0])
            sys.setprofile(before[1])
            spent.total = events[0]


def calls_of(work: Callable[[], object]) -> int:
    """Count the calls in one piece of work."""
    with calls() as spent:
        work()
    return spent.total


@define(eq=False)
class Steps(Spent):
    """Bytes that steps allocate: for each, the most that there was beyond what there had been before it.

    It shows what is copied, joined or cut again and again. It misses what is looked through without being copied, and
    counts memory that one step takes, lets go and takes again once only. All threads count.
    """

    _held: int = 0

    def done(self) -> None:
        """End a step."""
        held, most = tracemalloc.get_traced_memory()
        self.total += most - self._held
        tracemalloc.reset_peak()
        self._held = held


@contextmanager
def allocations() -> Iterator[Steps]:
    """Count the bytes that the steps of a `with` block allocate."""
    with _traced():
        steps = Steps()
        steps.done()
        steps.total = 0
        yield steps


@contextmanager
def held() -> Iterator[Spent]:
    """Count the bytes that are held at the end of a `with` block and were not at its beginning.

    It sees what Python's allocators gave out and misses what libraries in C take for themselves. All threads count.
    """
    with _traced():
        spent = Spent()
        before, _ = tracemalloc.get_traced_memory()
        yield spent
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        spent.total = after - before


@contextmanager
def _traced() -> Iterator[None]:
    was_tracing = tracemalloc.is_tracing()
    with _undisturbed():
        tracemalloc.start()
        try:
            yield
        finally:
            if not was_tracing:
                tracemalloc.stop()


def _counting(kind: type, operation: str) -> Callable[..., Any]:
    plain = getattr(kind, operation)

    def counted(*operands: Any) -> Any:
        return plain(*operands)

    return counted


class Second(float):
    """A second whose every comparison is a call, so that `calls` sees who goes through many of them.

    So are sums and differences. These are seconds again.
    """

    __slots__ = ()
    __hash__ = float.__hash__

    def __add__(self, other: float) -> Self:
        return type(self)(float.__add__(self, other))

    def __sub__(self, other: float) -> Self:
        return type(self)(float.__sub__(self, other))

    def __radd__(self, other: float) -> Self:
        return type(self)(float.__radd__(self, other))

    def __rsub__(self, other: float) -> Self:
        return type(self)(float.__rsub__(self, other))


class Name(str):
    """A name whose every comparison, and every look-up in a table, is a call that `calls` sees."""

    __slots__ = ()


for _operation in ("__lt__", "__le__", "__gt__", "__ge__", "__eq__", "__ne__"):
    setattr(Second, _operation, _counting(float, _operation))
for _operation in ("__eq__", "__ne__", "__hash__"):
    setattr(Name, _operation, _counting(str, _operation))


def pieces(body: bytes, size: int) -> Iterable[bytes]:
    """Cut bytes into pieces of a size."""
    return (body[start : start + size] for start in range(0, len(body), size))
