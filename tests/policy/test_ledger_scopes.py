"""A scope counts what is begun inside it, in every context that began inside it."""

from __future__ import annotations

import gc
import os
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context
from functools import partial
from threading import Thread
from typing import Any, cast
from weakref import ref

import anyio
import anyio.lowlevel
import pytest

from openrouter.core.errors import InvalidArgumentError
from openrouter.policy import Facts, Ledger
from openrouter.policy.facts import Bill
from openrouter.policy.ledger_scope import LedgerScope
from openrouter.policy.rows import MOST_ROWS, OTHER, Ending
from openrouter.policy.unsettled import Unsettled
from openrouter.types.chat import Usage
from tests.policy.spending import CENT, spend, spent


def test_what_is_sent_inside_is_counted_and_nothing_else() -> None:
    ledger = Ledger()
    spend(ledger)
    with ledger.scope("import-42") as inside:
        assert (inside.name, spent(inside)) == ("import-42", 0)
        spend(ledger)
        assert spent(inside) == 1
        spend(ledger)
    spend(ledger)
    totals = inside.totals
    assert (totals.requests, totals.attempts, totals.successes, totals.total_tokens) == (2, 2, 2, 30)
    assert (totals.cost, totals.latency.p50, totals.first_token.p50) == (
        2 * CENT,
        ledger.totals().latency.p50,
        ledger.totals().first_token.p50,
    )
    assert ledger.totals().requests == 4


def test_a_request_counts_where_it_was_sent_not_where_it_ends() -> None:
    ledger = Ledger()
    with ledger.scope("sent") as sent:
        facts = Facts(scopes=ledger.current_scopes())
    with ledger.scope("ended") as ended:
        ledger.book(Ending.SUCCESS, facts, attempts=1, bills=[Bill(Usage(cost=CENT))])
    assert (spent(sent), spent(ended)) == (1, 0)


def test_a_request_counts_for_all_scopes_around_it_and_once_for_each() -> None:
    ledger = Ledger()
    with ledger.scope("outer") as outer:
        spend(ledger)
        with ledger.scope("inner") as inner, outer:
            assert ledger.current_scopes() == (outer, inner)
            spend(ledger)
        spend(ledger)
    assert (spent(outer), spent(inner)) == (3, 1)
    assert ledger.current_scopes() == ()


def test_scopes_belong_to_their_own_ledger() -> None:
    first, second = Ledger(), Ledger()
    with first.scope("x") as of_first, second.scope("x") as of_second:
        assert first.current_scopes() == (of_first,)
        spend(second)
    assert (spent(of_first), spent(of_second)) == (0, 1)


def test_a_name_is_a_label_and_a_scope_goes_on_counting_when_it_is_entered_again() -> None:
    ledger = Ledger()
    with ledger.scope("day") as one:
        spend(ledger)
    with ledger.scope("day") as another:
        spend(ledger)
    with one:
        spend(ledger)
    assert (spent(one), spent(another)) == (2, 1)


def test_it_is_left_when_an_error_goes_through() -> None:
    ledger = Ledger()

    def fail() -> None:
        with ledger.scope("x"):
            raise ValueError("Failed.")

    with pytest.raises(ValueError, match="Failed"):
        fail()
    assert ledger.current_scopes() == ()


def in_a_thread(function: Callable[[], object]) -> None:
    thread = Thread(target=Context().run, args=(function,))
    thread.start()
    thread.join()


def test_a_bare_thread_counts_only_where_its_function_is_wrapped() -> None:
    ledger = Ledger()
    with ledger.scope("outer") as outer, ledger.scope("inner") as inner:
        in_a_thread(partial(spend, ledger))
        in_a_thread(inner.wrap(partial(spend, ledger)))
    in_a_thread(inner.wrap(partial(spend, ledger)))
    assert (spent(outer), spent(inner)) == (1, 2)


def test_a_wrapped_function_keeps_its_name_arguments_result_and_errors_and_leaves_the_scope() -> None:
    ledger = Ledger()
    scope = ledger.scope("x")

    def divide(a: int, *, by: int) -> float:
        assert ledger.current_scopes() == (scope,)
        return a / by

    wrapped = scope.wrap(divide)
    assert wrapped.__name__ == "divide"
    assert wrapped(6, by=3) == 2
    with pytest.raises(ZeroDivisionError):
        wrapped(6, by=0)
    assert ledger.current_scopes() == ()
    with scope:
        assert wrapped(8, by=2) == 4
        assert ledger.current_scopes() == (scope,)


