"""Flows side by side: in threads or in tasks, never more than asked for at once.

Both take the flows one by one as places get free, stop at the first failure, and raise the failure that stands first
in the order of the flows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextvars import copy_context
from threading import Lock, Thread
from typing import Any, Final, TypeVar

import anyio
from attrs import define, field

from .callbacks import awaited, refuse_awaitable
from .effects import Flow, Gather

T = TypeVar("T")
_VANISHED: Final = "Work that went on beside others was cancelled by somebody else, so not all of it has a result."


@define(eq=False)
class _Batch:
    """Which flows are still to be begun, and what became of the others."""

    flows: Iterator[Flow[Any]]
    begun: int = 0
    results: dict[int, Any] = field(factory=dict[int, Any])
    failures: dict[int, BaseException] = field(factory=dict[int, BaseException])
    stopped: bool = False
    _lock: Lock = field(factory=Lock)

    def take(self) -> tuple[int, Flow[Any]] | None:
        """Give the next flow and its place; `None` where there is none, or something failed.

        That the flows themselves cannot be had, because the caller's iterator raises, is a failure in their order.
        """
        with self._lock:
            if self.stopped:
                return None
            try:
                flow = next(self.flows)
            except StopIteration:
                return None
            except Exception as error:  # noqa: BLE001 - raised again by `outcome`
                self.fail(self.begun, error)
                return None
            self.begun += 1
            return self.begun - 1, flow

    def fail(self, position: int, error: BaseException) -> None:
        """Note a failure, and begin no further flow."""
        self.failures[position] = error
        self.stopped = True

    def outcome(self) -> list[Any]:
        """Give the results in order, or raise the first failure."""
        if self.failures:
            raise self.failures[min(self.failures)]
        if len(self.results) < self.begun:
            raise RuntimeError(_VANISHED)
        return [self.results[position] for position in range(self.begun)]


def _tell_blocking(gather: Gather[T], position: int, result: T, telling: Lock) -> None:
    if gather.on_result is not None:
        with telling:
            refuse_awaitable(gather.on_result(position, result), gather.what)


def gather_in_threads(gather: Gather[T], run: Callable[[Flow[T]], T]) -> list[T]:
    """Run flows in threads of their own, which see the context variables of the caller.

    A thread cannot be stopped: where the caller is interrupted, what is under way ends by itself.
    """
    batch, telling = _Batch(iter(gather.flows)), Lock()

    def work(taken: tuple[int, Flow[T]] | None) -> None:
        while taken is not None:
            position, flow = taken
            try:
                result = batch.results[position] = run(flow)
                _tell_blocking(gather, position, result, telling)
                taken = batch.take()
            except BaseException as error:  # noqa: BLE001 - raised again in the thread of the caller
                batch.fail(position, error)
                return

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


async def _tell(gather: Gather[T], position: int, result: T, telling: anyio.Lock) -> None:
    """Hand over what is there, even where all is cancelled meanwhile: it may have been paid for."""
    if gather.on_result is not None:
        with anyio.CancelScope(shield=True):
            await telling.acquire()
        try:
            await awaited(gather.on_result(position, result))
        finally:
            telling.release()


async def gather_in_tasks(gather: Gather[T], run: Callable[[Flow[T]], Awaitable[T]]) -> list[T]:
    """Run flows in tasks; where one fails, the others are cancelled."""
    batch, telling = _Batch(iter(gather.flows)), anyio.Lock()
    cancelled = anyio.get_cancelled_exc_class()

    try:
        async with anyio.create_task_group() as group:

            async def work(taken: tuple[int, Flow[T]] | None) -> None:
                while taken is not None:
                    position, flow = taken
                    try:
                        result = await run(flow)
                        await _tell(gather, position, result, telling)
                        batch.results[position] = result
                        taken = batch.take()
                    except cancelled:
                        batch.stopped = True
                        raise
                    except BaseException as error:  # noqa: BLE001 - raised again in the task of the caller
                        batch.fail(position, error)
                        taken = None
                if batch.stopped:
                    group.cancel_scope.cancel()

            for _ in range(gather.limit):
                if (taken := batch.take()) is None:
                    break
                group.start_soon(work, taken)
            if batch.stopped:
                group.cancel_scope.cancel()
    except BaseExceptionGroup as raised:
        # No flow raises in here, but the caller's iterator may, and on trio a Ctrl-C does.
        _, interruption = raised.split(cancelled)
        raise (interruption or raised).exceptions[0] from None
    return batch.outcome()
