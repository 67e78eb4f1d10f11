"""A budget: what is set aside, what is refused, and what the bill makes of it."""

from __future__ import annotations

import os
import pickle
from decimal import localcontext

import pytest

from openrouter.core.errors import (
    APITimeoutError,
    AuthenticationError,
    ClosedClientError,
    ConfigurationError,
    OpenRouterError,
    ServerError,
    StreamInterruptedError,
    TruncatedOutputError,
)
from openrouter.policy import Facts, Go, Policy, RateLimit, Wait
from openrouter.policy.budget import Budget
from openrouter.policy.facts import NEED_PRICES, NO_BILL, Bill
from openrouter.types.chat import Usage
from openrouter.types.cost import Cost
from tests.policy.money import a_bill, a_quote, amounts, paid, quoted, refused, spending, unbilled, usd
from tests.policy.situations import FACTS, a_500, a_break, at, sent


def test_what_a_request_can_cost_is_set_aside_until_the_bill_comes() -> None:
    budget = Budget("1")
    passage = paid(spending(budget), a_quote("0.1", "0.002", 100))
    assert amounts(budget) == (0, usd("0.3"), usd("0.7"))
    passage.succeeded(a_bill("0.123456789"), at(1))
    assert amounts(budget) == (usd("0.123456789"), 0, usd("0.876543211"))


def test_a_price_is_asked_for_once_and_holds_for_retries() -> None:
    policy = spending(Budget(1))
    passage = quoted(policy, a_quote("0.5"))
    assert passage.next(at(0)) == Go()
    passage.failed(a_500(), at(1))
    assert passage.next(at(1)) == Go()


def test_what_there_is_too_little_money_for_is_refused_before_it_is_sent() -> None:
    budget = Budget("1")
    policy = spending(budget)
    paid(policy, a_quote("0.6"))
    error = refused(policy, a_quote("0.3", "0.001", 150))
    assert (error.limit, error.left, error.needed, error.per) == (usd(1), usd("0.4"), usd("0.45"), None)
    assert (error.attempts, error.model, error.resets_at, error.retry_after) == (0, "a/b", None, None)
    assert str(error) == (
        "Not sent: it can cost $0.45, and $0.40 is left of $1.00, while $0.60 is set aside for others. [a/b]"
        " Lower `max_tokens=`, send fewer at once, or raise the budget."
    )
    assert policy.ledger.totals().refused == 1
    assert policy.ledger.totals().requests == 0
    assert amounts(budget) == (0, usd("0.6"), usd("0.4"))


def test_the_last_cent_can_be_spent() -> None:
    budget = Budget("0.3")
    policy = spending(budget)
    for _ in range(3):
        paid(policy, a_quote("0.1"))
    assert budget.left == 0
    assert refused(policy, a_quote("0.000000001")).left == 0
    paid(policy, a_quote(0))


def test_the_refusal_says_no_more_than_there_is_to_say() -> None:
    policy = spending(Budget(1))
    paid(policy, a_quote(1)).succeeded(a_bill(1), at(1))
    assert "Not sent: it can cost $0.50, and $0.00 is left of $1.00. " in str(refused(policy, a_quote("0.5")))


def test_who_has_to_wait_for_a_moment_has_not_paid_yet() -> None:
    budget = Budget(1)
    policy = Policy(budget=budget, rate_limit=RateLimit(min_interval=0.5))
    paid(policy, a_quote("0.1"))
    assert quoted(policy, a_quote("0.1")).next(at(0)) == Wait(0.5)
    assert budget.reserved == usd("0.1")


def test_an_error_of_the_budget_survives_pickling() -> None:
    error = refused(spending(Budget("0.1", per="day")), a_quote("0.05", "0.01", 100))
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert (again.limit, again.needed, again.per, str(again)) == (usd("0.1"), usd("1.05"), "day", str(error))


def test_a_bill_above_what_was_set_aside_is_settled_and_ends_all_spending() -> None:
    budget = Budget("1")
    policy = spending(budget)
    paid(policy, a_quote("0.9")).succeeded(a_bill("1.5"), at(1))
    assert amounts(budget) == (usd("1.5"), 0, usd("-0.5"))
    error = refused(policy, a_quote(0))
    assert "-$0.50 is left of $1.00" in str(error)


def test_costs_that_were_worked_out_settle_like_billed_ones_and_own_keys_count() -> None:
    budget = Budget(1)
    cost = Cost(amount=usd("0.3"), estimated=True, billed=usd("0.1"), upstream=usd("0.2"))
    bill = Bill(Usage(cost=usd("0.1")), cost=cost)
    paid(spending(budget), a_quote("0.5")).succeeded(bill, at(1))
    assert budget.spent == usd("0.3")


