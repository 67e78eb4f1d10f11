"""What is known of a model is what was seen of it in the last five minutes."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given, strategies as st

from openrouter.core.errors import BadRequestError, ServerError
from openrouter.policy import CircuitBreaker, Policy, Retry
from openrouter.policy.facts import NO_BILL
from openrouter.policy.health import MOST_MODELS, SLICE, WINDOW, Health, PolicyHealth, SeenHealth
from tests.policy.situations import a_500, a_passage, at, sent

MODEL = "a/b"


def test_successes_and_failures_are_counted_by_model() -> None:
    health = Health()
    for latency in (1.0, 2.0, 3.0):
        health.succeeded(MODEL, latency, 100.0)
    health.failed(MODEL, 105.0)
    health.failed("another", 105.0)
    seen = health.of(MODEL, 110.0)
    assert seen is not None
    assert (seen.requests, seen.successes, seen.failures, seen.success_rate) == (4, 3, 1, 0.75)
    assert seen.latency == pytest.approx(2.0, rel=0.05)
    assert seen.seconds == 300
    assert health.of("another", 110.0) == SeenHealth(successes=0, failures=1, latency=None)


def test_what_is_about_no_model_counts_nowhere() -> None:
    health = Health()
    health.succeeded(None, 1.0, 0.0)
    health.failed(None, 0.0)
    assert health.of("None", 0.0) is None


@given(st.lists(st.tuples(st.floats(0, 120), st.booleans()), max_size=60))
def test_five_minutes_are_remembered_to_a_slice(steps: list[tuple[float, bool]]) -> None:
    health, now, ended = Health(), 0.0, list[float]()
    for gap, succeeds in steps:
        now += gap
        if succeeds:
            health.succeeded(MODEL, 1.0, now)
        else:
            health.failed(MODEL, now)
        ended.append(now)
        seen = health.of(MODEL, now)
        assert seen is not None
        assert sum(then > now - WINDOW + SLICE for then in ended) <= seen.requests
        assert seen.requests <= sum(then > now - WINDOW for then in ended)
    assert health.of(MODEL, now + WINDOW) is None


def test_what_is_too_old_takes_no_memory() -> None:
    def size_after(failures: int) -> int:
        health = Health()
        for number in range(failures):
            health.failed(MODEL, number * SLICE)
        return len(pickle.dumps(health))

    assert size_after(1000) < 2 * size_after(30)


def test_only_so_many_models_are_remembered_and_the_longest_idle_is_forgotten() -> None:
    health = Health()
    for number in range(MOST_MODELS):
        health.failed(f"model {number}", 0.0)
    health.failed("model 0", 1.0)
    health.failed("one more", 2.0)
    assert health.of("model 0", 2.0) is not None
    assert health.of("model 1", 2.0) is None
    assert health.of("model 2", 2.0) is not None


def test_the_policy_tells_what_it_saw() -> None:
    policy = Policy(retry=Retry(max_retries=0), circuit_breaker=CircuitBreaker(failures=2, pause=30))
    assert policy.health(MODEL, at(0)) == PolicyHealth(
        requests=0, success_rate=None, latency=None, breaker_open=False, retry_after=None
    )
    sent(policy).succeeded(NO_BILL, at(2))
    passage = a_passage(policy, 3)
    passage.next(at(3))
    with pytest.raises(BadRequestError):
        passage.failed(BadRequestError("Yours."), at(3))
    seen = policy.health(MODEL, at(4))
    assert (seen.requests, seen.success_rate, seen.breaker_open, seen.retry_after) == (1, 1.0, False, None)
    assert seen.latency == pytest.approx(2.0, rel=0.05)
    for _ in range(2):
        with pytest.raises(ServerError):
            sent(policy, now=5).failed(a_500(), at(5))
    seen = policy.health(MODEL, at(15))
    assert (seen.requests, seen.breaker_open, seen.retry_after) == (3, True, 20)
    assert seen.success_rate == pytest.approx(1 / 3)
    assert policy.health("another", at(15)).requests == 0