def test_an_executor_counts_what_is_wrapped() -> None:
    ledger = Ledger()
    with ThreadPoolExecutor(4) as executor, ledger.scope("x") as inside:
        list(executor.map(inside.wrap(lambda _: spend(ledger)), range(20)))
        executor.submit(spend, ledger).result()
    assert spent(inside) == 20


@pytest.mark.anyio
async def test_a_coroutine_function_can_be_wrapped() -> None:
    ledger = Ledger()
    scope = ledger.scope("x")

    async def work(number: int) -> int:
        await anyio.lowlevel.checkpoint()
        spend(ledger)
        return number + 1

    assert await scope.wrap(work)(1) == 2
    assert await scope.wrap(partial(work, 2))() == 3
    assert ledger.current_scopes() == ()
    assert spent(scope) == 2


def test_a_generator_function_is_not_wrapped_as_its_body_runs_later() -> None:
    def pieces() -> Generator[int]:
        yield 1

    async def awaited_pieces() -> AsyncGenerator[int]:
        yield 1

    scope = Ledger().scope("x")
    for function in (pieces, awaited_pieces, partial(pieces)):
        with pytest.raises(InvalidArgumentError, match="generator"):
            scope.wrap(function)


@pytest.mark.anyio
async def test_tasks_count_for_where_they_were_started_also_when_they_outlive_it() -> None:
    ledger = Ledger()
    go_on = anyio.Event()

    async def work() -> None:
        spend(ledger)
        await go_on.wait()
        spend(ledger)

    async def elsewhere() -> None:
        with ledger.scope("elsewhere") as other:
            await anyio.lowlevel.checkpoint()
            spend(ledger)
        assert spent(other) == 1

    async with anyio.create_task_group() as group:
        group.start_soon(elsewhere)
        with ledger.scope("x") as inside:
            group.start_soon(work)
            await anyio.lowlevel.checkpoint()
        spend(ledger)
        go_on.set()
    assert spent(inside) == 2


@pytest.mark.anyio
async def test_threads_of_anyio_count() -> None:
    ledger = Ledger()
    with ledger.scope("x") as inside:
        await anyio.to_thread.run_sync(spend, ledger)
    await anyio.to_thread.run_sync(spend, ledger)
    assert spent(inside) == 1


def test_it_can_be_left_in_another_context_than_it_was_entered_in() -> None:
    ledger = Ledger()
    scope = ledger.scope("x")
    with ledger.scope("around") as around:
        elsewhere = copy_context()
        elsewhere.run(scope.__enter__)
        scope.__exit__(None, None, None)
        assert ledger.current_scopes() == (around,)
        assert elsewhere.run(ledger.current_scopes) == (around, scope)


def test_generators_that_are_left_in_another_order_than_they_were_entered_leave_their_own_scope() -> None:
    ledger = Ledger()

    def counting(name: str) -> Generator[LedgerScope]:
        with ledger.scope(name) as scope:
            yield scope

    first, second = counting("first"), counting("second")
    of_first, of_second = next(first), next(second)
    assert ledger.current_scopes() == (of_first, of_second)
    first.close()
    assert ledger.current_scopes() == (of_second,)
    second.close()
    assert ledger.current_scopes() == ()


@pytest.mark.anyio
async def test_an_async_generator_may_be_closed_by_another_task() -> None:
    ledger = Ledger()

    async def counting() -> AsyncGenerator[LedgerScope]:
        with ledger.scope("x") as scope:
            yield scope

    pieces = counting()
    scope = await anext(pieces)
    spend(ledger)

    async def close() -> None:
        await pieces.aclose()

    async with anyio.create_task_group() as group:
        group.start_soon(close)
    assert spent(scope) == 1


def test_contexts_that_were_never_left_do_not_gather_scopes() -> None:
    ledger = Ledger()
    alive = []
    for _ in range(3):
        scope = ledger.scope("x")
        scope.__enter__()
        alive.append(ref(scope))
        del scope
    gc.collect()
    assert [one() for one in alive] == [None, None, None]
    assert ledger.current_scopes() == ()
    with ledger.scope("y") as inside:
        assert ledger.current_scopes() == (inside,)


