"""Replies as raw bytes, and what has to come of each when its connection ends after so many of them.

What is expected is worked out here from the events alone, with none of the package's own parsing.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from attrs import field, frozen

from openrouter import (
    APIConnectionError,
    Completion,
    ProviderError,
    RateLimitError,
    ResponseError,
    StreamInterruptedError as Interrupted,
)

GENERATION = "gen-cut"


class Seen(NamedTuple):
    """What a caller can see of a reply, or of a part of one."""

    text: str = ""
    reasoning: str = ""
    calls: tuple[tuple[str, str, str], ...] = ()
    """Id, name and arguments of each."""
    details: str = ""
    """The text of the reasoning details."""
    tokens: int = 0


class Outcome(NamedTuple):
    """How a call ended: with a reply, or with an error and a partial one."""

    error: type[BaseException] | None
    seen: Seen | None
    pieces: str = ""
    """The text that a stream had handed out."""


def seen_of(completion: Completion | None) -> Seen | None:
    if completion is None:
        return None
    return Seen(
        completion.text,
        completion.reasoning or "",
        tuple((call.id, call.function.name, call.function.arguments) for call in completion.tool_calls),
        "".join(detail["text"] for detail in completion.message.reasoning_details or ()),
        completion.usage.total_tokens if completion.usage else 0,
    )


@frozen
class Cut:
    """The first bytes of a response: what of its body they hold, and how they end."""

    body: bytes
    complete: bool
    """The framing says that this is all, or there is none and the connection was closed in good order."""


@frozen(kw_only=True)
class Reply:
    """A response, framed by chunks of a size, by its length, or by the end of the connection."""

    name: str
    body: bytes
    status: str = "200 OK"
    headers: tuple[str, ...] = ()
    chunk: int = 0
    has_length: bool = False
    compressed: bytes | None = None
    head: bytes = field(init=False)
    wire: bytes = field(init=False)

    def __attrs_post_init__(self) -> None:
        sent = self.compressed or self.body
        lines = [f"HTTP/1.1 {self.status}", f"X-Generation-Id: {GENERATION}", *self.headers]
        lines += ["Content-Encoding: gzip"] if self.compressed else []
        lines += [f"Content-Length: {len(sent)}"] if self.has_length else []
        lines += ["Transfer-Encoding: chunked"] if self.chunk else []
        object.__setattr__(self, "head", "\r\n".join([*lines, "", ""]).encode())
        object.__setattr__(self, "wire", self.head + (_chunked(sent, self.chunk) if self.chunk else sent))

    def cut(self, offset: int, *, reset: bool) -> Cut | None:
        """Give what is left of the body; `None` where not even the head is whole."""
        if offset < len(self.head):
            return None
        sent, complete = self.wire[len(self.head) : offset], offset == len(self.wire)
        if self.chunk:
            sent = _without_chunks(sent)
        elif not self.has_length:
            complete = not reset
        if self.compressed is not None:
            sent = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(sent)
        return Cut(sent, complete)

    def expected(self, offset: int, *, reset: bool) -> Outcome:
        cut = self.cut(offset, reset=reset)
        return Outcome(APIConnectionError, None) if cut is None else self.after(cut)

    def after(self, cut: Cut) -> Outcome:
        raise NotImplementedError


def _chunked(body: bytes, size: int) -> bytes:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def _without_chunks(wire: bytes) -> bytes:
    body = b""
    while b"\r\n" in wire:
        size, _, wire = wire.partition(b"\r\n")
        body += wire[: int(size, 16)]
        wire = wire[int(size, 16) + 2 :]
    return body


@frozen(kw_only=True)
class Whole(Reply):
    """A reply in one piece."""

    outcome: Outcome
    """What comes of it when all of it has arrived."""
    without_body: type[Exception] | None = None
    """What the status alone says, where that is enough."""

    def after(self, cut: Cut) -> Outcome:
        if cut.body == self.body and cut.complete:
            return self.outcome
        if self.without_body is not None:
            return Outcome(self.without_body, None)
        return Outcome(ResponseError if cut.complete else Interrupted, None)


@frozen(kw_only=True)
class Streamed(Reply):
    """A reply in events: after which byte of the body each of them is complete, and what can be seen by then."""

    steps: tuple[tuple[int, Seen], ...]
    good_from: int
    """The byte of the body from which on the end of the connection harms nothing."""
    finished_from: int
    """The byte from which on an end in good order is the end of the reply."""
    failure: type[Exception] | None = None
    """What comes of the last event, if that is an error."""

    def after(self, cut: Cut) -> Outcome:
        seen = next((seen for end, seen in reversed(self.steps) if end <= len(cut.body)), None)
        pieces = seen.text if seen else ""
        if self.failure is not None and len(cut.body) >= self.good_from:
            return Outcome(self.failure, seen, pieces)
        is_good = len(cut.body) >= (self.finished_from if cut.complete else self.good_from)
        return Outcome(None if is_good else Interrupted, seen, pieces)


JSON = "Content-Type: application/json"
EVENTS = "Content-Type: text/event-stream"
USAGE = {"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5, "cost": 0.01}
FAILURE = {"message": "Gone", "code": 502, "metadata": {"error_type": "provider_unavailable"}}


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _piece(delta: dict[str, Any] | None = None, finish: str | None = None, **fields: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta or {}, "finish_reason": finish}
    return {"id": GENERATION, "choices": [choice], **fields}


def _grown(seen: Seen, event: dict[str, Any]) -> Seen:
    """Add an event to what was seen before it."""
    delta = event["choices"][0]["delta"] if event["choices"] else {}
    calls = list(seen.calls)
    for call in delta.get("tool_calls", ()):
        place, function = call["index"], call["function"]
        if place == len(calls):
            calls.append((call["id"], function["name"], function["arguments"]))
        else:
            calls[place] = (*calls[place][:2], calls[place][2] + function["arguments"])
    return Seen(
        seen.text + delta.get("content", ""),
        seen.reasoning + delta.get("reasoning", ""),
        tuple(calls),
        seen.details + "".join(detail["text"] for detail in delta.get("reasoning_details", ())),
        event.get("usage", {}).get("total_tokens", seen.tokens),
    )


def _stream(name: str, events: Iterable[dict[str, Any] | bytes], *, line_end: bytes = b"\n", **form: Any) -> Streamed:
    """Lay out a stream: dicts are events, bytes stand there as they are."""
    body, seen, steps = b"", Seen(), list[tuple[int, Seen]]()
    good_from = finished_from = 1_000_000
    for event in events:
        if isinstance(event, bytes):
            body += event
        else:
            body += b"data: " + _json(event) + 2 * line_end
            seen = _grown(seen, event)
            # a CR ends a line whether or not a LF follows
            steps.append((len(body) - (line_end == b"\r\n"), seen))
            if event["choices"] and event["choices"][0]["finish_reason"]:
                finished_from = steps[-1][0]
            if "error" in event:
                good_from = steps[-1][0]
        if isinstance(event, bytes) and b"[DONE]" in event:
            good_from = len(body) - (line_end == b"\r\n")
    return Streamed(
        name=name,
        body=body,
        headers=(EVENTS,),
        steps=tuple(steps),
        good_from=good_from,
        finished_from=finished_from,
        **form,
    )


def _compressed_by_event(reply: Streamed) -> Streamed:
    """Compress a stream as a server does that flushes after each event."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    packed = b""
    for event in reply.body.split(b"\n\n")[:-1]:
        packed += compressor.compress(event + b"\n\n") + compressor.flush(zlib.Z_SYNC_FLUSH)
    packed += compressor.flush()
    return Streamed(
        name=reply.name,
        body=reply.body,
        headers=reply.headers,
        chunk=50,
        compressed=packed,
        steps=reply.steps,
        good_from=reply.good_from,
        finished_from=reply.finished_from,
    )


