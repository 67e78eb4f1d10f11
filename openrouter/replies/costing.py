"""What a reply cost: as it was billed, or else worked out from its tokens (API pages "Models", "Usage accounting").

The service says what it charged, and that is the truth. Where it says nothing, list prices times tokens are an
estimate: the formula is not the service's own, though it gives what was billed wherever that could be compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, localcontext
from typing import Any, Final

from ..core.json import as_decimal, as_list, as_object, as_whole
from ..types.chat import FINEST_USD, MOST_TOKENS, MOST_USD, Usage
from ..types.cost import Cost, exact
from ..types.pricing import Price, Prices, Pricing

Rates = Mapping[str, Decimal | None]
"""USD for one unit by the name of the price; `None` for one that varies, or that makes no sense."""

_ZERO: Final = Decimal(0)
_CONDITIONS: Final = frozenset({"min_prompt_tokens", "utc_start", "utc_end", "utc_days"})
_NO_PRICES: Final = frozenset({"discount", "overrides"})
_MIDNIGHT: Final = 2400
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NAMES: Final = frozenset(name for name, value in vars(Prices).items() if isinstance(value, Price))


def cost_of(usage: Usage, pricing: Pricing | None, *, utc: float | None = None, images: int = 0) -> Cost | None:
    """Give what a request cost, in USD; `None` where it was neither billed nor can be worked out.

    `utc` is when it was sent, in seconds since 1970, for prices that depend on the time of day; without it, they are
    those that hold outside of all such times. `images` is how many were sent, for models with a price per image: no
    usage tells that.

    What was billed is the cost. Only with a key of one's own at the provider, `is_byok`, what the provider charges is
    added; where it is not told, it is worked out, or missing, and the cost is `estimated`.
    """
    with localcontext(exact()):
        if usage.cost is not None and not usage.is_byok:
            return Cost(amount=usage.cost, estimated=False, billed=usage.cost)
        upstream = _upstream(usage)
        if upstream is not None:
            fee, is_known = usage.cost or _ZERO, usage.cost is not None
            return Cost(amount=fee + upstream, estimated=not is_known, billed=usage.cost, upstream=upstream)
        parts = None if pricing is None else _parts(usage, pricing, utc, images)
        if parts is None:
            return None if usage.cost is None else Cost(amount=usage.cost, estimated=True, billed=usage.cost)
        total = sum(parts.values(), _ZERO)
        return Cost(
            amount=total + (usage.cost or _ZERO),
            estimated=True,
            billed=usage.cost,
            upstream=total if usage.is_byok else None,
            parts=parts,
        )


def _upstream(usage: Usage) -> Decimal | None:
    """Give what the provider charges for a request with a key of one's own, as far as it is told."""
    details = usage.cost_details
    if details is None or not usage.is_byok:
        return None
    if details.upstream_inference_cost is not None:
        return details.upstream_inference_cost
    prompt, output = details.upstream_inference_prompt_cost, details.upstream_inference_completions_cost
    return None if prompt is None or output is None else prompt + output


def _parts(usage: Usage, pricing: Pricing, utc: float | None, images: int) -> dict[str, Decimal] | None:
    """Work out a cost by the names of the prices; `None` where a price that it needs is not known."""
    searches = searches_told_by(usage)
    if not (usage.prompt_tokens or usage.completion_tokens or searches):
        return None
    rates = rates_of(pricing, prompt_tokens=usage.prompt_tokens, utc=utc)
    lines = [*_input(usage, rates), *_output(usage, rates)]
    lines += [("request", 1, rates.get("request", _ZERO)), ("image", images, rates.get("image", _ZERO))]
    lines += [("web_search", searches, rates.get("web_search"))]
    parts: dict[str, Decimal] = {}
    for name, units, price in lines:
        if units and price is None:
            return None
        if units and price:
            parts[name] = parts.get(name, _ZERO) + units * price
    return parts


Line = tuple[str, int, Decimal | None]
"""The name of a price, how many units there are, and the price of one."""


def _input(usage: Usage, rates: Rates) -> list[Line]:
    """Take the prompt apart. A part that is larger than the whole is as large as that: it cannot be true."""
    details = usage.prompt_tokens_details
    prompt = rates.get("prompt")
    left, lines = usage.prompt_tokens, list[Line]()
    if details is not None:
        for_an_hour = _tokens(as_object(usage.raw.get("cache_creation")).get("ephemeral_1h_input_tokens"))
        for_an_hour = min(for_an_hour, details.cache_write_tokens)
        write = rates.get("input_cache_write", prompt)
        for name, units, price in (
            ("input_cache_read", details.cached_tokens, rates.get("input_cache_read", prompt)),
            ("input_cache_write_1h", for_an_hour, rates.get("input_cache_write_1h", write)),
            ("input_cache_write", details.cache_write_tokens - for_an_hour, write),
            ("audio", details.audio_tokens, rates.get("audio")),
            ("image_token", _tokens(details.raw.get("image_tokens")), rates.get("image_token", prompt)),
        ):
            lines.append((name, min(units, left), price))
            left -= lines[-1][1]
    return [("prompt", left, prompt), *lines]


