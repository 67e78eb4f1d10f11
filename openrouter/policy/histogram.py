"""How long things took, in bounded memory."""

from __future__ import annotations

from math import exp, log
from typing import Final

_SHORTEST: Final = 1e-4
_LONGEST: Final = 86_400.0
_STEPS_PER_E: Final = 1 / log(1.1)


def bucket_of(seconds: float) -> int:
    """Give the bucket of a time. Each ends 10 % above where it begins, so there are some 220."""
    return round(log(min(max(seconds, _SHORTEST), _LONGEST)) * _STEPS_PER_E)


def middle_of(bucket: int) -> float:
    """Give the seconds that stand for all times in a bucket."""
    return exp(bucket / _STEPS_PER_E)
