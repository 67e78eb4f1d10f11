"""The registry of a client: what each of its operations gives, on both clients."""

from __future__ import annotations

import inspect
from typing import Any

import httpx
import pytest

from openrouter import (
    AsyncClient,
    CircuitBreaker,
    InvalidArgumentError,
    NotFoundError,
    Policy,
    Retry,
    ServerError,
    SyncClient,
)
from openrouter.api.chat import Chat
from openrouter.core.wire import Request
from openrouter.messages import image, user
from openrouter.testing import ErrorReply, FakeOpenRouter
from tests.injected_time import InjectedTime, awaiting_client, blocking_client
from tests.listing import Listing
from tests.models_350 import MODELS_350, made
from tests.registry.bad_requests import TOOL

SLUG = "anthropic/claude-sonnet-4.5"


@pytest.fixture
def fake() -> FakeOpenRouter:
    return FakeOpenRouter(models=MODELS_350)


@pytest.fixture
def client(fake: FakeOpenRouter) -> SyncClient:
    return blocking_client(InjectedTime(), http=fake.http())


@pytest.fixture
def awaiting(fake: FakeOpenRouter) -> AsyncClient:
    return awaiting_client(InjectedTime(), http=fake.async_http())


def paths(fake: FakeOpenRouter) -> list[str]:
    return [request.path.removeprefix("/api/v1") for request in fake.requests]


# --- what it knows ----------------------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_both_clients_know_the_same(client: SyncClient, awaiting: AsyncClient) -> None:
    assert client.registry.get(f"{SLUG}:nitro") == await awaiting.registry.get(f"{SLUG}:nitro")
    assert client.registry.find(free=True, sort="price") == await awaiting.registry.find(free=True, sort="price")
    assert client.registry.all() == await awaiting.registry.all() == await awaiting.registry.refresh()
    bad = Chat.complete("Hi", model="anthropic/claude-sonet-4.5", tools=[TOOL])
    assert client.registry.check(bad) == await awaiting.registry.check(bad)
    assert client.registry.endpoints(SLUG) == await awaiting.registry.endpoints(SLUG)
    assert client.registry.health(SLUG) == await awaiting.registry.health(SLUG)


def test_an_unknown_model_and_an_unknown_word_are_refused(client: SyncClient) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"Did you mean '{SLUG}'\?"):
        client.registry.get("anthropic/claude-sonet-4.5")
    with pytest.raises(InvalidArgumentError, match=r"Did you mean 'tools'\?"):
        client.registry.find(capability="tolls")


def test_what_cannot_be_an_id_is_refused_before_anything_is_asked(client: SyncClient, fake: FakeOpenRouter) -> None:
    for operation in (client.registry.get, client.registry.endpoints, client.registry.health):
        with pytest.raises(InvalidArgumentError, match="model=''"):
            operation("")
    assert fake.requests == []


@pytest.mark.parametrize("provider", [5, "", [], [""], ["Anthropic", 5], {"Anthropic"}])
def test_what_cannot_be_providers_is_refused_before_anything_is_asked(
    client: SyncClient, fake: FakeOpenRouter, provider: Any
) -> None:
    with pytest.raises(InvalidArgumentError, match="provider="):
        client.registry.find(provider=provider)
    assert fake.requests == []


def test_help_tells_the_criteria(client: SyncClient) -> None:
    known = inspect.signature(client.registry.find).parameters
    assert {"query", "provider", "capability", "max_price", "sort"} <= {*known}


# --- who serves what --------------------------------------------------------------------------------------------------


def test_of_models_of_a_provider_the_service_is_asked() -> None:
    served = {"Riverside": [made("c/d"), made("x/y")], "Anthropic,Riverside": [made("a/b")]}
    listing = Listing([made("a/b"), made("c/d", price=("1", "1")), made("e/f")])

    def answer(request: httpx.Request) -> httpx.Response:
        providers = request.url.params.get("providers")
        assert request.url.params["output_modalities"] == "all"
        return httpx.Response(200, json={"data": listing.models if providers is None else served[providers]})

    client = blocking_client(InjectedTime(), http=httpx.Client(transport=httpx.MockTransport(answer)))
    assert [model.id for model in client.registry.find(provider="Riverside")] == ["c/d"]
    assert [model.id for model in client.registry.find(provider=["Anthropic", "Riverside"])] == ["a/b"]
    assert client.registry.find(provider="Riverside", max_price=0.5) == []


