"""What was sent without a bill is kept in mind, and booked once when its cost becomes known."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from decimal import Decimal, localcontext
from threading import Barrier, Thread
from typing import Any
from weakref import ref

import pytest

from openrouter.core.errors import InvalidArgumentError
from openrouter.policy import Facts, Ledger
from openrouter.policy.facts import Bill
from openrouter.policy.outstanding import MOST_UNSETTLED
from openrouter.policy.rows import Ending
from openrouter.policy.unsettled import Uncertain, Unsettled
from openrouter.types.chat import Usage

USAGE = Usage(prompt_tokens=10, completion_tokens=5)
FACTS = Facts(key="k", model="a/b", user="u")


def an_unsettled(generation_id: str | None = "gen-1", reserved: str | None = "0.5") -> Unsettled:
    return Unsettled(generation_id, "a/b", "k", None if reserved is None else Decimal(reserved), 1.7e9)


def test_what_is_unsettled_is_held_until_its_cost_is_known_and_stands_in_all_rows_then() -> None:
    ledger, ended = Ledger(), list[Decimal]()
    first, second = an_unsettled("gen-1"), an_unsettled("gen-2")
    for one in (first, second):
        ledger.book(Ending.ABANDONED, FACTS, attempts=1)
        ledger.leave_unsettled(one, FACTS, ended.append)
    assert ledger.unsettled == (first, second)
    assert ledger.totals().cost == 0
    assert ledger.settle(first, Decimal("0.25"), USAGE, provider="P")
    assert ledger.unsettled == (second,)
    assert ended == [Decimal("0.25")]
    rows = (ledger.totals(), ledger.by_model["a/b"], ledger.by_key["k"], ledger.by_user["u"], ledger.by_provider["P"])
    assert {(row.cost, row.estimated_cost, row.total_tokens) for row in rows} == {(Decimal("0.25"), 0, 15)}
    assert ledger.totals().requests == 2


def test_settling_again_changes_nothing() -> None:
    ledger, ended, one = Ledger(), list[Decimal](), an_unsettled()
    ledger.leave_unsettled(one, FACTS, ended.append)
    assert ledger.settle(one, Decimal(1))
    assert not ledger.settle(one, Decimal(1))
    assert not Ledger().settle(one, Decimal(1))
    assert not ledger.settle(an_unsettled(), Decimal(1)), "another one, though it looks the same"
    assert (ledger.totals().cost, ended) == (1, [1])


def test_of_many_threads_that_settle_the_same_one_does() -> None:
    ledger, ended = Ledger(), list[Decimal]()
    all_of_them = [an_unsettled(f"gen-{number}") for number in range(50)]
    for one in all_of_them:
        ledger.leave_unsettled(one, FACTS, ended.append)
    barrier, settled = Barrier(8), list[bool]()

    def settle() -> None:
        barrier.wait()
        settled.extend(ledger.settle(one, Decimal("0.1"), USAGE) for one in all_of_them)

    threads = [Thread(target=settle) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(settled) == len(ended) == 50
    assert (ledger.totals().cost, ledger.totals().total_tokens) == (5, 750)


def test_tokens_that_are_booked_are_not_booked_again() -> None:
    ledger, one = Ledger(), an_unsettled()
    ledger.book(Ending.ABANDONED, FACTS, attempts=1, bills=[Bill(USAGE)])
    ledger.leave_unsettled(one, FACTS, has_usage=True)
    assert ledger.settle(one, Decimal(1), USAGE)
    assert (ledger.totals().total_tokens, ledger.totals().cost) == (15, 1)


def test_a_cost_can_be_known_without_tokens() -> None:
    ledger, one = Ledger(), an_unsettled()
    ledger.leave_unsettled(one, FACTS)
    assert ledger.settle(one, Decimal(1))
    assert (ledger.totals().total_tokens, ledger.totals().cost) == (0, 1)


def test_a_cost_of_nothing_settles_too() -> None:
    ledger, ended, one = Ledger(), list[Decimal](), an_unsettled()
    ledger.leave_unsettled(one, FACTS, ended.append)
    assert ledger.settle(one, Decimal(0))
    assert (ledger.unsettled, ended, ledger.totals().cost) == ((), [0], 0)


def test_what_the_provider_charges_stands_apart_and_the_budget_has_both_to_the_last_digit() -> None:
    ledger, ended, one = Ledger(), list[Decimal](), an_unsettled()
    ledger.leave_unsettled(one, FACTS, ended.append)
    with localcontext(prec=2):
        assert ledger.settle(one, Decimal("0.00001"), upstream=Decimal("12.5"))
    assert (ledger.totals().cost, ledger.totals().upstream_cost) == (Decimal("0.00001"), Decimal("12.5"))
    assert ended == [Decimal("12.50001")]


@pytest.mark.parametrize("cost", [0.1, 1, "1", None, Decimal(-1), Decimal("NaN"), Decimal("Infinity")], ids=repr)
def test_what_no_request_can_cost_is_refused_and_nothing_is_lost(cost: Any) -> None:
    ledger, one = Ledger(), an_unsettled()
    ledger.leave_unsettled(one, FACTS)
    with pytest.raises(InvalidArgumentError, match="cost"):
        ledger.settle(one, cost)
    with pytest.raises(InvalidArgumentError, match="cost"):
        ledger.settle(one, Decimal(1), upstream=cost)
    assert ledger.unsettled == (one,)
    assert ledger.totals().cost == 0


def test_what_nobody_can_ask_for_is_added_up() -> None:
    ledger = Ledger()
    assert ledger.uncertain == Uncertain(0, Decimal(0))
    for one in (an_unsettled(None), an_unsettled(None, None), an_unsettled("gen-1", "7")):
        ledger.leave_unsettled(one, FACTS)
    assert ledger.uncertain == Uncertain(2, Decimal("0.5"))
    assert len(ledger.unsettled) == 3
    nameless = ledger.unsettled[0]
    assert ledger.settle(nameless, Decimal("0.1")), "by hand, as somebody found out"
    assert ledger.uncertain == Uncertain(1, Decimal(0))


def test_the_oldest_are_let_go_where_there_are_too_many() -> None:
    ledger, ended = Ledger(), list[Decimal]()
    oldest, another = an_unsettled("old", "0.1"), an_unsettled("old too", None)
    for one in (oldest, another):
        ledger.leave_unsettled(one, FACTS, ended.append)
    for number in range(MOST_UNSETTLED):
        ledger.leave_unsettled(an_unsettled(f"gen-{number}", "1"), FACTS)
    assert len(ledger.unsettled) == MOST_UNSETTLED
    assert ledger.unsettled[0].generation_id == "gen-0"
    assert ledger.uncertain == Uncertain(2, Decimal("0.1"))
    assert not ledger.settle(oldest, Decimal(1))
    assert ended == []


def test_the_dict_is_plain_json() -> None:
    assert an_unsettled().to_dict() == {
        "generation_id": "gen-1",
        "model": "a/b",
        "key": "k",
        "reserved": "0.5",
        "at": 1.7e9,
    }
    assert an_unsettled(reserved=None).to_dict()["reserved"] is None
    assert an_unsettled(reserved="1E-9").to_dict()["reserved"] == "0.000000001"


@pytest.mark.parametrize(
    "is_seen",
    [
        lambda ledger, one: ledger.unsettled == (one,),
        lambda ledger, _: ledger.uncertain == Uncertain(1, Decimal("0.5")),
        lambda ledger, one: ledger.settle(one, Decimal(1)),
    ],
    ids=["unsettled", "uncertain", "settle"],
)
def test_it_can_be_left_while_its_own_thread_holds_the_lock(is_seen: Callable[[Ledger, Unsettled], bool]) -> None:
    ledger, one = Ledger(), an_unsettled(None)
    with ledger._books.get().turns.lock:  # noqa: SLF001 - the moment at which the garbage collector runs
        ledger.leave_unsettled(one, FACTS)
    assert is_seen(ledger, one)


def test_a_reservation_may_read_the_ledger_when_it_is_settled() -> None:
    ledger, one, seen = Ledger(), an_unsettled(), list[Decimal]()
    ledger.leave_unsettled(one, FACTS, lambda cost: seen.extend((cost, ledger.totals().cost)))
    assert ledger.settle(one, Decimal(3))
    assert seen == [3, 3]


def test_a_child_that_was_forked_off_has_nothing_unsettled(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger, one = Ledger(), an_unsettled(None)
    ledger.leave_unsettled(one, FACTS)
    child = os.getpid() + 1
    monkeypatch.setattr(os, "getpid", lambda: child)
    assert (ledger.unsettled, ledger.uncertain) == ((), Uncertain())
    assert not ledger.settle(one, Decimal(1))


def test_what_is_settled_is_not_kept() -> None:
    ledger, one = Ledger(), an_unsettled()
    ledger.leave_unsettled(one, FACTS)
    assert ledger.settle(one, Decimal(1))
    alive = ref(one)
    del one
    gc.collect()
    assert alive() is None
