"""CPU time of one thing beside that of another, in interleaved rounds."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Sequence
from statistics import median, quantiles
from typing import Any, NamedTuple

from attrs import field, frozen


class WrongAnswerError(Exception):
    """What was measured did not do its work."""


class Timed(NamedTuple):
    """What was done, and how long it took."""

    seconds: float
    answer: object


def timed(do: Callable[[], Any], answer: object = None) -> float:
    """Give the seconds of CPU time that all threads of this process took; raise where the answer is wrong.

    What is done in a process of its own brings its seconds along.
    """
    gc.collect()
    begun = time.process_time()
    result = do()
    seconds = time.process_time() - begun
    if isinstance(result, Timed):
        seconds, result = result
    if answer not in (None, result):
        message = f"{result!r:.200} instead of {answer!r:.200}"
        raise WrongAnswerError(message)
    return seconds


@frozen(eq=False)
class Row:
    """What is measured, what it is compared with, and the seconds of each round."""

    name: str
    count: int
    """How many requests, chunks or objects one call of either side is about."""
    answer: object
    ours: Callable[[], Any]
    floor: Callable[[], Any]
    against: str = "httpx"
    seconds: list[tuple[float, float]] = field(factory=list[tuple[float, float]])

    def go_round(self) -> None:
        """Measure both sides once."""
        ours, floor = timed(self.ours, self.answer), timed(self.floor, self.answer)
        self.seconds.append((ours / self.count, floor / self.count))

    @property
    def ratios(self) -> list[float]:
        """What ours took of the floor, each within its round: what disturbs a round disturbs both."""
        return [ours / floor for ours, floor in self.seconds]

    def line(self) -> list[str]:
        """Tell of medians, and between what the middle half of the ratios lies."""
        low, _, high = quantiles(self.ratios, n=4) if len(self.ratios) > 1 else self.ratios * 3
        times = [shown_seconds(median(side)) for side in zip(*self.seconds, strict=True)]
        return [self.name, *times, self.against, f"{median(self.ratios):.2f}", f"{low:.2f} to {high:.2f}"]


def measure(rows: Sequence[Row], rounds: int) -> None:
    """Go round all rows, again and again, after one round for warming up that is not counted."""
    for number in range(rounds + 1):
        for row in rows:
            row.go_round()
            if number == 0:
                row.seconds.clear()


def shown_seconds(seconds: float) -> str:
    """Write a time so that its three digits say something."""
    return f"{seconds * 1e3:.3g} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.3g} µs"


def table(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Write a table in Markdown, readable as it stands."""
    every = [heads, *lines]
    widths = [max(map(len, column)) for column in zip(*every, strict=True)]
    rows = [[cell.ljust(width) for cell, width in zip(cells, widths, strict=True)] for cells in every]
    rows.insert(1, ["-" * width for width in widths])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)