@pytest.mark.parametrize(
    ("named", "asked"),
    [
        (SLUG, [f"/models/{SLUG}/endpoints"]),
        (f"{SLUG}:nitro@preset/mail", [f"/models/{SLUG}/endpoints"]),
        ("qwen/qwen3-coder:free:floor", ["/models/qwen/qwen3-coder:free/endpoints"]),
        ("~anthropic/claude-sonnet-latest", ["/models", f"/models/{SLUG}/endpoints"]),
        (f"{SLUG}:brand-new", ["/models", f"/models/{SLUG}/endpoints"]),
        ("qwen/qwen3-coder:free:brand-new", ["/models", "/models/qwen/qwen3-coder:free/endpoints"]),
    ],
)
def test_endpoints_of_a_model(client: SyncClient, fake: FakeOpenRouter, named: str, asked: list[str]) -> None:
    (endpoint,) = client.registry.endpoints(named)
    assert (endpoint.uptime_last_30m, endpoint.quantization, endpoint.status) == (100, None, 0)
    assert endpoint.pricing.prompt == client.registry.get(named).pricing.prompt
    assert paths(fake)[: len(asked)] == asked


@pytest.mark.parametrize("named", ["@preset/mail", "gpt-5.1"])
def test_what_has_no_endpoints(client: SyncClient, fake: FakeOpenRouter, named: str) -> None:
    for operation in (client.registry.endpoints, client.registry.health):
        with pytest.raises(InvalidArgumentError, match="the id of a model"):
            operation(named)
    assert fake.requests == []


def test_endpoints_of_a_model_that_is_not_there(client: SyncClient) -> None:
    with pytest.raises(NotFoundError):
        client.registry.endpoints("nobody/has-this")
    with pytest.raises(InvalidArgumentError, match="Did you mean ':nitro'"):
        client.registry.endpoints(f"{SLUG}:nitros")


# --- how it fares -----------------------------------------------------------------------------------------------------


def test_health_has_what_was_seen_beside_what_is_told(client: SyncClient, fake: FakeOpenRouter) -> None:
    before = client.registry.health(SLUG)
    assert (before.model, before.seen.requests, before.endpoints_error) == (SLUG, 0, None)
    assert [endpoint.uptime_last_5m for endpoint in before.endpoints] == [100]
    for _ in range(3):
        client.complete("Hi", model=SLUG)
    seen = client.registry.health(SLUG).seen
    assert (seen.requests, seen.success_rate, seen.breaker_open) == (3, 1.0, False)
    assert paths(fake).count("/models") == 0


def test_health_has_what_was_seen_where_nothing_is_told(client: SyncClient) -> None:
    client.complete("Hi", model="nobody/has-this")
    health = client.registry.health("nobody/has-this")
    assert (health.seen.requests, health.endpoints) == (1, [])
    assert isinstance(health.endpoints_error, NotFoundError)


def test_health_tells_how_long_a_model_is_refused() -> None:
    fake, clock = FakeOpenRouter([ErrorReply(500, "No")] * 2, models=MODELS_350), InjectedTime()
    breaker = Policy(circuit_breaker=CircuitBreaker(failures=2, pause=20), retry=Retry(max_retries=0))
    client = blocking_client(clock, http=fake.http(), policy=breaker)
    for _ in range(2):
        with pytest.raises(ServerError):
            client.complete("Hi", model=SLUG)
    clock.passed = 5
    seen = client.registry.health(SLUG).seen
    assert (seen.success_rate, seen.breaker_open, seen.retry_after) == (0.0, True, 15)


def test_health_of_an_alias_where_the_list_cannot_be_had() -> None:
    listing = Listing([])
    listing.status = 500
    health = blocking_client(InjectedTime(), http=listing.http(), max_retries=0).registry.health("~a/b-latest")
    assert isinstance(health.endpoints_error, ServerError)


