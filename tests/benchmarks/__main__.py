"""Measure our CPU time beside that of httpx by hand and of `json.loads`, and how it grows.

`python -m tests.benchmarks`, from the directory above `tests`, prints two tables in about two minutes. With `--output`
the seconds of each round are kept for pyperf: `python -m pyperf compare_to BEFORE AFTER --table` then tells what a
change did, and which differences are no accident.
"""

from __future__ import annotations

import platform
import sys
from argparse import ArgumentParser
from asyncio import Runner
from importlib.metadata import distributions

import pyperf

from tests.benchmarks.growth import every_curve
from tests.benchmarks.measuring import Row, measure, table
from tests.benchmarks.rows import every_row
from tests.benchmarks.serving import service

PACKAGES = ("httpx", "httpcore", "h11", "anyio", "sniffio", "orjson")
"""What the figures depend on; the last two may be absent, which makes a difference."""
HEADS = ("one", "ours", "theirs", "compared with", "ratio", "middle half")
GROWTH_HEADS = ("one", "figures", "last to first")


def machine() -> str:
    """Tell what the figures are from."""
    told = pyperf.Run([1.0], metadata={"name": "machine"}).get_metadata()
    versions = {each.name: each.version for each in distributions()}
    packages = [f"{name} {versions.get(name, 'absent')}" for name in PACKAGES]
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return ", ".join(
        [f"{told.get('cpu_model_name')}", f"{told['cpu_count']} CPUs", platform.system(), python, *packages]
    )


def kept(rows: list[Row]) -> pyperf.BenchmarkSuite:
    """Give the seconds of each round as pyperf keeps them."""
    runs = [
        pyperf.Run(list(seconds), metadata={"name": f"{row.name}{side}", "unit": "second"})
        for row in rows
        for side, seconds in zip(("", f", {row.against}"), zip(*row.seconds, strict=True), strict=True)
    ]
    return pyperf.BenchmarkSuite([pyperf.Benchmark([run]) for run in runs])


def main() -> None:
    parser = ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="how often everything is measured (%(default)s)")
    parser.add_argument("--no-growth", action="store_true", help="leave out how the cost grows")
    parser.add_argument("--output", metavar="FILE", help="keep the seconds of each round")
    options = parser.parse_args()
    sys.stdout.write(f"{machine()}\n\n")
    with service() as url, Runner() as runner:
        with every_row(url, runner, lambda count: count) as rows:
            measure(rows, options.rounds)
        sys.stdout.write(table(HEADS, [row.line() for row in rows]))
        sys.stdout.flush()
        if options.output:
            kept(rows).dump(options.output, replace=True)
        if not options.no_growth:
            curves = every_curve(url, runner, lambda count: count, tries=min(3, options.rounds))
            sys.stdout.write(f"\n{table(GROWTH_HEADS, [curve.line() for curve in curves])}")


if __name__ == "__main__":
    main()
