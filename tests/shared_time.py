"""Time for many threads and tasks at once: it stands still while one of them is awake."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

from anyio import CapacityLimiter, to_thread

from openrouter.core.wire import Moment
from tests.injected_time import UTC_START


class SharedTime:
    """A clock that jumps to the next one who wants to wake up, once all who take part are asleep.

    So whoever is awake sees no time pass, and what happens at a second happens at exactly that second.
    """

    def __init__(self, sleepers: int) -> None:
        # whole, as in `InjectedTime`
        self.start = float(math.floor(time.monotonic()))
        self.passed = 0.0
        self._awake = sleepers
        self._wake_ups: list[float] = []
        self._changed = Condition()

    def now(self) -> Moment:
        return Moment(self.start + self.passed, UTC_START + self.passed)

    def sleep(self, seconds: float) -> None:
        self._wait_until(self._fall_asleep(seconds))

    async def sleep_async(self, seconds: float) -> None:
        # In a thread of its own: an event loop that polls would starve the other threads.
        await to_thread.run_sync(self._wait_until, self._fall_asleep(seconds), limiter=CapacityLimiter(1))

    @contextmanager
    def taking_part(self) -> Iterator[None]:
        """Hold the time while awake; the number of those who do was said in the beginning."""
        try:
            yield
        finally:
            with self._changed:
                self._awake -= 1
                self._go_on()

    def _fall_asleep(self, seconds: float) -> float:
        with self._changed:
            wake_up = self.passed + seconds
            self._wake_ups.append(wake_up)
            self._awake -= 1
            self._go_on()
        return wake_up

    def _wait_until(self, wake_up: float) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.passed >= wake_up, 30)

    def _go_on(self) -> None:
        if self._awake == 0 and self._wake_ups:
            self.passed = min(self._wake_ups)
            self._awake = sum(wake_up <= self.passed for wake_up in self._wake_ups)
            self._wake_ups = [wake_up for wake_up in self._wake_ups if wake_up > self.passed]
            self._changed.notify_all()
