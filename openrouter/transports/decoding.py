"""The content encoding of a body, taken off as the bytes come."""

from __future__ import annotations

import zlib
from typing import Any

from attrs import define, field

from ..core.errors import ResponseError


@define
class Inflater:
    """Takes gzip off a body that comes in pieces."""

    _state: Any = field(factory=lambda: zlib.decompressobj(16 + zlib.MAX_WBITS))

    def feed(self, data: bytes) -> bytes:
        """Give what the next bytes hold; raise `ResponseError` for what is no gzip."""
        try:
            plain: bytes = self._state.decompress(data)
        except zlib.error as error:
            message = f"The body of the reply cannot be decompressed: {error}."
            raise ResponseError(message) from error
        return plain


def inflater(headers: list[tuple[bytes, bytes]]) -> Inflater | None:
    """Give what takes the encoding off, `None` where there is none; raise `ResponseError` for an unknown one."""
    for name, value in headers:
        if name.lower() == b"content-encoding":
            encoding = value.strip().lower()
            if encoding in (b"gzip", b"x-gzip"):
                return Inflater()
            if encoding not in (b"", b"identity"):
                message = f"The reply is encoded as {encoding.decode('latin-1')!r}, which was not asked for."
                raise ResponseError(message)
    return None
