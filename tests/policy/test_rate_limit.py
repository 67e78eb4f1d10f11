"""Requests leave in order and never faster than allowed."""

from __future__ import annotations

import gc
from contextlib import suppress

import pytest

from openrouter.core.errors import (
    APIConnectionError,
    APITimeoutError,
    BadRequestError,
    CircuitOpenError,
    OpenRouterError,
    ServerError,
    StreamInterruptedError,
)
from openrouter.policy import CircuitBreaker, Facts, Go, Policy, RateLimit, Retry
from openrouter.policy.facts import NO_BILL, Bill
from openrouter.policy.scope import Scope
from openrouter.types.chat import Usage
from tests.policy.situations import FREE, a_429, a_500, a_passage, at, limited, send, wait_of


def test_without_limits_everyone_goes() -> None:
    send(limited(), 0, 1000)
    send(Policy(rate_limit=None), 0, 1000, FREE)
    send(limited(requests_per_minute=0, tokens_per_minute=0, free_requests_per_minute=0), 0, 1000, FREE)


def test_a_minute_after_the_first_the_next_may_go() -> None:
    policy = limited(requests_per_minute=2)
    send(policy, 0, 1)
    send(policy, 10, 1)
    third = a_passage(policy, 11)
    assert wait_of(third, 11) == 49
    assert wait_of(third, 59.5) == 0.5
    assert third.next(at(60)) == Go()
    assert wait_of(a_passage(policy, 60), 60) == 10


def test_there_is_an_interval_between_requests() -> None:
    policy = limited(min_interval=5)
    send(policy, 0, 1)
    second, third = a_passage(policy), a_passage(policy)
    assert wait_of(second, 1) == 4
    assert wait_of(third, 1) == pytest.approx(5.0)  # a second after the second may go, not later
    assert second.next(at(5)) == Go()
    assert wait_of(third, 6) == 4
    assert third.next(at(10)) == Go()


def test_free_models_share_twenty_a_minute_for_each_key() -> None:
    policy = limited()
    send(policy, 0, 10, FREE)
    send(policy, 0, 10, "other:free")
    assert wait_of(a_passage(policy, 0, FREE), 0) == 60
    send(policy, 0, 20, FREE, key="another")
    send(policy, 0, 100, "a/b")


def test_a_model_has_its_own_limit_beside_the_common_one() -> None:
    policy = limited(requests_per_minute=5, models={"slow": RateLimit(requests_per_minute=1), "free": RateLimit()})
    send(policy, 0, 1, "slow")
    assert wait_of(a_passage(policy, 0, "slow"), 0) == 60
    send(policy, 0, 3, "free")
    send(policy, 0, 1, None)
    assert wait_of(a_passage(policy, 0, "free"), 0) == 60


def test_who_waits_for_a_narrow_limit_is_in_nobodys_way() -> None:
    policy = limited(requests_per_minute=10, models={"slow": RateLimit(requests_per_minute=1)})
    send(policy, 0, 1, "slow")
    waiting = [a_passage(policy, 0, "slow") for _ in range(5)]
    assert all(wait_of(passage, 0) > 0 for passage in waiting)
    send(policy, 0, 9, "a/b")


def test_who_waits_in_a_wide_line_leaves_it_when_the_narrow_one_closes() -> None:
    policy = limited(requests_per_minute=2)
    send(policy, 0, 1)
    sent = a_passage(policy, 0, "limited")
    assert sent.next(at(0)) == Go()
    first, second = a_passage(policy, 0, "limited"), a_passage(policy, 0, "a/b")
    assert wait_of(first, 1) == 59
    assert wait_of(second, 2) > 0
    sent.failed(a_429(100), at(3))
    assert wait_of(first, 60) == 43
    assert second.next(at(60)) == Go()
    assert first.next(at(103)) == Go()


def test_who_stands_behind_one_that_waits_for_a_wider_limit_does_not_ask_all_the_time() -> None:
    policy = limited(requests_per_minute=1)
    send(policy, 0, 1)
    assert [round(wait_of(a_passage(policy, 0, FREE), 0)) for _ in range(3)] == [60, 60, 60]


def test_a_small_request_behind_a_large_one_does_not_ask_all_the_time() -> None:
    policy = limited(tokens_per_minute=100)
    assert wait_of(a_passage(policy, tokens=60), 0) == 0
    assert wait_of(a_passage(policy, tokens=90), 0) == 1
    assert wait_of(a_passage(policy, tokens=1), 0) == 1


def test_tokens_are_reserved_by_estimate_and_corrected_at_the_end() -> None:
    policy = limited(tokens_per_minute=100)
    first, second = a_passage(policy, tokens=80), a_passage(policy, tokens=80)
    assert first.next(at(0)) == Go()
    assert wait_of(second, 0) == 1
    first.succeeded(Bill(Usage(prompt_tokens=5, completion_tokens=15)), at(1))
    assert second.next(at(1)) == Go()
    second.succeeded(Bill(Usage(total_tokens=500)), at(2))
    third = a_passage(policy, 2, tokens=1)
    assert wait_of(third, 2) == 1
    assert wait_of(third, 60.5) == pytest.approx(0.5)
    assert third.next(at(61)) == Go()


