"""The replies that a script is made of. A new kind of reply is a new subclass of `Reply`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from attrs import Attribute, evolve, field, frozen

from ..core.errors import InvalidArgumentError
from ..core.json import encode_json
from .answers import Answer, Exchange, error_object
from .chat_form import USER_ID, ChatForm
from .counting import count_prompt, split_words, usage_fields
from .generation import Failure, GeneratedAnswer, Generation
from .output import Output, most_tokens
from .requests import RecordedRequest
from .responses_form import ResponsesForm, error_code
from .tariff import FREE
from .tool_calls import ScriptedToolCall

SIMULATED_PROVIDER = "Simulated"
"""The `provider` of every generation that does not name another."""


_ERRORS = range(400, 600)


def _tool_call_tuple(calls: Iterable[ScriptedToolCall]) -> tuple[ScriptedToolCall, ...]:
    is_one = isinstance(calls, ScriptedToolCall)
    items: tuple[Any, ...] = () if is_one else tuple(calls)
    if is_one or not all(isinstance(item, ScriptedToolCall) for item in items):
        message = "tool_calls has to be a list of calls: tool_calls=[ScriptedToolCall('look_up', {'river': 'Rhine'})]."
        raise InvalidArgumentError(message)
    return items


def _bytes_tuple(segments: Iterable[bytes]) -> tuple[bytes, ...]:
    if isinstance(segments, bytes):
        raise InvalidArgumentError("segments is of type bytes. Give them in a list: RawReply(200, {}, [b'{}']).")
    return tuple(segments)


def _text(_: object, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, str) and (value is not None or attribute.default is not None):
        message = f"{attribute.name} is of type {type(value).__name__}. Give text; that of JSON is json.dumps(…)."
        raise InvalidArgumentError(message)


@frozen(eq=False)
class Reply(ABC):
    """What the fake is to answer.

    `delay` is the wait before the first byte, `pause` the one between two segments of the body, both in
    seconds.
    """

    delay: float = field(default=0.0, kw_only=True)
    pause: float = field(default=0.0, kw_only=True)

    @abstractmethod
    def answer(self, exchange: Exchange) -> Answer:
        """Turn the reply into what goes over the wire; pure."""


@frozen(eq=False)
class TextReply(Reply):
    """A good reply, sent whole or word by word, as the request asks.

    `model` is by default the one asked for. `finish_reason` is by default `stop`, or `tool_calls` if there
    are any, and `native_finish_reason` the same. `usage` holds fields to lay over the counted ones;
    with `None` the reply tells no usage, and 0 is booked for it. `headers` are added to those of the reply, for
    example `X-OpenRouter-Cache-Status`.

    It costs what the model does, by its `pricing` where it has one. A request that limits the tokens of its reply gets
    no more of them: the rest is left out, and the `finish_reason` is by default `length` then.
    """

    text: str = field(default="", validator=_text)
    reasoning: str | None = field(default=None, kw_only=True, validator=_text)
    tool_calls: tuple[ScriptedToolCall, ...] = field(default=(), kw_only=True, converter=_tool_call_tuple)
    model: str | None = field(default=None, kw_only=True)
    provider: str = field(default=SIMULATED_PROVIDER, kw_only=True)
    finish_reason: str | None = field(default=None, kw_only=True)
    native_finish_reason: str | None = field(default=None, kw_only=True)
    usage: Mapping[str, Any] | None = field(factory=dict[str, Any], kw_only=True)
    headers: Mapping[str, str] = field(factory=dict[str, str], kw_only=True)

    def answer(self, exchange: Exchange) -> Answer:
        """Send the generation."""
        calls = tuple(call.sent(exchange.number, index) for index, call in enumerate(self.tool_calls))
        said = Output(self.text, self.reasoning, calls)
        output = said.cut(most_tokens(exchange.request.payload))
        ended = "tool_calls" if calls else "stop"
        finish_reason = self.finish_reason or (ended if output is said else "length")
        model = self.model or exchange.model
        counted = usage_fields(
            prompt_tokens=count_prompt(exchange.request.payload),
            completion_tokens=output.tokens,
            reasoning_tokens=output.reasoning_tokens,
            prices=exchange.tariff.of(model),
        )
        generation = Generation(
            id=exchange.generation_id,
            created=exchange.created,
            model=model,
            provider=self.provider,
            text=output.text,
            reasoning=output.reasoning,
            tool_calls=output.calls,
            finish_reason=finish_reason,
            native_finish_reason=self.native_finish_reason or finish_reason,
            usage=None if self.usage is None else {**counted, **self.usage},
        )
        answer = _sent(generation, exchange, self)
        return evolve(answer, headers={**answer.headers, **self.headers})


@frozen(eq=False)
class MidStreamError(Reply):
    """A reply with status 200 that breaks off after some words.

    A stream ends with a chunk that carries the error, and has no `[DONE]`. A whole reply carries the error in its
    choice, beside the words that were made. `metadata` holds fields beside `error_type`.

    Without `with_choices` the error comes alone: in a chunk without choices, or as a whole reply that is only the
    envelope of an error. With `with_usage` it says what was used. It costs nothing, whatever was made.
    """

    after_words: int = 3
    text: str = field(default="This is a simulated reply that breaks off.", kw_only=True)
    message: str = field(default="Provider disconnected unexpectedly", kw_only=True)
    code: int | str = field(default=502, kw_only=True)
    error_type: str | None = field(default="provider_unavailable", kw_only=True)
    metadata: Mapping[str, Any] = field(factory=dict[str, Any], kw_only=True)
    with_choices: bool = field(default=True, kw_only=True)
    with_usage: bool = field(default=False, kw_only=True)
    model: str | None = field(default=None, kw_only=True)
    provider: str = field(default=SIMULATED_PROVIDER, kw_only=True)

    def answer(self, exchange: Exchange) -> Answer:
        """Send the first words, then the error."""
        words = split_words(self.text)[: self.after_words]
        generation = Generation(
            id=exchange.generation_id,
            created=exchange.created,
            model=self.model or exchange.model,
            provider=self.provider,
            text="".join(words),
            finish_reason="error",
            native_finish_reason="error",
            usage=usage_fields(
                prompt_tokens=count_prompt(exchange.request.payload),
                completion_tokens=len(words),
                reasoning_tokens=0,
                prices=FREE,
            ),
            failure=Failure(
                error=error_object(self.message, self.code, self.error_type, self.metadata),
                with_choices=self.with_choices,
                with_usage=self.with_usage,
            ),
        )
        return _sent(generation, exchange, self)


def _status_of_an_error(_: object, __: object, status: Any) -> None:
    if not isinstance(status, int) or isinstance(status, bool):
        message = f"status is of type {type(status).__name__}. Give a whole number: ErrorReply(429, 'Slow down')."
        raise InvalidArgumentError(message)
    if status not in _ERRORS:
        message = (
            f"status is {status}; that of an error is from 400 to 599. "
            "An error in a reply with status 200 is MidStreamError(), or the fault ErrorInBody()."
        )
        raise InvalidArgumentError(message)


@frozen(eq=False)
class ErrorReply(Reply):
    """A failure in the service's envelope, for whole replies and streams alike.

    `error_type` goes where the service puts it, into `metadata`. `headers` are added to those of the reply,
    for example `Retry-After`. Raises `InvalidArgumentError` for a `status` that is not from 400 to 599.
    """

    status: int = field(validator=_status_of_an_error)
    message: str
    error_type: str | None = field(default=None, kw_only=True)
    metadata: Mapping[str, Any] = field(factory=dict[str, Any], kw_only=True)
    headers: Mapping[str, str] = field(factory=dict[str, str], kw_only=True)

    def answer(self, exchange: Exchange) -> Answer:
        """Send the envelope with its status."""
        headers = {"Content-Type": "application/json", "X-Generation-Id": exchange.generation_id, **self.headers}
        envelope = self._responses_envelope() if asks_for_response(exchange.request) else self._envelope()
        return Answer(self.status, headers, (encode_json(envelope),), self.delay, self.pause)

    def _envelope(self) -> dict[str, Any]:
        error = error_object(self.message, self.status, self.error_type, self.metadata)
        return {"error": error, "user_id": USER_ID}

    def _responses_envelope(self) -> dict[str, Any]:
        code = self.status if self.error_type is None else error_code(self.error_type)
        told = {} if self.error_type is None else {"error_type": self.error_type}
        return {"error": {"code": code, "message": self.message}, **told, "metadata": self.metadata or None}


@frozen(eq=False)
class RawReply(Reply):
    """Any other reply, byte for byte.

    Each segment is flushed by itself. An event stream is sent in chunks, anything else with its length,
    unless `headers` frame the body themselves; over a socket, a length that is not true cuts the connection.
    """

    status: int = 200
    headers: Mapping[str, str] = field(factory=dict[str, str])
    segments: tuple[bytes, ...] = field(default=(), converter=_bytes_tuple)

    def answer(self, exchange: Exchange) -> Answer:  # noqa: ARG002 - the same for every request
        """Send what was given."""
        return Answer(self.status, self.headers, self.segments, self.delay, self.pause)


def asks_for_response(request: RecordedRequest) -> bool:
    """Whether a request is one to the Responses API, which has forms of its own."""
    return request.path.endswith("/responses")


def _sent(generation: Generation, exchange: Exchange, reply: Reply) -> GeneratedAnswer:
    request = exchange.request
    form = (ResponsesForm if asks_for_response(request) else ChatForm)(generation, request)
    headers = {"Content-Type": "application/json", "X-Generation-Id": generation.id}
    segments = form.whole()
    if request.streaming:
        headers |= {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
        segments = form.events()
    return GeneratedAnswer(
        200,
        headers,
        tuple(segments),
        reply.delay,
        reply.pause,
        cost=Decimal(str((generation.usage or {}).get("cost") or 0)),
        generation=generation,
    )
