"""All decisions about a request, in one object that any number of clients share."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from attrs import field, frozen
from attrs.validators import optional

from .breaker import Breaker, CircuitBreaker
from .ledger import Ledger
from .passage import Passage
from .per_process import PerProcess
from .ranges import made_of
from .rate_limit import Limiter, RateLimit
from .retry import Retry, RetryBudget
from .shown import shown
from .state import State

if TYPE_CHECKING:
    from ..core.wire import Moment
    from .facts import Facts


def _new_state(retry: Retry, limit: RateLimit | None, breaker: CircuitBreaker | None, ledger: Ledger) -> State:
    return State(
        retry=retry, budget=RetryBudget(retry.budget), limiter=Limiter(limit), breaker=Breaker(breaker), ledger=ledger
    )


@frozen(kw_only=True, eq=False)
class Policy:
    """When a request is sent, sent again or refused, and the record of it all.

    One policy may be shared by any number of clients of both kinds, threads and event loops: they then keep
    to one rate limit, one breaker for each model, one retry budget and one ledger. It decides and never
    waits: it reads no clock and holds nothing but a short lock. All the moments that it is told have to come
    from the same clock.

    A process that is forked off starts anew: with empty limits, closed breakers, a full retry budget and an
    empty ledger.
    """

    retry: Retry = field(factory=Retry, validator=made_of(Retry))
    rate_limit: RateLimit | None = field(factory=RateLimit, validator=optional(made_of(RateLimit)))
    """`None` sets no limit, and takes no notice of limits that OpenRouter names."""
    circuit_breaker: CircuitBreaker | None = field(factory=CircuitBreaker, validator=optional(made_of(CircuitBreaker)))
    """`None`: a model may fail as often as it likes."""
    ledger: Ledger = field(factory=Ledger, repr=False, validator=made_of(Ledger))
    """May be shared with other policies."""
    _states: PerProcess[State] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        # after the validators, which a default precedes; without a reference to the policy, which would be a cycle
        make = partial(_new_state, self.retry, self.rate_limit, self.circuit_breaker, self.ledger)
        object.__setattr__(self, "_states", PerProcess(make))

    def begin(self, facts: Facts, now: Moment) -> Passage:
        """Start the way of one request. It has to be ended, whatever happens."""
        self.ledger.open(now)
        return Passage(self._states, facts)

    def __repr__(self) -> str:
        return shown(self)
