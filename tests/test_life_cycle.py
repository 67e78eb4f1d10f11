"""A client from its beginning to its end: one event loop after the other, closing, copies and pickles."""

from __future__ import annotations

import copy
import pickle
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from typing import Any, Final

import anyio
import pytest

from openrouter import AsyncClient, ClosedClientError, Outcome, Settings, SyncClient
from openrouter.api.chat import Chat
from openrouter.testing import FakeOpenRouter, LoopbackServer
from tests.open_things import Open, wait_until_open

CLIENT: Final = AsyncClient(api_key="k", base_url="http://127.0.0.1:9/never")
"""Made at import, before any event loop, as modules of applications do."""

SAID: Final = "This is a simulated reply to: Hi"


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with FakeOpenRouter().serve() as server:
        yield server


# --- One event loop after the other ---


@pytest.mark.skipif(not Open.possible(), reason="only Linux tells which descriptors are open")
def test_one_client_of_a_module_serves_any_number_of_loops(server: LoopbackServer) -> None:
    client = CLIENT.with_options(base_url=server.url)
    open_before: Open | None = None

    async def work() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(client.generate_text, "Hi")
        assert "".join([piece async for piece in client.stream_text("Hi")]) == SAID
        async with client.stream("Hi") as left:
            await anext(aiter(left))
        assert server.connections > 1, "idle connections are left for the next loop to find"

    for backend in ("asyncio", "asyncio", "trio", "asyncio"):
        anyio.run(work, backend=backend)
        server.wait_for_connections(0)
        open_before = open_before or Open.now()
        wait_until_open(open_before)


# --- Used after it was closed ---


def everything(client: SyncClient) -> list[Callable[[], object]]:
    return [
        partial(client.complete, "Hi"),
        partial(client.generate_text, "Hi"),
        partial(client.send, Chat.complete("Hi")),
        lambda: list(client.stream("Hi")),
        lambda: list(client.stream_text("Hi")),
        client.stream("Hi").__enter__,
    ]


def everything_awaited(client: AsyncClient) -> list[Callable[[], Awaitable[object]]]:
    async def iterate(stream: AsyncIterator[object]) -> None:
        async for _ in stream:
            pass

    return [
        partial(client.complete, "Hi"),
        partial(client.generate_text, "Hi"),
        partial(client.send, Chat.complete("Hi")),
        lambda: iterate(aiter(client.stream("Hi"))),
        lambda: iterate(aiter(client.stream_text("Hi"))),
        client.stream("Hi").__aenter__,
    ]


def are_closed(*outcomes: Outcome) -> bool:
    return all(isinstance(outcome.error, ClosedClientError) for outcome in outcomes)


@pytest.mark.parametrize("http2", [False, True], ids=["pool", "stock"])
@pytest.mark.parametrize("used", [False, True], ids=["fresh", "used"])
@pytest.mark.anyio
async def test_whatever_is_asked_of_a_closed_client_says_so(server: LoopbackServer, *, http2: bool, used: bool) -> None:
    with SyncClient(api_key="k", base_url=server.url, http2=http2) as client:
        derived = client.with_options(model="a/b")
        if used:
            client.complete("Hi")
    client.close()
    for closed in (client, derived, client.with_options(model="c/d"), copy.copy(client)):
        for work in everything(closed):
            with pytest.raises(ClosedClientError):
                work()
        assert are_closed(closed.try_complete("Hi"), *closed.complete_many(["Hi"] * 3))

    async with AsyncClient(api_key="k", base_url=server.url, http2=http2) as awaiting:
        also_derived = awaiting.with_options(model="a/b")
        if used:
            await awaiting.complete("Hi")
    await awaiting.aclose()
    for late in (awaiting, also_derived, awaiting.with_options(model="c/d"), copy.copy(awaiting)):
        for asked in everything_awaited(late):
            with pytest.raises(ClosedClientError):
                await asked()
        assert are_closed(await late.try_complete("Hi"), *await late.complete_many(["Hi"] * 3))
    assert server.accepted == (2 if used else 0)
    server.wait_for_connections(0)


@pytest.mark.anyio
async def test_the_clients_of_the_fake_close_as_well() -> None:
    client = FakeOpenRouter().sync_client()
    client.close()
    client.close()
    awaiting = FakeOpenRouter().async_client()
    await awaiting.aclose()
    await awaiting.aclose()
    with pytest.raises(ClosedClientError):
        client.complete("Hi")
    with pytest.raises(ClosedClientError):
        await awaiting.complete("Hi")


# --- Copies and pickles ---


@pytest.mark.parametrize("cls", [SyncClient, AsyncClient])
def test_a_client_is_not_pickled_but_its_settings_are(cls: type[SyncClient | AsyncClient]) -> None:
    client = cls(api_key="sk-or-v1-abc", model="a/b")
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match=rf"pickled.*client\.settings.*{cls.__name__}\(settings=") as caught:
            pickle.dumps(client, protocol)
        assert "sk-or" not in str(caught.value)
    settings: Settings = pickle.loads(pickle.dumps(client.settings))  # noqa: S301 - our own
    assert settings == client.settings
    again = cls(settings=settings)
    assert repr(again) == repr(client)


class Mine(SyncClient):
    """A client with something of its own."""

    def __init__(self, tenant: str, **settings: Any) -> None:
        super().__init__(**settings)
        self.tenant = tenant


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_shares_the_connections_and_closes_nothing(
    copied: Callable[[Mine], Mine], server: LoopbackServer
) -> None:
    with Mine("t", api_key="k", base_url=server.url) as client:
        client.complete("Hi")
        with copied(client) as other:
            assert type(other) is Mine
            assert (other.tenant, other.settings, other.policy) == ("t", client.settings, client.policy)
            other.complete("Hi")
        client.complete("Hi")
        assert (server.accepted, client.totals.requests) == (1, 3)


@pytest.mark.parametrize("cls", [SyncClient, AsyncClient])
def test_the_reprs_of_what_a_client_is_made_of_are_short(cls: type[SyncClient | AsyncClient]) -> None:
    for options in ({}, {"http2": True}):
        client = cls(api_key="sk-or-v1-abc", **options)
        for thing in (client, client.policy, client.ledger, client.driver.transport):
            assert type(thing).__name__ in repr(thing)
            assert len(repr(thing)) < 120
            assert " at 0x" not in repr(thing)
