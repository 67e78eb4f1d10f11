"""The blocking connection pool."""

from __future__ import annotations

import time
import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from attrs import define, field

from ..core.errors import ClosedClientError
from ..outgoing import Origin, Outgoing
from ..policy.per_process import PerProcess
from ..settings import Settings
from .admission import Admission
from .blocking_stream import BlockingStream, open_blocking
from .bodies import Arrival
from .decoding import decoder
from .entering import enter
from .failures import as_httpx, translate
from .family import is_patched
from .http1 import Dialogue, Head
from .idle import DRAIN_SECONDS, IdleStack, Link
from .network_errors import NETWORK_ERRORS, ConnectTimeout, WriteError
from .tls import ssl_context
from .wire import Wire

if TYPE_CHECKING:
    from .stock import SyncStockBody
    from .stock_per_process import StockPerProcess

SyncLink = Link[BlockingStream]
SyncStack = IdleStack[BlockingStream]


@define(eq=False)
class _Home:
    """What the pool has in one process: two must not talk on one connection."""

    admission: Admission
    expiry: float
    stacks: dict[Origin, SyncStack] = field(factory=dict[Origin, SyncStack])
    closed: bool = False

    def stack(self, origin: Origin) -> SyncStack:
        """Give the idle connections to an origin."""
        stack = self.stacks.get(origin)
        return self.stacks.setdefault(origin, IdleStack(self.expiry)) if stack is None else stack

    def release(self, link: SyncLink, origin: Origin) -> None:
        """Take a connection back after its reply, and let the next request in."""
        try:
            if link.is_idle:
                self.stack(origin).push(link)
            else:
                link.stream.close()
            if self.closed:
                # in this order: whoever closes the pool at the same moment may have missed what was pushed
                self.close()
        finally:
            self.admission.leave()

    def close(self) -> None:
        """Close the idle connections now, and those in use when their replies end.

        In a process that was forked off, this closes its copies of them alone.
        """
        self.closed = True
        for stack in list(self.stacks.values()):
            _close_all(stack)

    def __repr__(self) -> str:
        return f"{self.admission}, {sum(stack.size for stack in list(self.stacks.values()))} idle"


def _home_for(settings: Settings) -> _Home:
    return _Home(Admission(settings.max_connections), settings.keepalive_expiry)


