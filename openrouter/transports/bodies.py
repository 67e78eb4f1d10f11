"""The body of a reply among the bytes of a connection (RFC 9112, section 6.3)."""

from __future__ import annotations

from typing import Final, Protocol, final

from .chunked import Unchunker
from .http1 import Head
from .network_errors import RemoteProtocolError

NO_BODY: Final = (204, 304)


class Body(Protocol):
    """Push bytes in as they come, take the body out."""

    @property
    def done(self) -> bool:
        """It is complete."""
        ...

    @property
    def surplus(self) -> bytes:
        """What came behind the end, where nothing may."""
        ...

    @property
    def flaw(self) -> RemoteProtocolError | None:
        """What keeps the rest from being read: nonsense, or an end that came too early."""
        ...

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes, or none where the connection ended, and give those of the body."""
        ...


@final
class Measured:
    """A body whose length the head tells."""

    __slots__ = ("_left", "_length", "flaw", "surplus")

    def __init__(self, length: int) -> None:
        self._length = self._left = length
        self.surplus = b""
        self.flaw: RemoteProtocolError | None = None

    @property
    def done(self) -> bool:
        """All of it has come."""
        return not self._left

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes."""
        if not data:
            came = self._length - self._left
            message = f"The connection ended after {came} of the {self._length} bytes of the body."
            self.flaw = RemoteProtocolError(message)
        taken, self.surplus = data[: self._left], data[self._left :]
        self._left -= len(taken)
        return taken


@final
class Unmeasured:
    """A body that ends with the connection, which cannot be used again."""

    __slots__ = ("done", "flaw", "surplus")

    def __init__(self) -> None:
        self.done = False
        self.surplus = b"what has ended cannot be clean"
        self.flaw: RemoteProtocolError | None = None

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes."""
        self.done = not data
        return data


def body_of(head: Head) -> Body:
    """Give what takes the body of a reply apart, of a head that h11 has let pass."""
    if head.status in NO_BODY:
        return Measured(0)
    named = {name.lower(): value for name, value in head.headers}
    if b"transfer-encoding" in named:
        return Unchunker()
    length = named.get(b"content-length")
    return Unmeasured() if length is None else Measured(int(length))


@final
class Arrival:
    """The body of one reply as it arrives."""

    __slots__ = ("_body", "_keeps_alive", "_waiting")

    def __init__(self, head: Head) -> None:
        self._body, self._keeps_alive = body_of(head), head.keeps_alive
        self._waiting = [head.rest] if head.rest else []
        """What came, but was not looked at."""

    def came(self, data: bytes) -> None:
        """Take the next bytes, or none where the connection ended."""
        self._waiting.append(data)

    @property
    def is_waiting(self) -> bool:
        """There is something to take."""
        return bool(self._waiting) or self._body.flaw is not None

    def take(self) -> bytes:
        """Give what of the body was in the bytes that came, which may be nothing.

        Raises `RemoteProtocolError` where the rest cannot be read, once all that came before was given.
        """
        piece = self._body.feed(self._waiting.pop()) if self._waiting else b""
        if not piece and self._body.flaw is not None:
            raise self._body.flaw
        return piece

    @property
    def is_over(self) -> bool:
        """All of it has come."""
        return self._body.done

    @property
    def is_clean(self) -> bool:
        """It was read to its end, with nothing behind that, and the server takes another request."""
        return self._body.done and self._keeps_alive and not (self._body.surplus or self._waiting)
