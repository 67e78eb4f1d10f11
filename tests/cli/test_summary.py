"""The line about an answer."""

from __future__ import annotations

from decimal import Decimal

import pytest

from openrouter import Choice, Completion, Headers, HTTPInfo, Usage
from openrouter.cli.summary import dollars, duration, summary_line


def completion(**fields: object) -> Completion:
    known = {
        "model": "vendor/model",
        "provider": "Vendor",
        "choices": [Choice(finish_reason="stop")],
        "usage": Usage(prompt_tokens=12, completion_tokens=345, cost=Decimal("0.005211")),
    }
    made = Completion(**{**known, **fields})  # type: ignore[arg-type] # each field has its own type
    made.latency = 5.321
    made.http = HTTPInfo(200)
    return made


def test_everything_is_known() -> None:
    assert summary_line(completion(), 0.84) == (
        "vendor/model · Vendor · 12 tokens in, 345 out · $0.005211 · first token 840 ms · total 5.32 s"
    )


def test_a_whole_reply_has_no_first_token() -> None:
    assert "first token" not in summary_line(completion(), None)


def test_nothing_is_known() -> None:
    assert summary_line(Completion(), None) == "unknown model · unknown provider · tokens and cost unknown"


def test_an_unknown_cost_is_not_taken_for_nothing() -> None:
    assert " · 1 tokens in, 2 out · cost unknown · " in summary_line(
        completion(usage=Usage(prompt_tokens=1, completion_tokens=2)), None
    )


def test_an_answer_that_was_cut_short_says_so() -> None:
    assert summary_line(completion(choices=[Choice(finish_reason="length")]), None).endswith(" · stopped by length")


def test_a_simulated_reply_says_so() -> None:
    simulated = completion()
    simulated.http = HTTPInfo(200, Headers([(b"x-openrouter-simulated", b"true")]))
    assert summary_line(simulated, None).endswith(" · total 5.32 s · simulated")


def test_it_is_one_line_whatever_the_names_hold() -> None:
    assert summary_line(completion(model="a\nb", provider="c\r\n d"), None).startswith("a b · c d · ")


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("0", "$0"),
        ("0.000018", "$0.000018"),
        ("2.8E-8", "$0.000000028"),
        ("0.00034650000000000004", "$0.0003465"),
        ("0.0123456", "$0.01235"),
        ("1.50", "$1.5"),
        ("1200", "$1200"),
    ],
)
def test_money_has_four_digits_and_no_exponent(amount: str, written: str) -> None:
    assert dollars(Decimal(amount)) == written


@pytest.mark.parametrize(
    ("seconds", "written"), [(0.0004, "0 ms"), (0.0124, "12 ms"), (0.84, "840 ms"), (1, "1.00 s"), (61.239, "61.24 s")]
)
def test_times_have_the_digits_that_a_reader_can_use(seconds: float, written: str) -> None:
    assert duration(seconds) == written
