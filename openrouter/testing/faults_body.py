"""Faults of the body that a good client does not even notice: how it is cut, padded, spelt and compressed.

All of them work on the body while it is sent, so that it may be endless.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain, repeat
from typing import Any, Final, Literal, get_args

import httpx
from attrs import Attribute, evolve, field, frozen

from ..policy.ranges import out_of_range, seconds, whole_number, whole_number_or_none
from .answers import Answer, Exchange
from .endings import Pieces
from .faults import Fault
from .generation import KEEPALIVE_COMMENT, KEEPALIVE_SPACE

_BLANK_LINE: Final = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_LINE_END: Final = re.compile(rb"\r\n|\n|\r")
_INSIDE_A_CHARACTER: Final = re.compile(rb"(?=[\x80-\xbf])")
"""Before a byte that goes on with a UTF-8 sequence."""


@frozen
class Split(Fault):
    """The body comes in pieces of `every` bytes, with `pause` seconds between two of them."""

    every: int = field(default=1, validator=whole_number(1))
    pause: float = field(default=0.0, validator=seconds, kw_only=True)

    def strike(self, answer: Answer, exchange: Exchange) -> Answer:  # noqa: ARG002 - the same for every request
        """Cut the body anew."""
        return _remade(answer, partial(_equal_pieces, size=self.every), pause=self.pause)


@frozen
class SplitEvents(Fault):
    """The body comes event by event, with `pause` seconds between two of them."""

    pause: float = field(default=0.0, validator=seconds)

    def strike(self, answer: Answer, exchange: Exchange) -> Answer:  # noqa: ARG002 - the same for every request
        """Cut the body anew, after each blank line."""
        return _remade(answer, by_event, pause=self.pause)


@frozen
class SplitCharacters(Fault):
    """The body is cut inside each UTF-8 sequence too, with `pause` seconds between two pieces."""

    pause: float = field(default=0.0, validator=seconds)

    def strike(self, answer: Answer, exchange: Exchange) -> Answer:  # noqa: ARG002 - the same for every request
        """Cut the segments further."""
        return _remade(answer, _inside_characters, pause=self.pause)


def _offsets(values: Iterable[int]) -> tuple[int, ...]:
    return tuple(values)


def _inside(split: object, attribute: Attribute[Any], offsets: tuple[int, ...]) -> None:
    for offset in offsets:
        whole_number(1)(split, attribute, offset)


@frozen
class SplitAt(Fault):
    """The body is cut after so many bytes too: `SplitAt((3, 17))`."""

    offsets: tuple[int, ...] = field(converter=_offsets, validator=_inside)

    def strike(self, answer: Answer, exchange: Exchange) -> Answer:  # noqa: ARG002 - the same for every request
        """Cut the segments further."""
        return _remade(answer, partial(_cut_at, offsets=self.offsets), pause=answer.pause)


LineEnd = Literal["\n", "\r\n", "\r"]


def _line_end(line_ends: object, attribute: Attribute[Any], value: object) -> None:
    if value not in get_args(LineEnd):
        raise out_of_range(line_ends, attribute.name, value, f"one of {get_args(LineEnd)}")


@frozen
class LineEnds(Fault):
    r"""All lines of the body end in `ending`: `"\n"`, `"\r\n"` or `"\r"`."""

    ending: LineEnd = field(default="\r\n", validator=_line_end)

    def strike(self, answer: Answer, exchange: Exchange) -> Answer:  # noqa: ARG002 - the same for every request
        """Replace the ends of the lines."""
        return resized(answer, partial(_respelt, ending=self.ending.encode()))


@frozen
class Gzip(Fault):
    """The body is compressed, whether the client asked for that or not; each segment can be read as it comes."""

    def strike(self, answer: Answer, exchange: Exchange) -> Answer:  # noqa: ARG002 - the same for every request
        """Compress the body, unless it is compressed already."""
        if _is_gzip(answer):
            return answer
        return resized(answer, _compressed, {"content-encoding": "gzip"})


@frozen
class WhiteSpace(Fault):
    """So many bytes of blank lines come before the body, as the service sends them to keep a connection alive."""

    size: int = field(default=4096, validator=whole_number(0))

    def strike(self, answer: Answer, exchange: Exchange) -> Answer:  # noqa: ARG002 - the same for every request
        """Put the blank lines in front."""
        lines = (KEEPALIVE_SPACE * (self.size // len(KEEPALIVE_SPACE) + 1))[: self.size]
        return resized(answer, partial(chain, (lines,)))


@frozen
class Comments(Fault):
    """Keep-alives come before the reply: `count` of them, or for ever and no reply, with `pause` seconds between.

    They are comments in a stream and white space before a whole reply. The pieces of the reply come at the same pace.
    """

    count: int | None = field(default=None, validator=whole_number_or_none(0))
    pause: float = field(default=0.02, validator=seconds)

    def strike(self, answer: Answer, exchange: Exchange) -> Answer:  # noqa: ARG002 - the same for every request
        """Put the keep-alives in front, or in the place of the body."""
        line = KEEPALIVE_COMMENT if is_stream(answer) else KEEPALIVE_SPACE
        if self.count is None:
            endless = resized(answer, lambda _: repeat(line), {"transfer-encoding": "chunked"})
            return evolve(endless, pause=self.pause)
        return evolve(resized(answer, partial(chain, (line,) * self.count)), pause=self.pause)


def is_stream(answer: Answer) -> bool:
    """Whether the body is a stream of events."""
    content_type: str = httpx.Headers(answer.headers).get("content-type", "")
    return content_type.startswith("text/event-stream")


def by_event(segments: Iterable[bytes]) -> Iterator[bytes]:
    """Cut a body after each blank line."""
    waiting = b""
    for segment in segments:
        waiting += segment
        while blank := _BLANK_LINE.search(waiting):
            yield waiting[: blank.end()]
            waiting = waiting[blank.end() :]
    if waiting:
        yield waiting


def _equal_pieces(segments: Iterable[bytes], size: int) -> Iterator[bytes]:
    waiting = b""
    for segment in segments:
        waiting += segment
        full = len(waiting) - len(waiting) % size
        for start in range(0, full, size):
            yield waiting[start : start + size]
        waiting = waiting[full:]
    if waiting:
        yield waiting


def _inside_characters(segments: Iterable[bytes]) -> Iterator[bytes]:
    for segment in segments:
        yield from _INSIDE_A_CHARACTER.split(segment)


def _cut_at(segments: Iterable[bytes], offsets: tuple[int, ...]) -> Iterator[bytes]:
    position = 0
    for segment in segments:
        cuts = [offset - position for offset in sorted(set(offsets)) if 0 < offset - position < len(segment)]
        for start, end in zip([0, *cuts], [*cuts, len(segment)], strict=True):
            yield segment[start:end]
        position += len(segment)


def _respelt(segments: Iterable[bytes], ending: bytes) -> Iterator[bytes]:
    for segment in segments:
        yield _LINE_END.sub(ending, segment)


def _compressed(segments: Iterable[bytes]) -> Iterator[bytes]:
    gzip = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    for segment in segments:
        yield gzip.compress(segment) + gzip.flush(zlib.Z_SYNC_FLUSH)
    yield gzip.flush()


def _expanded(segments: Iterable[bytes]) -> Iterator[bytes]:
    gzip = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    return filter(None, map(gzip.decompress, segments))


def _is_gzip(answer: Answer) -> bool:
    encoding: str = httpx.Headers(answer.headers).get("content-encoding", "")
    return encoding.lower() == "gzip"


Remake = Callable[[Iterable[bytes]], Iterator[bytes]]


def _beneath(segments: Iterable[bytes], remake: Remake) -> Iterator[bytes]:
    return _compressed(remake(_expanded(segments)))


def _remade(answer: Answer, remake: Remake, *, pause: float) -> Answer:
    """Give an answer with the same bytes in other segments."""
    return evolve(answer, segments=Pieces(partial(remake, answer.segments)), pause=pause)


def resized(answer: Answer, remake: Remake, headers: dict[str, str] | None = None) -> Answer:
    """Give an answer with another body, whose length is not known yet. A compressed one is changed beneath that."""
    kept = httpx.Headers(answer.headers)
    kept.pop("content-length", None)
    kept.update(headers)
    made = partial(_beneath, remake=remake) if _is_gzip(answer) else remake
    return evolve(answer, headers=kept, segments=Pieces(partial(made, answer.segments)))
