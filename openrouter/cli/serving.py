"""Run the simulated service for other programs, until somebody stops it."""

from __future__ import annotations

import signal
from threading import Event
from types import FrameType
from typing import Final

from attrs import frozen

from ..core.errors import InvalidArgumentError
from ..testing import FakeOpenRouter, Faults
from ..testing.server import LOOPBACK
from .screen import Screen

HOSTS: Final = (LOOPBACK, "localhost")
"""What may be asked for as the host: nobody outside this machine is answered."""

_A_WHILE: Final = 1.0
"""Seconds after which a wait begins anew: not every system tells of a signal before the wait is over."""


@frozen(kw_only=True)
class Serving:
    """Where to serve, and what share of the requests is to fail."""

    host: str = LOOPBACK
    port: int = 0
    """0 takes one that is free."""
    faults: float = 0.0
    seed: int = 0


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
    with FakeOpenRouter(faults=faults).serve(serving.port) as server:
        screen.show_text(f"{server.url}\n")
        screen.note("This is the base URL of a simulated OpenRouter; any key will do. Ctrl-C stops it.")
        while not stopped.is_set():
            stopped.wait(_A_WHILE)
