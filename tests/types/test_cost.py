"""Costs, quotes and estimates as values."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from openrouter.types.cost import Cost, Estimate, Quote, dollars

D = Decimal


def test_a_quote_knows_the_most() -> None:
    assert Quote(D("0.01"), D("0.001"), 5).most() == D("0.015")
    assert Quote(D("0.01"), D("0.001"), None).most() is None
    # Where writing is free, it does not matter how much is written.
    assert Quote(D("0.01"), D(0), None).most() == D("0.01")


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "$0.00"),
        ("0.0000203", "$0.0000203"),
        ("1E-7", "$0.0000001"),
        ("1.50", "$1.50"),
        ("1.5000", "$1.50"),
        ("12", "$12.00"),
        ("1E+3", "$1000.00"),
    ],
)
def test_amounts_are_written_with_all_their_digits(amount: str, shown: str) -> None:
    assert dollars(D(amount)) == shown


def test_a_cost_says_whether_it_was_billed() -> None:
    assert str(Cost(amount=D("0.0123"), estimated=False)) == "$0.0123"
    assert str(Cost(amount=D("0.0123"), estimated=True)) == "about $0.0123"


def made(**more: Any) -> Estimate:
    usual: dict[str, Any] = {
        "model": "a/b",
        "prompt_tokens": 1200,
        "most_prompt_tokens": 2500,
        "output_tokens": 4096,
        "lowest": D("0.0024"),
        "highest": D("0.046"),
    }
    return Estimate(**{**usual, **more})


@pytest.mark.parametrize(
    ("estimate", "shown"),
    [
        (made(), "a/b: about 1,200 tokens in, at most 4,096 tokens out, $0.0024 to $0.046"),
        (
            made(output_tokens=None, highest=None),
            "a/b: about 1,200 tokens in, an unknown number of tokens out, $0.0024 or more",
        ),
        (
            made(model=None, lowest=None, highest=None),
            "no model: about 1,200 tokens in, at most 4,096 tokens out, price unknown",
        ),
    ],
)
def test_an_estimate_is_a_line(estimate: Estimate, shown: str) -> None:
    assert str(estimate) == shown
