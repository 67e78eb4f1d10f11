"""What an error means for another try."""

from __future__ import annotations

import pytest

from openrouter.core import errors
from openrouter.core.error_types import ERROR_TYPES
from openrouter.policy.breaker import is_failure
from openrouter.policy.verdicts import Verdict, cost_nothing, judge

NEVER, RETRY, AMBIGUOUS, RECONNECT = Verdict.NEVER, Verdict.RETRY, Verdict.AMBIGUOUS, Verdict.RECONNECT


def an_error(kind: type[errors.OpenRouterError], **facts: object) -> errors.OpenRouterError:
    error = kind("What happened.")
    for name, value in facts.items():
        setattr(error, name, value)
    return error


TABLE = [
    (an_error(errors.APIConnectionError, phase="connect"), RETRY, False),
    (an_error(errors.APIConnectionError, phase="send"), AMBIGUOUS, True),
    (an_error(errors.APIConnectionError, phase="receive"), AMBIGUOUS, True),
    (an_error(errors.APIConnectionError, phase="receive", stale=True), RECONNECT, False),
    (an_error(errors.APITimeoutError, clock="connect", phase="connect"), RETRY, False),
    (an_error(errors.APITimeoutError, clock="idle", phase="receive"), AMBIGUOUS, True),
    (an_error(errors.APITimeoutError, clock="stall", phase="receive"), AMBIGUOUS, True),
    (an_error(errors.APITimeoutError, clock="write", phase="send"), AMBIGUOUS, True),
    (an_error(errors.APITimeoutError, clock="queue", phase="connect"), NEVER, False),
    (an_error(errors.APITimeoutError, clock="deadline", phase="connect"), NEVER, False),
    (an_error(errors.APITimeoutError, clock="deadline", phase="receive"), NEVER, False),
    (an_error(errors.APITimeoutError, clock="total", phase="receive"), AMBIGUOUS, True),
    # The service's own word on it.
    (an_error(errors.ServerError, status_code=500, retryable=False), NEVER, True),
    (an_error(errors.NotFoundError, status_code=404, error_type="not_found", retryable=True), RETRY, False),
    (an_error(errors.ProviderError, status_code=504, retryable=True), AMBIGUOUS, True),
    (an_error(errors.ServerError, status_code=524, retryable=True), AMBIGUOUS, True),
    (an_error(errors.ProviderError, status_code=504, retryable=False), NEVER, True),
    (an_error(errors.ProviderError, status_code=502, error_type="timeout", retryable=True), AMBIGUOUS, True),
    # The type goes before the status.
    (an_error(errors.BadRequestError, status_code=500, error_type="invalid_request"), NEVER, False),
    (an_error(errors.ServerError, status_code=400, error_type="server"), RETRY, True),
    (an_error(errors.ServerError, status_code=503, error_type="a_new_word"), RETRY, True),
    (an_error(errors.BadRequestError, status_code=400, error_type="a_new_word"), NEVER, False),
    (an_error(errors.APIStatusError), NEVER, False),
    (an_error(errors.PaymentRequiredError, status_code=402), NEVER, False),
    (an_error(errors.PaymentRequiredError, status_code=402, limit_source="openrouter_key_limit"), NEVER, False),
    (
        an_error(errors.PaymentRequiredError, status_code=402, limit_source="openrouter_in_flight_budget"),
        RETRY,
        False,
    ),
    # Tomorrow is too late, unless the service says when that is.
    (an_error(errors.RateLimitError, status_code=429, limit="daily"), NEVER, False),
    (an_error(errors.RateLimitError, status_code=429, limit="daily", retryable=True), NEVER, False),
    (an_error(errors.RateLimitError, status_code=429, limit="daily", retry_after=30.0), RETRY, False),
    (an_error(errors.RateLimitError, status_code=429, limit="minute"), RETRY, False),
    (an_error(errors.RateLimitError, status_code=429, limit="upstream"), RETRY, False),
    (an_error(errors.RateLimitError, status_code=429, retryable=False), NEVER, False),
    (an_error(errors.ModelUnavailableError, status_code=400, error_type="invalid_request"), NEVER, False),
    (an_error(errors.ModelUnavailableError, status_code=404, error_type="not_found", retryable=True), RETRY, False),
    (an_error(errors.ResponseError), AMBIGUOUS, True),
    (an_error(errors.ResponseError, ambiguous=False), RETRY, True),
    (an_error(errors.StreamInterruptedError), AMBIGUOUS, True),
    (an_error(errors.OutputError), NEVER, False),
    (an_error(errors.TruncatedOutputError), NEVER, False),
    (an_error(errors.ConfigurationError), NEVER, False),
    (an_error(errors.ClosedClientError), NEVER, False),
    (an_error(errors.OpenRouterError), NEVER, False),
]


