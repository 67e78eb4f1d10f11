"""Server-sent events: the same bytes give the same events, however they are cut and whatever ends their lines."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from openrouter.core.sse import EventDecoder

BOM = b"\xef\xbb\xbf"
PIECES = (b"data: ", b"data:", b"data", b":", b"id: 1", b"event: x", b"retry: 9", b"a", b" ", b"\xe2\x80\xa8", BOM)


def decode(*segments: bytes) -> tuple[list[bytes], int]:
    """Give the events and the number of comments."""
    decoder = EventDecoder()
    events = [event for segment in segments for event in decoder.feed(segment)]
    return events, decoder.comments


def cut(body: bytes, places: list[int]) -> list[bytes]:
    edges = sorted([0, len(body), *(place % (len(body) + 1) for place in places)])
    return [body[start:end] for start, end in pairwise(edges)]


def by_the_standard(lines: list[bytes]) -> tuple[list[bytes], int]:
    """Interpret lines as the standard says, one at a time."""
    events: list[bytes] = []
    data: list[bytes] = []
    comments = 0
    for line in lines:
        name, colon, value = line.partition(b":")
        if not line and data:
            events.append(b"\n".join(data))
            data = []
        elif not name and colon:
            comments += 1
        elif name == b"data":
            data.append(value.removeprefix(b" "))
    return events, comments


lines_of_a_stream = st.lists(st.lists(st.sampled_from(PIECES), max_size=4).map(b"".join), max_size=12)


@given(
    lines=lines_of_a_stream,
    ends=st.lists(st.sampled_from([b"\n", b"\r\n", b"\r"]), min_size=12, max_size=12),
    places=st.lists(st.integers(min_value=0), max_size=30),
    has_bom=st.booleans(),
)
def test_neither_the_cuts_nor_the_line_ends_change_what_is_read(
    lines: list[bytes], ends: list[bytes], places: list[int], *, has_bom: bool
) -> None:
    # A CR before an empty line that ends in LF would be one line end, not two.
    ends = [b"\r\n" if end == b"\r" else end for end in ends] if b"" in lines else ends
    body = b"".join(line + end for line, end in zip(lines, ends, strict=False))
    if has_bom or body.startswith(BOM):
        body = BOM + body
    assert decode(*cut(body, places)) == by_the_standard(lines)
    assert decode(*(bytes([byte]) for byte in body)) == by_the_standard(lines)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_each_line_end_ends_events(end: bytes) -> None:
    body = b"data: 1" + end + end + b": alive" + end + end + b"data: 2" + end + b"data: 3" + end + end
    assert decode(body) == ([b"1", b"2\n3"], 1)
    assert decode(*(bytes([byte]) for byte in body)) == ([b"1", b"2\n3"], 1)


@pytest.mark.parametrize(
    ("body", "events", "comments"),
    [
        pytest.param(b"data: a\n\n", [b"a"], 0, id="one event"),
        pytest.param(b"data:a\n\n", [b"a"], 0, id="no space after the colon"),
        pytest.param(b"data:  a\n\n", [b" a"], 0, id="only the first space goes"),
        pytest.param(b"data: a\ndata: b\n\n", [b"a\nb"], 0, id="several lines of data"),
        pytest.param(b"data\n\n", [b""], 0, id="a field without a colon is empty"),
        pytest.param(b"retry: 3000\n\ndata: a\n\n", [b"a"], 0, id="an event of retry alone"),
        pytest.param(b"event: ping\n\nid: 7\n\ndata: a\n\n", [b"a"], 0, id="events of name or id alone"),
        pytest.param(b"event: x\nid: 1\ndata: a\nretry: 1\n\n", [b"a"], 0, id="data among other fields"),
        pytest.param(b"database: a\n\n data: b\n\nDATA: c\n\n", [], 0, id="other names are not data"),
        pytest.param(b": OPENROUTER PROCESSING\n\n:\n\n::\n\n", [], 3, id="comments are counted"),
        pytest.param(b"data: a\n: alive\ndata: b\n\n", [b"a\nb"], 1, id="a comment within an event"),
        pytest.param(b"\n\n\n\ndata: a\n\n\n\n\ndata: b\n\n", [b"a", b"b"], 0, id="blank lines galore"),
        pytest.param(b"data: a\n\ndata: b\n", [b"a"], 0, id="an event that does not end"),
        pytest.param(b"data: a\n\ndata: b", [b"a"], 0, id="a line that does not end"),
        pytest.param(b"", [], 0, id="nothing"),
    ],
)
def test_what_the_standard_says(body: bytes, events: list[bytes], comments: int) -> None:
    assert decode(body) == (events, comments)


def test_characters_that_end_lines_elsewhere_end_none_here() -> None:
    text = "a\u2028b\u2029c\u0085d\x0be\x0cf\x1cg".encode()
    assert decode(b"data: " + text + b"\n\n") == ([text], 0)


def test_half_a_character_at_an_edge_changes_nothing() -> None:
    body = "data: naïve 🌊\n\n".encode()
    assert all(decode(body[:at], body[at:]) == (["naïve 🌊".encode()], 0) for at in range(len(body)))


@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_a_byte_order_mark_is_dropped_wherever_it_is_cut(at: int) -> None:
    body = BOM + b"data: a\n\n"
    assert decode(body[:at], body[at:]) == ([b"a"], 0)


def test_half_a_byte_order_mark_is_no_mark() -> None:
    assert decode(BOM[:2], b"\ndata: a\n\n") == ([b"a"], 0)
    assert decode(b"data: a\n\n", BOM, b"data: b\n\n") == ([b"a"], 0), "a mark later on is part of a name"


def test_cr_and_lf_in_different_segments_are_one_line_end() -> None:
    assert decode(b"data: a\r", b"\ndata: b\r", b"\n", b"\r", b"\n") == ([b"a\nb"], 0)
    assert decode(b"data: a\r", b"", b"\ndata: b\r\n\r\n") == ([b"a\nb"], 0)


def test_a_megabyte_in_single_bytes_is_one_event() -> None:
    line = b"x" * 1_000_000
    decoder = EventDecoder()
    assert decoder.feed(b"data: ") == []
    assert not any(decoder.feed(b"x") for _ in line)
    assert decoder.feed(b"\n") == []
    assert decoder.feed(b"\n") == [line]


def test_events_come_as_soon_as_their_blank_line_does() -> None:
    decoder = EventDecoder()
    assert decoder.feed(b"data: a\n\ndata: b\n") == [b"a"]
    assert decoder.feed(b"\ndata: c") == [b"b"]
    assert decoder.feed(b"\n\n") == [b"c"]
    assert decoder.feed(b"data: d\nd") == []
    assert decoder.feed(b"ata: e\n\n") == [b"d\ne"]
