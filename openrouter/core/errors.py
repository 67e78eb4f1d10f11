"""What can go wrong, as one tree.

::

    OpenRouterError
    ├── ConfigurationError              a setting is missing or wrong
    ├── InvalidArgumentError            (also ValueError) refused before anything was sent
    ├── ClosedClientError               the client was used after it was closed
    ├── APIConnectionError              no reply, or the connection broke before a status arrived
    │   └── APITimeoutError             a clock ran out: connect, idle, stall, total
    ├── APIStatusError                  the service answered with an error, in whatever place
    │   ├── BadRequestError             400
    │   │   └── ContextLengthExceededError
    │   ├── AuthenticationError         401
    │   ├── PaymentRequiredError        402
    │   ├── PermissionDeniedError       403
    │   │   ├── ModerationError
    │   │   └── GuardrailError
    │   ├── NotFoundError               404
    │   │   └── ModelUnavailableError
    │   ├── ConflictError               409
    │   ├── PayloadTooLargeError        413
    │   ├── UnprocessableEntityError    422
    │   ├── RateLimitError              429
    │   └── ServerError                 5xx
    │       └── ProviderError           the provider behind the service failed
    ├── ResponseError                   a reply that cannot be understood
    ├── StreamInterruptedError          a reply that stopped before its end
    ├── OutputError                     a reply without what was asked for
    │   ├── TruncatedOutputError
    │   ├── InvalidOutputError
    │   └── RefusedOutputError
    ├── CircuitOpenError                not sent: the model failed too often lately
    └── BudgetExceededError             not sent: the money is not there

A status error, an error in a reply of status 200, in a choice or in the middle of a stream give the same class.
All can be pickled, and none of them holds the key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from .json import as_list

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from ..types.chat import Completion


class OpenRouterError(Exception):
    """Base of every error that this package raises.

    The attributes are `None` where nobody knows. `str(error)` is one line.
    """

    status_code: int | None = None
    """HTTP status; for an error inside a reply of status 200, the status that the error itself names."""
    error_type: str | None = None
    """The service's own word, such as `"provider_overloaded"` (API page "Errors and debugging")."""
    provider: str | None = None
    """The provider that failed."""
    model: str | None = None
    """The model that was asked for, or the one that answered where that is known."""
    generation_id: str | None = None
    """The service's id of the generation, good for asking for its record later."""
    request_id: str | None = None
    """Our own id of the request, the one in the log records."""
    retry_after: float | None = None
    """Seconds after which another try makes sense, as told by the service or the policy."""
    attempts: int = 0
    """How many times the request was sent."""
    elapsed: float | None = None
    """Seconds from the first attempt to this error."""
    body: Any = None
    """What the service sent: the decoded JSON, else the text."""
    headers: Mapping[str, str] | None = None
    """Headers of the reply, with names in lower case."""
    partial: Completion | None = None
    """What had arrived of the reply."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
        """What happened, without where and when."""

    def with_facts(self, **facts: object) -> Self:
        """Set those attributes that are still unknown, and give the error back."""
        for name, value in facts.items():
            if value is not None and not getattr(self, name):
                setattr(self, name, value)
        return self

    def __str__(self) -> str:
        where = " at ".join(part for part in (self.model, self.provider) if part)
        tries = f"{self.attempts} attempts" if self.attempts > 1 else ""
        after = "after " + " and ".join(
            part for part in (tries, f"{self.elapsed:.1f} s" if self.elapsed is not None else "") if part
        )
        known = [part for part in (where, after if after != "after " else "", self.request_id) if part]
        line = f"{self.message} [{', '.join(known)}]" if known else self.message
        advice = self.advice()
        return " ".join(f"{line} {advice}".split())

    def advice(self) -> str:
        """Say in a sentence what to do next; empty where there is nothing to say."""
        return ""


class ConfigurationError(OpenRouterError):
    """A setting is missing or wrong; the message names it and the way out."""


class InvalidArgumentError(OpenRouterError, ValueError):
    """An argument that cannot be right, refused before anything was sent."""


class ClosedClientError(OpenRouterError):
    """The client was closed before."""


class APIConnectionError(OpenRouterError):
    """No reply came, or the connection broke before the status line."""

    phase: str = "connect"
    """`"connect"`, `"send"` or `"receive"`: how far the exchange had come."""
    stale: bool = False
    """An idle connection was used again, and the server had closed it: nothing of a reply had arrived."""

    @property
    def sent(self) -> bool:
        """Whether the service may have seen the request."""
        return self.phase != "connect"

    def advice(self) -> str:
        """Name what the caller can check or decide."""
        if self.sent and not self.stale:
            return "The service may have worked on it and billed it."
        return "Check the network, the base URL and the proxy variables."


class APITimeoutError(APIConnectionError):
    """A clock ran out. `clock` says which: connect, write, idle, stall, total, queue or deadline."""

    clock: str = "total"

    def advice(self) -> str:
        """Point at the option that moves this clock."""
        option = {
            "idle": "Raise `timeout=` if the model is just slow.",
            "stall": "Only keep-alives came; try another model or provider.",
            "total": "Raise `timeout=` or `deadline=`.",
            "deadline": "Raise `deadline=`, or the limits of the policy that it waited for.",
            "queue": "Raise `max_connections=` or send fewer requests at once.",
        }
        return option.get(self.clock, super().advice())


class APIStatusError(OpenRouterError):
    """The service answered with an error."""

    retryable: bool | None = None
    """What the service itself says of a retry (`error.availability.retryable`)."""
    metadata: Mapping[str, Any] | None = None
    """`error.metadata` as it came."""
    param: str | None = None
    """The request field that the provider complains of."""

    _advice: ClassVar[str] = ""

    def advice(self) -> str:
        """What users did who met this error before."""
        return self._advice


class BadRequestError(APIStatusError):
    """400: the request is malformed or asks for something the model cannot do."""


class ContextLengthExceededError(BadRequestError):
    """400: prompt and output together are longer than the model can hold."""

    _advice = "Shorten the messages, or add the plugin `context-compression`."


class AuthenticationError(APIStatusError):
    """401: the key is missing, wrong, disabled or expired."""

    _advice = "Check OPENROUTER_API_KEY."


class PaymentRequiredError(APIStatusError):
    """402: no credits are left, or the key's own limit is used up."""

    limit_source: str | None = None
    """Which limit it was, where the service says so."""

    @property
    def in_flight(self) -> bool:
        """Only the budget for requests in flight is used up: it frees itself in a moment."""
        return self.limit_source == "openrouter_in_flight_budget"

    _advice = "Add credits, raise the key's limit, or set a smaller `max_tokens`."


