"""Work that several want at the same time: one does it, the others wait for that one."""

from __future__ import annotations

import threading
from collections.abc import Generator
from typing import Any

import anyio
import pytest

from openrouter import ServerError
from openrouter.effects import Flow, Invoke, Once, Sleep
from openrouter.once import once_awaiting
from openrouter.testing import FakeOpenRouter
from tests.injected_time import InjectedTime, awaiting_client, blocking_client


class Kettle:
    """What everybody wants boiled."""

    def __init__(self) -> None:
        self.flights: dict[object, Any] = {}
        self.boiled = 0

    def asked(self, hold: Any = None, *, fails: bool = False, **options: Any) -> Flow[bool]:
        """Give a flow that has it boiled, or waits for the one that is at it."""

        def boil() -> Flow[None]:
            if hold is not None:
                (yield from Invoke(hold, what="hold")).result()
            self.boiled += 1
            if fails:
                raise ServerError("Too hot.")

        return (yield from Once(self, boil, **options))


def blocked(flow: Flow[Any]) -> Any:
    with FakeOpenRouter().sync_client() as client:
        return client.driver.run(flow)


def in_threads(*flows: Flow[Any]) -> list[Any]:
    """Run flows in threads of their own; give what came of them, and errors, in no order."""
    came: list[Any] = []

    def work(flow: Flow[Any]) -> None:
        try:
            came.append(blocked(flow))
        except ServerError as error:
            came.append(error)

    threads = [threading.Thread(target=work, args=(flow,)) for flow in flows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came


class Patient(dict[object, Any]):
    """Flights that let the leader go on when so many others have looked for one."""

    def __init__(self, others: int, go: Any) -> None:
        super().__init__()
        self._left, self._go, self._lock = others + 1, go, threading.Lock()

    def setdefault(self, key: object, default: Any = None) -> Any:
        found = super().setdefault(key, default)
        with self._lock:
            self._left -= 1
            if not self._left:
                self._go()
        return found


def test_of_many_threads_one_does_it() -> None:
    kettle, go = Kettle(), threading.Event()
    kettle.flights = Patient(5, go.set)
    came = in_threads(*[kettle.asked(go.wait) for _ in range(6)])
    assert sorted(came) == [False, False, False, False, False, True]
    assert kettle.boiled == 1
    assert kettle.flights == {}


def test_one_after_another_does_it_again() -> None:
    kettle = Kettle()
    assert [blocked(kettle.asked()), blocked(kettle.asked())] == [True, True]
    assert kettle.boiled == 2


def test_an_error_is_that_of_all_threads_who_waited_for_it() -> None:
    kettle, go = Kettle(), threading.Event()
    kettle.flights = Patient(2, go.set)
    came = in_threads(*[kettle.asked(go.wait, fails=True) for _ in range(3)])
    assert [error.message for error in came] == ["Too hot."] * 3
    assert len(set(map(id, came))) == 3
    assert kettle.boiled == 1


def test_a_thread_waits_no_longer_than_it_wants() -> None:
    kettle, go = Kettle(), threading.Event()

    def impatient() -> Generator[Any, Any, list[bool]]:
        """Ask while somebody is at it: the one that runs the flow, in another thread."""
        came: list[bool] = []

        def boil() -> Flow[None]:
            thread = threading.Thread(target=lambda: came.append(blocked(kettle.asked(timeout=0))))
            thread.start()
            thread.join()
            yield from ()

        yield from Once(kettle, boil)
        return came

    assert blocked(impatient()) == [False]
    assert not go.is_set()


async def awaited(flow: Flow[Any]) -> Any:
    async with FakeOpenRouter().async_client() as client:
        return await client.driver.run(flow)


async def in_tasks(*flows: Flow[Any]) -> list[Any]:
    came: list[Any] = []

    async def work(flow: Flow[Any]) -> None:
        try:
            came.append(await awaited(flow))
        except ServerError as error:
            came.append(error)

    async with anyio.create_task_group() as group:
        for flow in flows:
            group.start_soon(work, flow)
    return came


@pytest.mark.anyio
async def test_of_many_tasks_one_does_it() -> None:
    kettle, go = Kettle(), anyio.Event()
    kettle.flights = Patient(5, go.set)
    came = await in_tasks(*[kettle.asked(go.wait) for _ in range(6)])
    assert sorted(came) == [False, False, False, False, False, True]
    assert kettle.boiled == 1
    assert kettle.flights == {}


@pytest.mark.anyio
async def test_an_error_is_that_of_all_tasks_who_waited_for_it() -> None:
    kettle, go = Kettle(), anyio.Event()
    kettle.flights = Patient(2, go.set)
    came = await in_tasks(*[kettle.asked(go.wait, fails=True) for _ in range(3)])
    assert [error.message for error in came] == ["Too hot."] * 3
    assert kettle.boiled == 1


@pytest.mark.anyio
async def test_whoever_waited_for_a_task_that_was_cancelled_may_do_it() -> None:
    kettle = Kettle()
    came: list[bool] = []

    async with anyio.create_task_group() as group:
        first = anyio.CancelScope()
        kettle.flights = Patient(1, first.cancel)

        async def begin() -> None:
            with first:
                await awaited(kettle.asked(anyio.sleep_forever))

        async def follow() -> None:
            came.append(await awaited(kettle.asked()))

        group.start_soon(begin)
        group.start_soon(follow)
    assert came in ([False], [True])  # which of the two began is the loop's choice
    assert await awaited(kettle.asked()) is True


@pytest.mark.anyio
async def test_a_task_waits_no_longer_than_it_wants() -> None:
    kettle = Kettle()
    came: list[bool] = []

    async def ask(_: Flow[object]) -> None:
        async def nobody(_: Flow[object]) -> None: ...

        came.append(await once_awaiting(Once(kettle, lambda: iter(()), timeout=0), nobody))  # type: ignore[arg-type, return-value] # never run

    assert await once_awaiting(Once(kettle, lambda: iter(())), ask) is True  # type: ignore[arg-type, return-value] # never run
    assert came == [False]


def test_a_flow_may_sleep() -> None:
    clock = InjectedTime()

    def napping() -> Flow[str]:
        yield from Sleep(1.5)
        return "rested"

    with blocking_client(clock) as client:
        assert client.driver.run(napping()) == "rested"
    assert clock.waits == [1.5]


@pytest.mark.anyio
async def test_a_flow_may_sleep_awaiting() -> None:
    clock = InjectedTime()

    def napping() -> Flow[str]:
        yield from Sleep(1.5)
        return "rested"

    async with awaiting_client(clock) as client:
        assert await client.driver.run(napping()) == "rested"
    assert clock.waits == [1.5]
