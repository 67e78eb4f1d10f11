"""How much requests may cost together."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from attrs import field, frozen
from attrs.validators import optional

from ..core.errors import InvalidArgumentError
from .per_process import PerProcess
from .ranges import made_of, out_of_range, whole_number
from .till import Account, Period, Terms, Till

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from attrs import Attribute

T = TypeVar("T")

_MOST_USD: Final = 10**15
"""What no budget needs; sums of amounts up to this are exact."""


def _exactly(name: str, value: Decimal | str | float) -> Decimal:
    """Take an amount as it is written: a float is the number that it shows itself as."""
    try:
        amount = Decimal(repr(value) if isinstance(value, float) else value)
    except (InvalidOperation, TypeError, ValueError):
        amount = Decimal("NaN")
    # `Decimal` takes more than there is sense in: truth values, and tuples of digits.
    is_number = isinstance(value, Decimal | str | int | float) and not isinstance(value, bool)
    if not is_number or not amount.is_finite() or not 0 <= amount < _MOST_USD:
        expected = "an amount in USD, 0 or more, such as Decimal('2.50') or '2.50'"
        raise InvalidArgumentError(f"Budget.{name} is {value!r}; it has to be {expected}.")
    return amount


def _limit(value: Decimal | str | float) -> Decimal:
    return _exactly("limit", value)


def _unknown(value: Decimal | str | float) -> Decimal | Literal["refuse"]:
    return "refuse" if value == "refuse" else _exactly("unknown", value)


def _check_within(budget: Budget, field: Attribute[Any], value: object) -> None:
    made_of(Budget)(budget, field, value)


def _check_per(budget: Budget, field: Attribute[Any], value: object) -> None:
    if value not in {"day", "month", None}:
        raise out_of_range(budget, field.name, value, "'day', 'month' or None")


@frozen(eq=False, repr=False)
class Budget:
    """What requests may cost together, in USD: who cannot be paid for is refused before anything is sent.

    Before a request leaves, what it can cost at most is set aside. When it has ended, the bill takes the place of that.
    What may have been billed, with nobody knowing how much, stays set aside until `client.settle()` has found out.
    Nothing waits for money: where too little is left, `BudgetExceededError` is raised at once.

    One budget may serve any number of policies, clients, threads and event loops. The amounts are those of this
    process: one that is forked off begins with nothing spent. They are as of the latest request, which tells the time.
    Raises `InvalidArgumentError` for a value out of range.
    """

    limit: Decimal = field(converter=_limit)
    """USD; also given as a string or a number."""
    per: Period | None = field(default=None, kw_only=True, validator=_check_per)
    """Begin anew each day or month of UTC; `None`: never. What is still under way then counts for the new one, and what
    had ended without a known cost is left to the old one."""
    unknown: Decimal | Literal["refuse"] = field(default="refuse", kw_only=True, converter=_unknown)
    """USD to set aside for a request whose price nobody knows."""
    assume_tokens: int | None = field(default=None, kw_only=True, validator=optional(whole_number(1)))
    """Output tokens to reckon with where nothing limits them; `None`: such a request is refused. An answer may be
    longer, and cost more than was set aside."""
    shrink_to: int | None = field(default=None, kw_only=True, validator=optional(whole_number(1)))
    """Lower `max_tokens` to what the money is enough for, but not below this; `None`: refuse. It counts in the budget
    that the policy was given, as `unknown` and `assume_tokens` do."""
    within: Budget | None = field(default=None, kw_only=True, validator=optional(_check_within))
    """A wider budget, that has to have enough left too."""
    _tills: PerProcess[Till] = field(init=False)

    def __attrs_post_init__(self) -> None:
        terms = Terms(None if self.unknown == "refuse" else self.unknown, self.assume_tokens, self.shrink_to)
        # after the validators, which a default precedes; without a reference to the budget, which would be a cycle
        make = partial(_new_till, self.limit, self.per, terms, None if self.within is None else self.within.till)
        object.__setattr__(self, "_tills", PerProcess(make))

    @property
    def spent(self) -> Decimal:
        """USD that requests cost in the present period."""
        return self._read(lambda account: account.spent)

    @property
    def reserved(self) -> Decimal:
        """USD that are set aside: for requests under way, and for those of the period whose cost nobody knows."""
        return self._read(lambda account: account.held)

    @property
    def left(self) -> Decimal:
        """USD that are neither spent nor set aside; below zero where something cost more than was set aside for it.

        A wider budget may have less left.
        """
        return self._read(lambda account: account.left)

    @property
    def resets_at(self) -> datetime | None:
        """When the present period ends; `None` before the first request, and where there are no periods."""
        return self._read(lambda account: account.resets_at)

    def till(self) -> Till:
        """Give what this process keeps of it."""
        return self._tills.get()

    def _read(self, what: Callable[[Account], T]) -> T:
        till = self._tills.get()
        with till.turns.lock:
            till.turns.do_left()
            return what(till.account)

    def __repr__(self) -> str:
        # Without the lock: a debugger that stands where it is held may ask.
        account = self._tills.get().account
        per = f", per={self.per!r}" if self.per else ""
        return f"Budget({str(self.limit)!r}{per}, spent={account.spent:f}, reserved={account.held:f})"


def _new_till(limit: Decimal, per: Period | None, terms: Terms, outer: Callable[[], Till] | None) -> Till:
    return Till(Account(limit, per), terms, None if outer is None else outer())
