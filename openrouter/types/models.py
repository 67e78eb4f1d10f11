"""The models that are offered, and what they cost (API page "Models").

Every field may be missing: the service says `null`, or nothing, where it does not know. Its lists of words grow, so
all of them are plain strings. `raw` is the decoded JSON that an object was made of, with all that this version of the
package has no field for.

A list has hundreds of models, and of most nobody looks at more than the id. So what has parts of its own is read out of
`raw` when it is asked for, and cannot be set.
"""

from __future__ import annotations

from datetime import date
from typing import Any, TypeVar

from attrs import define, field, frozen

from ..core.json import as_object
from ..core.structuring import structurer
from .chat import Raw, raw_field
from .pricing import Pricing

Part = TypeVar("Part")


@frozen
class Architecture:
    """What kinds of content a model takes and gives."""

    modality: str | None = None
    """Both in one, such as `text+image->text`."""
    input_modalities: list[str] = field(factory=list[str])
    """`text`, `image`, `file`, `audio`, `video`, …"""
    output_modalities: list[str] = field(factory=list[str])
    """`text`, `image`, `embeddings`, `audio`, `video`, `rerank`, `speech`, `transcription`, …"""
    tokenizer: str | None = None
    """The family of its tokenizer: `GPT`, `Claude`, `Gemini`, `Other`, …"""
    instruct_type: str | None = None
    raw: Raw = raw_field()


@frozen
class TopProvider:
    """What the first provider of a model allows."""

    context_length: int | None = None
    """Tokens."""
    max_completion_tokens: int | None = None
    """The most tokens of output."""
    is_moderated: bool | None = None
    """It looks at what is sent, and may refuse it."""
    raw: Raw = raw_field()


@frozen
class ModelReasoning:
    """How the reasoning of a model can be set."""

    mandatory: bool | None = None
    """It cannot be turned off."""
    supported_efforts: list[str] | None = None
    """What `reasoning.effort` may be, the highest first. Where `raw` has `null` for it, all are taken; where `raw` has
    nothing, there is no choice."""
    default_effort: str | None = None
    default_enabled: bool | None = None
    """The model reasons where the request says nothing of it."""
    supports_max_tokens: bool | None = None
    """`reasoning.max_tokens` is taken."""
    raw: Raw = raw_field()


@frozen
class PerRequestLimits:
    """The most tokens that one request may have."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    raw: Raw = raw_field()


@frozen
class AliasTarget:
    """The model that an alias such as `~author/family-latest` stands for."""

    slug: str | None = None
    """Its `id`."""
    name: str | None = None
    raw: Raw = raw_field()


@frozen
class ArtificialAnalysis:
    """Indices of the benchmarks of Artificial Analysis."""

    intelligence_index: float | None = None
    coding_index: float | None = None
    agentic_index: float | None = None
    raw: Raw = raw_field()


@frozen
class DesignArena:
    """A place in one category of an arena of Design Arena."""

    arena: str | None = None
    category: str | None = None
    elo: float | None = None
    win_rate: float | None = None
    """Per cent."""
    rank: int | None = None
    raw: Raw = raw_field()


@frozen
class Benchmarks:
    """What others measured of a model."""

    artificial_analysis: ArtificialAnalysis | None = None
    design_arena: list[DesignArena] = field(factory=list[DesignArena])
    raw: Raw = raw_field()


@define
class Model:
    """A model that is offered. Two are equal where all that the service said of them is."""

    id: str = ""
    """What goes into `model`; it may end in a variant, such as `:free`, or begin with `~`, as aliases do."""
    canonical_slug: str | None = None
    """The name that never changes."""
    name: str | None = None
    """The name for people."""
    created: int | None = None
    """Seconds since 1970."""
    description: str | None = None
    context_length: int | None = None
    """Tokens of input and output together."""
    supported_parameters: list[str] = field(factory=list[str])
    """Options of a request that it takes: `temperature`, `tools`, `structured_outputs`, …"""
    default_parameters: dict[str, Any] | None = None
    """What the sampling options are where a request does not say."""
    hugging_face_id: str | None = None
    supported_voices: list[str] | None = None
    """Voices of a model that speaks."""
    links: dict[str, Any] | None = None
    """`details`: the address of its list of endpoints, relative to the host."""
    raw: Raw = field(factory=dict[str, Any])

    @property
    def pricing(self) -> Pricing:
        """The prices that hold now."""
        return Pricing(as_object(self.raw.get("pricing")))

    @property
    def architecture(self) -> Architecture:
        """What kinds of content it takes and gives."""
        return structurer(Architecture)(as_object(self.raw.get("architecture")))

    @property
    def top_provider(self) -> TopProvider:
        """What its first provider allows."""
        return structurer(TopProvider)(as_object(self.raw.get("top_provider")))

    @property
    def per_request_limits(self) -> PerRequestLimits | None:
        """The most tokens of one request, where there is such a limit."""
        return self._part("per_request_limits", PerRequestLimits)

    @property
    def reasoning(self) -> ModelReasoning | None:
        """How its reasoning can be set; `None` for models that do not reason, and for routers."""
        return self._part("reasoning", ModelReasoning)

    @property
    def alias_target(self) -> AliasTarget | None:
        """For an alias, the model that it stands for now."""
        return self._part("alias_target", AliasTarget)

    @property
    def benchmarks(self) -> Benchmarks | None:
        """What others measured."""
        return self._part("benchmarks", Benchmarks)

    @property
    def expiration_date(self) -> date | None:
        """After this day it may be gone."""
        return _day(self.raw.get("expiration_date"))

    @property
    def knowledge_cutoff(self) -> date | None:
        """The day up to which its training data reach."""
        return _day(self.raw.get("knowledge_cutoff"))

    def _part(self, name: str, cls: type[Part]) -> Part | None:
        is_there = isinstance(self.raw.get(name), dict)
        return structurer(cls)(as_object(self.raw.get(name))) if is_there else None

    def __repr__(self) -> str:
        # What a model is known by, and no more: a list of them is shown in a line each.
        known = (
            ("id", self.id),
            ("name", self.name),
            ("context_length", self.context_length),
            ("pricing", self.pricing),
        )
        return f"Model({', '.join(f'{name}={value!r}' for name, value in known)})"


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
