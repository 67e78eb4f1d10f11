"""One call without a client, blocking and awaited."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import openrouter
from openrouter import ConfigurationError
from openrouter.testing import FakeOpenRouter, LoopbackServer
from tests.open_things import Open, wait_until_open

pytestmark = pytest.mark.anyio


@pytest.fixture
def fake() -> FakeOpenRouter:
    return FakeOpenRouter()


@pytest.fixture
def server(fake: FakeOpenRouter, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackServer]:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-test")
    with fake.serve() as server:
        monkeypatch.setenv("OPENROUTER_BASE_URL", server.url)
        yield server


async def test_both_kinds_ask_the_same_and_leave_nothing_open(server: LoopbackServer, fake: FakeOpenRouter) -> None:
    before = Open.now() if Open.possible() else None
    text = openrouter.generate_text("Hi", system_prompt="S", context="C", model="a/b")
    assert text == "This is a simulated reply to: Hi"
    assert await openrouter.aio.generate_text("Hi", system_prompt="S", context="C", model="a/b") == text
    whole = openrouter.complete("Hi", max_tokens=50)
    assert whole.text == (await openrouter.aio.complete("Hi", max_tokens=50)).text == text
    many = openrouter.complete_many(["a", "b"], concurrency=1, seed=1)
    awaited = await openrouter.aio.complete_many(["a", "b"], concurrency=1, seed=1)
    assert [outcome.content for outcome in many] == [outcome.content for outcome in awaited]
    sent = [request.body for request in fake.requests]
    assert sent == [sent[0], sent[0], sent[2], sent[2], *sent[4:6], *sent[4:6]]
    server.wait_for_connections(0)
    if before is not None:
        wait_until_open(before)


async def test_without_a_key_they_name_the_variable() -> None:
    for ask in (openrouter.generate_text, openrouter.complete):
        with pytest.raises(ConfigurationError, match="OPENROUTER_API_KEY"):
            ask("Hi")
    with pytest.raises(ConfigurationError, match="OPENROUTER_API_KEY"):
        openrouter.complete_many(["Hi"])
    for awaited in (openrouter.aio.generate_text, openrouter.aio.complete):
        with pytest.raises(ConfigurationError, match="OPENROUTER_API_KEY"):
            await awaited("Hi")
    with pytest.raises(ConfigurationError, match="OPENROUTER_API_KEY"):
        await openrouter.aio.complete_many(["Hi"])
