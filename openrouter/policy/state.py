"""What the requests of one policy share."""

from __future__ import annotations

from math import inf
from threading import Lock
from typing import TYPE_CHECKING

from .breaker import Breaker
from .ledger import Ledger
from .rate_limit import Limiter
from .retry import Retry, RetryBudget
from .turns import Turns

if TYPE_CHECKING:
    from ..core.wire import Moment


class State:
    """What all passages of a policy have in common.

    Everything but the ledger is touched under `lock` alone.
    """

    __slots__ = ("_latest", "breaker", "budget", "ledger", "limiter", "retry", "turns")

    def __init__(self, retry: Retry, budget: RetryBudget, limiter: Limiter, breaker: Breaker, ledger: Ledger) -> None:
        self.retry = retry
        self.budget = budget
        self.limiter = limiter
        self.breaker = breaker
        self.ledger = ledger
        self.turns = Turns()
        self._latest = -inf

    @property
    def lock(self) -> Lock:
        """The lock; who has taken it begins with `at`."""
        return self.turns.lock

    def at(self, now: Moment) -> float:
        """Do what was left for whoever holds the lock next, and give the second that it is.

        Threads read the clock before they get the lock, but time must not run back.
        """
        self.turns.do_left()
        self._latest = max(self._latest, now.monotonic)
        return self._latest
