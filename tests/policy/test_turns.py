"""Endings that come while their own thread holds the lock, as the garbage collector brings them."""

from __future__ import annotations

from typing import Any, cast

from openrouter.core.wire import Moment
from openrouter.policy import Facts, Go, Ledger, Policy, RateLimit
from openrouter.policy.facts import NO_BILL
from openrouter.policy.ledger import Ending
from openrouter.policy.turns import Turns

NOW = Moment(0.0, 0.0)


def test_work_is_done_at_once_where_nobody_holds_the_lock() -> None:
    done: list[int] = []
    Turns().leave(lambda: done.append(1))
    assert done == [1]


def test_work_that_cannot_wait_is_done_before_what_comes_next() -> None:
    done: list[int] = []
    held = Turns()
    with held.lock:
        held.leave(lambda: done.append(1))
        held.leave(lambda: done.append(2))
        assert done == []
    held.catch_up()
    assert done == [1, 2]


def test_a_passage_that_is_abandoned_in_the_middle_of_the_policy_gives_its_place_back() -> None:
    policy = Policy(rate_limit=RateLimit(requests_per_minute=1))
    assert policy.begin(Facts(model="m"), NOW).next(NOW) == Go()
    first, second = policy.begin(Facts(model="m"), NOW), policy.begin(Facts(model="m"), NOW)
    first.next(NOW)
    second.next(NOW)
    with policy.ledger._books.get().turns.lock, policy._states.get().lock:  # noqa: SLF001 - the moment at which the collector runs
        first.abandoned(NO_BILL, NOW)
        assert not first.ended
    later = Moment(60.0, 60.0)
    assert second.next(later) == Go()
    assert first.ended
    second.abandoned(NO_BILL, later)
    assert policy.ledger.totals().abandoned == 1


def test_who_waits_for_the_lock_sees_what_was_left_meanwhile() -> None:
    """As a thread does that books a request while another reads the ledger, and then reads the ledger itself."""
    ledger = Ledger()
    turns = ledger._books.get().turns  # noqa: SLF001 - the moment at which another thread has the lock

    class LeftMeanwhile:
        """The lock while another thread has it: what is booked before it is free is left."""

        def locked(self) -> bool:
            return True

        def __enter__(self) -> None:
            return None

        def __exit__(self, *_: object) -> None:
            return None

    turns.lock = cast("Any", LeftMeanwhile())
    ledger.book(Ending.SUCCESS, Facts(model="m"), attempts=1)
    assert ledger.totals().successes == 1
    ledger.book(Ending.SUCCESS, Facts(model="m"), attempts=1)
    assert ledger.by_model["m"].successes == 2
