"""Run the simulated service for other programs, until somebody stops it."""

from __future__ import annotations

import signal
from contextlib import suppress
from threading import Event
from types import FrameType
from typing import Final

from attrs import frozen

from ..core.errors import InvalidArgumentError
from ..testing import Answer, Exchange, FakeOpenRouter, Faults, LoopbackServer, RecordedRequest
from ..testing.server import LOOPBACK
from .screen import Screen

HOSTS: Final = (LOOPBACK, "localhost")
"""What may be asked for as the host: nobody outside this machine is answered."""

_A_WHILE: Final = 1.0
"""Seconds after which a wait begins anew: not every system tells of a signal before the wait is over."""


@frozen(kw_only=True)
class Serving:
    """Where to serve, and what share of the replies is to be struck."""

    host: str = LOOPBACK
    port: int = 0
    """0 takes one that is free."""
    faults: float = 0.0
    seed: int = 0
    quiet: bool = False
    """Say nothing about the requests."""


@frozen
class Log:
    """Answers requests, and says of each how."""

    fake: FakeOpenRouter
    screen: Screen

    def answer(self, request: RecordedRequest) -> Answer:
        """Answer a request. The server asks for one answer at a time, so that the last exchange is that of this one."""
        try:
            return self.fake.answer(request)
        finally:
            # nobody may read it any more, which is no reason to stop
            with suppress(OSError):
                self.screen.note(_line(self.fake.exchanges[-1]))


def _line(exchange: Exchange) -> str:
    """Say what was asked and what came of it: 500 where nothing could be made, `-` where no status is sent."""
    request, answer = exchange.request, exchange.answer
    status = "500" if answer is None else "-" if answer.headless else str(answer.status)
    struck = "" if exchange.fault is None else f" {exchange.fault!r}"
    return f"{request.method} {request.path} {status}{struck}"


def serve(serving: Serving, screen: Screen) -> None:
    """Serve, and show the base URL; return after Ctrl-C or a request of the system to end."""
    if serving.host not in HOSTS:
        message = f"Only this machine is served: the host has to be {' or '.join(HOSTS)}, not {serving.host}."
        raise InvalidArgumentError(message)
    stopped = Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    faults = Faults.everything(serving.faults, seed=serving.seed) if serving.faults else None
    fake = FakeOpenRouter(faults=faults)
    answer = fake.answer if serving.quiet else Log(fake, screen).answer
    with LoopbackServer(answer, serving.port) as server:
        # first, so that it stands before the lines of the requests of whoever waits for the address
        screen.note("The base URL of a simulated OpenRouter follows; any key will do. Ctrl-C stops it.")
        screen.show_text(f"{server.url}\n")
        while not stopped.is_set():
            stopped.wait(_A_WHILE)
