"""Bodies in chunks are read as h11 reads them: the same bytes, the same end, the same surplus, the same refusals."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

import h11
import pytest
from hypothesis import assume, given, settings, strategies as st

from openrouter.transports.bodies import Measured, Unmeasured, body_of
from openrouter.transports.chunked import MOST_TRAILED, Unchunker
from openrouter.transports.http1 import MOST_OF_A_HEAD, Head

LAST: Final = b"0\r\n\r\n"
HEAD: Final = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class Outcome(NamedTuple):
    """What became of a body: what was read of it, whether it ended, what came behind that, or that it was nonsense."""

    body: bytes
    done: bool
    surplus: bytes
    refused: bool


def by_us(pieces: Iterable[bytes]) -> Outcome:
    chunks, body = Unchunker(), b""
    surplus = b""
    for piece in pieces:
        if chunks.done:
            surplus += piece
        else:
            body += chunks.feed(piece)
        if chunks.flaw is not None:
            return Outcome(body, done=False, surplus=b"", refused=True)
    return Outcome(body, chunks.done, chunks.surplus + surplus, refused=False)


def connection_with(head: bytes = b"") -> h11.Connection:
    """Give h11's client that has sent a request, and to which so much has come."""
    made = h11.Connection(h11.CLIENT, max_incomplete_event_size=MOST_OF_A_HEAD)
    made.send(h11.Request(method="GET", target="/", headers=[("Host", "api.test")]))
    made.send(h11.EndOfMessage())
    if head:
        made.receive_data(head)
    return made


def by_h11(pieces: Iterable[bytes]) -> Outcome:
    connection, body = connection_with(HEAD), b""
    assert isinstance(connection.next_event(), h11.Response)
    done = False
    try:
        for piece in pieces:
            connection.receive_data(piece)
            while not done and (event := connection.next_event()) is not h11.NEED_DATA:
                if isinstance(event, h11.Data):
                    body += event.data
                done = done or isinstance(event, h11.EndOfMessage)
    except h11.RemoteProtocolError:
        return Outcome(body, done=False, surplus=b"", refused=True)
    return Outcome(body, done, connection.trailing_data[0] if done else b"", refused=False)


def cut(wire: bytes, places: Iterable[int]) -> list[bytes]:
    """Cut bytes at these places, counted from the end where they lie beyond it."""
    at = [0, *sorted({place % (len(wire) + 1) for place in places}), len(wire)]
    return [piece for start, end in pairwise(at) if (piece := wire[start:end])]


# --- Bodies as they may be --------------------------------------------------------------------------------------------

BLANKS = st.sampled_from([b"", b" ", b"\t", b"  \t "])
EXTENSIONS = st.one_of(
    st.just(b""),
    st.sampled_from([b";", b";name", b";a=b", b';a="b;c"; d', b"; spaced = out ", b";\xff\x00"]),
    st.binary(max_size=20).map(lambda text: b";" + text.translate(None, b"\r\n")),
)
LINE_ENDS = st.sampled_from([b"\r\n", b"\n"])
TRAILERS = st.lists(
    st.tuples(st.sampled_from([b"X-Sum: 1", b"x:", b"Server-Timing: a, b", b"Long: " + b"y" * 300]), LINE_ENDS).map(
        b"".join
    ),
    max_size=3,
).map(b"".join)
PLACES = st.lists(st.integers(0, 10_000), max_size=12)


@st.composite
def sizes(draw: st.DrawFn, size: int) -> bytes:
    """Write a size in one of its ways."""
    text = b"%x" % size
    text = draw(st.sampled_from([text, text.upper(), b"0" + text, text.zfill(16)]))
    extension = draw(EXTENSIONS)
    return text + (extension or draw(BLANKS)) + b"\r\n"


@st.composite
def wires(draw: st.DrawFn) -> tuple[bytes, bytes, bytes]:
    """Make a body in chunks, give what it says and what comes behind it."""
    bodies = draw(st.lists(st.binary(min_size=1, max_size=300), max_size=6))
    chunks = [draw(sizes(len(body))) + body + b"\r\n" for body in bodies]
    surplus = draw(st.sampled_from([b"", b"x", b"\r\n", b"HTTP/1.1 200 OK\r\n\r\n", LAST]))
    wire = b"".join([*chunks, draw(sizes(0)), draw(TRAILERS), draw(LINE_ENDS), surplus])
    return b"".join(bodies), wire, surplus


