"""Both kinds of streams behind one face, so that one table of scenarios can be about both."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, Self

import anyio
import httpx
from anyio import to_thread

from openrouter import AsyncClient, SyncClient
from openrouter.testing import FakeOpenRouter
from tests.injected_time import InjectedTime, awaiting_client, blocking_client

OVER: Final = object()
"""Stands for the end of a stream."""
EVENTS: Final = {"Content-Type": "text/event-stream"}
ANSWER: Final = b'{"id":"gen-1","choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}]}'
"""A stream that has this for its only event is a whole one."""


class _Loop:
    """Iterates over a stream as a bare loop does; it may be left at any time."""

    def __init__(self, following: Callable[[], Awaitable[Any]]) -> None:
        self._following = following

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        piece = await self._following()
        if piece is OVER:
            raise StopAsyncIteration
        return piece


class Blocking:
    """Streams of the blocking client."""

    name = "Stream"

    def __init__(self, fake: FakeOpenRouter, clock: InjectedTime) -> None:
        self.transport = fake.transport()
        self._http = httpx.Client(transport=self.transport)
        self.client: Any = blocking_client(clock, http=self._http)

    @staticmethod
    def through(transport: httpx.MockTransport, **settings: Any) -> Any:
        """Give a client that sends through a transport of somebody's own."""
        return SyncClient(api_key="sk-test", http=httpx.Client(transport=transport), **settings)

    async def aclose(self) -> None:
        self._http.close()

    @staticmethod
    @asynccontextmanager
    async def connected(**settings: Any) -> AsyncIterator[Any]:
        """Give a client with connections of its own."""
        with SyncClient(**{"api_key": "sk-test", **settings}) as client:
            yield client

    @staticmethod
    async def got(result: Any) -> Any:
        """Give what an operation gave."""
        return result

    @staticmethod
    @asynccontextmanager
    async def entered(stream: Any) -> AsyncIterator[Any]:
        with stream:
            yield stream

    @staticmethod
    async def following(stream: Any) -> Any:
        return next(stream, OVER)

    def loop(self, stream: Any) -> _Loop:
        return _Loop(partial(self.following, stream))

    async def rest(self, stream: Any) -> list[Any]:
        return list(stream)

    @staticmethod
    async def close(stream: Any) -> None:
        stream.close()


class Awaiting:
    """Streams of the awaiting client."""

    name = "AsyncStream"

    def __init__(self, fake: FakeOpenRouter, clock: InjectedTime) -> None:
        self.transport = fake.transport()
        self._http = httpx.AsyncClient(transport=self.transport)
        self.client: Any = awaiting_client(clock, http=self._http)

    @staticmethod
    def through(transport: httpx.MockTransport, **settings: Any) -> Any:
        """Give a client that sends through a transport of somebody's own."""
        return AsyncClient(api_key="sk-test", http=httpx.AsyncClient(transport=transport), **settings)

    async def aclose(self) -> None:
        await self._http.aclose()

    @staticmethod
    @asynccontextmanager
    async def connected(**settings: Any) -> AsyncIterator[Any]:
        """Give a client with connections of its own."""
        async with AsyncClient(**{"api_key": "sk-test", **settings}) as client:
            yield client

    @staticmethod
    async def got(result: Any) -> Any:
        """Give what an operation gave."""
        return await result

    @staticmethod
    @asynccontextmanager
    async def entered(stream: Any) -> AsyncIterator[Any]:
        async with stream:
            yield stream

    @staticmethod
    async def following(stream: Any) -> Any:
        return await anext(stream, OVER)

    def loop(self, stream: Any) -> _Loop:
        return _Loop(partial(self.following, stream))

    async def rest(self, stream: Any) -> list[Any]:
        return [piece async for piece in stream]

    @staticmethod
    async def close(stream: Any) -> None:
        await stream.aclose()


class GateInThreads:
    """A callback that a stream in a thread waits in, until it is let go."""

    def __init__(self) -> None:
        self._reached, self._open = threading.Event(), threading.Event()

    def __call__(self, *_: object) -> None:
        self._reached.set()
        assert self._open.wait(10)

    def let_go(self) -> None:
        self._open.set()

    @staticmethod
    async def run(read: Callable[[], Awaitable[Any]]) -> Any:
        return await to_thread.run_sync(partial(anyio.run, read))

    async def reached(self) -> None:
        assert await to_thread.run_sync(partial(self._reached.wait, 10))


class GateInTasks:
    """A callback that a stream in a task waits in, until it is let go."""

    def __init__(self) -> None:
        self._reached, self._open = anyio.Event(), anyio.Event()

    async def __call__(self, *_: object) -> None:
        self._reached.set()
        with anyio.fail_after(10):
            await self._open.wait()

    def let_go(self) -> None:
        self._open.set()

    @staticmethod
    async def run(read: Callable[[], Awaitable[Any]]) -> Any:
        return await read()

    async def reached(self) -> None:
        with anyio.fail_after(10):
            await self._reached.wait()


GATES: Final = {Blocking: GateInThreads, Awaiting: GateInTasks}
