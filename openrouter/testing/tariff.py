"""What the models of the fake cost: by their own `pricing`, and else the simulated prices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from attrs import frozen

from ..core.json import as_decimal, as_object
from .counting import COMPLETION_PRICE, PROMPT_PRICE, is_free

_NOTHING = Decimal(0)


@frozen
class ModelPrices:
    """USD for one token of the prompt, for one of the completion (reasoning included), and for every request."""

    prompt: Decimal = PROMPT_PRICE
    completion: Decimal = COMPLETION_PRICE
    request: Decimal = _NOTHING


SIMULATED = ModelPrices()
FREE = ModelPrices(_NOTHING, _NOTHING, _NOTHING)


class Tariff:
    """The prices of models, given as they stand in the catalogue.

    A price that is missing or below zero is the simulated one. Models whose name has the variant `:free` cost nothing,
    whatever stands there. Discounts, overrides and the prices of anything but tokens and requests are not looked at.
    """

    def __init__(self, models: Iterable[Mapping[str, Any]] = ()) -> None:
        listed = {model["id"]: model for model in models}
        self._prices = {slug: _prices(_priced(model, listed)) for slug, model in listed.items()}

    def of(self, model: str) -> ModelPrices:
        """Give the prices of a model; variants that have no entry of their own cost what the model does."""
        name = model.partition("@preset/")[0]
        if is_free(name):
            return FREE
        while name and name not in self._prices:
            name = name.rpartition(":")[0]
        return self._prices.get(name, SIMULATED)


def _priced(model: Mapping[str, Any], listed: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """Give the model whose prices count: for an alias without any, the one that it stands for."""
    target = listed.get(as_object(model.get("alias_target")).get("slug", ""), model)
    return model if "pricing" in model else target


def _prices(model: Mapping[str, Any]) -> ModelPrices:
    pricing = as_object(model.get("pricing"))
    told = {name: as_decimal(pricing.get(name)) for name in ("prompt", "completion", "request")}
    return ModelPrices(**{name: price for name, price in told.items() if price is not None and price >= 0})
