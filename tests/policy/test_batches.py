"""What becomes of a batch when the policy refuses: the rest fails at once, says why, and can be asked again."""

from __future__ import annotations

import pytest

from openrouter import CircuitOpenError, RateLimitError, ServerError
from openrouter.policy import CircuitBreaker, Policy, Retry
from openrouter.testing import ErrorReply, FakeOpenRouter
from tests.injected_time import UTC_START, InjectedTime, awaiting_client, blocking_client

BATCH = [f"Number {number}" for number in range(20)]


def patient() -> Policy:
    return Policy(retry=Retry(max_retries=0), circuit_breaker=CircuitBreaker(failures=5))


def test_with_the_breaker_open_the_rest_is_not_sent_and_can_be_asked_again() -> None:
    clock, fake = InjectedTime(), FakeOpenRouter([ErrorReply(500, "Failed")] * 5)
    with fake.http() as http:
        client = blocking_client(clock, policy=patient(), http=http, model="a/b")
        outcomes = client.complete_many(BATCH, concurrency=1)
        assert [type(outcome.error) for outcome in outcomes] == [ServerError] * 5 + [CircuitOpenError] * 15
        assert (len(fake.requests), clock.waits) == (5, [])
        refused = [place for place, outcome in enumerate(outcomes) if isinstance(outcome.error, CircuitOpenError)]
        error = outcomes[refused[0]].error
        assert error is not None
        clock.sleep(error.retry_after or 0.0)
        again = client.complete_many([BATCH[place] for place in refused], concurrency=1)
        assert all(outcome.success for outcome in again)
        totals = client.totals
        assert (totals.requests, totals.failures, totals.refused) == (20, 5, 15)


@pytest.mark.anyio
async def test_a_daily_limit_ends_the_batch_with_the_first_who_hears_of_it() -> None:
    reset = {"X-RateLimit-Limit": "50", "X-RateLimit-Remaining": "0"}
    reset["X-RateLimit-Reset"] = str(int((UTC_START + 7200) * 1000))
    fake = FakeOpenRouter([ErrorReply(429, "Rate limit exceeded: free-models-per-day", headers=reset)])
    clock = InjectedTime()
    async with fake.async_http() as http:
        client = awaiting_client(clock, http=http, model="a/b:free")
        outcomes = await client.complete_many(BATCH, concurrency=1)
    errors = [outcome.error for outcome in outcomes]
    assert all(isinstance(error, RateLimitError) and error.limit == "daily" for error in errors)
    assert {error.attempts for error in errors[1:] if error is not None} == {0}
    assert (len(fake.requests), clock.waits) == (1, [])
