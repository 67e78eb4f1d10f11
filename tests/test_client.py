"""The two clients: what they are made with, what they share, and how they close."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest

from openrouter import (
    AsyncClient,
    BadRequestError,
    Call,
    ClosedClientError,
    ConfigurationError,
    InvalidArgumentError,
    OutputError,
    Policy,
    ProviderError,
    Reply,
    Request,
    Retry,
    Settings,
    SyncClient,
)
from openrouter.api.chat import Chat
from openrouter.testing import ErrorReply, FakeOpenRouter, LoopbackServer, RawReply, TextReply
from tests.injected_time import InjectedTime, awaiting_client, blocking_client

KEY = "sk-or-v1-secret"
EMPTY = TextReply("", usage={"cost": 0.25})


@pytest.fixture
def fake() -> FakeOpenRouter:
    return FakeOpenRouter()


def key_sent(fake: FakeOpenRouter) -> str:
    return fake.requests[-1].headers["authorization"].removeprefix("Bearer ")


# --- What a client is made with ---


@pytest.mark.parametrize("make", [SyncClient, AsyncClient])
def test_without_a_key_there_is_no_client(make: Callable[[], object]) -> None:
    with pytest.raises(ConfigurationError, match="OPENROUTER_API_KEY"):
        make()


@pytest.mark.parametrize("make", [SyncClient, AsyncClient])
def test_settings_come_from_the_environment_below_the_arguments(
    make: Callable[..., SyncClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    monkeypatch.setenv("OPENROUTER_MODEL", "of/environment")
    assert make().settings.model == "of/environment"
    assert make(model="of/argument").settings.model == "of/argument"


@pytest.mark.parametrize("make", [SyncClient, AsyncClient])
def test_given_settings_take_the_place_of_the_environment(
    make: Callable[..., SyncClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENROUTER_MODEL", "of/environment")
    settings = Settings(api_key=KEY, max_tokens=7)
    client = make(settings=settings, temperature=0.5)
    assert (client.settings.model, client.settings.max_tokens, client.settings.temperature) == (None, 7, 0.5)
    with pytest.raises(ConfigurationError, match="OPENROUTER_API_KEY"):
        make(settings=Settings())


@pytest.mark.parametrize("make", [SyncClient, AsyncClient])
def test_a_misspelt_setting_is_a_type_error(make: Callable[..., object]) -> None:
    with pytest.raises(TypeError, match="base_url"):
        make(api_key=KEY, base_uri="https://x.test")


@pytest.mark.parametrize("make", [SyncClient, AsyncClient])
def test_no_repr_shows_the_key(make: Callable[..., SyncClient]) -> None:
    client = make(api_key=KEY, model="a/b")
    assert repr(client) == f"{make.__name__}(base_url='https://openrouter.ai/api/v1', model='a/b')"
    for thing in (client, client.settings, client.driver, client.policy, client.ledger, vars(client)):
        assert KEY not in repr(thing)


@pytest.mark.anyio
async def test_a_function_gives_the_key_of_each_request(fake: FakeOpenRouter) -> None:
    keys = iter(["first", "second", "third", "fourth"])
    with fake.http() as http:
        client = SyncClient(api_key=lambda: next(keys), http=http)
        sent = [(client.complete("Hi"), key_sent(fake))[1] for _ in range(2)]
    async with fake.async_http() as async_http:
        awaiting = AsyncClient(api_key=lambda: next(keys), http=async_http)
        for _ in range(2):
            await awaiting.complete("Hi")
            sent.append(key_sent(fake))
    assert sent == ["first", "second", "third", "fourth"]
    assert len(client.ledger.by_key) == 2


# --- What clients share ---


@pytest.mark.anyio
async def test_the_ledger_tells_users_and_keys_apart(fake: FakeOpenRouter) -> None:
    policy = Policy()
    with fake.http() as http:
        client = SyncClient(api_key="of-ann", http=http, policy=policy)
        client.complete("Hi", user="ann")
        client.with_options(api_key="of-bob").complete("Hi", user="bob")
        client.complete("Hi")
    async with fake.async_http() as async_http:
        await AsyncClient(api_key="of-ann", http=async_http, policy=policy).complete("Hi", user="ann")
    ledger = policy.ledger
    assert {user: row.requests for user, row in ledger.by_user.items()} == {"ann": 2, "bob": 1}
    assert sorted(row.requests for row in ledger.by_key.values()) == [1, 3]
    assert "of-ann" not in str(ledger.by_key)
    assert client.ledger is ledger
    assert (client.totals.requests, client.get_usage_stats()["requests"]) == (4, 4)
    assert json.dumps(client.get_usage_stats())


@pytest.mark.anyio
async def test_options_change_settings_and_share_all_else(fake: FakeOpenRouter) -> None:
    with fake.serve() as server:
        with SyncClient(api_key=KEY, base_url=server.url) as client:
            with client.with_options(model="a/b", max_tokens=3) as other:
                assert isinstance(other, SyncClient)
                other.complete("Hi")
            # Closing the other has closed nothing.
            client.complete("Hi")
            other.complete("Hi")
            assert server.accepted == 1
            assert (other.policy, other.totals.requests) == (client.policy, 3)
        async with AsyncClient(api_key=KEY, base_url=server.url) as awaiting:
            async with awaiting.with_options(model="c/d") as second:
                await second.complete("Hi")
            await awaiting.complete("Hi")
            assert server.accepted == 2
            assert second.policy is awaiting.policy
    assert [request.payload.get("model") for request in fake.requests] == ["a/b", None, "a/b", "c/d", None]


@pytest.mark.parametrize(
    "option", [{"proxy": "http://p.test:1"}, {"http2": True}, {"max_connections": 1}, {"trust_env": False}]
)
def test_options_of_the_connections_cannot_be_changed(option: dict[str, Any]) -> None:
    with SyncClient(api_key=KEY) as client, pytest.raises(ConfigurationError, match=next(iter(option))):
        client.with_options(**option)


# --- Closing ---


@pytest.mark.anyio
async def test_a_closed_client_says_so(fake: FakeOpenRouter) -> None:
    with fake.serve() as server:
        client = SyncClient(api_key=KEY, base_url=server.url)
        with client:
            client.complete("Hi")
        server.wait_for_connections(0)
        client.close()
        with pytest.raises(ClosedClientError):
            client.complete("Hi")
        awaiting = AsyncClient(api_key=KEY, base_url=server.url)
        async with awaiting:
            await awaiting.complete("Hi")
        server.wait_for_connections(0)
        await awaiting.close()
        with pytest.raises(ClosedClientError):
            await awaiting.complete("Hi")


@pytest.mark.anyio
async def test_a_stream_that_is_open_may_end_after_its_client_was_closed(fake: FakeOpenRouter) -> None:
    with fake.serve() as server:
        client = SyncClient(api_key=KEY, base_url=server.url)
        with client.stream_text("Hi") as stream:
            client.close()
            assert "".join(stream) == "This is a simulated reply to: Hi"
        awaiting = AsyncClient(api_key=KEY, base_url=server.url)
        async with awaiting.stream_text("Hi") as async_stream:
            await awaiting.aclose()
            assert "".join([piece async for piece in async_stream]) == "This is a simulated reply to: Hi"
        server.wait_for_connections(0)


@pytest.mark.anyio
async def test_an_http_client_of_the_user_stays_open(fake: FakeOpenRouter) -> None:
    with fake.http() as http:
        with SyncClient(api_key=KEY, http=http) as client:
            client.complete("Hi")
        assert not http.is_closed
    async with fake.async_http() as async_http:
        async with AsyncClient(api_key=KEY, http=async_http) as awaiting:
            await awaiting.complete("Hi")
        assert not async_http.is_closed


# --- Calls ---


def call_for_models() -> Call[list[str]]:
    def names(reply: Reply) -> list[str]:
        return [model["id"] for model in reply.json()["data"]]

    return Call(Request("GET", "/models", query={"category": "a b"}), names)


@pytest.mark.anyio
async def test_any_call_can_be_sent() -> None:
    replies = [RawReply(200, {}, [b'{"data": [{"id": "a/b"}]}'])]

    def answer(request: httpx.Request) -> httpx.Response:
        assert (request.method, request.url.path, request.url.query) == ("GET", "/api/v1/models", b"category=a+b")
        assert request.headers["authorization"] == f"Bearer {KEY}"
        return httpx.Response(200, content=replies[0].segments[0])

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        assert SyncClient(api_key=KEY, http=http).send(call_for_models()) == ["a/b"]
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as async_http:
        client = AsyncClient(api_key=KEY, http=async_http)
        assert await client.send(call_for_models().map(len)) == 1


@pytest.mark.anyio
async def test_a_builder_makes_what_a_client_sends(fake: FakeOpenRouter) -> None:
    call = Chat.complete("Hi", temperature=0.5)
    assert call.request.body == {"messages": [{"role": "user", "content": "Hi"}], "temperature": 0.5}
    assert Chat.stream("Hi").request.stream
    with fake.http() as http:
        assert SyncClient(api_key=KEY, http=http).send(call).text == "This is a simulated reply to: Hi"


@pytest.mark.anyio
async def test_a_reply_without_text_is_an_output_error_and_yet_paid_for() -> None:
    with FakeOpenRouter([EMPTY]).http() as http:
        client = blocking_client(InjectedTime(), http=http)
        with pytest.raises(OutputError) as blocked:
            client.generate_text("Hi")
    async with FakeOpenRouter([EMPTY]).async_http() as async_http:
        awaiting = awaiting_client(InjectedTime(), http=async_http)
        with pytest.raises(OutputError) as awaited:
            await awaiting.generate_text("Hi")
    for made, raised in ((client, blocked.value), (awaiting, awaited.value)):
        assert raised.partial is not None
        assert raised.partial.finish_reason == "stop"
        assert (made.totals.successes, made.totals.failures, made.totals.cost) == (1, 0, Decimal("0.25"))


@pytest.mark.anyio
async def test_an_attempt_never_raises_an_error_of_ours() -> None:
    fake = FakeOpenRouter(respond=lambda _: ErrorReply(503, "Busy", error_type="provider_overloaded"))
    clock = InjectedTime()
    with fake.http() as http:
        client = blocking_client(clock, http=http)
        outcome = client.try_complete("Hi", model="a/b")
        assert (outcome.success, outcome.completion, outcome.content, outcome.model) == (False, None, "", "a/b")
        assert isinstance(outcome.error, ProviderError)
        assert outcome.latency == sum(clock.waits) == 0.75
        assert isinstance(client.try_complete("").error, InvalidArgumentError)
        with pytest.raises(TypeError, match="temperature"):
            client.try_complete("Hi", temprature=1)  # type: ignore[call-arg]  # that is the mistake
    async with FakeOpenRouter([ErrorReply(400, "No")]).async_http() as async_http:
        awaiting = awaiting_client(InjectedTime(), http=async_http)
        assert isinstance((await awaiting.try_complete("Hi")).error, BadRequestError)
        assert (await awaiting.try_complete("Hi")).content == "This is a simulated reply to: Hi"
        with pytest.raises(TypeError, match="temperature"):
            await awaiting.try_complete("Hi", temprature=1)  # type: ignore[call-arg]  # that is the mistake


def test_threads_may_share_a_closing_client(fake: FakeOpenRouter) -> None:
    server: LoopbackServer
    with fake.serve() as server, SyncClient(api_key=KEY, base_url=server.url) as client:
        first, second = client.stream("a"), client.stream("b")
        assert next(iter(first)).id != next(iter(second)).id
        first.close()
        assert "".join(chunk.text for chunk in second)


@pytest.mark.parametrize("make", [SyncClient, AsyncClient])
@pytest.mark.parametrize(
    ("wrong", "way_out"),
    [
        ({"settings": {"model": "a/b"}}, "from_mapping"),
        ({"policy": Retry()}, "Policy"),
        ({"http": FakeOpenRouter()}, "http\\(\\)"),
    ],
)
def test_something_else_than_the_name_says_is_refused_with_the_way_out(
    make: Any, wrong: dict[str, Any], way_out: str
) -> None:
    with pytest.raises(ConfigurationError, match=way_out):
        make(api_key="k", **wrong)
