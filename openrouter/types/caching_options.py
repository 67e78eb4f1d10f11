"""What of a prompt its provider is to keep for the next request (API page "Prompt caching")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, Required, TypedDict

from ..core.arguments import Rule
from .shapes import TEXT, fields


class CacheControl(TypedDict, total=False):
    """A mark: keep the prompt up to here. As an option it marks the last block that can be kept."""

    type: Required[Literal["ephemeral"] | str]
    ttl: Literal["5m", "1h"] | str
    """How long to keep it; five minutes if nothing is said."""


class PromptCacheOptions(TypedDict, total=False):
    """Whether OpenAI marks what it keeps by itself; GPT-5.6 and newer."""

    mode: Required[Literal["explicit"] | str]
    """`explicit`: only blocks that are marked are kept."""
    ttl: str | None


CACHE_CONTROL: Final = fields({"type": TEXT, "ttl": TEXT}, "type")

RULES: Final[Mapping[str, Rule]] = {
    "cache_control": CACHE_CONTROL,
    "prompt_cache_options": fields({"mode": TEXT, "ttl": TEXT}, "mode"),
}
