"""One request on its way: when it is tried again."""

from __future__ import annotations

from decimal import Decimal

import pytest

from openrouter.core.errors import (
    APIConnectionError,
    APITimeoutError,
    AuthenticationError,
    CircuitOpenError,
    InvalidArgumentError,
    OpenRouterError,
    ServerError,
    StreamInterruptedError,
)
from openrouter.policy import CircuitBreaker, Facts, Go, Policy, Wait
from openrouter.policy.facts import NO_BILL, Bill
from openrouter.types.chat import Usage
from tests.policy.situations import FACTS, a_500, a_break, a_stale, at, retrying, sent


def test_a_failure_that_passes_is_tried_again_after_growing_waits() -> None:
    policy = retrying()
    passage = sent(policy)
    passage.failed(a_500(), at(1))
    assert passage.next(at(1)) == Wait(0.25)
    assert passage.next(at(1.125)) == Wait(0.125)
    assert passage.next(at(1.25)) == Go()
    passage.failed(a_500(), at(2))
    assert passage.next(at(2)) == Wait(0.5)
    assert passage.next(at(3)) == Go()
    passage.succeeded(Bill(Usage(total_tokens=7)), at(5))
    totals = policy.ledger.totals(at(5))
    assert (totals.requests, totals.attempts, totals.retries, totals.successes) == (1, 3, 2, 1)
    assert totals.latency.p50 == pytest.approx(2.0, rel=0.05)
    assert totals.total_tokens == 7


def test_after_the_last_retry_the_error_is_raised_with_what_is_known() -> None:
    policy = retrying(max_retries=1)
    passage = sent(policy)
    passage.failed(a_500(), at(1))
    assert passage.next(at(2)) == Go()
    last = a_500()
    with pytest.raises(ServerError, match=r"Failed\. \[a/b, after 2 attempts and 3\.5 s\]") as caught:
        passage.failed(last, at(3.5))
    assert caught.value is last
    assert (last.attempts, last.elapsed, last.model) == (2, 3.5, "a/b")
    assert passage.ended
    assert policy.ledger.totals(at(4)).failures == 1


def test_what_never_passes_is_raised_at_once() -> None:
    passage = sent(retrying())
    with pytest.raises(AuthenticationError):
        passage.failed(AuthenticationError("Who?"), at(1))


def test_the_request_may_want_other_retries_than_the_policy() -> None:
    with pytest.raises(ServerError):
        sent(retrying(max_retries=5), Facts(max_retries=0)).failed(a_500(), at(1))
    passage = sent(retrying(max_retries=0), Facts(max_retries=1))
    passage.failed(a_500(), at(1))
    assert passage.next(at(2)) == Go()


@pytest.mark.parametrize(
    ("billable", "may_bill_twice", "goes_on"),
    [(True, False, False), (True, True, True), (False, False, True), (False, True, True)],
)
@pytest.mark.parametrize("error", [a_break(), StreamInterruptedError("Cut.")])
def test_what_may_have_been_billed_is_only_tried_again_where_that_is_fine(
    error: OpenRouterError, *, billable: bool, may_bill_twice: bool, goes_on: bool
) -> None:
    passage = sent(retrying(may_bill_twice=may_bill_twice), Facts(billable=billable))
    if goes_on:
        passage.failed(error, at(1))
        assert passage.next(at(10)) == Go()
    else:
        with pytest.raises(type(error)):
            passage.failed(error, at(1))


@pytest.mark.parametrize("usage", [Usage(completion_tokens=3), Usage(cost=Decimal("0.1"))])
def test_a_failure_that_says_itself_what_it_took_is_not_tried_again(usage: Usage) -> None:
    with pytest.raises(ServerError):
        sent(retrying()).failed(a_500(), at(1), Bill(usage))
    passage = sent(retrying())
    passage.failed(a_500(), at(1), Bill(Usage(prompt_tokens=3)))
    assert passage.next(at(10)) == Go()


def test_a_refusal_that_says_what_it_took_stays_one() -> None:
    with pytest.raises(AuthenticationError):
        sent(retrying(may_bill_twice=True)).failed(AuthenticationError("Who?"), at(1), Bill(Usage(completion_tokens=3)))


def test_a_stale_connection_is_replaced_once_at_once_and_for_free() -> None:
    passage = sent(retrying(max_retries=0, budget=0))
    passage.failed(a_stale(), at(0))
    assert passage.next(at(0)) == Go()
    with pytest.raises(APIConnectionError):
        passage.failed(a_stale(), at(0))


def test_a_second_stale_connection_is_no_accident_and_may_have_been_billed() -> None:
    passage = sent(retrying())
    passage.failed(a_stale(), at(0))
    assert passage.next(at(0)) == Go()
    with pytest.raises(APIConnectionError):
        passage.failed(a_stale(), at(0))


