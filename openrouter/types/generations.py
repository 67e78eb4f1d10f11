"""The records that the service keeps of what models made (API pages "Get a generation", "Get generation content").

Nearly every field may be missing: the service says `null`, or nothing, where it does not know. `raw` is the decoded
JSON that an object was made of, with all that this version of the package has no field for.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from attrs import field, frozen

from .believable import count_field, measure_field, seconds, signed_usd_field, usd_field
from .chat import Raw, raw_field
from .moments import moment


@frozen
class ProviderResponse:
    """One provider that was asked on the way to a reply, those that failed included."""

    provider_name: str | None = None
    status: int | None = None
    """The HTTP status that it answered with."""
    latency: float | None = measure_field()
    """Milliseconds."""
    endpoint_id: str | None = None
    id: str | None = None
    """The provider's own id of its reply."""
    is_byok: bool | None = None
    """A key of your own was used."""
    model_permaslug: str | None = None
    """The permanent slug of the model."""
    routed_service_tier: str | None = None
    raw: Raw = raw_field()


@frozen
class Generation:
    """What was asked for, who answered, how long it took and what it cost.

    `native_tokens_…` are counted by the model's own tokenizer, and they are what is billed; `tokens_…` are counted the
    same way for all models. Amounts are USD. Times are in milliseconds, as the service has them; the properties that
    end in `_seconds` are in seconds, as everywhere else in this package.
    """

    id: str = ""
    request_id: str | None = None
    """The same for all generations of one request."""
    model: str | None = None
    """The model that answered."""
    provider_name: str | None = None
    router: str | None = None
    """The router that chose the model, such as `openrouter/auto`."""
    api_type: str | None = None
    """`completions`, `embeddings`, `rerank`, `tts`, `stt`, `video`, `image`, …"""
    streamed: bool | None = None
    cancelled: bool | None = None
    """The client left before the end."""
    finish_reason: str | None = None
    native_finish_reason: str | None = None
    is_byok: bool | None = None
    """A key of your own at the provider was used."""
    total_cost: Decimal | None = usd_field()
    """What was charged in the end, also where the reply was never read to its end."""
    usage: Decimal | None = usd_field()
    """What was taken from the credits."""
    upstream_inference_cost: Decimal | None = usd_field()
    """What the provider charged."""
    cache_discount: Decimal | None = signed_usd_field()
    """What caching saved; below zero where writing to the cache cost more than it saved."""
    latency: float | None = measure_field()
    """Milliseconds."""
    generation_time: float | None = measure_field()
    """Milliseconds that the model wrote for."""
    moderation_latency: float | None = measure_field()
    """Milliseconds."""
    tokens_prompt: int | None = count_field()
    tokens_completion: int | None = count_field()
    native_tokens_prompt: int | None = count_field()
    native_tokens_completion: int | None = count_field()
    native_tokens_reasoning: int | None = count_field()
    native_tokens_cached: int | None = count_field()
    native_tokens_completion_images: int | None = count_field()
    num_media_prompt: int | None = count_field()
    num_media_completion: int | None = count_field()
    num_input_audio_prompt: int | None = count_field()
    num_search_results: int | None = count_field()
    num_fetches: int | None = count_field()
    web_search_engine: str | None = None
    provider_responses: list[ProviderResponse] = field(factory=list[ProviderResponse])
    """Who was asked, in order; the last one answered."""
    service_tier: str | None = None
    """The tier that the provider says it served; `None` where it does not say."""
    session_id: str | None = None
    response_cache_source_id: str | None = None
    """The generation that this one repeats, where it came from the response cache."""
    preset_id: str | None = None
    workspace_id: str | None = None
    app_id: int | None = None
    external_user: str | None = None
    """`user` of the request."""
    origin: str | None = None
    http_referer: str | None = None
    user_agent: str | None = None
    upstream_id: str | None = None
    """The provider's own id."""
    data_region: str | None = None
    """`global`, `europe`, `us`."""
    raw: Raw = raw_field()

    @property
    def created_at(self) -> datetime | None:
        """When it was made, in UTC."""
        return moment(self.raw.get("created_at"))

    @property
    def latency_seconds(self) -> float | None:
        """`latency` in seconds."""
        return seconds(self.latency)

    @property
    def generation_time_seconds(self) -> float | None:
        """`generation_time` in seconds."""
        return seconds(self.generation_time)

    @property
    def moderation_latency_seconds(self) -> float | None:
        """`moderation_latency` in seconds."""
        return seconds(self.moderation_latency)


@frozen
class GenerationInput:
    """What a generation was made from: either messages or a prompt."""

    messages: list[Any] | None = field(default=None, repr=False)
    """As they were sent."""
    prompt: str | None = field(default=None, repr=False)
    raw: Raw = raw_field()


@frozen
class GenerationOutput:
    """What was made."""

    completion: str | None = field(default=None, repr=False)
    reasoning: str | None = field(default=None, repr=False)
    raw: Raw = raw_field()


@frozen
class EarlierFailure:
    """A provider that was asked before, and failed."""

    provider_name: str | None = None
    code: int | None = None
    """The HTTP status."""
    message: str | None = None
    raw: Raw = raw_field()
    """Its own `raw` is what the provider said, where that was kept."""


@frozen
class GenerationFailure:
    """Why there is no output, or not all of it."""

    message: str | None = None
    status: int | None = None
    """The HTTP status that the client got."""
    provider_name: str | None = None
    previous_errors: list[EarlierFailure] = field(factory=list[EarlierFailure])
    """Who failed before, in order."""
    raw: Raw = raw_field()
    """Its own `raw` is what the provider said, where that was kept."""


@frozen
class GenerationContent:
    """What went in and what came out. Neither shows in its `repr`: both may be private."""

    input: GenerationInput = field(factory=GenerationInput)
    output: GenerationOutput = field(factory=GenerationOutput)
    error: GenerationFailure | None = None
    raw: Raw = raw_field()