class SyncPool:
    """Connections that any number of threads share, in each process apart."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._homes = PerProcess(partial(_home_for, settings), _Home.close)
        self._patched: StockPerProcess | None = None
        self._closed = False
        # A pool that is dropped without being closed takes its idle connections along.
        weakref.finalize(self, _close_homes, self._homes)

    def send(self, outgoing: Outgoing) -> SyncBody | SyncStockBody:
        """Send a request and give the reply as soon as its headers are there."""
        outgoing.unsent = True
        self._check_open()
        if is_patched():
            return self._through_httpx().send(outgoing)
        home = self._homes.get()
        enter(home.admission, outgoing)
        try:
            self._check_open()  # it may have been closed while this request was queueing
            outgoing.begin(time.monotonic())
            return self._exchange(home, outgoing)
        except BaseException:
            home.admission.leave()
            raise

    def _through_httpx(self) -> StockPerProcess:
        if self._patched is None:
            from .making import patched_client
            from .stock_per_process import StockPerProcess

            self._patched = StockPerProcess(partial(patched_client, self._settings), self._settings)
        return self._patched

    def _check_open(self) -> None:
        if self._closed:
            raise ClosedClientError("The client is closed.")

    def _exchange(self, home: _Home, outgoing: Outgoing) -> SyncBody:
        stack = home.stack(outgoing.origin)
        link = None if outgoing.fresh else _take(stack)
        if link is None:
            link = self._connect(outgoing)
        else:
            link.wire.begin(outgoing)
        try:
            return SyncBody(_asked(link, outgoing), link, outgoing, home)
        except NETWORK_ERRORS as error:
            link.stream.close()
            if stale := link.went_stale(error):
                # where one idle connection turned out to be dead, the others are likely to be
                outgoing.fresh = True
                _close_all(stack)
            raise translate(found := as_httpx(error), outgoing, stale=stale, stalled=link.wire.stalled) from found
        except BaseException:
            link.stream.close()
            raise

    def _connect(self, outgoing: Outgoing) -> SyncLink:
        origin, wire = outgoing.origin, Wire()
        context = ssl_context(trust_env=self._settings.trust_env) if origin.scheme == "https" else None
        wire.begin(outgoing)
        try:
            return Link(open_blocking(origin, context, wire, outgoing.clocks.connect), wire)
        except NETWORK_ERRORS as error:
            raise translate(found := as_httpx(error), outgoing) from found

    def close(self) -> None:
        """Close the idle connections now, and those in use when their replies end."""
        self._closed = True
        _close_homes(self._homes)
        if self._patched is not None:
            self._patched.close()

    def __repr__(self) -> str:
        return f"SyncPool({self._homes})"


def _take(stack: SyncStack) -> SyncLink | None:
    while (link := stack.pop_expired()) is not None:
        link.stream.close()
    while (link := stack.pop()) is not None:
        if link.reusable:
            return link
        link.stream.close()
    return None


def _close_homes(homes: PerProcess[_Home]) -> None:
    for home in homes.all():
        home.close()


def _close_all(stack: SyncStack) -> None:
    while (link := stack.pop()) is not None:
        link.stream.close()


def _asked(link: SyncLink, outgoing: Outgoing) -> Head:
    """Send a request and wait for the head of its reply."""
    dialogue = Dialogue(outgoing)
    link.is_idle = False
    link.wire.left(None, ConnectTimeout)  # the last moment at which nothing is sent
    outgoing.unsent = False
    # A server that does not want all of a request may have said so before it left.
    with suppress(WriteError):
        link.stream.send(dialogue.request)
    while (head := dialogue.hear(link.stream.receive())) is None:
        pass
    link.wire.head_came()
    return head


class SyncBody:
    """A reply that is coming in on a connection of the pool."""

    def __init__(self, head: Head, link: SyncLink, outgoing: Outgoing, home: _Home) -> None:
        self.status, self.headers = head.status, head.headers
        self._link, self._outgoing, self._home = link, outgoing, home
        self._arrival = Arrival(head)
        self._decoder = decoder(self.headers)
        self._closed = False
        self._broke = False
        """Something was raised while the connection was at work: nobody knows in which state it is."""

    def __iter__(self) -> Iterator[bytes]:
        try:
            if self._decoder is None:
                yield from iter(self._next, None)
            else:
                for data in iter(self._next, None):
                    yield from self._decoder.feed(data)
                self._decoder.finish()
        except GeneratorExit:
            raise  # whoever stops here may drain the rest
        except BaseException as error:
            self._broke = True
            if isinstance(error, NETWORK_ERRORS):
                raise translate(found := as_httpx(error), self._outgoing) from found
            raise

    def _next(self) -> bytes | None:
        """Give what the next read brings of the body, which may be nothing; `None` at its end."""
        arrival = self._arrival
        if not arrival.is_waiting:
            if arrival.is_over:
                return None
            arrival.came(self._link.stream.receive())
        return arrival.take()

    def hurry(self, seconds: float) -> None:
        """Allow the rest of the body so many seconds at most."""
        self._link.wire.hurry(seconds)

    def drain(self) -> None:
        """Read what is left after the announced end, for a moment at most, so that the connection serves again."""
        self.hurry(DRAIN_SECONDS)
        with suppress(*NETWORK_ERRORS):
            deque(iter(self._next, None), maxlen=0)

    def close(self) -> None:
        """Give the connection back, or close it where the body was not read to its end."""
        if not self._closed:
            self._closed = True
            self._link.is_idle = self._arrival.is_clean and not self._broke
            self._home.release(self._link, self._outgoing.origin)
