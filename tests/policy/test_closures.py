"""A 429 of the platform itself holds back everyone whom it would hit."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from openrouter.core.errors import RateLimitError
from openrouter.policy import Facts, Go, Policy, RateLimit
from tests.policy.situations import FREE, a_429, a_passage, at, limited, send, wait_of


def hit_the_limit(policy: Policy, now: float, seconds: float | None, model: str | None, *, platform: bool) -> None:
    """Let one request fail with a 429 that is not retried."""
    passage = policy.begin(Facts(key="k", model=model, max_retries=0), at(now))
    assert passage.next(at(now)) == Go()
    error = a_429(seconds, platform=platform)
    with pytest.raises(RateLimitError):
        passage.failed(error, at(now))


def test_a_429_of_the_platform_holds_back_that_key_and_model() -> None:
    policy = limited()
    hit_the_limit(policy, 0, 30, "a/b", platform=True)
    waiting = a_passage(policy, 0, "a/b")
    assert wait_of(waiting, 0) == 30
    send(policy, 0, 1, "another")
    send(policy, 0, 1, "a/b", key="another")
    send(policy, 0, 1, None)
    assert waiting.next(at(30)) == Go()


def test_a_429_of_the_platform_for_a_free_model_holds_back_all_free_ones() -> None:
    policy = limited(free_requests_per_minute=None)
    hit_the_limit(policy, 0, 30, FREE, platform=True)
    assert wait_of(a_passage(policy, 0, "other:free"), 0) == 30
    send(policy, 0, 1, "other:free", key="another")


def test_an_earlier_end_does_not_shorten_a_closure() -> None:
    policy = limited()
    passages = [a_passage(policy) for _ in range(2)]
    for passage in passages:
        passage.next(at(0))
    for seconds, passage in zip((50.0, 20.0), passages, strict=True):
        passage.failed(a_429(seconds), at(0))
    assert wait_of(a_passage(policy, 1), 1) == 49


@pytest.mark.parametrize(
    ("model", "seconds", "platform", "rate_limit"),
    [
        ("a/b", 30.0, False, RateLimit()),
        ("a/b", None, True, RateLimit()),
        (None, 30.0, True, RateLimit()),
        ("a/b", 30.0, True, None),
    ],
)
def test_other_429s_hold_nobody_back(
    model: str | None, seconds: float | None, rate_limit: RateLimit | None, *, platform: bool
) -> None:
    policy = Policy(rate_limit=rate_limit)
    hit_the_limit(policy, 0, seconds, model, platform=platform)
    send(policy, 0, 1, model)


def test_what_would_wait_too_long_is_refused_at_once() -> None:
    policy = limited()
    hit_the_limit(policy, 0, 3600, FREE, platform=True)
    passage = a_passage(policy, 10, FREE)
    with pytest.raises(RateLimitError, match=r"^Not sent: .*Try again in 3590 s\.$") as caught:
        passage.next(at(10))
    assert caught.value.retry_after == 3590
    assert caught.value.platform
    assert passage.ended
    assert policy.ledger.totals(at(10)).refused == 1


def test_who_is_refused_is_told_which_limit_it_was() -> None:
    policy, midnight = limited(), datetime(2026, 11, 22, tzinfo=UTC)
    first = a_passage(policy, model=FREE)
    assert first.next(at(0)) == Go()
    daily = a_429(7200)
    daily.limit, daily.limit_requests, daily.resets_at = "daily", 50, midnight
    with pytest.raises(RateLimitError):
        first.failed(daily, at(0))
    with pytest.raises(RateLimitError, match="until 2026-11-22 00:00 UTC") as caught:
        a_passage(policy, 100, "another:free").next(at(100))
    refusal = caught.value
    assert (refusal.limit, refusal.limit_requests, refusal.resets_at) == ("daily", 50, midnight)
    assert (refusal.retry_after, refusal.attempts) == (7100, 0)


def test_what_would_wait_beyond_its_deadline_is_refused_at_once() -> None:
    policy = limited()
    hit_the_limit(policy, 0, 30, "a/b", platform=True)
    passage = policy.begin(Facts(key="k", model="a/b", deadline=20), at(0))
    with pytest.raises(RateLimitError, match="Not sent"):
        passage.next(at(0))
