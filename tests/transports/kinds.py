"""Both clients behind one face, so that a scenario is written once."""

from __future__ import annotations

from typing import Any

from openrouter import AsyncClient, Completion, Settings, SyncClient
from openrouter.core.wire import Request
from openrouter.drivers import read_clocks
from openrouter.outgoing import Outgoing
from openrouter.preparing import prepare

KEY = "sk-or-v1-test"


def outgoing(*, stream: bool = False, body: dict[str, Any] | None = None, **settings: Any) -> Outgoing:
    """Give a request as the drivers give it to a transport, prepared this moment."""
    request = Request("POST", "/chat/completions", {"model": "m", **(body or {})}, stream=stream)
    made = Settings(api_key=KEY, base_url="https://api.test/v1").replace(**settings)
    return prepare(request, made, made.key(), read_clocks())


def with_clocks(request: Outgoing, *, idle: float | None = None, total: float | None = None) -> Outgoing:
    """Set the clocks of a request, which start when it is sent."""
    request.clocks = request.clocks._replace(idle=idle, total=total)
    return request


class Blocking:
    """A `SyncClient`; it blocks the event loop, as the servers run in threads of their own."""

    def __init__(self, base_url: str, **settings: Any) -> None:
        self.client = SyncClient(**{"api_key": KEY, "base_url": base_url, "max_retries": 0, "model": "m", **settings})

    async def reply(self, **options: Any) -> Completion:
        return self.client.complete("Hi", **options)

    async def complete(self, **options: Any) -> str:
        return self.client.complete("Hi", **options).text

    async def send(self, request: Outgoing) -> Any:
        return self.client.driver.transport.send(request)

    async def read(self, incoming: Any) -> bytes:
        try:
            return b"".join(incoming)
        finally:
            incoming.close()
            incoming.close()

    async def stream(self, **options: Any) -> str:
        return "".join(self.client.stream_text("Hi", **options))

    async def leave_early(self) -> None:
        with self.client.stream_text("Hi") as stream:
            next(iter(stream))

    async def close(self) -> None:
        self.client.close()


class Awaiting:
    """An `AsyncClient`."""

    def __init__(self, base_url: str, **settings: Any) -> None:
        self.client = AsyncClient(**{"api_key": KEY, "base_url": base_url, "max_retries": 0, "model": "m", **settings})

    async def reply(self, **options: Any) -> Completion:
        return await self.client.complete("Hi", **options)

    async def send(self, request: Outgoing) -> Any:
        return await self.client.driver.transport.send(request)

    async def read(self, incoming: Any) -> bytes:
        try:
            return b"".join([data async for data in incoming])
        finally:
            await incoming.aclose()
            await incoming.aclose()

    async def complete(self, **options: Any) -> str:
        return (await self.client.complete("Hi", **options)).text

    async def stream(self, **options: Any) -> str:
        return "".join([piece async for piece in self.client.stream_text("Hi", **options)])

    async def leave_early(self) -> None:
        async with self.client.stream_text("Hi") as stream:
            await anext(aiter(stream))

    async def close(self) -> None:
        await self.client.aclose()
