"""Running sums: a row of a ledger's tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal
from enum import IntEnum
from typing import TYPE_CHECKING, Final, TypeVar

from .histogram import bucket_of, percentiles
from .totals import NOTHING, Totals

if TYPE_CHECKING:
    from ..types.chat import Usage
    from .facts import Bill

KeyT = TypeVar("KeyT")

MOST_ROWS: Final = 10_000
OTHER: Final = "(other)"

# No price has so many digits that a sum of them is rounded here, as it would be with 28.
PRECISION: Final = 200


def exact_context() -> Context:
    """Give what adds without rounding, whatever the precision around. It is for one thread at a time."""
    return Context(prec=PRECISION, traps=[])


def total_tokens(usage: Usage) -> int:
    """All tokens of a usage, also where the service gave only the parts."""
    return usage.total_tokens or usage.prompt_tokens + usage.completion_tokens


class Ending(IntEnum):
    """How a request ended."""

    SUCCESS = 0
    FAILURE = 1
    ABANDONED = 2
    REFUSED = 3


Paid = tuple[Decimal, Decimal, Decimal]
"""USD: what the account was charged, or is taken to have been charged; the part of it that was worked out and not
billed; what a provider charges besides, where the key there is the caller's own."""

FREE: Final[Paid] = (NOTHING, NOTHING, NOTHING)


def paid_by(bill: Bill, exact: Context) -> Paid:
    """Tell the kinds of money in a bill apart."""
    cost = bill.cost
    if cost is None:
        usage = bill.usage
        return FREE if usage is None or usage.cost is None else (usage.cost, NOTHING, NOTHING)
    upstream = cost.upstream
    if upstream is None:
        upstream = NOTHING
    if cost.billed is not None:
        return cost.billed, NOTHING, upstream
    worked_out = exact.subtract(cost.amount, upstream)
    return worked_out, worked_out, upstream


class Row:
    """Running sums. Who changes or reads them holds the lock of the books that they stand in."""

    __slots__ = (
        *("attempts", "cached", "completion", "cost", "endings", "estimated", "first_token", "latency", "prompt"),
        *("reasoning", "total", "upstream"),
    )

    def __init__(self) -> None:
        self.attempts = 0
        self.endings = [0, 0, 0, 0]
        self.prompt = self.completion = self.total = self.cached = self.reasoning = 0
        self.cost = self.estimated = self.upstream = NOTHING
        self.latency: dict[int, int] = {}
        self.first_token: dict[int, int] = {}

    def totals(self, uptime: float = 0.0) -> Totals:
        """Give the sums as they are now."""
        successes, failures, abandoned, refused = self.endings
        return Totals(
            requests=successes + failures + abandoned,
            attempts=self.attempts,
            successes=successes,
            failures=failures,
            abandoned=abandoned,
            refused=refused,
            prompt_tokens=self.prompt,
            completion_tokens=self.completion,
            total_tokens=self.total,
            cached_tokens=self.cached,
            reasoning_tokens=self.reasoning,
            cost=self.cost,
            estimated_cost=self.estimated,
            upstream_cost=self.upstream,
            latency=percentiles(self.latency),
            first_token=percentiles(self.first_token),
            uptime=uptime,
        )


def sum_of(rows: Iterable[Row]) -> Totals:
    """Add up rows."""
    total, exact = Row(), exact_context()
    for row in rows:
        total.attempts += row.attempts
        total.endings = [ours + theirs for ours, theirs in zip(total.endings, row.endings, strict=True)]
        total.prompt += row.prompt
        total.completion += row.completion
        total.total += row.total
        total.cached += row.cached
        total.reasoning += row.reasoning
        total.cost = exact.add(total.cost, row.cost)
        total.estimated = exact.add(total.estimated, row.estimated)
        total.upstream = exact.add(total.upstream, row.upstream)
        for ours, theirs in ((total.latency, row.latency), (total.first_token, row.first_token)):
            for bucket, count in theirs.items():
                ours[bucket] = ours.get(bucket, 0) + count
    return total.totals()


def spend(rows: Sequence[Row], usage: Usage | None, paid: Paid, exact: Context) -> None:
    """Write into rows what one attempt took."""
    cost, estimated, upstream = paid
    if usage is not None:
        prompt, completion, total = usage.prompt_tokens, usage.completion_tokens, total_tokens(usage)
        for row in rows:
            row.prompt += prompt
            row.completion += completion
            row.total += total
            row.cost = exact.add(row.cost, cost)
        cached, reasoning = usage.cached_tokens, usage.reasoning_tokens
        if cached or reasoning:
            for row in rows:
                row.cached += cached
                row.reasoning += reasoning
    elif cost:  # settled from a record that has no tokens
        for row in rows:
            row.cost = exact.add(row.cost, cost)
    if estimated is not NOTHING or upstream is not NOTHING:  # cheaper to ask than whether they are zero
        for row in rows:
            row.estimated = exact.add(row.estimated, estimated)
            row.upstream = exact.add(row.upstream, upstream)


def measure(histograms: Iterable[dict[int, int]], seconds: float) -> None:
    """Count a time in histograms."""
    bucket = bucket_of(seconds)
    for histogram in histograms:
        histogram[bucket] = histogram.get(bucket, 0) + 1


def new_row(table: dict[KeyT, Row], key: KeyT, other: KeyT) -> Row:
    """Open a row; where the table is full, what comes is summed up under `other`."""
    return table.setdefault(key if len(table) < MOST_ROWS else other, Row())
