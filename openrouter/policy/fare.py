"""What one request may cost, and what is set aside for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.wire import UNSET, Unset
from .facts import NEED_PRICES, NeedPrices
from .till import Reservation
from .unsettled import Unsettled

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..core.errors import BudgetExceededError
    from ..types.cost import Quote
    from .facts import Facts
    from .ledger import Ledger
    from .till import Till


class Fare:
    """The money side of a request that a budget covers, or whose output had to be limited."""

    __slots__ = ("_till", "held", "most", "quote")

    def __init__(self, till: Till | None) -> None:
        self._till = till
        self.quote: Quote | Unset | None = UNSET
        """`UNSET` until somebody has looked; `None` where the price is unknown."""
        self.most: int | None = None
        """Output tokens that the credits are enough for, as the service told."""
        self.held: Reservation | None = None
        """What is set aside for the attempt that is under way."""

    @property
    def max_tokens(self) -> int | None:
        """Output tokens to which the attempt under way has to be limited."""
        return self.most if self.held is None else self.held.most

    def pay(
        self, other_model: str | None, utc: float, ask: Callable[[], float]
    ) -> BudgetExceededError | NeedPrices | float:
        """Pay for an attempt if `ask` lets it depart.

        Gives 0.0, the seconds to wait, the error that it is refused with, or that somebody has to find out first what
        it can cost: with `other_model`, where that is asked instead of the one that the request names.
        """
        if self._till is None:
            return ask()
        if isinstance(self.quote, Unset):
            return NEED_PRICES if other_model is None else NeedPrices(other_model)
        taken = self._till.take(self.quote, self.most, utc, ask)
        if isinstance(taken, Reservation):
            self.held = taken
            return 0.0
        return taken

    def forget_quote(self) -> None:
        """Have somebody look again: another model has another price."""
        self.quote = UNSET

    def take_held(self) -> Reservation | None:
        """Give what is set aside for the attempt that has ended, and forget it."""
        held, self.held = self.held, None
        return held


def leave_unsettled(
    ledger: Ledger, facts: Facts, generation_id: str | None, held: Reservation | None, utc: float, *, has_usage: bool
) -> None:
    """Write down that an attempt may have been billed, and keep what was set aside for it.

    With `has_usage` its tokens are booked already.
    """
    reserved, settle = None, None
    if held is not None:
        held.keep(utc)
        reserved, settle = held.amount, held.settle_later
    left = Unsettled(generation_id=generation_id, model=facts.model, key=facts.key, reserved=reserved, at=utc)
    ledger.leave_unsettled(left, facts, settle, has_usage=has_usage)
