"""A client for each request: a thousand in a row leave nothing behind."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from openrouter import AsyncClient, SyncClient
from openrouter.transports.tls import ssl_context
from tests.open_things import Open, wait_until_open
from tests.transports.raw_server import serve

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(not Open.possible(), reason="only Linux tells which descriptors are open"),
]

WARM_UP = 50
GROWTH = 128 * 1024
"""Bytes that may be allocated anew over all of them: far less for each than a client needs."""

POOL: dict[str, Any] = {}
STOCK = {"http2": True}
"""Settings: with connections of our own, and with those of httpx, as for a proxy."""


class Forgetful(ThreadingTCPServer):
    """A server that remembers nothing, so that what grows is ours."""

    daemon_threads = True
    request_queue_size = 128


class Handler(BaseRequestHandler):
    def handle(self) -> None:
        serve(self.request)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with Forgetful(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/api/v1"
        server.shutdown()
        thread.join()


@contextmanager
def flat() -> Iterator[None]:
    """Assert that no memory is held afterwards that was not before."""
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        yield
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < GROWTH


def closed(url: str, settings: dict[str, Any]) -> None:
    with SyncClient(api_key="k", base_url=url, **settings) as client:
        assert client.generate_text("Hi") == "Good."


def dropped(url: str, settings: dict[str, Any]) -> None:
    assert SyncClient(api_key="k", base_url=url, **settings).generate_text("Hi") == "Good."


@pytest.mark.parametrize(("number", "settings"), [(1000, POOL), (100, STOCK)], ids=["pool", "stock"])
def test_blocking_clients(number: int, settings: dict[str, Any], url: str) -> None:
    open_before = Open.now()
    for _ in range(WARM_UP):
        closed(url, settings)
        dropped(url, settings)
    with flat():
        for _ in range(number // 2):
            closed(url, settings)
            dropped(url, settings)
        wait_until_open(open_before)


async def closed_async(url: str, settings: dict[str, Any]) -> None:
    async with AsyncClient(api_key="k", base_url=url, **settings) as client:
        assert await client.generate_text("Hi") == "Good."


async def dropped_async(url: str, settings: dict[str, Any]) -> None:
    assert await AsyncClient(api_key="k", base_url=url, **settings).generate_text("Hi") == "Good."


async def let_go(expected: Open, tasks: int) -> None:
    """Let the event loop close what was dropped."""
    with anyio.fail_after(30):
        while Open.now() != expected or len(anyio.get_running_tasks()) > tasks:
            await checkpoint()


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("anyio_backend", "number", "settings"),
    [("asyncio", 1000, POOL), ("trio", 300, POOL), ("asyncio", 100, STOCK), ("trio", 100, STOCK)],
    ids=["asyncio-pool", "trio-pool", "asyncio-stock", "trio-stock"],
)
async def test_awaiting_clients(number: int, settings: dict[str, Any], url: str) -> None:
    open_before, tasks = Open.now(), len(anyio.get_running_tasks())
    for _ in range(WARM_UP):
        await closed_async(url, settings)
        await dropped_async(url, settings)
    await let_go(open_before, tasks)
    with flat():
        for _ in range(number // 2):
            await closed_async(url, settings)
            await dropped_async(url, settings)
        await let_go(open_before, tasks)


@pytest.mark.parametrize("cls", [SyncClient, AsyncClient])
@pytest.mark.parametrize("settings", [{}, {"http2": True}, {"proxy": "http://127.0.0.1:1"}], ids=str)
def test_clients_that_are_never_used(cls: Callable[..., object], settings: dict[str, Any]) -> None:
    for _ in range(WARM_UP):
        cls(api_key="k", **settings)
    context = ssl_context(trust_env=True)
    with flat():
        for _ in range(300):
            cls(api_key="k", **settings)
    assert ssl_context(trust_env=True) is context


def test_derived_clients() -> None:
    with SyncClient(api_key="k") as client, flat():
        for number in range(1000):
            assert client.with_options(max_tokens=number + 1).policy is client.policy
