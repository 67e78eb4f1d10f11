"""Spending, as a policy books it."""

from __future__ import annotations

from decimal import Decimal

from openrouter.policy import Facts, Ledger
from openrouter.policy.facts import Bill
from openrouter.policy.ledger_scope import LedgerScope
from openrouter.policy.rows import Ending
from openrouter.types.chat import Usage

CENT = Decimal("0.01")


def spend(ledger: Ledger, model: str | None = "a/b", provider: str | None = "P", cost: Decimal = CENT) -> None:
    """Book a request that is sent here and now."""
    facts = Facts(model=model, scopes=ledger.current_scopes())
    usage = Usage(prompt_tokens=10, completion_tokens=5, cost=cost)
    ledger.book(Ending.SUCCESS, facts, attempts=1, bills=[Bill(usage, provider)], latency=1.0, first_token=0.5)


def spent(scope: LedgerScope) -> int:
    """Give how many cents were spent in a scope."""
    return int(scope.totals.cost / CENT)
