"""A received message, sent back, has all that the model wants to see again: reasoning, tool calls, unknown parts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from openrouter import Message
from openrouter.testing import FakeOpenRouter, RawReply, TextReply
from tests.injected_time import InjectedTime, blocking_client
from tests.replies.arriving import DONE, events
from tests.replies.generations import streamed_replies, without_nulls
from tests.stream_kinds import Awaiting, Blocking
from tests.wire import recordings

FIRST = {"role": "user", "content": "What is it like?"}
NEXT = {"role": "user", "content": "Go on."}
EVENTS = {"Content-Type": "text/event-stream"}
GOOD = TextReply("On it goes.")

JOINED = ("text", "summary", "data")


async def sent_back(kind: type[Blocking | Awaiting], reply: RawReply, *, streams: bool) -> dict[str, Any]:
    """Receive a reply, go on with the conversation, and give the received message as it stands in the next request."""
    fake = FakeOpenRouter([reply, GOOD])
    made = kind(fake, InjectedTime())
    if streams:
        stream = made.client.stream([FIRST])
        await made.rest(stream)
        received = stream.completion.message
    else:
        received = (await made.got(made.client.complete([FIRST]))).message
    assert isinstance(received, Message)
    await made.got(made.client.complete([FIRST, received, NEXT]))
    await made.aclose()
    first, message, following = fake.requests[-1].payload["messages"]
    assert (first, following) == (FIRST, NEXT)
    found: dict[str, Any] = message
    return found


def merged(pieces: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Merge reasoning details by type and index, as the service's documentation tells its clients to."""
    found: dict[tuple[str, int | None], dict[str, Any]] = {}
    for piece in pieces:
        detail = found.setdefault((piece["type"], piece.get("index")), {})
        for name, value in piece.items():
            if name in JOINED:
                detail[name] = detail.get(name, "") + (value or "")
            elif value is not None or name not in detail:
                detail[name] = value
    return list(found.values())


@recordings.NEEDED
@pytest.mark.anyio
@pytest.mark.parametrize("kind", [Blocking, Awaiting])
async def test_every_whole_reply_goes_back_as_it_came(kind: type[Blocking | Awaiting]) -> None:
    seen: set[str] = set()
    for name in recordings.names(streams=False):
        (document,) = recordings.documents_of(name)
        if "choices" not in document:
            continue
        reply = RawReply(200, recordings.headers_of(name), [recordings.body_of(name)])
        message = await sent_back(kind, reply, streams=False)
        assert message == document["choices"][0]["message"], name
        seen |= message.keys()
    assert seen >= {"content", "reasoning", "reasoning_details", "tool_calls", "annotations", "refusal"}


@recordings.NEEDED
@pytest.mark.anyio
@pytest.mark.parametrize("kind", [Blocking, Awaiting])
async def test_every_streamed_reply_goes_back_as_it_came(kind: type[Blocking | Awaiting]) -> None:
    seen: set[str] = set()
    for name in recordings.names(streams=True):
        documents = recordings.documents_of(name)
        if any("error" in document for document in documents):
            continue
        reply = RawReply(200, recordings.headers_of(name), [recordings.body_of(name)])
        message = await sent_back(kind, reply, streams=True)
        deltas = [choice["delta"] for document in documents for choice in document["choices"]]
        for field in ("content", "reasoning", "refusal"):
            assert (message.get(field) or "") == "".join(delta.get(field) or "" for delta in deltas), (name, field)
        details = [piece for delta in deltas for piece in delta.get("reasoning_details") or ()]
        assert message.get("reasoning_details", []) == merged(details), name
        for field in ("annotations", "images"):
            assert message.get(field, []) == [item for delta in deltas for item in delta.get(field) or ()], name
        calls = [piece for delta in deltas for piece in delta.get("tool_calls") or ()]
        assert bool(message.get("tool_calls")) == bool(calls)
        assert {name for delta in deltas for name, value in delta.items() if value} <= message.keys()
        seen |= message.keys()
    assert seen >= {"content", "reasoning", "reasoning_details"}


SIGNED: list[dict[str, Any]] = [
    {"type": "reasoning.text", "text": "Let me ", "format": "anthropic-claude-v1", "index": 0},
    {"type": "reasoning.text", "text": "think.", "format": "anthropic-claude-v1", "index": 0},
    {"type": "reasoning.text", "signature": "c2ln", "format": "anthropic-claude-v1", "index": 0},
    {"type": "reasoning.encrypted", "data": "b64==", "id": "rs_1", "format": "openai-responses-v1", "index": 1},
    {"type": "reasoning.encrypted", "data": "more==", "format": "xai-responses-v1", "waves": {"new": None}},
]
CALL = {"id": "c1", "type": "function", "index": 3, "function": {"name": "f", "arguments": ""}, "thought": "sig"}
PART = {"type": "hologram", "voxels": [1, {"deep": None}]}


@pytest.mark.anyio
@pytest.mark.parametrize("kind", [Blocking, Awaiting])
async def test_signatures_calls_and_unknown_parts_go_back(kind: type[Blocking | Awaiting]) -> None:
    message = {
        "role": "assistant",
        "content": [{"type": "text", "text": "Look."}, PART],
        "reasoning_details": merged(SIGNED),
        "tool_calls": [CALL],
        "aura": {"colour": None},
    }
    body = json.dumps({"choices": [{"message": message, "finish_reason": "tool_calls"}]}).encode()
    whole = RawReply(200, {"Content-Type": "application/json"}, [body])
    assert await sent_back(kind, whole, streams=False) == message

    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": [{"type": "text", "text": "Look."}]}]
    deltas += [{"content": [PART]}, *({"reasoning_details": [piece]} for piece in SIGNED)]
    deltas += [{"tool_calls": [{**CALL, "function": {"name": "f"}}]}, {"tool_calls": [{"index": 3, "id": None}]}]
    deltas += [{"aura": {"colour": None}}]
    chunks: list[dict[str, Any]] = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    streamed = RawReply(200, EVENTS, [events(*chunks) + DONE])
    assert await sent_back(kind, streamed, streams=True) == message


@given(streamed_replies())
def test_any_message_goes_back_as_it_came(sent: tuple[dict[str, Any], list[dict[str, Any]]]) -> None:
    whole = RawReply(200, {"Content-Type": "application/json"}, [json.dumps(sent[0]).encode()])
    streamed = RawReply(200, EVENTS, [events(*sent[1]) + DONE])
    expected = sent[0]["choices"][0]["message"]
    fake = FakeOpenRouter([whole, GOOD, streamed])
    with fake.http() as http:
        client = blocking_client(InjectedTime(), http=http)
        client.complete([FIRST, client.complete("Hi").message])
        stream = client.stream("Hi")
        assert list(stream)
        assert stream.completion is not None
        client.complete([FIRST, stream.completion.message])
    assert fake.requests[1].payload["messages"][1] == expected
    assert without_nulls(fake.requests[3].payload["messages"][1]) == without_nulls(expected)
