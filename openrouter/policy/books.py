"""What a ledger writes down in one process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .outstanding import Open, Outstanding
from .rows import OTHER, Paid, Row, exact_context, new_row, spend
from .turns import Turns

if TYPE_CHECKING:
    from ..types.chat import Usage
    from .facts import Facts
    from .ledger_scope import LedgerScope
    from .totals import Totals
    from .unsettled import Uncertain, Unsettled


class Books:
    """Rows, unsettled attempts, and the lock for them, which is the lock of the rows of all scopes too."""

    __slots__ = ("all", "exact", "keys", "models", "opened", "outstanding", "providers", "turns", "users")

    def __init__(self) -> None:
        self.turns = Turns()
        self.opened: float | None = None
        self.exact = exact_context()
        self.all = Row()
        self.models: dict[str, Row] = {}
        self.keys: dict[str, Row] = {}
        self.users: dict[str, Row] = {}
        self.providers: dict[str, Row] = {}
        self.outstanding = Outstanding()

    def rows(self, facts: Facts, provider: str | None) -> list[Row]:
        """Give all rows that a request stands in, or an attempt of it."""
        rows = [self.all]
        model, key, user = facts.model, facts.key, facts.user
        if model:
            rows.append(self.models.get(model) or new_row(self.models, model, OTHER))
        if key:
            rows.append(self.keys.get(key) or new_row(self.keys, key, OTHER))
        if user:
            rows.append(self.users.get(user) or new_row(self.users, user, OTHER))
        if provider:
            rows.append(self.providers.get(provider) or new_row(self.providers, provider, OTHER))
        if facts.scopes:
            rows.extend(scope.row(model, provider) for scope in facts.scopes)
        return rows

    def settle(self, unsettled: Unsettled, usage: Usage | None, paid: Paid, provider: str | None) -> Open | None:
        """Write down what an attempt took in the end, once; `None` where it is not held any more."""
        with self.turns.lock:
            self.turns.do_left()
            found = self.outstanding.take(unsettled)
            if found is not None:
                spend(self.rows(found.facts, provider), None if found.has_usage else usage, paid, self.exact)
            return found

    def unsettled(self, scope: LedgerScope | None = None) -> tuple[Unsettled, ...]:
        """Give the attempts that are held, of one scope or of all, oldest first."""
        with self.turns.lock:
            self.turns.do_left()
            held = self.outstanding.held()
        return tuple(unsettled for unsettled, open_ in held if scope is None or scope in open_.facts.scopes)

    def uncertain(self) -> Uncertain:
        """Add up what nobody can ask for."""
        with self.turns.lock:
            self.turns.do_left()
            return self.outstanding.uncertain(self.exact)

    def copy(self, table: dict[str, Row]) -> dict[str, Totals]:
        """Give a table as it is now."""
        with self.turns.lock:
            self.turns.do_left()
            return {name: row.totals() for name, row in table.items()}
