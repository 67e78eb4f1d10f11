"""Flows that call code of the caller: in place, apart, in time, or not at all."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from contextvars import ContextVar
from functools import partial
from queue import SimpleQueue
from typing import Any

import anyio
import pytest

from openrouter import InvalidArgumentError
from openrouter.effects import Check, Emit, Flow, Gather, Invoke, Invoked
from openrouter.testing import FakeOpenRouter

NEVER = 3600.0
customer: ContextVar[str] = ContextVar("customer", default="nobody")


def invoking(function: Callable[..., Any], *args: object, **options: Any) -> Generator[Any, Any, Invoked[Any]]:
    invoked: Invoked[Any] = yield from Invoke(function, *args, what="the tool 'f'", **options)
    return invoked


def blocked(flow: Flow[Any]) -> Any:
    with FakeOpenRouter().sync_client() as client:
        return client.driver.run(flow)


async def awaited(flow: Flow[Any]) -> Any:
    async with FakeOpenRouter().async_client() as client:
        return await client.driver.run(flow)


def add(a: int, b: int = 1) -> int:
    return a + b


async def add_later(a: int, b: int = 1) -> int:
    await anyio.lowlevel.checkpoint()
    return a + b


class Adder:
    """Does not look asynchronous from without."""

    async def __call__(self, a: int) -> int:
        return await add_later(a)


def fail() -> None:
    raise LookupError("nothing there")


def raise_time_out() -> None:
    raise TimeoutError("my own")


@pytest.mark.anyio
@pytest.mark.parametrize("options", [{}, {"apart": True}, {"apart": True, "timeout": NEVER}])
async def test_a_function_is_called_with_its_arguments(options: dict[str, Any]) -> None:
    assert blocked(invoking(add, 2, b=3, **options)).result() == 5
    assert (await awaited(invoking(add, 2, b=3, **options))).result() == 5


@pytest.mark.anyio
async def test_what_is_not_apart_is_called_in_place() -> None:
    def serve(name: str) -> int:
        customer.set(name)
        return threading.get_ident()

    here = threading.get_ident()
    assert (blocked(invoking(serve, "one")).result(), customer.get()) == (here, "one")
    assert ((await awaited(invoking(serve, "two"))).result(), customer.get()) == (here, "two")


@pytest.mark.anyio
@pytest.mark.parametrize("function", [add_later, partial(add_later, b=1), Adder()])
@pytest.mark.parametrize("apart", [True, False])
async def test_what_is_asynchronous_is_awaited(function: Callable[..., Any], apart: bool) -> None:  # noqa: FBT001 - a case
    assert (await awaited(invoking(function, 2, apart=apart))).result() == 3


@pytest.mark.parametrize("function", [add_later, partial(add_later, b=1), Adder()])
@pytest.mark.parametrize("timeout", [None, NEVER])
def test_the_blocking_client_refuses_what_is_asynchronous(function: Callable[..., Any], timeout: float | None) -> None:
    with pytest.raises(InvalidArgumentError, match="the tool 'f' is an async function: give it to AsyncClient"):
        blocked(invoking(function, 2, apart=True, timeout=timeout))


@pytest.mark.anyio
async def test_that_can_be_asked_before() -> None:
    def asking(function: Callable[..., Any]) -> Generator[Any, Any, str]:
        yield from Check(function, "the tool 'f'")
        return "fine"

    assert blocked(asking(add)) == "fine"
    assert [await awaited(asking(function)) for function in (add, add_later)] == ["fine", "fine"]
    with pytest.raises(InvalidArgumentError, match="the tool 'f' is an async function: give it to AsyncClient"):
        blocked(asking(add_later))


@pytest.mark.anyio
@pytest.mark.parametrize("options", [{}, {"apart": True}, {"apart": True, "timeout": NEVER}])
@pytest.mark.parametrize(("function", "error"), [(fail, LookupError), (raise_time_out, TimeoutError)])
async def test_what_it_raises_is_for_the_flow(
    function: Callable[[], None], error: type[Exception], options: dict[str, Any]
) -> None:
    for invoked in (blocked(invoking(function, **options)), await awaited(invoking(function, **options))):
        assert (invoked.value, type(invoked.error)) == (None, error)
        with pytest.raises(error, match=r"nothing there|my own"):
            invoked.result()


@pytest.mark.anyio
@pytest.mark.parametrize("options", [{"apart": True}, {"apart": True, "timeout": NEVER}])
async def test_an_exit_comes_out(options: dict[str, Any]) -> None:
    def leave() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit, match="3"):
        blocked(invoking(leave, **options))
    with pytest.raises(SystemExit, match="3"):
        await awaited(invoking(leave, **options))


@pytest.mark.anyio
async def test_after_its_time_it_is_waited_for_no_longer() -> None:
    free = threading.Event()
    daemons = SimpleQueue[bool]()

    def wait() -> None:
        daemons.put(threading.current_thread().daemon)
        free.wait()

    try:
        for invoked in (
            blocked(invoking(wait, apart=True, timeout=0.01)),
            await awaited(invoking(wait, apart=True, timeout=0.01)),
            await awaited(invoking(anyio.sleep, NEVER, apart=True, timeout=0.01)),
        ):
            assert isinstance(invoked.error, TimeoutError)
            assert str(invoked.error) == "the tool 'f' took longer than 0.01 s"
        assert daemons.get(timeout=10), "a program could not end before it"
    finally:
        free.set()


@pytest.mark.anyio
async def test_what_blocks_apart_holds_up_no_event_loop() -> None:
    both = threading.Barrier(2)
    async with FakeOpenRouter().async_client() as client, anyio.create_task_group() as group:
        for _ in range(2):
            group.start_soon(client.driver.run, invoking(both.wait, 5, apart=True))


@pytest.mark.anyio
@pytest.mark.parametrize("options", [{}, {"apart": True}, {"apart": True, "timeout": NEVER}])
async def test_context_variables_are_seen(options: dict[str, Any]) -> None:
    token = customer.set("acme")
    try:
        assert blocked(invoking(customer.get, **options)).result() == "acme"
        assert (await awaited(invoking(customer.get, **options))).result() == "acme"
    finally:
        customer.reset(token)


@pytest.mark.anyio
async def test_only_a_stream_of_events_can_emit() -> None:
    closed: list[bool] = []

    def emitting() -> Generator[Any, Any, None]:
        try:
            yield from Emit(1)
        finally:
            closed.append(True)

    with pytest.raises(TypeError, match=r"A flow yielded Emit\(event=1\), which is no effect"):
        blocked(emitting())
    with pytest.raises(TypeError, match=r"A flow yielded Emit\(event=1\), which is no effect"):
        await awaited(emitting())
    assert closed == [True, True]


ENDING = """
import threading, {library}
from openrouter.effects import Invoke
from openrouter.testing import FakeOpenRouter

