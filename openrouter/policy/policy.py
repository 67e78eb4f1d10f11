"""All decisions about a request, in one object that any number of clients share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen
from attrs.validators import instance_of, optional

from .breaker import Breaker, CircuitBreaker
from .ledger import Ledger
from .passage import Passage
from .rate_limit import Limiter, RateLimit
from .retry import Retry, RetryBudget
from .state import State

if TYPE_CHECKING:
    from ..core.wire import Moment
    from .facts import Facts


def _new_state(policy: Policy) -> State:
    return State(
        retry=policy.retry,
        budget=RetryBudget(policy.retry.budget),
        limiter=Limiter(policy.rate_limit),
        breaker=Breaker(policy.circuit_breaker),
        ledger=policy.ledger,
    )


@frozen(kw_only=True, eq=False)
class Policy:
    """When a request is sent, sent again or refused, and the record of it all.

    One policy may be shared by any number of clients of both kinds, threads and event loops: they then keep
    to one rate limit, one breaker for each model, one retry budget and one ledger. It decides and never
    waits: it reads no clock and holds nothing but a short lock. All the moments that it is told have to come
    from the same clock.
    """

    retry: Retry = field(factory=Retry, validator=instance_of(Retry))
    rate_limit: RateLimit | None = field(factory=RateLimit, validator=optional(instance_of(RateLimit)))
    """`None` sets no limit, and takes no notice of limits that OpenRouter names."""
    circuit_breaker: CircuitBreaker | None = field(
        factory=CircuitBreaker, validator=optional(instance_of(CircuitBreaker))
    )
    """`None`: a model may fail as often as it likes."""
    ledger: Ledger = field(factory=Ledger, repr=False, validator=instance_of(Ledger))
    """May be shared with other policies."""
    _state: State = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_state", _new_state(self))  # after the validators, which a default precedes

    def begin(self, facts: Facts, now: Moment) -> Passage:
        """Start the way of one request. It has to be ended, whatever happens."""
        self.ledger.open(now)
        return Passage(self._state, facts)
