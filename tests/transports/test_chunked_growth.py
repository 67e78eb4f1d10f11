"""Taking a body out of its chunks costs the same for each byte, however many there are and however they are cut.

Everything is counted, nothing is timed: see tests/growth.py for what the counts show and what they miss.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, Self

import pytest

from openrouter.transports.chunked import Unchunker
from openrouter.transports.wire import MOST_READ
from tests.growth import FLAT, NEARLY_FLAT, TEN_THOUSAND, TWO_THOUSAND, allocations, calls_of, growth, pieces
from tests.transports.test_chunked import LAST

pytestmark = pytest.mark.thorough

SMALL: Final = b'data: {"choices": []}\n\n'
MEGABYTES: Final = 2 * 1024 * 1024


def small_chunks(number: int) -> bytes:
    return (b"%x\r\n%s\r\n" % (len(SMALL), SMALL)) * number


def taken(fed: Iterable[bytes]) -> tuple[int, int]:
    """Take a body out of its chunks, and tell how long it is and how many bytes were allocated for that."""
    chunks, length = Unchunker(), 0
    with allocations() as steps:
        for piece in fed:
            length += len(chunks.feed(piece))
            steps.done()
    assert chunks.done
    return length, steps.total


def assert_flat(make: Callable[[int], list[bytes]], sizes: Iterable[int], of_each: int) -> None:
    """Compare calls and bytes allocated, for so many things in what `make` makes of their number."""
    called, copied = dict[int, float](), dict[int, float]()
    for size in sizes:
        fed = make(size)
        length, copied[size] = taken(fed)
        assert length == size * of_each

        def work(fed: list[bytes] = fed) -> None:
            chunks = Unchunker()
            for piece in fed:
                chunks.feed(piece)

        called[size] = calls_of(work)
    assert growth(called) < FLAT
    assert growth(copied) < NEARLY_FLAT


def test_small_chunks_that_come_together() -> None:
    """As many in a read as on a busy day: what a caller gets is one piece for each of these."""
    together = 10
    body = len(SMALL) * together
    assert_flat(lambda number: [*[small_chunks(together)] * number, LAST], TEN_THOUSAND, body)


def test_small_chunks_in_one_piece() -> None:
    assert_flat(lambda number: [small_chunks(number) + LAST], TWO_THOUSAND, len(SMALL))


def test_a_hundred_thousand_of_them_as_they_are_read() -> None:
    number = 100_000
    fed = list(pieces(small_chunks(number) + LAST, MOST_READ))
    length, copied = taken(fed)
    assert length == number * len(SMALL)
    # The body, and lists of references to its pieces, which are small.
    assert copied < 8 * length


def test_small_chunks_that_are_cut_between_any_two_bytes() -> None:
    assert_flat(lambda number: list(pieces(small_chunks(number) + LAST, 1)), (1, 10, 20, 200), len(SMALL))


def test_one_large_chunk() -> None:
    """Two megabytes, as of a picture, are copied once for reading them."""
    part = MEGABYTES // 128

    def make(number: int) -> list[bytes]:
        size = b"%x\r\n" % (part * number)
        return [size, *pieces(b"x" * (part * number), part), b"\r\n" + LAST]

    assert_flat(make, (1, 10, 20, 128), part)
    _, copied = taken(make(128))
    assert copied < 1.1 * MEGABYTES


def test_a_large_chunk_of_which_a_few_bytes_come_at_a_time() -> None:
    def make(number: int) -> list[bytes]:
        return [b"%x\r\n" % (3 * number), *pieces(b"abc" * number, 3), b"\r\n" + LAST]

    # Beyond the small numbers, which Python has ready.
    assert_flat(make, (1, 500, 1_000, 4_000), 3)


class Watched(bytes):
    """Bytes that know how many of them were copied by being cut."""

    copied: list[int]

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        if not isinstance(found, bytes):
            return found
        self.copied[0] += len(found)
        made = type(self)(found)
        made.copied = self.copied
        return made

    @classmethod
    def of(cls, data: bytes) -> Self:
        made = cls(data)
        made.copied = [0]
        return made


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_trailers_in_one_piece(end: bytes) -> None:
    """A server may send as many as a read takes; nobody is to be kept from work by looking for their end."""
    copied: dict[int, float] = {}
    # As few as fit any limit there may be on them.
    for number in (1, 50, 100, 500):
        watched = Watched.of(b"0\r\n" + (b"a:" + end) * number + end + b"?")
        chunks = Unchunker()
        assert chunks.feed(watched) == b""
        assert (chunks.done, chunks.surplus) == (True, b"?")
        copied[number] = watched.copied[0]
    assert growth(copied) < FLAT
