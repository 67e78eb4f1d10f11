"""What is logged of a request: always its id, bodies only when asked for, the key never."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Any

import pytest

from openrouter import BadRequestError, CircuitBreaker, CircuitOpenError, Policy, RateLimit, Retry, ServerError
from openrouter.testing import ErrorReply, FakeOpenRouter, TextReply
from tests.injected_time import InjectedTime, awaiting_client, blocking_client

pytestmark = pytest.mark.anyio

KEY = "sk-or-v1-a-secret-key"
BUSY = ErrorReply(503, "Busy", error_type="provider_overloaded")
PLAIN = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def extras(record: logging.LogRecord) -> dict[str, Any]:
    """Give what a record has beyond what every record has."""
    return {name: value for name, value in vars(record).items() if name not in PLAIN}


def ours(caplog: pytest.LogCaptureFixture) -> list[tuple[str, dict[str, Any]]]:
    """Give message and extras of our records, without the id, which has to be one and the same."""
    found = [(record.getMessage(), extras(record)) for record in caplog.records if record.name.startswith("openrouter")]
    ids = {facts["request_id"] for _, facts in found}
    assert len(ids) == 1
    (request_id,) = ids
    made = []
    for message, facts in found:
        assert message.startswith(f"{request_id}: ")
        rest = {name: value for name, value in facts.items() if name != "request_id"}
        made.append((message.removeprefix(f"{request_id}: ").partition(": ")[0], rest))
    return made


async def test_a_request_with_a_retry(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "openrouter")
    reply = TextReply("All is well", model="a/b-1", provider="P", usage={"cost": 0.5})
    with FakeOpenRouter([BUSY, reply]).http() as http:
        completion = blocking_client(InjectedTime(), http=http).complete("Hi", model="a/b")
    begins, fails, succeeds = ours(caplog)
    assert begins == ("request begins", {"model": "a/b", "attempt": 0, "method": "POST", "path": "/chat/completions"})
    assert fails[0] == "attempt failed, there will be another"
    assert fails[1].pop("error").startswith("ProviderError: 503 Service Unavailable: Busy")
    assert fails[1].pop("generation_id").startswith("gen-")
    assert fails[1] == {"model": "a/b", "attempt": 1, "status": 503, "retry_delay": 0.25}
    assert succeeds == (
        "request succeeded",
        {
            "model": "a/b",
            "attempt": 2,
            "status": 200,
            "latency": 0.0,
            "elapsed": 0.25,
            "generation_id": completion.id,
            "prompt_tokens": 1,
            "completion_tokens": 3,
            "cost": "0.5",
            "answered_by": "a/b-1",
            "provider": "P",
        },
    )
    assert completion.http is not None
    assert completion.http.request_id == caplog.records[0].request_id  # type: ignore[attr-defined]  # an extra


async def test_a_request_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    with FakeOpenRouter([ErrorReply(400, "No")]).http() as http, pytest.raises(BadRequestError) as raised:
        blocking_client(InjectedTime(), http=http).complete("Hi")
    ((message, facts),) = ours(caplog)
    assert message == "request failed"
    assert (facts["status"], facts["attempt"]) == (400, 1)
    assert raised.value.request_id == caplog.records[0].request_id  # type: ignore[attr-defined]  # an extra
    assert raised.value.request_id in str(raised.value)


async def test_a_request_that_is_never_sent(caplog: pytest.LogCaptureFixture) -> None:
    policy = Policy(retry=Retry(max_retries=0), circuit_breaker=CircuitBreaker(failures=1))
    with FakeOpenRouter([BUSY]).http() as http:
        client = blocking_client(InjectedTime(), http=http, policy=policy)
        with pytest.raises(ServerError):
            client.complete("Hi", model="a/b")
        caplog.clear()
        with pytest.raises(CircuitOpenError) as raised:
            client.complete("Hi", model="a/b")
    ((message, facts),) = ours(caplog)
    assert message == "request failed"
    assert facts["attempt"] == 0
    assert facts["error"] == f"CircuitOpenError: {raised.value}"
    assert raised.value.request_id == caplog.records[0].request_id  # type: ignore[attr-defined]  # an extra


async def test_a_stream_that_is_left(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "openrouter")
    clock = InjectedTime()
    with FakeOpenRouter().http() as http:
        for chunk in blocking_client(clock, http=http).stream("Hi", model="a/b"):
            clock.passed += 2
            left = chunk.id
            break
    known = {"model": "a/b", "attempt": 1, "elapsed": 2.0, "generation_id": left}
    assert ours(caplog) == [("request abandoned", known)]


async def test_bodies_are_logged_where_that_is_wanted(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "openrouter")
    async with FakeOpenRouter([TextReply("Fine, thanks")]).async_http() as http:
        await awaiting_client(InjectedTime(), http=http, log_bodies=True).complete("How are you?")
    bodies = [(message, facts["body"]) for message, facts in ours(caplog) if "body" in facts]
    assert [message for message, _ in bodies] == ["request body", "reply body"]
    assert "How are you?" in bodies[0][1]
    assert "Fine, thanks" in bodies[1][1]


@pytest.mark.parametrize("reply", [TextReply("Fine, thanks"), ErrorReply(400, "Fine, thanks")])
async def test_bodies_of_streams_too(reply: TextReply | ErrorReply, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "openrouter")
    with FakeOpenRouter([reply]).http() as http, suppress(BadRequestError):
        list(blocking_client(InjectedTime(), http=http, log_bodies=True).stream("How are you?"))
    logged = [facts["body"] for message, facts in ours(caplog) if message == "reply body"]
    assert "Fine," in "".join(logged)
    assert "thanks" in "".join(logged)


@pytest.mark.parametrize(("level", "log_bodies"), [(logging.INFO, True), (logging.DEBUG, False)])
async def test_bodies_are_not_logged_otherwise(level: int, log_bodies: bool, caplog: pytest.LogCaptureFixture) -> None:  # noqa: FBT001 - cases
    caplog.set_level(level, "openrouter")
    with FakeOpenRouter([BUSY, TextReply("Fine, thanks")]).http() as http:
        client = blocking_client(InjectedTime(), http=http, log_bodies=log_bodies)
        client.complete("How are you?")
        list(client.stream("How are you?"))
    assert not any("body" in extras(record) for record in caplog.records)
    assert "How are you?" not in caplog.text
    assert "thanks" not in caplog.text


async def test_the_key_is_in_no_record_of_anyone(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(1)
    policy = Policy(retry=Retry(random=lambda: 0.0), rate_limit=RateLimit(min_interval=1))
    fake = FakeOpenRouter([BUSY, TextReply("ok"), ErrorReply(401, "Who?")])
    with fake.serve() as server:
        options: dict[str, Any] = {"base_url": server.url, "api_key": KEY, "log_bodies": True, "policy": policy}
        with blocking_client(InjectedTime(), **options) as client:
            client.complete("Hi")
            client.try_complete("Hi")
            list(client.stream("Hi"))
        async with awaiting_client(InjectedTime(), **options) as awaiting:
            await awaiting.complete("Hi")
    with fake.http() as http:
        blocking_client(InjectedTime(), http=http, api_key=KEY, log_bodies=True).complete("Hi")
    loggers = {record.name.partition(".")[0] for record in caplog.records}
    assert {"openrouter", "httpx"} <= loggers
    for record in caplog.records:
        assert KEY not in record.getMessage()
        assert KEY not in repr(vars(record))


async def test_a_plain_formatter_shows_what_matters(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "openrouter")
    reply = TextReply("All is well", model="a/b-1", provider="P", usage={"cost": 0.5})
    with FakeOpenRouter([BUSY, reply]).http() as http:
        blocking_client(InjectedTime(), http=http).complete("Hi", model="a/b")
    failed, succeeded = (record.getMessage() for record in caplog.records if record.name.startswith("openrouter"))
    assert ": attempt failed, there will be another: error ProviderError: 503 Service Unavailable: Busy" in failed
    assert failed.endswith("retry_delay 0.250")
    told = "answered_by a/b-1, provider P, prompt_tokens 1, completion_tokens 3, cost 0.5, latency 0.000, elapsed 0.250"
    assert succeeded.endswith(f": request succeeded: {told}")
