"""A process that was forked off does not talk on the connections of the one that it came from.

A real fork of a process with threads is a warning of its own, and nobody sees what is reached in the child. What counts
for most of these is what the transports see of one: another process id.
"""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from openrouter import AsyncClient, ConfigurationError, SyncClient
from openrouter.testing import FakeOpenRouter, LoopbackServer
from openrouter.transports.tls import ssl_context
from tests.transports.kinds import KEY, Awaiting, Blocking, outgoing
from tests.transports.raw_server import RawServer, say, whole

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")

Fork = Callable[[], None]


@pytest.fixture
def fork(monkeypatch: pytest.MonkeyPatch) -> Fork:
    """Give what makes this process look like a child that was forked off."""

    def pretend(real: int = os.getpid()) -> None:
        monkeypatch.setattr(os, "getpid", lambda: real + 1)

    return pretend


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with FakeOpenRouter().serve() as server:
        yield server


def test_a_child_opens_connections_of_its_own(fork: Fork, server: LoopbackServer) -> None:
    with SyncClient(api_key=KEY, base_url=server.url) as client:
        client.complete("Hi")
        assert server.accepted == 1
        fork()
        client.complete("Hi")
        client.complete("Hi")
        assert server.accepted == 2


def test_a_child_keeps_nothing_open_that_is_the_parents(fork: Fork, server: LoopbackServer) -> None:
    with SyncClient(api_key=KEY, base_url=server.url) as client:
        streams = [client.stream("Hi") for _ in range(3)]
        for stream in streams:
            next(iter(stream))
        for stream in streams:
            assert list(stream)
        assert server.connections == 3
        fork()
        client.complete("Hi")
        # Here they are the same descriptors; in a real child they are copies.
        server.wait_for_connections(1)


@pytest.mark.anyio
async def test_a_child_does_not_read_on_what_the_parent_asked_for(kind: type[Blocking | Awaiting], fork: Fork) -> None:
    with RawServer(say(whole(b"{", length=100))) as server:
        made = kind(server.url)
        incoming = await made.send(outgoing(base_url=server.url))
        fork()
        with pytest.raises(ConfigurationError, match="forked off"):
            await made.read(incoming)
        server.wait_for_ends(1)
        assert await made.complete() == "Good."
        await made.close()


@pytest.mark.anyio
async def test_a_client_of_the_users_own_is_refused_where_it_was_in_use_before(
    kind: type[Blocking | Awaiting], fork: Fork, server: LoopbackServer
) -> None:
    http: Any = httpx.Client() if kind is Blocking else httpx.AsyncClient()
    used = kind(server.url, http=http)
    assert await used.complete()
    fork()
    for work in (used.complete, used.stream):
        with pytest.raises(ConfigurationError, match="after the fork"):
            await work()
    assert server.accepted == 1
    await used.close()
    await http.aclose() if isinstance(http, httpx.AsyncClient) else http.close()


@pytest.mark.anyio
async def test_one_that_was_not_in_use_yet_is_the_childs(
    kind: type[Blocking | Awaiting], fork: Fork, server: LoopbackServer
) -> None:
    http: Any = httpx.Client() if kind is Blocking else httpx.AsyncClient()
    made = kind(server.url, http=http)
    fork()
    assert await made.complete()
    assert await made.complete()
    await made.close()
    await http.aclose() if isinstance(http, httpx.AsyncClient) else http.close()


def test_a_child_leaves_an_httpx_client_of_the_parent_alone(fork: Fork, server: LoopbackServer) -> None:
    # http2 is never agreed on without TLS, but has an httpx client serve
    client = SyncClient(api_key=KEY, base_url=server.url, http2=True)
    client.complete("Hi")
    fork()
    client.complete("Hi")
    client.complete("Hi")
    assert server.accepted == 2
    client.close()
    # The parent's has locks that may be held by threads that did not come along: it is not closed, only dropped.
    server.wait_for_connections(1)
    with pytest.warns(ResourceWarning, match="unclosed"):  # noqa: PT031 - the collector may come at once or later
        del client
        gc.collect()
    server.wait_for_connections(0)


def test_a_child_closes_no_httpx_client_of_the_parent(fork: Fork, server: LoopbackServer) -> None:
    client = SyncClient(api_key=KEY, base_url=server.url, http2=True)
    client.complete("Hi")
    fork()
    client.close()
    assert server.connections == 1
    with pytest.warns(ResourceWarning, match="unclosed"):  # noqa: PT031 - the collector may come at once or later
        del client
        gc.collect()
    server.wait_for_connections(0)


def test_a_child_does_not_call_the_event_loops_of_the_parent(
    fork: Fork, server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.new_event_loop()
    client = AsyncClient(api_key=KEY, base_url=server.url)
    loop.run_until_complete(client.complete("Hi"))
    fork()
    asyncio.run(client.aclose())
    monkeypatch.undo()
    for _ in range(3):
        loop.run_until_complete(asyncio.sleep(0))
    assert server.connections == 1
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
    server.wait_for_connections(0)


def test_a_child_has_a_tls_context_of_its_own(fork: Fork) -> None:
    mine = ssl_context(trust_env=False)
    assert ssl_context(trust_env=False) is mine
    fork()
    assert ssl_context(trust_env=False) is not mine