def test_tables_by_model_and_by_provider() -> None:
    ledger = Ledger()
    with ledger.scope("x") as inside:
        for model, provider in [("a", "P"), ("a", "Q"), ("b", "Q"), (None, "Q"), ("b", None), ("", "")]:
            spend(ledger, model, provider)
    spend(ledger, "a", "P")
    assert {name: row.requests for name, row in inside.by_model.items()} == {"a": 2, "b": 2}
    assert {name: row.requests for name, row in inside.by_provider.items()} == {"P": 1, "Q": 3}
    assert inside.by_model["a"].latency.p50 == inside.totals.latency.p50 == ledger.totals().latency.p50
    assert inside.totals.requests == 6


def test_a_table_does_not_grow_for_ever() -> None:
    ledger = Ledger()
    with ledger.scope("x") as inside:
        for number in range(MOST_ROWS + 5):
            spend(ledger, f"model {number}")
    assert len(inside.by_model) == MOST_ROWS + 1
    assert inside.by_model[OTHER].requests == inside.by_provider[OTHER].requests == 5
    assert inside.totals.requests == MOST_ROWS + 5


def test_what_is_read_stays_as_it_is() -> None:
    ledger = Ledger()
    with ledger.scope("x") as inside:
        spend(ledger)
        before = inside.totals
        spend(ledger)
    assert (before.requests, before.latency, inside.totals.requests) == (1, inside.totals.latency, 2)


def test_what_was_left_while_the_lock_was_held_is_seen() -> None:
    ledger = Ledger()
    turns = ledger._books.get().turns  # noqa: SLF001 - the moment at which the garbage collector runs
    with ledger.scope("x") as inside:
        with turns.lock:
            spend(ledger)
        assert spent(inside) == 1


def test_nobody_writes_while_it_is_read() -> None:
    ledger = Ledger()
    turns = ledger._books.get().turns  # noqa: SLF001 - the moment at which another thread has its turn

    class BusyLock:
        """A lock that another thread waits for, to book a request as soon as it is free."""

        def locked(self) -> bool:
            return False

        def __enter__(self) -> None:
            return None

        def __exit__(self, *_: object) -> None:
            inside.row("a/b", "P").attempts += 1

    with ledger.scope("x") as inside:
        spend(ledger)
        turns.lock = cast("Any", BusyLock())
        assert inside.totals.attempts == 1
        assert inside.by_model["a/b"].attempts == 2
        assert inside.by_provider["P"].attempts == 3
        plain = inside.to_dict()
        assert plain["totals"]["attempts"] == plain["by_model"]["a/b"]["attempts"] == 4


def test_unsettled_attempts_and_what_they_cost_in_the_end() -> None:
    ledger = Ledger()
    one, other = (Unsettled(f"gen-{number}", "a/b", reserved=CENT) for number in (1, 2))
    with ledger.scope("outer") as outer, ledger.scope("inner") as inner:
        ledger.leave_unsettled(one, Facts(model="a/b", scopes=ledger.current_scopes()))
    ledger.leave_unsettled(other, Facts(model="a/b", scopes=ledger.current_scopes()))
    assert (outer.unsettled, inner.unsettled, ledger.unsettled) == ((one,), (one,), (one, other))
    assert ledger.settle(one, 3 * CENT, provider="P")
    assert (outer.unsettled, spent(outer), spent(inner)) == ((), 3, 3)
    assert inner.by_provider["P"].cost == inner.by_model["a/b"].cost == 3 * CENT


def test_a_child_that_was_forked_off_begins_at_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger()
    with ledger.scope("x") as inside:
        spend(ledger)
        child = os.getpid() + 1
        monkeypatch.setattr(os, "getpid", lambda: child)
        assert spent(inside) == 0
        spend(ledger)
        assert spent(inside) == ledger.totals().requests == 1


def test_many_threads_count_exactly() -> None:
    ledger = Ledger()
    with ledger.scope("x") as inside, ThreadPoolExecutor(8) as executor:
        list(executor.map(inside.wrap(lambda number: spend(ledger, f"m{number % 3}")), range(400)))
    assert inside.totals.requests == 400
    assert inside.totals.cost == 400 * CENT
