"""Requests that cost something, and what they are billed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from openrouter.core.errors import BudgetExceededError
from openrouter.policy import Facts, Go, Passage, Policy, Retry
from openrouter.policy.budget import Budget
from openrouter.policy.facts import NEED_PRICES, Bill
from openrouter.types.chat import Usage
from openrouter.types.cost import Quote
from tests.policy.situations import FACTS, at


def usd(amount: str | int) -> Decimal:
    return Decimal(amount)


def spending(budget: Budget, **retry: object) -> Policy:
    """Give a policy with a budget, that retries at once."""
    return Policy(retry=Retry(random=lambda: 0.0, **retry), budget=budget)  # type: ignore[arg-type] # parametrized


def a_quote(fixed: str | int, per_output_token: str | int = 0, output_tokens: int | None = None) -> Quote:
    return Quote(usd(fixed), usd(per_output_token), output_tokens)


def quoted(policy: Policy, quote: Quote | None, now: float = 0, facts: Facts = FACTS) -> Passage:
    """Give a passage that knows its price, and was not sent yet."""
    passage = policy.begin(facts, at(now))
    assert passage.next(at(now)) is NEED_PRICES
    passage.quoted(quote)
    return passage


def paid(policy: Policy, quote: Quote | None, now: float = 0, facts: Facts = FACTS) -> Passage:
    """Give a passage that is under way."""
    passage = quoted(policy, quote, now, facts)
    assert passage.next(at(now)) == Go()
    return passage


def a_bill(cost: str | int, generation_id: str | None = "gen-1") -> Bill:
    return Bill(Usage(total_tokens=3, cost=usd(cost)), generation_id=generation_id)


def unbilled(generation_id: str | None = "gen-1") -> Bill:
    return Bill(generation_id=generation_id)


def amounts(budget: Budget) -> tuple[Decimal, Decimal, Decimal]:
    return budget.spent, budget.reserved, budget.left


def refused(policy: Policy, quote: Quote | None, now: float = 0) -> BudgetExceededError:
    """Give the error of a request that there is no money for."""
    with pytest.raises(BudgetExceededError) as caught:
        quoted(policy, quote, now).next(at(now))
    return caught.value
