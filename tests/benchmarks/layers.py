"""Draw where the CPU time of a request and of a stream goes, by layer.

`python -m tests.benchmarks.layers docs/performance-layers.svg`, from the directory above `tests`, samples the stack
every few milliseconds of CPU time while our clients work, and counts a sample for the innermost frame that belongs to
a layer. It needs a system that has `SIGPROF`.
"""

from __future__ import annotations

import asyncio
import json
import linecache
import re
import selectors
import signal
import sys
from argparse import ArgumentParser
from asyncio import Runner
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from types import FrameType, ModuleType

import anyio
import h11
from attrs import field, frozen

import openrouter
from tests.benchmarks.measuring import Row
from tests.benchmarks.picture import (
    CALLER,
    DRIVERS,
    ELSEWHERE,
    HTTP,
    JSON,
    KERNEL,
    LOOP,
    POLICY,
    READING,
    TRANSPORTS,
    Bar,
    draw,
)
from tests.benchmarks.rows import every_row
from tests.benchmarks.serving import service

ROWS = re.compile("request, sync|request, async|chunk of .*")
EVERY = 0.001
"""Seconds between samples; most systems take more."""
RUNS, FEWEST_ROUNDS = 10, 9
"""How often ours is sampled for each round that is not."""


def _home(module: ModuleType) -> str:
    path = Path(module.__file__ or "")
    return str(path.parent) if path.stem == "__init__" else str(path)


OURS = _home(openrouter)
PLACES = [
    (f"{OURS}/transports/", TRANSPORTS),
    (f"{OURS}/policy/", POLICY),
    (f"{OURS}/core/json.py", JSON),
    (_home(json), JSON),
    *[(f"{OURS}/{part}", READING) for part in ("replies/", "core/sse.py", "core/structuring.py")],
    # The types do what they do for those who call them.
    *[(f"{OURS}/{part}", DRIVERS) for part in ("api/", "core/", *[path.name for path in Path(OURS).glob("*.py")])],
    (_home(h11), HTTP),
    *[(_home(module), LOOP) for module in (asyncio, selectors, anyio)],
    (str(Path(__file__).parent), CALLER),
]
"""Which files belong to which layer: the first that fits. All others belong to whoever called them."""
CALLS_THE_KERNEL = re.compile(r"sock\w*\.(recv|send)\w*\(|poll\.poll\(|_selector\.poll\(")
"""What is in the line of a frame that has just come back from the kernel: no frame stands for that itself."""


@frozen(eq=False)
class Sampler:
    """Counts samples by layer."""

    counts: Counter[str] = field(factory=Counter[str])
    _known: dict[str, str | None] = field(factory=dict[str, "str | None"])

    def take(self, _: int, frame: FrameType | None) -> None:
        """Count one."""
        at = frame
        while at is not None and (layer := self._layer(at)) is None:
            at = at.f_back
        self.counts[ELSEWHERE if at is None else layer or ELSEWHERE] += 1

    def _layer(self, frame: FrameType) -> str | None:
        name = frame.f_code.co_filename
        if name not in self._known:
            self._known[name] = next((layer for place, layer in PLACES if name.startswith(place)), None)
        layer = self._known[name]
        if layer in {TRANSPORTS, HTTP, LOOP} and CALLS_THE_KERNEL.search(linecache.getline(name, frame.f_lineno or 0)):
            return KERNEL
        return layer

    @contextmanager
    def sampling(self) -> Iterator[None]:
        """Take samples until the end of the block."""
        before = signal.signal(signal.SIGPROF, self.take)
        signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)


def profile(row: Row, samples: int) -> Bar:
    """Take so many samples of ours, and now and then a round that is not sampled and says how long it takes."""
    sampler = Sampler()
    row.go_round()
    row.seconds.clear()
    while sampler.counts.total() < samples or len(row.seconds) < FEWEST_ROUNDS:
        with sampler.sampling():
            for _ in range(RUNS):
                row.ours()
        row.go_round()
    return Bar(row.name, median(ours for ours, _ in row.seconds), median(row.ratios), dict(sampler.counts))


def main() -> None:
    parser = ArgumentParser(prog="python -m tests.benchmarks.layers", description=__doc__)
    parser.add_argument("file", type=Path, help="the SVG to write")
    parser.add_argument("--samples", type=int, default=1000, help="for each bar (%(default)s)")
    options = parser.parse_args()
    with service() as url, Runner() as runner, every_row(url, runner, lambda count: count) as rows:
        bars = [profile(row, options.samples) for row in rows if ROWS.fullmatch(row.name)]
    for bar in bars:
        sys.stdout.write(f"{bar.name}: {bar.samples}\n")
    options.file.write_text(draw(bars), encoding="utf-8")


if __name__ == "__main__":
    main()
