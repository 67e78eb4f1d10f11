"""The books of two clients with one budget, beside those of the service."""

from __future__ import annotations

from pathlib import Path

from tests.simulations.spending import AFFORDABLE, ASKED, COST, all_at_once, table, with_losses

PAGE = Path(__file__).parents[2] / "docs" / "budgets.md"


def test_as_many_are_sent_as_there_is_money_for() -> None:
    taken = all_at_once()
    assert (taken.asked, taken.sent, taken.refused) == (ASKED, AFFORDABLE, ASKED - AFFORDABLE)
    assert taken.settled == taken.server == AFFORDABLE * COST
    assert taken.reserved == 0


def test_what_is_billed_is_known_or_set_aside_for_and_in_the_end_known() -> None:
    *looks, last = with_losses()
    assert all(look.holds for look in looks)
    assert all(look.reserved > 0 for look in looks)
    assert last.settled == last.server == looks[-1].server
    assert last.reserved == 0


def test_the_page_has_the_table() -> None:
    assert table() in PAGE.read_text(encoding="utf-8")