@given(wires(), PLACES)
def test_any_body_is_read_as_by_h11_however_it_is_cut(made: tuple[bytes, bytes, bytes], places: list[int]) -> None:
    body, wire, surplus = made
    expected = Outcome(body, done=True, surplus=surplus, refused=False)
    for pieces in ([wire], cut(wire, places), cut(wire, range(len(wire)))):
        assert by_us(pieces) == by_h11(pieces) == expected


@given(wires(), st.integers(0, 10_000), PLACES)
def test_a_body_that_stops_anywhere_is_not_over(
    made: tuple[bytes, bytes, bytes], place: int, places: list[int]
) -> None:
    _, wire, surplus = made
    beginning = cut(wire[: place % (len(wire) - len(surplus))], places)
    ours = by_us(beginning)
    assert ours == by_h11(beginning)
    assert not ours.done


def test_what_is_given_out_is_the_body_of_what_was_fed() -> None:
    chunks = Unchunker()
    fed = [b"4\r\nab", b"cd", b"\r", b"\n3", b"\r\nefg\r\n2\r\nhi\r\n", b"0\r\n", b"\r\nmore"]
    assert [chunks.feed(piece) for piece in fed] == [b"ab", b"cd", b"", b"", b"efghi", b"", b""]
    assert (chunks.done, chunks.surplus) == (True, b"more")


# --- Nonsense ---------------------------------------------------------------------------------------------------------

NONSENSE: Final = [
    b"\r\n",
    b"\n",
    b" 5\r\n",
    b"\t5\r\n",
    b"-5\r\nhello\r\n",
    b"+5\r\nhello\r\n",
    b"0x5\r\nhello\r\n",
    b"5h\r\nhello\r\n",
    b"g\r\n",
    b"zz\r\n",
    b"5_0\r\n",
    b"5.0\r\n",
    b"5,5\r\n",
    b"5 5\r\nhello\r\n",
    b"5\x00\r\nhello\r\n",
    b"5\x0b\r\nhello\r\n",
    b"5\n" + b"hello\r\n",
    b"5\r" + b"hello\r\n",
    b"5\r\r\n" + b"hello\r\n",
    b"5;a\nb\r\nhello\r\n",
    b";a\r\n",
    b"\xd9\xa5\r\nhello\r\n",
    b"\xff\r\n",
    b"123456789012345678901\r\n",
    b"5\r\nhello",
    b"5\r\nhelloo\r\n",
    b"5\r\nhello\n",
    b"5\r\nhello\r\r",
    b"5\r\nhello\n\r",
    b"5\r\nhello0\r\n\r\n",
    b"5\r\nhello\r\n\r\n0\r\n\r\n",
    b"5\r\nhell\r\n0\r\n\r\n",
    b"5\r\nhello\r\n 0\r\n\r\n",
    b"<html>\r\n",
    b"data: {}\n\n",
    b"\x1f\x8b\x08\r\n",
]


@pytest.mark.parametrize("wire", NONSENSE)
def test_nonsense_is_refused_by_both(wire: bytes) -> None:
    """It is followed by what ends any line, as h11 waits for that."""
    followed = wire + b"\r\n" * 4
    for pieces in ([followed], cut(followed, range(len(followed)))):
        assert by_h11(pieces).refused
        assert by_us(pieces).refused


ALPHABET: Final = b"\r\n\t ;0159aFgx-\x00\xff"
CHANGES = st.lists(
    st.tuples(st.sampled_from(["put", "insert", "remove"]), st.integers(0, 10_000), st.sampled_from(ALPHABET)),
    min_size=1,
    max_size=3,
)


def changed(wire: bytes, changes: Iterable[tuple[str, int, int]]) -> bytes:
    mutable = bytearray(wire)
    for how, place, byte in changes:
        at = place % (len(mutable) + 1)
        match how:
            case "put":
                mutable[at : at + 1] = bytes([byte])
            case "insert":
                mutable[at:at] = bytes([byte])
            case _:
                del mutable[at : at + 1]
    return bytes(mutable)


_BLANK_BEFORE_EXTENSION: Final = re.compile(rb"(^|\n)[0-9A-Fa-f]{1,16}[ \t]+;")
_LONG_SIZE: Final = re.compile(rb"(^|\n)[0-9A-Fa-f]{17}")
_CARRIAGE_RETURN: Final = re.compile(rb";[^\n]*\r[^\n]")
_TRAILERS: Final = re.compile(rb"(^|\n)0+[ \t]*(;[^\n]*)?\r\n(?!\r?\n|\r?\Z)")


