"""Amounts are exact whatever context of decimals a program has set for itself."""

from __future__ import annotations

import decimal
from collections.abc import Generator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from openrouter import Budget, BudgetExceededError, Chat, InvalidArgumentError, Policy, SyncClient
from openrouter.core.structuring import structurer
from openrouter.policy import Facts, Ledger
from openrouter.policy.facts import Bill
from openrouter.policy.rows import Ending
from openrouter.policy.unsettled import Unsettled
from openrouter.registry.catalogue import Catalogue
from openrouter.testing import FakeOpenRouter
from openrouter.types.chat import Usage
from openrouter.types.cost import Cost, Quote
from openrouter.types.credits import Credits
from openrouter.types.models import Model
from openrouter.types.usage_sum import sum_usage
from tests.policy.money import at, paid, quoted, spending

PRICES = {"prompt": "0.00000123456", "completion": "0.00098765432123", "request": "0.0123456789"}
MODEL: dict[str, Any] = {"id": "a/b", "pricing": PRICES}
AMOUNT = Decimal("0.0123456789")


@contextmanager
def narrow() -> Generator[None]:
    """Round to three digits, and raise where that changes anything."""
    traps = [decimal.Inexact, decimal.Rounded, decimal.FloatOperation, decimal.Clamped, decimal.Subnormal]
    with decimal.localcontext(decimal.Context(prec=3, traps=traps)):
        yield


def test_a_request_with_a_budget_and_its_estimate() -> None:
    budget = Budget("0.0456789")
    fake = FakeOpenRouter(models=[MODEL])
    with fake.serve() as server:
        settings: dict[str, Any] = {"api_key": "k" * 20, "base_url": server.url, "model": "a/b", "max_tokens": 10}
        # The server has its thread, and with it a context of its own.
        with narrow(), SyncClient(policy=Policy(budget=budget), trust_env=False, **settings) as client:
            usage = client.complete("One two three").usage
            estimate = client.estimate(Chat.complete("One two three", max_tokens=77))
            worked_out = client.cost(Usage(prompt_tokens=1234, completion_tokens=987), model="a/b")
    assert usage is not None
    assert budget.spent == usage.cost == fake.spent
    assert budget.left == budget.limit - fake.spent
    assert estimate.quote is not None
    assert str(estimate.quote.most()) == str(estimate.highest) == "0.08849135731471"
    assert worked_out is not None
    assert str(worked_out.amount) == "0.98868394099401"


def test_what_the_fake_books_in_the_thread_of_the_caller() -> None:
    fake = FakeOpenRouter(models=[MODEL])
    with narrow(), fake.sync_client(model="a/b") as client:
        usages = [client.complete("One two three").usage for _ in range(2)]
    assert [str(usage.cost) for usage in usages if usage] == ["0.02123827147107"] * 2
    assert str(fake.spent) == "0.04247654294214"


def test_embeddings_of_the_fake() -> None:
    fake = FakeOpenRouter(models=[MODEL])
    body = {"model": "a/b", "input": "One two three"}
    with narrow(), fake.http() as http:
        http.post("/embeddings", json=body, headers={"Authorization": "Bearer k"})
    assert str(fake.spent) == "0.01234938258"


def test_a_search_among_models() -> None:
    pricing = {"prompt": "0.00000123456", "completion": "0", "discount": "0.123"}
    catalogue = Catalogue([structurer(Model)({"id": "a/b", "pricing": pricing})])
    with narrow():
        assert [len(catalogue.find(max_price=most)) for most in ("1.08270912", "1.08270911")] == [1, 0]
        with pytest.raises(InvalidArgumentError, match=r"0\.0000123456 per token would be 12\.3456"):
            catalogue.find(max_price="0.0000123456")


def test_what_is_left_of_the_credits() -> None:
    with narrow():
        assert str(Credits(Decimal("10.00000001"), Decimal("0.00000002")).remaining) == "9.99999999"


def test_a_quote() -> None:
    with narrow():
        assert str(Quote(AMOUNT, Decimal("0.00012345"), 7).most()) == "0.0132098289"


def test_a_bill_that_was_worked_out_besides_what_a_provider_charges() -> None:
    ledger = Ledger()
    cost = Cost(amount=Decimal("0.1123456789"), estimated=True, upstream=AMOUNT)
    with narrow():
        ledger.book(Ending.SUCCESS, Facts(model="a/b"), attempts=1, bills=[Bill(Usage(), cost=cost)])
    totals = ledger.totals()
    assert (str(totals.estimated_cost), str(totals.upstream_cost)) == ("0.1000000000", "0.0123456789")


def test_a_sum_of_usages() -> None:
    with narrow():
        total = sum_usage([Usage(prompt_tokens=12345, cost=AMOUNT), Usage(prompt_tokens=12345, cost=Decimal(1))])
    assert (total.prompt_tokens, str(total.cost)) == (24690, "1.0123456789")


def test_a_table() -> None:
    ledger = Ledger()
    with ledger.scope("x") as spent:
        facts = Facts(model="a/b", scopes=ledger.current_scopes())
    for amount in (Decimal("1.00000001"), Decimal("1.00000002")):
        ledger.book(Ending.SUCCESS, facts, attempts=1, bills=[Bill(Usage(cost=amount), f"P{amount}")])
        ledger.leave_unsettled(Unsettled(reserved=amount), facts)
    with narrow():
        lines = str(spent).splitlines()
    assert [line.split()[1] for line in lines[2:4]] == ["P1.00000002", "P1.00000001"]
    assert lines[-1] == "2 attempts without a bill, $2.00000003 reserved."


def test_a_refusal_names_a_debt_with_all_its_digits() -> None:
    policy = spending(Budget("0.01"))
    paid(policy, Quote(Decimal("0.01"), Decimal(0), None)).succeeded(Bill(Usage(cost=AMOUNT)), at(1))
    with narrow(), pytest.raises(BudgetExceededError, match=r"-\$0\.0023456789 is left"):
        quoted(policy, Quote(Decimal("0.01"), Decimal(0), None)).next(at(1))
