"""One attempt at a streamed reply, without the waiting: bytes in, events and signs out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final

from .core.errors import APITimeoutError, OpenRouterError
from .core.wire import HTTPInfo, Moment, Reader, StreamCall
from .exchange import Exchange
from .outgoing import RawHeaders
from .streams import KEEPALIVE, StreamState

MOST_AT_ONCE: Final = 16
"""Events that are made before the first of them is delivered."""
OK: Final = 200
"""The only status with which a stream begins."""


class StreamAttempt:
    """Told by a driver what comes, it gives what there is to deliver, and keeps the failure until that is done.

    The driver hands in the `head`, then what `came` (and lets it `go_on` while it `has_more`) until it `is_complete`,
    when what is left is drained, or `is_over`; then it calls `conclude`.
    """

    def __init__(
        self, call: StreamCall[Any], state: StreamState, exchange: Exchange, now: Callable[[], Moment]
    ) -> None:
        self.exchange = exchange
        self._call, self._state, self._now = call, state, now
        self._reader: Reader[Any]
        self._failure: OpenRouterError | None = None
        self._logs = exchange.settings.log_bodies
        self._events = self._keepalives = 0
        self._last_event_at = 0.0
        """When the reply began, or its latest event came."""
        self._arriving: Iterator[Any] = iter(())
        self._is_end = False
        self.has_more = False
        self.is_complete = False
        """Its end was announced: what follows is of no use to anyone."""
        self.is_over = False
        """There is nothing more to read."""

    def head(self, status: int, headers: RawHeaders) -> HTTPInfo | None:
        """Take the head of the reply, and give it back where it is not that of a stream."""
        now = self._now()
        self._last_event_at = now.monotonic
        head = self.exchange.head(status, headers, now)
        if head.status_code != OK:
            return head
        self._reader = self.exchange.open(self._call, head, self._state)
        return None

    def is_announced(self) -> bool:
        """Whether the caller is to learn now that the reply has begun."""
        return self.exchange.is_announced(self._state)

    def came(self, data: bytes | None) -> list[Any]:
        """Take the next bytes, or `None` for the end, and give the events and signs that they complete.

        While it `has_more` of them, `go_on` gives those: the first piece need not wait until the others are read, and
        a long stream that came at once need not stand in memory as a whole.
        """
        if data is not None and self._logs:
            self.exchange.log_body(data)
        self._is_end = data is None
        self._arriving = self._reader.finish() if data is None else self._reader.feed(data)
        return self.go_on()

    def go_on(self) -> list[Any]:
        """Give more of what came."""
        events: list[Any] = []
        # Where it ends in an error, what came before that is delivered.
        try:
            most = 1 if self._state.first_token_after is None else MOST_AT_ONCE
            events.extend(islice(self._arriving, most))
            self.has_more = len(events) == most
            if not self.has_more:
                self._take_stock(events)
        except OpenRouterError as error:
            self.failed(error)
        return events

    def _take_stock(self, events: list[Any]) -> None:
        """Look at where the reader stands; add what that gives to the events."""
        reader = self._reader
        if self._is_end:
            self.is_over = True
            return
        if reader.events != self._events:
            self._events, self._last_event_at = reader.events, self._now().monotonic
        else:
            self._check_stall()
        if reader.keepalives != self._keepalives:
            events.extend(self._signs(reader))
        if reader.done:
            self.is_complete = True
            events.extend(reader.finish())

    def _check_stall(self) -> None:
        """Raise `APITimeoutError` where nothing but signs of life came for too long."""
        if self._now().monotonic - self._last_event_at > self.exchange.outgoing.clocks.stall:
            error = APITimeoutError("The stream sent signs of life for too long, but no event.")
            error.clock, error.phase = "stall", "receive"
            raise error

    def _signs(self, reader: Reader[Any]) -> list[Any]:
        """Give the new signs of life."""
        new, self._keepalives = reader.keepalives - self._keepalives, reader.keepalives
        self._state.keepalives += new
        return [KEEPALIVE] * new

    def failed(self, error: OpenRouterError) -> None:
        """Take an error that ends the reply."""
        self._failure, self.is_over = error, True
        self._arriving, self.has_more = iter(()), False

    def conclude(self) -> None:
        """Tell the exchange how it ended; raise where there is to be no other attempt."""
        failure, self._failure = self._failure, None
        if failure is None:
            self.exchange.streamed(self._state, self._now())
        else:
            self.exchange.failed(failure, self._now())
