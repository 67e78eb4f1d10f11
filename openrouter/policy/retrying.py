"""What one request does about its failures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..core.errors import RateLimitError
from .verdicts import Verdict, can_be_amended, judge

if TYPE_CHECKING:
    from ..core.errors import OpenRouterError
    from .facts import Bill, Facts
    from .scope import Ticket
    from .state import State

AT_ONCE: Final = (Verdict.RECONNECT, Verdict.AMENDED)
"""What is no retry, as nothing had been done about the request."""


class Retrying:
    """The attempts of one request that failed, and what is left to try."""

    __slots__ = ("_amended", "_retries", "price")

    def __init__(self) -> None:
        self._amended: list[object] = []
        """What was put right without counting as a retry: each of these happens once."""
        self._retries = 0
        self.price = 0
        """What the last retry took from the budget for retries."""

    def judge(self, error: OpenRouterError, bill: Bill, facts: Facts, state: State) -> Verdict:
        """Judge an error by what is known of this request."""
        verdict, usage = judge(error), bill.usage
        if verdict is Verdict.RETRY and usage is not None and (usage.cost or usage.completion_tokens):
            return Verdict.AMBIGUOUS  # it failed, and says itself what it took
        if verdict in self._amended:
            return Verdict.AMBIGUOUS  # twice is no accident
        if verdict is Verdict.NEVER and type(error) not in self._amended and can_be_amended(error, facts, state.retry):
            return Verdict.AMENDED
        return verdict

    def delay(
        self, error: OpenRouterError, verdict: Verdict, facts: Facts, state: State, at: float, *, ticket: Ticket
    ) -> float | None:
        """Decide on another attempt: the seconds until it, or `None` when there must be none."""
        if verdict is Verdict.NEVER or (
            verdict is Verdict.AMBIGUOUS and facts.billable and not state.retry.may_bill_twice
        ):
            return None
        if verdict in AT_ONCE:
            self._amended.append(type(error) if verdict is Verdict.AMENDED else verdict)
            return 0.0
        most = state.retry.max_retries if facts.max_retries is None else facts.max_retries
        if self._retries >= most or (error.retry_after or 0.0) > state.retry.retry_after_cap:
            return None
        delay = state.retry.delay(self._retries, error.retry_after)
        if facts.deadline is not None and at + delay >= facts.deadline:
            return None
        self.price = 0
        # Who leaves at the pace of the service hammers nobody.
        if not (isinstance(error, RateLimitError) and error.platform and state.limiter.has_pace(ticket)):
            self.price = state.retries.take(error)
            if not self.price:
                return None
        self._retries += 1
        return delay