def is_told_apart(wire: bytes) -> bool:
    """Whether there is anything that we read otherwise than h11; see the tests of that below."""
    return any(rule.search(wire) for rule in (_BLANK_BEFORE_EXTENSION, _LONG_SIZE, _CARRIAGE_RETURN, _TRAILERS))


@settings(max_examples=5 * settings().max_examples)
@given(wires(), CHANGES, PLACES)
def test_whatever_is_changed_is_read_as_by_h11(
    made: tuple[bytes, bytes, bytes], changes: list[tuple[str, int, int]], places: list[int]
) -> None:
    wire = changed(made[1], changes)
    assume(not is_told_apart(wire))
    ours, theirs = by_us(cut(wire, places)), by_h11(cut(wire, places))
    if ours.refused and not theirs.refused:
        # We refuse a line that cannot become one at once, h11 at its end.
        assert not theirs.done
        theirs = by_h11([*cut(wire, places), b"\r\n"])
    assert (ours.refused, ours.done, ours.surplus) == (theirs.refused, theirs.done, theirs.surplus)
    if not ours.refused:
        assert ours.body == theirs.body


@given(st.binary(max_size=40), PLACES)
def test_random_bytes_are_read_as_by_h11(wire: bytes, places: list[int]) -> None:
    assume(not is_told_apart(wire))
    ours, theirs = by_us(cut(wire, places)), by_h11(cut(wire, places))
    if ours.refused:
        theirs = by_h11([*cut(wire, places), b"\r\n"])
    assert ours.refused == theirs.refused


@pytest.mark.parametrize("end", [b"zz\r\n", b"5\r\nhello!!\r\n", b"\r\n\r\n"])
def test_what_comes_before_nonsense_is_given_out_however_it_is_cut(end: bytes) -> None:
    """A caller gets what came before an error, also where both came together."""
    wire = b"5\r\nfirst\r\n6\r\nsecond\r\n" + end
    theirs = by_h11([wire])
    assert theirs.refused
    assert theirs.body.startswith(b"firstsecond")
    for pieces in (cut(wire, range(len(wire))), [wire[:20], wire[20:]], [wire]):
        assert by_us(pieces) == theirs


def test_the_error_shows_a_little_of_what_is_wrong() -> None:
    chunks = Unchunker()
    assert chunks.feed(b"<html>" + b"x" * 100_000) == b""
    assert str(chunks.flaw).startswith("illegal chunk of a body: b'<html>")
    assert len(str(chunks.flaw)) < 200


# --- What we read otherwise than h11 ----------------------------------------------------------------------------------

STRICTER: Final = [b"0" * 16 + b"5\r\nhello\r\n0\r\n\r\n", b"5;a\rb\r\nhello\r\n0\r\n\r\n"]
"""More than sixteen digits; a bare carriage return in an extension, where others may see the end of a line."""


@pytest.mark.parametrize("wire", STRICTER)
def test_what_only_we_refuse(wire: bytes) -> None:
    for pieces in ([wire], cut(wire, range(len(wire)))):
        assert by_h11(pieces).done
        assert by_us(pieces).refused


def test_blanks_before_an_extension_are_allowed_by_the_standard_alone() -> None:
    """RFC 9112 tells recipients to take them away."""
    wire = b"5 ;a=b\r\nhello\r\n0\t;c\r\n\r\n"
    assert by_h11([wire]).refused
    for pieces in ([wire], cut(wire, range(len(wire)))):
        assert by_us(pieces) == Outcome(b"hello", done=True, surplus=b"", refused=False)


@pytest.mark.parametrize("trailer", [b"nonsense", b": x", b" folded", b"\x00: y", b"\rx: y"])
def test_nobody_reads_the_trailers(trailer: bytes) -> None:
    wire = LAST[:3] + trailer + b"\r\n\r\nmore"
    assert by_h11([wire]).refused
    for pieces in ([wire], cut(wire, range(len(wire)))):
        assert by_us(pieces) == Outcome(b"", done=True, surplus=b"more", refused=False)


