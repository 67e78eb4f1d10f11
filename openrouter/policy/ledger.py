"""What was asked, what came of it, what it cost."""

from __future__ import annotations

from decimal import Context, Decimal
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from .histogram import bucket_of, percentiles
from .per_process import PerProcess
from .totals import Totals
from .turns import Turns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..core.wire import Moment
    from ..types.chat import Usage
    from .facts import Facts

MOST_ROWS: Final = 10_000
OTHER: Final = "(other)"

# No price has so many digits that a sum of them is rounded here, as it would be with 28.
_PRECISION: Final = 200


def total_tokens(usage: Usage) -> int:
    """All tokens of a usage, also where the service gave only the parts."""
    return usage.total_tokens or usage.prompt_tokens + usage.completion_tokens


class Ending(IntEnum):
    """How a request ended."""

    SUCCESS = 0
    FAILURE = 1
    ABANDONED = 2
    REFUSED = 3


class _Row:
    """Running sums."""

    __slots__ = (
        "attempts",
        "cached",
        "completion",
        "cost",
        "endings",
        "first_token",
        "latency",
        "prompt",
        "reasoning",
        "total",
    )

    def __init__(self) -> None:
        self.attempts = 0
        self.endings = [0, 0, 0, 0]
        self.prompt = self.completion = self.total = self.cached = self.reasoning = 0
        self.cost = Decimal(0)
        self.latency: dict[int, int] = {}
        self.first_token: dict[int, int] = {}

    def totals(self, uptime: float = 0.0) -> Totals:
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
            latency=percentiles(self.latency),
            first_token=percentiles(self.first_token),
            uptime=uptime,
        )


class _Books:
    """What is written down in one process."""

    __slots__ = ("all", "exact", "keys", "models", "opened", "turns", "users")

    def __init__(self) -> None:
        self.turns = Turns()
        self.opened: float | None = None
        self.exact = Context(prec=_PRECISION, traps=[])
        self.all = _Row()
        self.models: dict[str, _Row] = {}
        self.keys: dict[str, _Row] = {}
        self.users: dict[str, _Row] = {}

    def rows(self, facts: Facts) -> list[_Row]:
        rows = [self.all]
        for table, name in ((self.models, facts.model), (self.keys, facts.key), (self.users, facts.user)):
            if name:
                rows.append(table.get(name) or _new_row(table, name))
        return rows

    def spend(self, rows: list[_Row], usage: Usage) -> None:
        prompt, completion, total = usage.prompt_tokens, usage.completion_tokens, total_tokens(usage)
        cached, reasoning, cost = usage.cached_tokens, usage.reasoning_tokens, usage.cost
        for row in rows:
            row.prompt += prompt
            row.completion += completion
            row.total += total
            row.cached += cached
            row.reasoning += reasoning
            if cost is not None:
                row.cost = self.exact.add(row.cost, cost)

    def copy(self, table: dict[str, _Row]) -> dict[str, Totals]:
        with self.turns.lock:
            self.turns.do_left()
            return {name: row.totals() for name, row in table.items()}


class Ledger:
    """Sums over all requests of the policies that share it, and by model, key and user.

    It may be read and written from any thread at any time. A table holds 10,000 rows; what comes after that
    is summed up in the row `(other)`. A process that is forked off begins an empty one, so that the ledgers of
    several processes can be added up.
    """

    def __init__(self) -> None:
        self._books = PerProcess(_Books)

    def open(self, now: Moment) -> None:
        """Start the uptime, if it has not started yet."""
        books = self._books.get()
        if books.opened is None:
            books.opened = now.monotonic

    def totals(self, now: Moment | None = None) -> Totals:
        """Sums over everything, and the uptime until `now`, which is 0.0 where nobody says when that is."""
        books = self._books.get()
        with books.turns.lock:
            books.turns.do_left()
            if now is None or books.opened is None:
                return books.all.totals()
            return books.all.totals(max(0.0, now.monotonic - books.opened))

    @property
    def by_model(self) -> dict[str, Totals]:
        """Sums by the model that was asked for."""
        books = self._books.get()
        return books.copy(books.models)

    @property
    def by_key(self) -> dict[str, Totals]:
        """Sums by the fingerprint of the key."""
        books = self._books.get()
        return books.copy(books.keys)

    @property
    def by_user(self) -> dict[str, Totals]:
        """Sums by the user whom a request was for."""
        books = self._books.get()
        return books.copy(books.users)

    def book(
        self,
        ending: Ending,
        facts: Facts,
        *,
        attempts: int,
        usages: Iterable[Usage] = (),
        latency: float | None = None,
        first_token: float | None = None,
    ) -> None:
        """Book a request that has ended, with what is known of each attempt's usage; times in seconds."""
        books = self._books.get()

        def write() -> None:
            rows = books.rows(facts)
            for row in rows:
                row.endings[ending] += 1
                row.attempts += attempts
            for usage in usages:
                books.spend(rows, usage)
            if latency is not None:
                _measure([row.latency for row in rows], latency)
            if first_token is not None:
                _measure([row.first_token for row in rows], first_token)

        books.turns.leave(write)

    def __repr__(self) -> str:
        # Without the lock: a debugger that stands where it is held may ask. A sum may then be one request behind.
        return f"Ledger({self._books.get().all.totals()})"


def _new_row(table: dict[str, _Row], name: str) -> _Row:
    return table.setdefault(name if len(table) < MOST_ROWS else OTHER, _Row())


def _measure(histograms: list[dict[int, int]], seconds: float) -> None:
    bucket = bucket_of(seconds)
    for histogram in histograms:
        histogram[bucket] = histogram.get(bucket, 0) + 1