def _call(index: int, arguments: str, **first: str) -> dict[str, Any]:
    opening = {"id": first["id"]} if first else {}
    name = {"name": first["name"]} if first else {}
    return {"tool_calls": [{"index": index, **opening, "function": {**name, "arguments": arguments}}]}


def _thought(text: str) -> dict[str, Any]:
    return {"reasoning": text, "reasoning_details": [{"type": "reasoning.text", "text": text, "index": 0}]}


STREAMS: Sequence[Streamed] = (
    _stream(
        "text beyond ASCII, and a usage chunk",
        [
            b": OPENROUTER PROCESSING\n\n",
            _piece({"content": "Zürich — "}),
            _piece({"content": "川\u2028🏔"}),
            _piece(finish="stop"),
            {"id": GENERATION, "choices": [], "usage": USAGE},
            b"data: [DONE]\n\n",
        ],
        chunk=100,
    ),
    _stream(
        "tool calls, with CR LF",
        [
            _piece(_call(0, "", id="call_1", name="look")),
            _piece(_call(0, '{"at":')),
            _piece(_call(0, '"sea"}')),
            _piece(_call(1, "{}", id="call_2", name="go")),
            _piece(finish="tool_calls"),
            b"data: [DONE]\r\n\r\n",
        ],
        line_end=b"\r\n",
        chunk=64,
    ),
    _compressed_by_event(
        _stream(
            "reasoning, compressed",
            [
                _piece(_thought("Well, ")),
                _piece(_thought("höchstens.")),
                _piece({"content": "Seven"}),
                _piece({"content": " hills"}, finish="stop", usage=USAGE),
                b"data: [DONE]\n\n",
            ],
        )
    ),
    _stream(
        "an error in the middle, framed by nothing",
        [
            _piece({"content": "Once "}),
            _piece({"content": "upon"}),
            _piece({"content": ""}, finish="error", error=FAILURE),
        ],
        failure=ProviderError,
    ),
    _stream(
        "comments between the events, no [DONE], with a length",
        [
            b": a\n\n:\n\nretry: 5\n\n",
            _piece({"content": "Still "}),
            b": b\n\nevent: x\n\n",
            _piece({"content": "here"}),
            b": c\n\n",
            _piece(finish="stop"),
            b":",
        ],
        has_length=True,
    ),
)


