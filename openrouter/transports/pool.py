"""The blocking connection pool."""

from __future__ import annotations

import os
import time
import weakref
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from threading import Lock
from typing import cast

import httpcore
import httpx

from ..core.errors import ClosedClientError
from ..preparing import Origin, Outgoing, RawHeaders
from ..settings import Settings
from .admission import Admission
from .clocked import ClockedBackend, Wire
from .decoding import decoder
from .entering import enter
from .failures import CORE_ERRORS, as_httpx, translate
from .family import is_patched
from .idle import DRAIN_SECONDS, IdleStack, Link, core_origin, core_request
from .stock import SyncStock, SyncStockBody
from .tls import ssl_context

SyncLink = Link[httpcore.HTTPConnection]
SyncStack = IdleStack[httpcore.HTTPConnection]
Stacks = dict[Origin, SyncStack]


class SyncPool:
    """Connections that any number of threads share."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._admission = Admission(settings.max_connections)
        self._stacks: Stacks = {}
        self._closed = False
        self._stock: SyncStock | None = None
        self._lock = Lock()
        self._process = os.getpid()
        # A pool that is dropped without being closed takes its idle connections along.
        weakref.finalize(self, _close_idle, self._stacks)

    def send(self, outgoing: Outgoing) -> SyncBody | SyncStockBody:
        """Send a request and give the reply as soon as its headers are there."""
        self._check_open()
        if os.getpid() != self._process:
            self._start_anew()
        if is_patched():
            return self._patched().send(outgoing)
        enter(self._admission, outgoing)
        try:
            self._check_open()  # it may have been closed while this request was queueing
            outgoing.begin(time.monotonic())
            return self._exchange(outgoing)
        except BaseException:
            self._admission.leave()
            raise

    def _start_anew(self) -> None:
        """Leave everything to the process that this one was forked from: two must not talk on one connection."""
        self._process = os.getpid()
        self._admission, self._stacks = Admission(self._settings.max_connections), {}
        self._stock, self._lock = None, Lock()
        weakref.finalize(self, _close_idle, self._stacks)

    def _check_open(self) -> None:
        if self._closed:
            message = "The client is closed."
            raise ClosedClientError(message)

    def _exchange(self, outgoing: Outgoing) -> SyncBody:
        stack = self._stacks.get(outgoing.origin)
        if stack is None:
            stack = self._stacks.setdefault(outgoing.origin, IdleStack(self._settings.keepalive_expiry))
        link = self._take(stack) or self._connect(outgoing.origin)
        link.wire.begin(outgoing)
        try:
            response = link.connection.handle_request(core_request(outgoing, link.wire))
            return SyncBody(response, link, outgoing, self, stack)
        except CORE_ERRORS as error:
            link.connection.close()
            if stale := link.went_stale(error):
                # where one idle connection turned out to be dead, the others are likely to be
                _close_all(stack)
            raise translate(found := as_httpx(error), outgoing, stale=stale) from found
        except BaseException:
            link.connection.close()
            raise

    def _take(self, stack: SyncStack) -> SyncLink | None:
        while (link := stack.pop_expired()) is not None:
            link.connection.close()
        while (link := stack.pop()) is not None:
            if link.reusable:
                return link
            link.connection.close()
        return None

    def _connect(self, origin: Origin) -> SyncLink:
        wire = Wire()
        context = ssl_context(trust_env=self._settings.trust_env) if origin.scheme == "https" else None
        connection = httpcore.HTTPConnection(
            core_origin(origin), ssl_context=context, network_backend=ClockedBackend(wire)
        )
        return Link(connection, wire)

    def release(self, link: SyncLink, stack: SyncStack) -> None:
        """Take a connection back after its reply, and let the next request in."""
        try:
            if link.connection.is_idle():
                stack.push(link)
            else:
                link.connection.close()
            if self._closed:
                # in this order: whoever closes the pool at the same moment may have missed what was pushed
                _close_idle(self._stacks)
        finally:
            self._admission.leave()

    def _patched(self) -> SyncStock:
        with self._lock:
            if self._stock is None:
                context = ssl_context(trust_env=self._settings.trust_env)
                transport = httpx.HTTPTransport(verify=context, limits=httpx.Limits(max_connections=None))
                self._stock = SyncStock(httpx.Client(transport=transport, trust_env=False), self._settings)
            return self._stock

    def close(self) -> None:
        """Close the idle connections now, and those in use when their replies end."""
        self._closed = True
        _close_idle(self._stacks)
        if self._stock is not None:
            self._stock.close()


def _close_idle(stacks: Stacks) -> None:
    for stack in list(stacks.values()):
        _close_all(stack)


def _close_all(stack: SyncStack) -> None:
    while (link := stack.pop()) is not None:
        link.connection.close()


class SyncBody:
    """A reply that is coming in on a connection of the pool."""

    def __init__(
        self,
        response: httpcore.Response,
        link: SyncLink,
        outgoing: Outgoing,
        pool: SyncPool,
        stack: SyncStack,
    ) -> None:
        self.status = response.status
        self.headers: RawHeaders = response.headers
        self._response, self._link, self._outgoing, self._pool, self._stack = (
            response,
            link,
            outgoing,
            pool,
            stack,
        )
        self._pieces = iter(cast("Iterable[bytes]", response.stream))
        self._decoder = decoder(self.headers)
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        try:
            for data in self._pieces:
                yield data if self._decoder is None else self._decoder.feed(data)
            if self._decoder is not None:
                self._decoder.finish()
        except CORE_ERRORS as error:
            raise translate(found := as_httpx(error), self._outgoing) from found

    def hurry(self, seconds: float) -> None:
        """Allow the rest of the body so many seconds at most."""
        self._link.wire.hurry(seconds)

    def drain(self) -> None:
        """Read what is left after the announced end, for a moment at most, so that the connection serves again."""
        self.hurry(DRAIN_SECONDS)
        with suppress(*CORE_ERRORS):
            deque(self._pieces, maxlen=0)

    def close(self) -> None:
        """Give the connection back, or close it where the body was not read to its end."""
        if not self._closed:
            self._closed = True
            try:
                self._response.close()
            finally:
                self._pool.release(self._link, self._stack)
