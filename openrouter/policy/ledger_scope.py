"""A part of the spending that has a name: what is sent inside a `with`."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, ParamSpec, Self, TypeVar, cast
from weakref import ref

from ..core.errors import InvalidArgumentError
from .per_process import PerProcess
from .rows import OTHER, Row, new_row, sum_of

if TYPE_CHECKING:
    from .books import Books
    from .totals import Totals
    from .unsettled import Unsettled

P = ParamSpec("P")
T = TypeVar("T")

Place = tuple[str | None, str | None]
"""Model and provider."""


class LedgerScope:
    """Counts the requests that are sent inside it: `with client.ledger.scope("import-42") as spent:`.

    What counts is where a request is sent, not where its reply is read: a stream that was begun inside counts as a
    whole. Tasks that are started inside belong to it for good, and so does what runs in threads of `asyncio.to_thread`,
    anyio or this package. A bare thread or an executor knows nothing of it: give it `wrap(function)`. A request
    counts for all scopes around it. The sums can be read at any time, inside and afterwards; a request is counted when
    it has ended. The same scope may be entered again, and goes on counting.
    """

    __slots__ = ("__weakref__", "_books", "_tables", "name")

    def __init__(self, name: str, books: PerProcess[Books]) -> None:
        self.name = name
        self._books = books
        self._tables: PerProcess[dict[Place, Row]] = PerProcess(dict[Place, Row])

    def __enter__(self) -> Self:
        _ENTERED.set((*(entered for entered in _ENTERED.get() if entered() is not None), ref(self)))
        return self

    def __exit__(self, *_: object) -> None:
        # A generator may be left in another context than it was entered in: there is nothing to undo then.
        entered = _ENTERED.get()
        for place in reversed(range(len(entered))):
            if entered[place]() is self:
                _ENTERED.set(entered[:place] + entered[place + 1 :])
                return

    def wrap(self, function: Callable[P, T]) -> Callable[P, T]:
        """Give a function that counts for this scope, and for those around this line, wherever it is called.

        For threads and executors that are not told of the scope: `executor.submit(spent.wrap(work), item)`. It may be
        a coroutine function. Raises `InvalidArgumentError` for a generator function, whose body runs later than its
        call.
        """
        from inspect import isasyncgenfunction, isgeneratorfunction  # noqa: PLC0415 - most programs wrap nothing

        from ..core.asynchronous import is_async  # noqa: PLC0415 - as above

        if isgeneratorfunction(function) or isasyncgenfunction(function):
            raise InvalidArgumentError("wrap() takes no generator function: wrap the function that iterates over it.")
        scopes = (*(scope for entered in _ENTERED.get() if (scope := entered()) is not None), self)
        if is_async(function):

            @wraps(function)
            async def counted_awaiting(*args: P.args, **kwargs: P.kwargs) -> Any:
                with _inside(scopes):
                    return await cast("Any", function(*args, **kwargs))

            return cast("Callable[P, T]", counted_awaiting)

        @wraps(function)
        def counted(*args: P.args, **kwargs: P.kwargs) -> T:
            with _inside(scopes):
                return function(*args, **kwargs)

        return counted

    def row(self, model: str | None, provider: str | None) -> Row:
        """Give the row of a model at a provider. Who asks holds the lock of the books."""
        table, place = self._tables.get(), (model or None, provider or None)
        return table.get(place) or new_row(table, place, (OTHER, OTHER))

    def belongs_to(self, books: PerProcess[Books]) -> bool:
        """Say whether it is a scope of the ledger that these books are of."""
        return self._books is books

    @property
    def totals(self) -> Totals:
        """Sums over all requests that were sent inside, and have ended."""
        with self._read() as rows:
            return sum_of(rows.values())

    @property
    def by_model(self) -> dict[str, Totals]:
        """Sums by the model that was asked for; requests that name none stand in the totals alone."""
        with self._read() as rows:
            return _by_model(rows)

    @property
    def by_provider(self) -> dict[str, Totals]:
        """Sums by the provider that answered, as `Ledger.by_provider`."""
        with self._read() as rows:
            return _by_provider(rows)

    @property
    def unsettled(self) -> tuple[Unsettled, ...]:
        """Attempts that were sent inside and have no bill yet, as `Ledger.unsettled`."""
        return self._books.get().unsettled(self)

    def to_dict(self) -> dict[str, Any]:
        """Give plain JSON values: sums as `Totals.to_dict` gives them, other money as text with all its digits."""
        with self._read() as rows:
            totals, models, providers = sum_of(rows.values()), _by_model(rows), _by_provider(rows)
        return {
            "name": self.name,
            "totals": totals.to_dict(),
            "by_model": {name: row.to_dict() for name, row in models.items()},
            "by_provider": {name: row.to_dict() for name, row in providers.items()},
            "unsettled": [unsettled.to_dict() for unsettled in self.unsettled],
        }

    def __str__(self) -> str:
        """Give a table by model and provider: requests, tokens, USD."""
        from .spending_table import spending_table  # noqa: PLC0415 - most programs print none

        with self._read() as rows:
            lines, totals = {place: row.totals() for place, row in rows.items()}, sum_of(rows.values())
        return spending_table(self.name, lines, totals, self.unsettled)

    def __repr__(self) -> str:
        return f"LedgerScope({self.name!r})"

    @contextmanager
    def _read(self) -> Generator[dict[Place, Row]]:
        """Let nobody write while the rows are read."""
        turns = self._books.get().turns
        with turns.lock:
            turns.do_left()
            yield self._tables.get()


_ENTERED: Final[ContextVar[tuple[ref[LedgerScope], ...]]] = ContextVar("openrouter_ledger_scopes", default=())
"""The scopes of any ledger that were entered and not left, outermost first, as often as they were entered.

A task that outlives the `with` has them for as long as it runs, but does not keep them alive: when nobody can read the
sums any more, nobody has to add them up.
"""


def scopes_entered(books: PerProcess[Books]) -> tuple[LedgerScope, ...]:
    """Give the scopes of one ledger that are entered here and now, each once, outermost first."""
    entered = _ENTERED.get()
    if not entered:
        return ()
    return tuple(dict.fromkeys(scope for one in entered if (scope := one()) is not None and scope.belongs_to(books)))


@contextmanager
def _inside(scopes: Iterable[LedgerScope]) -> Generator[None]:
    with ExitStack() as stack:
        for scope in scopes:
            stack.enter_context(scope)
        yield


def _by_model(rows: dict[Place, Row]) -> dict[str, Totals]:
    return _named((model, row) for (model, _), row in rows.items())


def _by_provider(rows: dict[Place, Row]) -> dict[str, Totals]:
    return _named((provider, row) for (_, provider), row in rows.items())


def _named(rows: Iterable[tuple[str | None, Row]]) -> dict[str, Totals]:
    """Add up the rows of one name."""
    groups: dict[str, list[Row]] = {}
    for name, row in rows:
        if name is not None:
            groups.setdefault(name, []).append(row)
    return {name: sum_of(group) for name, group in groups.items()}
