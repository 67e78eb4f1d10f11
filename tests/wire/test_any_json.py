"""Whatever JSON comes, the result is a reply or an error of ours; and what nobody knew of is within reach."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given, settings, strategies as st

from openrouter import Completion, OpenRouterError
from openrouter.testing import FakeOpenRouter, RawReply, TextReply
from tests.injected_time import InjectedTime
from tests.replies.arriving import DONE, delta, end, events, reader, whole
from tests.replies.damage import DAMAGE, damaged, encoded, looked_at, places, understood
from tests.replies.generations import replies, streamed_replies
from tests.replies.test_mutations import FAILED, STREAM, WHOLE
from tests.stream_kinds import Awaiting, Blocking
from tests.wire import recordings

OTHERS: tuple[Any, ...] = (None, True, 0, -1, 1e308, "", "brand_new", [], {}, [None], [{}], {"type": "brand_new"})
"""One of each type, and new words and variants."""

WHOLES = [WHOLE, FAILED, *(recordings.documents_of(name)[0] for name in recordings.names(streams=False))]
STREAMS = [STREAM, *(recordings.documents_of(name) for name in recordings.names(streams=True))]


def read_whole(document: Any) -> Completion:
    return whole(encoded(document))


def read_stream(documents: list[Any]) -> Completion:
    reading = reader()
    for event in (*(b"data: " + encoded(document) + b"\n\n" for document in documents), DONE):
        for chunk in reading.feed(event):
            assert isinstance(chunk.text + chunk.reasoning, str)
    list(reading.finish())
    assert reading.completion is not None
    return reading.completion


def good_or_ours(read: Callable[[Any], Completion], document: Any) -> bool:
    """Look at what a document gives: a reply, or an error of ours; say which."""
    try:
        looked_at(read(document))
    except OpenRouterError as error:
        understood(error)
        return False
    return True


def one_change_each(document: Any) -> Iterator[Any]:
    """Give a document with one place changed, for every place and every change; the caller looks and lets go."""
    for container, key in places(document):
        came = container[key]
        for other in OTHERS:
            container[key] = deepcopy(other)
            yield document
        if isinstance(container, dict):
            del container[key]
            yield document
            container[f"{key}_v2"] = came
            yield document
            del container[f"{key}_v2"]
        container[key] = came


def shape(value: Any) -> Any:
    """Give the keys and types of a document: of those that look alike, one is enough."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in sorted(value.items())}
    return [shape(item) for item in value[:1]] if isinstance(value, list) else type(value).__name__


@pytest.mark.thorough
def test_every_place_of_every_whole_reply_may_be_anything() -> None:
    seen: set[str] = set()
    looks = 0
    for document in WHOLES:
        if (known := repr(shape(document))) not in seen:
            seen.add(known)
            looks += sum(1 for changed in one_change_each(deepcopy(document)) if good_or_ours(read_whole, changed))
    assert looks > 200, "most changes leave a good reply good"


@pytest.mark.thorough
def test_every_place_of_every_kind_of_chunk_may_be_anything() -> None:
    seen: set[str] = set()
    looks = 0
    for documents in STREAMS:
        for position, document in enumerate(documents):
            if (known := repr(shape(document))) not in seen:
                seen.add(known)
                # its neighbours are enough of a stream
                before, after = documents[max(0, position - 1) : position], [documents[-1], end()]
                for changed in one_change_each(deepcopy(document)):
                    looks += good_or_ours(read_stream, [*before, changed, *after])
    assert looks > 200, "most changes leave a good stream good"


@given(replies(), DAMAGE)
def test_any_reply_may_be_damaged_anywhere(document: Any, damage: list[tuple[int, str, Any]]) -> None:
    good_or_ours(read_whole, damaged(document, damage))


@given(streamed_replies(), DAMAGE)
def test_any_stream_may_be_damaged_anywhere(sent: tuple[Any, list[Any]], damage: list[tuple[int, str, Any]]) -> None:
    good_or_ours(read_stream, damaged(sent[1], damage))


@settings(max_examples=3 * settings().max_examples)
@given(st.sampled_from([*WHOLES, *STREAMS]), DAMAGE)
def test_any_recording_may_be_damaged_anywhere(document: Any, damage: list[tuple[int, str, Any]]) -> None:
    good_or_ours(read_stream if isinstance(document, list) else read_whole, damaged(document, damage))


# --- what nobody knew of is within reach ------------------------------------------------------------------------------


def with_something_new(value: Any) -> Any:
    """Add a field that nobody knows to every object in a document."""
    if isinstance(value, dict):
        return {**{key: with_something_new(item) for key, item in value.items()}, "aura": {"new": [1]}}
    return [with_something_new(item) for item in value] if isinstance(value, list) else value


def levels(value: Any) -> Iterator[Any]:
    """Give every object of ours in a reply."""
    if isinstance(value, list):
        for item in value:
            yield from levels(item)
    elif attrs.has(type(value)) and hasattr(value, "raw"):
        yield value
        for known in attrs.fields(type(value)):
            if known.name not in {"raw", "http"}:
                yield from levels(getattr(value, known.name))


def check_levels(reply: Any, expected: set[str]) -> None:
    found = list(levels(reply))
    assert {type(level).__name__ for level in found} == expected
    for level in found:
        assert level.raw["aura"] == {"new": [1]}, level


COMPLETE = {
    **WHOLE,
    "usage": {
        **WHOLE["usage"],
        "cost_details": {"upstream_inference_cost": 0.1},
        "prompt_tokens_details": {},
        "completion_tokens_details": {},
    },
}
COMPLETION_LEVELS = {
    *("Completion", "Choice", "Message", "ToolCall", "Function"),
    *("Usage", "PromptTokensDetails", "CompletionTokensDetails", "CostDetails"),
}