def test_a_success_without_a_bill_keeps_what_was_set_aside() -> None:
    budget = Budget(1)
    policy = spending(budget)
    paid(policy, a_quote("0.5")).succeeded(unbilled("gen-7"), at(1))
    assert amounts(budget) == (0, usd("0.5"), usd("0.5"))
    (left,) = policy.ledger.unsettled
    assert (left.generation_id, left.model, left.key, left.reserved) == ("gen-7", "a/b", "k", usd("0.5"))
    assert left.at == at(1).utc
    policy.ledger.settle(left, usd("0.2"))
    assert amounts(budget) == (usd("0.2"), 0, usd("0.8"))
    policy.ledger.settle(left, usd("0.2"))
    assert budget.spent == usd("0.2")


def test_without_a_budget_only_what_broke_off_is_left_unsettled() -> None:
    policy = Policy()
    sent(policy).succeeded(unbilled("gen-1"), at(1))
    sent(policy, Facts(billable=False)).abandoned(unbilled("gen-2"), at(1))
    sent(policy).abandoned(unbilled("gen-3"), at(1))
    (left,) = policy.ledger.unsettled
    assert (left.generation_id, left.reserved) == ("gen-3", None)
    assert policy.ledger.settle(left, usd("0.2"))
    assert policy.ledger.totals().cost == usd("0.2")


def a_queue() -> APITimeoutError:
    error = APITimeoutError("No place.")
    error.clock = "queue"
    return error


def a_late_start() -> APITimeoutError:
    error = APITimeoutError("Late.")
    error.clock = "deadline"
    return error


@pytest.mark.parametrize(
    "error",
    [
        *(AuthenticationError("Who?"), a_queue(), a_late_start(), ClosedClientError("Closed."), a_500()),
        ConfigurationError("The client is of another process."),
    ],
    ids=repr,
)
def test_what_surely_cost_nothing_gives_back_what_was_set_aside(error: OpenRouterError) -> None:
    budget = Budget(1)
    policy = spending(budget, max_retries=0)
    with pytest.raises(type(error)):
        paid(policy, a_quote("0.5")).failed(error, at(1))
    assert amounts(budget) == (0, 0, 1)
    assert policy.ledger.unsettled == ()


@pytest.mark.parametrize("error", [a_break(), StreamInterruptedError("Cut.")], ids=repr)
def test_what_may_have_been_billed_stays_set_aside(error: OpenRouterError) -> None:
    budget = Budget(1)
    policy = spending(budget)
    error.generation_id = "gen-9"
    with pytest.raises(type(error)):
        paid(policy, a_quote("0.5")).failed(error, at(1))
    assert amounts(budget) == (0, usd("0.5"), usd("0.5"))
    (left,) = policy.ledger.unsettled
    assert left.generation_id == "gen-9"


def test_an_error_after_the_first_piece_of_a_stream_may_have_been_billed() -> None:
    budget = Budget(1)
    passage = paid(spending(budget), a_quote("0.5"))
    passage.delivered(at(1))
    with pytest.raises(ServerError):
        passage.failed(a_500(), at(2), unbilled())
    assert budget.reserved == usd("0.5")


def test_a_failure_that_names_its_cost_is_settled_with_it() -> None:
    budget = Budget(1)
    policy = spending(budget)
    with pytest.raises(StreamInterruptedError):
        paid(policy, a_quote("0.5")).failed(StreamInterruptedError("Cut."), at(1), a_bill("0.2"))
    assert amounts(budget) == (usd("0.2"), 0, usd("0.8"))
    assert policy.ledger.unsettled == ()


def test_an_unusable_reply_is_paid_for() -> None:
    budget = Budget(1)
    with pytest.raises(TruncatedOutputError):
        paid(spending(budget), a_quote("0.5")).failed(TruncatedOutputError("Cut."), at(1), a_bill("0.4"))
    assert amounts(budget) == (usd("0.4"), 0, usd("0.6"))


def test_an_abandoned_request_is_settled_where_its_cost_is_known_and_stays_set_aside_where_not() -> None:
    budget = Budget(1)
    policy = spending(budget)
    paid(policy, a_quote("0.5")).abandoned(a_bill("0.1"), at(1))
    assert amounts(budget) == (usd("0.1"), 0, usd("0.9"))
    paid(policy, a_quote("0.5")).abandoned(unbilled(None), at(1))
    assert amounts(budget) == (usd("0.1"), usd("0.5"), usd("0.4"))
    quoted(policy, a_quote("0.4")).abandoned(NO_BILL, at(1))
    policy.begin(FACTS, at(1)).abandoned(NO_BILL, at(1))
    assert amounts(budget) == (usd("0.1"), usd("0.5"), usd("0.4"))
    assert [left.generation_id for left in policy.ledger.unsettled] == [None]


