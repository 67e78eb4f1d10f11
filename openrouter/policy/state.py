"""What the requests of one policy share."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from ..core.errors import OpenRouterError, RateLimitError
from .breaker import Breaker, is_failure
from .health import Health
from .ledger import Ledger
from .rate_limit import Limiter
from .retry import Retry, RetryBudget
from .scope import Ticket
from .turns import Turns

if TYPE_CHECKING:
    from threading import Lock

    from ..core.wire import Moment
    from .till import Till


class State:
    """What all passages of a policy have in common.

    Everything but the ledger is touched under `lock` alone.
    """

    __slots__ = ("_latest", "breaker", "health", "ledger", "limiter", "lock", "retries", "retry", "till", "turns")

    def __init__(
        self,
        *,
        retry: Retry,
        limiter: Limiter,
        breaker: Breaker,
        ledger: Ledger,
        till: Till | None,
    ) -> None:
        self.retry = retry
        self.retries = RetryBudget(retry.budget)
        self.limiter = limiter
        self.breaker = breaker
        self.health = Health()
        self.ledger = ledger
        self.till = till
        """The budget, where there is one: who shares it shares its lock."""
        self.turns = Turns() if till is None else till.turns
        self.lock: Lock = self.turns.lock
        """Who has taken it begins with `at`."""
        self._latest = -inf

    def at(self, now: Moment) -> float:
        """Do what was left for whoever holds the lock next, and give the second that it is.

        Threads read the clock before they get the lock, but time must not run back.
        """
        self.turns.do_left()
        self._latest = max(self._latest, now.monotonic)
        return self._latest

    def learn(
        self, error: OpenRouterError, who: object, ticket: Ticket, model: str | None, at: float, *, over: bool
    ) -> None:
        """Tell limiter, breaker and health of a failure; `over`: the attempt is not just begun anew, as the probe."""
        if isinstance(error, RateLimitError) and error.platform and error.retry_after is not None:
            reason = {"limit": error.limit, "limit_requests": error.limit_requests, "resets_at": error.resets_at}
            self.limiter.close(ticket, at + error.retry_after, at, reason, error.message)
        if is_failure(error):
            self.breaker.failed(model, who, at)
            self.health.failed(model, at)
        elif over:
            self.breaker.release(model, who)
