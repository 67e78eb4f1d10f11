"""What the list of models says before a request is sent: refused, warned of, asked of another model, limited."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from openrouter import (
    Budget,
    BudgetExceededError,
    CircuitBreaker,
    CircuitOpenError,
    ConfigurationError,
    InvalidArgumentError,
    Policy,
    RateLimit,
    Retry,
    SyncClient,
)
from openrouter.drivers import SyncDriver
from openrouter.testing import ErrorReply, FakeOpenRouter, TextReply
from tests.injected_time import InjectedTime, blocking_client
from tests.stream_kinds import OVER, Awaiting, Blocking

Kind = type[Blocking] | type[Awaiting]
MODELS = [{"id": "a/plain", "supported_parameters": ["max_tokens"]}, {"id": "a/b"}]


@pytest.fixture(params=[Blocking, Awaiting])
def kind(request: pytest.FixtureRequest) -> Kind:
    made: Kind = request.param
    return made


def paths(fake: FakeOpenRouter) -> list[str]:
    return [request.path.removeprefix("/api/v1") for request in fake.requests]


def asked(fake: FakeOpenRouter) -> list[str]:
    return [request.payload["model"] for request in fake.requests if request.payload]


# --- checked ----------------------------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_a_request_that_would_fail_is_refused_and_never_sent(
    kind: Kind, caplog: pytest.LogCaptureFixture
) -> None:
    fake = FakeOpenRouter(models=MODELS)
    with fake.serve() as server, caplog.at_level(logging.INFO, "openrouter"):
        async with kind.connected(base_url=server.url, validate="raise") as client:
            with pytest.raises(InvalidArgumentError, match=r"a/bb.*a/b"):
                await kind.got(client.complete("Hi", model="a/bb"))
            assert client.totals.requests == 0
    assert paths(fake) == ["/models"]
    told = [record.getMessage() for record in caplog.records if vars(record)["model"] == "a/bb"]
    assert len(told) == 1
    assert "request failed: error InvalidArgumentError" in told[0]


@pytest.mark.anyio
async def test_a_stream_that_would_fail_is_refused_and_never_sent(kind: Kind) -> None:
    fake = FakeOpenRouter(models=MODELS)
    with fake.serve() as server:
        async with kind.connected(base_url=server.url, validate="raise") as client:
            with pytest.raises(InvalidArgumentError, match="temperature"):
                await kind.following(client.stream("Hi", model="a/plain", temperature=2))
    assert paths(fake) == ["/models"]


@pytest.mark.anyio
async def test_a_request_that_is_good_is_sent_and_the_list_is_loaded_once(kind: Kind) -> None:
    fake = FakeOpenRouter(models=MODELS)
    with fake.serve() as server:
        async with kind.connected(base_url=server.url, validate="raise") as client:
            for _ in range(3):
                await kind.got(client.complete("Hi", model="a/b"))
    assert paths(fake) == ["/models", *["/chat/completions"] * 3]


@pytest.mark.anyio
async def test_a_warning_holds_nothing_up(kind: Kind, caplog: pytest.LogCaptureFixture) -> None:
    fake = FakeOpenRouter(models=MODELS)
    with fake.serve() as server, caplog.at_level(logging.WARNING, "openrouter"):
        async with kind.connected(base_url=server.url, validate="warn") as client:
            await kind.got(client.complete("Hi", model="a/plain", temperature=2))
    assert paths(fake) == ["/models", "/chat/completions"]
    assert any("temperature" in record.getMessage() for record in caplog.records)


@pytest.mark.anyio
async def test_without_a_list_nothing_is_held_up(kind: Kind, caplog: pytest.LogCaptureFixture) -> None:
    fake = FakeOpenRouter(respond=lambda _: TextReply("Yes."))
    with fake.serve() as server, caplog.at_level(logging.WARNING, "openrouter"):
        async with kind.connected(base_url=server.url, validate="raise", max_retries=0) as client:
            client.driver.catalogue = _fails
            completion = await kind.got(client.complete("Hi", model="no/such"))
    assert completion.text == "Yes."
    assert any("was not checked" in record.getMessage() for record in caplog.records)


@pytest.mark.anyio
async def test_a_list_that_cannot_be_had_is_not_asked_for_each_time_and_told_of_as_often(
    kind: Kind, caplog: pytest.LogCaptureFixture
) -> None:
    fake = FakeOpenRouter(models=[])
    with fake.serve() as server, caplog.at_level(logging.WARNING, "openrouter.forecast"):
        async with kind.connected(base_url=server.url, validate="raise", max_retries=0) as client:
            for _ in range(3):
                await kind.got(client.complete("Hi", model="no/such"))
    assert paths(fake) == ["/models", *["/chat/completions"] * 3]
    (told,) = [record.getMessage() for record in caplog.records if record.name == "openrouter.forecast"]
    assert "is empty" in told


def _fails(_: float | None) -> Any:
    raise InvalidArgumentError("No list.")


@pytest.mark.anyio
async def test_nothing_is_loaded_where_nobody_wants_it_checked(kind: Kind) -> None:
    fake = FakeOpenRouter(models=MODELS)
    with fake.serve() as server:
        async with kind.connected(base_url=server.url) as client:
            await kind.got(client.complete("Hi", model="no/such"))
    assert paths(fake) == ["/chat/completions"]


@pytest.mark.anyio
async def test_the_list_is_no_longer_waited_for_than_the_deadline_allows(kind: Kind) -> None:
    seconds: list[float | None] = []

    def noting(left: float | None) -> Any:
        seconds.append(left)
        raise InvalidArgumentError("No list.")

    with FakeOpenRouter().serve() as server:
        async with kind.connected(base_url=server.url, validate="raise") as client:
            client.driver.catalogue = noting
            await kind.got(client.complete("Hi", model="a/b", deadline=1000))
            await kind.got(client.complete("Hi", model="a/b"))
    assert seconds[0] is not None
    assert 0 < seconds[0] <= 1000
    assert seconds[1] is None


@pytest.mark.anyio
async def test_a_refusal_says_that_it_is_the_list_that_could_not_be_had(kind: Kind) -> None:
    fake = FakeOpenRouter(models=[])
    with fake.serve() as server:
        async with kind.connected(base_url=server.url, policy=Policy(budget=Budget(1))) as client:
            with pytest.raises(BudgetExceededError, match=r"nobody knows .* The list .* not be loaded\. .* is empty"):
                await kind.got(client.complete("Hi", model="a/b"))
        known = Policy(budget=Budget("0.01", unknown="0.02"))
        async with kind.connected(base_url=server.url, policy=known) as client:
            with pytest.raises(BudgetExceededError, match=r"it can cost \$0\.02") as caught:
                await kind.got(client.complete("Hi", model="a/b"))
    assert "the list" not in str(caught.value)
    assert "is empty" in str(caught.value.__cause__)


def test_a_driver_that_was_made_without_a_way_to_load_the_list_says_so() -> None:
    with FakeOpenRouter().http() as http:
        client = SyncClient(api_key="sk-test", http=http, policy=Policy(budget=Budget(1)))
        client.driver = SyncDriver(client.settings, client.policy, client.driver.transport)
        with pytest.raises(BudgetExceededError) as raised:
            client.complete("Hi", model="a/b")
    assert isinstance(raised.value.__cause__, ConfigurationError)


# --- asked of another model -------------------------------------------------------------------------------------------


def fragile() -> Policy:
    """Give a policy whose breakers open at the first failure, and that tries nothing again."""
    return Policy(circuit_breaker=CircuitBreaker(failures=1), retry=Retry(max_retries=0))


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("settings", "options", "sent"),
    [
        ({"fallbacks": {"a/b": ["c/d"]}}, {}, {"model": "c/d"}),
        ({}, {"models": ["c/d", "e/f"]}, {"model": "c/d", "models": ["e/f", "a/b"]}),
    ],
)
async def test_while_a_model_is_left_alone_the_next_one_is_asked(
    kind: Kind,
    settings: dict[str, Any],
    options: dict[str, Any],
    sent: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    fake = FakeOpenRouter([ErrorReply(500, "Down.")])
    with fake.serve() as server, caplog.at_level(logging.WARNING, "openrouter"):
        async with kind.connected(base_url=server.url, policy=fragile(), **settings) as client:
            with pytest.raises(Exception, match="Down"):
                await kind.got(client.complete("Hi", model="a/b", **options))
            completion = await kind.got(client.complete("Hi", model="a/b", **options))
            stream = client.stream("Hi", model="a/b", **options)
            while await kind.following(stream) is not OVER:
                pass
            assert stream.completion.model == "c/d"
            assert client.ledger.by_model["c/d"].successes == 2
    assert completion.model == "c/d"
    assert asked(fake) == ["a/b", "c/d", "c/d"]
    assert {name: fake.requests[1].payload[name] for name in sent} == sent
    told = [record for record in caplog.records if "asking another" in record.getMessage()]
    assert len(told) == 2
    assert "c/d" in told[0].getMessage()
    assert vars(told[0])["model"] == "a/b"


@pytest.mark.anyio
async def test_without_another_model_it_is_refused(kind: Kind) -> None:
    fake = FakeOpenRouter([ErrorReply(500, "Down.")])
    with fake.serve() as server:
        async with kind.connected(base_url=server.url, policy=fragile(), fallbacks={"x/y": ["c/d"]}) as client:
            with pytest.raises(Exception, match="Down"):
                await kind.got(client.complete("Hi", model="a/b"))
            with pytest.raises(CircuitOpenError):
                await kind.got(client.complete("Hi", model="a/b"))
    assert asked(fake) == ["a/b"]


# --- tokens -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "waits"),
    [
        ([{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{'A' * 200_000}"}}], 0),
        ("river " * 15_000, 1),
    ],
)
def test_a_limit_of_tokens_counts_what_a_model_reads(content: Any, waits: int) -> None:
    clock = InjectedTime()
    policy = Policy(rate_limit=RateLimit(tokens_per_minute=20_000))
    usage = {"prompt_tokens": 15_000, "completion_tokens": 0, "total_tokens": 15_000} if waits else {}
    fake = FakeOpenRouter(respond=lambda _: TextReply("Yes.", usage=usage))
    with fake.http() as http:
        client = blocking_client(clock, policy=policy, http=http)
        for _ in range(2):
            client.complete([{"role": "user", "content": content}], model="a/b", max_tokens=10)
    assert bool(clock.waits) == bool(waits)
    assert clock.passed == (60 if waits else 0)
