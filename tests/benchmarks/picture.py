"""Bars of layers as an SVG, readable on light and dark pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from attrs import frozen

from tests.benchmarks.measuring import shown_seconds

KERNEL, LOOP, HTTP, TRANSPORTS = "kernel: sockets", "event loop", "h11: heads", "our transports"
DRIVERS, POLICY = "preparing, drivers", "policy, ledger"
JSON, READING, CALLER, ELSEWHERE = "JSON", "reading, folding", "the caller's loop", "elsewhere"
COLOURS = {
    KERNEL: "#9aa1ab",
    LOOP: "#6cb8ea",
    HTTP: "#3f8fd0",
    TRANSPORTS: "#2fae87",
    DRIVERS: "#e8a838",
    POLICY: "#e0703a",
    JSON: "#d58bb4",
    READING: "#b497dd",
    CALLER: "#d3cc5a",
    ELSEWHERE: "#c9b8a8",
}
"""All light enough for dark figures on them."""
WIDTH, LEFT, RIGHT, TOP, PITCH, HEIGHT = 900, 232, 740, 64, 42, 26
NARROWEST_LABEL = 26
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.card { fill: #ffffff; stroke: #d1d9e0 } .quiet { fill: #59636e } .floor { stroke: #59636e; stroke-dasharray: 4 3 }
.inside { fill: #15181c; font-size: 11px } .inside, .middle { text-anchor: middle } .end { text-anchor: end }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .card { fill: #161b22; stroke: #3d444d } .quiet { fill: #9198a1 } .floor { stroke: #9198a1 }
}
"""


@frozen
class Bar:
    """What one request or chunk costs, and where that goes."""

    name: str
    seconds: float
    ratio: float
    """To httpx by hand: how long the bar is."""
    samples: dict[str, int]


def draw(bars: Sequence[Bar]) -> str:
    """Give the SVG."""
    unit = (RIGHT - LEFT) / max(1.0, *[bar.ratio for bar in bars])
    floor, bottom = LEFT + unit, TOP + PITCH * len(bars)
    height = bottom + 76
    title = "CPU time by layer; the length of a bar is our time beside that of httpx by hand"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
            f"<title>{escape(title)}</title>",
            f"<style>{STYLE}</style>",
            f'<rect class="card" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="8"/>',
            _text(20, 28, title),
            _text(RIGHT + 20, TOP - 14, "ours, and the ratio", "quiet"),
            *[line for number, bar in enumerate(bars) for line in _bar(bar, TOP + PITCH * number, unit)],
            f'<line class="floor" x1="{floor:.1f}" x2="{floor:.1f}" y1="{TOP - 10}" y2="{bottom - 8}"/>',
            _text(floor, TOP - 14, "httpx by hand", "quiet middle"),
            *_legend([layer for layer in COLOURS if any(bar.samples.get(layer) for bar in bars)], bottom + 16),
            "</svg>\n",
        ]
    )


def _text(x: float, y: float, words: str, kind: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{escape(words)}</text>'


def _bar(bar: Bar, y: float, unit: float) -> Iterator[str]:
    yield _text(LEFT - 12, y + 18, bar.name, "end")
    x, total = float(LEFT), sum(bar.samples.values())
    for layer, colour in COLOURS.items():
        share = bar.samples.get(layer, 0) / total
        width = share * bar.ratio * unit
        told = f"{layer}: {shown_seconds(share * bar.seconds)}, {share:.0%}"
        shape = f'x="{x:.1f}" y="{y}" width="{width:.1f}" height="{HEIGHT}" fill="{colour}"'
        yield f"<rect {shape}><title>{told}</title></rect>"
        if width > NARROWEST_LABEL:
            yield _text(x + width / 2, y + 17, f"{share:.0%}", "inside")
        x += width
    yield _text(RIGHT + 20, y + 18, f"{shown_seconds(bar.seconds)}, {bar.ratio:.2f}")


def _legend(layers: Sequence[str], y: float) -> Iterator[str]:
    columns = 5
    for number, layer in enumerate(layers):
        x, at = 20 + number % columns * 174, y + number // columns * 26
        yield f'<rect x="{x}" y="{at}" width="14" height="14" rx="3" fill="{COLOURS[layer]}"/>'
        yield _text(x + 20, at + 12, layer)
