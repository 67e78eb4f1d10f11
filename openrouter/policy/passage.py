"""The way of one request through the policy."""

from __future__ import annotations

from functools import partial
from math import inf
from typing import TYPE_CHECKING, Final

from ..core.errors import OpenRouterError, OutputError, PaymentRequiredError
from .breaker import Choice
from .facts import NO_BILL, Bill, Facts, Go, NeedPrices, Wait
from .per_process import PerProcess
from .refusals import held_back, limited, too_late
from .retrying import AT_ONCE, Retrying
from .rows import Ending, total_tokens
from .scope import Ticket
from .state import State
from .totals import NOTHING
from .verdicts import Verdict, cost_nothing, is_unsent

if TYPE_CHECKING:
    from ..core.wire import Moment
    from ..types.cost import Quote
    from .fare import Fare
    from .till import Till

_GO: Final = Go()


class Passage:
    """One request on its way: told what happens, it says what to do.

    It belongs to one driver, which calls `next` until it answers `Go`, sends the request as the answer says, and then
    calls `failed`, `succeeded` or `abandoned`. It ends once: by the first of `succeeded`, `abandoned`, a `failed`
    that raises and a `next` that raises. After that `succeeded`, `abandoned` and `delivered` do nothing, and
    `failed` just raises.
    """

    __slots__ = (
        *("_asked", "_bills", "_error", "_facts", "_fare", "_first_sent_at", "_first_token", "_is_under_way"),
        *("_not_before", "_retrying", "_sent_at", "_state", "_states", "_ticket", "attempts", "ended"),
    )

    def __init__(self, states: PerProcess[State], facts: Facts) -> None:
        self.attempts = 0
        """How often `Go` was given."""
        self.ended = False
        self._facts = facts
        """With the model that is asked now."""
        self._asked = facts.model
        """The model that the request names."""
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
        self._retrying: Retrying | None = None
        """`None` as long as no attempt failed."""
        self._bills: tuple[Bill, ...] = ()
        self._fare: Fare | None = None
        """`None` where it may cost what it does."""
        if self._state.till is not None and facts.billable:
            self._open_fare(self._state.till)

    @property
    def model(self) -> str | None:
        """The model that is really asked: the one that the request names, or a fallback."""
        return self._facts.model

    def quoted(self, quote: Quote | None) -> None:
        """Take what the request can cost at most, after a `NeedPrices`; `None`: the price is unknown."""
        if self._fare is not None:
            self._fare.quote = quote

    def next(self, now: Moment) -> Go | Wait | NeedPrices:
        """Say whether the request may be sent now; after a `Wait` or a `NeedPrices`, ask again.

        Raises `CircuitOpenError`, `RateLimitError`, `BudgetExceededError` or `APITimeoutError` (the deadline) when
        it may not be sent at all, and the error of the last attempt when it may not be sent again. Raises
        `RuntimeError` when it is not the time to ask.
        """
        state = self._here()
        with state.lock:
            at = state.at(now)
            if self.ended or self._is_under_way:
                raise RuntimeError("The request has ended." if self.ended else "The request is under way.")
            if at < self._not_before:
                return Wait(self._not_before - at)
            refusal = self._refusal(at)
            if refusal is None:
                fare, ticket, model = self._fare, self._ticket, self._facts.model
                answer: float | NeedPrices | OpenRouterError
                if fare is None:
                    answer = state.limiter.ask(ticket, model, at)
                else:
                    other = None if model is self._asked else model
                    answer = fare.pay(other, now.utc, partial(state.limiter.ask, ticket, model, at))
                    if isinstance(answer, NeedPrices):
                        return answer
                if not isinstance(answer, OpenRouterError):
                    return self._wait(answer, at) if answer > 0 else self._go(at)
                refusal = answer
            error = refusal if self._error is None else self._error
            self._finish()
        self._book(Ending.FAILURE)
        raise self._complete(error, at)

    def queued(self, seconds: float) -> None:
        """Note that the attempt under way was sent so much later than it was let go: it waited for a place."""
        self._sent_at += seconds

    def delivered(self, now: Moment) -> None:
        """Note that the first piece of a stream reached the caller: from now on nothing is retried."""
        if self._first_token is None and self._is_under_way:
            self._first_token = max(0.0, now.monotonic - self._sent_at)
            state = self._here()
            with state.lock:
                state.at(now)
                state.breaker.passed(self._facts.model, self)

    def failed(self, error: OpenRouterError, now: Moment, bill: Bill = NO_BILL) -> None:
        """Take the failure of an attempt. Returns if there is to be another, and raises `error` if not.

        An `OutputError` is raised too, but booked as the success that it was for the service.
        """
        if isinstance(error, OutputError):
            self.succeeded(bill, now)
        state = self._here()
        with state.lock:
            at = state.at(now)
            ends_now = not self.ended
            if ends_now:
                if self._goes_on(error, bill, at, now.utc):
                    return
                self._finish()
        if ends_now:
            self._book(Ending.FAILURE)
        raise self._complete(error, at)

    def succeeded(self, bill: Bill, now: Moment) -> None:
        """End with a whole reply."""
        state = self._here()
        with state.lock:
            at = state.at(now)
            if self.ended:
                return
            latency, model = at - self._sent_at, self._facts.model
            self._spend(bill, now.utc, whole=True)
            state.breaker.succeeded(model)
            state.health.succeeded(model, latency, at)
            state.retries.give_back(0 if self._retrying is None else self._retrying.price)
            self._finish()
        self._book(Ending.SUCCESS, latency)

    def abandoned(self, bill: Bill, now: Moment, *, unsent: bool = False) -> None:
        """End because nobody wants the rest: cancelled, or a stream left early. Gives back what was held.

        What may have been billed, with nobody knowing how much, stays set aside, and stands in `Ledger.unsettled`.
        `unsent`: surely nothing of the attempt under way has gone out, so it counts for nothing.
        """
        self._here().turns.leave(partial(self._abandon, bill, now.utc, unsent=unsent))

    def rekeyed(self, key: str) -> None:
        """Take the fingerprint of the key that the next attempt is to have."""
        if key != self._facts.key:
            turns = self._here().turns
            with turns.lock:
                turns.do_left()
                self._become(self._facts._replace(key=key))

    def _here(self) -> State:
        """Give what is shared in this process.

        Where that was forked off since the request began, the request is the parent's, who books it: here it is over.
        """
        here = self._states.get()
        if here is not self._state:
            self._state, self.ended = here, True
        return here

    def _abandon(self, bill: Bill, utc: float, *, unsent: bool) -> None:
        if not self.ended:
            if unsent and self._is_under_way:
                self.attempts -= 1
            self._spend(bill, utc, nothing=unsent or not self._is_under_way)
            self._finish()
            self._book(Ending.ABANDONED)

    def _refusal(self, at: float) -> OpenRouterError | None:
        """Find what forbids to send the request now and to wait for it."""
        state, facts = self._state, self._facts
        left = inf if facts.deadline is None else facts.deadline - at
        if left <= 0:
            return too_late()
        if (pause := state.breaker.wait(facts.model, self, at)) > 0 and (pause := self._turn_away(pause, at)) > 0:
            return held_back(pause)
        if (closed := state.limiter.closed_for(self._ticket, at)) > min(left, state.retry.retry_after_cap):
            return limited(closed, state.limiter.reason(self._ticket))
        return None

    def _wait(self, seconds: float, at: float) -> Wait:
        deadline = self._facts.deadline
        return Wait(seconds if deadline is None else min(seconds, deadline - at))

    def _go(self, at: float) -> Go:
        """Let an attempt begin."""
        model, fare = self._facts.model, self._fare
        self._state.breaker.depart(model, self)
        self._is_under_way = True
        self.attempts += 1
        self._sent_at = at
        if self._first_sent_at is None:
            self._first_sent_at = at
        if fare is None and model is self._asked:
            return _GO
        return Go(None if model is self._asked else model, None if fare is None else fare.max_tokens)

    def _choice(self, pause: float, at: float) -> Choice:
        """Find the model to ask while the one at hand is refused for so many seconds."""
        facts = self._facts
        if not facts.fallbacks:
            return Choice(facts.model, pause)
        return self._state.breaker.choose((self._asked, *facts.fallbacks), self, at)

    def _turn_away(self, pause: float, at: float) -> float:
        """Turn to another model if one may be asked; else give the seconds until one may be."""
        choice = self._choice(pause, at)
        if choice.wait <= 0:
            asked = self._facts.model
            self._bills = tuple(bill._replace(asked=bill.asked or asked) for bill in self._bills)
            self._become(self._facts._replace(model=choice.model))
            if self._fare is not None:
                self._fare.forget_quote()
        return choice.wait

    def _become(self, facts: Facts) -> None:
        """Go on as a request of another model or key, between two attempts."""
        self._state.limiter.leave(self._ticket)
        self._facts, self._ticket = facts, Ticket(facts)

    def _goes_on(self, error: OpenRouterError, bill: Bill, at: float, utc: float) -> bool:
        """Learn from a failure, and say whether there will be another attempt."""
        if not self._is_under_way:
            return False
        self._is_under_way = False
        if is_unsent(error):
            self.attempts -= 1
        retrying = self._retrying = self._retrying or Retrying()
        verdict = retrying.judge(error, bill, self._facts, self._state)
        nothing = self._first_token is None and cost_nothing(error, verdict)
        if bill.generation_id is None and error.generation_id is not None:
            bill = bill._replace(generation_id=error.generation_id)
        self._spend(bill, utc, nothing=nothing)
        self._state.learn(error, self, self._ticket, self._facts.model, at, over=verdict not in AT_ONCE)
        pause = self._state.breaker.wait(self._facts.model, self, at)
        if self._first_token is not None or (pause > 0 and self._choice(pause, at).wait > 0):
            return False
        delay = retrying.delay(error, verdict, self._facts, self._state, at, ticket=self._ticket)
        if delay is None:
            return False
        if verdict is Verdict.AMENDED and isinstance(error, PaymentRequiredError):
            self._open_fare(None).most = error.affordable_tokens
        self._not_before = at + delay
        self._error = error
        return True

    def _open_fare(self, till: Till | None) -> Fare:
        """Begin to count what it costs."""
        if self._fare is None:
            from .fare import Fare  # noqa: PLC0415 - most requests may cost what they do

            self._fare = Fare(till)
        return self._fare

    def _spend(self, bill: Bill, utc: float, *, nothing: bool = False, whole: bool = False) -> None:
        """Note what an attempt took: surely `nothing`, or what a `whole` reply does. Else the estimate stands."""
        if bill.usage is not None:
            self._state.limiter.settle(self._ticket, total_tokens(bill.usage))
        else:
            self._state.limiter.settle(self._ticket, 0 if nothing else None)
        if bill is not NO_BILL:
            self._bills = (*self._bills, bill)
        held = None if self._fare is None else self._fare.take_held()
        if held is None and (whole or nothing or not self._facts.billable):
            return
        cost = bill.amount
        if cost is None and not nothing:
            from .fare import leave_unsettled  # noqa: PLC0415 - few are left like this

            has_usage = bill.usage is not None
            leave_unsettled(self._state.ledger, self._facts, bill.generation_id, held, utc, has_usage=has_usage)
        elif held is not None:
            held.settle(cost or NOTHING, utc)

    def _finish(self) -> None:
        """Give back places in line and the probe."""
        self.ended = True
        self._is_under_way = False
        self._error = None  # its traceback holds the frames that hold this passage
        self._state.limiter.leave(self._ticket)
        self._state.breaker.release(self._facts.model, self)

    def _book(self, ending: Ending, latency: float | None = None) -> None:
        """Write it into the ledger, which has a lock of its own.

        What was never sent is no request, and what only reads is none for the books.
        """
        if not self._facts.billable:
            return
        if not self.attempts:
            if ending is Ending.ABANDONED:
                return
            ending = Ending.REFUSED
        attempts, bills, first_token = self.attempts, self._bills, self._first_token
        self._state.ledger.book(
            ending, self._facts, attempts=attempts, bills=bills, latency=latency, first_token=first_token
        )

    def _complete(self, error: OpenRouterError, at: float) -> OpenRouterError:
        """Add to an error what the policy knows."""
        elapsed = None if self._first_sent_at is None else at - self._first_sent_at
        return error.with_facts(attempts=self.attempts, elapsed=elapsed, model=self._facts.model)
