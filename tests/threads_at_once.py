"""Threads that begin at the same moment. A pool may give one thread two pieces of work, of which one waits for ever."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import TypeVar

T = TypeVar("T")


def in_threads_at_once(count: int, work: Callable[[int], T]) -> list[T]:
    """Call `work` in so many threads, with numbers from 0; give what came of it in that order, or raise an error."""
    start = Barrier(count)
    came: dict[int, T] = {}
    errors: list[BaseException] = []

    def run(number: int) -> None:
        start.wait()
        try:
            came[number] = work(number)
        except BaseException as error:  # noqa: BLE001 - raised again below
            errors.append(error)

    threads = [Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for error in errors:
        raise error
    return [came[number] for number in range(count)]
