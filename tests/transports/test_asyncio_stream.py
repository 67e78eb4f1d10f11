"""The stream of our own on asyncio: its one timer, and cancelling at any step."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from queue import SimpleQueue
from threading import Event
from typing import Any

import pytest

from openrouter.transports.network_errors import ReadTimeout
from openrouter.transports.tls import ssl_context
from tests.open_things import Open
from tests.transports.raw_server import (
    PATIENCE,
    RawServer,
    wait_for_client,
)
from tests.transports.streams import Line, line_to, opened, ready_wire

LARGE = 20_000_000
FAR_AWAY = 1_000_000.0


class MovableTime(asyncio.SelectorEventLoop):
    """An event loop whose clock may be put forward, and that knows the timers that were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.put_forward = 0.0
        self.timers: list[asyncio.TimerHandle] = []

    def time(self) -> float:
        return super().time() + self.put_forward

    def call_at(self, when: float, callback: Callable[..., object], *args: Any, **more: Any) -> asyncio.TimerHandle:
        self.timers.append(super().call_at(when, callback, *args, **more))
        return self.timers[-1]

    def pending(self) -> list[asyncio.TimerHandle]:
        """Give the timers that will still go off."""
        return [timer for timer in self.timers if not timer.cancelled() and timer.when() > self.time()]

    async def let_pass(self, seconds: float) -> None:
        """Put the clock forward, and let what is due then happen."""
        self.put_forward += seconds
        for _ in range(3):
            await asyncio.sleep(0)


def run(main: Callable[[], Coroutine[Any, Any, None]], loop: Callable[[], Any]) -> None:
    with asyncio.Runner(loop_factory=loop, debug=False) as runner:
        runner.run(main())


# --- The timer --------------------------------------------------------------------------------------------------------


class Timed:
    """A line to a server that says something when it is told to, and a clock to be put forward."""

    def __init__(self, line: Line, speak: Callable[[], object]) -> None:
        self.line, self.speak = line, speak
        loop = asyncio.get_running_loop()
        assert isinstance(loop, MovableTime)
        self.loop = loop
        self.timers_before = len(loop.timers)

    @property
    def timers(self) -> int:
        """Tell how many timers were asked for."""
        return len(self.loop.timers) - self.timers_before

    async def start_reading(self, idle: float | None) -> asyncio.Task[bytes]:
        self.line.wire.idle = idle
        reading = asyncio.ensure_future(self.line.receive())
        await asyncio.sleep(0)
        assert not reading.done()
        return reading

    async def read_something(self, idle: float | None) -> None:
        reading = await self.start_reading(idle)
        self.speak()
        assert await reading == b"something"


def timed(scenario: Callable[[Timed], Coroutine[Any, Any, None]]) -> None:
    words = SimpleQueue[bytes]()

    def script(connection: Any) -> None:
        connection.recv(1)
        while word := words.get(timeout=PATIENCE):
            connection.sendall(word)

    async def main() -> None:
        async with line_to(True, server.url) as line:  # noqa: FBT003 - it awaits
            await line.send(b"?")
            await scenario(Timed(line, lambda: words.put(b"something")))
        words.put(b"")

    with RawServer(script) as server:
        run(main, MovableTime)


def test_a_timer_is_set_once_and_moved_along_when_it_goes_off() -> None:
    async def scenario(made: Timed) -> None:
        for _ in range(3):
            await made.read_something(60)
        assert made.timers == 1
        await made.loop.let_pass(30)
        reading = await made.start_reading(60)
        assert made.timers == 1
        # It goes off half a minute early, and is set for the rest.
        await made.loop.let_pass(31)
        assert not reading.done()
        assert made.timers == 2
        await made.loop.let_pass(28)
        assert not reading.done()
        await made.loop.let_pass(2)
        with pytest.raises(ReadTimeout):
            await reading
        assert made.timers == 2
        await made.read_something(60)
        assert made.timers == 3

    timed(scenario)


