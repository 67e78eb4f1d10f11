"""Sixty-four impatient workers use up a limit of 20 requests a minute, and hardly ever run into it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from xml.etree import ElementTree as ET

import pytest

from tests.simulations.__main__ import drawn
from tests.simulations.accounts import MINUTE, Account, FixedWindows, SlidingWindow
from tests.simulations.minutes import TRIP, Course, Scene, simulate
from tests.simulations.rates import ACCOUNTS, BASELINE, LEARNED, LIMIT, TOLD, every_row, scenes, shared, table

pytestmark = pytest.mark.thorough

DOCS = Path(__file__).parents[2] / "docs"
FIRST_NEWS = 2 * TRIP[1]
"""Seconds after a refused request arrived in which others may yet arrive whose sender had not heard of it."""


def informed(course: Course) -> list[float]:
    """Give the refusals of what was sent after the first one was known."""
    return [moment for moment in course.refused if moment > course.refused[0] + FIRST_NEWS]


def most_in_a_minute(moments: list[float]) -> int:
    return max((sum(begin <= moment < begin + MINUTE for moment in moments) for begin in moments), default=0)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("account", ACCOUNTS.values(), ids=ACCOUNTS)
def test_the_learned_pace_uses_the_limit_and_is_refused_once_a_minute_at_most(
    account: Callable[[], Account], seed: int
) -> None:
    course = simulate(scenes(account)[LEARNED], seed)
    assert course.share >= 0.95
    assert most_in_a_minute(informed(course)) <= 1
    assert max(course.refused_by_minute()[1:]) <= 1
    # At the start nothing is known: who asks at that moment has to find out.
    assert course.refused_by_minute()[0] <= 64 - LIMIT
    assert course.failed == 0


@pytest.mark.parametrize("account", ACCOUNTS.values(), ids=ACCOUNTS)
def test_a_pace_that_is_known_from_the_start_is_refused_once_a_minute_at_most(account: Callable[[], Account]) -> None:
    course = simulate(scenes(account)[TOLD])
    assert course.share >= 0.95
    assert max(course.refused_by_minute()) <= 1
    assert course.failed == 0


@pytest.mark.parametrize("account", ACCOUNTS.values(), ids=ACCOUNTS)
def test_retries_alone_are_refused_all_the_time(account: Callable[[], Account]) -> None:
    course = simulate(scenes(account)[BASELINE])
    assert min(course.refused_by_minute()) > LIMIT
    assert course.failed > 100


@pytest.mark.parametrize("begun_within", [0.0, 5.0, 90.0])
@pytest.mark.parametrize("limit", [1, 5, 60])
@pytest.mark.parametrize("sliding", [True, False])
def test_other_limits_and_arrivals_make_no_difference(*, sliding: bool, limit: int, begun_within: float) -> None:
    for seed in range(3):
        begin = Random(seed).uniform(0, MINUTE)

        def account(begin: float = begin) -> Account:
            return SlidingWindow(limit) if sliding else FixedWindows(limit, begin)

        course = simulate(Scene(account=account, policies=shared, begun_within=begun_within), seed)
        assert course.share >= 0.95
        assert most_in_a_minute(informed(course)) <= 1
        assert course.failed == 0


@pytest.mark.parametrize(
    "account", [lambda: FixedWindows(LIMIT), lambda: SlidingWindow(LIMIT)], ids=["fixed", "sliding"]
)
def test_a_limit_that_is_raised_is_noticed(account: Callable[[], FixedWindows | SlidingWindow]) -> None:
    class Raised:
        limit = LIMIT

        def __init__(self) -> None:
            self._inner = account()

        def arrive(self, now: float) -> float | None:
            if now > 2 * MINUTE:
                self.limit = self._inner.limit = 3 * LIMIT
            return self._inner.arrive(now)

    course = simulate(Scene(account=Raised, policies=shared, minutes=15))
    assert course.passed_by_minute()[-2:] == [3 * LIMIT] * 2


@pytest.mark.parametrize(
    "account", [lambda: FixedWindows(LIMIT, 13.0), lambda: SlidingWindow(LIMIT)], ids=["fixed", "sliding"]
)
def test_a_limit_that_is_lowered_is_kept_to(account: Callable[[], FixedWindows | SlidingWindow]) -> None:
    class Lowered:
        limit = LIMIT

        def __init__(self) -> None:
            self._inner = account()

        def arrive(self, now: float) -> float | None:
            if now > 2 * MINUTE:
                self.limit = self._inner.limit = LIMIT // 2
            return self._inner.arrive(now)

    course = simulate(Scene(account=Lowered, policies=shared))
    assert course.passed_by_minute()[4:] == [LIMIT // 2] * 6
    assert max(course.refused_by_minute()[4:]) <= 1


@pytest.mark.parametrize(
    "account", [lambda: FixedWindows(LIMIT, 13.0), lambda: SlidingWindow(LIMIT)], ids=["fixed", "sliding"]
)
def test_what_a_process_before_us_sent_is_not_run_into(account: Callable[[], Account]) -> None:
    class Used:
        limit = LIMIT

        def __init__(self) -> None:
            self._inner = account()
            for number in range(LIMIT):
                self._inner.arrive(-40 + number * 1.5)

        def arrive(self, now: float) -> float | None:
            return self._inner.arrive(now)

    course = simulate(Scene(account=Used, policies=shared))
    assert course.share >= 0.95
    assert most_in_a_minute(informed(course)) <= 1


def test_the_same_seed_gives_the_same_course() -> None:
    scene = scenes(ACCOUNTS["the last 60 s"])[LEARNED]
    assert simulate(scene, 7) == simulate(scene, 7) != simulate(scene, 8)


def test_the_documentation_shows_the_table_and_the_plot_of_today() -> None:
    """`python -m tests.simulations --picture docs/rate-limits.svg` writes them anew."""
    rows = every_row()
    assert table(rows) in (DOCS / "rate-limits.md").read_text(encoding="utf-8")
    plot = (DOCS / "rate-limits.svg").read_text(encoding="utf-8")
    assert plot == drawn(rows)
    assert ET.fromstring(plot).tag.endswith("svg")  # noqa: S314 - we have just drawn it
