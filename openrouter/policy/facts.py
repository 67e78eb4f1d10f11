"""What goes into the policy, and what comes out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from attrs import frozen

if TYPE_CHECKING:
    from decimal import Decimal

    from ..types.chat import Usage
    from ..types.cost import Cost
    from .ledger_scope import LedgerScope


class Facts(NamedTuple):
    """What the policy must know of a request."""

    key: str = ""
    """Fingerprint of the API key, never the key."""
    model: str | None = None
    """`None` for a request that is not about a model."""
    stream: bool = False
    billable: bool = True
    """`False` for requests that only read: they may be sent again even if it is unclear whether they
    arrived, and no budget has to cover them."""
    tokens: int = 0
    """Upper estimate of prompt and output tokens, for the limit on tokens per minute."""
    user: str | None = None
    """Whom the caller does this for, for the ledger."""
    max_retries: int | None = None
    """`None` for the number that the policy has."""
    deadline: float | None = None
    """Monotonic second from which on nothing waits and nothing starts."""
    fallbacks: tuple[str, ...] = ()
    """Models to be asked instead, in this order, while the breaker of `model` is open."""
    scopes: tuple[LedgerScope, ...] = ()
    """The scopes of the ledger that the request was begun in."""
    output_tokens: int | None = None
    """The most tokens that the request allows for the output; `None` where it says nothing of that."""
    rotates: bool = False
    """The key comes from a function: after a 401 another one may be had."""


class Bill(NamedTuple):
    """What is known of what an attempt took."""

    usage: Usage | None = None
    provider: str | None = None
    """Who did the work."""
    model: str | None = None
    """The model that answered."""
    generation_id: str | None = None
    """What the record of the attempt is found by later."""
    cost: Cost | None = None
    """What it cost, where that is not simply `usage.cost`."""
    asked: str | None = None
    """The model that was asked, where the request went on to another one."""

    @property
    def amount(self) -> Decimal | None:
        """What it cost in all, in USD; `None` where nobody knows."""
        if self.cost is not None:
            return self.cost.amount
        return None if self.usage is None else self.usage.cost


NO_BILL: Final = Bill()
"""Nothing is known."""


@frozen
class Go:
    """Send the request now."""

    model: str | None = None
    """Ask this model instead of the one that the request names, which fails too often at the moment. The request may
    name others in `models`; this one comes first. It holds for this attempt alone: each answer says it anew."""
    max_tokens: int | None = None
    """Allow no more output tokens than this, which are fewer than the request allows. For this attempt alone."""


class Wait(NamedTuple):
    """Ask again after this many seconds. It is a hint: by then the answer may be another wait."""

    seconds: float


@frozen
class NeedPrices:
    """Find out what the request can cost at most, tell it with `Passage.quoted`, and ask again.

    It may come again later in the same request, when another model is asked.
    """

    model: str | None = None
    """Whose price is wanted, where another model is asked than the request names, as in `Go.model`."""


NEED_PRICES: Final = NeedPrices()
"""The price of the request as it is."""
