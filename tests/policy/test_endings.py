"""Each request ends exactly once, is booked once and gives back what it held."""

from __future__ import annotations

import weakref
from decimal import Decimal

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from openrouter.core.errors import (
    APIConnectionError,
    APITimeoutError,
    AuthenticationError,
    ClosedClientError,
    OpenRouterError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
    TruncatedOutputError,
)
from openrouter.policy import CircuitBreaker, Facts, Go, Ledger, Passage, Policy, RateLimit, Retry, Wait
from openrouter.policy.facts import NO_BILL, Bill
from openrouter.types.chat import Usage
from tests.policy.situations import FACTS, a_500, a_break, a_stale, at, retrying, sent


@pytest.mark.parametrize("with_usage", [True, False])
def test_an_unusable_reply_is_raised_and_booked_as_the_success_that_it_was(*, with_usage: bool) -> None:
    policy = retrying()
    passage = sent(policy)
    error = TruncatedOutputError("Cut.")
    bill = Bill(Usage(total_tokens=9, cost=Decimal("0.5"))) if with_usage else NO_BILL
    with pytest.raises(TruncatedOutputError) as caught:
        passage.failed(error, at(2), bill)
    assert caught.value is error
    assert error.attempts == 1
    totals = policy.ledger.totals(at(2))
    assert (totals.successes, totals.failures) == (1, 0)
    assert totals.cost == (Decimal("0.5") if with_usage else 0)


def test_what_every_attempt_cost_is_booked() -> None:
    policy = retrying(may_bill_twice=True)
    passage = sent(policy)
    passage.failed(StreamInterruptedError("Cut."), at(0), Bill(Usage(total_tokens=3, cost=Decimal("0.1"))))
    assert passage.next(at(1)) == Go()
    passage.abandoned(Bill(Usage(total_tokens=4, cost=Decimal("0.2"))), at(2))
    totals = policy.ledger.totals(at(2))
    assert (totals.cost, totals.total_tokens, totals.abandoned) == (Decimal("0.3"), 7, 1)


def test_what_was_abandoned_before_it_was_sent_never_happened() -> None:
    policy = retrying()
    passage = policy.begin(FACTS, at(0))
    passage.abandoned(NO_BILL, at(0))
    assert passage.ended
    totals = policy.ledger.totals(at(0))
    assert (totals.requests, totals.abandoned, totals.refused) == (0, 0, 0)


def test_what_was_abandoned_between_two_attempts_keeps_the_first() -> None:
    policy = retrying()
    passage = sent(policy)
    passage.failed(APIConnectionError("Nobody there."), at(0))
    passage.abandoned(NO_BILL, at(0), unsent=True)
    totals = policy.ledger.totals(at(0))
    assert (totals.requests, totals.attempts, totals.abandoned) == (1, 1, 1)


def test_an_error_before_it_was_sent_is_raised_and_is_no_request() -> None:
    policy = retrying()
    passage = policy.begin(FACTS, at(0))
    with pytest.raises(ServerError) as caught:
        passage.failed(a_500(), at(0))
    assert caught.value.attempts == 0
    assert caught.value.elapsed is None
    assert policy.ledger.totals(at(0)).refused == 1


def a_full_queue() -> APITimeoutError:
    error = APITimeoutError("All places were taken.")
    error.clock = "queue"
    return error


@pytest.mark.parametrize("error", [ClosedClientError("Closed."), a_full_queue()])
def test_an_attempt_that_never_went_out_is_no_request(error: OpenRouterError) -> None:
    policy = retrying()
    with pytest.raises(type(error)):
        sent(policy).failed(error, at(1))
    totals = policy.ledger.totals()
    assert (totals.requests, totals.refused, error.attempts) == (0, 1, 0)


def test_it_is_asked_only_when_there_is_something_to_decide() -> None:
    passage = sent(retrying())
    with pytest.raises(RuntimeError, match="under way"):
        passage.next(at(0))
    passage.succeeded(NO_BILL, at(0))
    with pytest.raises(RuntimeError, match="ended"):
        passage.next(at(0))


def test_a_failure_that_was_overcome_is_not_kept() -> None:
    passage = sent(retrying())
    error = a_500()
    kept = weakref.ref(error)
    passage.failed(error, at(0))
    del error
    assert kept() is not None
    assert passage.next(at(1)) == Go()
    passage.succeeded(NO_BILL, at(1))
    assert kept() is None


def test_the_first_end_counts() -> None:
    policy = retrying()
    passage = sent(policy)
    passage.succeeded(NO_BILL, at(1))
    passage.succeeded(NO_BILL, at(2))
    passage.abandoned(NO_BILL, at(2))
    late = a_500()
    with pytest.raises(ServerError) as caught:
        passage.failed(late, at(3))
    assert caught.value is late
    totals = policy.ledger.totals(at(3))
    assert (totals.successes, totals.failures, totals.abandoned) == (1, 0, 0)


def test_a_request_that_is_about_no_model_ends_like_any_other() -> None:
    policy = Policy()
    sent(policy, Facts()).succeeded(NO_BILL, at(1))
    with pytest.raises(AuthenticationError):
        sent(policy, Facts()).failed(AuthenticationError("Who?"), at(1))
    totals = policy.ledger.totals(at(1))
    assert (totals.successes, totals.failures) == (1, 1)
    assert policy.ledger.by_model == {}


