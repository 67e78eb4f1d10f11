"""Plugins, for the option `plugins` (API page "Plugins").

Each function gives a plain dict; what is left out, or `None`, is not in it. `enabled=False` switches off for one
request what the account has on. Settings that are new, and that a function has no name for, it takes as keywords too. A
value that cannot be right raises `InvalidArgumentError`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from .core.arguments import refuse
from .types.plugin_options import plugin
from .types.search_options import with_type

if TYPE_CHECKING:
    from .types.chat_options import JSONObject
    from .types.search_options import UserLocation, XSearchFilter

__all__ = [
    "auto_beta_router",
    "auto_router",
    "context_compression",
    "file_parser",
    "fusion",
    "moderation",
    "pareto_router",
    "response_healing",
    "web",
    "web_fetch",
]

CostTier = Literal["low", "medium", "high", "xhigh", "max"]


def web(
    *,
    engine: Literal["native", "exa", "firecrawl", "parallel", "perplexity"] | str | None = None,
    mode: str | None = None,
    max_results: int | None = None,
    max_uses: int | None = None,
    search_prompt: str | None = None,
    include_domains: Sequence[str] | None = None,
    exclude_domains: Sequence[str] | None = None,
    user_location: UserLocation | JSONObject | None = None,
    x_search: XSearchFilter | JSONObject | None = None,
    enabled: bool | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Search the web once, before the model answers. Deprecated by the API: `server_tools.web_search` is newer.

    Without an `engine` it is the provider's own where there is one, else `exa`. `mode` is a word of the engine's.
    `max_results` is 5 if nothing is said. Domains may have wildcards and paths, as `*.example.com` and
    `example.com/blog`. `search_prompt` stands before the results.
    """
    return _plugin(
        "web",
        engine=engine,
        mode=mode,
        max_results=max_results,
        max_uses=max_uses,
        search_prompt=search_prompt,
        include_domains=include_domains,
        exclude_domains=exclude_domains,
        user_location=with_type(user_location),
        x_search=x_search,
        enabled=enabled,
        **more,
    )


def web_fetch(
    *,
    max_uses: int | None = None,
    max_content_tokens: int | None = None,
    allowed_domains: Sequence[str] | None = None,
    blocked_domains: Sequence[str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Let the model read pages, of at most about `max_content_tokens` tokens each, `max_uses` times."""
    return _plugin(
        "web-fetch",
        max_uses=max_uses,
        max_content_tokens=max_content_tokens,
        allowed_domains=allowed_domains,
        blocked_domains=blocked_domains,
        **more,
    )


def file_parser(
    engine: Literal["mistral-ocr", "cloudflare-ai", "native"] | str | None = None,
    *,
    enabled: bool | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Read PDFs for models that cannot.

    `mistral-ocr` reads scans too and costs USD 2 per 1,000 pages; `cloudflare-ai` is free; `native` leaves the file to
    the model. Without an engine, a model that reads files gets the file, and `mistral-ocr` reads it for others.
    """
    pdf = {} if engine is None else {"pdf": {"engine": engine}}
    return _plugin("file-parser", **pdf, enabled=enabled, **more)


def response_healing(*, enabled: bool | None = None, **more: Any) -> dict[str, Any]:
    """Mend JSON that is broken: only together with `response_format`, and only in whole replies."""
    return _plugin("response-healing", enabled=enabled, **more)


def context_compression(
    engine: Literal["middle-out"] | str | None = None, *, enabled: bool | None = None, **more: Any
) -> dict[str, Any]:
    """Shorten conversations that are too long for the model, in their middle.

    Without it that is done for endpoints of up to 8,192 tokens; `enabled=False` keeps those from it.
    """
    return _plugin("context-compression", engine=engine, enabled=enabled, **more)


def moderation(**more: Any) -> dict[str, Any]:
    """Have the messages moderated before a model reads them."""
    return _plugin("moderation", **more)


def auto_router(
    *,
    allowed_models: Sequence[str] | None = None,
    excluded_models: Sequence[str] | None = None,
    cost_tier: CostTier | str | None = None,
    cost_quality_tradeoff: int | None = None,
    pin_model: bool | None = None,
    enabled: bool | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Tell the router `openrouter/auto` among which models it may choose, and how dear they may be.

    Models are patterns such as `anthropic/*`, at most 1,024; what is excluded wins. `pin_model` stays with the model
    that is named in the last message of the assistant. `cost_quality_tradeoff`, 0 to 10, is the deprecated form of
    `cost_tier`.
    """
    return _plugin(
        "auto-router",
        allowed_models=allowed_models,
        excluded_models=excluded_models,
        cost_tier=cost_tier,
        cost_quality_tradeoff=cost_quality_tradeoff,
        pin_model=pin_model,
        enabled=enabled,
        **more,
    )


def auto_beta_router(
    *,
    allowed_models: Sequence[str] | None = None,
    excluded_models: Sequence[str] | None = None,
    cost_tier: CostTier | str | None = None,
    cost_quality_tradeoff: int | None = None,
    enabled: bool | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Tell the beta of the router the same as `auto_router`; it pins no model."""
    return _plugin(
        "auto-beta-router",
        allowed_models=allowed_models,
        excluded_models=excluded_models,
        cost_tier=cost_tier,
        cost_quality_tradeoff=cost_quality_tradeoff,
        enabled=enabled,
        **more,
    )


def pareto_router(
    *,
    min_coding_score: float | None = None,
    max_price: float | None = None,
    price_source: Literal["prompt", "weighted_avg"] | str | None = None,
    enabled: bool | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Tell the router for programming how good a model has to be, from 0 to 1, or how dear it may be.

    `max_price` is USD per million tokens of the input, by the list or, with `weighted_avg`, as really paid. It wins
    over `min_coding_score`; where no model is as cheap, the request fails.
    """
    return _plugin(
        "pareto-router",
        min_coding_score=min_coding_score,
        max_price=max_price,
        price_source=price_source,
        enabled=enabled,
        **more,
    )


def fusion(
    *,
    preset: Literal["general-high", "general-budget", "general-fast"] | str | None = None,
    analysis_models: Sequence[str] | None = None,
    model: str | None = None,
    max_tool_calls: int | None = None,
    tools: Sequence[JSONObject] | None = None,
    enabled: bool | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Ask a panel of models, and have one of them make an answer of theirs.

    `analysis_models` are the panel, 1 to 8; `model` writes the answer; a `preset` names both. Each may take
    `max_tool_calls` steps, 1 to 16, 4 if nothing is said, with up to 8 `tools` of the service: searching and fetching
    unless you say otherwise, none with an empty list.
    """
    return _plugin(
        "fusion",
        preset=preset,
        analysis_models=analysis_models,
        model=model,
        max_tool_calls=max_tool_calls,
        tools=tools,
        enabled=enabled,
        **more,
    )


def _plugin(id_: str, /, **settings: Any) -> dict[str, Any]:
    if "id" in settings:
        refuse("id", settings["id"], f"left out: it is {id_!r}")
    made = {"id": id_, **{name: value for name, value in settings.items() if value is not None}}
    plugin(id_, made)
    return made