def test_the_estimate_of_an_attempt_is_corrected_once() -> None:
    policy = limited(tokens_per_minute=100)
    passage = a_passage(policy, tokens=60)
    assert passage.next(at(0)) == Go()
    passage.failed(a_500(), at(0))
    assert passage.next(at(0)) == Go()
    passage.succeeded(Bill(Usage(total_tokens=10)), at(0))
    assert wait_of(a_passage(policy, tokens=90), 0) == 0
    assert wait_of(a_passage(policy, tokens=1), 0) == 1


def test_a_request_larger_than_the_limit_goes_alone() -> None:
    policy = limited(tokens_per_minute=100)
    assert wait_of(a_passage(policy, tokens=1), 0) == 0
    huge, small = a_passage(policy, tokens=500), a_passage(policy, tokens=1)
    assert wait_of(huge, 0) == 1
    assert wait_of(small, 0) == 1
    assert huge.next(at(60)) == Go()
    assert wait_of(small, 60) == 1
    assert small.next(at(120)) == Go()


def a_late_reply() -> APITimeoutError:
    error = APITimeoutError("Too late.")
    error.phase = "receive"
    return error


@pytest.mark.parametrize(
    ("error", "delivered", "wait"),
    [
        (a_429(5), False, 0),
        (BadRequestError("Wrong."), False, 0),
        (APIConnectionError("Nobody there."), False, 0),
        (a_429(5), True, 1),
        (StreamInterruptedError("Cut."), False, 1),
        (a_late_reply(), False, 1),
        (None, False, 1),
    ],
)
def test_an_attempt_that_surely_did_nothing_gives_its_tokens_back(
    error: OpenRouterError | None, *, delivered: bool, wait: float
) -> None:
    policy = limited(tokens_per_minute=100)
    passage = a_passage(policy, tokens=100)
    assert passage.next(at(0)) == Go()
    if delivered:
        passage.delivered(at(0))
    if error is not None:
        with suppress(OpenRouterError):
            passage.failed(error, at(0))
    passage.abandoned(NO_BILL, at(0))
    assert wait_of(a_passage(policy, tokens=100, model="another"), 0) == wait


def test_a_retry_asks_for_its_turn_again() -> None:
    policy = limited(requests_per_minute=1)
    passage = a_passage(policy)
    assert passage.next(at(0)) == Go()
    error = ServerError("Failed.")
    error.status_code = 500
    passage.failed(error, at(1))
    assert wait_of(passage, 1) == 59
    assert passage.next(at(60)) == Go()


def test_waiting_ends_with_the_deadline() -> None:
    policy = limited(requests_per_minute=1)
    send(policy, 0, 1)
    passage = policy.begin(Facts(model="a/b", deadline=20), at(0))
    assert wait_of(passage, 5) == 15
    with pytest.raises(APITimeoutError, match=r"^Not sent: the deadline") as caught:
        passage.next(at(20))
    assert not caught.value.sent
    assert wait_of(a_passage(policy, 59), 59) == 1


def test_who_is_refused_while_waiting_leaves_the_line() -> None:
    policy = Policy(
        retry=Retry(max_retries=0),
        rate_limit=RateLimit(requests_per_minute=1),
        circuit_breaker=CircuitBreaker(failures=1),
    )
    sent, waiting = a_passage(policy), a_passage(policy)
    sent.next(at(0))
    assert wait_of(waiting, 0) > 0
    with pytest.raises(ServerError):
        sent.failed(ServerError("Failed."), at(59))
    with pytest.raises(CircuitOpenError):
        waiting.next(at(59))
    send(policy, 60, 1, "another")


def test_time_does_not_run_back_where_threads_read_the_clock_before_their_turn() -> None:
    policy = limited(requests_per_minute=1)
    send(policy, 100, 1)
    assert wait_of(a_passage(policy, 90), 90) == 60


def test_scopes_of_keys_that_are_gone_are_forgotten() -> None:
    policy = limited()
    kept = a_passage(policy, 0, FREE, "kept")
    send(policy, 0, 20, FREE, "kept")
    assert wait_of(kept, 0) == 60
    for number in range(3000):
        send(policy, number / 10, 1, FREE, f"key {number}")
    assert kept.next(at(300)) == Go()
    assert sum(isinstance(thing, Scope) for thing in gc.get_objects()) < 2500


@pytest.mark.parametrize(
    ("limit", "limits"),
    [
        (RateLimit(), False),
        (RateLimit(tokens_per_minute=5), True),
        (RateLimit(tokens_per_minute=5, models={"a/b": RateLimit(requests_per_minute=5)}), True),
        (RateLimit(models={"a/b": RateLimit(requests_per_minute=5)}), False),
        (RateLimit(models={"a/b": RateLimit(requests_per_minute=5), "c/d": RateLimit(tokens_per_minute=5)}), True),
    ],
)
def test_whether_tokens_have_to_be_estimated(*, limit: RateLimit, limits: bool) -> None:
    assert limit.limits_tokens is limits