@pytest.mark.parametrize(("error", "verdict", "_"), TABLE)
def test_each_kind_of_error_has_its_verdict(error: errors.OpenRouterError, verdict: Verdict, _: object) -> None:
    assert judge(error) is verdict


@pytest.mark.parametrize(("error", "_", "counts"), TABLE)
def test_only_failures_of_the_service_count_for_the_breaker(
    error: errors.OpenRouterError, _: object, *, counts: bool
) -> None:
    assert is_failure(error) is counts


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (400, NEVER),
        (401, NEVER),
        (403, NEVER),
        (404, NEVER),
        (408, RETRY),
        (409, NEVER),
        (410, NEVER),
        (413, NEVER),
        (422, NEVER),
        (429, RETRY),
        (499, NEVER),
        (500, RETRY),
        (502, RETRY),
        (503, RETRY),
        (504, AMBIGUOUS),
        (520, RETRY),
        (524, AMBIGUOUS),
        (529, RETRY),
    ],
)
def test_without_a_type_the_status_decides(status: int, verdict: Verdict) -> None:
    assert judge(an_error(errors.APIStatusError, status_code=status)) is verdict


@pytest.mark.parametrize("error_type", ERROR_TYPES)
def test_each_type_has_its_verdict(error_type: str) -> None:
    passing = {
        "rate_limit_exceeded",
        "server",
        "server_error",
        "unmapped",
        "provider_unavailable",
        "provider_overloaded",
    }
    expected = RETRY if error_type in passing else AMBIGUOUS if error_type == "timeout" else NEVER
    status, kind = ERROR_TYPES[error_type]
    assert judge(an_error(kind, status_code=status, error_type=error_type)) is expected


@pytest.mark.parametrize(
    ("error", "is_free"),
    [
        (an_error(errors.APIConnectionError, phase="connect"), True),
        (an_error(errors.APIConnectionError, phase="receive", stale=True), True),
        (an_error(errors.APIConnectionError, phase="receive"), False),
        (an_error(errors.APITimeoutError, clock="queue", phase="connect"), True),
        (an_error(errors.APITimeoutError, clock="deadline", phase="connect"), True),
        (an_error(errors.APITimeoutError, clock="deadline", phase="receive"), False),
        (an_error(errors.BadRequestError, status_code=400), True),
        (an_error(errors.RateLimitError, status_code=429), True),
        (an_error(errors.ServerError, status_code=500), True),
        (an_error(errors.ServerError, status_code=500, retryable=False), True),
        (an_error(errors.ServerError, status_code=504), False),
        (an_error(errors.ResponseError), False),
        (an_error(errors.ResponseError, ambiguous=False), True),
        (an_error(errors.StreamInterruptedError), False),
        (an_error(errors.OutputError), False),
        (an_error(errors.ConfigurationError), True),
        (an_error(errors.ClosedClientError), True),
    ],
)
def test_what_has_surely_cost_nothing(error: errors.OpenRouterError, *, is_free: bool) -> None:
    assert cost_nothing(error, judge(error)) is is_free


def test_only_408_of_the_4xx_counts_for_the_breaker() -> None:
    counted = [status for status in range(400, 500) if is_failure(an_error(errors.APIStatusError, status_code=status))]
    assert counted == [408]
