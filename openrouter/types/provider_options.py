"""Which provider is to serve a request (API page "Provider routing")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, Literal, TypedDict

from ..core.arguments import Rule, number, refuse
from ..core.json import as_decimal
from .chat_options import JSONObject, flag
from .shapes import TEXT, TEXTS, each, fields, mapping, of_type

SortKey = Literal["price", "throughput", "latency", "exacto"]
Quantization = Literal[
    "int4", "int8", "fp4", "mxfp4", "nvfp4", "fp6", "fp8", "mxfp8", "fp16", "bf16", "fp32", "unknown"
]


class ProviderSort(TypedDict, total=False):
    """How endpoints are sorted, and among which."""

    by: SortKey | str | None
    partition: Literal["model", "none"] | str | None
    """`model`: a fallback model stays behind those before it; `none`: the endpoints of all models in one list."""


class PercentileCutoffs(TypedDict, total=False):
    """Limits for percentiles of the last five minutes; all that are given have to be kept."""

    p50: float | None
    p75: float | None
    p90: float | None
    p99: float | None


class MaxPrice(TypedDict, total=False):
    """The most that an endpoint may charge, in USD; where none is as cheap, the request fails."""

    prompt: float | str
    """USD per million tokens."""
    completion: float | str
    """USD per million tokens."""
    request: float | str
    """USD per request."""
    image: float | str
    """USD per image."""
    audio: float | str
    """USD per unit of audio."""


class Provider(TypedDict, total=False):
    """Preferences among the providers of a model."""

    order: Sequence[str] | None
    """Slugs of those to try first, in this order, as `anthropic` or, for one endpoint, `google-vertex/us-east5`."""
    only: Sequence[str] | None
    """Slugs of those that may serve it, at least one."""
    ignore: Sequence[str] | None
    """Slugs of those that may not."""
    allow_fallbacks: bool | None
    """Whether others may serve it where the first, or those in `order`, cannot; True unless you say otherwise."""
    require_parameters: bool | None
    """Whether to skip those that do not support every option that is sent."""
    data_collection: Literal["allow", "deny"] | str | None
    """`deny`: none that stores prompts, or trains on them."""
    zdr: bool | None
    """True: only endpoints that retain nothing."""
    enforce_distillable_text: bool | None
    """True: only models whose output may be used to train others."""
    quantizations: Sequence[Quantization | str] | None
    sort: SortKey | str | ProviderSort | JSONObject | None
    """What to sort by, in place of balancing the load."""
    preferred_min_throughput: float | PercentileCutoffs | JSONObject | None
    """Tokens per second, of the median or by percentile; slower endpoints are tried last."""
    preferred_max_latency: float | PercentileCutoffs | JSONObject | None
    """Seconds, of the median or by percentile; slower endpoints are tried last."""
    max_price: MaxPrice | JSONObject | None
    options: Mapping[str, JSONObject] | None
    """Settings for providers, by their slugs."""


_AMOUNT: Final = number(0, 1e9)
_LONGEST_LATENCY: Final = 600
"""Seconds. No request lasts longer than that, so a greater number was meant as milliseconds."""
_LEAST_PER_MILLION: Final = Decimal("0.001")
"""USD per million tokens. Nothing but what is free is cheaper, so a smaller price was meant as that of one token."""


def usd(name: str, value: Any) -> None:
    """Take amounts in USD."""
    amount = as_decimal(value)
    if amount is None or amount < 0:
        refuse(name, value, "USD of at least 0, as a number or as the text of one")


def usd_per_million(name: str, value: Any) -> None:
    """Take amounts in USD per million tokens, but for those that can only be prices of one token."""
    usd(name, value)
    amount = Decimal(str(value))
    if 0 < amount < _LEAST_PER_MILLION:
        from .cost import exact  # noqa: PLC0415 - for what is refused

        per_million = exact().multiply(amount, 1_000_000).normalize(exact())
        meant = f"{amount:f} per token would be {per_million:f}, and what is free costs 0"
        refuse(name, value, f"in USD per million tokens: {meant}")


def _seconds(name: str, value: Any) -> None:
    _AMOUNT(name, value)
    if value > _LONGEST_LATENCY:
        refuse(name, value, f"in seconds, at most {_LONGEST_LATENCY}: {value:g} ms would be {value / 1000:g}")


def _cutoff(rule: Rule) -> Rule:
    percentiles = fields(dict.fromkeys(("p50", "p75", "p90", "p99"), rule), named_freely=True)
    kinds = {int: rule, float: rule, Mapping: percentiles}
    return of_type("a number, or a mapping of percentiles to numbers", kinds)


latency: Final = _cutoff(_seconds)
"""Takes seconds, for the median or by percentile, but for what can only be milliseconds."""
throughput: Final = _cutoff(_AMOUNT)
"""Takes tokens per second, for the median or by percentile."""


def _by_slug(name: str, value: Any) -> None:
    mapping(name, value)
    for slug, settings in value.items():
        mapping(f"{name}[{slug!r}]", settings)


RULES: Final[Mapping[str, Rule]] = {
    "provider": fields(
        {
            "order": TEXTS,
            "only": each(TEXT, shortest=1),
            "ignore": TEXTS,
            "allow_fallbacks": flag,
            "require_parameters": flag,
            "data_collection": TEXT,
            "zdr": flag,
            "enforce_distillable_text": flag,
            "quantizations": TEXTS,
            "sort": of_type(
                "a word to sort by, or a mapping with `by` and `partition`",
                {str: TEXT, Mapping: fields({"by": TEXT, "partition": TEXT})},
            ),
            "preferred_min_throughput": throughput,
            "preferred_max_latency": latency,
            "max_price": fields(
                {
                    "prompt": usd_per_million,
                    "completion": usd_per_million,
                    **dict.fromkeys(("request", "image", "audio"), usd),
                }
            ),
            "options": _by_slug,
        }
    ),
}
