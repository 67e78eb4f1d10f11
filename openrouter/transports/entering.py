"""Waiting for a place, blocking, for as long as the request may take."""

from __future__ import annotations

import time
from threading import Lock

from ..core.errors import APITimeoutError
from ..outgoing import Outgoing
from .admission import Admission
from .wire import seconds_left


def enter(admission: Admission, outgoing: Outgoing) -> None:
    """Take a place, blocking; raise `APITimeoutError` where the deadline comes first."""
    # A bare lock: an Event cannot be set by what the garbage collector runs in the very thread that waits for it.
    gate = Lock()
    gate.acquire()
    waiter = admission.enter(gate.release)
    if waiter is None:
        return
    began, left = time.monotonic(), seconds_left(outgoing.clocks.deadline)
    try:
        gate.acquire(timeout=-1 if left is None else max(0.0, left))
    except BaseException:
        admission.give_up(waiter)
        raise
    if not admission.holds(waiter):
        raise all_taken(admission)
    outgoing.waited = time.monotonic() - began


def all_taken(admission: Admission) -> APITimeoutError:
    """Give the error for a place that did not come free in time."""
    message = f"All {admission.limit} places for requests in flight were taken until the time was over."
    made = APITimeoutError(message)
    made.clock = "queue"
    return made
