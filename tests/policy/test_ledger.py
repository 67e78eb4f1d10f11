"""Sums are exact, and reading them costs nothing to those who write."""

from __future__ import annotations

import json
from decimal import Decimal, localcontext
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given, strategies as st

from openrouter.core.wire import Moment
from openrouter.policy import Facts, Ledger, Percentiles, Totals
from openrouter.policy.facts import Bill
from openrouter.policy.rows import MOST_ROWS, OTHER, Ending
from openrouter.types.chat import CompletionTokensDetails, PromptTokensDetails, Usage
from openrouter.types.cost import Cost

START = Moment(100.0, 1.7e9)


def a_usage(prompt: int = 10, completion: int = 5, cost: str | None = "0.001") -> Usage:
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=prompt + completion,
        cost=None if cost is None else Decimal(cost),
        prompt_tokens_details=PromptTokensDetails(cached_tokens=4),
        completion_tokens_details=CompletionTokensDetails(reasoning_tokens=3),
    )


def test_a_new_ledger_says_nothing() -> None:
    assert Ledger().totals(START) == Totals()
    assert Ledger().by_model == Ledger().by_provider == Ledger().by_key == Ledger().by_user == {}
    assert Ledger().unsettled == ()


def test_each_ending_is_counted_in_its_place() -> None:
    ledger = Ledger()
    facts = Facts(key="k", model="a/b", user="u")
    ledger.book(
        Ending.SUCCESS,
        facts,
        attempts=3,
        bills=[Bill(a_usage()), Bill(a_usage(20, 0, None))],
        latency=2.0,
        first_token=1.0,
    )
    ledger.book(Ending.FAILURE, facts, attempts=1)
    ledger.book(Ending.FAILURE, facts, attempts=2)
    ledger.book(Ending.ABANDONED, facts, attempts=1, bills=[Bill(a_usage(cost="0.0005"))])
    ledger.book(Ending.REFUSED, facts, attempts=0)
    totals = ledger.totals(START)
    assert totals == Totals(
        requests=4,
        attempts=7,
        successes=1,
        failures=2,
        abandoned=1,
        refused=1,
        prompt_tokens=40,
        completion_tokens=10,
        total_tokens=50,
        cached_tokens=12,
        reasoning_tokens=9,
        cost=Decimal("0.0015"),
        latency=totals.latency,
        first_token=totals.first_token,
    )
    assert totals.retries == 3
    assert totals.success_rate == pytest.approx(1 / 3)
    assert totals.latency.p50 == pytest.approx(2.0, rel=0.05)
    assert totals.first_token.p99 == pytest.approx(1.0, rel=0.05)
    assert ledger.by_model == {"a/b": totals}
    assert ledger.by_key == {"k": totals}
    assert ledger.by_user == {"u": totals}


def test_tables_tell_models_keys_and_users_apart() -> None:
    ledger = Ledger()
    for key, model, user in [("k1", "a", "u1"), ("k1", "b", None), ("k2", None, "u1"), ("", "a", "u2")]:
        ledger.book(Ending.SUCCESS, Facts(key=key, model=model, user=user), attempts=1, bills=[Bill(a_usage())])
    assert {name: row.requests for name, row in ledger.by_model.items()} == {"a": 2, "b": 1}
    assert {name: row.requests for name, row in ledger.by_key.items()} == {"k1": 2, "k2": 1}
    assert {name: row.requests for name, row in ledger.by_user.items()} == {"u1": 2, "u2": 1}
    assert ledger.totals(START).requests == 4


def a_cost(amount: str, billed: str | None = None, upstream: str | None = None) -> Cost:
    return Cost(
        amount=Decimal(amount),
        estimated=billed is None,
        billed=None if billed is None else Decimal(billed),
        upstream=None if upstream is None else Decimal(upstream),
    )


@pytest.mark.parametrize(
    ("bill", "cost", "estimated", "upstream"),
    [
        (Bill(), 0, 0, 0),
        (Bill(Usage(total_tokens=3)), 0, 0, 0),
        (Bill(Usage(cost=Decimal(2))), 2, 0, 0),
        (Bill(Usage(cost=Decimal(2)), cost=a_cost("2", "2")), 2, 0, 0),
        (Bill(Usage(), cost=a_cost("2")), 2, 2, 0),
        (Bill(cost=a_cost("3")), 3, 3, 0),
        (Bill(Usage(cost=Decimal(1)), cost=a_cost("6", "1", "5")), 1, 0, 5),
        (Bill(Usage(), cost=a_cost("6", None, "5")), 1, 1, 5),
    ],
)
def test_what_was_billed_what_was_worked_out_and_what_the_provider_charges_are_told_apart(
    bill: Bill, cost: int, estimated: int, upstream: int
) -> None:
    ledger = Ledger()
    for _ in range(2):
        ledger.book(Ending.SUCCESS, Facts(model="a"), attempts=1, bills=[bill])
    for totals in (ledger.totals(), ledger.by_model["a"]):
        assert (totals.cost, totals.estimated_cost, totals.upstream_cost) == (2 * cost, 2 * estimated, 2 * upstream)
        assert totals.total_tokens == (2 * bill.usage.total_tokens if bill.usage else 0)


