"""What requests cost, and what they can cost: amounts in USD, exact to the last digit."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Context, Decimal
from typing import NamedTuple

from attrs import field, frozen


@frozen(kw_only=True)
class Cost:
    """What one request cost, in USD."""

    amount: Decimal
    """All of it: what the account was charged and, with a key of your own at the provider, what the provider charges
    you."""
    estimated: bool
    """At least a part of it is worked out from tokens and list prices, or not known at all; `False`: it was billed."""
    billed: Decimal | None = None
    """What the account was charged, as the service told it."""
    upstream: Decimal | None = None
    """What the provider charges for this, where the key at the provider is your own."""
    parts: Mapping[str, Decimal] = field(factory=dict[str, Decimal])
    """What a cost that was worked out is made of, by the name of the price: `prompt`, `completion`,
    `internal_reasoning`, `input_cache_read`, `input_cache_write`, `request`, `image`, `audio`, `web_search`, …"""

    def __str__(self) -> str:
        return f"{'about ' if self.estimated else ''}{dollars(self.amount)}"


class Quote(NamedTuple):
    """What a request can cost at most, before it is sent, in USD."""

    fixed: Decimal
    """What it costs however short the answer is: the prompt, the fee per request, images and searches at their
    dearest."""
    per_output_token: Decimal
    output_tokens: int | None
    """The most tokens that it may write; `None`: nobody knows."""

    def most(self) -> Decimal | None:
        """Give the most that it can cost; `None` where nobody knows how much it may write, and writing costs."""
        if not self.per_output_token:
            return self.fixed
        if self.output_tokens is None:
            return None
        return exact().fma(self.per_output_token, self.output_tokens, self.fixed)


@frozen(kw_only=True)
class Estimate:
    """Tokens and cost of a request that was not sent yet."""

    model: str | None
    """The model that the request names; the dearest where it names several."""
    prompt_tokens: int
    """About as many as the prompt has."""
    most_prompt_tokens: int
    """More than the prompt has, whatever the tokenizer."""
    output_tokens: int | None
    """The most that the model may write; `None`: nobody knows."""
    lowest: Decimal | None
    """USD for the prompt alone, as it is expected; `None` where the price is unknown."""
    highest: Decimal | None
    """USD for the longest prompt and the longest answer; `None` where the price or the longest answer is unknown."""
    quote: Quote | None = None
    """The parts of `highest`; `None` where the price is unknown."""

    def __str__(self) -> str:
        output = "an unknown number of" if self.output_tokens is None else f"at most {self.output_tokens:,}"
        tokens = f"about {self.prompt_tokens:,} tokens in, {output} tokens out"
        return f"{self.model or 'no model'}: {tokens}, {self._range()}"

    def _range(self) -> str:
        if self.lowest is None:
            return "price unknown"
        if self.highest is None:
            return f"{dollars(self.lowest)} or more"
        return f"{dollars(self.lowest)} to {dollars(self.highest)}"


def exact() -> Context:
    """Give a context for sums of money: whatever a program has set for itself, no digit is lost, and nothing raised."""
    return Context(prec=100, traps=[])


def dollars(amount: Decimal) -> str:
    """Write an amount of USD for people, with all of its digits and at least two after the point."""
    whole, _, cents = f"{amount:f}".partition(".")
    return f"${whole}.{cents.rstrip('0').ljust(2, '0')}"
