"""The scenarios that both clients go through: what is asked, what the service answers, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import field, frozen

from openrouter import (
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    InvalidArgumentError,
    ModelUnavailableError,
    OutputError,
    PaymentRequiredError,
    Policy,
    ProviderError,
    RateLimitError,
    ResponseError,
    Retry,
    ServerError,
    StreamInterruptedError,
)
from openrouter.testing import ErrorReply, MidStreamError, RawReply, ScriptedToolCall, TextReply
from openrouter.testing.replies import Reply
from tests.injected_time import half_way

JSON = {"Content-Type": "application/json"}
EVENTS = {"Content-Type": "text/event-stream"}
CHUNK = b'data: {"id":"gen-1","choices":[{"index":0,"delta":{"content":"Once"}}]}\n\n'
ERROR_EVENT = b'data: {"error":{"code":503,"message":"Busy","metadata":{"error_type":"provider_overloaded"}}}\n\n'

WHOLE = b'{"id":"gen-1","choices":[{"message":{"content":"Once"},"finish_reason":"stop"}]}'

CHOICE_ERROR = b'{"code":502,"message":"Gone"}'
FAILED_CHOICE = b'{"choices":[{"message":{"content":""},"finish_reason":"error","error":%s}]}' % CHOICE_ERROR

BUSY = ErrorReply(503, "Overloaded", error_type="provider_overloaded")
GOOD = TextReply("All is well.")


def limited(**headers: str) -> ErrorReply:
    return ErrorReply(429, "Slow down", headers={name.replace("_", "-"): value for name, value in headers.items()})


@frozen(kw_only=True)
class Case:
    """What is asked, what the service answers, and what comes of it."""

    name: str
    ask: Callable[[Any], Any] = lambda client: client.complete("Hi")
    replies: tuple[Reply, ...] = ()
    settings: dict[str, Any] = field(factory=dict)
    policy: Callable[[], Policy] = half_way
    error: type[BaseException] | None = None
    requests: int = 1
    waits: list[float] = field(factory=list)


def ask_to_stream(client: Any) -> Any:
    return client.stream("Hi")


def may_bill_twice() -> Policy:
    return Policy(retry=Retry(random=lambda: 0.5, may_bill_twice=True))


CASES = [
    Case(name="a whole reply"),
    Case(
        name="options in the call",
        ask=lambda client: client.complete(
            [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}],
            model="a/b",
            temperature=0.2,
            reasoning={"effort": "high"},
            user="ann",
            timeout=30,
            extra_body={"new": {"deep": None}},
            extra_headers={"X-Trace": "1"},
            extra_query={"beta": "yes"},
        ),
    ),
    Case(
        name="defaults in the settings",
        settings={
            "model": "a/b",
            "max_tokens": 9,
            "app_title": "T",
            "app_url": "https://t.test",
            "headers": {"A": "b"},
        },
    ),
    Case(
        name="an answer as text", ask=lambda client: client.generate_text("Hi", system_prompt="S", context=["c", "d"])
    ),
    Case(
        name="no answer as text",
        ask=lambda client: client.generate_text("Hi"),
        replies=(TextReply(""),),
        error=OutputError,
    ),
    Case(name="a tool call", replies=(TextReply(tool_calls=[ScriptedToolCall("f", {"x": 1})]),)),
    Case(name="a stream", ask=ask_to_stream, replies=(TextReply("Once upon a time", reasoning="Let me think"),)),
    Case(name="a whole reply where a stream was asked for", ask=ask_to_stream, replies=(RawReply(200, JSON, [WHOLE]),)),
    Case(name="a stream of text", ask=lambda client: client.stream_text("Hi", context="c"), replies=(GOOD,)),
    Case(
        name="a stream of a tool call", ask=ask_to_stream, replies=(TextReply(tool_calls=[ScriptedToolCall("f", {})]),)
    ),
    Case(name="an attempt that succeeds", ask=lambda client: client.try_complete("Hi")),
    Case(
        name="an attempt that fails",
        ask=lambda client: client.try_complete("Hi"),
        replies=(BUSY, ErrorReply(400, "No")),
        requests=2,
        waits=[0.25],
    ),
    Case(name="a batch", ask=lambda client: client.complete_many(["a", "b", "c"], concurrency=1), requests=3),
    Case(name="the models", ask=lambda client: client.models.list()),
    Case(
        name="some of the models",
        ask=lambda client: client.models.list(
            output_modalities="all", supported_parameters=["tools"], sort="newest", offset=1, limit=2, zdr=True
        ),
    ),
    Case(
        name="models that are refused",
        ask=lambda client: client.models.list(extra_query={"limit": -1}),
        error=BadRequestError,
    ),
    Case(
        name="models that cannot be asked for",
        ask=lambda client: client.models.list(limit=0),
        requests=0,
        error=InvalidArgumentError,
    ),
    Case(name="429 with seconds", replies=(limited(Retry_After="7"), GOOD), requests=2, waits=[7.25]),
    Case(
        name="429 with a date",
        # 60 seconds after the clock of the tests began
        replies=(limited(Retry_After="Fri, 15 Jan 2027 08:01:00 GMT"), GOOD),
        requests=2,
        waits=[60.25],
    ),
    Case(
        name="429 with a reset in milliseconds",
        replies=(limited(X_RateLimit_Reset="1800000003000"), GOOD),
        requests=2,
        waits=[3.25],
    ),
    Case(name="429 beyond the cap", replies=(limited(Retry_After="121"),), error=RateLimitError),
    Case(name="429 without a time", replies=(limited(), GOOD), requests=2, waits=[0.25]),
    Case(name="503 twice", replies=(BUSY, BUSY, GOOD), requests=3, waits=[0.25, 0.5]),
    Case(name="503 for good", replies=(BUSY, BUSY, BUSY), requests=3, waits=[0.25, 0.5], error=ProviderError),
    Case(name="503 in a stream", ask=ask_to_stream, replies=(BUSY, GOOD), requests=2, waits=[0.25]),
    Case(
        name="500 and no retries",
        ask=lambda client: client.complete("Hi", max_retries=0),
        replies=(ErrorReply(500, "Oh"),),
        error=ServerError,
    ),
    Case(name="no retries in the settings", settings={"max_retries": 0}, replies=(BUSY,), error=ProviderError),
    Case(
        name="a deadline before the next attempt",
        ask=lambda client: client.complete("Hi", deadline=7),
        replies=(limited(Retry_After="7"),),
        error=RateLimitError,
    ),
    Case(name="400 as a page", replies=(RawReply(400, {}, [b"<html>"]),), error=BadRequestError),
    Case(name="400", replies=(ErrorReply(400, "No"),), error=BadRequestError),
    Case(name="401 in a stream", ask=ask_to_stream, replies=(ErrorReply(401, "Who?"),), error=AuthenticationError),
    Case(name="402", replies=(ErrorReply(402, "Pay"),), error=PaymentRequiredError),
    Case(
        name="402 in flight",
        replies=(ErrorReply(402, "Pay", metadata={"limit_source": "openrouter_in_flight_budget"}), GOOD),
        requests=2,
        waits=[0.25],
    ),
    Case(name="404", replies=(ErrorReply(404, "No endpoints found"),), error=ModelUnavailableError),
    Case(name="504 is ambiguous", replies=(ErrorReply(504, "Late", error_type="timeout"),), error=ProviderError),
    Case(
        name="504 may bill twice",
        policy=may_bill_twice,
        replies=(ErrorReply(504, "Late", error_type="timeout"), GOOD),
        requests=2,
        waits=[0.25],
    ),
    Case(name="a redirect", replies=(RawReply(308, {"Location": "https://elsewhere.test"}),), error=APIStatusError),
    Case(name="a redirect of a stream", ask=ask_to_stream, replies=(RawReply(308),), error=APIStatusError),
    Case(name="HTML", replies=(RawReply(200, {"Content-Type": "text/html"}, [b"<html>"]),), error=ResponseError),
    Case(name="an empty body is ambiguous", replies=(RawReply(200, JSON),), error=ResponseError),
    Case(
        name="an answer of nothing",
        replies=(RawReply(200, JSON, [b'{"choices":[{"message":{"content":""}}]}']), GOOD),
        requests=2,
        waits=[0.25],
    ),
    Case(
        name="a whole reply cut short",
        replies=(RawReply(200, {"Content-Length": "9"}, [b"{"]),),
        error=StreamInterruptedError,
    ),
    Case(
        name="a whole reply cut short may bill twice",
        policy=may_bill_twice,
        replies=(RawReply(200, {"Content-Length": "9"}, [b"{"]), GOOD),
        requests=2,
        waits=[0.25],
    ),
    Case(
        name="a refusal whose body is cut short",
        replies=(RawReply(401, {**JSON, "Content-Length": "99"}, [b'{"error":']),),
        error=AuthenticationError,
    ),
    Case(
        name="a refusal whose body cannot be read",
        replies=(RawReply(401, {**JSON, "Content-Encoding": "br"}, [b"??"]),),
        error=AuthenticationError,
    ),
    Case(
        name="a choice with an error that was billed",
        replies=(MidStreamError(2),),
        error=ProviderError,
    ),
    Case(
        name="a choice with an error",
        replies=(RawReply(200, JSON, [FAILED_CHOICE]),) * 3,
        requests=3,
        waits=[0.25, 0.5],
        error=ServerError,
    ),
    Case(
        name="an error in the first event",
        ask=ask_to_stream,
        replies=(RawReply(200, EVENTS, [b": comment\n\n", ERROR_EVENT]), GOOD),
        requests=2,
        waits=[0.25],
    ),
    Case(name="an error after two words", ask=ask_to_stream, replies=(MidStreamError(2),), error=ProviderError),
    Case(
        name="an error before any text",
        ask=lambda client: client.stream_text("Hi"),
        replies=(MidStreamError(0), GOOD),
        requests=2,
        waits=[0.25],
    ),
    Case(
        name="a stream that just ends",
        ask=ask_to_stream,
        replies=(RawReply(200, EVENTS, [CHUNK]),),
        error=StreamInterruptedError,
    ),
    Case(
        name="a stream cut before its first chunk",
        ask=ask_to_stream,
        replies=(RawReply(200, EVENTS, [b": comment\n\n"]),),
        error=StreamInterruptedError,
    ),
    Case(
        name="a stream cut by the network",
        ask=ask_to_stream,
        replies=(RawReply(200, {**EVENTS, "Content-Length": "9999"}, [CHUNK]),),
        error=StreamInterruptedError,
    ),
    Case(
        name="nonsense in a stream",
        ask=ask_to_stream,
        replies=(RawReply(200, EVENTS, [b"data: {\n\n"]),),
        error=ResponseError,
    ),
    Case(
        name="a prompt that is empty", ask=lambda client: client.complete(" "), requests=0, error=InvalidArgumentError
    ),
    Case(
        name="an option that does not exist",
        ask=lambda client: client.complete("Hi", temprature=1),
        requests=0,
        error=TypeError,
    ),
    Case(
        name="a header that cannot be sent",
        ask=lambda client: client.stream("Hi", extra_headers={"A": "b\r\nC: d"}),
        requests=0,
        error=InvalidArgumentError,
    ),
]
