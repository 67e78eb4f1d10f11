"""How a model fares, as it was seen here and as the service tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from ..core.errors import OpenRouterError
    from ..policy.health import PolicyHealth
    from ..types.endpoints import Endpoint


@frozen(kw_only=True)
class ModelHealth:
    """What is known of how a model fares now."""

    model: str
    """The model as it was asked for: requests are counted by what stood in `model` of them."""
    seen: PolicyHealth
    """What the requests of this policy saw of it lately, and whether its circuit breaker refuses it now."""
    endpoints: list[Endpoint] = field(factory=list["Endpoint"])
    """What the service tells of those who serve it: status, uptime, latency."""
    endpoints_error: OpenRouterError | None = None
    """Why that could not be had."""