# --- what would go wrong ----------------------------------------------------------------------------------------------

MISSPELT = {"model": "anthropic/claude-sonet-4.5", "messages": [{"role": "user", "content": "Hi"}]}


@pytest.mark.parametrize(
    "request_",
    [
        Chat.complete("Hi", model="anthropic/claude-sonet-4.5"),
        Chat.stream("Hi", model="anthropic/claude-sonet-4.5"),
        Chat.complete("Hi", extra_body={"model": "anthropic/claude-sonet-4.5"}),
        Chat.generate_text("Hi", model="anthropic/claude-sonet-4.5"),
        Request("POST", "/chat/completions", MISSPELT),
        MISSPELT,
    ],
    ids=["complete", "stream", "extra_body", "generate_text", "a request", "a mapping"],
)
def test_a_request_in_any_form_is_checked_and_not_sent(client: SyncClient, fake: FakeOpenRouter, request_: Any) -> None:
    (finding,) = client.registry.check(request_)
    assert (finding.kind, finding.field) == ("unknown_model", "model")
    assert paths(fake) == ["/models"]


def test_a_file_among_the_messages_is_read(client: SyncClient, tmp_path: Any) -> None:
    picture = tmp_path / "river.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")
    messages = [user("What is this?", image(picture))]
    found = client.registry.check({"model": "openai/gpt-5-codex", "messages": messages})
    assert [finding.kind for finding in found] == ["modality_not_accepted"]


def test_settings_are_part_of_what_is_checked(fake: FakeOpenRouter) -> None:
    client = blocking_client(InjectedTime(), http=fake.http(), model="openai/gpt-5.1", temperature=0.5)
    assert [finding.field for finding in client.registry.check(Chat.complete("Hi"))] == ["temperature"]
    assert client.registry.check(Chat.complete("Hi", temperature=None)) == []


def test_the_day_is_that_of_the_clock() -> None:
    listing, clock = Listing([made("a/b", expiration_date="2027-01-15")]), InjectedTime()
    client = blocking_client(clock, http=listing.http())
    assert [finding.kind for finding in client.registry.check(Chat.complete("Hi", model="a/b"))] == ["model_expiring"]
    clock.passed = 86_400
    assert [finding.kind for finding in client.registry.check(Chat.complete("Hi", model="a/b"))] == ["model_expired"]


def test_a_counter_of_the_caller_counts() -> None:
    class Letters:
        def count(self, text: str, model: str | None) -> int:
            assert model == "a/b"
            return len(text)

    client = blocking_client(InjectedTime(), http=Listing([made("a/b", context=10_000)]).http())
    asked = Chat.complete("river " * 2_000, model="a/b")
    assert client.registry.check(asked) == []
    assert [finding.kind for finding in client.registry.check(asked, counter=Letters())] == ["context_too_small"]


@pytest.mark.parametrize("given", [None, "openai/gpt-5.1", 5, ["a"]])
def test_what_is_no_request_is_refused(client: SyncClient, given: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"a call that Chat\.complete\(…\) made on the class, or"):
        client.registry.check(given)


def test_settings_have_requests_refused_before_they_are_sent(fake: FakeOpenRouter) -> None:
    with fake.sync_client(validate="raise") as client:
        client.complete("Hi", model=SLUG)
        with pytest.raises(InvalidArgumentError, match="Not sent: model=") as raised:
            client.complete("Hi", model="anthropic/claude-sonet-4.5")
    assert [finding.kind for finding in raised.value.findings] == ["unknown_model"]
    assert sorted(paths(fake)) == ["/chat/completions", "/models"]


def test_settings_have_requests_warned_about(fake: FakeOpenRouter, caplog: pytest.LogCaptureFixture) -> None:
    with fake.sync_client(validate="warn") as client:
        client.complete("Hi", model=SLUG)
        assert caplog.records == []
        client.complete("Hi", model="anthropic/claude-sonet-4.5")
    assert "Did you mean" in caplog.text
    assert sorted(paths(fake)) == ["/chat/completions", "/chat/completions", "/models"]