def test_a_timer_that_is_too_late_is_set_anew() -> None:
    async def scenario(made: Timed) -> None:
        await made.read_something(600)
        reading = await made.start_reading(5)
        assert made.timers == 2
        assert len(made.loop.pending()) == 1
        await made.loop.let_pass(4)
        assert not reading.done()
        await made.loop.let_pass(1.1)
        with pytest.raises(ReadTimeout):
            await reading
        # It waits for longer again, which is no business of the timer that has gone off.
        await made.read_something(600)
        assert made.timers == 3

    timed(scenario)


def test_a_timer_harms_nobody_who_does_not_wait_or_may_wait_for_ever() -> None:
    async def scenario(made: Timed) -> None:
        await made.read_something(60)
        await made.loop.let_pass(61)  # nobody reads
        await made.read_something(60)
        reading = await made.start_reading(None)
        await made.loop.let_pass(FAR_AWAY)
        assert not reading.done()
        made.speak()
        assert await reading == b"something"
        assert made.timers == 2

    timed(scenario)


def test_a_timer_that_goes_off_as_something_comes_takes_nothing_away() -> None:
    async def scenario(made: Timed) -> None:
        reading = await made.start_reading(60)
        stream = made.line.stream
        # Both in one step of the event loop: the bytes, then the timer.
        said = b"just in time"
        stream.get_buffer(-1)[: len(said)] = said
        stream.buffer_updated(len(said))
        await made.loop.let_pass(61)
        assert await reading == b"just in time"

    timed(scenario)


def test_no_timer_is_left_behind() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, MovableTime)
        with RawServer(wait_for_client) as server:
            line = await opened(True, server.url, wire=ready_wire(idle=600))  # noqa: FBT003 - it awaits
            await line.send(b"?")
            reading = asyncio.ensure_future(line.receive())
            await asyncio.sleep(0)
            assert len(loop.pending()) == 1
            reading.cancel()
            await asyncio.wait([reading])
            await line.close()
            await asyncio.sleep(0)
            assert loop.pending() == []

    run(main, MovableTime)


# --- Cancelled at any step --------------------------------------------------------------------------------------------


class Use:
    """A line from its beginning to its end, and how far it has come."""

    def __init__(self) -> None:
        self.reached = "connecting"

    async def run(self, url: str, context: ssl.SSLContext | None) -> None:
        line = await opened(True, url, context)  # noqa: FBT003 - it awaits
        try:
            self.reached = "writing"
            await line.send_much(b"x" * LARGE)
            await line.receive()
        finally:
            await line.close()


@pytest.mark.parametrize("secured", [False, True], ids=["plain", "tls"])
def test_a_task_may_be_cancelled_at_any_step(
    secured: bool,  # noqa: FBT001 - a case
    server_tls: ssl.SSLContext,
    trusted: object,  # noqa: ARG001 - it is what is trusted that counts
) -> None:
    """While it connects, shakes hands or writes: nothing stays open, and nobody is left who waits."""
    context = ssl_context(trust_env=True) if secured else None

    async def cancelled_after(steps: int, url: str, start: str) -> None:
        use = Use()
        task = asyncio.ensure_future(use.run(url, context))
        while use.reached != start:  # noqa: ASYNC110 - any step counts
            await asyncio.sleep(0)
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()

    async def main(server: RawServer) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, MovableTime)
        cases = [(steps, "connecting") for steps in (*range(20), *range(20, 100, 7), 200, 500, 2_000)]
        for steps, start in [*cases, *((steps, "writing") for steps in (0, 1, 2, 50))]:
            await cancelled_after(steps, server.url, start)
            for _ in range(3):
                await asyncio.sleep(0)
            assert asyncio.all_tasks() == {asyncio.current_task()}
            assert loop.pending() == []

    go = Event()
    before = Open.now() if Open.possible() else None
    with RawServer(
        *[lambda connection: connection.recv(1) and go.wait(PATIENCE)] * 100, tls=server_tls if secured else None
    ) as server:
        run(lambda: main(server), MovableTime)
        go.set()
    if before is not None:
        assert Open.now() == before