def _output(usage: Usage, rates: Rates) -> list[Line]:
    """Take the output apart, of which reasoning is a part."""
    details = usage.completion_tokens_details
    completion = rates.get("completion")
    left, lines = usage.completion_tokens, list[Line]()
    if details is not None:
        # Lists have "0" for models whose reasoning is billed like all output: it is no price of its own.
        reasoning = rates.get("internal_reasoning", _ZERO)
        for name, units, price in (
            ("internal_reasoning", 0 if reasoning == 0 else details.reasoning_tokens, reasoning),
            ("audio_output", details.audio_tokens, rates.get("audio_output")),
            ("image_token", details.image_tokens, _price_of_drawing(rates)),
        ):
            lines.append((name, min(units, left), price))
            left -= lines[-1][1]
    return [("completion", left, completion), *lines]


def _price_of_drawing(rates: Rates) -> Decimal | None:
    """Give the price of a token of an image in the output.

    `image_output` is said to be the price of an image, and lists have prices of tokens there: it decides nothing.
    """
    if "image_token" in rates:
        return rates["image_token"]
    return None if "image_output" in rates else rates.get("completion")


def searches_told_by(usage: Usage) -> int:
    """Give how many web searches a usage tells of: those of server tools; of plugins, it tells nothing."""
    told = usage.raw.get("server_tool_use_details") or usage.raw.get("server_tool_use")
    return _tokens(as_object(told).get("web_search_requests"))


def _tokens(value: object) -> int:
    number = as_whole(value, 0) or 0
    return number if 0 <= number <= MOST_TOKENS else 0


def rates_of(pricing: Pricing, *, prompt_tokens: int, utc: float | None) -> Rates:
    """Give the prices that hold for a prompt of so many tokens at a time, discount taken off.

    Of the overrides that hold, the last that has a price counts. One with a condition that cannot be judged, because
    it is of a new kind or `utc` is `None`, does not hold.
    """
    rates = rates_in(pricing.raw)
    for override in as_list(pricing.raw.get("overrides")):
        if holds(as_object(override), prompt_tokens, utc):
            rates.update(rates_in(as_object(override)))
    return discounted(rates, pricing)


def discounted(rates: Rates, pricing: Pricing) -> Rates:
    """Take the discount of a model off prices."""
    if not pricing.discount:
        return rates
    with localcontext(exact()):
        kept = 1 - pricing.discount
        return {name: None if price is None else price * kept for name, price in rates.items()}


def rates_in(entry: Mapping[str, Any]) -> dict[str, Decimal | None]:
    """Give the prices of a list, or of an override; what is no number is no price."""
    found = {name: as_decimal(value) for name, value in entry.items() if name not in _CONDITIONS | _NO_PRICES}
    return {name: price if _is_price(price) else None for name, price in found.items() if price is not None}


def _is_price(price: Decimal) -> bool:
    return 0 <= price <= MOST_USD and price.adjusted() >= FINEST_USD


def holds(override: Mapping[str, Any], prompt_tokens: int, utc: float | None) -> bool:
    """Whether all conditions of an override hold."""
    others = {name: value for name, value in override.items() if name not in _NAMES and value is not None}
    # Prices are strings. What is something else, and no price that is known, may be a condition of a new kind.
    conditions = {name: value for name, value in others.items() if name in _CONDITIONS or not isinstance(value, str)}
    if not conditions.keys() <= _CONDITIONS:
        return False
    least = as_decimal(conditions.pop("min_prompt_tokens", -1))
    return least is not None and prompt_tokens > least and (not conditions or _is_time(conditions, utc))


def _is_time(conditions: Mapping[str, Any], utc: float | None) -> bool:
    """Whether it is one of the days, and after the start and before the end, which may be that of the next day."""
    if utc is None:
        return False
    from datetime import UTC, datetime  # noqa: PLC0415 - few prices depend on the time

    moment = datetime.fromtimestamp(utc, UTC)
    days = [day.lower() for day in as_list(conditions.get("utc_days", [])) if isinstance(day, str)]
    if "utc_days" in conditions and _DAYS[moment.weekday()] not in days:
        return False
    start, end = as_whole(conditions.get("utc_start", 0)), as_whole(conditions.get("utc_end", _MIDNIGHT))
    if start is None or end is None:
        return False
    clock = moment.hour * 100 + moment.minute
    return start <= clock < end if start < end else clock >= start or clock < end
