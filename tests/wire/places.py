"""Whether every place for a request in flight is free: as many requests as there are places are held at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event, Semaphore

import anyio
from anyio.lowlevel import checkpoint
from attrs import field, frozen

from openrouter import APIConnectionError, AsyncClient, SyncClient
from openrouter.testing import Answer, Exchange, FakeOpenRouter, Reply

PATIENCE = 60.0
"""Seconds after which a place is lost."""
MODEL = "held/held"


class Released(Exception):  # noqa: N818 - it is no error
    """Ends a request that was held."""


@frozen(eq=False)
class Held(Reply):
    """Says that it is there, and then sends nothing but signs of life."""

    arrived: Semaphore = field(factory=lambda: Semaphore(0))

    def answer(self, exchange: Exchange) -> Answer:  # noqa: ARG002 - the same for every request
        self.arrived.release()
        return Answer(200, {"Content-Type": "text/event-stream"}, [b": alive\n\n"] * 10_000, pause=0.005)

    def wait_for(self, number: int) -> None:
        for count in range(number):
            assert self.arrived.acquire(timeout=PATIENCE), f"{number - count} places of {number} are lost"

    async def wait_for_async(self, number: int) -> None:
        for _ in range(number):
            while not self.arrived.acquire(blocking=False):
                await checkpoint()


def fill_every_place(client: SyncClient, fake: FakeOpenRouter, places: int) -> None:
    """Hold as many requests as there are places, and release them."""
    held, release, patient = Held(), Event(), client.with_options(timeout=PATIENCE, stall_timeout=PATIENCE)
    fake.add(*[held] * places)

    def leave() -> None:
        if release.is_set():
            raise Released

    def hold() -> None:
        with suppress(Released):
            while True:
                # one that was closed while it was idle is not always told apart, and is no lost place
                with suppress(APIConnectionError):
                    for _ in patient.stream("Hi", model=MODEL, on_keepalive=leave):
                        pass

    with ThreadPoolExecutor(places) as pool:
        try:
            runs = [pool.submit(hold) for _ in range(places)]
            held.wait_for(places)
        finally:
            release.set()
    assert not any(run.result(PATIENCE) for run in runs)


async def fill_every_place_async(client: AsyncClient, fake: FakeOpenRouter, places: int) -> None:
    """Hold as many requests as there are places, and cancel them."""
    held, patient = Held(), client.with_options(timeout=PATIENCE, stall_timeout=PATIENCE)
    fake.add(*[held] * places)

    async def hold() -> None:
        while True:
            with suppress(APIConnectionError):
                async with patient.stream("Hi", model=MODEL) as stream:
                    async for _ in stream:
                        pass

    async with anyio.create_task_group() as group:
        for _ in range(places):
            group.start_soon(hold)
        with anyio.fail_after(PATIENCE):
            await held.wait_for_async(places)
        group.cancel_scope.cancel()
