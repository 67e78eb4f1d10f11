"""A budget for each day or month."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from openrouter.core.wire import Moment
from openrouter.policy.budget import Budget
from tests.policy.money import a_bill, a_quote, amounts, paid, refused, spending, unbilled, usd
from tests.policy.situations import at

DAY = 86_400
"""Seconds."""


def moment(*date: int) -> Moment:
    utc = datetime(*date, tzinfo=UTC).timestamp()  # type: ignore[arg-type] # a date has numbers alone
    return Moment(utc - 1.7e9, utc)


def seconds(*date: int) -> float:
    """Give what `at` makes that moment of."""
    return moment(*date).monotonic


@pytest.mark.parametrize(
    ("per", "before", "after", "ends"),
    [
        ("day", (2026, 2, 28, 23, 59, 59), (2026, 3, 1), (2026, 3, 2)),
        ("month", (2026, 11, 30, 23, 59, 59), (2026, 12, 1), (2027, 1, 1)),
        ("month", (2026, 12, 31, 23, 59, 59), (2027, 1, 1), (2027, 2, 1)),
    ],
)
def test_a_new_period_begins_with_nothing_spent(
    per: str, before: tuple[int, ...], after: tuple[int, ...], ends: tuple[int, ...]
) -> None:
    budget = Budget(1, per=per)  # type: ignore[arg-type] # parametrized
    policy = spending(budget)
    assert budget.resets_at is None
    paid(policy, a_quote(1), seconds(*before)).succeeded(a_bill(1), at(seconds(*before)))
    assert budget.resets_at == datetime(*after, tzinfo=UTC)  # type: ignore[arg-type] # a date has numbers alone
    error = refused(policy, a_quote(1), seconds(*before))
    assert (error.per, error.resets_at, error.retry_after) == (per, budget.resets_at, 1)
    assert f"or wait until {budget.resets_at:%Y-%m-%d} 00:00 UTC" in str(error)
    paid(policy, a_quote(1), seconds(*after))
    assert amounts(budget) == (0, 1, 0)
    assert budget.resets_at == datetime(*ends, tzinfo=UTC)  # type: ignore[arg-type] # a date has numbers alone


def test_waiting_is_no_advice_to_what_costs_more_than_the_whole_budget() -> None:
    error = refused(spending(Budget(1, per="day")), a_quote(2))
    assert (error.resets_at, error.retry_after) == (None, None)
    assert "wait" not in str(error)


def test_what_is_under_way_counts_for_the_new_period_and_what_was_left_open_for_the_old_one() -> None:
    budget = Budget(1, per="day")
    policy = spending(budget)
    under_way = paid(policy, a_quote("0.3"))
    paid(policy, a_quote("0.2")).abandoned(unbilled(), at(1))
    paid(policy, a_quote("0.1")).succeeded(a_bill("0.1"), at(1))
    assert amounts(budget) == (usd("0.1"), usd("0.5"), usd("0.4"))
    paid(policy, a_quote("0.4"), DAY)
    assert amounts(budget) == (0, usd("0.7"), usd("0.3"))
    under_way.succeeded(a_bill("0.25"), at(DAY + 1))
    policy.ledger.settle(policy.ledger.unsettled[0], usd("0.2"))
    assert amounts(budget) == (usd("0.25"), usd("0.4"), usd("0.35"))


def test_the_end_of_a_request_can_begin_a_period() -> None:
    budget = Budget(1, per="day")
    policy = spending(budget)
    first, second = paid(policy, a_quote("0.3")), paid(policy, a_quote("0.3"))
    paid(policy, a_quote("0.1")).succeeded(a_bill("0.1"), at(1))
    first.succeeded(a_bill("0.2"), at(DAY))
    assert amounts(budget)[:2] == (usd("0.2"), usd("0.3"))
    second.abandoned(unbilled(), at(2 * DAY))
    assert amounts(budget)[:2] == (0, usd("0.3"))
    policy.ledger.settle(policy.ledger.unsettled[0], usd("0.1"))
    assert amounts(budget)[:2] == (usd("0.1"), 0)


def test_nested_periods_end_each_at_its_time() -> None:
    month = Budget(2, per="month")
    day = Budget(1, per="day", within=month)
    policy = spending(day)
    paid(policy, a_quote("0.6")).abandoned(unbilled(), at(1))
    paid(policy, a_quote("0.6"), DAY)
    assert (day.reserved, month.reserved) == (usd("0.6"), usd("1.2"))
    policy.ledger.settle(policy.ledger.unsettled[0], usd("0.5"))
    assert (day.spent, month.spent) == (0, usd("0.5"))
    assert (day.reserved, month.reserved) == (usd("0.6"), usd("0.6"))


def test_a_clock_that_is_put_back_begins_no_period() -> None:
    budget = Budget(1, per="day")
    policy = spending(budget)
    paid(policy, a_quote(1), DAY).succeeded(a_bill(1), at(DAY))
    refused(policy, a_quote(1), 0)
    assert budget.spent == 1
    ends = budget.resets_at
    refused(policy, a_quote(1), DAY)
    assert budget.resets_at == ends
