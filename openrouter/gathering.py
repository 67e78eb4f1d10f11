"""Flows side by side: in threads or in tasks, never more than asked for at once.

Both take the flows one by one as places get free, stop at the first failure, and raise the failure that stands first
in the order of the flows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextvars import copy_context
from threading import Lock, Thread
from typing import Any, TypeVar

import anyio
from attrs import define, field

from .operation import Flow, Gather

T = TypeVar("T")


@define(eq=False)
class _Batch:
    """Which flows are still to be begun, and what became of the others."""

    flows: Iterator[tuple[int, Flow[Any]]]
    results: dict[int, Any] = field(factory=dict[int, Any])
    failures: dict[int, BaseException] = field(factory=dict[int, BaseException])
    stopped: bool = False
    _lock: Lock = field(factory=Lock)

    def take(self) -> tuple[int, Flow[Any]] | None:
        """Give the next flow and its place; `None` where there is none, or another one failed."""
        with self._lock:
            return None if self.stopped else next(self.flows, None)

    def fail(self, position: int, error: BaseException) -> None:
        """Note a failure, and begin no further flow."""
        self.failures[position] = error
        self.stopped = True

    def outcome(self) -> list[Any]:
        """Give the results in order, or raise the first failure."""
        if self.failures:
            raise self.failures[min(self.failures)]
        return [self.results[position] for position in range(len(self.results))]


def gather_in_threads(gather: Gather[T], run: Callable[[Flow[T]], T]) -> list[T]:
    """Run flows in threads of their own, which see the context variables of the caller.

    A thread cannot be stopped: where the caller is interrupted, what is under way ends by itself.
    """
    batch = _Batch(enumerate(gather.flows))

    def work(taken: tuple[int, Flow[T]] | None) -> None:
        while taken is not None:
            position, flow = taken
            try:
                batch.results[position] = run(flow)
            except BaseException as error:  # noqa: BLE001 - raised again in the thread of the caller
                batch.fail(position, error)
            taken = batch.take()

    threads: list[Thread] = []
    try:
        while len(threads) < gather.limit and (taken := batch.take()) is not None:
            threads.append(Thread(target=copy_context().run, args=(work, taken), daemon=True))
            threads[-1].start()
        for thread in threads:
            thread.join()
    except BaseException:
        batch.stopped = True
        raise
    return batch.outcome()


async def gather_in_tasks(gather: Gather[T], run: Callable[[Flow[T]], Awaitable[T]]) -> list[T]:
    """Run flows in tasks; where one fails, the others are cancelled."""
    batch = _Batch(enumerate(gather.flows))
    cancelled = anyio.get_cancelled_exc_class()

    async with anyio.create_task_group() as group:

        async def work(taken: tuple[int, Flow[T]] | None) -> None:
            while taken is not None:
                position, flow = taken
                try:
                    batch.results[position] = await run(flow)
                except cancelled:
                    raise
                except BaseException as error:  # noqa: BLE001 - raised again in the task of the caller
                    batch.fail(position, error)
                    group.cancel_scope.cancel()
                taken = batch.take()

        for _ in range(gather.limit):
            if (taken := batch.take()) is None:
                break
            group.start_soon(work, taken)
    return batch.outcome()
