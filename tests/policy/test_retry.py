"""Waits between attempts, and the budget that all requests have for them."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given, strategies as st

from openrouter.core.errors import APITimeoutError, InvalidArgumentError, OpenRouterError, ServerError
from openrouter.policy import CircuitBreaker, RateLimit, Retry
from openrouter.policy.retry import RetryBudget


@pytest.mark.parametrize(
    ("retries", "longest"), [(0, 0.5), (1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (5, 8.0), (10_000, 8.0)]
)
def test_the_longest_wait_doubles_up_to_the_cap(retries: int, longest: float) -> None:
    assert Retry(random=lambda: 1.0).delay(retries, None) == longest
    assert Retry(random=lambda: 0.25).delay(retries, None) == longest / 4
    assert Retry(random=lambda: 0.0).delay(retries, None) == 0.0


def test_a_time_that_the_service_named_is_kept_and_jittered_upwards() -> None:
    assert Retry(random=lambda: 0.0).delay(0, 30.0) == 30.0
    assert Retry(random=lambda: 1.0, base=2.0).delay(3, 30.0) == 32.0


@given(retries=st.integers(0, 5000), base=st.floats(0, 100), cap=st.floats(0, 100))
def test_the_default_waits_are_random_and_within_bounds(retries: int, base: float, cap: float) -> None:
    assert 0 <= Retry(base=base, cap=cap).delay(retries, None) <= cap


def test_the_default_randomness_varies() -> None:
    assert len({Retry().delay(4, None) for _ in range(20)}) > 1


@pytest.mark.parametrize(
    "settings", [Retry(), Retry(budget=None), RateLimit(models={"a": RateLimit()}), CircuitBreaker()]
)
def test_settings_can_be_pickled(settings: object) -> None:
    assert pickle.loads(pickle.dumps(settings)) == settings  # noqa: S301 - our own bytes


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        (Retry, {"max_retries": -1}, "Retry.max_retries is -1; it has to be a whole number, 0 or more."),
        (Retry, {"max_retries": 1.5}, "Retry.max_retries is 1.5; it has to be a whole number, 0 or more."),
        (Retry, {"max_retries": True}, "Retry.max_retries is True; it has to be a whole number, 0 or more."),
        (Retry, {"base": -0.1}, "Retry.base is -0.1; it has to be a number of seconds, 0 or more."),
        (Retry, {"base": True}, "Retry.base is True; it has to be a number of seconds, 0 or more."),
        (Retry, {"cap": float("nan")}, "Retry.cap is nan; it has to be a number of seconds, 0 or more."),
        (Retry, {"retry_after_cap": "1"}, "Retry.retry_after_cap is '1'; it has to be a number of seconds"),
        (Retry, {"budget": -5}, "Retry.budget is -5; it has to be a whole number, 0 or more."),
        (RateLimit, {"requests_per_minute": -1}, "RateLimit.requests_per_minute is -1; it has to be a whole"),
        (RateLimit, {"tokens_per_minute": 0.5}, "RateLimit.tokens_per_minute is 0.5; it has to be a whole"),
        (RateLimit, {"min_interval": float("inf")}, "RateLimit.min_interval is inf; it has to be a number of"),
        (RateLimit, {"models": {"a": 5}}, "RateLimit.models['a'] is 5; it has to be a RateLimit that has no"),
        (
            RateLimit,
            {"models": {"a": RateLimit(models={"b": RateLimit()})}},
            "it has to be a RateLimit that has no `models` itself",
        ),
        (CircuitBreaker, {"failures": 0}, "CircuitBreaker.failures is 0; it has to be a whole number, 1 or"),
        (CircuitBreaker, {"pause": 0}, "CircuitBreaker.pause is 0; it has to be more than 0 seconds."),
        (CircuitBreaker, {"pause": -1}, "CircuitBreaker.pause is -1; it has to be a number of seconds, 0 or"),
        (
            CircuitBreaker,
            {"max_pause": float("nan")},
            "CircuitBreaker.max_pause is nan; it has to be a number of",
        ),
        (CircuitBreaker, {"max_pause": 5}, "CircuitBreaker.max_pause is 5; it has to be no less than the pause"),
    ],
)
def test_a_value_out_of_range_is_named_with_its_range(kind: Any, values: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        kind(**values)
    assert message in str(caught.value)


def test_a_retry_takes_five_and_one_after_a_timeout_ten() -> None:
    budget = RetryBudget(25)
    error, timeout = ServerError("Failed."), APITimeoutError("Too late.")
    assert [budget.take(timeout), budget.take(error), budget.take(timeout)] == [10, 5, 10]
    assert budget.take(error) == 0


def test_a_success_gives_back_what_its_last_retry_took_or_one() -> None:
    budget = RetryBudget(10)
    error = ServerError("Failed.")
    assert [budget.take(error), budget.take(error), budget.take(error)] == [5, 5, 0]
    budget.give_back(5)
    assert [budget.take(error), budget.take(error)] == [5, 0]
    for _ in range(4):
        budget.give_back(0)
    assert budget.take(error) == 0
    budget.give_back(0)
    assert budget.take(error) == 5


def test_without_a_budget_a_retry_is_always_paid() -> None:
    budget = RetryBudget(None)
    assert all(budget.take(APITimeoutError("Too late.")) == 10 for _ in range(1000))


@given(
    capacity=st.integers(0, 60),
    steps=st.lists(st.sampled_from([ServerError("Failed."), APITimeoutError("Too late."), 0, 5, 10]), max_size=80),
)
def test_the_budget_stays_between_nothing_and_its_capacity(capacity: int, steps: list[OpenRouterError | int]) -> None:
    budget, left = RetryBudget(capacity), capacity
    for step in steps:
        if isinstance(step, int):
            budget.give_back(step)
            left = min(capacity, left + (step or 1))
        else:
            price = 10 if isinstance(step, APITimeoutError) else 5
            taken = budget.take(step)
            assert taken == (price if price <= left else 0)
            left -= taken
        assert 0 <= left <= capacity
