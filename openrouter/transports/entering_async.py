"""Waiting for a place, awaiting, for as long as the request may take."""

from __future__ import annotations

import time

import anyio

from ..outgoing import Outgoing
from .admission import Admission
from .entering import all_taken
from .wire import seconds_left


async def enter_async(admission: Admission, outgoing: Outgoing) -> None:
    """Take a place, awaiting; raise `APITimeoutError` where the deadline comes first."""
    admitted = anyio.Event()
    waiter = admission.enter(admitted.set)
    if waiter is None:
        return
    began = time.monotonic()
    try:
        with anyio.move_on_after(seconds_left(outgoing.clocks.deadline)):
            await admitted.wait()
    except BaseException:
        admission.give_up(waiter)
        raise
    if not admission.holds(waiter):
        raise all_taken(admission)
    outgoing.waited = time.monotonic() - began