def test_each_attempt_is_paid_for() -> None:
    budget = Budget(1)
    policy = spending(budget, may_bill_twice=True)
    passage = paid(policy, a_quote("0.4"))
    passage.failed(a_break(), at(1))
    assert budget.reserved == usd("0.4")
    assert passage.next(at(1)) == Go()
    assert budget.reserved == usd("0.8")
    passage.succeeded(a_bill("0.3"), at(2))
    assert amounts(budget) == (usd("0.3"), usd("0.4"), usd("0.3"))


def test_a_retry_that_cannot_be_paid_raises_what_the_attempt_before_failed_with() -> None:
    policy = spending(Budget(1), may_bill_twice=True)
    passage = paid(policy, a_quote("0.6"))
    error = a_break()
    passage.failed(error, at(1))
    with pytest.raises(type(error)) as caught:
        passage.next(at(1))
    assert caught.value is error
    assert policy.ledger.totals().failures == 1


def test_free_requests_and_policies_without_a_budget_ask_for_no_price() -> None:
    budget = Budget(0)
    sent(spending(budget), Facts(billable=False)).succeeded(NO_BILL, at(1))
    passage = sent(Policy())
    passage.quoted(None)
    passage.succeeded(a_bill(5), at(1))
    assert amounts(budget) == (0, 0, 0)


def test_a_request_that_waits_in_line_holds_no_money() -> None:
    budget = Budget(1)
    policy = Policy(budget=budget, rate_limit=RateLimit(requests_per_minute=1))
    paid(policy, a_quote("0.2"))
    waiting = quoted(policy, a_quote("0.8"))
    assert isinstance(waiting.next(at(0)), Wait)
    assert budget.reserved == usd("0.2")
    assert waiting.next(at(60)) == Go()
    assert budget.left == 0


def test_what_cannot_be_paid_for_is_refused_without_waiting_and_takes_no_place() -> None:
    budget = Budget(1)
    policy = Policy(budget=budget, rate_limit=RateLimit(requests_per_minute=2))
    paid(policy, a_quote("0.2"))
    refused(policy, a_quote(1))
    paid(policy, a_quote("0.2"))
    refused(policy, a_quote(1))


def test_without_a_price_the_budget_decides() -> None:
    error = refused(spending(Budget(1)), None)
    assert (error.needed, error.is_priced, error.left) == (None, False, 1)
    assert str(error) == (
        "Not sent: nobody knows what it can cost, and there is a budget. [a/b]"
        " Say with `Budget(unknown=…)` how many USD to set aside for such a request."
    )
    budget = Budget(1, unknown="0.25")
    policy = spending(budget)
    passage = paid(policy, None)
    assert budget.reserved == usd("0.25")
    passage.succeeded(a_bill("0.9"), at(1))
    error = refused(policy, None)
    assert error.needed == usd("0.25")
    assert error.advice() == "Lower `Budget(unknown=…)`, or raise the budget."


def test_without_a_limit_to_the_output_the_budget_decides() -> None:
    error = refused(spending(Budget(1)), a_quote("0.1", "0.001"))
    assert (error.needed, error.is_priced) == (None, True)
    assert str(error).endswith("[a/b] Set `max_tokens=`, or give `Budget(assume_tokens=…)`.")
    budget = Budget(1, assume_tokens=500)
    paid(spending(budget), a_quote("0.1", "0.001"))
    assert budget.reserved == usd("0.6")


def test_an_output_that_costs_nothing_needs_no_limit() -> None:
    budget = Budget(1)
    paid(spending(budget), a_quote("0.1", 0))
    assert budget.reserved == usd("0.1")


@pytest.mark.parametrize(("output_tokens", "assume"), [(1000, None), (None, 1000)])
def test_the_output_can_be_limited_to_what_is_left(output_tokens: int | None, assume: int | None) -> None:
    budget = Budget(1, shrink_to=100, assume_tokens=assume)
    policy = spending(budget)
    passage = quoted(policy, a_quote("0.0015", "0.003", output_tokens))
    assert passage.next(at(0)) == Go(max_tokens=332)
    assert budget.reserved == usd("0.9975")
    passage.succeeded(a_bill("0.6985"), at(1))
    passage = quoted(policy, a_quote("0.0015", "0.003", output_tokens))
    assert passage.next(at(1)) == Go(max_tokens=100)
    passage.succeeded(a_bill("0.0016"), at(2))
    assert refused(policy, a_quote("0.0015", "0.003", output_tokens)).needed == usd("3.0015")


