"""The fake service: what it answers, what it was asked, and the ways to reach it."""

from __future__ import annotations

from collections import deque
from threading import Lock
from typing import TYPE_CHECKING

import httpx
from typing_extensions import Unpack

from ..client import AsyncClient, SyncClient
from ..policy import Policy
from ..settings import Settings, SettingsOptions
from ..transports.stock import AsyncStock, SyncStock
from .answers import Answer, Exchange, finished
from .counting import message_text
from .refusals import refusal
from .replies import Reply, TextReply
from .server import LoopbackServer
from .transport import FakeTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .requests import RecordedRequest

KEY = "sk-or-v1-offline"
"""The key of the clients that are given none: there has to be one, but any will do."""

BASE_URL = "https://openrouter.ai/api/v1"
"""What the in-process clients resolve relative paths against; nothing is ever sent there."""


def echo(request: RecordedRequest) -> TextReply:
    """Answer with the last message of the request, and say that the answer is simulated."""
    return TextReply(f"This is a simulated reply to: {message_text(request.payload['messages'][-1])}")


class FakeOpenRouter:
    """An OpenRouter without network and models: every answer is simulated, the same each time, and says so.

    A request without a key, or one that the service would not understand, gets the service's own error and
    uses up no reply. Any other takes the next of `replies`; when they are used up, `respond` makes the reply
    from the request.

    Reach it in process through `sync_client()` and `async_client()`, or with httpx through `transport()`,
    `http()` and `async_http()`; over a socket through `serve()`. It may be used from any number of threads
    and event loops at once.
    """

    def __init__(self, replies: Iterable[Reply] = (), *, respond: Callable[[RecordedRequest], Reply] = echo) -> None:
        self._script = deque(replies)
        self._respond = respond
        self._requests: list[RecordedRequest] = []
        self._lock = Lock()

    def add(self, *replies: Reply) -> None:
        """Put replies at the end of the script."""
        with self._lock:
            self._script.extend(replies)

    @property
    def requests(self) -> list[RecordedRequest]:
        """All requests so far in order of arrival, those that were refused included."""
        with self._lock:
            return self._requests.copy()

    def answer(self, request: RecordedRequest) -> Answer:
        """Record a request and say what goes back. All the ways to reach the fake come through here."""
        refused = refusal(request)
        with self._lock:
            self._requests.append(request)
            number = len(self._requests)
            scripted = self._script.popleft() if self._script and refused is None else None
        reply = refused or scripted or self._respond(request)
        return finished(reply.answer(Exchange(request, number)))

    def sync_client(self, *, policy: Policy | None = None, **settings: Unpack[SettingsOptions]) -> SyncClient:
        """Give a client that talks to this fake, with nothing from the environment in its settings.

        It closes what it sends through when it is closed, as any client does.
        """
        client = SyncClient(settings=_settings(settings), policy=policy)
        client.driver.transport = SyncStock(self.http(), client.settings)
        return client

    def async_client(self, *, policy: Policy | None = None, **settings: Unpack[SettingsOptions]) -> AsyncClient:
        """Give an async client that talks to this fake; everything else as in `sync_client`."""
        client = AsyncClient(settings=_settings(settings), policy=policy)
        client.driver.transport = AsyncStock(self.async_http(), client.settings)
        return client

    def transport(self) -> FakeTransport:
        """Give a transport for a blocking or an async httpx client."""
        return FakeTransport(self.answer)

    def http(self) -> httpx.Client:
        """Give a blocking httpx client that talks to this fake."""
        return httpx.Client(transport=self.transport(), base_url=BASE_URL)

    def async_http(self) -> httpx.AsyncClient:
        """Give an async httpx client that talks to this fake."""
        return httpx.AsyncClient(transport=self.transport(), base_url=BASE_URL)

    def serve(self, port: int = 0) -> LoopbackServer:
        """Start a real HTTP server on the loopback interface; use it in a `with` block, or close it.

        Port 0 takes one that is free. A port in use is an `OSError`.
        """
        return LoopbackServer(self.answer, port)


def _settings(options: SettingsOptions) -> Settings:
    return Settings.from_env({}, **{"api_key": KEY, "trust_env": False, **options})
