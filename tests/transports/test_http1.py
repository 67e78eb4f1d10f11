"""A conversation as values: the bytes of a request, the heads of its reply, and the body behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from openrouter import Settings
from openrouter.core.wire import Request
from openrouter.drivers import read_clocks
from openrouter.preparing import prepare
from openrouter.transports import http1
from openrouter.transports.bodies import Arrival
from openrouter.transports.http1 import MOST_OF_A_HEAD, PIECE, Dialogue, Head
from openrouter.transports.network_errors import LocalProtocolError, RemoteProtocolError
from tests.growth import allocations
from tests.transports.kinds import KEY, outgoing
from tests.transports.test_chunked import cut

# --- A request --------------------------------------------------------------------------------------------------------

SMALL_PIECE = 64


def written(dialogue: Dialogue) -> list[bytes]:
    return [bytes(piece.reveal()) for piece in dialogue.request]


@given(st.integers(0, 400))
def test_a_request_is_written_as_a_whole_in_pieces_of_a_size(length: int) -> None:
    request = outgoing(body={"padding": "0123456789" * length})
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(http1, "PIECE", SMALL_PIECE)
        pieces = written(Dialogue(request))
    head, _, body = b"".join(pieces).partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/chat/completions HTTP/1.1\r\n")
    assert KEY.encode() in head
    assert body == request.content
    # The head goes out with the beginning of the body, all else in pieces of one size.
    assert pieces[0] == head + b"\r\n\r\n" + body[:SMALL_PIECE]
    assert all(len(one) == SMALL_PIECE >= len(other) for one, other in pairwise(pieces[1:]))


def test_a_large_body_is_copied_no_further_than_its_beginning() -> None:
    request = outgoing(body={"padding": "x" * 20_000_000})
    with allocations() as steps:
        dialogue = Dialogue(request)
        steps.done()
    lengths = [len(piece.reveal()) for piece in dialogue.request]
    assert sum(lengths) > 20_000_000
    assert max(lengths) < PIECE + 1_000
    assert steps.total < 2 * PIECE


def test_nothing_shows_what_is_written() -> None:
    dialogue = Dialogue(outgoing(body={"padding": KEY * PIECE}))
    assert KEY not in repr(dialogue)
    assert KEY not in repr(dialogue.request)


def test_a_request_without_a_body_is_its_head() -> None:
    settings = Settings(api_key=KEY, base_url="https://api.test/v1")
    request = prepare(Request("GET", "/models", None), settings, settings.key(), read_clocks())
    (head,) = written(Dialogue(request))
    assert head.startswith(b"GET /v1/models HTTP/1.1\r\n")
    assert head.endswith(b"\r\n\r\n")


def test_what_http_does_not_have_is_refused_before_anything_is_sent() -> None:
    request = outgoing()
    request.headers.append((b"X-Bad", b"a\r\nb"))
    with pytest.raises(LocalProtocolError) as caught:
        Dialogue(request)
    assert KEY not in str(caught.value)


# --- Heads ------------------------------------------------------------------------------------------------------------

HINT = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
HEADS = {
    "one": [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"],
    "provisional": [b"HTTP/1.1 100 Continue\r\n\r\n", HINT, HINT, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"],
    "bare line feeds": [b"HTTP/1.1 100 Continue\n\n", b"HTTP/1.1 200 OK\nContent-Length: 5\n\n"],
    "mixed": [b"HTTP/1.1 100 Continue\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\n\r\n"],
    "folded": [b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 5\r\n\n"],
    "chunked": [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"],
    "unmeasured": [b"HTTP/1.1 200 OK\r\n\r\n"],
    "empty": [b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"],
}
BODIES = {"chunked": b"2\r\n12\r\n3\r\n345\r\n0\r\n\r\n", "empty": b""}
SURPLUS = [b"", b"x", b"\n\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong"]


def heard(pieces: Sequence[bytes]) -> tuple[Head, list[bytes]]:
    """Hear pieces until the head is complete; give it, and the pieces that nobody has heard."""
    dialogue = Dialogue(outgoing())
    for number, piece in enumerate(pieces, 1):
        if (head := dialogue.hear(piece)) is not None:
            return head, list(pieces[number:])
    pytest.fail("the head did not end")


def taken(arrival: Arrival, pieces: list[bytes]) -> Iterator[bytes]:
    """Take a body as the pools do; the connection ends behind the pieces."""
    while arrival.is_waiting or not arrival.is_over:
        if not arrival.is_waiting:
            arrival.came(pieces.pop(0) if pieces else b"")
        yield arrival.take()


def read(arrival: Arrival, pieces: list[bytes]) -> bytes:
    return b"".join(taken(arrival, pieces))


def check(kind: str, surplus: bytes, pieces: Sequence[bytes]) -> None:
    head, others = heard(pieces)
    assert head.status == (204 if kind == "empty" else 200)
    assert head.keeps_alive
    arrival = Arrival(head)
    if kind == "unmeasured":
        assert read(arrival, others) == b"12345" + surplus
        assert not arrival.is_clean
        return
    assert read(arrival, others) == (b"" if kind == "empty" else b"12345")
    # Either it is known to be unclean, or what nobody asked for has still to be read.
    assert arrival.is_clean == (b"".join(others) == surplus)


@pytest.mark.parametrize("kind", HEADS)
@pytest.mark.parametrize("surplus", SURPLUS)
def test_a_reply_is_read_wherever_it_is_cut(kind: str, surplus: bytes) -> None:
    data = b"".join([*HEADS[kind], BODIES.get(kind, b"12345"), surplus])
    for places in ([], range(len(data)), *([place, place + 1, place + 2] for place in range(len(data)))):
        check(kind, surplus, cut(data, places))


@given(st.sampled_from(list(HEADS)), st.sampled_from(SURPLUS), st.lists(st.integers(0, 300), max_size=8))
def test_or_cut_anyhow(kind: str, surplus: bytes, places: list[int]) -> None:
    check(kind, surplus, cut(b"".join([*HEADS[kind], BODIES.get(kind, b"12345"), surplus]), places))


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n" + HEADS["one"][0],
        b"\n\n" + HEADS["one"][0],
        b"ICY 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nNo colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * MOST_OF_A_HEAD,
        b"\x16\x03\x01",
        b"",
    ],
    ids=lambda data: repr(data[:36]),
)
def test_nonsense_is_refused(data: bytes) -> None:
    for pieces in ([data], cut(data, range(0, len(data), 7)) or [b""]):
        with pytest.raises(RemoteProtocolError, match=r"\S"):
            heard(pieces)


@pytest.mark.parametrize("heard_so_far", [b"", b"HTTP/1.1 200", HINT, HINT + b"HTTP/1.1 200 OK\r\nX:"])
def test_an_end_before_the_head_is_no_reply(heard_so_far: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="without sending a response"):
        heard([*cut(heard_so_far, []), b""])


@pytest.mark.parametrize(
    ("head", "keeps_alive"),
    [
        (b"HTTP/1.1 200 OK\r\n", True),
        (b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n", True),
        (b"HTTP/1.1 200 OK\r\nConnection: closed, disclose\r\n", True),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n", False),
        (b"HTTP/1.1 200 OK\r\nconnection: x, CLOSE ,y\r\n", False),
        (b"HTTP/1.1 200 OK\r\nConnection: x\r\nConnection: close\r\n", False),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n", False),
        (b"HTTP/1.0 200 OK\r\n", False),
    ],
)
def test_whether_the_server_takes_another_request(head: bytes, keeps_alive: bool) -> None:  # noqa: FBT001 - a case
    found, others = heard([head + b"Content-Length: 2\r\n\r\n{}"])
    assert found.keeps_alive == keeps_alive
    arrival = Arrival(found)
    assert read(arrival, others) == b"{}"
    assert arrival.is_clean == keeps_alive


# --- Bodies -----------------------------------------------------------------------------------------------------------


def arrival_of(*headers: tuple[bytes, bytes], rest: bytes = b"") -> Arrival:
    return Arrival(Head(200, list(headers), keeps_alive=True, rest=rest))


CHUNKED = (b"Transfer-Encoding", b"chunked")
MEASURED = (b"Content-Length", b"10")


@pytest.mark.parametrize(
    ("header", "came", "words"),
    [
        (MEASURED, b"12345", "after 5 of the 10 bytes"),
        (CHUNKED, b"5\r\n12345", "before the last chunk"),
        (CHUNKED, b"5\r\n12345\r\n", "before the last chunk"),
        (CHUNKED, b"5\r\n12345\r\n0\r\nX: y", "before the last chunk"),
        (CHUNKED, b"5\r\n12345zz", "illegal chunk"),
    ],
)
def test_what_came_before_a_flaw_is_given_first(header: tuple[bytes, bytes], came: bytes, words: str) -> None:
    for rest, pieces in ((came, []), (b"", [came]), (b"", cut(came, range(len(came))))):
        arrival = arrival_of(header, rest=rest)
        reading = taken(arrival, [*pieces, b""])
        body = b""
        with suppress(RemoteProtocolError):
            for piece in reading:
                body += piece
        assert body == b"12345"
        assert not arrival.is_over
        assert not arrival.is_clean
        # It is told again to whoever asks again, such as to drain what is left.
        for _ in range(2):
            assert arrival.is_waiting
            with pytest.raises(RemoteProtocolError, match=words):
                arrival.take()


def test_a_body_that_nobody_looked_at_is_not_clean() -> None:
    for arrival in (arrival_of(MEASURED), arrival_of(MEASURED, rest=b"1234567890"), arrival_of(CHUNKED)):
        assert not arrival.is_clean
    assert arrival_of((b"Content-Length", b"0")).is_clean
    assert not arrival_of((b"Content-Length", b"0"), rest=b"x").is_clean
