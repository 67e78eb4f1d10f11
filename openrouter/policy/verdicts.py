"""What an error means for sending the same request again."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from ..core import errors
from ..core.error_types import ERROR_TYPES
from ..core.status_errors import TIMED_OUT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .facts import Facts
    from .retry import Retry


class Verdict(Enum):
    """What an error means for another try."""

    NEVER = "never"
    """The same request would fail in the same way."""
    RETRY = "retry"
    """The failure will pass, and nothing was billed."""
    AMBIGUOUS = "ambiguous"
    """The failure may pass, but the service may have done and billed the work."""
    RECONNECT = "reconnect"
    """An idle connection had been closed by the server: nothing happened, try at once on another."""
    AMENDED = "amended"
    """With another key, or with fewer output tokens, the request may pass: nothing was billed, try at once."""


NEVER, RETRY, AMBIGUOUS = Verdict.NEVER, Verdict.RETRY, Verdict.AMBIGUOUS

BY_ERROR_TYPE: Final[Mapping[str, Verdict]] = dict.fromkeys(ERROR_TYPES, NEVER) | {
    "rate_limit_exceeded": RETRY,
    "server": RETRY,
    "server_error": RETRY,
    "unmapped": RETRY,
    "provider_unavailable": RETRY,
    "provider_overloaded": RETRY,
    "timeout": AMBIGUOUS,
}
"""The service's own words. One that is not here says nothing, and the status decides."""

BY_STATUS: Final[Mapping[int, Verdict]] = {408: RETRY, 429: RETRY}
"""A 5xx is `RETRY` too, but for time-outs, and any other status `NEVER`."""


def judge(error: errors.OpenRouterError) -> Verdict:
    """Tell what `error` means for another try, whatever the settings are."""
    for kind, rule in _RULES:
        if isinstance(error, kind):
            return rule(error)
    return NEVER


def is_unsent(error: errors.OpenRouterError) -> bool:
    """Whether an attempt ended before anything went out: no place for it came free, or the client was closed."""
    queued = isinstance(error, errors.APITimeoutError) and error.clock == "queue"
    return queued or isinstance(error, errors.ClosedClientError)


def cost_nothing(error: errors.OpenRouterError, verdict: Verdict) -> bool:
    """Whether an attempt that failed so, before anything of a reply was delivered, has surely cost nothing."""
    if verdict is not NEVER:
        return verdict is not AMBIGUOUS
    if isinstance(error, errors.APIConnectionError):
        return not error.sent
    return isinstance(error, errors.APIStatusError | errors.ClosedClientError | errors.ConfigurationError)


def can_be_amended(error: errors.OpenRouterError, facts: Facts, retry: Retry) -> bool:
    """Whether the same request may pass with another key, or with fewer output tokens."""
    if isinstance(error, errors.AuthenticationError):
        return facts.rotates
    if not isinstance(error, errors.PaymentRequiredError) or not retry.clamp_to_affordable:
        return False
    affordable = error.affordable_tokens or 0
    return affordable > 0 and (facts.output_tokens is None or affordable < facts.output_tokens)


def _status(error: errors.APIStatusError) -> Verdict:
    status = error.status_code or 0
    if error.retryable is False:
        return NEVER
    if status in TIMED_OUT or error.error_type == "timeout":
        return AMBIGUOUS
    if error.retryable:
        return RETRY
    by_status = BY_STATUS.get(status, RETRY if status >= 500 else NEVER)  # noqa: PLR2004 - the 5xx
    return BY_ERROR_TYPE.get(error.error_type or "", by_status)


def _rate_limit(error: errors.RateLimitError) -> Verdict:
    # Nobody waits for tomorrow; where the service says when, the longest wait of the policy decides.
    return NEVER if error.limit == "daily" and error.retry_after is None else _status(error)


def _connection(error: errors.APIConnectionError) -> Verdict:
    if error.stale:
        return Verdict.RECONNECT
    return AMBIGUOUS if error.sent else RETRY


def _timeout(error: errors.APITimeoutError) -> Verdict:
    if error.clock in {"deadline", "queue"}:
        return NEVER
    return AMBIGUOUS if error.sent else RETRY


def _payment(error: errors.PaymentRequiredError) -> Verdict:
    return RETRY if error.in_flight else NEVER


def _response(error: errors.ResponseError) -> Verdict:
    return AMBIGUOUS if error.ambiguous else RETRY


def _interrupted(_: errors.StreamInterruptedError) -> Verdict:
    return AMBIGUOUS


_RULES: Final[tuple[tuple[type[errors.OpenRouterError], Callable[[Any], Verdict]], ...]] = (
    (errors.PaymentRequiredError, _payment),
    (errors.RateLimitError, _rate_limit),
    (errors.APIStatusError, _status),
    (errors.APITimeoutError, _timeout),
    (errors.APIConnectionError, _connection),
    (errors.ResponseError, _response),
    (errors.StreamInterruptedError, _interrupted),
)
"""The first class that fits decides."""
