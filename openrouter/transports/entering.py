"""Waiting for a place, blocking or awaiting, for as long as the request may take."""

from __future__ import annotations

import time
from threading import Event

import anyio

from ..core.errors import APITimeoutError
from ..preparing import Outgoing
from .admission import Admission


def enter(admission: Admission, outgoing: Outgoing) -> None:
    """Take a place, blocking; raise `APITimeoutError` where the deadline comes first."""
    if admission.try_enter():
        return
    admitted = Event()
    waiter = admission.enter(admitted.set)
    if waiter is None:
        return
    deadline = outgoing.clocks.deadline
    try:
        admitted.wait(None if deadline is None else max(0.0, deadline - time.monotonic()))
    except BaseException:
        admission.give_up(waiter)
        raise
    if not admission.holds(waiter):
        raise _timeout(admission)


async def enter_async(admission: Admission, outgoing: Outgoing) -> None:
    """Take a place, awaiting; raise `APITimeoutError` where the deadline comes first."""
    if admission.try_enter():
        return
    admitted = anyio.Event()
    waiter = admission.enter(admitted.set)
    if waiter is None:
        return
    deadline = outgoing.clocks.deadline
    try:
        with anyio.move_on_after(None if deadline is None else deadline - time.monotonic()):
            await admitted.wait()
    except BaseException:
        admission.give_up(waiter)
        raise
    if not admission.holds(waiter):
        raise _timeout(admission)


def _timeout(admission: Admission) -> APITimeoutError:
    message = f"All {admission.limit} places for requests in flight were taken until the time was over."
    made = APITimeoutError(message)
    made.clock = "queue"
    return made
