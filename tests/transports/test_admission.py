"""Places for requests in flight: never too many, none lost, first come first served."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint
from attrs import define, field
from hypothesis import given, strategies as st

from openrouter import APITimeoutError, AsyncClient, SyncClient
from openrouter.transports.admission import Admission, Waiter
from openrouter.transports.entering import enter
from tests.transports.kinds import KEY, outgoing
from tests.transports.raw_server import PATIENCE, RawServer, read_request, serve, wait_for_client, whole

STEPS = st.lists(st.tuples(st.sampled_from(["enter", "leave", "give up", "time out"]), st.integers(0, 20)), max_size=60)


class Model:
    """The same as `Admission`, as simple as can be."""

    def __init__(self, limit: int) -> None:
        self.admission = Admission(limit)
        self.inside: list[int] = []
        self.waiting: dict[int, Waiter] = {}
        self.woken: list[int] = []
        self.expected: list[int] = []
        self.number = 0

    def enter(self, _: int) -> None:
        self.number += 1
        number = self.number
        waiter = self.admission.enter(lambda: self.woken.append(number))
        assert (waiter is None) == (len(self.inside) < self.admission.limit)
        if waiter is None:
            self.inside.append(number)
        else:
            self.waiting[number] = waiter

    def leave(self, choice: int) -> None:
        if self.inside:
            self.inside.pop(choice % len(self.inside))
            if self.waiting:
                first = next(iter(self.waiting))
                assert self.waiting.pop(first).admitted is False
                self.inside.append(first)
                self.expected.append(first)
            self.admission.leave()

    def stop_waiting(self, choice: int, stop: Callable[[Waiter], object]) -> None:
        if self.waiting:
            number = list(self.waiting)[choice % len(self.waiting)]
            stop(self.waiting.pop(number))


@given(st.integers(1, 4), STEPS)
def test_never_too_many_none_lost_and_in_order(limit: int, steps: list[tuple[str, int]]) -> None:
    model = Model(limit)
    for step, choice in steps:
        match step:
            case "enter":
                model.enter(choice)
            case "leave":
                model.leave(choice)
            case "give up":
                model.stop_waiting(choice, model.admission.give_up)
            case _:
                model.stop_waiting(choice, model.admission.holds)
        assert model.admission.taken == len(model.inside) <= limit
        assert model.woken == model.expected
    while model.inside:
        model.leave(0)
    assert model.admission.taken == 0
    assert not model.waiting


def test_a_place_that_comes_to_someone_who_gives_up_goes_to_the_next() -> None:
    admission, woken = Admission(1), list[str]()
    admission.enter(lambda: None)
    first = admission.enter(lambda: woken.append("first"))
    second = admission.enter(lambda: woken.append("second"))
    admission.leave()
    assert first is not None
    assert second is not None
    admission.give_up(first)
    assert woken == ["first", "second"]
    assert admission.holds(second)
    assert admission.taken == 1


class CollectingLock:
    """A lock while which is held the garbage collector comes and gives a place back."""

    def __init__(self) -> None:
        self.held = False
        self.collect: Callable[[], object] | None = None

    def locked(self) -> bool:
        return self.held

    def __enter__(self) -> None:
        assert not self.held, "a deadlock"
        self.held = True
        if self.collect is not None:
            collect, self.collect = self.collect, None
            collect()

    def __exit__(self, *_: object) -> None:
        self.held = False


def test_a_place_may_come_back_while_another_is_asked_for() -> None:
    lock: Any = CollectingLock()
    admission, woken = Admission(1, lock=lock), list[str]()
    assert admission.enter(lambda: None) is None
    lock.collect = admission.leave
    waiter = admission.enter(lambda: woken.append("next"))
    assert waiter is not None
    assert woken == ["next"]
    assert admission.holds(waiter)
    lock.collect = admission.leave
    assert admission.holds(waiter)
    assert admission.taken == 0


class Held:
    """A server that answers requests in the order in which they came, one whenever it is told to."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.arrived = threading.Semaphore(0)
        self.go = threading.Semaphore(0)

    def __call__(self, connection: Any) -> None:
        while request := read_request(connection):
            self.bodies.append(request)
            self.arrived.release()
            self.go.acquire(timeout=PATIENCE)
            connection.sendall(whole())

    def order(self) -> list[int]:
        return [int(body.split(b"number ")[1][:1]) for body in self.bodies]


