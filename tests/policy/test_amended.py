"""What was refused is sent once more with another key, or with fewer output tokens."""

from __future__ import annotations

from contextlib import suppress

import pytest

from openrouter.core.errors import AuthenticationError, BadRequestError, OpenRouterError, PaymentRequiredError
from openrouter.policy import CircuitBreaker, Facts, Go, Passage, Policy, RateLimit, Retry, Wait
from openrouter.policy.budget import Budget
from openrouter.policy.facts import NO_BILL
from tests.policy.money import a_quote, paid, usd
from tests.policy.situations import a_429, a_500, a_stale, at, sent

ROTATING = Facts(key="old", model="a/b", rotates=True)


def a_401() -> AuthenticationError:
    return AuthenticationError("Who?")


def a_402(affordable: int | None, source: str | None = None) -> PaymentRequiredError:
    error = PaymentRequiredError("Too dear.")
    error.affordable_tokens, error.limit_source = affordable, source
    return error


def clamping(**rest: object) -> Policy:
    retry = Retry(clamp_to_affordable=True, max_retries=0, random=lambda: 0.0)
    return Policy(retry=retry, **rest)  # type: ignore[arg-type] # parametrized


def gives_up(passage: Passage, error: OpenRouterError) -> bool:
    """Tell a passage of a failure, and whether it ended with that."""
    with suppress(OpenRouterError):
        passage.failed(error, at(1))
    return passage.ended


def test_a_key_that_is_refused_is_replaced_once_at_once() -> None:
    policy = Policy(retry=Retry(max_retries=0, budget=0))
    passage = sent(policy, ROTATING)
    assert not gives_up(passage, a_401())
    passage.rekeyed("new")
    assert passage.next(at(1)) == Go()
    assert gives_up(passage, a_401())
    assert list(policy.ledger.by_key) == ["new"]
    assert policy.ledger.totals().attempts == 2


def test_a_key_that_is_the_same_again_changes_nothing() -> None:
    policy = Policy()
    passage = sent(policy, ROTATING)
    passage.failed(a_401(), at(1))
    passage.rekeyed("old")
    assert passage.next(at(1)) == Go()
    passage.succeeded(NO_BILL, at(2))
    assert list(policy.ledger.by_key) == ["old"]


def test_another_key_has_limits_of_its_own() -> None:
    policy = Policy(rate_limit=RateLimit())
    waiting = policy.begin(ROTATING, at(0))
    sent(policy, Facts(key="old", model="a/b")).failed(a_429(30), at(0))
    assert isinstance(waiting.next(at(0)), Wait)
    waiting.rekeyed("new")
    assert waiting.next(at(0)) == Go()


def test_a_key_that_does_not_rotate_is_refused_for_good() -> None:
    assert gives_up(sent(Policy(), Facts(key="old", model="a/b")), a_401())


def test_a_new_key_a_dead_connection_and_a_smaller_answer_do_not_count_against_each_other() -> None:
    passage = sent(clamping(), ROTATING)
    for error, go in ((a_401(), Go()), (a_stale(), Go()), (a_402(50), Go(max_tokens=50))):
        assert not gives_up(passage, error)
        assert passage.next(at(1)) == go
    assert gives_up(passage, a_402(20))


def test_what_cannot_be_paid_is_asked_for_with_fewer_tokens_where_that_is_wanted() -> None:
    assert gives_up(sent(Policy()), a_402(50))
    passage = sent(clamping())
    assert not gives_up(passage, a_402(50))
    assert passage.next(at(1)) == Go(max_tokens=50)
    passage.succeeded(NO_BILL, at(2))


def test_what_is_wrong_in_another_way_is_not_sent_again_for_that() -> None:
    assert gives_up(sent(clamping(), ROTATING), BadRequestError("What?"))


@pytest.mark.parametrize("affordable", [None, 0, 100, 200])
def test_an_answer_is_only_ever_made_smaller(affordable: int | None) -> None:
    facts = Facts(key="k", model="a/b", output_tokens=100)
    assert gives_up(sent(clamping(), facts), a_402(affordable))
    assert not gives_up(sent(clamping(), facts), a_402(99))


def test_credits_that_are_only_held_for_others_are_waited_for() -> None:
    passage = sent(Policy(retry=Retry(clamp_to_affordable=True, random=lambda: 0.0)))
    assert not gives_up(passage, a_402(50, "openrouter_in_flight_budget"))
    assert passage.next(at(1)) == Go()


def test_a_smaller_answer_needs_less_of_the_budget() -> None:
    budget = Budget(1)
    passage = paid(clamping(budget=budget), a_quote("0.1", "0.001", 500))
    assert budget.reserved == usd("0.6")
    assert not gives_up(passage, a_402(200))
    assert budget.reserved == 0
    assert passage.next(at(1)) == Go(max_tokens=200)
    assert budget.reserved == usd("0.3")


def test_a_smaller_answer_makes_a_limit_where_nobody_had_set_one() -> None:
    budget = Budget(1)
    passage = paid(clamping(budget=budget), a_quote("0.1"))
    passage.quoted(a_quote("0.1", "0.001"))
    assert not gives_up(passage, a_402(200))
    assert passage.next(at(1)) == Go(max_tokens=200)
    assert budget.reserved == usd("0.3")


def test_a_probe_stays_the_probe() -> None:
    policy = clamping(circuit_breaker=CircuitBreaker(failures=1, pause=10))
    assert gives_up(sent(policy), a_500())
    probe = sent(policy, now=20)
    probe.failed(a_402(50), at(20))
    with pytest.raises(OpenRouterError, match="failed too often"):
        policy.begin(Facts(key="k", model="a/b"), at(20)).next(at(20))
    assert probe.next(at(20)) == Go(max_tokens=50)
