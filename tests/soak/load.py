"""Load at a constant rate: blocking threads and awaiting tasks, whole replies and streams, old and new clients."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Event
from typing import Any

import anyio
from attrs import frozen

from openrouter import AsyncClient, CircuitBreaker, Policy, SyncClient
from tests.soak.tally import Tally

MODELS = 5
USERS = 20
"""So few that the rows of the ledger have their final size in the first minute."""
NEW_CLIENT_EVERY = 25
"""One request in so many is sent by a client of its own, some of which are never closed."""
LONGEST = 100
"""Words of the longest message; what comes back is as long."""


@frozen(eq=False)
class Load:
    """What is sent where, how often, and until when."""

    url: str
    tally: Tally
    stop: Event

    def client_settings(self) -> dict[str, Any]:
        # The pauses are short, so that the load is the same all the time.
        policy = Policy(circuit_breaker=CircuitBreaker(pause=0.5, max_pause=1))
        return {"api_key": "sk-soak", "base_url": self.url, "timeout": 1.0, "policy": policy, "trust_env": False}

    def numbers(self, per_second: float) -> Iterator[tuple[int, float]]:
        """Give the numbers of requests, each with the second at which it is due, until it is time to stop."""
        begun, number = time.monotonic(), 0
        while not self.stop.is_set():
            yield number, begun + number / per_second
            number += 1

    def block(self, thread: int, per_second: float) -> None:
        """Send requests one after the other."""
        with SyncClient(**self.client_settings()) as client:
            for number, due in self.numbers(per_second):
                time.sleep(max(0.0, due - time.monotonic()))
                self._ask(self._sender(client, number), f"{thread}/{number}", number)

    def _sender(self, client: SyncClient, number: int) -> SyncClient:
        return client if number % NEW_CLIENT_EVERY else SyncClient(**self.client_settings())

    def _ask(self, client: SyncClient, name: str, number: int) -> None:
        message, options = self._request(name, number)
        try:
            if number % 2:
                text = client.complete(message, **options).text
            else:
                with client.stream(message, **options) as stream:
                    text = "".join(chunk.text for chunk in stream)
        except BaseException as error:  # noqa: BLE001 - the tally tells which ones are not expected
            self.tally.failed(error)
        else:
            self.tally.answered(text, _echoed(message))

    async def wait(self, per_second: float) -> None:
        """Send requests when they are due, whatever became of those before."""
        async with AsyncClient(**self.client_settings()) as client, anyio.create_task_group() as group:
            for number, due in self.numbers(per_second):
                await anyio.sleep(max(0.0, due - time.monotonic()))
                group.start_soon(self._wait_for, client, number)

    async def _wait_for(self, client: AsyncClient, number: int) -> None:
        if number % NEW_CLIENT_EVERY:
            await self._ask_async(client, number)
        else:
            async with AsyncClient(**self.client_settings()) as another:
                await self._ask_async(another, number)

    async def _ask_async(self, client: AsyncClient, number: int) -> None:
        message, options = self._request("task", number)
        try:
            if number % 2:
                text = (await client.complete(message, **options)).text
            else:
                async with client.stream(message, **options) as stream:
                    text = "".join([chunk.text async for chunk in stream])
        except Exception as error:  # noqa: BLE001 - the tally tells which ones are not expected
            self.tally.failed(error)
        else:
            self.tally.answered(text, _echoed(message))

    def _request(self, name: str, number: int) -> tuple[str, dict[str, Any]]:
        message = " ".join([name, *["word"] * (number * 37 % LONGEST)])
        return message, {"model": f"soak/{number % MODELS}", "user": f"user-{number % USERS}"}


def _echoed(message: str) -> str:
    return f"This is a simulated reply to: {message}"
