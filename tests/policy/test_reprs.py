"""What a policy is made of shows itself in a line: what was chosen, and what came of it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from openrouter.policy import CircuitBreaker, Facts, Ledger, Policy, RateLimit, Retry
from openrouter.policy.facts import Bill
from openrouter.types.chat import Usage
from tests.policy.situations import at, sent


@pytest.mark.parametrize(
    ("thing", "shown"),
    [
        (Policy(), "Policy()"),
        (Retry(), "Retry()"),
        (Retry(max_retries=4, random=lambda: 0.0), "Retry(max_retries=4)"),
        (CircuitBreaker(failures=3, pause=10), "CircuitBreaker(failures=3, pause=10)"),
        (
            RateLimit(requests_per_minute=600, models={"a/b": RateLimit(min_interval=2)}),
            "RateLimit(requests_per_minute=600, models={'a/b': RateLimit(min_interval=2)})",
        ),
        (
            Policy(retry=Retry(budget=None), rate_limit=None, circuit_breaker=CircuitBreaker(pause=1)),
            "Policy(retry=Retry(budget=None), rate_limit=None, circuit_breaker=CircuitBreaker(pause=1))",
        ),
    ],
    ids=str,
)
def test_only_what_was_chosen_is_shown(thing: object, shown: str) -> None:
    assert repr(thing) == shown


def test_a_ledger_shows_its_sums() -> None:
    ledger = Ledger()
    assert repr(ledger) == "Ledger(0 requests (0 succeeded, 0 failed, 0 abandoned), 0 tokens, $0)"
    passage = sent(Policy(ledger=ledger), Facts(key="sk-or-fingerprint"))
    passage.succeeded(Bill(Usage(total_tokens=12, cost=Decimal("0.001"))), at(1))
    assert repr(ledger) == "Ledger(1 request (1 succeeded, 0 failed, 0 abandoned), 12 tokens, $0.001)"


def test_a_ledger_shows_itself_also_where_its_lock_is_held() -> None:
    ledger = Ledger()
    with ledger._books.get().turns.lock:  # noqa: SLF001 - a debugger may stop there
        assert "0 requests" in repr(ledger)
