"""A model that fails again and again is left alone, and tried again."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from openrouter.core.errors import (
    BadRequestError,
    CircuitOpenError,
    OpenRouterError,
    RateLimitError,
    ServerError,
)
from openrouter.policy import CircuitBreaker, Go, Passage, Policy, Retry
from openrouter.policy.breaker import MOST_MODELS
from openrouter.policy.facts import NO_BILL
from tests.policy.situations import a_passage, at

NO_RETRY = Retry(max_retries=0)


def fail(policy: Policy, now: float, error: OpenRouterError, model: str | None = "a/b") -> None:
    passage = a_passage(policy, now, model)
    assert passage.next(at(now)) == Go()
    with pytest.raises(type(error)):
        passage.failed(error, at(now))


def is_refused(policy: Policy, now: float, model: str | None = "a/b") -> float | None:
    """Ask whether a request would be refused, and for how long, without sending one."""
    passage = a_passage(policy, now, model)
    try:
        passage.next(at(now))
    except CircuitOpenError as error:
        return error.retry_after
    passage.abandoned(NO_BILL, at(now))
    return None


def an_open_one() -> Policy:
    policy = Policy(retry=NO_RETRY, circuit_breaker=CircuitBreaker(failures=3, pause=10, max_pause=35))
    for _ in range(3):
        fail(policy, 0, ServerError("Failed."))
    return policy


def test_it_opens_after_so_many_failures_in_a_row_for_that_model_alone() -> None:
    policy = Policy(retry=NO_RETRY)
    for _ in range(4):
        fail(policy, 0, ServerError("Failed."))
    assert is_refused(policy, 0) is None
    fail(policy, 0, ServerError("Failed."))
    assert is_refused(policy, 0) == 30.0
    assert is_refused(policy, 29) == 1.0
    assert is_refused(policy, 0, "another") is None
    assert is_refused(policy, 0, None) is None


def test_the_refusal_says_when_and_that_nothing_was_sent() -> None:
    passage = a_passage(an_open_one(), 4)
    with pytest.raises(CircuitOpenError, match=r"^Not sent.*\[a/b\] The circuit breaker .* back for 6 s\.$") as caught:
        passage.next(at(4))
    assert caught.value.attempts == 0
    assert passage.ended


def test_a_success_starts_the_count_again() -> None:
    policy = Policy(retry=NO_RETRY, circuit_breaker=CircuitBreaker(failures=2))
    for _ in range(3):
        fail(policy, 0, ServerError("Failed."))
        passage = a_passage(policy, 0)
        passage.next(at(0))
        passage.succeeded(NO_BILL, at(0))
    assert is_refused(policy, 0) is None


@pytest.mark.parametrize("error", [BadRequestError("Wrong."), RateLimitError("Slower.")])
def test_mistakes_and_limits_neither_count_nor_reset(error: OpenRouterError) -> None:
    policy = Policy(retry=NO_RETRY, circuit_breaker=CircuitBreaker(failures=2))
    for _ in range(5):
        fail(policy, 0, error)
    fail(policy, 0, ServerError("Failed."))
    fail(policy, 0, error)
    assert is_refused(policy, 0) is None
    fail(policy, 0, ServerError("Failed."))
    assert is_refused(policy, 0) is not None


def test_one_probe_goes_after_the_pause_and_its_success_opens_the_way() -> None:
    policy = an_open_one()
    probe = a_passage(policy, 10)
    assert probe.next(at(10)) == Go()
    assert [is_refused(policy, 10) for _ in range(2)] == [10.0, 10.0]
    probe.succeeded(NO_BILL, at(12))
    assert is_refused(policy, 12) is None


def test_the_pause_doubles_while_probes_fail_up_to_its_longest() -> None:
    policy = an_open_one()
    now = 10.0
    for pause in (20.0, 35.0, 35.0):
        fail(policy, now, ServerError("Failed."))
        assert is_refused(policy, now) == pause
        now += pause


@pytest.mark.parametrize("error", [BadRequestError("Wrong."), RateLimitError("Slower.")])
def test_a_probe_that_learned_nothing_is_given_back(error: OpenRouterError) -> None:
    policy = an_open_one()
    fail(policy, 10, error)
    assert is_refused(policy, 10) is None


def test_an_abandoned_probe_is_given_back() -> None:
    policy = an_open_one()
    probe = a_passage(policy, 10)
    probe.next(at(10))
    probe.abandoned(NO_BILL, at(11))
    assert a_passage(policy, 11).next(at(11)) == Go()


def test_a_stream_that_has_begun_as_the_probe_opens_the_way_at_once() -> None:
    policy = an_open_one()
    probe = a_passage(policy, 10)
    probe.next(at(10))
    assert is_refused(policy, 11) is not None
    probe.delivered(at(11))
    assert is_refused(policy, 11) is None


def test_a_stream_that_begins_while_nothing_is_on_trial_resets_no_count() -> None:
    policy = Policy(retry=NO_RETRY, circuit_breaker=CircuitBreaker(failures=2))
    for now in (0, 1):
        passage = a_passage(policy, now)
        passage.next(at(now))
        passage.delivered(at(now))
        with pytest.raises(ServerError):
            passage.failed(ServerError("Failed midway."), at(now))
    assert is_refused(policy, 2) is not None


def test_failures_of_requests_sent_before_change_nothing_while_it_is_open() -> None:
    policy = Policy(retry=NO_RETRY, circuit_breaker=CircuitBreaker(failures=1, pause=10))
    early = [a_passage(policy, 0) for _ in range(3)]
    for passage in early:
        passage.next(at(0))
    for second, passage in enumerate(early):
        with pytest.raises(ServerError):
            passage.failed(ServerError("Failed."), at(second))
    assert is_refused(policy, 2) == 8.0


def test_without_a_breaker_a_model_may_fail_for_ever() -> None:
    policy = Policy(retry=NO_RETRY, circuit_breaker=None)
    for _ in range(1000):
        fail(policy, 0, ServerError("Failed."))
    assert is_refused(policy, 0) is None


def test_the_model_that_failed_longest_ago_is_forgotten_when_there_are_too_many() -> None:
    policy = Policy(retry=NO_RETRY, circuit_breaker=CircuitBreaker(failures=1))
    for number in range(MOST_MODELS + 1):
        fail(policy, 0, ServerError("Failed."), f"model {number}")
    assert is_refused(policy, 0, "model 0") is None
    assert is_refused(policy, 0, "model 1") is not None


def test_a_model_that_failed_again_is_remembered_longer() -> None:
    policy = Policy(retry=NO_RETRY, circuit_breaker=CircuitBreaker(failures=2))
    for number in (*range(MOST_MODELS), 0, MOST_MODELS):
        fail(policy, 0, ServerError("Failed."), f"model {number}")
    assert is_refused(policy, 0, "model 0") is not None


class BreakerMachine(RuleBasedStateMachine):
    """Compare with the plain rules, whatever the order of events."""

    def __init__(self) -> None:
        super().__init__()
        self.policy = Policy(retry=NO_RETRY, circuit_breaker=CircuitBreaker(failures=2, pause=10, max_pause=40))
        self.now = 0.0
        self.under_way: list[Passage] = []
        self.failures = 0
        self.opened: float | None = None
        self.pause = 10.0
        self.probe: Passage | None = None

    @rule(seconds=st.floats(0, 30))
    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def begin(self) -> None:
        passage = a_passage(self.policy, self.now)
        on_trial = self.opened is not None
        if self.opened is not None and (self.now < self.opened or self.probe is not None):
            with pytest.raises(CircuitOpenError):
                passage.next(at(self.now))
            assert passage.ended
            return
        assert passage.next(at(self.now)) == Go()
        self.under_way.append(passage)
        if on_trial:
            self.probe = passage

    @precondition(lambda self: self.under_way)
    @rule(data=st.data())
    def fail_one(self, data: st.DataObject) -> None:
        passage = self._take(data)
        with pytest.raises(ServerError):
            passage.failed(ServerError("Failed."), at(self.now))
        if self.opened is None:
            self.failures += 1
            self.pause = 10.0
            self.opened = self.now + 10.0 if self.failures == 2 else None
        elif passage is self.probe:
            self.pause = min(40.0, 2 * self.pause)
            self.opened, self.probe = self.now + self.pause, None

    @precondition(lambda self: self.under_way)
    @rule(data=st.data())
    def succeed(self, data: st.DataObject) -> None:
        self._take(data).succeeded(NO_BILL, at(self.now))
        self.failures, self.opened, self.probe = 0, None, None

    @precondition(lambda self: self.under_way)
    @rule(data=st.data())
    def abandon(self, data: st.DataObject) -> None:
        passage = self._take(data)
        passage.abandoned(NO_BILL, at(self.now))
        if passage is self.probe:
            self.probe = None

    @invariant()
    def answers_by_the_rules(self) -> None:
        is_open = self.opened is not None and (self.now < self.opened or self.probe is not None)
        assert (is_refused(self.policy, self.now) is not None) is is_open

    def _take(self, data: st.DataObject) -> Passage:
        return self.under_way.pop(data.draw(st.integers(0, len(self.under_way) - 1)))


TestBreakerByTheRules = BreakerMachine.TestCase
