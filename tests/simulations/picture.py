"""Requests and refusals of ten minutes as an SVG, readable on light and dark pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from tests.simulations.minutes import Course
from tests.simulations.rates import Row

PASSED, REFUSED = "#3f8fd0", "#e0703a"
WIDTH, LEFT, RIGHT, TOP, PITCH, TALL = 900, 160, 880, 92, 128, 88
CEILING = 100
"""Requests of a minute that fill the height of a panel; of more, the number is told."""
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.card { fill: #ffffff; stroke: #d1d9e0 } .quiet { fill: #59636e; font-size: 11px }
.limit { stroke: #59636e; stroke-dasharray: 4 3 } .end { text-anchor: end } .middle { text-anchor: middle }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .card { fill: #161b22; stroke: #3d444d } .quiet { fill: #9198a1 } .limit { stroke: #9198a1 }
}
"""


def draw(rows: Sequence[Row]) -> str:
    """Give the SVG: a panel for each row, with two bars for each minute."""
    height = TOP + PITCH * len(rows) + 8
    title = f"64 impatient workers, {rows[0].course.limit} requests a minute"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
            f"<title>{escape(title)}</title>",
            f"<style>{STYLE}</style>",
            f'<rect class="card" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="8"/>',
            _text(20, 28, title),
            *_legend(52),
            *[line for number, row in enumerate(rows) for line in _panel(row, TOP + PITCH * number)],
            "</svg>\n",
        ]
    )


def _text(x: float, y: float, words: str, kind: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{escape(words)}</text>'


def _legend(y: float) -> Iterator[str]:
    for x, colour, words in ((20, PASSED, "answered in a minute"), (190, REFUSED, "refused with a 429")):
        yield f'<rect x="{x}" y="{y - 11}" width="14" height="14" rx="3" fill="{colour}"/>'
        yield _text(x + 20, y, words)


def _panel(row: Row, y: float) -> Iterator[str]:
    floor, course = y + TALL, row.course
    yield _text(LEFT - 16, y + 34, row.client, "end")
    yield _text(LEFT - 16, y + 52, f"{len(course.passed)} answered", "quiet end")
    yield _text(LEFT - 16, y + 68, f"{len(course.refused)} refused", "quiet end")
    limit = floor - _tall(course.limit)
    yield f'<line class="limit" x1="{LEFT}" x2="{RIGHT}" y1="{limit:.1f}" y2="{limit:.1f}"/>'
    yield from _bars(course, floor)


def _bars(course: Course, floor: float) -> Iterator[str]:
    step = (RIGHT - LEFT) / course.minutes
    minutes = zip(course.passed_by_minute(), course.refused_by_minute(), strict=True)
    for minute, (passed, refused) in enumerate(minutes):
        x = LEFT + step * minute
        yield _bar(x + step * 0.12, step * 0.34, floor, passed, PASSED)
        yield _bar(x + step * 0.5, step * 0.34, floor, refused, REFUSED)
        yield _text(x + step / 2, floor + 16, f"{minute + 1}", "quiet middle")
        if refused:
            yield _text(x + step * 0.67, floor - _tall(refused) - 4, f"{refused}", "quiet middle")


def _bar(x: float, width: float, floor: float, count: int, colour: str) -> str:
    tall = _tall(count)
    return f'<rect x="{x:.1f}" y="{floor - tall:.1f}" width="{width:.1f}" height="{tall:.1f}" fill="{colour}"/>'


def _tall(count: int) -> float:
    return TALL * min(count, CEILING) / CEILING
