"""What came of the requests of a soak, and how much memory the process takes."""

from __future__ import annotations

import resource
import sys
from collections import Counter
from pathlib import Path
from statistics import median
from threading import Lock

from attrs import define, field

from openrouter import OpenRouterError

KIB = 1024
MIB = KIB * KIB


def resident_memory() -> int:
    """Give the bytes of memory that this process has now; where nobody tells, the most that it ever had."""
    pages = Path("/proc/self/statm")
    if pages.exists():
        return int(pages.read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * KIB


@define(eq=False)
class Tally:
    """Counts, from any thread."""

    ends: Counter[str] = field(factory=Counter[str])
    wrong: list[str] = field(factory=list[str])
    """Answers that are not the right ones, and errors that are none of ours."""
    memory: list[int] = field(factory=list[int])
    _lock: Lock = field(factory=Lock)

    def answered(self, text: str, expected: str) -> None:
        """Count a good reply."""
        with self._lock:
            self.ends["success"] += 1
            if text != expected:
                self.wrong.append(f"{text!r} instead of {expected!r}")

    def failed(self, error: BaseException) -> None:
        """Count a failure."""
        with self._lock:
            self.ends[type(error).__name__] += 1
            if not isinstance(error, OpenRouterError):
                self.wrong.append(repr(error))

    def measure(self) -> None:
        """Note how much memory is taken now."""
        self.memory.append(resident_memory())

    def line(self, minute: int, samples: int) -> str:
        """Tell of everything so far, and the memory of the last minute."""
        with self._lock:
            failures = {name: count for name, count in self.ends.most_common() if name != "success"}
            total, successes = self.ends.total(), self.ends["success"]
        memory = median(self.memory[-samples:]) / MIB
        return f"minute {minute}: {total} requests, {successes} succeeded, {memory:.1f} MiB; failures: {failures}\n"