def _message(**fields: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": None, **fields}


def _whole(name: str, body: object, seen: Seen | None, *, error: type[Exception] | None = None, **form: Any) -> Whole:
    packed = gzip.compress(_json(body)) if form.pop("gzip", False) else None
    return Whole(
        name=name,
        body=form.pop("before", b"") + _json(body),
        headers=(JSON,),
        compressed=packed,
        outcome=Outcome(error, seen),
        **form,
    )


def _choice(message: dict[str, Any], finish: str = "stop", **fields: Any) -> dict[str, Any]:
    return {"index": 0, "message": message, "finish_reason": finish, **fields}


_CALLS = [{"id": "call_1", "type": "function", "function": {"name": "look", "arguments": '{"at":"Größe"}'}}]

WHOLE: Sequence[Whole] = (
    _whole(
        "white space first",
        {"id": GENERATION, "choices": [_choice(_message(content="Zürich — 川🏔"))], "usage": USAGE},
        Seen("Zürich — 川🏔", tokens=5),
        before=b"\n         \n\n         \n",
        has_length=True,
    ),
    _whole(
        "tool calls, in chunks",
        {"id": GENERATION, "choices": [_choice(_message(tool_calls=_CALLS), "tool_calls")], "usage": USAGE},
        Seen(calls=(("call_1", "look", '{"at":"Größe"}'),), tokens=5),
        chunk=60,
    ),
    _whole(
        "reasoning, compressed",
        {"id": GENERATION, "choices": [_choice(_message(content="Seven", **_thought("Well.")))], "usage": USAGE},
        Seen("Seven", "Well.", details="Well.", tokens=5),
        gzip=True,
        has_length=True,
    ),
    _whole(
        "an error status",
        {"error": {"message": "Slow down", "code": 429, "metadata": {"provider_name": "Acme"}}},
        None,
        error=RateLimitError,
        status="429 Too Many Requests",
        without_body=RateLimitError,
        has_length=True,
    ),
    _whole(
        "an error in a choice, framed by nothing",
        {"id": GENERATION, "choices": [_choice(_message(content="Half"), "error", error=FAILURE)]},
        Seen("Half"),
        error=ProviderError,
    ),
)
