"""A stream is the same however its bytes are cut, whatever ends its lines, and whatever stands between its events."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from openrouter.core.sse import EventDecoder
from openrouter.testing import FakeOpenRouter, RawReply
from tests.replies.arriving import DONE, delta, end, read
from tests.stream_kinds import OVER, Awaiting, Blocking
from tests.wire import recordings

BOM = b"\xef\xbb\xbf"
SEPARATORS = "\u2028\u2029\u0085\x0b\x0c\x1c\x1d\x1e\ufeff"
"""Characters that end lines elsewhere, or are dropped."""

TEXTS = st.text(st.sampled_from([*SEPARATORS, *"a 🌊é\u0000:\ud7ff\U0010ffff"]), max_size=12) | st.text(max_size=12)
AROUND = 256
"""Bytes on either side of a cut in a recorded stream."""
LINE_ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])
NOISE = st.sampled_from(
    [
        b": OPENROUTER PROCESSING",
        b":",
        b": data: {",
        b"retry: 3000",
        b"id: 7",
        b"id",
        b"event: message",
        b"unknown: field",
        b"datas: no",
    ]
)


def cut(body: bytes, places: list[int]) -> list[bytes]:
    """Cut bytes at these places."""
    return [body[start:stop] for start, stop in pairwise(sorted({0, len(body), *places}))]


def decoded(segments: list[bytes]) -> tuple[list[bytes], int]:
    """Give the events and the number of comments."""
    decoder = EventDecoder()
    events = [event for segment in segments for event in decoder.feed(segment)]
    return events, decoder.comments


def singly(body: bytes) -> list[bytes]:
    """Cut bytes one by one."""
    return [bytes([byte]) for byte in body]


@st.composite
def written_streams(draw: st.DrawFn) -> tuple[list[bytes], int, bytes]:
    """Events of JSON, how many comments stand around them, and one of the ways to write them down."""
    documents = [{"text": text, "n": [None, {"deep": text}]} for text in draw(st.lists(TEXTS, max_size=4))]
    # Some services write JSON in several lines, and each gets its own `data:`.
    indents = draw(st.lists(st.sampled_from([None, 1]), min_size=len(documents), max_size=len(documents)))
    events = [
        json.dumps(document, ensure_ascii=draw(st.booleans()), indent=indent).encode(errors="surrogatepass")
        for document, indent in zip(documents, indents, strict=True)
    ]
    lines: list[bytes] = []
    for event in (*events, b"[DONE]"):
        for line in event.split(b"\n"):
            lines += draw(st.lists(NOISE, max_size=2))
            # The standard drops one space: what begins with one of its own needs another before it.
            lines.append(draw(st.sampled_from([b"data: ", b"data: " if line[:1] == b" " else b"data:"])) + line)
        lines += [*draw(st.lists(NOISE, max_size=1)), *[b""] * draw(st.integers(min_value=1, max_value=3))]
    ends = [draw(LINE_ENDS) for _ in lines]
    for position, line in enumerate(lines):
        if not line and ends[position - 1] == b"\r" and ends[position] == b"\n":
            ends[position] = b"\r\n"  # a CR and an LF in a row would be one end of a line
    body = b"".join(line + end for line, end in zip(lines, ends, strict=True))
    return [*events, b"[DONE]"], sum(line.startswith(b":") for line in lines), draw(st.sampled_from([b"", BOM])) + body


@settings(max_examples=3 * settings().max_examples)
@given(written_streams(), st.data())
def test_any_way_of_writing_and_cutting_gives_the_same_events(
    stream: tuple[list[bytes], int, bytes], data: st.DataObject
) -> None:
    events, comments, body = stream
    places = data.draw(st.lists(st.integers(min_value=0, max_value=len(body)), max_size=20))
    for segments in ([body], singly(body), cut(body, places)):
        assert decoded(segments) == (events, comments)


def text_stream(text: str, line_end: bytes = b"\n", *, ensure_ascii: bool = False) -> bytes:
    """Write a stream whose deltas hold `text`, and half of it, unescaped."""
    chunks = [delta(content=text), delta(content=text[: len(text) // 2], reasoning=text), end()]
    lines = [b"data: " + json.dumps(chunk, ensure_ascii=ensure_ascii).encode() for chunk in chunks]
    body = b": OPENROUTER PROCESSING\n\nretry: 10\nid: 1\n\n" + b"\n\n".join(lines) + b"\n\n" + DONE
    return body.replace(b"\n", line_end)


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_characters_that_end_lines_elsewhere_are_text(line_end: bytes) -> None:
    text = f"a{SEPARATORS}🌊{SEPARATORS}é"
    body = text_stream(text, line_end)
    expected = read(text_stream(text, ensure_ascii=True))
    assert expected[1] is not None
    assert (expected[1].text, expected[1].reasoning) == (text + text[: len(text) // 2], text)
    for segments in ([body], singly(body)):
        assert decoded(segments) == decoded([text_stream(text)])
    assert read(body) == expected


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("mark", [b"", BOM])
def test_every_two_cuts_of_a_short_stream(line_end: bytes, mark: bytes) -> None:
    body = mark + 'data: {"a":"é🌊\u2028"}\n\n: alive\n\ndata: 1\ndata:2\n\ndata: [DONE]\n\n'.encode().replace(
        b"\n", line_end
    )
    expected = ['{"a":"é🌊\u2028"}'.encode(), b"1\n2", b"[DONE]"], 1
    for first in range(len(body) + 1):
        for second in range(first, len(body) + 1):
            assert decoded([body[:first], body[first:second], body[second:]]) == expected


@pytest.mark.thorough
@recordings.NEEDED
@pytest.mark.parametrize("endpoint", ["POST /chat/completions", "POST /responses"])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_recorded_streams_cut_at_every_byte(endpoint: str, line_end: bytes) -> None:
    for name in recordings.names(endpoint=endpoint, streams=True):
        plain = recordings.body_of(name)
        body = plain.replace(b"\n", line_end)
        expected = decoded([plain])
        assert decoded([body]) == expected == decoded(singly(body))
        # What a cut can change lies about it, so a few events around it are as good as the whole stream.
        for at in range(len(body)):
            start = max(0, at - AROUND)
            around = body[start : at + AROUND]
            assert decoded([around[: at - start], around[at - start :]]) == decoded([around])


SENT = text_stream(f"Once {SEPARATORS} upon 🌊 a time", b"\r\n")


def segmentations() -> dict[str, list[bytes]]:
    middle = SENT.index("🌊".encode())
    return {
        "whole": [SENT],
        "one byte at a time": singly(SENT),
        "inside a character": cut(SENT, [middle + 1, middle + 3]),
        "inside every line end": cut(SENT, [at + 1 for at in range(len(SENT)) if SENT[at : at + 2] == b"\r\n"]),
        "inside the end": cut(SENT, [len(SENT) - 1, len(SENT) - 5]),
        "CR alone": singly(SENT.replace(b"\r\n", b"\r")),
        "with a mark": [BOM[:1], BOM[1:] + SENT],
    }


@pytest.mark.anyio
@pytest.mark.parametrize("kind", [Blocking, Awaiting])
@pytest.mark.parametrize("way", segmentations())
async def test_segments_over_a_socket(way: str, kind: type[Blocking | Awaiting]) -> None:
    expected = read(SENT)
    sent = RawReply(200, {"Content-Type": "text/event-stream"}, segmentations()[way])
    with FakeOpenRouter(respond=lambda _: sent).serve() as server:
        async with kind.connected(base_url=server.url) as client:
            stream = client.stream("Hi")
            chunks: list[Any] = []
            while (chunk := await kind.following(stream)) is not OVER:
                chunks.append(chunk)
            assert (chunks, stream.completion) == expected
            assert stream.keepalives == 1
            async with kind.entered(client.stream("Hi")) as again:
                assert await kind.following(again) == chunks[0]
        assert server.accepted == 1, "the connection served again"
