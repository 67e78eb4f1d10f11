"""How a reply may end before its end, and what is done in turn to send one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from typing import TYPE_CHECKING

from attrs import field, frozen

from ..policy.ranges import whole_number

if TYPE_CHECKING:
    from .answers import Answer


class Ending(Enum):
    """What becomes of a connection that is not kept."""

    CLOSED = "closed"
    """The service closes it in good order."""
    RESET = "reset"
    """It breaks: whoever reads or writes next learns so. What was still on its way may be lost."""
    SILENT = "silent"
    """It stays open, and nothing more ever comes."""
    REFUSED = "refused"
    """It does not come about at all."""


@frozen
class Break:
    """Where a reply breaks off, and how: after so many bytes of its body, as they are sent."""

    ending: Ending
    after: int = field(default=0, validator=whole_number(0))


@frozen(eq=False)
class Pieces:
    """A body that is made while it is sent, so that it may be endless. It can be sent any number of times."""

    make: Callable[[], Iterator[bytes]]

    def __iter__(self) -> Iterator[bytes]:
        return self.make()


def steps(answer: Answer) -> Iterator[bytes | float | Ending]:
    """Say what to do after the headers: send bytes, wait for seconds, or end the connection, which is the last step."""
    left = answer.breaks.after if answer.breaks else None
    for position, segment in enumerate(_segments(answer.segments, left)):
        if position:
            yield answer.pause
        yield segment
    if answer.breaks:
        yield answer.breaks.ending


def _segments(segments: Iterable[bytes], left: int | None) -> Iterator[bytes]:
    """Give the segments up to so many bytes."""
    if left is None:
        yield from segments
        return
    for segment in segments:
        yield segment[:left]
        left -= len(segment)
        if left <= 0:
            return
