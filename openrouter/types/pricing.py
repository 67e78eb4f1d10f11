"""Prices of models (API page "Models").

A list of models has thousands of prices, and most are never looked at. So these objects keep the decoded JSON as
`raw`, and make a number of a price when it is read.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, Final, Self, overload

from attrs import define, field

from ..core.json import as_decimal, as_list, as_object, as_whole
from .chat import MOST_USD, Raw


class Price:
    """An attribute in USD, read out of `raw`: `None` where there is no such price, or one below zero."""

    def __set_name__(self, _: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, prices: None, _: object) -> Self: ...
    @overload
    def __get__(self, prices: Prices, _: object) -> Decimal | None: ...
    def __get__(self, prices: Prices | None, _: object) -> Self | Decimal | None:
        """Give the price of one unit."""
        if prices is None:
            return self
        price = as_decimal(prices.raw.get(self._name))
        return price if price is not None and 0 <= price <= MOST_USD else None


@define(eq=False, repr=False)
class Prices:
    """Prices that are read out of `raw`. They cannot be set; two are equal where all that they show is."""

    raw: Raw = field(factory=dict[str, Any])

    prompt = Price()
    """USD per token of the input."""
    completion = Price()
    """USD per token of the output."""
    request = Price()
    """USD per request."""
    image = Price()
    """USD per image of the input."""
    image_token = Price()
    """USD per token of an image."""
    image_output = Price()
    """USD per image of the output."""
    audio = Price()
    """USD per token of audio in the input."""
    audio_output = Price()
    """USD per token of audio in the output."""
    input_audio_cache = Price()
    """USD per token of audio from the cache."""
    input_cache_read = Price()
    """USD per token of the input from the cache."""
    input_cache_write = Price()
    """USD per token written to the cache, for five minutes where there is a choice."""
    input_cache_write_1h = Price()
    """USD per token written to the cache for an hour."""
    internal_reasoning = Price()
    """USD per token of reasoning, where that has a price of its own; such tokens are part of the output."""
    web_search = Price()
    """USD per web search."""

    @property
    def varies(self) -> bool:
        """Whether a price is below zero: it depends on the model that a router will pick."""
        numbers = [as_decimal(self.raw.get(name)) for name in _PRICES]
        return any(number < 0 for number in numbers if number is not None)

    def _told(self) -> dict[str, object]:
        """Give all that there is by name, in order."""
        prices: dict[str, object] = {name: getattr(self, name) for name in _PRICES}
        return {**prices, "varies": self.varies or None}

    def __eq__(self, other: object) -> bool:
        return self._told() == other._told() if isinstance(other, Prices) else NotImplemented

    __hash__: ClassVar[None]  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleMethodOverride]  # it can change

    def __repr__(self) -> str:
        told = [f"{name}={value!r}" for name, value in self._told().items() if value is not None]
        return f"{type(self).__name__}({', '.join(told)})"


_PRICES: Final = tuple(name for name, value in vars(Prices).items() if isinstance(value, Price))


@define(eq=False, repr=False)
class PricingOverride(Prices):
    """Prices that hold where all of the conditions do; one that is `None` stays as it is without them."""

    @property
    def min_prompt_tokens(self) -> int | None:
        """The prompt has more tokens than these."""
        return as_whole(self.raw.get("min_prompt_tokens"))

    @property
    def utc_start(self) -> int | None:
        """It is this time of the day in UTC, or later: 1030 is half past ten."""
        return as_whole(self.raw.get("utc_start"))

    @property
    def utc_end(self) -> int | None:
        """It is earlier than this time of the day in UTC; before `utc_start`, it is that of the next day."""
        return as_whole(self.raw.get("utc_end"))

    @property
    def utc_days(self) -> list[Any] | None:
        """It is one of these days, as the service names them."""
        return as_list(self.raw.get("utc_days")) or None

    def _told(self) -> dict[str, object]:
        conditions = {name: getattr(self, name) for name in ("min_prompt_tokens", "utc_start", "utc_end", "utc_days")}
        return {**conditions, **super()._told()}


@define(eq=False, repr=False)
class Pricing(Prices):
    """What a model costs now, where no override holds. A price of `0` is free of charge.

    They are read out of `raw` and cannot be set; two are equal where all that they show is.
    """

    @property
    def discount(self) -> Decimal | None:
        """The part of each price that is taken off, from 0 to 1."""
        discount = as_decimal(self.raw.get("discount"))
        return discount if discount is not None and 0 <= discount <= 1 else None

    @property
    def overrides(self) -> list[PricingOverride]:
        """Prices under conditions; of those that hold, the last that has a price counts."""
        return [PricingOverride(entry) for entry in map(as_object, as_list(self.raw.get("overrides"))) if entry]

    def _told(self) -> dict[str, object]:
        return {**super()._told(), "discount": self.discount, "overrides": self.overrides or None}
