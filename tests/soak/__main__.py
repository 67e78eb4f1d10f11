"""Run the client under a constant load for some minutes, and see whether its memory grows.

`python -m tests.soak 10` runs for ten minutes, from the directory above `tests`. It succeeds where no answer was
wrong, and where the memory of the last minute is no more than 5 % above that of the second: the first one is for
loading code and filling pools. It has to be three minutes at least, so that there is something to compare.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from threading import Event

import anyio

from tests.soak.load import Load
from tests.soak.serving import service
from tests.soak.tally import MIB, Tally

THREADS = 4
PER_SECOND = 40.0
"""Requests in a second, half of them from threads, half from tasks."""
SAMPLES = 60
"""How often the memory is looked at in a minute."""
GROWTH = 1.05
FEWEST_MINUTES = 3


def soak(minutes: int) -> Tally:
    """Put the load on, and print a line each minute."""
    tally, stop = Tally(), Event()
    with service() as url, ThreadPoolExecutor(THREADS + 1) as pool:
        load = Load(url, tally, stop)
        workers = [pool.submit(load.block, number, PER_SECOND / 2 / THREADS) for number in range(THREADS)]
        workers.append(pool.submit(anyio.run, load.wait, PER_SECOND / 2))
        for minute in range(1, minutes + 1):
            for _ in range(SAMPLES):
                time.sleep(60 / SAMPLES)
                tally.measure()
            sys.stdout.write(tally.line(minute, SAMPLES))
            sys.stdout.flush()
        stop.set()
        for worker in workers:
            worker.result()
    return tally


def verdict(tally: Tally) -> list[str]:
    """Give what is wrong."""
    found = [f"wrong: {line}" for line in tally.wrong]
    second, last = median(tally.memory[SAMPLES : 2 * SAMPLES]), median(tally.memory[-SAMPLES:])
    sys.stdout.write(f"second minute {second / MIB:.1f} MiB, last minute {last / MIB:.1f} MiB: {last / second:.1%}\n")
    return [*found, "memory grows"] if last > second * GROWTH else found


def main() -> None:
    """Run for as many minutes as the first argument says."""
    minutes = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    if minutes < FEWEST_MINUTES:
        sys.exit(f"It takes {FEWEST_MINUTES} minutes at least: memory is compared from the second one on.")
    if found := verdict(soak(minutes)):
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
