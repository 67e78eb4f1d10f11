"""A process that was forked off starts with a policy of its own, and waits for nobody who did not come along."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from openrouter.core.errors import CircuitOpenError, ServerError
from openrouter.policy import CircuitBreaker, Facts, Go, Policy, RateLimit, Retry
from openrouter.policy.facts import NO_BILL, Bill
from openrouter.policy.per_process import PerProcess
from openrouter.types.chat import Usage
from tests.policy.situations import FACTS, a_429, a_500, a_passage, at, limited, retrying, send, sent, wait_of

Fork = Callable[[], None]


@pytest.fixture
def fork(monkeypatch: pytest.MonkeyPatch) -> Fork:
    """Give what makes this process look like a child that was forked off, and then like a child of that."""
    real = os.getpid()
    children = iter(range(1, 10))

    def pretend() -> None:
        child = real + next(children)
        monkeypatch.setattr(os, "getpid", lambda: child)

    return pretend


def test_each_process_makes_its_own_once_and_leaves_the_parents(fork: Fork, monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[object] = []
    kept = PerProcess(object, left.append)
    assert (kept.all(), repr(kept)) == ([], "unused")
    parents = kept.get()
    assert kept.get() is parents
    fork()
    assert (kept.all(), left, repr(kept)) == ([parents], [], "unused")
    own = kept.get()
    assert own is not parents
    assert (kept.get(), kept.all(), left) == (own, [own], [parents])
    monkeypatch.undo()
    assert repr(PerProcess(list[int])) == "unused"


def test_who_finds_that_another_thread_was_faster_takes_what_that_made() -> None:
    given: list[object] = []

    def make() -> object:
        if not given:
            given.append(None)
            given[0] = kept.get()  # as another thread does it, while this one is still making its own
        return object()

    kept = PerProcess(make)
    assert kept.get() is given[0] is kept.get()


def test_a_child_stands_behind_nobody(fork: Fork) -> None:
    policy = limited(requests_per_minute=1)
    send(policy, 0, 1)
    waiting = a_passage(policy)
    assert wait_of(waiting, 0) == 60
    fork()
    send(policy, 0, 1)


def test_a_child_does_not_wait_for_a_probe_of_its_parent(fork: Fork) -> None:
    policy = retrying(breaker=CircuitBreaker(failures=1, pause=10), max_retries=0)
    with pytest.raises(ServerError):
        sent(policy).failed(a_500(), at(0))
    probe = sent(policy, now=10)
    with pytest.raises(CircuitOpenError):
        a_passage(policy, 10).next(at(10))
    fork()
    assert a_passage(policy, 10).next(at(10)) == Go()
    assert not probe.ended


def test_a_child_has_books_of_its_own(fork: Fork) -> None:
    policy = Policy()
    sent(policy).succeeded(Bill(Usage(total_tokens=7)), at(1))
    fork()
    assert policy.ledger.totals(at(5)).requests == 0
    assert policy.ledger.by_model == {}
    sent(policy, now=3).succeeded(Bill(Usage(total_tokens=1)), at(4))
    totals = policy.ledger.totals(at(5))
    assert (totals.requests, totals.total_tokens, totals.uptime) == (1, 1, 2)


def test_what_the_parent_began_is_over_in_the_child_and_booked_by_the_parent_alone(fork: Fork) -> None:
    policy = retrying()
    passages = [sent(policy) for _ in range(5)]
    fork()
    passages[0].succeeded(Bill(Usage(total_tokens=7)), at(1))
    passages[1].abandoned(NO_BILL, at(1))
    passages[2].delivered(at(1))
    error = a_500()
    with pytest.raises(ServerError) as caught:
        passages[3].failed(error, at(1))
    assert caught.value is error
    with pytest.raises(RuntimeError, match="ended"):
        passages[4].next(at(1))
    assert all(passage.ended for passage in passages)
    assert policy.ledger.totals(at(1)).attempts == 0


def test_a_budget_for_retries_and_closures_are_fresh(fork: Fork) -> None:
    policy = Policy(retry=Retry(random=lambda: 0.0, budget=5), rate_limit=RateLimit())
    passage = sent(policy, Facts(key="k", model="a/b"))
    passage.failed(a_429(30), at(0))
    assert wait_of(a_passage(policy), 0) == 30
    with pytest.raises(ServerError):
        sent(policy, Facts(key="k", model="c/d")).failed(a_500(), at(0))
    fork()
    assert wait_of(a_passage(policy), 0) == 0
    another = sent(policy, FACTS)
    another.failed(a_500(), at(0))
    assert not another.ended
