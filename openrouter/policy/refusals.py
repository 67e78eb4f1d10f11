"""The errors of requests that the policy lets neither go nor wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.errors import APITimeoutError, CircuitOpenError, OpenRouterError, RateLimitError

if TYPE_CHECKING:
    from collections.abc import Mapping


def too_late() -> OpenRouterError:
    """There is no time left."""
    late = APITimeoutError("Not sent: the deadline has passed.")
    late.clock = "deadline"
    return late


def held_back(pause: float) -> OpenRouterError:
    """The breaker holds it back, for so many seconds."""
    return CircuitOpenError("Not sent: the model failed too often in a row.").with_facts(retry_after=pause)


def limited(seconds: float, reason: Mapping[str, object]) -> OpenRouterError:
    """A limit is closed for longer than anybody waits; `reason` is what the service said of it."""
    error = RateLimitError("Not sent: a rate limit that was hit before is not free again yet.")
    error.platform = True
    return error.with_facts(retry_after=seconds, **reason)