@define(eq=False)
class Watched(Admission):
    """Tells when somebody queues."""

    queued: threading.Semaphore = field(factory=lambda: threading.Semaphore(0))

    def enter(self, wake: Callable[[], object]) -> Waiter | None:
        waiter = super().enter(wake)
        self.queued.release()
        return waiter


def test_threads_are_admitted_in_the_order_in_which_they_came() -> None:
    admission, admitted, request = Watched(1), list[int](), outgoing()
    enter(admission, request)

    def work(number: int) -> None:
        enter(admission, request)
        admitted.append(number)
        admission.leave()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(5)]
    assert admission.queued.acquire(timeout=PATIENCE)
    for thread in threads:
        thread.start()
        assert admission.queued.acquire(timeout=PATIENCE)
    admission.leave()
    for thread in threads:
        thread.join(PATIENCE)
    assert (admitted, admission.taken) == ([0, 1, 2, 3, 4], 0)


@pytest.mark.anyio
async def test_tasks_are_served_in_the_order_in_which_they_came() -> None:
    held = Held()
    with RawServer(held) as server:
        async with (
            AsyncClient(api_key=KEY, base_url=server.url, max_connections=1) as client,
            anyio.create_task_group() as group,
        ):
            for number in range(4):
                group.start_soon(client.complete, f"number {number}")
                await anyio.wait_all_tasks_blocked()
                held.go.release()
        assert held.order() == [0, 1, 2, 3]


@pytest.mark.anyio
async def test_cancelled_while_queueing_a_task_loses_its_turn_and_nobody_elses() -> None:
    held = Held()
    with RawServer(held) as server:
        async with (
            AsyncClient(api_key=KEY, base_url=server.url, max_connections=1) as client,
            anyio.create_task_group() as group,
        ):
            group.start_soon(client.complete, "number 0")
            await anyio.wait_all_tasks_blocked()
            async with anyio.create_task_group() as impatient:
                for number in (1, 2):
                    impatient.start_soon(client.complete, f"number {number}")
                await anyio.wait_all_tasks_blocked()
                group.start_soon(client.complete, "number 3")
                await anyio.wait_all_tasks_blocked()
                impatient.cancel_scope.cancel()
            held.go.release(4)
        assert held.order() == [0, 3]


@pytest.mark.anyio
async def test_the_time_may_be_over_while_queueing_asynchronously() -> None:
    with RawServer(lambda connection: (read_request(connection), wait_for_client(connection))) as server:
        async with (
            AsyncClient(api_key=KEY, base_url=server.url, max_connections=1) as client,
            anyio.create_task_group() as group,
        ):
            group.start_soon(client.complete, "Hi")
            await anyio.wait_all_tasks_blocked()
            with pytest.raises(APITimeoutError, match="max_connections") as caught:
                await client.complete("Hi", deadline=0.02)
            assert (caught.value.clock, caught.value.sent) == ("queue", False)
            group.cancel_scope.cancel()
            await checkpoint()
        server.wait_for_ends(1)
        assert server.accepted == 1


def test_the_time_may_be_over_while_queueing_in_a_thread() -> None:
    with RawServer() as server, SyncClient(api_key=KEY, base_url=server.url, max_connections=1) as client:
        with client.stream("Hi"):
            with pytest.raises(APITimeoutError) as caught:
                client.complete("Hi", deadline=0.02)
            assert (caught.value.clock, caught.value.sent) == ("queue", False)
        assert client.complete("Hi").text == "Good."


def test_a_thread_that_is_interrupted_while_queueing_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted:
        """A lock at which the user presses Ctrl-C."""

        def __init__(self) -> None:
            self.was_acquired = False

        def acquire(self, **_: float) -> None:
            if self.was_acquired:
                raise KeyboardInterrupt
            self.was_acquired = True

        def release(self) -> None:
            raise AssertionError

    with RawServer(serve) as server, SyncClient(api_key=KEY, base_url=server.url, max_connections=1) as client:
        with client.stream("Hi"):
            monkeypatch.setattr("openrouter.transports.entering.Lock", Interrupted)
            with pytest.raises(KeyboardInterrupt):
                client.complete("Hi")
            monkeypatch.undo()
        assert client.complete("Hi").text == "Good."


def test_who_gives_up_is_forgotten() -> None:
    """While one long reply takes the only place, any number may have waited in vain."""
    admission = Admission(1)
    assert admission.enter(int) is None
    for _ in range(100):
        waiter = admission.enter(int)
        assert waiter is not None
        admission.give_up(waiter)
    assert repr(admission) == "1 of 1 in use, 0 waiting"
