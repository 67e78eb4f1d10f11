"""What a request will cost, before it is sent (API pages "Models", "Provider selection").

A range: the prompt as it is expected and no answer at all, up to the longest prompt and the longest answer, each at its
dearest. List prices are those of a model's first provider. Others, and faster tiers, can be dearer; what they may
cost at most, only `provider.max_price` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from ..core.json import as_decimal, as_whole
from ..replies.costing import Rates, discounted, rates_in, rates_of
from ..replies.counting import PromptTokens, TokenCounter, count_prompt
from ..types.cost import Estimate, Quote, exact
from ..types.models import Model
from ..types.pricing import Pricing
from ..types.request_body import OUTPUT_LIMITS, items, mapping, models_of
from .extras import Extras, extras_of, parts_in
from .near import shown

if TYPE_CHECKING:
    from .catalogue import Catalogue

_MILLION: Final = 1_000_000
_ZERO: Final = Decimal(0)
_HOUR: Final = "1h"


@frozen
class _Option:
    """One of the models that may answer."""

    name: str
    output: int | None
    lowest: Decimal | None
    quote: Quote | None


def quote(
    body: Mapping[str, Any], catalogue: Catalogue, counter: TokenCounter | None = None, *, utc: float
) -> Quote | None:
    """Give what a request can cost at most, in USD; `None` where a price is not known.

    Where it names several models, each part is that of the dearest. `utc` is now, in seconds since 1970.
    """
    return estimate(body, catalogue, counter, utc=utc).quote


def why_unpriced(body: Mapping[str, Any], catalogue: Catalogue) -> str:
    """Say in a sentence or two why nobody knows what a request can cost."""
    models = models_of(body)
    for name in models:
        found = catalogue.look_up(name)
        if found is None:
            return catalogue.unknown(name)
        if found.pricing.varies:
            return (
                f"What {shown(name)} costs depends on the model that it picks. Set both prices of provider.max_price."
            )
        if catalogue.pricing(name) is None:
            return f"The list of models has no price of {shown(name)}."
    return "Its tools or contents have no known price." if models else "It names no model."


def estimate(
    body: Mapping[str, Any], catalogue: Catalogue, counter: TokenCounter | None = None, *, utc: float
) -> Estimate:
    """Give the tokens of a request, and what it will cost at least and at most, in USD.

    `counter` counts the tokens of text; without one they are estimated. `utc` is now, in seconds since 1970.
    """
    prompt = count_prompt(body, counter)
    with localcontext(exact()):
        options = [_option(name, body, catalogue, prompt, utc) for name in models_of(body)]
        quotes = [option.quote for option in options if option.quote is not None]
        dearest = _dearest(quotes) if len(quotes) == len(options) else None
        lowest = [option.lowest for option in options if option.lowest is not None]
        highest = None if dearest is None else dearest.most()
    return Estimate(
        model=_name(options),
        prompt_tokens=prompt.expected,
        most_prompt_tokens=prompt.most,
        output_tokens=_longest([option.output for option in options]),
        lowest=min(lowest) if lowest and len(lowest) == len(options) else None,
        highest=highest,
        quote=dearest,
    )


def _dearest(quotes: list[Quote]) -> Quote | None:
    if not quotes:
        return None
    return Quote(
        max(each.fixed for each in quotes),
        max(each.per_output_token for each in quotes),
        _longest([each.output_tokens for each in quotes]),
    )


def _longest(outputs: list[int | None]) -> int | None:
    known = [output for output in outputs if output is not None]
    return max(known) if known and len(known) == len(outputs) else None


def _name(options: list[_Option]) -> str | None:
    """Name the dearest; where that is not known, the one that is asked first."""
    quoted = {option.name: option.quote for option in options if option.quote is not None}
    if len(quoted) < len(options) or not quoted:
        return options[0].name if options else None

    def price(name: str) -> tuple[Decimal, Decimal]:
        each = quoted[name]
        most = each.most()
        return (Decimal("Infinity") if most is None else most), each.per_output_token

    return max(quoted, key=price)


def _option(name: str, body: Mapping[str, Any], catalogue: Catalogue, prompt: PromptTokens, utc: float) -> _Option:
    model = catalogue.look_up(name)
    output = _output(body, model, prompt)
    pricing = Pricing() if model is None else model.pricing
    caps = _caps(body)
    likely = {**rates_of(pricing, prompt_tokens=prompt.expected, utc=utc)}
    dearest = _dearest_rates(pricing, prompt)
    is_capped = {"prompt", "completion"} <= caps.keys()
    if pricing.varies and is_capped:
        # A router may take a free model, and none that is dearer than the caps.
        likely, dearest = {"prompt": _ZERO, "completion": _ZERO}, dict(caps)
    price = likely.get("prompt")
    lowest = None if price is None else prompt.expected * min(price, caps.get("prompt", price)) + _fee(likely)
    reads_files = model is not None and "file" in model.architecture.input_modalities
    extras = extras_of(body, name, _capped(dearest, caps), reads_files=reads_files)
    return _Option(name, output, lowest, _quoted(body, _capped(dearest, caps), extras, prompt, output))


def _fee(rates: Rates) -> Decimal:
    return rates.get("request") or _ZERO


def _quoted(
    body: Mapping[str, Any], rates: Rates, extras: Extras | None, prompt: PromptTokens, output: int | None
) -> Quote | None:
    inputs, outputs = _prices(rates, _kinds(body))
    if extras is None or inputs is None or outputs is None:
        return None
    fixed = extras.fees + extras.steps * prompt.most * inputs
    choices = max(1, as_whole(body.get("n"), 1) or 1)
    return Quote(fixed, extras.steps * choices * outputs, output)


def _kinds(body: Mapping[str, Any]) -> frozenset[str]:
    """Tell what is in a request, or is to come of it, that has prices of its own."""
    parts = list(parts_in(body))
    marked = [body, *parts, *map(mapping, items(body.get("tools")))]
    kinds = {f"{kind} out" for kind in items(body.get("modalities")) if isinstance(kind, str)}
    if any("input_audio" in part for part in parts):
        kinds.add("sound in")
    if any(mapping(each.get("cache_control")).get("ttl") == _HOUR for each in marked):
        kinds.add("hour")
    return frozenset(kinds)


def _prices(rates: Rates, kinds: frozenset[str]) -> tuple[Decimal | None, Decimal | None]:
    """Give what a token of the input and one of the output cost at their dearest; `None`: nobody knows."""
    inputs = [rates.get("prompt")]
    written = ["input_cache_write", *(["input_cache_write_1h"] if "hour" in kinds else [])]
    inputs += [rates[name] for name in written if name in rates]
    inputs += [rates.get("audio")] if "sound in" in kinds else []
    outputs = [rates.get("completion")]
    outputs += [rates[name] for name in ("internal_reasoning",) if name in rates]
    outputs += [rates.get("audio_output")] if "audio out" in kinds else []
    # The price of a picture is per token with some models, and per picture with others: the list does not say.
    outputs += [rates.get("image_token")] if "image out" in kinds and "image_output" in rates else []
    return _highest(inputs), _highest(outputs)


def _highest(prices: list[Decimal | None]) -> Decimal | None:
    known = [price for price in prices if price is not None]
    return max(known) if len(known) == len(prices) else None


def _dearest_rates(pricing: Pricing, prompt: PromptTokens) -> Rates:
    """Give each price at the highest that it can be: at any time of the day, up to the longest prompt."""
    dearest = rates_in(pricing.raw)
    for override in items(pricing.raw.get("overrides")):
        entry = mapping(override)
        least = as_decimal(entry.get("min_prompt_tokens"))
        if least is None or prompt.most > least:
            for name, price in rates_in(entry).items():
                before = dearest.get(name, _ZERO)
                dearest[name] = None if price is None or before is None else max(price, before)
    return discounted(dearest, pricing)


def _caps(body: Mapping[str, Any]) -> dict[str, Decimal]:
    """Give `provider.max_price` in USD per unit: of tokens it has the price of a million."""
    given = mapping(mapping(body.get("provider")).get("max_price"))
    found = {name: as_decimal(value) for name, value in given.items()}
    known = {name: cap for name, cap in found.items() if cap is not None and cap >= 0}
    return {name: cap / _MILLION if name in {"prompt", "completion"} else cap for name, cap in known.items()}


def _capped(rates: Rates, caps: Mapping[str, Decimal]) -> Rates:
    return {name: price if price is None else min(price, caps.get(name, price)) for name, price in rates.items()}


def _output(body: Mapping[str, Any], model: Model | None, prompt: PromptTokens) -> int | None:
    """Give the most tokens that a model may write: as the request says, else the model, else what it has room for."""
    limits = [as_whole(body.get(name)) for name in OUTPUT_LIMITS]
    told = [limit for limit in limits if limit is not None and limit >= 0]
    if told or model is None:
        return max(told, default=None)
    top = model.top_provider
    context = model.context_length or top.context_length
    if top.max_completion_tokens is not None:
        return max(0, top.max_completion_tokens)
    return None if context is None else max(0, context - prompt.expected)
