"""What only a stream of the blocking client has: no event loop, and an owner that is known at every moment."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator

import httpx
import pytest

from openrouter import InvalidArgumentError, SyncClient
from openrouter.testing import FakeOpenRouter, FakeTransport, RawReply, TextReply
from tests.injected_time import InjectedTime, blocking_client
from tests.stream_kinds import ANSWER, EVENTS

ALIVE = RawReply(200, EVENTS, [b": 1\n\n", b"data: " + ANSWER + b"\n\n"])


@pytest.fixture
def fake() -> FakeOpenRouter:
    return FakeOpenRouter(respond=lambda _: TextReply("Once upon a time"))


@pytest.fixture
def transport(fake: FakeOpenRouter) -> FakeTransport:
    return fake.transport()


@pytest.fixture
def client(transport: FakeTransport) -> Iterator[SyncClient]:
    with httpx.Client(transport=transport) as http:
        yield blocking_client(InjectedTime(), http=http)


def test_a_bare_loop_that_is_left_gives_the_connection_back_at_once(
    client: SyncClient, transport: FakeTransport
) -> None:
    for chunk in client.stream("Hi"):
        assert (chunk.model, transport.open_bodies) == ("openrouter/simulated", 1)
        break
    assert transport.open_bodies == 0


def test_a_stream_that_nobody_holds_is_closed(client: SyncClient, transport: FakeTransport) -> None:
    gc.disable()
    try:
        stream = client.stream("Hi")
        next(stream)
        gone = weakref.ref(stream)
        del stream
        assert gone() is None
        assert transport.open_bodies == 0
    finally:
        gc.enable()


@pytest.mark.parametrize("option", ["on_chunk", "on_keepalive"])
def test_an_async_callback_is_refused_before_anything_is_sent(
    option: str, client: SyncClient, fake: FakeOpenRouter
) -> None:
    async def callback(*_: object) -> None: ...

    with pytest.raises(InvalidArgumentError, match=f"{option} is an async function: give it to AsyncClient"):
        client.stream("Hi", **{option: callback})  # type: ignore[arg-type]  # one of two names
    assert fake.requests == []


class Later:
    """Something to await that is no coroutine."""

    def __await__(self) -> Iterator[None]:
        yield


async def nothing() -> None: ...


@pytest.mark.parametrize("make", [Later, nothing])
@pytest.mark.parametrize("option", ["on_chunk", "on_keepalive"])
def test_a_callback_that_turns_out_to_be_async_is_refused_too(
    option: str, make: Callable[[], object], client: SyncClient, fake: FakeOpenRouter, transport: FakeTransport
) -> None:
    fake.add(ALIVE)
    with pytest.raises(InvalidArgumentError, match=f"{option} is an async function"):
        list(client.stream("Hi", **{option: lambda *_: make()}))  # type: ignore[arg-type]  # one of two names
    assert transport.open_bodies == 0
