"""Compressed replies: read in any segmentation, and never taken for good where something is missing."""

from __future__ import annotations

import base64
import gzip
import random
from collections import deque

import pytest
from hypothesis import example, given, strategies as st

from openrouter import OpenRouterError, ResponseError
from openrouter.transports import decoding
from openrouter.transports.decoding import MOST_SWOLLEN, MOST_UNPACKED, PIECE, Decoder, decoder
from tests.transports.kinds import Awaiting, Blocking
from tests.transports.raw_server import ANSWER, EVENTS, RawServer, chunked, say, whole

GZIP = b"Content-Encoding: gzip"


def for_encoding(*values: bytes) -> Decoder | None:
    return decoder([(b"Content-Encoding", value) for value in values])


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=4), st.integers(1, 30))
def test_members_come_out_whole_however_they_are_cut(members: list[bytes], size: int) -> None:
    packed = b"".join(map(gzip.compress, members))
    made = for_encoding(b"gzip")
    assert made is not None
    plain = b"".join(b"".join(made.feed(packed[start : start + size])) for start in range(0, len(packed), size))
    made.finish()
    assert plain == b"".join(members)


@given(st.binary(min_size=1), st.integers(1, 10**6))
def test_whatever_is_missing_at_the_end_is_noticed(content: bytes, choice: int) -> None:
    packed = gzip.compress(content)
    made = for_encoding(b"X-GZIP")
    assert made is not None
    b"".join(made.feed(packed[: 1 + choice % (len(packed) - 1)]))
    with pytest.raises(ResponseError, match="before its end"):
        made.finish()


@pytest.mark.parametrize("values", [(), (b"identity",), (b"",)])
def test_nothing_is_taken_off_where_nothing_is_on(values: tuple[bytes, ...]) -> None:
    assert for_encoding(*values) is None


@pytest.mark.parametrize("values", [(b"br",), (b"gzip", b"br"), (b"gzip, gzip",), (b"\xff",)])
def test_an_encoding_that_nobody_asked_for_is_refused_with_the_first_byte(values: tuple[bytes, ...]) -> None:
    made = for_encoding(*values)
    assert made is not None
    made.finish()
    with pytest.raises(ResponseError, match="not asked for"):
        made.feed(b"x")


@pytest.mark.anyio
@pytest.mark.parametrize("parts", [1, 2])
async def test_a_whole_reply_is_unpacked(kind: type[Blocking | Awaiting], parts: int) -> None:
    half = len(ANSWER) // parts
    packed = b"".join(gzip.compress(piece) for piece in (ANSWER[:half], ANSWER[half:]) if piece)
    with RawServer(say(whole(packed, GZIP))) as server:
        made = kind(server.url, max_connections=1)
        assert await made.complete() == "Good."
        await made.close()


@pytest.mark.anyio
async def test_a_stream_is_unpacked(kind: type[Blocking | Awaiting]) -> None:
    packed = gzip.compress(EVENTS)
    with RawServer(say(chunked(packed[:9], packed[9:], headers=(GZIP,)))) as server:
        made = kind(server.url, max_connections=1)
        assert await made.stream() == "Good."
        await made.close()


BAD = {
    "cut": whole(gzip.compress(ANSWER)[:-4], GZIP),
    "cut in the middle": whole(gzip.compress(ANSWER)[:40], GZIP),
    "second member cut": whole(gzip.compress(ANSWER) + gzip.compress(b"  ")[:-1], GZIP),
    "no gzip": whole(ANSWER, GZIP),
    "wrong checksum": whole(gzip.compress(ANSWER)[:-8] + bytes(8), GZIP),
    "unknown": whole(ANSWER, b"Content-Encoding: br"),
}


@pytest.mark.anyio
@pytest.mark.parametrize("reply", BAD.values(), ids=BAD)
async def test_a_bad_encoding_never_looks_like_a_good_reply(kind: type[Blocking | Awaiting], reply: bytes) -> None:
    with RawServer(say(reply)) as server:
        made = kind(server.url, max_connections=1)
        with pytest.raises(ResponseError) as caught:
            await made.complete()
        assert caught.value.status_code == 200
        assert await made.complete() == "Good."
        await made.close()


@pytest.mark.anyio
async def test_a_stream_that_is_cut_inside_gzip_fails(kind: type[Blocking | Awaiting]) -> None:
    with RawServer(say(chunked(gzip.compress(EVENTS)[:30], headers=(GZIP,)))) as server:
        made = kind(server.url, max_connections=1)
        with pytest.raises(OpenRouterError):
            await made.stream()
        assert await made.stream() == "Good."
        await made.close()


def test_padding_after_the_end_of_gzip_is_no_harm() -> None:
    found = decoder([(b"content-encoding", b"gzip")])
    assert found is not None
    assert b"".join(found.feed(gzip.compress(b"whole") + b"\0\0\n")) == b"whole"
    found.finish()


def gunzip() -> Decoder:
    made = for_encoding(b"gzip")
    assert made is not None
    return made


@example(size=PIECE, step=4096)
@given(st.integers(1, 4 * PIECE + 7), st.integers(1, 4096))
def test_however_much_comes_out_it_comes_in_small_pieces(size: int, step: int) -> None:
    packed, made, plain = gzip.compress(bytes(size)), gunzip(), 0
    for start in range(0, len(packed), step):
        for piece in made.feed(packed[start : start + step]):
            assert len(piece) <= PIECE
            plain += len(piece)
    made.finish()
    assert plain == size


def test_a_bomb_is_left_alone_after_a_while() -> None:
    pieces: deque[bytes] = deque(maxlen=1)
    with pytest.raises(ResponseError, match=rf"compressed bytes became {MOST_UNPACKED + PIECE} so far"):
        pieces.extend(gunzip().feed(gzip.compress(bytes(2 * MOST_UNPACKED))))
    assert pieces.pop() == bytes(PIECE)


def test_a_picture_of_any_size_is_no_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MOST_UNPACKED", 100_000)
    line = b"data: " + base64.b64encode(random.Random(7).randbytes(1_500_000)) + b"\n\n"
    made = gunzip()
    assert b"".join(made.feed(gzip.compress(line))) == line
    made.finish()


def test_much_of_little_is_no_bomb_as_long_as_it_is_not_very_much() -> None:
    blanks = b" " * 1_000_000
    packed = gzip.compress(blanks)
    assert len(blanks) > MOST_SWOLLEN * len(packed)
    assert b"".join(gunzip().feed(packed)) == blanks


@pytest.mark.anyio
@pytest.mark.parametrize("stock", [False, True], ids=["pool", "stock"])
async def test_a_bomb_is_a_bad_reply(
    kind: type[Blocking | Awaiting],
    stock: bool,  # noqa: FBT001 - a case
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(decoding, "MOST_UNPACKED", 1_000_000)
    packed = gzip.compress(bytes(10_000_000))
    for work, reply in (("complete", whole(packed, GZIP)), ("stream", chunked(packed, headers=(GZIP,)))):
        with RawServer(say(reply)) as server:
            made = kind(server.url, max_connections=1, http2=stock)
            with pytest.raises(ResponseError, match="compressed bytes became"):
                await getattr(made, work)()
            assert await made.complete() == "Good."
            await made.close()


@pytest.mark.anyio
async def test_a_stock_client_unpacks_what_is_no_bomb(kind: type[Blocking | Awaiting]) -> None:
    with RawServer(say(whole(gzip.compress(ANSWER), GZIP))) as server:
        made = kind(server.url, http2=True)
        assert await made.complete() == "Good."
        await made.close()
