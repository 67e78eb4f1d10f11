"""What holds for budgets at every moment, however requests and bills come in between each other."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from openrouter.core.errors import BudgetExceededError, OpenRouterError
from openrouter.policy import Go, Ledger, Passage, Policy, Retry
from openrouter.policy.budget import Budget
from openrouter.policy.facts import NO_BILL
from openrouter.policy.unsettled import Unsettled
from tests.policy.money import a_bill, a_quote, quoted, unbilled
from tests.policy.situations import FACTS, a_500, a_break, at
from tests.threads_at_once import in_threads_at_once

CENT = Decimal("0.01")
THREADS = 8


class Sent:
    """A request as the service knows it: what it was billed so far, and what it can be billed at most."""

    def __init__(self, passage: Passage, most: Decimal, place: int) -> None:
        self.passage, self.most, self.place = passage, most, place
        self.billed = Decimal(0)
        self.may_be_billed = True


class BudgetMachine(RuleBasedStateMachine):
    """A day around two runs, one of which is around a third, each with a policy of its own."""

    @initialize(limits=st.lists(st.integers(0, 300), min_size=4, max_size=4))
    def begin(self, limits: list[int]) -> None:
        day, left, right, inner = (CENT * limit for limit in limits)
        outermost = Budget(day)
        first, second = Budget(left, within=outermost), Budget(right, within=outermost)
        self.budgets = [outermost, first, second, Budget(inner, within=second)]
        self.around = [(0,), (1, 0), (2, 0), (3, 2, 0)]
        retry = Retry(max_retries=3, random=lambda: 0.0, budget=None, may_bill_twice=True)
        self.ledger = Ledger()
        self.policies = [
            Policy(retry=retry, budget=budget, ledger=self.ledger, circuit_breaker=None) for budget in self.budgets
        ]
        self.server = [Decimal(0) for _ in self.budgets]
        self.under_way: list[Sent] = []
        self.left_open: list[tuple[Unsettled, Sent]] = []

    def _bill(self, sent: Sent, cost: Decimal) -> None:
        for place in self.around[sent.place]:
            self.server[place] += cost
        sent.billed += cost

    def _pick(self, data: st.DataObject) -> Sent:
        return self.under_way.pop(data.draw(st.integers(0, len(self.under_way) - 1)))

    def _send(self, passage: Passage, most: Decimal, place: int) -> None:
        fits = all(self.budgets[around].left >= most for around in self.around[place])
        if fits:
            assert passage.next(at(0)) == Go()
            self.under_way.append(Sent(passage, most, place))
        else:
            # A retry raises what it was to put right.
            with pytest.raises(OpenRouterError if passage.attempts else BudgetExceededError):
                passage.next(at(0))

    def _find_left_open(self, sent: Sent) -> None:
        known = {left for left, _ in self.left_open}
        (new,) = [left for left in self.ledger.unsettled if left not in known]
        assert new.reserved == sent.most
        self.left_open.append((new, sent))

    @rule(place=st.integers(0, 3), cents=st.integers(0, 100))
    def send(self, place: int, cents: int) -> None:
        self._send(quoted(self.policies[place], a_quote(cents * CENT), facts=FACTS), cents * CENT, place)

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), share=st.integers(0, 4))
    def work(self, data: st.DataObject, share: int) -> None:
        """Let the service bill a part before anybody here hears of it."""
        sent = data.draw(st.sampled_from(self.under_way))
        self._bill(sent, (sent.most - sent.billed) * share / 4)

    @precondition(lambda self: self.under_way)
    @rule(data=st.data())
    def succeed(self, data: st.DataObject) -> None:
        sent = self._pick(data)
        sent.passage.succeeded(a_bill(sent.billed), at(0))

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), knows=st.booleans())
    def abandon(self, data: st.DataObject, *, knows: bool) -> None:
        sent = self._pick(data)
        sent.passage.abandoned(a_bill(sent.billed) if knows else unbilled(), at(0))
        if not knows:
            self._find_left_open(sent)

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), again=st.booleans())
    def lose(self, data: st.DataObject, *, again: bool) -> None:
        """Break the connection, when the service may have billed something."""
        sent = self._pick(data)
        gives_up = False
        try:
            sent.passage.failed(a_break(), at(0), unbilled())
        except OpenRouterError:
            gives_up = True
        self._find_left_open(sent)
        if not gives_up and again:
            self._send(sent.passage, sent.most, sent.place)

    @precondition(lambda self: any(not sent.billed for sent in self.under_way))
    @rule(data=st.data())
    def refuse(self, data: st.DataObject) -> None:
        """Let the service fail with a status, which it bills nothing for."""
        sent = data.draw(st.sampled_from([sent for sent in self.under_way if not sent.billed]))
        self.under_way.remove(sent)
        try:
            sent.passage.failed(a_500(), at(0))
        except OpenRouterError:
            return
        self._send(sent.passage, sent.most, sent.place)

    @precondition(lambda self: self.left_open)
    @rule(data=st.data(), share=st.integers(0, 2))
    def settle(self, data: st.DataObject, share: int) -> None:
        """Learn what a request cost whose bill never came, part of which is billed late."""
        left, sent = data.draw(st.sampled_from(self.left_open))
        self.left_open.remove((left, sent))
        self._bill(sent, (sent.most - sent.billed) * share / 2)
        assert self.ledger.settle(left, sent.billed)

    @invariant()
    def settled_is_at_most_what_the_service_has_and_that_at_most_what_is_accounted_for(self) -> None:
        for budget, server in zip(self.budgets, self.server, strict=True):
            assert budget.spent <= server <= budget.spent + budget.reserved <= budget.limit
            assert budget.left == budget.limit - budget.spent - budget.reserved

    def teardown(self) -> None:
        """In the end everything is known, and nothing is set aside."""
        for sent in self.under_way:
            sent.passage.abandoned(a_bill(sent.billed), at(0))
        for left, sent in self.left_open:
            self.ledger.settle(left, sent.billed)
        assert [budget.spent for budget in self.budgets] == self.server
        assert not any(budget.reserved for budget in self.budgets)
        assert self.ledger.totals().cost == self.server[0]


TestBudgets = BudgetMachine.TestCase


def test_threads_spend_no_more_than_there_is_and_all_of_it() -> None:
    """Eight threads with policies of their own in two runs within one day, of which only so much is left."""
    day = Budget(3)
    runs = [Budget(2, within=day), Budget(2, within=day)]
    policies = [Policy(budget=runs[number % 2]) for number in range(THREADS)]

    def work(number: int) -> int:
        policy, sent = policies[number], 0
        for turn in range(200):
            passage = quoted(policy, a_quote(CENT))
            with suppress(BudgetExceededError):
                passage.next(at(0))
                assert day.reserved <= 3
                if turn % 3:
                    passage.abandoned(NO_BILL, at(0))
                    for left in policy.ledger.unsettled:
                        policy.ledger.settle(left, CENT)
                else:
                    passage.succeeded(a_bill(CENT), at(0))
                sent += 1
        return sent

    counts = in_threads_at_once(THREADS, work)
    assert sum(counts) == 300
    assert (day.spent, day.left, day.reserved) == (3, 0, 0)
    assert sum(run.spent for run in runs) == 3
    assert all(run.spent <= 2 for run in runs)
