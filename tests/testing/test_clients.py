"""Our clients on the in-process fake: what they answer, what they are made with, and how they end."""

from __future__ import annotations

from decimal import Decimal

import httpx
import pytest

from openrouter import ClosedClientError, Policy, RateLimitError, Retry
from openrouter.testing import Disconnect, ErrorReply, FakeOpenRouter, TextReply, Unreachable


def test_a_blocking_client_gets_the_replies_of_the_fake() -> None:
    fake = FakeOpenRouter([TextReply("Rhine, Main, Neckar.")])
    with fake.sync_client(model="vendor/model", app_title="Atlas") as client:
        assert client.generate_text("Name three rivers.") == "Rhine, Main, Neckar."
        assert "".join(client.stream_text("Again")) == "This is a simulated reply to: Again"
    assert fake.requests[0].payload["model"] == "vendor/model"
    assert fake.requests[1].headers["x-openrouter-title"] == "Atlas"


@pytest.mark.anyio
async def test_an_async_client_gets_the_replies_of_the_fake() -> None:
    fake = FakeOpenRouter([TextReply("Rhine, Main, Neckar.")])
    async with fake.async_client(model="vendor/model") as client:
        assert await client.generate_text("Name three rivers.") == "Rhine, Main, Neckar."
        async with client.stream("Again") as stream:
            assert "".join([chunk.text async for chunk in stream]) == "This is a simulated reply to: Again"
    assert [request.payload["model"] for request in fake.requests] == ["vendor/model", "vendor/model"]


def test_the_environment_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-v1-environment")
    monkeypatch.setenv("OPENROUTER_BASE_URL", "https://elsewhere.example/v1")
    monkeypatch.setenv("OPENROUTER_TEMPERATURE", "much")
    monkeypatch.setenv("HTTPS_PROXY", "no address")
    fake = FakeOpenRouter()
    with fake.sync_client() as client:
        client.complete("Hello")
        assert client.settings == fake.async_client().settings
    assert fake.requests[0].headers["authorization"] == "Bearer sk-or-v1-offline"
    assert fake.requests[0].headers["host"] == "openrouter.ai"


@pytest.mark.anyio
async def test_a_key_and_a_policy_of_ones_own_are_taken() -> None:
    policy = Policy(retry=Retry(max_retries=0))
    fake = FakeOpenRouter([ErrorReply(429, "Slow down"), TextReply("one"), TextReply("two")])
    with fake.sync_client(api_key="sk-or-v1-mine", policy=policy) as client:
        with pytest.raises(RateLimitError):
            client.complete("Hello")
        assert client.generate_text("Hello") == "one"
    async with fake.async_client(policy=policy) as async_client:
        assert await async_client.generate_text("Hello") == "two"
    assert [request.headers["authorization"] for request in fake.requests][1:] == [
        "Bearer sk-or-v1-mine",
        "Bearer sk-or-v1-offline",
    ]
    assert policy.ledger.totals(client.driver.now()).successes == 2


def test_a_closed_client_sends_nothing() -> None:
    fake = FakeOpenRouter()
    client = fake.sync_client()
    client.close()
    with pytest.raises(ClosedClientError):
        client.complete("Hello")
    assert fake.requests == []


@pytest.mark.anyio
async def test_a_closed_async_client_sends_nothing() -> None:
    fake = FakeOpenRouter()
    client = fake.async_client()
    await client.aclose()
    with pytest.raises(ClosedClientError):
        await client.complete("Hello")
    assert fake.requests == []


def test_no_more_requests_are_under_way_than_connections_allowed() -> None:
    with FakeOpenRouter().sync_client(max_connections=1) as client:
        outcomes = client.complete_many(["one", "two", "three"], concurrency=3)
    assert [outcome.content.rpartition(" ")[2] for outcome in outcomes] == ["one", "two", "three"]


def test_the_models_and_the_delay_of_records_are_passed_on() -> None:
    fake = FakeOpenRouter(models=[{"id": "vendor/model"}], generation_delay=0)
    with fake.http() as client:
        client.headers["Authorization"] = "Bearer sk-or-v1-any"
        models = client.get("/models").json()["data"]
        reply = client.post("/chat/completions", json={"messages": [{"role": "user", "content": "Hello"}]})
        record = client.get("/generation", params={"id": reply.json()["id"]})
    assert [model["id"] for model in models] == ["vendor/model"]
    assert record.status_code == 200


def test_what_a_fault_cost_stands_in_the_credits() -> None:
    fake = FakeOpenRouter([Disconnect(0.01), Unreachable(), ErrorReply(503, "Busy")])
    with fake.http() as client:
        client.headers["Authorization"] = "Bearer sk-or-v1-any"
        payload = {"messages": [{"role": "user", "content": "Hello"}]}
        for expected in (httpx.RemoteProtocolError, httpx.ConnectError):
            with pytest.raises(expected):
                client.post("/chat/completions", json=payload)
        assert client.post("/chat/completions", json=payload).status_code == 503
        used = client.get("/credits").json()["data"]["total_usage"]
    costs = [exchange.answer.cost for exchange in fake.exchanges if exchange.answer]
    assert costs == [Decimal("0.000015"), 0, 0, 0]
    assert used == 0.000015
