"""The benchmarks still run and find the right answers. How long anything takes is not looked at."""

from __future__ import annotations

from asyncio import Runner
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest

from tests.benchmarks.__main__ import HEADS, PACKAGES, kept, machine
from tests.benchmarks.growth import every_curve
from tests.benchmarks.layers import ROWS, profile
from tests.benchmarks.measuring import Row, WrongAnswerError, measure
from tests.benchmarks.picture import COLOURS, draw
from tests.benchmarks.rows import every_row
from tests.benchmarks.serving import service

pytestmark = pytest.mark.thorough


def few(count: int) -> int:
    return min(count, 20)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with service() as started:
        yield started


@pytest.fixture(scope="module")
def rows(url: str) -> Iterator[list[Row]]:
    with Runner() as runner, every_row(url, runner, few) as made:
        yield made


def test_every_row_gives_positive_numbers_for_right_answers(rows: list[Row]) -> None:
    """A wrong answer on either side raises."""
    assert len({row.name for row in rows}) == len(rows)
    for row in rows:
        row.go_round()
        assert min(row.seconds[0]) > 0, row.name
        assert len(row.line()) == len(HEADS)
    assert len(kept(rows).get_benchmarks()) == 2 * len(rows)


def test_every_curve_gives_positive_numbers(url: str) -> None:
    with Runner() as runner:
        for curve in every_curve(url, runner, few, tries=1):
            assert min(curve.figures.values()) > 0, curve.what
            assert "20: " in curve.line()[1]


def test_the_picture_shows_where_the_time_goes(rows: list[Row]) -> None:
    shown = [row for row in rows if ROWS.fullmatch(row.name)]
    assert len(shown) == 6
    bar = profile(shown[0], samples=5)
    assert {*bar.samples} <= {*COLOURS}
    assert sum(bar.samples.values()) >= 5
    picture = draw([bar])
    ET.fromstring(picture)  # noqa: S314 - nobody else has written it
    assert all(layer in picture for layer in bar.samples)


def test_work_that_was_not_done_is_not_measured() -> None:
    row = Row("sum", 1, 3, lambda: 3, lambda: 4)
    with pytest.raises(WrongAnswerError, match="4 instead of 3"):
        measure([row], rounds=1)


def test_what_the_figures_depend_on_is_told() -> None:
    assert [name for name in PACKAGES if name not in machine()] == []
