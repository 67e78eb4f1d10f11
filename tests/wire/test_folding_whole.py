"""A streamed reply, folded, is what the whole reply would have been; and folding it costs what it is long."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from sys import getrefcount
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from openrouter.core.sse import EventDecoder
from openrouter.replies.folding import Folding
from openrouter.types.chat import Completion
from openrouter.types.messages import message_list
from tests.replies.arriving import DONE, delta, end, events, reader, whole
from tests.replies.generations import sent_in_pieces, streamed_replies, without_nulls

FIELDS = ("id", "model", "provider", "created", "usage", "system_fingerprint", "service_tier", "openrouter_metadata")


@st.composite
def sent_replies(draw: st.DrawFn) -> tuple[dict[str, Any], list[bytes]]:
    """A whole reply, and the segments of a stream that makes it."""
    reply, chunks = draw(streamed_replies())
    return reply, sent_in_pieces(draw, events(*chunks) + DONE)


def streamed(segments: list[bytes]) -> Completion:
    reading = reader()
    for segment in segments:
        list(reading.feed(segment))
    list(reading.finish())
    assert reading.completion is not None
    return reading.completion


@settings(max_examples=3 * settings().max_examples)
@given(sent_replies())
def test_a_folded_stream_is_the_whole_reply(sent: tuple[dict[str, Any], list[bytes]]) -> None:
    reply, segments = sent
    expected, found = whole(reply), streamed(segments)
    for name in FIELDS:
        assert getattr(found, name) == getattr(expected, name), name
    assert len(found.choices) == len(expected.choices)
    for ours, theirs in zip(found.choices, expected.choices, strict=True):
        assert ours.message == theirs.message
        assert (ours.index, ours.finish_reason, ours.native_finish_reason) == (
            theirs.index,
            theirs.finish_reason,
            theirs.native_finish_reason,
        )
        assert without_nulls(ours.logprobs or {}).get("content") == (theirs.logprobs or {}).get("content")
        assert ours.message.raw.get("aura") == theirs.message.raw.get("aura")
        # What goes back on the next turn.
        assert without_nulls(message_list(ours.message)) == without_nulls(message_list(theirs.message))
    assert (found.text, found.reasoning, found.tool_calls) == (expected.text, expected.reasoning, expected.tool_calls)
    assert found.raw.get("aura") == expected.raw.get("aura")


# --- linear work ------------------------------------------------------------------------------------------------------


class Piece(str):
    """Text that may be joined, once and with all the others, but never added to what came before."""

    __slots__ = ()

    def __add__(self, other: object) -> str:
        pytest.fail("A piece was copied together with others before the end.")

    __radd__ = __iadd__ = __add__


def piecewise(number: int) -> list[dict[str, Any]]:
    """Give chunks with a piece of everything that comes in pieces."""
    x = Piece("x")
    call = {"index": 1, "id": "c", "function": {"name": "f", "arguments": x}}
    detail = {"type": "reasoning.text", "index": 0, "text": x}
    return [
        delta(
            content=x,
            reasoning=x,
            refusal=x,
            tool_calls=[call, {"function": {"arguments": x}}],
            reasoning_details=[detail, {**detail, "type": "reasoning.summary", "summary": x}],
            audio={"data": x, "transcript": x},
            annotations=[{"a": 1}],
            images=[{"i": 1}],
        )
        for _ in range(number)
    ]


def test_no_piece_is_copied_before_it_is_looked_at() -> None:
    folding = Folding()
    for chunk in piecewise(50):
        folding.add(chunk)
    message = folding.result()["choices"][0]["message"]
    assert message["content"] == message["reasoning"] == message["audio"]["data"] == "x" * 50
    assert len(message["annotations"]) == len(message["images"]) == 50


def steps(work: Callable[[], object]) -> int:
    """Count the calls, of Python and of C, that some work takes."""
    taken = 0

    def count(_: FrameType, event: str, __: object) -> None:
        nonlocal taken
        taken += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return taken


def body_of(number: int) -> bytes:
    return events(*json.loads(json.dumps(piecewise(number))), end()) + DONE


@pytest.mark.parametrize("size", [1, 64, 5_000, 10**9])
def test_twice_as_long_a_stream_is_twice_the_work(size: int) -> None:
    def reading(number: int) -> Callable[[], object]:
        body = body_of(number)
        return lambda: streamed([body[start : start + size] for start in range(0, len(body), size)])

    reading(1)()  # what is made once
    some, twice = steps(reading(100)), steps(reading(200))
    assert twice < 2.1 * some


def test_the_segments_of_a_long_line_are_kept_as_they_are_until_it_ends() -> None:
    """To join them whenever one comes would copy a line as often as it has segments."""
    decoder, line = EventDecoder(), b"data: " + b"xy" * 1000
    segments = [line[at : at + 2] for at in range(0, len(line), 2)]
    before = list(map(getrefcount, segments))
    assert not any(decoder.feed(segment) for segment in segments)
    # the first ones may be looked at together, for the mark that a stream may begin with
    assert list(map(getrefcount, segments))[2:] == [number + 1 for number in before[2:]]
    assert decoder.feed(b"\n\n") == [b"xy" * 1000]