def test_what_only_reads_is_not_in_the_books() -> None:
    policy = Policy()
    sent(policy, Facts(billable=False)).succeeded(NO_BILL, at(1))
    sent(policy, Facts(billable=False)).abandoned(NO_BILL, at(1))
    with pytest.raises(AuthenticationError):
        sent(policy, Facts(billable=False)).failed(AuthenticationError("Who?"), at(1))
    totals = policy.ledger.totals(at(1))
    assert (totals.requests, totals.attempts, totals.success_rate) == (0, 0, 1.0)


def test_the_ledger_opens_with_the_first_request_and_can_be_shared() -> None:
    ledger = Ledger()
    one, two = Policy(ledger=ledger), Policy(ledger=ledger)
    sent(one, now=5).succeeded(NO_BILL, at(6))
    sent(two, now=7).succeeded(NO_BILL, at(8))
    totals = ledger.totals(at(15))
    assert (totals.successes, totals.uptime) == (2, 10)


class PassageMachine(RuleBasedStateMachine):
    """Many requests in random order: none is lost, none is counted twice, and everything is given back."""

    def __init__(self) -> None:
        super().__init__()
        self.policy = Policy(
            retry=Retry(random=lambda: 1.0, budget=30),
            rate_limit=RateLimit(requests_per_minute=6, tokens_per_minute=50, free_requests_per_minute=2),
            circuit_breaker=CircuitBreaker(failures=3, pause=5),
        )
        self.now = 0.0
        self.waiting: list[Passage] = []
        self.under_way: list[Passage] = []
        self.over: list[Passage] = []
        self.successes = self.failures = self.abandoned = self.refused = 0

    @rule(seconds=st.floats(0, 40))
    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    @rule(
        model=st.sampled_from(["a", "b:free", None]),
        deadline=st.one_of(st.none(), st.floats(0, 30)),
        tokens=st.integers(0, 60),
    )
    def begin(self, model: str | None, deadline: float | None, tokens: int) -> None:
        end = None if deadline is None else self.now + deadline
        facts = Facts(key="k", model=model, deadline=end, tokens=tokens)
        self.waiting.append(self.policy.begin(facts, at(self.now)))

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def ask(self, data: st.DataObject) -> None:
        passage = self._take(self.waiting, data)
        attempts = passage.attempts
        try:
            answer = passage.next(at(self.now))
        except OpenRouterError:
            self._end(passage, "failures")
        else:
            assert passage.attempts == attempts + isinstance(answer, Go)
            assert answer == Go() or (isinstance(answer, Wait) and answer.seconds > 0)
            (self.under_way if answer == Go() else self.waiting).append(passage)

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), kind=st.sampled_from(["500", "401", "429", "stale", "break"]), delivered=st.booleans())
    def fail(self, data: st.DataObject, kind: str, *, delivered: bool) -> None:
        passage = self._take(self.under_way, data)
        limited = RateLimitError("Slower.")
        limited.status_code, limited.platform, limited.retry_after = 429, True, 20.0
        errors = {"500": a_500(), "401": AuthenticationError("Who?"), "429": limited, "stale": a_stale()}
        if delivered:
            passage.delivered(at(self.now))
        try:
            passage.failed(errors.get(kind, a_break()), at(self.now))
        except OpenRouterError:
            self._end(passage, "failures")
        else:
            assert not delivered
            self.waiting.append(passage)

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), tokens=st.integers(0, 80))
    def succeed(self, data: st.DataObject, tokens: int) -> None:
        passage = self._take(self.under_way, data)
        passage.succeeded(Bill(Usage(total_tokens=tokens)), at(self.now))
        self._end(passage, "successes")

    @precondition(lambda self: self.waiting or self.under_way)
    @rule(data=st.data())
    def abandon(self, data: st.DataObject) -> None:
        passage = self._take(self.waiting or self.under_way, data)
        passage.abandoned(NO_BILL, at(self.now))
        self._end(passage, "abandoned")

    @invariant()
    def every_end_is_booked_once(self) -> None:
        totals = self.policy.ledger.totals(at(self.now))
        assert totals.successes == self.successes
        assert totals.failures == self.failures
        assert totals.abandoned == self.abandoned
        assert totals.refused == self.refused
        assert totals.attempts == sum(passage.attempts for passage in self.over)
        assert all(passage.ended for passage in self.over)
        assert not any(passage.ended for passage in self.waiting + self.under_way)

    def teardown(self) -> None:
        for passage in self.waiting + self.under_way:
            passage.abandoned(NO_BILL, at(self.now))
        later = self.now + 1000
        for model in ("a", "b:free", None):
            assert self.policy.begin(Facts(key="k", model=model), at(later)).next(at(later)) == Go()

    def _take(self, passages: list[Passage], data: st.DataObject) -> Passage:
        return passages.pop(data.draw(st.integers(0, len(passages) - 1)))

    def _end(self, passage: Passage, ending: str) -> None:
        self.over.append(passage)
        if passage.attempts:
            setattr(self, ending, getattr(self, ending) + 1)
        elif ending == "failures":
            self.refused += 1


TestPassages = PassageMachine.TestCase
