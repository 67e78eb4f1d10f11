"""What was asked, what came of it, what it cost."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from ..core.errors import InvalidArgumentError
from .books import Books
from .ledger_scope import LedgerScope, scopes_entered
from .outstanding import Open
from .per_process import PerProcess
from .rows import Ending, exact_context, measure, paid_by, spend
from .totals import NOTHING

if TYPE_CHECKING:
    from ..core.wire import Moment
    from ..types.chat import Usage
    from .facts import Bill, Facts
    from .outstanding import Settle
    from .totals import Totals
    from .unsettled import Uncertain, Unsettled


class Ledger:
    """Sums over all requests of the policies that share it, and by model, provider, key, user and scope.

    It may be read and written from any thread at any time. A table holds 10,000 rows; what comes after that
    is summed up in the row `(other)`. A process that is forked off begins an empty one, so that the ledgers of
    several processes can be added up.
    """

    def __init__(self) -> None:
        self._books = PerProcess(Books)

    def open(self, now: Moment) -> None:
        """Start the uptime, if it has not started yet."""
        books = self._books.get()
        if books.opened is None:
            books.opened = now.monotonic

    def totals(self, now: Moment | None = None) -> Totals:
        """Sums over everything, and the uptime until `now`, which is 0.0 where nobody says when that is."""
        books = self._books.get()
        with books.turns.lock:
            books.turns.do_left()
            if now is None or books.opened is None:
                return books.all.totals()
            return books.all.totals(max(0.0, now.monotonic - books.opened))

    @property
    def by_model(self) -> dict[str, Totals]:
        """Sums by the model that was asked for."""
        books = self._books.get()
        return books.copy(books.models)

    @property
    def by_provider(self) -> dict[str, Totals]:
        """Sums by the provider that answered, as far as replies name one.

        Tokens and cost belong to who took them, a request to the provider of its last attempt that has a bill.
        """
        books = self._books.get()
        return books.copy(books.providers)

    @property
    def by_key(self) -> dict[str, Totals]:
        """Sums by the fingerprint of the key."""
        books = self._books.get()
        return books.copy(books.keys)

    @property
    def by_user(self) -> dict[str, Totals]:
        """Sums by the user whom a request was for."""
        books = self._books.get()
        return books.copy(books.users)

    def scope(self, name: str) -> LedgerScope:
        """Give a context manager that counts what is sent inside it: `with client.ledger.scope("import") as spent:`.

        It begins at nothing, whatever other scopes have the same name.
        """
        return LedgerScope(name, self._books)

    def current_scopes(self) -> tuple[LedgerScope, ...]:
        """Give the scopes of this ledger that a request counts for which is sent here and now, outermost first."""
        return scopes_entered(self._books)

    def book(
        self,
        ending: Ending,
        facts: Facts,
        *,
        attempts: int,
        bills: Iterable[Bill] = (),
        latency: float | None = None,
        first_token: float | None = None,
    ) -> None:
        """Book a request that has ended, with what is known of what each attempt took; times in seconds."""
        books = self._books.get()

        def write() -> None:
            rows, provider, asked = None, None, None
            for bill in bills:
                if rows is None or bill.provider != provider or bill.asked != asked:
                    provider, asked = bill.provider, bill.asked
                    rows = books.rows(facts if asked is None else facts._replace(model=asked), provider)
                spend(rows, bill.usage, paid_by(bill, books.exact), books.exact)
            # The request itself counts for the provider of its last bill, and for the model that was asked last.
            if rows is None or asked is not None:
                rows = books.rows(facts, None)
            for row in rows:
                row.endings[ending] += 1
                row.attempts += attempts
            if latency is not None:
                measure([row.latency for row in rows], latency)
            if first_token is not None:
                measure([row.first_token for row in rows], first_token)

        books.turns.leave(write)

    @property
    def unsettled(self) -> tuple[Unsettled, ...]:
        """Attempts that were sent and may have cost something, without a bill, oldest first.

        `client.settle()` asks for the cost of those that have a `generation_id`. The latest 10,000 are held.
        """
        return self._books.get().unsettled()

    @property
    def uncertain(self) -> Uncertain:
        """How much of it nobody can ask for: what has no generation id, and what was too much to hold."""
        return self._books.get().uncertain()

    def leave_unsettled(
        self, unsettled: Unsettled, facts: Facts, settle: Settle | None = None, *, has_usage: bool = False
    ) -> None:
        """Hold an attempt without a bill; `settle` is called once, with its cost, when that becomes known.

        `has_usage`: its tokens are booked already, and only the cost is not known.
        """
        books = self._books.get()
        books.turns.leave(partial(books.outstanding.add, unsettled, Open(facts, settle, has_usage), books.exact))

    def settle(
        self,
        unsettled: Unsettled,
        cost: Decimal,
        usage: Usage | None = None,
        *,
        provider: str | None = None,
        upstream: Decimal = NOTHING,
    ) -> bool:
        """Book what an attempt cost in the end, in USD, for everything that its request counted for.

        `upstream` is what the provider charged besides, with a key of the caller's own there. The budget's reservation
        ends with the same amounts. Returns whether it was still unsettled: of several who settle it, one does.
        Raises `InvalidArgumentError` for amounts that no request can cost.
        """
        _check_amounts(cost, upstream)
        found = self._books.get().settle(unsettled, usage, (cost, NOTHING, upstream), provider)
        if found is not None and found.settle is not None:
            # Outside the lock: the policy that it belongs to books under a lock of its own.
            found.settle(exact_context().add(cost, upstream))
        return found is not None

    def __repr__(self) -> str:
        # Without the lock: a debugger that stands where it is held may ask. A sum may then be one request behind.
        return f"Ledger({self._books.get().all.totals()})"


def _check_amounts(*amounts: object) -> None:
    for amount in amounts:
        if not isinstance(amount, Decimal) or not amount.is_finite() or amount < 0:
            raise InvalidArgumentError(f"A cost has to be a Decimal in USD, 0 or more, not {amount!r}.")
