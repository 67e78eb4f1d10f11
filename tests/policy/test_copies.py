"""Policies, budgets and ledgers that are copied with a configuration, or pickled for another process."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from openrouter.policy import Policy, RateLimit
from openrouter.policy.budget import Budget
from tests.policy.money import a_bill, a_quote, amounts, paid, refused, usd
from tests.policy.situations import a_passage, at, limited, send, wait_of


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_spends_the_same_money_and_writes_in_the_same_books(copied: Callable[[Any], Any]) -> None:
    budget = Budget(2)
    policies = {"original": Policy(budget=budget)}
    policies["copied before its use"] = copied(policies["original"])
    paid(policies["original"], a_quote(1)).succeeded(a_bill(1), at(1))
    policies["copied after it"] = copied(policies["original"])
    policies["of a copied budget"] = Policy(budget=copied(budget), ledger=copied(policies["original"].ledger))
    paid(policies["of a copied budget"], a_quote(1)).succeeded(a_bill(1), at(1))
    for policy in policies.values():
        assert refused(policy, a_quote(1), 2).left == 0
        assert policy.ledger.totals().cost == 2
    assert amounts(copied(budget)) == amounts(budget) == (usd(2), usd(0), usd(0))


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_keeps_to_the_same_rate_limit(copied: Callable[[Policy], Policy]) -> None:
    policy = limited(requests_per_minute=2)
    send(policy, 0, 1)
    other = copied(policy)
    assert other.rate_limit == RateLimit(requests_per_minute=2)
    send(other, 0, 1)
    assert min(wait_of(a_passage(policy), 0), wait_of(a_passage(other), 0)) == 60


def test_nothing_that_counts_is_pickled_whether_it_was_used_or_not() -> None:
    """A task for another process would have all of the money anew, each time."""
    policy = Policy(budget=Budget(2))
    for _ in range(2):
        for counting in (policy, policy.budget, policy.ledger, policy.ledger.scope("import")):
            with pytest.raises(TypeError, match=r"such as a Policy, a Budget or a Ledger: .* Make one there\."):
                pickle.dumps(counting)
        paid(policy, a_quote(1)).succeeded(a_bill(1), at(1))
