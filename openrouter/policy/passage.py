"""The way of one request through the policy."""

from __future__ import annotations

from functools import partial
from math import inf
from typing import TYPE_CHECKING, Final

from ..core.errors import (
    APIStatusError,
    APITimeoutError,
    CircuitOpenError,
    ClosedClientError,
    OpenRouterError,
    OutputError,
    RateLimitError,
)
from .breaker import is_failure
from .facts import Facts, Go, Wait
from .ledger import Ending, total_tokens
from .per_process import PerProcess
from .scope import Ticket
from .state import State
from .verdicts import Verdict, judge

if TYPE_CHECKING:
    from ..core.wire import Moment
    from ..types.chat import Usage

_GO: Final = Go()


def _is_unsent(error: OpenRouterError) -> bool:
    """Whether an attempt ended before anything went out: no place for it came free, or the client was closed."""
    queued = isinstance(error, APITimeoutError) and error.clock == "queue"
    return queued or isinstance(error, ClosedClientError)


class Passage:
    """One request on its way: told what happens, it says what to do.

    It belongs to one driver, which calls `next` until it answers `Go`, sends the request, and then `failed`,
    `succeeded` or `abandoned`. It ends once: by the first of `succeeded`, `abandoned`, a `failed` that raises
    and a `next` that raises. After that `succeeded`, `abandoned` and `delivered` do nothing, and `failed`
    just raises.
    """

    __slots__ = (
        *("_error", "_facts", "_first_sent_at", "_first_token", "_has_reconnected", "_is_under_way", "_not_before"),
        *("_price", "_retries", "_sent_at", "_state", "_states", "_ticket", "_usages", "attempts", "ended"),
    )

    def __init__(self, states: PerProcess[State], facts: Facts) -> None:
        self.attempts = 0
        """How often `Go` was given."""
        self.ended = False
        self._facts = facts
        self._ticket = Ticket(facts)
        self._states = states
        self._state: State = states.get()
        """What it shares with others."""
        self._is_under_way = False
        self._not_before = -inf
        self._first_sent_at: float | None = None
        self._sent_at = 0.0
        self._first_token: float | None = None
        """Seconds from sending to the first piece of a stream; once it is known nothing is retried."""
        self._error: OpenRouterError | None = None
        """What the last attempt failed with: raised if there can be no other."""
        self._retries = 0
        self._has_reconnected = False
        self._price = 0
        """What the last retry took from the retry budget."""
        self._usages: tuple[Usage, ...] = ()

    def next(self, now: Moment) -> Go | Wait:
        """Say whether the request may be sent now; after a `Wait`, ask again.

        Raises `CircuitOpenError`, `RateLimitError` or `APITimeoutError` (the deadline) when it may not be
        sent at all, and the error of the last attempt when it may not be sent again. Raises `RuntimeError`
        when it is not the time to ask.
        """
        state, facts = self._here(), self._facts
        with state.lock:
            at = state.at(now)
            if self.ended or self._is_under_way:
                raise RuntimeError("The request has ended." if self.ended else "The request is under way.")
            if at < self._not_before:
                return Wait(self._not_before - at)
            refusal = self._refusal(at)
            if refusal is None:
                wait = state.limiter.ask(self._ticket, facts.model, at)
                if wait > 0:
                    return Wait(wait if facts.deadline is None else min(wait, facts.deadline - at))
                state.breaker.depart(facts.model, self)
                self._is_under_way = True
                self.attempts += 1
                self._sent_at = at
                if self._first_sent_at is None:
                    self._first_sent_at = at
                return _GO
            error = refusal if self._error is None else self._error
            self._finish()
        self._book(Ending.FAILURE)
        raise self._complete(error, at)

    def delivered(self, now: Moment) -> None:
        """Note that the first piece of a stream reached the caller: from now on nothing is retried."""
        if self._first_token is None and self._is_under_way:
            self._first_token = max(0.0, now.monotonic - self._sent_at)
            state = self._here()
            with state.lock:
                state.at(now)
                state.breaker.passed(self._facts.model, self)

    def failed(self, error: OpenRouterError, now: Moment) -> None:
        """Take the failure of an attempt. Returns if there is to be another, and raises `error` if not.

        An `OutputError` is raised too, but booked as the success that it was for the service.
        """
        usage = error.partial.usage if error.partial is not None else None
        if isinstance(error, OutputError):
            self.succeeded(usage, now)
        state = self._here()
        with state.lock:
            at = state.at(now)
            ends_now = not self.ended
            if ends_now:
                if self._goes_on(error, usage, at):
                    return
                self._finish()
        if ends_now:
            self._book(Ending.FAILURE)
        raise self._complete(error, at)

    def succeeded(self, usage: Usage | None, now: Moment) -> None:
        """End with a whole reply."""
        state = self._here()
        with state.lock:
            at = state.at(now)
            if self.ended:
                return
            self._spend(usage)
            state.breaker.succeeded(self._facts.model)
            state.budget.give_back(self._price)
            self._finish()
        self._book(Ending.SUCCESS, at - self._sent_at)

    def abandoned(self, usage: Usage | None, now: Moment) -> None:  # noqa: ARG002 - every event has its moment
        """End because nobody wants the rest: cancelled, or a stream left early. Gives back what was held."""
        self._here().turns.leave(partial(self._abandon, usage))

    def _here(self) -> State:
        """Give what is shared in this process.

        Where that was forked off since the request began, the request is the parent's, who books it: here it is over.
        """
        here = self._states.get()
        if here is not self._state:
            self._state, self.ended = here, True
        return here

    def _abandon(self, usage: Usage | None) -> None:
        if not self.ended:
            self._spend(usage)
            self._finish()
            self._book(Ending.ABANDONED)

    def _refusal(self, at: float) -> OpenRouterError | None:
        """Find what forbids to send the request now and to wait for it."""
        state, facts = self._state, self._facts
        left = inf if facts.deadline is None else facts.deadline - at
        if left <= 0:
            late = APITimeoutError("Not sent: the deadline has passed.")
            late.clock = "deadline"
            return late
        if (pause := state.breaker.wait(facts.model, self, at)) > 0:
            refusal = CircuitOpenError("Not sent: the model failed too often in a row.")
            return refusal.with_facts(retry_after=pause)
        if (closed := state.limiter.closed_for(self._ticket, at)) > min(left, state.retry.retry_after_cap):
            limited = RateLimitError("Not sent: a rate limit that was hit before is not free again yet.")
            limited.platform = True
            return limited.with_facts(retry_after=closed, **state.limiter.reason(self._ticket))
        return None

    def _goes_on(self, error: OpenRouterError, usage: Usage | None, at: float) -> bool:
        """Learn from a failure, and say whether there will be another attempt."""
        if not self._is_under_way:
            return False
        self._is_under_way = False
        if _is_unsent(error):
            self.attempts -= 1
        verdict = judge(error)
        if verdict is Verdict.RETRY and usage is not None and (usage.cost or usage.completion_tokens):
            verdict = Verdict.AMBIGUOUS  # it failed, and says itself what it took
        if verdict is Verdict.RECONNECT and self._has_reconnected:
            verdict = Verdict.AMBIGUOUS  # twice is no accident
        self._spend(usage, nothing=self._cost_nothing(error, verdict))
        self._tell(error, verdict, at)
        delay = self._delay(error, verdict, at)
        if delay is None:
            return False
        self._not_before = at + delay
        self._error = error
        return True

    def _tell(self, error: OpenRouterError, verdict: Verdict, at: float) -> None:
        """Tell limiter and breaker what happened."""
        state, model = self._state, self._facts.model
        if isinstance(error, RateLimitError) and error.platform and error.retry_after is not None:
            reason = {"limit": error.limit, "limit_requests": error.limit_requests, "resets_at": error.resets_at}
            state.limiter.close(self._ticket, at + error.retry_after, at, reason)
        if is_failure(error):
            state.breaker.failed(model, self, at)
        elif verdict is not Verdict.RECONNECT:
            state.breaker.release(model, self)

    def _delay(self, error: OpenRouterError, verdict: Verdict, at: float) -> float | None:
        """Decide on another attempt: the seconds until it, or `None` when there must be none."""
        state, facts = self._state, self._facts
        may_bill = facts.billable and not state.retry.may_bill_twice
        is_over = verdict is Verdict.NEVER or (verdict is Verdict.AMBIGUOUS and may_bill)
        if is_over or self._first_token is not None or state.breaker.wait(facts.model, self, at) > 0:
            return None
        if verdict is Verdict.RECONNECT:
            self._has_reconnected = True
            return 0.0
        most = state.retry.max_retries if facts.max_retries is None else facts.max_retries
        if self._retries >= most or (error.retry_after or 0.0) > state.retry.retry_after_cap:
            return None
        delay = state.retry.delay(self._retries, error.retry_after)
        if facts.deadline is not None and at + delay >= facts.deadline:
            return None
        price = state.budget.take(error)
        if not price:
            return None
        self._price = price
        self._retries += 1
        return delay

    def _cost_nothing(self, error: OpenRouterError, verdict: Verdict) -> bool:
        """Whether an attempt that failed so has surely taken no tokens."""
        if self._first_token is not None or verdict is Verdict.AMBIGUOUS:
            return False
        return verdict is not Verdict.NEVER or isinstance(error, APIStatusError)

    def _spend(self, usage: Usage | None, *, nothing: bool = False) -> None:
        """Note what an attempt took. Where nobody knows, the estimate stands."""
        if usage is not None:
            self._usages = (*self._usages, usage)
            self._state.limiter.settle(self._ticket, total_tokens(usage))
        else:
            self._state.limiter.settle(self._ticket, 0 if nothing else None)

    def _finish(self) -> None:
        """Give back places in line and the probe."""
        self.ended = True
        self._is_under_way = False
        self._error = None  # its traceback holds the frames that hold this passage
        self._state.limiter.leave(self._ticket)
        self._state.breaker.release(self._facts.model, self)

    def _book(self, ending: Ending, latency: float | None = None) -> None:
        """Write it into the ledger, which has a lock of its own. What was never sent is no request."""
        if not self.attempts:
            if ending is Ending.ABANDONED:
                return
            ending = Ending.REFUSED
        self._state.ledger.book(
            ending,
            self._facts,
            attempts=self.attempts,
            usages=self._usages,
            latency=latency,
            first_token=self._first_token,
        )

    def _complete(self, error: OpenRouterError, at: float) -> OpenRouterError:
        """Add to an error what the policy knows."""
        elapsed = None if self._first_sent_at is None else at - self._first_sent_at
        return error.with_facts(attempts=self.attempts, elapsed=elapsed, model=self._facts.model)