def test_unknown_fields_are_in_raw_at_each_level_of_a_whole_reply() -> None:
    document = with_something_new(COMPLETE)
    reply = read_whole(document)
    check_levels(reply, COMPLETION_LEVELS)
    assert reply.raw == document
    assert reply.json() == document


def test_unknown_fields_are_in_raw_at_each_level_of_a_stream() -> None:
    documents = [with_something_new(chunk) for chunk in (*STREAM[:-1], {**STREAM[-1], "usage": COMPLETE["usage"]})]
    reading = reader()
    chunks = list(reading.feed(events(*documents) + DONE))
    assert [chunk.raw for chunk in chunks] == documents
    kinds = {type(level).__name__ for level in levels(chunks)}
    assert kinds >= {"Chunk", "ChunkChoice", "Delta", "ToolCallDelta", "FunctionDelta", "Usage"}
    assert all(level.raw["aura"] == {"new": [1]} for level in levels(chunks))
    assert reading.completion is not None
    check_levels(reading.completion, COMPLETION_LEVELS)


def test_new_words_and_variants_are_given_as_they_came() -> None:
    part, detail = {"type": "hologram", "voxels": [1]}, {"type": "reasoning.telepathy", "waves": "~", "index": 0}
    call = {"id": "c1", "type": "teleport", "function": {"name": "f", "arguments": "{}"}, "to": "Mars"}
    message = {
        "role": "oracle",
        "content": [{"type": "text", "text": "Look: "}, part, {"type": "text", "text": "there."}],
        "reasoning_details": [detail],
        "tool_calls": [call],
        "annotations": [{"type": "smell", "of": "rain"}],
    }
    choice = {"message": message, "finish_reason": "enlightened", "native_finish_reason": "NIRVANA"}
    sent = {"choices": [choice], "usage": {"cost": "free", "tokens_of_love": 5}}
    reply = read_whole(sent)
    assert (reply.text, reply.finish_reason, reply.native_finish_reason) == ("Look: there.", "enlightened", "NIRVANA")
    assert (reply.message.role, reply.message.content) == ("oracle", message["content"])
    assert (reply.message.reasoning_details, reply.message.annotations) == ([detail], message["annotations"])
    assert (reply.tool_calls[0].type, reply.tool_calls[0].raw["to"]) == ("teleport", "Mars")
    assert reply.usage is not None
    assert (reply.usage.cost, reply.usage.raw) == (None, sent["usage"])
    pieces = {name: value for name, value in message.items() if name != "content"}
    streamed = read_stream([delta(**pieces), delta(content="Look."), end("enlightened")])
    assert (streamed.message.role, streamed.finish_reason) == ("oracle", "enlightened")
    assert streamed.message.reasoning_details == [detail]
    assert streamed.tool_calls[0].raw == call


# --- numbers that cannot be -------------------------------------------------------------------------------------------

ABSURD: list[Any] = [
    *(-5, -0.01, 1e308, -1e308, 10**400, 10**13, float("nan"), float("inf"), float("-inf")),
    *("free", "-1", "NaN", "Infinity", "1e999", "", True, False, [1], {"usd": 1}, None),
]
TOKENS = ("prompt_tokens", "completion_tokens", "total_tokens")


def priced(value: Any) -> RawReply:
    details = {"cached_tokens": value, "reasoning_tokens": value, "upstream_inference_cost": value}
    usage = {
        **dict.fromkeys((*TOKENS, "cost"), value),
        **dict.fromkeys(("prompt_tokens_details", "completion_tokens_details", "cost_details"), details),
    }
    body = json.dumps({**WHOLE, "usage": usage}).encode()
    return RawReply(200, {"Content-Type": "application/json"}, [body])


@pytest.mark.anyio
@pytest.mark.parametrize("kind", [Blocking, Awaiting])
@pytest.mark.parametrize("value", ABSURD, ids=lambda value: f"{value!r:.12}-{len(repr(value))}")
async def test_absurd_usage_is_kept_but_never_added_up(value: Any, kind: type[Blocking | Awaiting]) -> None:
    good = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7, "cost": 0.1}
    made = kind(FakeOpenRouter([priced(value), TextReply("Good.", usage=good)]), InjectedTime())
    reply, _ = [await made.got(made.client.complete("Hi", model="a/b", user="ann")) for _ in range(2)]
    usage = reply.usage
    assert repr(usage.raw["cost"]) == repr(value)
    assert (usage.cost, usage.cost_details.upstream_inference_cost) == (None, None)
    assert [getattr(usage, name) for name in TOKENS] == [0, 0, 0]
    assert (usage.cached_tokens, usage.reasoning_tokens) == (0, 0)
    ledger = made.client.ledger
    for totals in (made.client.totals, ledger.by_model["a/b"], ledger.by_user["ann"]):
        assert (totals.requests, totals.cost, totals.total_tokens) == (2, Decimal("0.1"), 7)
        assert (totals.prompt_tokens, totals.completion_tokens) == (3, 4)
        assert json.loads(json.dumps(totals.to_dict()))["total_cost"] == 0.1
    await made.aclose()


def test_large_but_true_usage_counts() -> None:
    usage = read_whole({**WHOLE, "usage": {"prompt_tokens": 10**12, "total_tokens": 3.0, "cost": 10**9}}).usage
    assert usage is not None
    assert (usage.prompt_tokens, usage.total_tokens, usage.cost) == (10**12, 3, 10**9)
