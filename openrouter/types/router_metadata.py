"""How a request was routed (API page "Router metadata"). It is told where `router_metadata=True` asks for it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from attrs import define, field

from .chat import Raw, raw_field


@define
class RouterEndpoint:
    """An endpoint that could have served the request."""

    provider: str | None = None
    model: str | None = None
    selected: bool = False
    """Whether it was the one that did."""
    raw: Raw = raw_field()


@define
class RouterEndpoints:
    """The endpoints that could have served the request."""

    total: int | None = None
    available: list[RouterEndpoint] = field(factory=list[RouterEndpoint])
    raw: Raw = raw_field()


@define
class RouterAttempt:
    """An endpoint that was tried."""

    provider: str | None = None
    model: str | None = None
    status: int | None = None
    """The status of HTTP that it answered with."""
    raw: Raw = raw_field()


@define
class RouterParams:
    """By what a router chose; `raw` has what else it tells."""

    quality_floor: float | None = None
    throughput_floor: float | None = None
    version_group: str | None = None
    raw: Raw = raw_field()


@define
class PipelineStage:
    """What was done to the request, or to the reply, on its way."""

    type: str | None = None
    """`guardrail`, `plugin`, `server_tools`, `response_healing` or `context_compression`."""
    name: str | None = None
    summary: str | None = None
    data: dict[str, Any] | None = None
    cost_usd: Decimal | None = None
    guardrail_id: str | None = None
    guardrail_scope: str | None = None
    raw: Raw = raw_field()


@define
class RouterMetadata:
    """How a request was routed: what was asked for, who could have served it, and who was tried."""

    requested: str | None = None
    """The model that was asked for."""
    strategy: str | None = None
    """`direct`, `auto`, `free`, `latest`, `alias`, `fallback`, `pareto`, `bodybuilder` or `fusion`."""
    region: str | None = None
    summary: str | None = None
    """All of it in a line."""
    attempt: int | None = None
    """Which attempt succeeded, from 1; 0 where no provider was reached."""
    is_byok: bool | None = None
    """Whether a key of the account's own at the provider was used."""
    endpoints: RouterEndpoints = field(factory=RouterEndpoints)
    params: RouterParams | None = None
    attempts: list[RouterAttempt] = field(factory=list[RouterAttempt])
    pipeline: list[PipelineStage] = field(factory=list[PipelineStage])
    generation_time: float | None = None
    """As the service tells it, which does not say in what unit."""
    raw: Raw = raw_field()
