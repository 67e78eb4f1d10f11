"""No 60 seconds ever hold more than the limit."""

from __future__ import annotations

import pickle
from itertools import accumulate

import pytest
from hypothesis import given, strategies as st

from openrouter.policy.windows import RequestWindow, TokenWindow

GAPS = st.one_of(st.floats(0, 3), st.floats(0, 90), st.just(0.0))


@given(limit=st.integers(1, 6), gaps=st.lists(GAPS, max_size=80))
def test_no_minute_holds_more_departures_than_the_limit(limit: int, gaps: list[float]) -> None:
    window, gone = RequestWindow(limit), list[float]()
    for now in accumulate(gaps):
        may_go = sum(then + 60 > now for then in gone) < limit
        assert (window.free_at(0) <= now) is may_go
        if may_go:
            window.depart(now)
            gone.append(now)
    assert all(late >= early + 60 for early, late in zip(gone, gone[limit:], strict=False))


@given(limit=st.integers(1, 6), gaps=st.lists(GAPS, max_size=40), position=st.integers(0, 10))
def test_the_hint_for_a_place_in_line_is_no_later_than_its_turn(limit: int, gaps: list[float], position: int) -> None:
    window, now = RequestWindow(limit), 0.0
    for gap in gaps:
        now = max(now + gap, window.free_at(0))
        window.depart(now)
    hint = window.free_at(position)
    for _ in range(position):
        now = max(now, window.free_at(0))
        window.depart(now)
    turn = max(now, window.free_at(0))
    assert hint <= turn
    assert max(now, hint) == turn or position >= limit


@given(
    limit=st.integers(1, 50),
    steps=st.lists(st.tuples(GAPS, st.integers(0, 60), st.integers(0, 60)), max_size=60),
)
def test_no_minute_holds_more_tokens_than_the_limit(limit: int, steps: list[tuple[float, int, int]]) -> None:
    window, now = TokenWindow(limit), 0.0
    gone: list[tuple[float, int]] = []
    for gap, estimate, real in steps:
        now += gap
        spent = sum(tokens for then, tokens in gone if then + 60 > now)
        surely_free = sum(tokens for then, tokens in gone if then + 60.1 > now)
        at = window.free_at(estimate, now, now + 1)
        if at <= now:
            assert spent == 0 or spent + estimate <= limit
            departed = window.depart(estimate, now)
            # The estimate was an upper one, or else the rest is known when the reply is there.
            window.correct(departed, real - estimate)
            gone.append((now, real))
        else:
            assert surely_free > 0
            assert surely_free + estimate > limit


def test_room_for_tokens_is_found_where_enough_become_a_minute_old() -> None:
    window = TokenWindow(100)
    for second in range(4):
        window.depart(25, float(second))
    assert window.free_at(20, 10.0, 1000.0) == 60.0
    assert window.free_at(50, 10.0, 1000.0) == 61.0
    assert window.free_at(100, 10.0, 1000.0) == 63.0
    assert window.free_at(5000, 10.0, 1000.0) == 63.0
    assert window.free_at(5000, 10.0, 60.5) == 61.0


def test_a_correction_after_a_minute_changes_nothing() -> None:
    window = TokenWindow(10)
    departed = window.depart(10, 0.0)
    assert window.free_at(10, 60.0, 61.0) <= 60.0
    window.correct(departed, 500)
    assert window.free_at(10, 60.0, 61.0) <= 60.0


def test_departures_of_the_same_moment_are_kept_as_one() -> None:
    window = TokenWindow(10**9)
    first = window.depart(1, 0.0)
    assert window.depart(1, 0.05) is first
    assert window.depart(1, 0.1) is not first


def test_what_is_kept_as_one_counts_until_the_last_of_it_is_a_minute_old() -> None:
    window = TokenWindow(2)
    window.depart(1, 0.0)
    window.depart(1, 0.0625)
    assert window.free_at(1, 60.0, 61.0) == 60.0625
    assert window.free_at(1, 60.0625, 61.0) <= 60.0625


def test_a_limit_that_is_never_reached_takes_no_memory_for_what_is_over() -> None:
    def size_after(departures: int) -> int:
        window = RequestWindow(10**6)
        for second in range(departures):
            window.depart(float(second))
        return len(pickle.dumps(window))

    assert size_after(5000) < 2 * size_after(60)


@pytest.mark.parametrize("position", [0, 3, 50])
def test_an_unused_window_is_free_for_everyone(position: int) -> None:
    assert RequestWindow(3).free_at(position) < 0
