"""Simulate an account with a limit, and workers that ask again as soon as they got their answer; and a shared budget.

`python -m tests.simulations`, from the directory above `tests`, prints both tables of the documentation in seconds; no
time is waited for. With `--picture docs/rate-limits.svg` the plot of the documentation is written anew.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path

from tests.simulations import spending
from tests.simulations.picture import draw
from tests.simulations.rates import BASELINE, LEARNED, Row, every_row, table


def drawn(rows: list[Row]) -> str:
    """Draw how the first account treats those who learn, and those who just retry."""
    return draw([row for row in rows if row.counts == rows[0].counts and row.client in {LEARNED, BASELINE}])


def main() -> None:
    parser = ArgumentParser(prog="python -m tests.simulations", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="what the times of the replies follow from (%(default)s)")
    parser.add_argument("--picture", metavar="FILE", type=Path, help="write the plot there")
    options = parser.parse_args()
    rows = every_row(options.seed)
    sys.stdout.write(f"{table(rows)}\n{spending.table()}")
    if options.picture:
        options.picture.write_text(drawn(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
