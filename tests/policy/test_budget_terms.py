"""What a budget is made of, and how it shows itself."""

from __future__ import annotations

from decimal import Decimal
from math import inf, nan

import pytest

from openrouter.core.errors import (
    InvalidArgumentError,
)
from openrouter.policy import Policy
from openrouter.policy.budget import Budget
from tests.policy.money import a_quote, paid, spending


@pytest.mark.parametrize("amount", ["2.50", 2.5, Decimal("2.5"), 2])
def test_an_amount_is_taken_as_it_is_written(amount: Decimal | str | float) -> None:
    assert Budget(amount).limit == Decimal(str(amount))  # type: ignore[arg-type] # what converters take
    assert Budget(1, unknown=amount).unknown == Decimal(str(amount))  # type: ignore[arg-type] # as above


def test_a_float_is_the_number_that_it_shows() -> None:
    assert Budget(0.1).limit == Decimal("0.1")  # type: ignore[arg-type] # what converters take


@pytest.mark.parametrize(
    "wrong", ["much", True, None, -1, "-0.01", nan, inf, "inf", [1], (0, (1,), 0), 10**15, "refuse"], ids=repr
)
def test_what_is_no_amount_is_no_limit(wrong: object) -> None:
    with pytest.raises(InvalidArgumentError, match=r"^Budget\.limit is .+; it has to be an amount in USD, 0 or more"):
        Budget(wrong)  # type: ignore[arg-type] # that is the point


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"per": "week"}, r"^Budget\.per is 'week'; it has to be 'day', 'month' or None\.$"),
        ({"unknown": "much"}, r"^Budget\.unknown is 'much'; it has to be an amount in USD"),
        ({"assume_tokens": 0}, r"^Budget\.assume_tokens is 0; it has to be a whole number, 1 or more\.$"),
        ({"shrink_to": 0.5}, r"^Budget\.shrink_to is 0\.5; it has to be a whole number, 1 or more\.$"),
        ({"within": 10}, r"^Budget\.within is 10; it has to be a Budget\.$"),
    ],
)
def test_a_term_out_of_range_is_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        Budget(1, **wrong)  # type: ignore[arg-type] # that is the point


def test_a_budget_shows_itself_also_where_its_lock_is_held() -> None:
    budget = Budget("2.50", per="day")
    paid(spending(budget), a_quote("0.5"))
    with budget.till().turns.lock:
        assert repr(budget) == "Budget('2.50', per='day', spent=0, reserved=0.5)"
    assert repr(Policy(budget=Budget(1))) == "Policy(budget=Budget('1', spent=0, reserved=0))"
