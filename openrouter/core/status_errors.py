"""Errors that the service answered with, each with its HTTP status and whether it is sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from .error_base import LONGEST_NAME, OpenRouterError, one_line
from .json import as_list

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

MAY_BE_BILLED: Final = (
    "The service may have worked on it and billed it, so it is not sent again unless"
    " `Retry(may_bill_twice=True)` allows it."
)
TIMED_OUT: Final = frozenset({504, 524})
"""Statuses that say no more than that the service, or what stands before it, has waited for too long."""
_MOST_NAMES: Final = 3
"""Models or providers that an advice names."""


def _texts(value: object) -> list[str]:
    return [text for text in as_list(value) if isinstance(text, str)]


def _names(names: list[str]) -> str:
    return ", ".join(one_line(name, LONGEST_NAME) for name in names[:_MOST_NAMES])


class APIStatusError(OpenRouterError):
    """The service answered with an error, as a status or inside a reply of status 200.

    Those of no narrower class are of this one: 408 and statuses that are not documented. 408 is sent again, any
    other 4xx is not.
    """

    retryable: bool | None = None
    """What the service itself says of a retry (`error.availability.retryable`)."""
    availability: Mapping[str, Any] | None = None
    """`error.availability` as it came: why a model cannot be served. Its `code` is there for programs."""
    metadata: Mapping[str, Any] | None = None
    """`error.metadata` as it came."""
    param: str | None = None
    """The request field that the service or the provider complains of."""

    _advice: ClassVar[str] = ""

    def advice(self) -> str:
        """What users did who met this error before."""
        return self._advice


class BadRequestError(APIStatusError):
    """400: the request is malformed or asks for something that the model cannot do. Not sent again."""

    def advice(self) -> str:
        """Name the field, unless the message does."""
        known = self.param is not None and self.param not in self.message
        return " ".join(part for part in (f"The field is `{self.param}`." if known else "", self._advice) if part)


class ContextLengthExceededError(BadRequestError):
    """400: prompt and output together are longer than the model can hold. Not sent again."""

    _advice = "Shorten the messages, or add the plugin `context-compression`."


class AuthenticationError(APIStatusError):
    """401: the key is missing, wrong, disabled or expired. Sent again once where the key comes from a function."""

    _advice = "Check OPENROUTER_API_KEY."


class PaymentRequiredError(APIStatusError):
    """402: no credits are left, or the key's own limit is used up.

    Sent again where just the budget for requests in flight is used up (`in_flight`), and, with
    `Retry(clamp_to_affordable=True)`, once with the `max_tokens` that can be afforded.
    """

    limit_source: str | None = None
    """Which limit it was, where the service says so: `"openrouter_credits"`, `"openrouter_key_limit"` or
    `"openrouter_in_flight_budget"`."""
    requested_tokens: int | None = None
    """Output tokens that were asked for: `max_tokens`, or without it the most that the model can write."""
    affordable_tokens: int | None = None
    """Output tokens that the credits are enough for: with `max_tokens` up to this, the request would pass."""
    affordable_prompt_tokens: int | None = None
    """Prompt tokens that the credits are enough for, where the prompt alone costs too much."""

    @property
    def in_flight(self) -> bool:
        """Only the budget for requests in flight is used up: it frees itself in a moment."""
        return self.limit_source == "openrouter_in_flight_budget"

    def advice(self) -> str:
        """Say what would let the request pass."""
        if self.in_flight:
            return "It passes when requests in flight have ended: send fewer at once, or add credits."
        more = "raise the limit of the key" if self.limit_source == "openrouter_key_limit" else "add credits"
        if self.affordable_tokens:
            return f"Set `max_tokens` to {self.affordable_tokens} or less, or {more}."
        if self.affordable_prompt_tokens:
            return f"Shorten the messages, or {more}."
        if self.limit_source is not None:
            return f"{more.capitalize()}."
        return "Add credits, raise the key's limit, or set a smaller `max_tokens`."


class PermissionDeniedError(APIStatusError):
    """403: the key, a guardrail, a budget or the region forbids it. Not sent again."""

    _advice = "Look at what the key, its guardrails and the budgets of the workspace allow."


class ModerationError(PermissionDeniedError):
    """403: moderation flagged the input. Not sent again."""

    _advice = "Change the input, or choose a model that is not moderated."

    @property
    def reasons(self) -> list[str]:
        """Why it was flagged."""
        return [str(reason) for reason in as_list((self.metadata or {}).get("reasons"))]


class GuardrailError(PermissionDeniedError):
    """403: a guardrail of the account blocked the request before any model saw it. Not sent again."""

    _advice = "Change the input, or the guardrail."

    @property
    def patterns(self) -> list[str]:
        """What in the input set it off, where the service says so."""
        return _texts((self.metadata or {}).get("patterns"))


class NotFoundError(APIStatusError):
    """404: there is no such thing. Not sent again."""

    def advice(self) -> str:
        """Doubt the address where the service does not say what is missing: what answered may be something else."""
        said = self.message.partition(":")[2].strip(" .").lower()
        told = said not in {"", "not found"} and not isinstance(self.body, str)
        return "" if told or self.body is None else "Check the base URL (it ends in /api/v1)."


class ModelUnavailableError(NotFoundError):
    """404: no endpoint can serve this model under the constraints of the request and the account.

    Also 400 for a model id that does not exist, and 403 for a model that is closed to the region or the
    application; `status_code` and `error_type` say which. What passes by itself is none of this: where all
    providers are busy it is a `RateLimitError` or a `ProviderError`. Sent again only where the service calls it
    retryable.
    """

    reason: str | None = None
    """What ruled every endpoint out, where that is known:

    `"unknown_model"`, `"deprecated"`, `"upstream"` (the providers have removed it), `"free_ended"` (only the paid
    model is left), `"endpoint"` (not a model for this kind of request), `"tools"`, `"modalities"` (images, audio,
    files), `"parameters"`, `"context"`, `"price"`, `"quantization"`, `"providers"` (the allowed and ignored ones),
    `"privacy"`, `"guardrail"`, `"region"`, `"application"`. There may be new ones."""

    _ways_out: ClassVar[Mapping[str, str]] = {
        "unknown_model": "Check the model id; it has the form author/slug.",
        "deprecated": "Choose another model.",
        "upstream": "Choose another model.",
        "free_ended": "Use the paid model, without `:free`.",
        "endpoint": "Use the operation that this model is for.",
        "tools": "Leave out `tools` and `tool_choice`, or choose a model that supports them.",
        "modalities": "Leave out what the model cannot read or write, such as images, or choose a model that can.",
        "parameters": "Leave out parameters, or `require_parameters` in `provider`, or choose another model.",
        "context": "Shorten the messages, set a smaller `max_tokens`, or choose a model with a longer context.",
        "price": "Raise `max_price` in `provider`, or choose a cheaper model.",
        "quantization": "Allow more `quantizations` in `provider`.",
        "providers": "Change `only` and `ignore` in `provider`, and the provider lists of the account.",
        "privacy": "Relax the data policy (`data_collection` and `zdr` in `provider`, and the privacy settings of the"
        " account), or choose another model.",
        "guardrail": "Change the guardrail of the key or the workspace, or choose another model.",
        "region": "Choose a model that is available in your region.",
        "application": "Choose another model: this one is open to certain applications alone.",
    }
    _advice = "Check the model id, and the provider, privacy and parameter constraints of the request."

    @property
    def fallback_models(self) -> list[str]:
        """Models that the service suggests instead; they may cost more or be able to do less."""
        return _texts((self.availability or {}).get("fallback_models"))

    @property
    def excluded_by(self) -> list[str]:
        """The service's words for the filters that left no endpoint, such as `"data_policy:zdr"`."""
        return _texts((self.availability or {}).get("excluded_by"))

    @property
    def docs_url(self) -> str | None:
        """Where the service explains it."""
        found = (self.availability or {}).get("docs_url")
        return found if isinstance(found, str) else None

    def advice(self) -> str:
        """Say what to change, and what the service suggests."""
        parts = [self._ways_out.get(self.reason or "", self._advice)]
        if self.reason == "providers" and (serving := _texts((self.metadata or {}).get("available_providers"))):
            parts.append(f"It is served by {_names(serving)}.")
        if self.fallback_models:
            parts.append(f"The service suggests {_names(self.fallback_models)}.")
        return " ".join(parts)


