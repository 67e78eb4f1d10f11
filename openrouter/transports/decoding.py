"""The content encoding of a body, taken off as the bytes come."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any, Final, Protocol

from attrs import define, field

from ..core.errors import ResponseError
from ..outgoing import RawHeaders

PIECE: Final = 64 * 1024
"""Bytes that are unpacked at once, however few they came from."""
MOST_UNPACKED: Final = 64 * 1024 * 1024
MOST_SWOLLEN: Final = 100
"""What is larger than `MOST_UNPACKED` may have grown so many times by being unpacked, and no more.

JSON shrinks to a tenth, base64 to three quarters: pictures and embeddings of any size pass. Gzip could make a gigabyte
out of a megabyte of nothing.
"""

_MAGIC: Final = b"\x1f\x8b"
"""How a member of a gzip file begins."""


class Decoder(Protocol):
    """Takes an encoding off a body that comes in pieces."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Give what the next bytes hold, piece by piece; raise `ResponseError` for bytes that cannot be read."""
        ...

    def finish(self) -> None:
        """Take the end of the body; raise `ResponseError` if it came too early."""
        ...


def refuse_bomb(plain: int, packed: int) -> None:
    """Raise `ResponseError` where so many bytes came out of so few that somebody means harm."""
    if plain > MOST_UNPACKED and plain > MOST_SWOLLEN * packed:
        raise ResponseError(f"The reply was not read on: {packed} compressed bytes became {plain} so far.")


def _state() -> Any:
    return zlib.decompressobj(16 + zlib.MAX_WBITS)


@define
class Gunzip:
    """Takes off gzip, of any number of members."""

    _member: Any = field(factory=_state)
    _whole: bool = True
    _packed: int = 0
    _plain: int = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Give what the next bytes hold, piece by piece, so that memory is bounded by what is kept of it."""
        self._packed += len(data)
        while data:
            if self._member.eof:
                if not _MAGIC.startswith(data[:2]):
                    break  # padding after the end
                self._member = _state()
            try:
                plain = self._member.decompress(data, PIECE)
            except zlib.error as error:
                raise ResponseError(f"The body of the reply cannot be decompressed: {error}.") from error
            self._whole, data = self._member.eof, self._member.unconsumed_tail or self._member.unused_data
            self._plain += len(plain)
            refuse_bomb(self._plain, self._packed)
            yield plain

    def finish(self) -> None:
        """Make sure that nothing is missing."""
        if not self._whole:
            raise ResponseError("The body of the reply cannot be decompressed: it stopped before its end.")


@define
class Unknown:
    """Stands for an encoding that nobody asked for: only an empty body can be read."""

    encoding: str

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Refuse the body."""
        message = f"The reply is encoded as {self.encoding!r}, which was not asked for ({len(data)} bytes so far)."
        raise ResponseError(message)

    def finish(self) -> None:
        """Take the end of an empty body."""


def decoder(headers: RawHeaders) -> Decoder | None:
    """Give what takes the encoding off; `None` where there is none."""
    encoding = b",".join(value for name, value in headers if name.lower() == b"content-encoding").strip().lower()
    if encoding in (b"gzip", b"x-gzip"):
        return Gunzip()
    if encoding in (b"", b"identity"):
        return None
    return Unknown(encoding.decode("latin-1"))
