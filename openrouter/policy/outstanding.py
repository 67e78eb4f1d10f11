"""Where a ledger keeps attempts without a bill."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from .totals import NOTHING

if TYPE_CHECKING:
    from .facts import Facts
    from .unsettled import Uncertain, Unsettled

MOST_UNSETTLED: Final = 10_000

Settle = Callable[[Decimal], None]
"""Ends the reservation of a budget with what was really spent, in USD."""


class Open(NamedTuple):
    """What is to be done when the cost of an unsettled attempt becomes known."""

    facts: Facts
    settle: Settle | None
    has_usage: bool
    """Its tokens are booked already."""


class Outstanding:
    """The unsettled attempts of a ledger, oldest first."""

    __slots__ = ("_dropped", "_dropped_reserved", "_held")

    def __init__(self) -> None:
        # A plain dict would search past all that were ever taken from its front.
        self._held: OrderedDict[Unsettled, Open] = OrderedDict()
        self._dropped = 0
        self._dropped_reserved = NOTHING

    def add(self, unsettled: Unsettled, details: Open, exact: Context) -> None:
        """Hold one more; where it is one too many, the oldest is let go, and its reservation stays as it is."""
        self._held[unsettled] = details
        if len(self._held) > MOST_UNSETTLED:
            oldest, _ = self._held.popitem(last=False)
            self._dropped += 1
            self._dropped_reserved = exact.add(self._dropped_reserved, oldest.reserved or NOTHING)

    def take(self, unsettled: Unsettled) -> Open | None:
        """Take one out; `None` where it is not held, or not any more."""
        return self._held.pop(unsettled, None)

    def held(self) -> list[tuple[Unsettled, Open]]:
        """Give all that are held."""
        return list(self._held.items())

    def uncertain(self, exact: Context) -> Uncertain:
        """Add up those that nobody can ask for."""
        nameless = [unsettled for unsettled in self._held if unsettled.generation_id is None]
        reserved = self._dropped_reserved
        for unsettled in nameless:
            reserved = exact.add(reserved, unsettled.reserved or NOTHING)
        from .unsettled import Uncertain  # noqa: PLC0415 - few ask

        return Uncertain(self._dropped + len(nameless), reserved)
