"""The fake service: what it answers, what it was asked, and the ways to reach it."""

from __future__ import annotations

import json
from collections import deque
from threading import Lock
from typing import TYPE_CHECKING, Any, Unpack

import httpx
from attrs import evolve

from ..client import AsyncClient, SyncClient
from ..policy import Policy
from ..settings import Settings, SettingsOptions
from ..transports.stock import AsyncStock, SyncStock
from .answers import Answer, Exchange, finished
from .counting import last_text
from .cues import check_cue, check_faults, check_made, check_respond, checked_script
from .faults import Fault, FaultyReply
from .minute_limit import MinuteLimit
from .replies import Reply, TextReply
from .server import LoopbackServer
from .service import Service
from .simulated_json import asked_call, asked_schema, simulate
from .transport import FakeTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from decimal import Decimal

    from .faults_chance import Faults
    from .requests import RecordedRequest

KEY = "sk-or-v1-offline"
"""The key of the clients that are given none: there has to be one, but any will do."""

BASE_URL = "https://openrouter.ai/api/v1"
"""What the in-process clients resolve relative paths against; nothing is ever sent there."""


def echo(request: RecordedRequest) -> TextReply:
    """Answer with the last message of the request, and say that the answer is simulated.

    Where the request asks for JSON, the answer is JSON that fits its schema; where it has functions, the first of them
    is called, with arguments that fit, before there is a text. Patterns are not looked at.
    """
    if (call := asked_call(request.payload)) is not None:
        return TextReply(tool_calls=[call])
    if (schema := asked_schema(request.payload)) is not None:
        return TextReply(json.dumps(simulate(schema)))
    return TextReply(f"This is a simulated reply to: {last_text(request.payload)}")


class FakeOpenRouter:
    """An OpenRouter without network and models: every answer is simulated and says so.

    Nobody pays anything: prices and costs are simulated too. The same requests in the same order
    get the same answers from each new fake; ids and times of creation count up from one answer to the next.

    A request without a key, or one that the service would not understand, gets the service's own error and
    uses up no reply; so does one to an endpoint that the service answers by itself, such as the models. Any other takes
    the next of `replies`; when they are used up, `respond` makes the reply from the request, and `faults` decide
    whether it fails. A fault among the replies strikes what `respond` makes.

    Reach it in process through `sync_client()` and `async_client()`, or with httpx through `transport()`,
    `http()` and `async_http()`; over a socket through `serve()`. It may be used from any number of threads
    and event loops at once.

    `models` are offered instead of the simulated ones; of each only the `id` has to be told. The `pricing` of a model
    is what its replies cost: `prompt`, `completion` and `request`; what is missing or below zero costs as in the
    simulated ones. `spent` is what was booked in all. The record of a generation is not found the first
    `generation_delay` times that it is asked for.

    With `requests_per_minute` the account has that limit, whatever keys and models are used: a good request over it
    gets the 429 of the service itself, with `X-RateLimit-Limit`, `X-RateLimit-Remaining` and `X-RateLimit-Reset` (the
    end of the minute in milliseconds since 1970), and uses up no reply. `clock` gives seconds since 1970; the minutes
    are those that it shows, and it is `time.time` where nothing is said.

    What `respond` raises comes out of the call in process. Over a socket it is a 500, and it is raised when the server
    is closed. Raises `InvalidArgumentError` for arguments that cannot be.

    In process a silence that is longer than the read time-out of the request is not waited out: the error of the
    time-out comes at once. Shorter ones are really waited.
    """

    def __init__(
        self,
        replies: Iterable[Reply | Fault] = (),
        *,
        respond: Callable[[RecordedRequest], Reply] = echo,
        faults: Faults | None = None,
        models: Iterable[Mapping[str, Any]] | None = None,
        generation_delay: int = 1,
        requests_per_minute: int | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        check_respond(respond)
        check_faults(faults)
        self._script = deque(checked_script(replies))
        self._respond = respond
        self._faults = faults
        self._service = Service(models, generation_delay, MinuteLimit(requests_per_minute, clock))
        self._exchanges: list[Exchange] = []
        self._lock = Lock()

    def __repr__(self) -> str:
        with self._lock:
            return f"<FakeOpenRouter: {len(self._exchanges)} requests so far, {len(self._script)} replies scripted>"

    def add(self, *replies: Reply | Fault) -> None:
        """Put replies, or faults, at the end of the script; raise `InvalidArgumentError` for anything else."""
        for reply in replies:
            check_cue("What is added", reply)
        with self._lock:
            self._script.extend(replies)

    @property
    def faults(self) -> Faults | None:
        """What share of the requests fails how, once the script is used up; `None`: none does.

        It may be set at any time, from any thread, and holds from the next request on. Raises `InvalidArgumentError`
        for anything but `Faults` and `None`.
        """
        return self._faults

    @faults.setter
    def faults(self, faults: Faults | None) -> None:
        check_faults(faults)
        self._faults = faults

    @property
    def requests(self) -> list[RecordedRequest]:
        """All requests so far in order of arrival, those that were refused included."""
        return [exchange.request for exchange in self.exchanges]

    @property
    def exchanges(self) -> list[Exchange]:
        """All requests so far with what they were answered, in order of arrival, those that were refused included."""
        with self._lock:
            return self._exchanges.copy()

    @property
    def spent(self) -> Decimal:
        """What the service booked so far, in USD: exactly the sum of what its replies told.

        A reply that was cut, or that nobody read to its end, is booked with its full cost.
        """
        return self._service.spent

    def answer(self, request: RecordedRequest) -> Answer:
        """Record a request and say what goes back. All the ways to reach the fake come through here."""
        routed = self._service.route(request)
        with self._lock:
            exchange = Exchange(request, len(self._exchanges) + 1, tariff=self._service.tariff)
            self._exchanges.append(exchange)
            scripted = self._script.popleft() if self._script and routed is None else None
        faults = self._faults
        reply = self._reply(
            exchange, routed or scripted or (None if faults is None else faults.choose(exchange.number))
        )
        if isinstance(reply, FaultyReply):
            exchange.reply, exchange.fault = reply.reply, reply.fault
        else:
            exchange.reply = reply
        answer = evolve(reply.answer(exchange), left=exchange.leave)
        exchange.answer = finished(evolve(answer, segments=()) if request.method == "HEAD" else answer)
        self._service.book(exchange, exchange.answer)
        return exchange.answer

    def _reply(self, exchange: Exchange, cue: Reply | Fault | None) -> Reply:
        """Give the reply that was decided on, or else the one that the request gets by itself."""
        if isinstance(cue, Reply):
            return cue
        reply = self._respond(exchange.request)
        check_made(reply)
        return reply if cue is None else cue.on(reply)

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

        Port 0 takes one that is free. A port in use is an `OSError`. The first error of the script, such as one that
        `respond` raises, is raised when the server is closed; until then it goes on, and answers with a 500.
        """
        return LoopbackServer(self.answer, port)


def _settings(options: SettingsOptions) -> Settings:
    return Settings.from_env({}, **{"api_key": KEY, "trust_env": False, **options})