class ConflictError(APIStatusError):
    """409: the thing is in a state that does not allow this. Not sent again."""


class PayloadTooLargeError(APIStatusError):
    """413: the request is too large. Not sent again."""

    _advice = "Send less, or large files by URL."


class UnprocessableEntityError(APIStatusError):
    """422: well-formed, but it makes no sense to the service. Not sent again."""


class RateLimitError(APIStatusError):
    """429: too many requests, here or at the provider.

    Sent again after `retry_after`, unless that is longer than the policy waits. A daily limit that does not say
    when it ends is not sent again.
    """

    limit: Literal["daily", "minute", "upstream"] | None = None
    """Which limit it was: that of a day or of a minute at OpenRouter (which `:free` models have), or the
    provider's."""
    limit_requests: int | None = None
    """How many requests the limit allows."""
    remaining: int | None = None
    """How many of them are left."""
    resets_at: datetime | None = None
    """When they are free again, in UTC."""
    platform: bool = False
    """The limit is OpenRouter's own; otherwise it is the provider's."""

    def advice(self) -> str:
        """Say how long to wait, where that is known, and what else helps."""
        wait = None if self.retry_after is None else f"Try again in {self.retry_after:.0f} s"
        if self.limit == "daily":
            end = f", until {self.resets_at:%Y-%m-%d %H:%M} UTC" if self.resets_at else ""
            more = (
                "" if "high-balance" in self.message else "buy 10 USD of credits, which raises the limit for good, or "
            )
            return f"The requests of this day are used up{end}: {more}use the paid model."
        if self.limit == "upstream":
            other = "allow other providers, name fallback `models`, or add your own key for this provider"
            return f"{wait or 'Try again later'}, {other}."
        return f"{wait or 'Send fewer requests at once'}."


class ServerError(APIStatusError):
    """5xx: the service failed. Sent again; but not 504 and 524, time-outs whose work may have been billed."""

    _advice = "Try again later."

    def advice(self) -> str:
        """Say whether it is safe to try again."""
        timed_out = self.status_code in TIMED_OUT or self.error_type == "timeout"
        return MAY_BE_BILLED if timed_out and not self.only_reads else self._advice


class ProviderError(ServerError):
    """5xx: the provider behind the service failed. Sent again; but not 504, which may have been billed."""

    _advice = "Try again, or another provider or model."
