"""What the drivers ask of a transport."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Protocol

from ..outgoing import Outgoing, RawHeaders


class SyncIncoming(Protocol):
    """A reply that is coming in."""

    @property
    def status(self) -> int:
        """The status code."""
        ...

    @property
    def headers(self) -> RawHeaders:
        """The headers as they came."""
        ...

    def __iter__(self) -> Iterator[bytes]:
        """The body, piece by piece, without its content encoding."""
        ...

    def hurry(self, seconds: float) -> None:
        """Allow the rest of the body so many seconds at most."""
        ...

    def drain(self) -> None:
        """Read what is left after the announced end, for a moment at most, so that the connection serves again."""
        ...

    def close(self) -> None:
        """Give the connection back, or close it where the body was not read to its end."""
        ...


class AsyncIncoming(Protocol):
    """A reply that is coming in."""

    @property
    def status(self) -> int:
        """The status code."""
        ...

    @property
    def headers(self) -> RawHeaders:
        """The headers as they came."""
        ...

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The body, piece by piece, without its content encoding."""
        ...

    def hurry(self, seconds: float) -> None:
        """Allow the rest of the body so many seconds at most."""
        ...

    async def drain(self) -> None:
        """Read what is left after the announced end, for a moment at most, so that the connection serves again."""
        ...

    async def aclose(self) -> None:
        """Give the connection back, or close it where the body was not read to its end."""
        ...


class SyncTransport(Protocol):
    """Sends requests; blocks meanwhile."""

    def send(self, outgoing: Outgoing) -> SyncIncoming:
        """Send a request and give the reply as soon as its headers are there."""
        ...

    def close(self) -> None:
        """Close all connections."""
        ...


class AsyncTransport(Protocol):
    """Sends requests; awaits meanwhile."""

    async def send(self, outgoing: Outgoing) -> AsyncIncoming:
        """Send a request and give the reply as soon as its headers are there."""
        ...

    async def aclose(self) -> None:
        """Close all connections."""
        ...
