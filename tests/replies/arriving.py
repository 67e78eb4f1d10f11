"""Replies as they arrive: bytes in the forms that the service sends."""

from __future__ import annotations

import json
from typing import Any

from openrouter.core.wire import Headers, HTTPInfo, Reply
from openrouter.replies.reading import ChatReader
from openrouter.replies.whole import read_completion
from openrouter.types.chat import Completion
from openrouter.types.chunks import Chunk

DONE = b"data: [DONE]\n\n"
MODEL = "acme/large"


def http(content_type: str = "text/event-stream", status: int = 200) -> HTTPInfo:
    raw = [(b"Content-Type", content_type.encode()), (b"X-Generation-Id", b"gen-header")]
    return HTTPInfo(status, Headers(raw), received_at=1_800_000_000.0)


def whole(body: Any) -> Completion:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_completion(Reply(http("application/json"), data, latency=1.5, model=MODEL))


def events(*chunks: Any) -> bytes:
    return b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks)


def delta(index: int = 0, /, finish: str | None = None, **fields: Any) -> dict[str, Any]:
    return {
        "id": "gen-1",
        "model": "acme/large-2",
        "provider": "Acme",
        "object": "chat.completion.chunk",
        "choices": [{"index": index, "delta": fields, "finish_reason": finish}],
    }


def end(reason: str = "stop") -> dict[str, Any]:
    return delta(finish=reason, content="")


def reader(content_type: str = "text/event-stream") -> ChatReader:
    return ChatReader(http(content_type), MODEL)


def read(body: bytes, content_type: str = "text/event-stream") -> tuple[list[Chunk], Completion | None]:
    """Read a stream to its end."""
    reading = reader(content_type)
    chunks = [*reading.feed(body), *reading.finish()]
    return chunks, reading.completion


def folded(*chunks: dict[str, Any]) -> Completion:
    """Give the completion that chunks and a good end make."""
    _, completion = read(events(*chunks) + DONE)
    assert completion is not None
    return completion
