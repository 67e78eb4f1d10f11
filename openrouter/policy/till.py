"""What one process has spent and set aside of a budget, and of all the budgets around it."""

from __future__ import annotations

from functools import partial
from math import inf
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from ..core.errors import BudgetExceededError
from .rows import exact_context
from .totals import NOTHING
from .turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from decimal import Decimal

    from ..types.cost import Quote

Period = Literal["day", "month"]

_DAY: Final = 86_400


class Account:
    """The amounts of one budget in its present period, in USD. Touched under the lock of its till alone."""

    __slots__ = ("_exact", "ends_at", "limit", "per", "period", "reserved", "spent", "uncertain")

    def __init__(self, limit: Decimal, per: Period | None) -> None:
        self.limit = limit
        self.per: Period | None = per
        self.spent = NOTHING
        self.reserved = NOTHING
        """For requests that are under way."""
        self.uncertain = NOTHING
        """Kept for those that have ended in this period, with nobody knowing what they cost."""
        self.period = 0
        self.ends_at = inf if per is None else -inf
        """The second since 1970 at which the present period ends."""
        self._exact = exact_context()

    @property
    def held(self) -> Decimal:
        """All that is set aside."""
        return self._exact.add(self.reserved, self.uncertain)

    @property
    def left(self) -> Decimal:
        """What nothing stands for yet; below zero where something cost more than was set aside for it."""
        return self._exact.subtract(self.limit, self._exact.add(self.spent, self.held))

    @property
    def resets_at(self) -> datetime | None:
        """When the present period ends, where one has begun that does."""
        return _date(self.ends_at) if abs(self.ends_at) < inf else None

    def come_to(self, utc: float) -> None:
        """Begin a new period if it is time for one: never an earlier one, should the clock be put back."""
        if utc >= self.ends_at:
            self.period += 1
            self.spent = self.uncertain = NOTHING
            self.ends_at = (utc // _DAY + 1) * _DAY if self.per == "day" else _end_of_month(utc)

    def reserve(self, amount: Decimal) -> None:
        """Set an amount aside for a request."""
        self.reserved = self._exact.add(self.reserved, amount)

    def keep(self, amount: Decimal) -> None:
        """Take note that a request has ended, and nobody knows what it cost."""
        self.reserved = self._exact.subtract(self.reserved, amount)
        self.uncertain = self._exact.add(self.uncertain, amount)

    def settle(self, amount: Decimal, cost: Decimal, kept_in: int | None) -> None:
        """Replace what was set aside by what it was; `kept_in`: the period in which the request ended, if it was kept.

        If that is over, so is the matter.
        """
        if kept_in is None:
            self.reserved = self._exact.subtract(self.reserved, amount)
        elif kept_in == self.period:
            self.uncertain = self._exact.subtract(self.uncertain, amount)
        else:
            return
        self.spent = self._exact.add(self.spent, cost)


def _date(utc: float) -> datetime:
    from datetime import UTC, datetime  # noqa: PLC0415 - only for budgets that have periods

    return datetime.fromtimestamp(utc, UTC)


def _end_of_month(utc: float) -> float:
    day = _date(utc)
    months = day.year * 12 + day.month
    return day.replace(
        year=months // 12, month=months % 12 + 1, day=1, hour=0, minute=0, second=0, microsecond=0
    ).timestamp()


class Reservation:
    """What is set aside for one attempt. It has to be settled once; `keep` may precede that."""

    __slots__ = ("_accounts", "_kept_in", "_turns", "amount", "most")

    def __init__(self, turns: Turns, accounts: tuple[Account, ...], amount: Decimal, most: int | None) -> None:
        self.amount = amount
        """USD."""
        self.most = most
        """Output tokens to which the attempt has to be limited for that; `None`: to what the request says."""
        self._turns, self._accounts = turns, accounts
        self._kept_in: tuple[int, ...] | None = None
        for account in accounts:
            account.reserve(amount)

    def settle(self, cost: Decimal, utc: float = -inf) -> None:
        """Book what it cost instead."""
        for account, kept_in in zip(self._accounts, self._kept_in or (None,) * len(self._accounts), strict=True):
            account.come_to(utc)
            account.settle(self.amount, cost, kept_in)

    def keep(self, utc: float) -> None:
        """Leave it set aside after the end of the attempt, until somebody knows the cost, or the period is over."""
        for account in self._accounts:
            account.come_to(utc)
            account.keep(self.amount)
        self._kept_in = tuple(account.period for account in self._accounts)

    def settle_later(self, cost: Decimal) -> None:
        """Book what it cost, when the attempt is long over and nobody holds the lock."""
        self._turns.leave(partial(self.settle, cost))


class Terms(NamedTuple):
    """What holds for requests that nobody can say the price of, or that there is too little money for."""

    unknown: Decimal | None
    """USD for a request whose price is unknown; `None`: it is refused."""
    assume_tokens: int | None
    shrink_to: int | None


class Till:
    """A budget in one process.

    All the budgets of a tree, which are those that have their outermost one in common, share one lock, and the policies
    that have them use it too. So a request takes from all that are around it or from none, together with its place
    under the rate limit, and nobody can wait for another in a circle.
    """

    __slots__ = ("_exact", "_terms", "account", "accounts", "turns")

    def __init__(self, account: Account, terms: Terms, outer: Till | None) -> None:
        self.turns: Turns = Turns() if outer is None else outer.turns
        self.account = account
        self.accounts: tuple[Account, ...] = (account,) if outer is None else (account, *outer.accounts)
        self._terms = terms
        self._exact = exact_context()

    def take(
        self, quote: Quote | None, most: int | None, utc: float, ask: Callable[[], float]
    ) -> Reservation | BudgetExceededError | float:
        """Set aside what a request can cost, if it may leave now. Whoever calls this has the lock.

        Gives what was set aside, the error that it is refused with, or the seconds that `ask` says it has to wait.
        `most`: its output is limited to so many tokens anyway.
        """
        for account in self.accounts:
            account.come_to(utc)
        tightest = min(self.accounts, key=lambda account: account.left)
        needed, tokens = self._needed(quote, most)
        if needed is not None and needed > tightest.left and tokens is not None and quote is not None:
            needed, most = self._shrunk(quote, needed, tokens, most, tightest.left)
        if needed is None or needed > tightest.left:
            return _refusal(tightest, quote, needed, utc)
        if (wait := ask()) > 0:
            return wait
        return Reservation(self.turns, self.accounts, needed, most)

    def _needed(self, quote: Quote | None, most: int | None) -> tuple[Decimal | None, int | None]:
        """Give what a request can cost, and the output tokens that are part of it; `None` where nobody knows."""
        if quote is None:
            return self._terms.unknown, None
        tokens = self._terms.assume_tokens if quote.output_tokens is None else quote.output_tokens
        if most is not None:
            tokens = most if tokens is None else min(tokens, most)
        if not quote.per_output_token:
            return quote.fixed, None
        return (None if tokens is None else self._cost(quote, tokens)), tokens

    def _shrunk(
        self, quote: Quote, needed: Decimal, tokens: int, most: int | None, left: Decimal
    ) -> tuple[Decimal, int | None]:
        """Give what it can cost with as many output tokens as there is money for, if those are not too few."""
        affordable = int(self._exact.divide_int(self._exact.subtract(left, quote.fixed), quote.per_output_token))
        if self._terms.shrink_to is None or not self._terms.shrink_to <= affordable < tokens:
            return needed, most
        return self._cost(quote, affordable), affordable

    def _cost(self, quote: Quote, tokens: int) -> Decimal:
        return self._exact.add(quote.fixed, self._exact.multiply(quote.per_output_token, tokens))


def _refusal(account: Account, quote: Quote | None, needed: Decimal | None, utc: float) -> BudgetExceededError:
    """Give the error that says which budget is too small, and what would help."""
    from ..types.cost import dollars  # noqa: PLC0415 - most requests are paid for

    per = f" a {account.per}" if account.per else ""
    if needed is not None:
        left = f"-{dollars(account.left.copy_abs())}" if account.left < 0 else dollars(account.left)
        aside = f", while {dollars(account.held)} is set aside for others" if account.held else ""
        message = (
            f"Not sent: it can cost {dollars(needed)}, and {left} is left of {dollars(account.limit)}{per}{aside}."
        )
    elif quote is None:
        message = "Not sent: nobody knows what it can cost, and there is a budget."
    else:
        message = "Not sent: the request sets no limit to its output, so nobody knows what it can cost."
    error = BudgetExceededError(message)
    error.limit, error.left, error.reserved = account.limit, account.left, account.held
    error.needed, error.per = needed, account.per
    error.is_priced = quote is not None
    if needed is not None and needed <= account.limit and (resets_at := account.resets_at) is not None:
        error.resets_at = resets_at
        error.retry_after = max(0.0, account.ends_at - utc)
    return error
