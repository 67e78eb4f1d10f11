"""One policy in many threads at once."""

from __future__ import annotations

import sys
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING

import pytest

from openrouter.core.wire import Moment
from openrouter.policy import CircuitBreaker, Facts, Go, Policy, RateLimit, Retry
from openrouter.policy.facts import NO_BILL, Bill
from openrouter.types.chat import Usage
from tests.policy.situations import a_500
from tests.threads_at_once import in_threads_at_once

if TYPE_CHECKING:
    from collections.abc import Iterator

THREADS = 8
LIMIT = 100


@pytest.fixture
def many_switches() -> Iterator[None]:
    """Let threads take turns a hundred times as often as usual."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(usual / 100)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("many_switches")
@pytest.mark.parametrize(("limit", "each"), [(None, 1000), (LIMIT, 40)])
def test_many_threads_lose_nothing_and_count_nothing_twice(limit: int | None, each: int) -> None:
    policy = Policy(
        retry=Retry(random=lambda: 0.0, budget=None),
        rate_limit=RateLimit(requests_per_minute=limit),
        circuit_breaker=CircuitBreaker(failures=10**9),
    )
    # Each answer is another tenth of a second: threads that get theirs late tell old times.
    ticks = count()

    def now() -> Moment:
        return Moment(next(ticks) / 10, 0.0)

    def work(thread: int) -> None:
        for number in range(each):
            facts = Facts(key=f"key {thread}", model=f"model {number % 3}", user=f"user {number % 5}")
            passage = policy.begin(facts, now())
            while passage.next(now()) != Go():
                pass
            if number % 10 == 0:
                passage.failed(a_500(), now())
                while passage.next(now()) != Go():
                    pass
            if number % 20 == 1:
                passage.abandoned(NO_BILL, now())
            passage.succeeded(Bill(Usage(prompt_tokens=2, completion_tokens=1, cost=Decimal("0.0001"))), now())

    in_threads_at_once(THREADS, work)
    end = now()
    totals = policy.ledger.totals(end)
    requests, abandoned = THREADS * each, THREADS * each // 20
    assert totals.requests == requests
    assert totals.retries == requests // 10
    assert totals.abandoned == abandoned
    assert totals.successes == requests - abandoned
    assert totals.failures == totals.refused == 0
    assert totals.cost == Decimal("0.0001") * totals.successes
    assert totals.total_tokens == 3 * totals.successes
    for table, rows in ((policy.ledger.by_key, THREADS), (policy.ledger.by_model, 3), (policy.ledger.by_user, 5)):
        assert len(table) == rows
        assert sum(row.requests for row in table.values()) == requests
        assert sum(row.cost for row in table.values()) == totals.cost
    # The last of them could not leave before all that went before were allowed to.
    assert limit is None or end.monotonic >= (totals.attempts - 1) // limit * 60
