"""When a request is sent again, and after how long."""

from __future__ import annotations

from collections.abc import Callable
from os import urandom
from typing import Final

from attrs import field, frozen

from ..core.errors import APITimeoutError, OpenRouterError
from .ranges import seconds, whole_number, whole_number_or_none
from .shown import shown

RETRY_COST: Final = 5
TIMEOUT_RETRY_COST: Final = 10
FIRST_TRY_REFUND: Final = 1

_MOST_DOUBLINGS: Final = 32
"""From here on a doubling changes nothing: whoever sets a base of 1 ms waits 50 days by now."""


def uniform() -> float:
    """Give a random number from 0 up to 1; a function by name, so that settings can be pickled."""
    # Not of `random`, which would have to be read from the disk: just when no descriptor may be left for that.
    return (int.from_bytes(urandom(7)) >> 3) * 2.0**-53


@frozen(kw_only=True)
class Retry:
    """How often and how fast a failed request is sent again.

    Only what passes by itself is sent again: 408, 429, most 5xx, connections that were never made. The wait
    before the n-th retry is a random part of `min(cap, base * 2**n)`. Where the service names a time, that
    time is kept.

    A failure that may have been billed (a time-out or a break after the request went out, 504, a reply cut
    short) is raised. Raises `InvalidArgumentError` for a value out of range.
    """

    max_retries: int = field(default=2, validator=whole_number(0))
    base: float = field(default=0.5, validator=seconds)
    """Seconds that the first wait lasts at most; up to as much is added to a wait that the service named."""
    cap: float = field(default=8.0, validator=seconds)
    """Seconds that no wait exceeds, unless the service named it."""
    retry_after_cap: float = field(default=120.0, validator=seconds)
    """Seconds that a wait named by the service may last; a longer one is raised, in `.retry_after`."""
    may_bill_twice: bool = False
    """Send again also what may have been billed. Each such retry can cost a whole reply that nobody sees,
    so a request with `max_retries=2` can cost three times its price."""
    clamp_to_affordable: bool = False
    """Send what was refused for want of credits (402) once more, at once, with the `max_tokens` that the service says
    they are enough for. The answer may then be cut short."""
    budget: int | None = field(default=500, validator=whole_number_or_none(0))
    """What all requests together may spend on retries: one takes 5, after a time-out 10. A request that
    succeeds gives back what its last retry took; one that succeeds at once gives back 1. Once nothing is
    left, errors are raised at once, so that a service that is down is not hammered. What leaves at a pace that a 429 of
    OpenRouter taught takes nothing. `None`: no such budget."""
    random: Callable[[], float] = field(default=uniform, repr=False)
    """Gives numbers from 0 up to 1."""

    def __repr__(self) -> str:
        return shown(self)

    def delay(self, retries: int, retry_after: float | None) -> float:
        """Seconds to wait after so many retries, when the service named `retry_after`."""
        if retry_after is not None:
            return retry_after + self.random() * self.base
        ceiling = min(self.cap, self.base * 2.0 ** min(retries, _MOST_DOUBLINGS))
        return self.random() * ceiling


class RetryBudget:
    """What is left for retries, common to all requests of a policy."""

    __slots__ = ("_capacity", "_left")

    def __init__(self, capacity: int | None) -> None:
        self._capacity = self._left = float("inf") if capacity is None else capacity

    def take(self, error: OpenRouterError) -> int:
        """Pay for a retry after `error` and give the price, or 0 where too little is left."""
        price = TIMEOUT_RETRY_COST if isinstance(error, APITimeoutError) else RETRY_COST
        if price > self._left:
            return 0
        self._left -= price
        return price

    def give_back(self, price: int) -> None:
        """Book a success whose last retry took `price`; 0: it needed none."""
        self._left = min(self._capacity, self._left + (price or FIRST_TRY_REFUND))
