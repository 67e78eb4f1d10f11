"""The same failure is the same error, wherever it stands."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from openrouter.core import errors
from openrouter.core.wire import Reply
from openrouter.policy import Policy, Retry
from openrouter.replies.reading import ChatReader
from openrouter.replies.whole import read_completion
from openrouter.testing import ErrorReply, FakeOpenRouter, MidStreamError
from tests.core.documented_errors import FACTS, GENERATION, TYPES, http, in_a_chat_status

WHO = {"id": GENERATION, "model": "acme/large", "provider": "Acme"}
AVAILABILITY = {"code": "capacity_exhausted", "retryable": True, "retry_after": 7, "requested_models": ["acme/large"]}


def caught(read: Callable[[], object]) -> errors.APIStatusError:
    with pytest.raises(errors.APIStatusError) as found:
        read()
    return found.value


def in_a_chat_reply(error: dict[str, Any], _: int) -> errors.APIStatusError:
    body = json.dumps({**WHO, "error": error}).encode()
    return caught(lambda: read_completion(Reply(http(), body)))


def in_a_choice(error: dict[str, Any], _: int) -> errors.APIStatusError:
    choice = {"index": 0, "finish_reason": "error", "message": {"content": "half an"}, "error": error}
    body = json.dumps({**WHO, "choices": [choice]}).encode()
    return caught(lambda: read_completion(Reply(http(), body)))


def in_a_stream(error: dict[str, Any], _: int) -> errors.APIStatusError:
    said = {**WHO, "choices": [{"index": 0, "delta": {"content": "half an"}}]}
    failed = {**WHO, "error": error, "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "error"}]}
    body = b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in (said, failed))
    return caught(lambda: list(ChatReader(http()).feed(body)))


def in_the_first_event(error: dict[str, Any], _: int) -> errors.APIStatusError:
    body = b": OPENROUTER PROCESSING\n\ndata: " + json.dumps({**WHO, "error": error}).encode() + b"\n\n"
    return caught(lambda: list(ChatReader(http()).feed(body)))


def in_a_streamed_choice(error: dict[str, Any], _: int) -> errors.APIStatusError:
    failed = {**WHO, "choices": [{"index": 0, "delta": {}, "finish_reason": "error", "error": error}]}
    return caught(lambda: list(ChatReader(http()).feed(b"data: " + json.dumps(failed).encode() + b"\n\n")))


CHAT_PLACES = [in_a_chat_status, in_a_chat_reply, in_a_choice, in_a_stream, in_the_first_event, in_a_streamed_choice]


@pytest.mark.parametrize("place", CHAT_PLACES)
@pytest.mark.parametrize("error_type", TYPES)
def test_every_place_of_chat_gives_the_same_error(
    error_type: str, place: Callable[[dict[str, Any], int], errors.APIStatusError]
) -> None:
    status, kind = TYPES[error_type]
    metadata = {
        "error_type": error_type,
        "provider_name": "Acme",
        "model_slug": "acme/large",
        "raw": '{"error": {"message": "bad effort", "param": "reasoning.effort"}}',
        "headers": {"Retry-After": "7"},
    }
    error = {"code": status, "message": "Provider returned error", "metadata": metadata}
    found = place(error, status)
    assert type(found) is (errors.ProviderError if kind is errors.ServerError else kind)
    assert {name: getattr(found, name) for name in FACTS} == {
        "status_code": status,
        "error_type": error_type,
        "provider": "Acme",
        "model": "acme/large",
        "generation_id": GENERATION,
        "retry_after": 7.0,
        "metadata": metadata,
        "param": "reasoning.effort",
        "retryable": None,
        "availability": None,
        "message": in_a_chat_status(error, status).message,
    }
    assert "Provider returned error: bad effort" in found.message


@pytest.mark.parametrize("place", CHAT_PLACES)
def test_every_place_of_chat_tells_the_same_of_availability(
    place: Callable[[dict[str, Any], int], errors.APIStatusError],
) -> None:
    error = {
        "message": "All providers for acme/large are at capacity.",
        "error_type": "rate_limit_exceeded",
        "http_status": 429,
        "availability": AVAILABILITY,
        "metadata": {"previous_errors": [{"provider": "acme", "code": "capacity_exhausted", "status": 429}]},
    }
    found = place(error, 429)
    assert isinstance(found, errors.RateLimitError)
    assert (found.status_code, found.error_type, found.limit) == (429, "rate_limit_exceeded", "upstream")
    assert (found.availability, found.retryable, found.retry_after) == (AVAILABILITY, True, 7.0)
    assert (found.model, found.generation_id) == ("acme/large", GENERATION)
    assert found.message.endswith("at capacity. (tried before: acme 429)")


SOME = {"rate_limit_exceeded": 429, "provider_overloaded": 503, "invalid_request": 400, "payment_required": 402}


def told(error: errors.APIStatusError) -> tuple[object, ...]:
    return type(error), error.error_type, error.status_code, error.message, error.provider, error.retry_after


def script(error_type: str) -> list[ErrorReply | MidStreamError]:
    code, said, metadata = SOME[error_type], "It failed.", {"provider_name": "Acme", "headers": {"Retry-After": "7"}}
    return [
        ErrorReply(code, said, error_type=error_type, metadata=metadata),
        MidStreamError(message=said, code=code, error_type=error_type, metadata=metadata),
        MidStreamError(message=said, code=code, error_type=error_type, metadata=metadata, after_words=0),
    ]


@pytest.mark.parametrize("error_type", SOME)
def test_a_caller_sees_the_same_from_whole_replies_and_streams(error_type: str) -> None:
    fake = FakeOpenRouter([*script(error_type), *script(error_type)])
    found: list[errors.APIStatusError] = []
    with fake.sync_client(max_retries=0) as client:
        found += [caught(lambda: client.complete("Hello")) for _ in range(3)]
        found += [caught(lambda: list(client.stream("Hello"))) for _ in range(3)]
    assert {told(error) for error in found} == {told(found[0])}
    assert (found[0].error_type, found[0].retry_after, found[0].provider) == (error_type, 7.0, "Acme")


@pytest.mark.anyio
async def test_an_async_caller_sees_the_same() -> None:
    fake = FakeOpenRouter(script("provider_overloaded"))
    async with fake.async_client(max_retries=0) as client:
        for _ in range(3):
            with pytest.raises(errors.ProviderError, match=r"^503 Service Unavailable: It failed\.") as found:
                await client.complete("Hello")
            assert (found.value.error_type, found.value.retry_after) == ("provider_overloaded", 7.0)


@pytest.mark.parametrize(
    ("message", "requests"), [("free-models-per-day exceeded.", 1), ("free-models-per-min exceeded.", 2)]
)
def test_nobody_waits_for_tomorrow(message: str, requests: int) -> None:
    fake = FakeOpenRouter([ErrorReply(429, message), ErrorReply(400, "No.")])
    with fake.sync_client(policy=Policy(retry=Retry(base=0))) as client, pytest.raises(errors.APIStatusError):
        client.complete("Hello")
    assert len(fake.requests) == requests