# --- Limits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [b"", b"5\r\nhello"])
def test_a_line_with_a_size_is_waited_for_up_to_a_limit(before: bytes) -> None:
    start = b"\r\n5 ;" if before else b"5 ;"
    waiting = before + start + b"x" * 4096
    assert not by_us([waiting]).refused
    assert not by_us(cut(waiting, range(len(waiting)))).refused
    assert by_us([waiting, b"x"]).refused


@pytest.mark.parametrize("filling", [b" " * 4096, b";" + b"x" * 4096])
def test_that_limit_is_the_same_however_the_line_comes(filling: bytes) -> None:
    good, bad = (b"5" + filling + more + b"\r\nhello\r\n" + LAST for more in (b"", filling[-1:]))
    for pieces in ([good], cut(good, range(len(good)))):
        assert by_us(pieces).body == b"hello"
    for pieces in ([bad], cut(bad, range(len(bad)))):
        assert by_us(pieces).refused


def test_so_are_all_trailers_together() -> None:
    line = b"X-More: %s\r\n" % (b"x" * 1_000)
    trailers = [b"0\r\n", *[line] * (MOST_TRAILED // len(line))]
    assert not by_us(trailers).refused
    assert by_us([*trailers, line]).refused
    assert by_us([*trailers, line[:-100]]).refused
    assert by_us([b"0\r\n", *[b"a:\n"] * MOST_TRAILED]).refused
    # As h11 does, which waits a little longer.
    assert by_h11([*trailers, *trailers[1:]]).refused


# --- How a body is framed ---------------------------------------------------------------------------------------------

FRAMINGS: Final[list[tuple[bytes, Sequence[bytes], object]]] = [
    (b"200", [], None),
    (b"200", [b"Content-Length: 0"], 0),
    (b"200", [b"Content-Length: 5"], 5),
    (b"200", [b"CONTENT-LENGTH:  005 "], 5),
    (b"200", [b"Content-Length: 5", b"content-length: 5"], 5),
    (b"200", [b"Content-Length: 5, 5"], 5),
    (b"200", [b"Content-Length: " + b"9" * 20], int("9" * 20)),
    (b"200", [b"Transfer-Encoding: chunked"], "chunks"),
    (b"200", [b"transfer-encoding:  CHUNKED "], "chunks"),
    (b"200", [b"Transfer-Encoding: chunked", b"Content-Length: 5"], "chunks"),
    (b"200", [b"Content-Length: 5", b"Transfer-Encoding: chunked"], "chunks"),
    (b"503", [b"Content-Length: 5"], 5),
    (b"205", [b"Content-Length: 5"], 5),
    *[
        (status, headers, 0)
        for status in (b"204", b"304")
        for headers in ([], [b"Content-Length: 5"], [b"Transfer-Encoding: chunked"])
    ],
]


def framed_by_h11(connection: h11.Connection) -> object:
    """Tell from what it does with bytes how h11 thinks that a body is framed."""
    connection.receive_data(b"1\r\n1\r\n0\r\n\r\n")
    first: Any = connection.next_event()
    if isinstance(first, h11.EndOfMessage):
        return 0
    if bytes(first.data) == b"1":
        return "chunks"
    while (event := connection.next_event()) is not h11.NEED_DATA:
        if isinstance(event, h11.EndOfMessage):
            return len(first.data)
    connection.receive_data(b"")
    try:
        return None if isinstance(connection.next_event(), h11.EndOfMessage) else "?"
    except h11.RemoteProtocolError as error:
        found = re.search(r"expected (\d+)", str(error))
        assert found is not None
        return int(found[1])


@pytest.mark.parametrize(("status", "headers", "expected"), FRAMINGS)
@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
def test_a_body_is_framed_as_by_h11(status: bytes, headers: Sequence[bytes], expected: object, version: bytes) -> None:
    head = b"\r\n".join([b"HTTP/%s %s OK" % (version, status), *headers]) + b"\r\n\r\n"
    connection = connection_with(head)
    event = connection.next_event()
    assert isinstance(event, h11.Response)
    made = body_of(Head(event.status_code, event.headers.raw_items(), keeps_alive=True, rest=b""))
    assert framed_by_h11(connection) == expected
    if expected == "chunks":
        assert isinstance(made, Unchunker)
    elif expected is None:
        assert isinstance(made, Unmeasured)
    else:
        assert isinstance(made, Measured)
        assert made.done == (expected == 0)
        assert made.feed(b"x" * 7) == b"x" * min(7, int(str(expected)))