def flow():
    invoked = yield from Invoke(threading.Event().wait, what="the tool", apart=True, timeout=0.01)
    print(invoked.error)

async def main():
    async with FakeOpenRouter().async_client() as client:
        await client.driver.run(flow())

{run}
"""


@pytest.mark.parametrize(
    ("library", "run"),
    [
        ("sys", "FakeOpenRouter().sync_client().driver.run(flow())"),
        ("asyncio", "asyncio.run(main())"),
        ("trio", "trio.run(main)"),
    ],
)
def test_what_hangs_does_not_keep_a_program_from_ending(library: str, run: str) -> None:
    command = [sys.executable, "-c", ENDING.format(library=library, run=run)]
    ended = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    assert (ended.stdout, ended.stderr) == ("the tool took longer than 0.01 s\n", "")


@pytest.mark.parametrize("library", ["asyncio", "trio"])
def test_what_ends_after_its_event_loop_harms_nobody(library: str) -> None:
    free, ended = threading.Event(), threading.Event()

    def wait() -> None:
        free.wait()
        threading.current_thread().__dict__["_at_end"] = Flag(ended)

    anyio.run(awaited, invoking(wait, apart=True, timeout=0.01), backend=library)
    free.set()
    assert ended.wait(10)


class Flag:
    """Tells that the thread that it belongs to is gone."""

    def __init__(self, ended: threading.Event) -> None:
        self._ended = ended

    def __del__(self) -> None:
        self._ended.set()


@pytest.mark.anyio
@pytest.mark.parametrize("options", [{"apart": True}, {"apart": True, "timeout": NEVER}])
async def test_context_variables_that_it_sets_are_its_own(options: dict[str, Any]) -> None:
    def rename(name: str) -> str:
        before = customer.get()
        customer.set(name)
        return before

    async def rename_later(name: str) -> str:
        return rename(name)

    def renaming(function: Callable[..., Any]) -> Generator[Any, Any, list[str]]:
        first = yield from invoking(function, "a", **options)
        second = yield from invoking(function, "b", **options)
        return [first.result(), second.result()]

    def beside(function: Callable[..., Any]) -> Generator[Any, Any, list[list[str]]]:
        return (yield from Gather([renaming(function), renaming(function)], 1))

    for result in (
        blocked(renaming(rename)),
        *blocked(beside(rename)),
        await awaited(renaming(rename)),
        await awaited(renaming(rename_later)),
        *await awaited(beside(rename_later)),
    ):
        assert result == ["nobody", "nobody"]
    assert customer.get() == "nobody"


@pytest.mark.anyio
@pytest.mark.parametrize("options", [{}, {"apart": True}, {"apart": True, "timeout": NEVER}])
async def test_that_something_within_was_cancelled_is_an_error_like_any_other(options: dict[str, Any]) -> None:
    def end() -> None:
        raise asyncio.CancelledError

    invoked = [blocked(invoking(end, **options))]
    if options:
        invoked.append(await awaited(invoking(end, **options)))
    for each in invoked:
        with pytest.raises(RuntimeError, match="the tool 'f' was cancelled"):
            each.result()


def test_work_beside_others_that_somebody_else_cancels_is_missed() -> None:
    async def end() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(0)

    def both() -> Generator[Any, Any, list[Any]]:
        return (yield from Gather([invoking(add, 1), invoking(end)], 2))

    with pytest.raises(RuntimeError, match="cancelled by somebody else, so not all of it has a result"):
        asyncio.run(awaited(both()))


def test_what_ends_while_its_event_loop_stands_still_waits_for_nobody() -> None:
    free, ended = threading.Event(), threading.Event()

    def wait() -> None:
        free.wait()
        threading.current_thread().__dict__["_at_end"] = Flag(ended)

    with asyncio.Runner() as runner:
        invoked: Invoked[Any] = runner.run(awaited(invoking(wait, apart=True, timeout=0.01)))
        assert isinstance(invoked.error, TimeoutError)
        free.set()
        assert ended.wait(10), "the thread waits for a loop that nobody runs"
