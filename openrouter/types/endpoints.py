"""Who serves a model, at what price and how fast (API page "List endpoints").

Every field may be missing: the service says `null`, or nothing, where it does not know. Its lists of words grow, so all
of them are plain strings. `raw` is the decoded JSON that an object was made of, with all that this version of the
package has no field for.
"""

from __future__ import annotations

from typing import Any, cast

from attrs import define, evolve, field, frozen

from ..core.json import as_list, as_object
from ..core.structuring import structurer
from .believable import count_field, measure_field, seconds
from .chat import Raw, raw_field
from .models import Architecture
from .pricing import Pricing


@frozen
class EndpointPercentiles:
    """What was measured in the last 30 minutes; the field that has it says in what unit."""

    p50: float | None = measure_field()
    """The median."""
    p75: float | None = measure_field()
    p90: float | None = measure_field()
    p99: float | None = measure_field()
    raw: Raw = raw_field()


@define
class Endpoint:
    """One provider's offer of a model. Two are equal where all that the service said of them is.

    Prices and measurements are read out of `raw` when they are asked for, and cannot be set.
    """

    name: str | None = None
    """The name for people: provider and model."""
    model_id: str | None = None
    """The permanent slug of the model."""
    model_name: str | None = None
    provider_name: str | None = None
    """The name for people, as in `reply.provider`."""
    tag: str | None = None
    """The slug for `provider.order`, `only` and `ignore`, such as `openai/priority` or `google-vertex/us-east5`."""
    context_length: int | None = count_field()
    """Tokens of input and output together."""
    max_completion_tokens: int | None = count_field()
    """The most tokens of output."""
    max_prompt_tokens: int | None = count_field()
    """The most tokens of input."""
    quantization: str | None = None
    """How exact its numbers are: `fp8`, `bf16`, …; `None` or `unknown` where it does not say."""
    status: int | None = None
    """0 is normal; below zero it is degraded or hidden. What each number means is not documented."""
    supported_parameters: list[str] = field(factory=list[str])
    """Options of a request that it takes."""
    supports_implicit_caching: bool | None = None
    """It caches prompts by itself."""
    supports_voice_cloning: bool | None = None
    uptime_last_5m: float | None = measure_field()
    """Per cent of the requests that it answered in the last five minutes."""
    uptime_last_30m: float | None = measure_field()
    """Per cent, in the last 30 minutes."""
    uptime_last_1d: float | None = measure_field()
    """Per cent, in the last day."""
    service_tier: str | None = None
    """The tier that it belongs to: `default`, `priority`, `flex`, …"""
    raw: Raw = field(factory=dict[str, Any], repr=False)

    @property
    def pricing(self) -> Pricing:
        """The prices of this provider, with what its tier adds."""
        return Pricing(as_object(self.raw.get("pricing")))

    @property
    def latency_last_30m(self) -> EndpointPercentiles | None:
        """Milliseconds until the first token, as the service has it; `None` without a key.

        A preference such as `preferred_max_latency` is in seconds: that is `latency_last_30m_seconds`.
        """
        return self._measured("latency_last_30m")

    @property
    def latency_last_30m_seconds(self) -> EndpointPercentiles | None:
        """Seconds until the first token; `None` without a key."""
        told = self.latency_last_30m
        if told is None:
            return None
        return evolve(told, p50=seconds(told.p50), p75=seconds(told.p75), p90=seconds(told.p90), p99=seconds(told.p99))

    @property
    def throughput_last_30m(self) -> EndpointPercentiles | None:
        """Tokens of output per second; `None` without a key."""
        return self._measured("throughput_last_30m")

    def _measured(self, name: str) -> EndpointPercentiles | None:
        is_there = isinstance(self.raw.get(name), dict)
        return structurer(EndpointPercentiles)(as_object(self.raw.get(name))) if is_there else None


@define
class ModelEndpoints:
    """A model, and who serves it. Two are equal where all that the service said of them is."""

    id: str = ""
    """What goes into `model`."""
    name: str | None = None
    """The name for people."""
    created: int | None = None
    """Seconds since 1970."""
    description: str | None = None
    raw: Raw = field(factory=dict[str, Any], repr=False)

    @property
    def architecture(self) -> Architecture:
        """What kinds of content the model takes and gives."""
        return structurer(Architecture)(as_object(self.raw.get("architecture")))

    @property
    def endpoints(self) -> list[Endpoint]:
        """Who serves it, in the order of the service."""
        return endpoints_of(self.raw.get("endpoints"))


def endpoints_of(told: object) -> list[Endpoint]:
    """Make endpoints of a decoded list; what is no object in it is passed over."""
    structure = structurer(Endpoint)
    return [structure(entry) for entry in cast("list[dict[str, Any]]", as_list(told)) if type(entry) is dict]