def test_nothing_is_limited_that_fits_or_that_has_no_output_to_limit() -> None:
    policy = spending(Budget(1, shrink_to=1))
    paid(policy, a_quote("0.5", "0.01", 10)).succeeded(a_bill("0.5"), at(1))
    assert refused(policy, a_quote("0.6", 0, 10)).needed == usd("0.6")
    assert refused(policy, a_quote("0.6", "0.1", 10)).needed == usd("1.6")


def test_nested_budgets_are_charged_together_or_not_at_all() -> None:
    day = Budget(1)
    run, other = Budget("0.5", within=day), Budget(5, within=day)
    passage = paid(spending(run), a_quote("0.4"))
    assert [budget.reserved for budget in (run, day, other)] == [usd("0.4"), usd("0.4"), 0]
    error = refused(spending(other), a_quote("0.7"))
    assert (error.limit, error.left) == (usd(1), usd("0.6"))
    assert (other.reserved, day.reserved) == (0, usd("0.4"))
    error = refused(spending(run), a_quote("0.2"))
    assert (error.limit, error.left) == (usd("0.5"), usd("0.1"))
    passage.succeeded(a_bill("0.1"), at(1))
    assert [amounts(budget)[:2] for budget in (run, day)] == [(usd("0.1"), 0)] * 2
    paid(spending(day), a_quote("0.9")).abandoned(unbilled(), at(1))
    assert (run.left, day.left) == (usd("0.4"), 0)
    assert refused(spending(run), a_quote("0.1")).limit == usd(1)


def test_a_nested_budget_limits_the_output_to_what_the_tightest_has_left() -> None:
    run = Budget(10, shrink_to=10, within=Budget("0.5"))
    assert quoted(spending(run), a_quote(0, "0.01", 1000)).next(at(0)) == Go(max_tokens=50)


def test_one_budget_serves_several_policies() -> None:
    budget = Budget(1)
    one, two = spending(budget), spending(budget)
    paid(one, a_quote("0.6"))
    refused(two, a_quote("0.6"))


def test_amounts_are_exact_whatever_the_precision_around() -> None:
    budget = Budget("1000000")
    policy = spending(budget)
    tiny = "0.0000000000000000000000000000001"
    with localcontext() as context:
        context.prec = 3
        paid(policy, a_quote("1000", tiny, 3)).succeeded(a_bill(tiny), at(1))
        paid(policy, a_quote("12345.6789")).succeeded(a_bill("12345.6789"), at(1))
        paid(policy, a_quote("1000", tiny, 3))
    assert budget.spent == usd("12345.6789" + tiny[6:])
    assert budget.reserved == usd("1000." + "0" * 30 + "3")


def test_a_child_that_is_forked_off_has_spent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    day = Budget(1)
    run = Budget(1, within=day)
    policy = spending(run)
    of_parent = paid(policy, a_quote("0.5"))
    paid(policy, a_quote("0.2")).abandoned(unbilled(), at(0))
    (left,) = policy.ledger.unsettled
    child = os.getpid() + 1
    monkeypatch.setattr(os, "getpid", lambda: child)
    assert (amounts(run), amounts(day)) == ((0, 0, 1), (0, 0, 1))
    of_parent.succeeded(a_bill("0.4"), at(1))
    policy.ledger.settle(left, usd("0.1"))
    paid(policy, a_quote(1))
    assert (run.left, day.left) == (0, 0)


def test_a_request_that_is_given_up_while_the_lock_is_held_is_settled_by_who_comes_next() -> None:
    """The garbage collector runs also in a thread that just looks at the budget."""
    budget = Budget(1)
    policy = spending(budget)
    passage = paid(policy, a_quote("0.5"))
    paid(policy, a_quote("0.1")).abandoned(unbilled(), at(0))
    with budget.till().turns.lock:
        passage.abandoned(a_bill("0.2"), at(1))
        policy.ledger.settle(policy.ledger.unsettled[0], usd("0.1"))
        assert not passage.ended
        assert "spent=0," in repr(budget)
    assert amounts(budget) == (usd("0.3"), 0, usd("0.7"))
    assert passage.ended


def test_a_price_is_asked_for_before_anything_is_refused_for_it() -> None:
    passage = spending(Budget(0)).begin(FACTS, at(0))
    assert passage.next(at(0)) is NEED_PRICES
    assert passage.next(at(0)) is NEED_PRICES
