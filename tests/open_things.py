"""What a test may leave open: file descriptors, threads, and tasks of the event loop."""

from __future__ import annotations

import gc
import threading
import time
from pathlib import Path

import anyio
from anyio.lowlevel import checkpoint
from attrs import frozen


@frozen
class Open:
    """What is open at a moment."""

    descriptors: int
    threads: int

    @staticmethod
    def possible() -> bool:
        return Path("/proc/self/fd").is_dir()

    @classmethod
    def now(cls) -> Open:
        gc.collect()
        # trio keeps the threads in which it looked up names for some seconds, for the next time.
        threads = [thread for thread in threading.enumerate() if not thread.name.lower().startswith("trio")]
        return cls(sum(1 for _ in Path("/proc/self/fd").iterdir()), len(threads))


def wait_until_open(expected: Open) -> None:
    """Block until no more is open than that: what was closed may take its moment to be gone."""
    ends = time.monotonic() + 10
    while (found := Open.now()) != expected:
        assert time.monotonic() < ends, f"{found} is open, not {expected}: {threading.enumerate()}"
        time.sleep(0.005)


async def wait_for_tasks(expected: int) -> None:
    """Wait until no more tasks are running than that."""
    with anyio.fail_after(10):
        while len(anyio.get_running_tasks()) > expected:
            await checkpoint()
