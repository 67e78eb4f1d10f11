"""Bodies that come in chunks (RFC 9112, section 7.1): the bytes between the sizes.

A server puts each piece that a model writes into a chunk of its own, so this is what a stream consists of. h11 makes
two events and a dozen calls of each; here all of those that came together are taken at once.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple, final

from .network_errors import RemoteProtocolError

CUT: Final = "The connection ended before the last chunk of the body."
MOST_TRAILED: Final = 64 * 1024
"""Bytes that all trailers together may have."""


class _Line(NamedTuple):
    """The line that tells the size of a chunk, with an extension of 4 KB at most."""

    whole: re.Pattern[bytes]
    part: re.Pattern[bytes]
    """Any beginning of it."""


_FIRST: Final = _Line(
    re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]{,4096}(?:;[^\r\n]{,4096})?\r\n"),
    re.compile(rb"(?:[0-9A-Fa-f]{1,16}[ \t]{,4096}(?:;[^\r\n]{,4096})?\r?)?"),
)
_NEXT: Final = _Line(
    re.compile(rb"\r\n" + _FIRST.whole.pattern),
    re.compile(rb"(?:\r(?:\n" + _FIRST.part.pattern + rb")?)?"),
)
"""Behind a chunk there is a line end."""


@final
class Unchunker:
    """Push bytes in as they come, take the body out."""

    __slots__ = ("_held", "_in_trailers", "_left", "_line", "_trailed", "done", "flaw", "surplus")

    def __init__(self) -> None:
        self.done = False
        self.surplus = b""
        """What came behind the end, where nothing may."""
        self.flaw: RemoteProtocolError | None = None
        """What keeps the rest from being read."""
        self._held = b""
        """The beginning of a line whose end has not come."""
        self._left = 0
        """Bytes of a chunk that are still to come."""
        self._line = _FIRST
        self._in_trailers = False
        self._trailed = 0
        """Bytes of trailers so far."""

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes, or none where the connection ended, and give those of the body."""
        if not data:
            self.flaw = RemoteProtocolError(CUT)
            return b""
        if self._held:
            data, self._held = self._held + data, b""
        pieces: list[bytes] = []
        at = 0
        while not self._in_trailers:
            if self._left:
                piece = data[at : at + self._left]
                pieces.append(piece)
                at += len(piece)
                self._left -= len(piece)
                if self._left:
                    return b"".join(pieces)
            found = self._line.whole.match(data, at)
            if found is None:
                self._hold(data[at:], self._line.part)
                return b"".join(pieces)
            self._line, at, self._left = _NEXT, found.end(), int(found[1], 16)
            self._in_trailers = not self._left
        self._pass_trailers(data, at)
        return b"".join(pieces)

    def _hold(self, rest: bytes, part: re.Pattern[bytes]) -> None:
        """Keep the beginning of a line."""
        self._held = rest
        if not part.fullmatch(rest):
            self.flaw = RemoteProtocolError(f"illegal chunk of a body: {rest[:80]!r}")

    def _pass_trailers(self, data: bytes, at: int) -> None:
        """Look for the empty line that ends the body; nobody wants the lines before it."""
        begun = at
        while (end := data.find(b"\n", at)) >= 0:
            line, at = data[at:end], end + 1
            if line in (b"", b"\r"):
                self.done, self.surplus = True, data[at:]
                return
        self._held = data[at:]
        self._trailed += at - begun
        if self._trailed + len(self._held) > MOST_TRAILED:
            self.flaw = RemoteProtocolError("There is no end to the trailers of the body.")
