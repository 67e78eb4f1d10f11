"""Estimates of tokens, beside what public tokenizers make of the same texts."""

from __future__ import annotations

from statistics import median

import pytest
from hypothesis import given, strategies as st

from openrouter.replies.text_tokens import text_tokens
from tests.replies.counted_texts import COUNTED, Counted


def off(counted: Counted) -> float:
    """By which part an estimate is off, from the mean of two newer tokenizers."""
    mean = (counted.o200k + counted.deepseek) / 2
    return abs(text_tokens(counted.text).expected - mean) / mean


def test_the_estimate_is_near_in_all_scripts() -> None:
    found = sorted(off(counted) for counted in COUNTED)
    assert median(found) <= 0.10
    assert found[len(found) * 9 // 10] <= 0.25
    assert found[-1] <= 0.40
    assert off(COUNTED[0]) <= 0.10
    assert [counted.kind for counted in sorted(COUNTED, key=off)[-2:]] == ["turkish", "finnish"]


@pytest.mark.parametrize("counted", COUNTED, ids=lambda counted: counted.kind)
def test_no_tokenizer_makes_more_of_it_than_the_most(counted: Counted) -> None:
    found = text_tokens(counted.text)
    assert found.most >= counted.most
    # It is a bound that one can work with, not one byte a token.
    assert found.most <= 2.2 * counted.most


def test_nothing_is_no_token() -> None:
    assert text_tokens("") == (0, 0)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("word", 1),
        ("two words", 2),
        ("camelCase", 2),
        ("HTTPServer", 2.35),  # three capitals in a row cost a little more
        ("1234567", 3),
        ("in 1999", 3.9),
        ("\n", 1),
        ("\n\n", 1.1),
        ("naïve", 1.9),
        ("你好", 1.4),
        ("🎉", 1.7),
    ],
)
def test_what_a_text_is_made_of_counts(text: str, tokens: float) -> None:
    assert text_tokens(text).expected == pytest.approx(tokens)


@given(st.text())
def test_any_text_has_tokens(text: str) -> None:
    found = text_tokens(text)
    assert 0 <= found.expected <= found.most
    assert bool(text) == (found.most > 0) or text.isspace()


@given(st.text(max_size=50), st.text(max_size=50))
def test_two_lines_have_about_as_many_tokens_as_both_have(first: str, second: str) -> None:
    together = text_tokens(f"{first}\n{second}").expected
    assert together == pytest.approx(text_tokens(first).expected + text_tokens(second).expected + 1, abs=3)


def test_half_a_surrogate_pair_is_text_too() -> None:
    assert text_tokens("\ud800").expected > 0