def test_each_provider_has_what_it_took_and_the_request_belongs_to_the_last() -> None:
    ledger = Ledger()
    bills = [Bill(a_usage(cost="1"), "first"), Bill(a_usage(cost="2"), "first"), Bill(a_usage(cost="4"), "second")]
    ledger.book(Ending.SUCCESS, Facts(model="a"), attempts=3, bills=bills, latency=1.0)
    ledger.book(Ending.FAILURE, Facts(model="a"), attempts=1, bills=[Bill(generation_id="gen-1")])
    first, second = ledger.by_provider["first"], ledger.by_provider["second"]
    assert (first.requests, first.attempts, first.cost, first.total_tokens) == (0, 0, 3, 30)
    assert (second.requests, second.attempts, second.cost, second.total_tokens) == (1, 3, 4, 15)
    assert second.latency.p50 is not None
    assert first.latency.p50 is None
    totals = ledger.by_model["a"]
    assert (totals.requests, totals.attempts, totals.cost) == (2, 4, 7)
    assert set(ledger.by_provider) == {"first", "second"}


def test_a_table_is_a_copy() -> None:
    ledger = Ledger()
    ledger.book(Ending.SUCCESS, Facts(model="a"), attempts=1)
    ledger.by_model.clear()
    assert list(ledger.by_model) == ["a"]


def test_a_table_does_not_grow_for_ever() -> None:
    ledger = Ledger()
    for number in range(MOST_ROWS + 500):
        ledger.book(Ending.SUCCESS, Facts(user=f"user {number}"), attempts=1)
    ledger.book(Ending.FAILURE, Facts(user="user 7"), attempts=1)
    table = ledger.by_user
    assert len(table) == MOST_ROWS + 1
    assert table[OTHER].requests == 500
    assert table["user 7"].requests == 2
    assert sum(row.requests for row in table.values()) == ledger.totals(START).requests


@given(costs=st.lists(st.decimals(0, 10**6, places=25, allow_nan=False), max_size=30))
def test_costs_are_added_exactly_whatever_the_precision_around(costs: list[Decimal]) -> None:
    ledger = Ledger()
    with localcontext(prec=3):
        for cost in costs:
            ledger.book(Ending.SUCCESS, Facts(), attempts=1, bills=[Bill(Usage(cost=cost))])
        total = ledger.totals(START).cost
    assert Fraction(total) == sum(map(Fraction, costs))


def test_total_tokens_are_added_up_where_only_the_parts_came() -> None:
    ledger = Ledger()
    ledger.book(Ending.SUCCESS, Facts(), attempts=1, bills=[Bill(Usage(prompt_tokens=3, completion_tokens=4))])
    assert ledger.totals(START).total_tokens == 7


def test_the_uptime_runs_from_the_first_opening() -> None:
    ledger = Ledger()
    ledger.open(START)
    ledger.open(Moment(150.0, 0.0))
    assert ledger.totals(Moment(160.5, 0.0)).uptime == 60.5
    assert ledger.totals(Moment(99.0, 0.0)).uptime == 0.0


def test_without_any_end_the_success_rate_is_one() -> None:
    assert Totals().success_rate == 1.0
    assert Totals(failures=1).success_rate == 0.0


@given(times=st.lists(st.floats(0.0001, 86_400), min_size=1, max_size=200))
def test_percentiles_are_right_to_five_percent(times: list[float]) -> None:
    ledger = Ledger()
    for time in times:
        ledger.book(Ending.SUCCESS, Facts(model="a"), attempts=1, latency=time, first_token=time)
    ordered = sorted(times)
    expected = [ordered[ceil(len(times) * percent / 100) - 1] for percent in (50, 90, 99)]
    row = ledger.by_model["a"]
    for found in (row.latency, row.first_token):
        assert [found.p50, found.p90, found.p99] == [pytest.approx(value, rel=0.05) for value in expected]


@pytest.mark.parametrize(("seconds", "counted"), [(0.0, 0.0001), (-5.0, 0.0001), (1e9, 86_400)])
def test_times_out_of_range_count_as_the_nearest_in_range(seconds: float, counted: float) -> None:
    ledger = Ledger()
    ledger.book(Ending.SUCCESS, Facts(), attempts=1, latency=seconds)
    assert ledger.totals(START).latency.p50 == pytest.approx(counted, rel=0.05)


def test_the_dict_is_plain_json() -> None:
    ledger = Ledger()
    ledger.open(START)
    ledger.book(Ending.SUCCESS, Facts(), attempts=2, bills=[Bill(a_usage())], latency=1.0)
    plain = ledger.totals(Moment(101.0, 0.0)).to_dict()
    latency = plain.pop("latency")
    assert plain == {
        "requests": 1,
        "attempts": 2,
        "successes": 1,
        "failures": 0,
        "abandoned": 0,
        "refused": 0,
        "retries": 1,
        "success_rate": 1.0,
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "total_tokens": 15,
        "cached_tokens": 4,
        "reasoning_tokens": 3,
        "total_cost": 0.001,
        "cost": "0.001",
        "estimated_cost": "0",
        "upstream_cost": "0",
        "uptime": 1.0,
        "first_token": {"p50": None, "p90": None, "p99": None},
    }
    assert latency.keys() == {"p50", "p90", "p99"}
    assert json.loads(json.dumps(latency)) == latency
    assert Percentiles() == Percentiles(p50=None)


def test_totals_print_as_one_line_with_every_digit_of_the_cost() -> None:
    totals = Totals(requests=3, successes=1, failures=1, abandoned=1, total_tokens=70, cost=Decimal("1.2E-7"))
    assert str(totals) == "3 requests (1 succeeded, 1 failed, 1 abandoned), 70 tokens, $0.00000012"
    totals = Totals(requests=1, successes=1, refused=2, total_tokens=1)
    assert str(totals) == "1 request (1 succeeded, 0 failed, 0 abandoned), 2 refused, 1 token, $0"


def test_totals_need_no_moment_but_for_the_uptime() -> None:
    ledger = Ledger()
    ledger.open(Moment(100.0, 0.0))
    assert ledger.totals().uptime == 0.0
    assert ledger.totals(Moment(103.0, 0.0)).uptime == 3.0
