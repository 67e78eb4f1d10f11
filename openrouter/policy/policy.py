"""All decisions about a request, in one object that any number of clients share."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from attrs import field, frozen
from attrs.validators import optional

from .breaker import Breaker, CircuitBreaker
from .health import health_now
from .ledger import Ledger
from .passage import Passage
from .per_process import PerProcess
from .ranges import made_of
from .rate_limit import Limiter, RateLimit
from .retry import Retry
from .shown import shown
from .state import State

if TYPE_CHECKING:
    from attrs import Attribute

    from ..core.wire import Moment
    from .budget import Budget
    from .facts import Facts
    from .health import PolicyHealth


def _new_state(
    retry: Retry, limit: RateLimit | None, breaker: CircuitBreaker | None, budget: Budget | None, ledger: Ledger
) -> State:
    return State(
        retry=retry,
        limiter=Limiter(limit, tries=retry.max_retries > 0),
        breaker=Breaker(breaker),
        ledger=ledger,
        till=None if budget is None else budget.till(),
    )


def _check_budget(policy: Policy, field: Attribute[Any], value: object) -> None:
    if value is not None:
        from .budget import Budget  # noqa: PLC0415 - most policies have none

        made_of(Budget)(policy, field, value)


@frozen(kw_only=True, eq=False)
class Policy:
    """When a request is sent, sent again or refused, and the record of it all.

    One policy may be shared by any number of clients of both kinds, threads and event loops: they then keep
    to one rate limit, one breaker for each model, one retry budget, one budget and one ledger. It decides and never
    waits: it reads no clock and holds nothing but a short lock. All the moments that it is told have to come
    from the same clock.

    What is not given is `Retry()`, `RateLimit()`, `CircuitBreaker()`, no budget, and a `Ledger()` of its own.

    A process that is forked off starts anew: with empty limits, closed breakers, a full retry budget, an empty
    ledger, and nothing spent of its budget.
    """

    retry: Retry = field(factory=Retry, validator=made_of(Retry))
    rate_limit: RateLimit | None = field(factory=RateLimit, validator=optional(made_of(RateLimit)))
    """`None` sets no limit, and takes no notice of limits that OpenRouter names."""
    circuit_breaker: CircuitBreaker | None = field(factory=CircuitBreaker, validator=optional(made_of(CircuitBreaker)))
    """`None`: a model may fail as often as it likes."""
    budget: Budget | None = field(default=None, validator=_check_budget)
    """What requests may cost; `None`: whatever they do. May be shared with other policies."""
    ledger: Ledger = field(factory=Ledger, repr=False, validator=made_of(Ledger))
    """May be shared with other policies."""
    _states: PerProcess[State] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        # after the validators, which a default precedes; without a reference to the policy, which would be a cycle
        make = partial(_new_state, self.retry, self.rate_limit, self.circuit_breaker, self.budget, self.ledger)
        object.__setattr__(self, "_states", PerProcess(make))

    def begin(self, facts: Facts, now: Moment) -> Passage:
        """Start the way of one request. It has to be ended, whatever happens."""
        self.ledger.open(now)
        return Passage(self._states, facts)

    def health(self, model: str, now: Moment) -> PolicyHealth:
        """Tell how a model fares: what its requests of the last five minutes saw, and whether its breaker is open."""
        state = self._states.get()
        with state.lock:
            at = state.at(now)
            return health_now(state.health.of(model, at), state.breaker.wait(model, None, at))

    def learn(self, key: str, requests_per_minute: int | None, now: Moment) -> None:
        """Take what the service says of the key with this fingerprint: so many requests a minute; `None`: any number.

        It is kept to as if a 429 had said so, until a 429 says otherwise. `Policy(rate_limit=None)` takes no notice.
        """
        state = self._states.get()
        with state.lock:
            state.limiter.learn(key, requests_per_minute, state.at(now))

    def __repr__(self) -> str:
        return shown(self)
