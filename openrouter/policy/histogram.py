"""How long things took, in bounded memory."""

from __future__ import annotations

from math import ceil, exp, log
from typing import Final

from attrs import frozen

_SHORTEST: Final = 1e-4
_LONGEST: Final = 86_400.0
_STEPS_PER_E: Final = 1 / log(1.1)


@frozen
class Percentiles:
    """Seconds that half, nine in ten and 99 in a hundred stayed within; `None` when nothing was measured.

    They are right to 5 %, from 0.1 ms to a day; what lies outside counts as the nearest of these.
    """

    p50: float | None = None
    p90: float | None = None
    p99: float | None = None

    def to_dict(self) -> dict[str, float | None]:
        """Give plain JSON values."""
        return {"p50": self.p50, "p90": self.p90, "p99": self.p99}


def bucket_of(seconds: float) -> int:
    """Give the bucket of a time. Each ends 10 % above where it begins, so there are some 220.

    They count from 0 on: Python has such small numbers once, however many histograms they are in.
    """
    if seconds <= _SHORTEST:
        return 0
    return round(log(min(_LONGEST, seconds) / _SHORTEST) * _STEPS_PER_E)


def percentiles(buckets: dict[int, int]) -> Percentiles:
    """Read the percentiles out of a histogram: how many times fell into which bucket.

    A percentile is the smallest measured time that so many did not exceed, up to the middle of its bucket.
    """
    total = sum(buckets.values())
    ranks = [ceil(total * percent / 100) for percent in (50, 90, 99)]
    found: list[float] = []
    seen = 0
    for bucket in sorted(buckets):
        seen += buckets[bucket]
        while len(found) < len(ranks) and ranks[len(found)] <= seen:
            found.append(exp(bucket / _STEPS_PER_E) * _SHORTEST)
    return Percentiles(*found)
