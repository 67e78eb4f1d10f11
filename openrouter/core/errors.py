"""What can go wrong, as one tree.

::

    OpenRouterError
    ├── ConfigurationError              a setting is missing or wrong
    ├── InvalidArgumentError            (also ValueError) refused before anything was sent
    ├── ClosedClientError               the client was used after it was closed
    ├── APIConnectionError              no reply, or the connection broke before a status arrived
    │   └── APITimeoutError             a clock ran out; `clock` says which
    ├── APIStatusError                  the service answered with an error, in whatever place
    │   ├── BadRequestError             400
    │   │   └── ContextLengthExceededError
    │   ├── AuthenticationError         401
    │   ├── PaymentRequiredError        402
    │   ├── PermissionDeniedError       403
    │   │   ├── ModerationError
    │   │   └── GuardrailError
    │   ├── NotFoundError               404
    │   │   └── ModelUnavailableError   no endpoint serves the model, or there is no such model
    │   ├── ConflictError               409
    │   ├── PayloadTooLargeError        413
    │   ├── UnprocessableEntityError    422
    │   ├── RateLimitError              429
    │   └── ServerError                 5xx
    │       └── ProviderError           the provider behind the service failed
    ├── ResponseError                   a reply that cannot be understood
    ├── StreamInterruptedError          a reply that stopped before its end
    ├── ClosedStreamError               a stream was read on after it was closed or had failed
    ├── BusyStreamError                 a stream was read by two threads or tasks at once
    ├── OutputError                     a reply without what was asked for
    │   ├── TruncatedOutputError
    │   ├── InvalidOutputError
    │   └── RefusedOutputError
    ├── BatchInterruptedError           the inputs of `complete_many` broke off
    ├── CircuitOpenError                not sent: the model failed too often lately
    └── BudgetExceededError             not sent: it can cost more than is left of the budget

A status error, an error in a reply of status 200, in a choice or in the middle of a stream give the same class.
All can be pickled, and none of them holds the key.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from .error_base import OpenRouterError
from .status_errors import (
    MAY_BE_BILLED,
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    ContextLengthExceededError,
    GuardrailError,
    ModelUnavailableError,
    ModerationError,
    NotFoundError,
    PayloadTooLargeError,
    PaymentRequiredError,
    PermissionDeniedError,
    ProviderError,
    RateLimitError,
    ServerError,
    UnprocessableEntityError,
)

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal
    from typing import Self

    from ..registry.findings import Finding
    from ..types.chat import Completion, Usage
    from ..types.outcome import Outcome
    from .validating import Flaw

__all__ = [
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "AuthenticationError",
    "BadRequestError",
    "BatchInterruptedError",
    "BudgetExceededError",
    "BusyStreamError",
    "CircuitOpenError",
    "ClosedClientError",
    "ClosedStreamError",
    "ConfigurationError",
    "ConflictError",
    "ContextLengthExceededError",
    "GuardrailError",
    "InvalidArgumentError",
    "InvalidOutputError",
    "ModelUnavailableError",
    "ModerationError",
    "NotFoundError",
    "OpenRouterError",
    "OutputError",
    "PayloadTooLargeError",
    "PaymentRequiredError",
    "PermissionDeniedError",
    "ProviderError",
    "RateLimitError",
    "RefusedOutputError",
    "ResponseError",
    "ServerError",
    "StreamInterruptedError",
    "TruncatedOutputError",
    "UnprocessableEntityError",
]


class ConfigurationError(OpenRouterError):
    """A setting is missing or wrong; the message names it and the way out."""


class InvalidArgumentError(OpenRouterError, ValueError):
    """An argument that cannot be right, refused before anything was sent."""

    findings: Sequence[Finding] = ()
    """What the list of models speaks against, where the setting `validate="raise"` had the request refused."""


class ClosedClientError(OpenRouterError):
    """The client was closed before."""


class APIConnectionError(OpenRouterError):
    """No reply came, or the connection broke before the status line.

    Sent again where no connection could be made, or an idle one turned out to be closed; not where the request had
    gone out and may have been billed.
    """

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
        if self.sent and not self.stale and not self.only_reads:
            return MAY_BE_BILLED
        return "Check the network, the base URL and the proxy variables."


class APITimeoutError(APIConnectionError):
    """A clock ran out. Sent again where the request had not gone out yet; otherwise it may have been billed."""

    clock: str = "total"
    """Which one: `"connect"`, `"write"`, `"idle"`, `"stall"`, `"total"`, `"queue"` or `"deadline"`."""

    def advice(self) -> str:
        """Point at the option that moves this clock."""
        option = {
            "idle": "Raise `timeout=` if the model is just slow.",
            "stall": "Only keep-alives came; try another model or provider.",
            "total": "Raise `timeout=` or `deadline=`.",
            "deadline": "Raise `deadline=`, or the limits of the policy that it waited for.",
            "queue": "Raise `max_connections=` or send fewer requests at once.",
        }.get(self.clock)
        if option is None:
            return super().advice()
        if not self.sent or self.only_reads:
            return option
        # after the deadline nothing is sent again, whatever the policy allows
        billed = "The service may have worked on it and billed it." if self.clock == "deadline" else MAY_BE_BILLED
        return f"{option} {billed}"


class ResponseError(OpenRouterError):
    """A reply that cannot be understood; `body` has it. Sent again where it cannot have been billed."""

    ambiguous: bool = True
    """The reply may have been billed."""

    def advice(self) -> str:
        """Say what it may have cost."""
        return MAY_BE_BILLED if self.ambiguous and not self.only_reads else ""


class StreamInterruptedError(OpenRouterError):
    """The reply stopped before its end; `partial` has what had arrived. Not sent again: it may have been billed."""

    def advice(self) -> str:
        """Say what it may have cost, and where the rest is."""
        if self.only_reads:
            return "Try again later."
        return f"It may have been billed{'' if self.partial is None else '; what arrived is in `.partial`'}."


class ClosedStreamError(OpenRouterError):
    """A stream was read again that had been closed, or had failed, before its end; `partial` has what arrived.

    Or its result was asked for before its end.
    """

    is_open: bool = False
    """It can be read on."""

    def advice(self) -> str:
        """Say where the rest is, or is not, and where the beginning is."""
        if self.is_open:
            return "Read it to its end first."
        return f"Ask again for a new stream{'' if self.partial is None else '; what arrived is in `.partial`'}."


class BusyStreamError(OpenRouterError):
    """A stream was read by a second thread or task while another one was waiting for its next piece."""

    def advice(self) -> str:
        """Say who may read."""
        return "Let one thread or task read it, and hand the pieces on."


class OutputError(OpenRouterError):
    """The reply is whole, but lacks what was asked for; `partial` has it. Not sent again."""

    text: str = ""
    """The text in which JSON was looked for, as it came."""
    usage: Usage | None = None
    """What was used for it, answers before it that did not fit included."""

    def of(self, completion: Completion) -> Self:
        """Take what is known of the reply that it is about, and give the error back."""
        http = completion.http
        return self.with_facts(
            partial=completion,
            usage=completion.usage,
            model=completion.model,
            provider=completion.provider,
            generation_id=completion.id,
            request_id=http.request_id if http else None,
            status_code=http.status_code if http else None,
            attempts=http.attempts if http else None,
        )


class TruncatedOutputError(OutputError):
    """The output stopped at a length limit. For structured output; plain text is given as it came."""

    def advice(self) -> str:
        """Point at the limit."""
        return "Raise `max_tokens`."


class InvalidOutputError(OutputError):
    """The output does not have the form that was asked for. For structured output."""

    flaws: tuple[Flaw, ...] = ()
    """Each thing that does not fit, with its `path` and a `message`, where there was JSON to look at."""


class RefusedOutputError(OutputError):
    """The model refused, or a filter took the answer away. For structured output."""


class BatchInterruptedError(OpenRouterError):
    """The inputs of a batch broke off with an error, its `__cause__`; what was paid for until then is not lost."""

    outcomes: Sequence[Outcome] = ()
    """What became of the inputs that had come until then, in their order."""

    def advice(self) -> str:
        """Say where the rest is."""
        return f"{len(self.outcomes)} outcomes are in `.outcomes`."


class CircuitOpenError(OpenRouterError):
    """Not sent: this model failed too often in a row; `retry_after` tells when it will be tried again."""

    def advice(self) -> str:
        """Say how long to wait."""
        return f"The circuit breaker holds requests to this model back for {self.retry_after or 0:.0f} s."


class BudgetExceededError(OpenRouterError):
    """Not sent: it can cost more than is left of the budget, or nobody knows what it can cost. Never sent again."""

    limit: Decimal | None = None
    """The budget, in USD. Where budgets are nested, the one that has least left."""
    left: Decimal | None = None
    """USD that were left of it: neither spent nor set aside for other requests."""
    needed: Decimal | None = None
    """USD that the request can cost at most; `None`: nobody knows."""
    reserved: Decimal | None = None
    """USD that were set aside for other requests; what those do not need will be left again."""
    per: Literal["day", "month"] | None = None
    """What the budget is for; `None`: for all time."""
    resets_at: datetime | None = None
    """When the budget begins anew, where the request has a chance then; `retry_after` has the seconds until that."""
    is_priced: bool = True
    """`False`: the price of the model is unknown."""

    def advice(self) -> str:
        """Say what would let the request pass."""
        if self.needed is None:
            if self.is_priced:
                return "Set `max_tokens=`, or give `Budget(assume_tokens=…)`."
            return "Say with `Budget(unknown=…)` how many USD to set aside for such a request."
        ways = ["lower `max_tokens=`" if self.is_priced else "lower `Budget(unknown=…)`"]
        if self._fits_alone(self.needed):
            ways.append("send fewer at once")
        ways.append("raise the budget")
        if self.resets_at is not None:
            ways.append(f"wait until {self.resets_at:%Y-%m-%d %H:%M} UTC")
        line = f"{', '.join(ways[:-1])}, or {ways[-1]}."
        return line[0].upper() + line[1:]

    def _fits_alone(self, needed: Decimal) -> bool:
        """Whether there would be enough for it if others had nothing set aside."""
        from fractions import Fraction  # noqa: PLC0415 - decimals would be rounded as the caller's context has it

        return self.left is not None and Fraction(needed) <= Fraction(self.left) + Fraction(self.reserved or 0)
