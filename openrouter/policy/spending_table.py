"""The table that a scope prints."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from ..core.error_base import one_line
from ..types.cost import dollars
from .rows import exact_context
from .totals import NOTHING, counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .totals import Totals
    from .unsettled import Unsettled

_HEAD = ("model", "provider", "requests", "tokens", "USD")
_WORDS = 2
"""So many columns hold words, and are aligned to the left; numbers to the right."""


def spending_table(
    name: str, rows: Mapping[tuple[str | None, str | None], Totals], total: Totals, unsettled: Sequence[Unsettled]
) -> str:
    """Write down sums by model and provider, the dearest first, and their total."""
    sent = [line for line in rows.items() if line[1].requests or line[1].total_tokens or line[1].cost]
    by_name = sorted(sent, key=lambda row: (row[0][0] or "", row[0][1] or ""))
    dearest_first = sorted(by_name, key=lambda row: row[1].cost, reverse=True)
    # The service and its models choose their names, and a terminal would obey what may be in them.
    cells = [
        (one_line(model or "-"), one_line(provider or "-"), *_numbers(row)) for (model, provider), row in dearest_first
    ]
    cells.append(("total", "", *_numbers(total)))
    places = max(len(row[-1].partition(".")[2]) for row in cells)
    cells = [(*row[:-1], row[-1] + "0" * (places - len(row[-1].partition(".")[2]))) for row in cells]
    return "\n".join((one_line(name), *_aligned([_HEAD, *cells]), *_remarks(total, unsettled)))


def _numbers(totals: Totals) -> tuple[str, str, str]:
    return f"{totals.requests:,}", f"{totals.total_tokens:,}", dollars(totals.cost).removeprefix("$")


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterable[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = [
            cell.ljust(width) if number < _WORDS else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(padded)


def _remarks(total: Totals, unsettled: Sequence[Unsettled]) -> Iterable[str]:
    if total.estimated_cost:
        yield f"{dollars(total.estimated_cost)} of it is worked out from list prices, not billed."
    if total.upstream_cost:
        yield f"{dollars(total.upstream_cost)} besides is what providers charge for keys of your own."
    if total.refused:
        yield f"{counted(total.refused, 'request')} refused, and not sent."
    if unsettled:
        reserved = reduce(exact_context().add, (one.reserved or NOTHING for one in unsettled))
        held = f", {dollars(reserved)} reserved" if reserved else ""
        known = sum(one.generation_id is not None for one in unsettled)
        asks = f", of which client.settle() can ask for {known}" if known else ""
        yield f"{counted(len(unsettled), 'attempt')} without a bill{held}{asks}."