def test_the_probe_is_kept_while_a_stale_connection_is_replaced() -> None:
    policy = retrying(breaker=CircuitBreaker(failures=1, pause=10), max_retries=0)
    with pytest.raises(ServerError):
        sent(policy).failed(a_500(), at(0))
    probe = sent(policy, now=10)
    probe.failed(a_stale(), at(10))
    with pytest.raises(CircuitOpenError):
        policy.begin(FACTS, at(10)).next(at(10))
    assert probe.next(at(10)) == Go()
    probe.succeeded(NO_BILL, at(11))


def test_once_something_was_delivered_nothing_is_tried_again() -> None:
    policy = retrying(may_bill_twice=True)
    passage = sent(policy, Facts(key="k", model="a/b", stream=True))
    passage.delivered(at(2))
    passage.delivered(at(50))
    with pytest.raises(ServerError):
        passage.failed(a_500(), at(60))
    assert policy.ledger.totals(at(60)).first_token.p50 == pytest.approx(2.0, rel=0.05)


def test_only_what_is_under_way_can_be_delivered() -> None:
    policy = retrying()
    passage = sent(policy)
    passage.failed(a_500(), at(1))
    passage.delivered(at(2))
    assert passage.next(at(3)) == Go()
    passage.succeeded(NO_BILL, at(4))
    passage.delivered(at(5))
    assert policy.ledger.totals(at(5)).first_token.p50 is None


def test_a_time_that_the_service_named_is_kept() -> None:
    passage = sent(retrying())
    passage.failed(a_500(retry_after=60), at(1))
    assert passage.next(at(1)) == Wait(60.25)


def test_a_time_beyond_the_cap_is_raised() -> None:
    passage = sent(retrying())
    with pytest.raises(ServerError) as caught:
        passage.failed(a_500(retry_after=121), at(1))
    assert caught.value.retry_after == 121


def test_a_wait_beyond_the_deadline_is_not_begun() -> None:
    passage = sent(retrying(), Facts(deadline=1.25))
    with pytest.raises(ServerError):
        passage.failed(a_500(), at(1))
    passage = sent(retrying(), Facts(deadline=1.3))
    passage.failed(a_500(), at(1))
    assert passage.next(at(1)) == Wait(0.25)


def test_nothing_starts_after_the_deadline() -> None:
    policy = retrying()
    with pytest.raises(APITimeoutError, match="Not sent"):
        policy.begin(Facts(deadline=5), at(0)).next(at(5))
    assert policy.ledger.totals(at(5)).refused == 1
    assert policy.ledger.totals(at(5)).requests == 0


def test_a_retry_that_cannot_start_raises_what_the_last_attempt_failed_with() -> None:
    policy = retrying()
    passage = sent(policy, Facts(deadline=2))
    error = a_500()
    passage.failed(error, at(1))
    with pytest.raises(ServerError) as caught:
        passage.next(at(2))
    assert caught.value is error
    assert error.attempts == 1
    assert policy.ledger.totals(at(2)).failures == 1
    assert policy.ledger.totals(at(2)).refused == 0


def test_a_failure_that_opens_the_breaker_is_raised_itself() -> None:
    policy = retrying(breaker=CircuitBreaker(failures=2))
    passage = sent(policy)
    passage.failed(a_500(), at(0))
    assert passage.next(at(1)) == Go()
    with pytest.raises(ServerError):
        passage.failed(a_500(), at(1))


def test_a_breaker_that_another_opened_meanwhile_ends_the_retrying_with_the_real_error() -> None:
    policy = retrying(breaker=CircuitBreaker(failures=2))
    passage = sent(policy)
    error = a_500()
    passage.failed(error, at(0))
    with pytest.raises(ServerError):
        sent(policy).failed(a_500(), at(0))
    with pytest.raises(ServerError) as caught:
        passage.next(at(1))
    assert caught.value is error


def test_when_all_retries_are_used_up_by_others_the_error_is_raised() -> None:
    policy = retrying(budget=10, max_retries=9)
    first, second = sent(policy), sent(policy)
    first.failed(a_500(), at(0))
    first.next(at(9))
    first.failed(a_500(), at(9))
    with pytest.raises(ServerError):
        second.failed(a_500(), at(9))
    first.next(at(20))
    first.succeeded(NO_BILL, at(20))
    third = sent(policy)
    third.failed(a_500(), at(21))


@pytest.mark.parametrize("wrong", [{"retry": 3}, {"rate_limit": 600}, {"circuit_breaker": 5}, {"ledger": None}])
def test_a_policy_is_made_of_its_parts(wrong: dict[str, object]) -> None:
    name, value = next(iter(wrong.items()))
    with pytest.raises(InvalidArgumentError, match=rf"^Policy\.{name} is {value}; it has to be a \w+\.$"):
        Policy(**wrong)  # type: ignore[arg-type]
