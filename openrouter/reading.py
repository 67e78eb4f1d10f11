"""How a driver reads a streamed reply: one class blocks, one awaits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Final, cast

from .attempt import StreamAttempt
from .core.errors import OpenRouterError
from .transports import AsyncIncoming, AsyncTransport, SyncIncoming, SyncTransport

REFUSAL_SECONDS: Final = 30.0
"""How long the body of any other status may take: a stream has no time-out that would end one that drips."""


class Reading:
    """One attempt at a streamed reply, in batches of events; what the caller does with those is not done in here.

    It is no generator: at its end an event loop closes all of those at once, also one that another is just closing.
    """

    def __init__(self, transport: SyncTransport, attempt: StreamAttempt) -> None:
        self._transport, self._attempt = transport, attempt
        self._incoming: SyncIncoming | None = None
        self._pieces: Iterator[bytes] = iter(())

    def open(self) -> bool:
        """Send the request, and say whether the caller is to learn that the reply has begun."""
        attempt = self._attempt
        try:
            incoming = self._incoming = self._transport.send(attempt.exchange.outgoing)
            self._pieces = iter(incoming)
            if (refused := attempt.head(incoming.status, incoming.headers)) is not None:
                incoming.hurry(REFUSAL_SECONDS)
                raise attempt.exchange.refusal(refused, b"".join(self._pieces))
        except OpenRouterError as error:
            attempt.failed(error)
            return False
        return attempt.is_announced()

    def more(self) -> list[Any] | None:
        """Give the next events and signs; `None` at the end, when the exchange has been told what end it was."""
        attempt = self._attempt
        if attempt.is_over:
            self.close()
            attempt.conclude()
            return None
        try:
            if attempt.has_more:
                return attempt.go_on()
            if not attempt.is_complete:
                return attempt.came(next(self._pieces, None))
            cast("SyncIncoming", self._incoming).drain()
            attempt.is_over = True
        except OpenRouterError as error:
            attempt.failed(error)
        return []

    def close(self) -> None:
        """Give the connection back."""
        incoming, self._incoming = self._incoming, None
        self._pieces = iter(())  # a traceback that shows locals is not to show what the service repeated
        if incoming is not None:
            incoming.close()


class AsyncReading:
    """The same, awaiting."""

    def __init__(self, transport: AsyncTransport, attempt: StreamAttempt) -> None:
        self._transport, self._attempt = transport, attempt
        self._incoming: AsyncIncoming | None = None
        self._pieces: AsyncIterator[bytes]

    async def open(self) -> bool:
        """Send the request, and say whether the caller is to learn that the reply has begun."""
        attempt = self._attempt
        try:
            incoming = self._incoming = await self._transport.send(attempt.exchange.outgoing)
            self._pieces = aiter(incoming)
            if (refused := attempt.head(incoming.status, incoming.headers)) is not None:
                incoming.hurry(REFUSAL_SECONDS)
                raise attempt.exchange.refusal(refused, b"".join([data async for data in self._pieces]))
        except OpenRouterError as error:
            attempt.failed(error)
            return False
        return attempt.is_announced()

    async def more(self) -> list[Any] | None:
        """Give the next events and signs; `None` at the end, when the exchange has been told what end it was."""
        attempt = self._attempt
        if attempt.is_over:
            await self.aclose()
            attempt.conclude()
            return None
        try:
            if attempt.has_more:
                return attempt.go_on()
            if not attempt.is_complete:
                return attempt.came(await anext(self._pieces, None))
            await cast("AsyncIncoming", self._incoming).drain()
            attempt.is_over = True
        except OpenRouterError as error:
            attempt.failed(error)
        return []

    async def aclose(self) -> None:
        """Give the connection back."""
        incoming, self._incoming = self._incoming, None
        if incoming is not None:
            await incoming.aclose()
