"""Processes that are forked off: whatever the parent was doing, the child works, and deadlocks on nothing."""

from __future__ import annotations

import asyncio
import faulthandler
import multiprocessing
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import anyio
import pytest
from anyio.from_thread import start_blocking_portal

from openrouter import AsyncClient, Policy, RateLimit, SyncClient
from openrouter.policy import Facts
from openrouter.testing import FakeOpenRouter, LoopbackServer
from openrouter.transports import tls
from tests.forks_under_load import PATIENCE, in_a_child

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork"),
    # that this process has threads is what is tried here
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
]


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with FakeOpenRouter().serve() as server:
        yield server


@pytest.mark.parametrize("forks", [4, pytest.param(20, marks=pytest.mark.thorough)])
def test_a_child_works_whatever_the_threads_of_its_parent_were_doing(forks: int) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    ended = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-m", "tests.forks_under_load", str(forks)],
        env=environment,
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=20 * PATIENCE,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    # asyncio's debug mode may tell of slow steps; nothing else is said
    for word in ("Warning", "Exception ignored", "Traceback"):
        assert word not in ended.stderr, ended.stderr


@contextmanager
def held(*locks: Any) -> Iterator[None]:
    """Have a thread hold locks, which is not there in a child."""
    holding, done = Event(), Event()

    def hold() -> None:
        with ExitStack() as stack:
            for lock in locks:
                stack.enter_context(lock)
            holding.set()
            done.wait()

    thread = Thread(target=hold)
    thread.start()
    holding.wait()
    try:
        yield
    finally:
        done.set()
        thread.join()


@pytest.mark.parametrize("http2", [False, True], ids=["pool", "stock"])
def test_no_lock_that_is_held_at_the_fork_holds_up_the_child(server: LoopbackServer, *, http2: bool) -> None:
    policy = Policy()
    with SyncClient(api_key="k", base_url=server.url, policy=policy, http2=http2) as client:
        client.complete("Hi")
        stream = client.stream("Hi")
        next(iter(stream))

        def leave_and_work() -> None:
            stream.close()
            assert client.complete("Hi").text
            assert tls.ssl_context(trust_env=False)
            assert client.totals.requests == 1
            assert client.ledger.by_key

        locks = (policy._states.get().turns.lock, policy.ledger._books.get().turns.lock, tls._LOADING.get())  # noqa: SLF001 - what a thread may hold at any moment
        with held(*locks):
            assert in_a_child(leave_and_work) == 0
        stream.close()
        assert client.totals.requests == 2


def test_a_child_waits_for_nobody_who_did_not_come_along(server: LoopbackServer) -> None:
    """Neither in a line, nor for a place, nor for a probe."""
    policy = Policy(rate_limit=RateLimit(requests_per_minute=1))
    with SyncClient(api_key="k", base_url=server.url, model="m", policy=policy, max_connections=1) as client:
        stream = client.stream("Hi")
        next(iter(stream))
        waiting = policy.begin(Facts(key="k", model="m"), client.driver.now())
        waiting.next(client.driver.now())
        assert in_a_child(lambda: client.complete("Hi", deadline=30)) == 0
        stream.close()


def test_the_parent_goes_on_with_what_it_had(server: LoopbackServer) -> None:
    with SyncClient(api_key="k", base_url=server.url) as client:
        stream = client.stream_text("Hi")
        first = next(iter(stream))
        assert in_a_child(lambda: client.complete("Hi")) == 0
        assert in_a_child(client.close) == 0
        assert first + "".join(stream) == "This is a simulated reply to: Hi"
        accepted = server.accepted
        client.complete("Hi")
        assert server.accepted == accepted


def ask(client: AsyncClient, backend: str) -> None:
    """Do what a child does with a client that its parent made."""
    faulthandler.dump_traceback_later(PATIENCE, exit=True)
    warnings.simplefilter("error")

    async def work() -> None:
        for _ in range(3):
            assert await client.generate_text("Hi")
        assert [piece async for piece in client.stream_text("Hi")]
        assert client.totals.requests == 4
        await client.aclose()

    anyio.run(work, backend=backend)


def run_in_a_child(client: AsyncClient, backend: str) -> int | None:
    child = multiprocessing.get_context("fork").Process(target=ask, args=(client, backend))
    child.start()
    child.join()
    return child.exitcode


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("http2", [False, True], ids=["pool", "stock"])
def test_an_async_client_works_in_the_event_loop_of_a_child(
    server: LoopbackServer, backend: str, *, http2: bool
) -> None:
    client = AsyncClient(api_key="k", base_url=server.url, http2=http2)

    async def work() -> None:
        assert await client.generate_text("Hi")

    asyncio.run(work())
    assert run_in_a_child(client, backend) == 0
    # and while a loop of the parent has connections to it
    with start_blocking_portal(backend) as portal:
        portal.call(work)
        assert run_in_a_child(client, backend) == 0
        portal.call(work)
        portal.call(client.aclose)
    server.wait_for_connections(0)
