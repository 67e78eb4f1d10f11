"""Another model is asked while the breaker of the one that was asked for is open."""

from __future__ import annotations

import pytest

from openrouter.core.errors import CircuitOpenError, OpenRouterError
from openrouter.policy import CircuitBreaker, Facts, Go, NeedPrices, Passage, Policy, RateLimit, Retry, Wait
from openrouter.policy.budget import Budget
from openrouter.policy.facts import NEED_PRICES, NO_BILL
from tests.policy.money import a_bill, a_quote, usd
from tests.policy.situations import a_500, at

FACTS = Facts(key="k", model="a/b", fallbacks=("c/d", "e/f"))


def a_policy(**rest: object) -> Policy:
    breaker = CircuitBreaker(failures=1, pause=10)
    return Policy(retry=Retry(random=lambda: 0.0, max_retries=5), circuit_breaker=breaker, **rest)  # type: ignore[arg-type] # parametrized


def let_fail(policy: Policy, model: str, now: float = 0) -> None:
    """Have one request to a model fail, which opens its breaker."""
    passage = policy.begin(Facts(key="k", model=model, max_retries=0), at(now))
    assert passage.next(at(now)) == Go()
    with pytest.raises(OpenRouterError):
        passage.failed(a_500(), at(now))


def begun(policy: Policy, now: float, expected: Go, facts: Facts = FACTS) -> Passage:
    passage = policy.begin(facts, at(now))
    assert passage.next(at(now)) == expected
    return passage


def test_the_first_model_that_works_is_asked_and_everything_counts_for_it() -> None:
    policy = a_policy()
    assert begun(policy, 0, Go()).model == "a/b"
    let_fail(policy, "a/b")
    passage = begun(policy, 1, Go(model="c/d"))
    assert passage.model == "c/d"
    passage.succeeded(NO_BILL, at(2))
    assert policy.ledger.by_model["c/d"].successes == 1
    assert policy.ledger.by_model["a/b"].successes == 0
    let_fail(policy, "c/d", 2)
    assert begun(policy, 3, Go(model="e/f")).model == "e/f"


def test_the_model_that_was_asked_for_comes_first_again_when_a_probe_is_due() -> None:
    policy = a_policy()
    let_fail(policy, "a/b")
    probe = begun(policy, 10, Go())
    begun(policy, 10, Go(model="c/d"))
    probe.succeeded(NO_BILL, at(11))
    begun(policy, 11, Go())


def test_the_probe_of_a_fallback_is_a_way_out_too() -> None:
    policy = a_policy()
    let_fail(policy, "c/d", 0)
    let_fail(policy, "e/f", 5)
    let_fail(policy, "a/b", 5)
    begun(policy, 12, Go(model="c/d"))


def test_where_all_of_them_fail_the_shortest_wait_is_told() -> None:
    policy = a_policy()
    for now, model in enumerate(("a/b", "c/d", "e/f")):
        let_fail(policy, model, now)
    with pytest.raises(CircuitOpenError) as caught:
        policy.begin(FACTS, at(4)).next(at(4))
    assert (caught.value.retry_after, caught.value.model) == (6, "a/b")
    with pytest.raises(CircuitOpenError):
        policy.begin(Facts(key="k", model="a/b"), at(4)).next(at(4))


def test_a_failure_that_opens_the_breaker_is_tried_again_with_another_model() -> None:
    policy = a_policy()
    passage = begun(policy, 0, Go())
    passage.failed(a_500(), at(1))
    assert passage.next(at(1)) == Go(model="c/d")
    passage.failed(a_500(), at(2))
    assert passage.next(at(2)) == Go(model="e/f")
    last = a_500()
    with pytest.raises(type(last)) as caught:
        passage.failed(last, at(3))
    assert (caught.value.model, caught.value.attempts) == ("e/f", 3)
    assert [policy.ledger.by_model[model].attempts for model in policy.ledger.by_model] == [3]


def test_a_probe_that_failed_and_goes_on_with_another_model_is_the_probe_no_more() -> None:
    policy = a_policy()
    let_fail(policy, "a/b")
    probe = begun(policy, 10, Go())
    probe.failed(a_500(), at(11))
    assert probe.next(at(11)) == Go(model="c/d")
    begun(policy, 31, Go())


def test_who_waits_in_line_for_one_model_leaves_it_for_another() -> None:
    limit = RateLimit(models={"a/b": RateLimit(requests_per_minute=1)})
    policy = a_policy(rate_limit=limit)
    ahead = begun(policy, 0, Go())
    waiting = policy.begin(FACTS, at(0))
    assert isinstance(waiting.next(at(0)), Wait)
    ahead.failed(a_500(), at(1))
    assert waiting.next(at(1)) == Go(model="c/d")
    begun(policy, 61, Go())


def test_another_model_has_a_place_of_its_own_under_the_limits() -> None:
    limit = RateLimit(models={"c/d": RateLimit(requests_per_minute=1)})
    policy = a_policy(rate_limit=limit)
    let_fail(policy, "a/b")
    begun(policy, 1, Go(model="c/d"))
    second = policy.begin(FACTS, at(1))
    assert isinstance(second.next(at(1)), Wait)
    second.abandoned(NO_BILL, at(2))
    begun(policy, 61, Go())


def test_another_model_has_another_price() -> None:
    budget = Budget(1)
    policy = a_policy(budget=budget)
    passage = policy.begin(FACTS, at(0))
    assert passage.next(at(0)) is NEED_PRICES
    passage.quoted(a_quote("0.1"))
    assert passage.next(at(0)) == Go()
    passage.failed(a_500(), at(1))
    assert passage.next(at(1)) == NeedPrices(model="c/d")
    passage.quoted(a_quote("0.4"))
    assert passage.next(at(1)) == Go(model="c/d")
    assert budget.reserved == usd("0.4")
    passage.succeeded(a_bill("0.3"), at(2))
    assert budget.spent == usd("0.3")


def test_what_a_model_was_paid_before_it_was_left_stands_in_its_own_row() -> None:
    policy = Policy(
        retry=Retry(random=lambda: 0.0, may_bill_twice=True), circuit_breaker=CircuitBreaker(failures=1, pause=10)
    )
    with policy.ledger.scope("x") as spent:
        facts = FACTS._replace(scopes=policy.ledger.current_scopes())
    passage = begun(policy, 0, Go(), facts)
    passage.failed(a_500(), at(1), a_bill("0.1"))
    assert passage.next(at(1)) == Go(model="c/d")
    passage.failed(a_500(), at(2), a_bill("0.02"))
    assert passage.next(at(2)) == Go(model="e/f")
    passage.succeeded(NO_BILL, at(3))
    for table in (policy.ledger.by_model, spent.by_model):
        rows = {model: (row.requests, row.cost) for model, row in table.items()}
        assert rows == {"a/b": (0, usd("0.1")), "c/d": (0, usd("0.02")), "e/f": (1, 0)}
    assert (spent.totals.requests, spent.totals.cost) == (1, usd("0.12"))
