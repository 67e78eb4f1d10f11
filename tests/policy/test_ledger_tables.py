"""What a scope shows: a table to read, and plain values to keep."""

from __future__ import annotations

import json
from decimal import Decimal

from openrouter.policy import Facts, Ledger
from openrouter.policy.facts import Bill
from openrouter.policy.rows import Ending
from openrouter.policy.unsettled import Unsettled
from openrouter.types.cost import Cost
from tests.policy.spending import CENT, spend


def test_the_dict_is_plain_json() -> None:
    ledger = Ledger()
    with ledger.scope("x") as inside:
        spend(ledger, "a", "P", Decimal("1E-7"))
        spend(ledger, None, None, Decimal(1))
        ledger.leave_unsettled(Unsettled("gen-1", reserved=CENT), Facts(scopes=ledger.current_scopes()))
    plain = inside.to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert plain == {
        "name": "x",
        "totals": inside.totals.to_dict(),
        "by_model": {"a": inside.by_model["a"].to_dict()},
        "by_provider": {"P": inside.by_provider["P"].to_dict()},
        "unsettled": [inside.unsettled[0].to_dict()],
    }
    assert plain["totals"]["cost"] == "1.0000001"
    assert plain["by_model"]["a"]["cost"] == "0.0000001"


def test_it_prints_as_a_table_the_dearest_first() -> None:
    ledger = Ledger()
    with ledger.scope("import-42") as inside:
        spend(ledger, "openai/gpt-5-mini", "OpenAI", Decimal("0.00123"))
        for _ in range(1234):
            spend(ledger, "anthropic/claude-sonnet-4.5", "Google", Decimal("0.5"))
        spend(ledger, "anthropic/claude-sonnet-4.5", "Anthropic", Decimal("0.00123"))
        spend(ledger, None, None, Decimal(0))
    assert str(inside).splitlines() == [
        "import-42",
        "model                        provider   requests  tokens        USD",
        "anthropic/claude-sonnet-4.5  Google        1,234  18,510  617.00000",
        "anthropic/claude-sonnet-4.5  Anthropic         1      15    0.00123",
        "openai/gpt-5-mini            OpenAI            1      15    0.00123",
        "-                            -                 1      15    0.00000",
        "total                                      1,237  18,555  617.00246",
    ]
    assert repr(inside) == "LedgerScope('import-42')"


def test_the_table_of_nothing_is_a_table_too() -> None:
    assert str(Ledger().scope("nothing")).splitlines() == [
        "nothing",
        "model  provider  requests  tokens   USD",
        "total                   0       0  0.00",
    ]


def test_below_the_table_stands_what_is_not_simply_billed() -> None:
    ledger = Ledger()
    with ledger.scope("x") as inside:
        facts = Facts(scopes=ledger.current_scopes())
        worked_out = Cost(amount=Decimal("0.5"), estimated=True)
        own_key = Cost(amount=Decimal("3.25"), estimated=False, billed=Decimal("0.25"), upstream=Decimal(3))
        ledger.book(Ending.SUCCESS, facts, attempts=1, bills=[Bill(cost=worked_out), Bill(cost=own_key)])
        ledger.book(Ending.REFUSED, facts, attempts=0)
        ledger.leave_unsettled(Unsettled(), facts)
    assert str(inside).splitlines()[3:] == [
        "total                   1       0  0.75",
        "$0.50 of it is worked out from list prices, not billed.",
        "$3.00 besides is what providers charge for keys of your own.",
        "1 request refused, and not sent.",
        "1 attempt without a bill.",
    ]
    ledger.leave_unsettled(Unsettled("gen-1", reserved=CENT), facts)
    last = "2 attempts without a bill, $0.01 reserved, of which client.settle() can ask for 1."
    assert str(inside).splitlines()[-1] == last


def test_no_name_in_the_table_commands_a_terminal() -> None:
    ledger = Ledger()
    with ledger.scope("x\nmodel  provider") as inside:
        spend(ledger, "a/\x1b[2Jb", "P\r\x07\n")
    assert str(inside).splitlines() == [
        "x model provider",
        "model  provider  requests  tokens   USD",
        "a/b    P                1      15  0.01",
        "total                   1      15  0.01",
    ]