class PermissionDeniedError(APIStatusError):
    """403: the key, a guardrail, a budget or the region forbids it."""


class ModerationError(PermissionDeniedError):
    """403: moderation flagged the input."""

    @property
    def reasons(self) -> list[str]:
        """Why it was flagged."""
        return [str(reason) for reason in as_list((self.metadata or {}).get("reasons"))]


class GuardrailError(PermissionDeniedError):
    """403: a guardrail of the account blocked the request."""


class NotFoundError(APIStatusError):
    """404: there is no such thing."""


class ModelUnavailableError(NotFoundError):
    """404: no endpoint can serve this model under the constraints of the request and the account."""

    _advice = "Check the model id, and the provider, privacy and parameter constraints of the request."


class ConflictError(APIStatusError):
    """409: the thing is in a state that does not allow this."""


class PayloadTooLargeError(APIStatusError):
    """413: the request is too large."""


class UnprocessableEntityError(APIStatusError):
    """422: well-formed, but it makes no sense to the service."""


class RateLimitError(APIStatusError):
    """429: too many requests, here or at the provider."""

    platform: bool = False
    """The limit is OpenRouter's own; otherwise it is the provider's."""

    def advice(self) -> str:
        """Say how long to wait, where that is known."""
        if self.retry_after is None:
            return "Send fewer requests at once."
        return f"Try again in {self.retry_after:.0f} s."


class ServerError(APIStatusError):
    """5xx: the service failed."""

    _advice = "Try again later."


class ProviderError(ServerError):
    """The provider behind the service failed."""

    _advice = "Try again, or another provider or model."


class ResponseError(OpenRouterError):
    """A reply that cannot be understood; `body` has it."""

    ambiguous: bool = True
    """The reply may have been billed."""


class StreamInterruptedError(OpenRouterError):
    """The reply stopped before its end; `partial` has what had arrived."""

    def advice(self) -> str:
        """Say what it may have cost, and where the rest is."""
        return "It may have been billed; what arrived is in `.partial`."


class OutputError(OpenRouterError):
    """The reply is whole, but lacks what was asked for; `partial` has it."""


class TruncatedOutputError(OutputError):
    """The output stopped at a length limit. For structured output; plain text is given as it came."""

    def advice(self) -> str:
        """Point at the limit."""
        return "Raise `max_tokens`."


class InvalidOutputError(OutputError):
    """The output does not have the form that was asked for. For structured output."""


class RefusedOutputError(OutputError):
    """The model refused, or a filter took the answer away. For structured output."""


class CircuitOpenError(OpenRouterError):
    """Not sent: this model failed too often in a row; `retry_after` tells when it will be tried again."""

    def advice(self) -> str:
        """Say how long to wait."""
        return f"It will be tried again in {self.retry_after or 0:.0f} s."


class BudgetExceededError(OpenRouterError):
    """Not sent: its highest possible cost is more than what is left of the budget."""
