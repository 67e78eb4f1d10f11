"""Choosing who answers: variants of models, routers and aliases, and preferences among providers.

API pages "Model variants", "Provider routing", "Latest model resolution" and those of the routers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Literal, Never

from .core.arguments import Rule, refuse, refuse_unknown
from .types.provider_options import RULES, latency, throughput, usd, usd_per_million
from .types.slugs import Slug, apply_variant, parse_slug

if TYPE_CHECKING:
    from .types.chat_options import JSONObject
    from .types.provider_options import PercentileCutoffs, Quantization, SortKey

__all__ = ["KnownModel", "Slug", "Variant", "apply_variant", "parse_slug", "provider"]

USD = Decimal | float | str


class Variant(StrEnum):
    """What may follow the id of a model, after a colon. The service may know more: any text is taken for one.

    `free`, `batch`, `extended` and `thinking` are models of their own: they exist where the list of models has them,
    and a request for one that does not exist fails. The others every model takes; they change who serves it.
    """

    FREE = "free"
    """Costs nothing, with low limits; there are entries such as `vendor/model:free` in the list of models."""
    EXTENDED = "extended"
    """A longer context. Deprecated: hardly a model has it."""
    EXACTO = "exacto"
    """Providers are sorted by how well they call tools."""
    NITRO = "nitro"
    """Providers are sorted by throughput, and those of the dearer tier `priority` may serve it too."""
    FLOOR = "floor"
    """Providers are sorted by price, and those of the cheaper, slower tier `flex` may serve it too."""
    ONLINE = "online"
    """The web is searched first. Deprecated: the server tool `openrouter.server_tools.web_search` is newer."""
    THINKING = "thinking"
    """The model reasons. Deprecated, and gone for models of Anthropic: use the option `reasoning`."""
    BATCH = "batch"
    """Prices of the batch API, which finds this entry by itself when it is given the model without it."""


class KnownModel(StrEnum):
    """Ids that do not go stale: routers, and aliases of the newest model of a family.

    What answered is in `Completion.model`. `openrouter models enum` writes an enum of all models of today.
    """

    AUTO = "openrouter/auto"
    """Picks a model by the kind of task; `openrouter.plugins.auto_router` sets among which, and how dear."""
    AUTO_BETA = "openrouter/auto-beta"
    """What that router will be; its plugin is `openrouter.plugins.auto_beta_router`."""
    FREE = "openrouter/free"
    """Picks a free model that can do what the request needs, at random."""
    PARETO_CODE = "openrouter/pareto-code"
    """The cheapest model that writes code well enough; `openrouter.plugins.pareto_router` sets how well. With the
    variant `nitro` it is the fastest."""
    FUSION = "openrouter/fusion"
    """Several models answer, and one makes an answer of theirs: it costs as many times more."""
    FUSION_FLASH = "openrouter/fusion-flash"
    """The same with fast models."""
    BODYBUILDER = "openrouter/bodybuilder"
    """Writes bodies of requests, as JSON; costs nothing."""

    CLAUDE_OPUS_LATEST = "~anthropic/claude-opus-latest"
    CLAUDE_SONNET_LATEST = "~anthropic/claude-sonnet-latest"
    CLAUDE_HAIKU_LATEST = "~anthropic/claude-haiku-latest"
    GPT_LATEST = "~openai/gpt-latest"
    GPT_MINI_LATEST = "~openai/gpt-mini-latest"
    GEMINI_PRO_LATEST = "~google/gemini-pro-latest"
    GEMINI_FLASH_LATEST = "~google/gemini-flash-latest"
    KIMI_LATEST = "~moonshotai/kimi-latest"


def provider(
    *,
    order: Sequence[str] | None = None,
    only: Sequence[str] | None = None,
    ignore: Sequence[str] | None = None,
    allow_fallbacks: bool | None = None,
    require_parameters: bool | None = None,
    data_collection: Literal["allow", "deny"] | str | None = None,
    zdr: bool | None = None,
    enforce_distillable_text: bool | None = None,
    quantizations: Sequence[Quantization | str] | None = None,
    sort: SortKey | str | None = None,
    partition: Literal["model", "none"] | str | None = None,
    max_prompt_usd_per_million: USD | None = None,
    max_completion_usd_per_million: USD | None = None,
    max_usd_per_request: USD | None = None,
    max_usd_per_image: USD | None = None,
    max_latency_seconds: float | PercentileCutoffs | JSONObject | None = None,
    min_tokens_per_second: float | PercentileCutoffs | JSONObject | None = None,
    options: Mapping[str, JSONObject] | None = None,
    **unknown: Never,
) -> dict[str, Any]:
    """Say which providers may serve a request, for the option `provider`, with the units in the names.

    - `order`, `only`, `ignore`: slugs of providers, as `anthropic`, or of one endpoint, as `google-vertex/us-east5`.
      Those in `order` are tried first, and others after them unless `allow_fallbacks` is False.
    - `require_parameters`: skip those that do not support every option that is sent.
    - `data_collection="deny"`: none that stores prompts, or trains on them; `zdr=True`: none that retains anything.
    - `sort`: `price`, `throughput`, `latency` or `exacto`, in place of balancing the load. `partition="none"` sorts the
      endpoints of all fallback models in one list.
    - `max_…_usd…`: where nobody is as cheap, the request fails. Tokens are priced per *million* here, while the list of
      models has prices per token; a price that can only be one of those is refused. The text of a number and `Decimal`
      keep every digit.
    - `max_latency_seconds` (until the first token) and `min_tokens_per_second`: for the median of the last five
      minutes, or by percentile, as `{"p90": 3}`; providers that are slower are tried last, none is left out. The list
      of endpoints has latencies in milliseconds; what can only be one of those is refused.
    - `options`: settings for providers, by their slugs.

    What is left out, or `None`, is not in the dict. A preference that is newer than this version goes in beside them:
    `{**provider(sort="price"), "new": True}`. Raises `InvalidArgumentError` for a value that cannot be right, and
    `TypeError` for a name that is none of these.
    """
    if unknown:
        _refuse(unknown)
    prices = {
        "prompt": _amount("max_prompt_usd_per_million", max_prompt_usd_per_million, usd_per_million),
        "completion": _amount("max_completion_usd_per_million", max_completion_usd_per_million, usd_per_million),
        "request": _amount("max_usd_per_request", max_usd_per_request, usd),
        "image": _amount("max_usd_per_image", max_usd_per_image, usd),
    }
    if max_latency_seconds is not None:
        latency("max_latency_seconds", max_latency_seconds)
    if min_tokens_per_second is not None:
        throughput("min_tokens_per_second", min_tokens_per_second)
    preferences = {
        "order": order,
        "only": only,
        "ignore": ignore,
        "allow_fallbacks": allow_fallbacks,
        "require_parameters": require_parameters,
        "data_collection": data_collection,
        "zdr": zdr,
        "enforce_distillable_text": enforce_distillable_text,
        "quantizations": quantizations,
        "sort": sort if partition is None else _given({"by": sort, "partition": partition}),
        "max_price": _given(prices) or None,
        "preferred_max_latency": max_latency_seconds,
        "preferred_min_throughput": min_tokens_per_second,
        "options": options,
    }
    made = _given(preferences)
    RULES["provider"]("provider", made)
    return made


_UNITS: Final[Mapping[str, str]] = {
    "max_price": "max_prompt_usd_per_million, max_completion_usd_per_million, max_usd_per_request or max_usd_per_image",
    "preferred_max_latency": "max_latency_seconds",
    "preferred_min_throughput": "min_tokens_per_second",
}
"""What `provider` has names with units for."""


def _refuse(unknown: Mapping[str, object]) -> None:
    for name in unknown.keys() & _UNITS.keys():
        refuse(name, unknown[name], f"given as {_UNITS[name]}")
    known = provider.__annotations__.keys() - {"unknown", "return"}
    refuse_unknown("preference", unknown, known, "What is new goes into the dict, beside what this gives.")


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _amount(name: str, value: USD | None, rule: Rule) -> float | str | None:
    if value is None:
        return None
    amount = format(value, "f") if isinstance(value, Decimal) else value
    rule(name, amount)
    return amount
