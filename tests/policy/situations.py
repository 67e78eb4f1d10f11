"""Situations that a policy meets: requests on their way, what they fail with, and the time of day."""

from __future__ import annotations

from openrouter.core.errors import APIConnectionError, RateLimitError, ServerError
from openrouter.core.wire import Moment
from openrouter.policy import CircuitBreaker, Facts, Go, Passage, Policy, RateLimit, Retry, Wait

FREE = "a/b:free"
FACTS = Facts(key="k", model="a/b")


def at(seconds: float) -> Moment:
    return Moment(seconds, 1.7e9 + seconds)


def retrying(*, breaker: CircuitBreaker | None = None, limit: RateLimit | None = None, **retry: object) -> Policy:
    """Give a policy whose random waits are half of the longest."""
    settings = Retry(random=lambda: 0.5, **retry)  # type: ignore[arg-type] # parametrized
    return Policy(retry=settings, circuit_breaker=breaker, rate_limit=limit)


def limited(**limits: object) -> Policy:
    """Give a policy with a rate limit, that retries at once."""
    return Policy(retry=Retry(random=lambda: 0.0), rate_limit=RateLimit(**limits))  # type: ignore[arg-type] # parametrized


def a_passage(policy: Policy, now: float = 0, model: str | None = "a/b", key: str = "k", tokens: int = 0) -> Passage:
    return policy.begin(Facts(key=key, model=model, tokens=tokens), at(now))


def wait_of(passage: Passage, now: float) -> float:
    """Seconds that the passage is told to wait; 0.0 if it went."""
    answer = passage.next(at(now))
    return answer.seconds if isinstance(answer, Wait) else 0.0


def send(policy: Policy, now: float, count: int, model: str | None = "a/b", key: str = "k") -> None:
    for _ in range(count):
        assert wait_of(a_passage(policy, now, model, key), now) == 0


def sent(policy: Policy, facts: Facts = FACTS, now: float = 0) -> Passage:
    """Give a passage that is under way."""
    passage = policy.begin(facts, at(now))
    assert passage.next(at(now)) == Go()
    return passage


def a_500(retry_after: float | None = None) -> ServerError:
    error = ServerError("Failed.")
    error.status_code, error.retry_after = 500, retry_after
    return error


def a_429(seconds: float | None, *, platform: bool = True) -> RateLimitError:
    error = RateLimitError("Slower.")
    error.status_code, error.platform, error.retry_after = 429, platform, seconds
    return error


def a_stale() -> APIConnectionError:
    """Give the error of an idle connection that the server had closed."""
    error = APIConnectionError("Closed.")
    error.phase, error.stale = "receive", True
    return error


def a_break() -> APIConnectionError:
    error = APIConnectionError("Broken.")
    error.phase = "receive"
    return error
