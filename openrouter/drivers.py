"""The two drivers: one blocks, one awaits. They obey the policy and do what calls, streams and flows ask for."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import aclosing, closing
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

import anyio

from .attempt import StreamAttempt
from .callbacks import awaited, refuse_async_function, refuse_awaitable, tell, tell_blocking
from .core.errors import ConfigurationError, OpenRouterError
from .core.wire import Call, Moment, StreamCall
from .effects import Flow, StreamFlow
from .exchange import Exchange
from .forecast import LookUp
from .policy import Go, Policy, Wait
from .reading import AsyncReading, Reading
from .settings import Settings
from .streams import CLOSED, KEEPALIVE, AsyncStream, Stream, StreamState
from .transports import AsyncTransport, SyncTransport

if TYPE_CHECKING:
    from .flow_streams import AsyncFlowStream, FlowStream
    from .registry.catalogue import Catalogue

T = TypeVar("T")
EventT = TypeVar("EventT")
CatalogueFlow = Callable[[float | None], Flow[Any]]
"""Gives the flow that loads the list of models, in so many seconds."""

LONGEST_SLEEP: Final = 86_400.0
"""Seconds after which the policy is asked again, however long it said to wait: clocks cannot sleep for ever."""


def read_clocks() -> Moment:
    """Read the clocks of this machine."""
    return Moment(time.monotonic(), time.time())


def no_catalogue(_: float | None) -> Flow[Any]:
    """Stand in for the list of models where nobody says how to load it."""
    raise ConfigurationError("This driver was made without a way to load the list of models.")


class SyncDriver:
    """Runs calls, streams and flows, and blocks while it waits."""

    awaits: Final = False

    def __init__(
        self,
        settings: Settings,
        policy: Policy,
        transport: SyncTransport,
        now: Callable[[], Moment] = read_clocks,
        sleep: Callable[[float], object] = time.sleep,
        *,
        catalogue: CatalogueFlow = no_catalogue,
    ) -> None:
        self.settings, self.policy, self.transport = settings, policy, transport
        self.now, self.sleep, self.catalogue = now, sleep, catalogue

    def with_settings(self, settings: Settings) -> SyncDriver:
        """Give a driver with other settings, on the same connections and policy."""
        return SyncDriver(settings, self.policy, self.transport, self.now, self.sleep, catalogue=self.catalogue)

    def send(self, call: Call[T]) -> T:
        """Run a call and give its result."""
        exchange = Exchange.begin(call.request, self.settings, self.policy, self.now())
        try:
            value = self._attempts(exchange, call)
        finally:
            exchange.close(self.now())
        return value if call.derive is None else call.derive(value)

    def _attempts(self, exchange: Exchange, call: Call[T]) -> T:
        while True:
            self._wait(exchange)
            try:
                value = self._attempt(exchange, call)
            except OpenRouterError as error:
                exchange.failed(error, self.now())
                continue
            exchange.succeeded(value, self.now())
            return value

    def _attempt(self, exchange: Exchange, call: Call[T]) -> T:
        """Send a request once, and read the reply. The frame ends before the key is taken out of what it raises."""
        incoming = self.transport.send(exchange.outgoing)
        try:
            head = exchange.head(incoming.status, incoming.headers, self.now())
            body = b"".join(incoming)
        finally:
            incoming.close()
        return exchange.read(call, head, body, self.now())

    def _wait(self, exchange: Exchange) -> None:
        while not isinstance(answer := exchange.next(self.now()), Go):
            if isinstance(answer, Wait):
                self.sleep(min(answer.seconds, LONGEST_SLEEP))
            else:
                exchange.informed(self._look_up(answer), self.now())

    def _look_up(self, wanted: LookUp) -> Catalogue | OpenRouterError:
        try:
            found: Catalogue = self.run(self.catalogue(wanted.seconds))
        except OpenRouterError as error:
            return error
        return found

    def stream(self, call: StreamCall[T]) -> Stream[T]:
        """Give the stream of a call; nothing is sent yet."""
        refuse_async_function(call.on_event, "on_chunk")
        refuse_async_function(call.on_keepalive, "on_keepalive")
        return Stream(partial(self._pieces, call))

    def _pieces(self, call: StreamCall[T], state: StreamState) -> Generator[T | None, None, None]:
        """Yield what the caller gets, and before it `None` once the reply has begun, if the state asks for that."""
        exchange = Exchange.begin(call.request, self.settings, self.policy, self.now())
        exchange.show(state)
        derive, on_event = call.derive, call.on_event
        try:
            while not exchange.ended:
                self._wait(exchange)
                with closing(Reading(self.transport, StreamAttempt(call, state, exchange, self.now))) as reading:
                    if reading.open():
                        yield None
                    while (events := reading.more()) is not None:
                        for event in events:
                            if event is KEEPALIVE:
                                tell_blocking(call.on_keepalive)
                            elif (item := event if derive is None else derive(event)) is not None:
                                if state.first_token_after is None:
                                    exchange.delivered(state, self.now())
                                if on_event is not None:
                                    refuse_awaitable(on_event(item), "on_chunk")
                                yield item
                            if state.phase is CLOSED:
                                return
                        events.clear()  # or the last of them would stay in memory until the next come
        finally:
            exchange.leave(state, self.now())

    def run(self, flow: Flow[T]) -> T:
        """Run a flow to its end and give its result."""
        from .flows import run_blocking  # noqa: PLC0415 - most programs send single requests

        return run_blocking(self, flow)

    def run_stream(self, flow: StreamFlow[EventT, T]) -> FlowStream[EventT, T]:
        """Give the stream of what a flow emits; nothing is done yet."""
        from .flow_streams import FlowStream  # noqa: PLC0415 - as above
        from .flows import events  # noqa: PLC0415 - as above

        return FlowStream(partial(events, self, flow.flow))


class AsyncDriver:
    """Runs calls, streams and flows, and awaits while it waits. Works on asyncio and on trio."""

    awaits: Final = True

    def __init__(
        self,
        settings: Settings,
        policy: Policy,
        transport: AsyncTransport,
        now: Callable[[], Moment] = read_clocks,
        sleep: Callable[[float], Awaitable[object]] | None = None,
        *,
        catalogue: CatalogueFlow = no_catalogue,
    ) -> None:
        self.settings, self.policy, self.transport = settings, policy, transport
        self.now, self.sleep, self.catalogue = now, anyio.sleep if sleep is None else sleep, catalogue

    def with_settings(self, settings: Settings) -> AsyncDriver:
        """Give a driver with other settings, on the same connections and policy."""
        return AsyncDriver(settings, self.policy, self.transport, self.now, self.sleep, catalogue=self.catalogue)

    async def send(self, call: Call[T]) -> T:
        """Run a call and give its result."""
        exchange = Exchange.begin(call.request, self.settings, self.policy, self.now())
        try:
            value = await self._attempts(exchange, call)
        finally:
            exchange.close(self.now())
        return value if call.derive is None else call.derive(value)

    async def _attempts(self, exchange: Exchange, call: Call[T]) -> T:
        while True:
            await self._wait(exchange)
            try:
                value = await self._attempt(exchange, call)
            except OpenRouterError as error:
                exchange.failed(error, self.now())
                continue
            exchange.succeeded(value, self.now())
            return value

    async def _attempt(self, exchange: Exchange, call: Call[T]) -> T:
        """Send a request once, and read the reply. The frame ends before the key is taken out of what it raises."""
        incoming = await self.transport.send(exchange.outgoing)
        try:
            head = exchange.head(incoming.status, incoming.headers, self.now())
            body = b"".join([data async for data in incoming])
        finally:
            await incoming.aclose()
        return exchange.read(call, head, body, self.now())

    async def _wait(self, exchange: Exchange) -> None:
        while not isinstance(answer := exchange.next(self.now()), Go):
            if isinstance(answer, Wait):
                await self.sleep(min(answer.seconds, LONGEST_SLEEP))
            else:
                exchange.informed(await self._look_up(answer), self.now())

    async def _look_up(self, wanted: LookUp) -> Catalogue | OpenRouterError:
        try:
            found: Catalogue = await self.run(self.catalogue(wanted.seconds))
        except OpenRouterError as error:
            return error
        return found

    def stream(self, call: StreamCall[T]) -> AsyncStream[T]:
        """Give the stream of a call; nothing is sent yet."""
        return AsyncStream(partial(self._pieces, call))

    async def _pieces(self, call: StreamCall[T], state: StreamState) -> AsyncGenerator[T | None, None]:
        """Yield what the caller gets, and before it `None` once the reply has begun, if the state asks for that."""
        exchange = Exchange.begin(call.request, self.settings, self.policy, self.now())
        exchange.show(state)
        derive, on_event = call.derive, call.on_event
        try:
            while not exchange.ended:
                await self._wait(exchange)
                async with aclosing(
                    AsyncReading(self.transport, StreamAttempt(call, state, exchange, self.now))
                ) as reading:
                    if await reading.open():
                        yield None
                    while (events := await reading.more()) is not None:
                        for event in events:
                            if event is KEEPALIVE:
                                await tell(call.on_keepalive)
                            elif (item := event if derive is None else derive(event)) is not None:
                                if state.first_token_after is None:
                                    exchange.delivered(state, self.now())
                                if on_event is not None:
                                    await awaited(on_event(item))
                                yield item
                            if state.phase is CLOSED:
                                return
                        events.clear()  # or the last of them would stay in memory until the next come
        finally:
            exchange.leave(state, self.now())

    async def run(self, flow: Flow[T]) -> T:
        """Run a flow to its end and give its result."""
        from .flows import run_awaiting  # noqa: PLC0415 - as above

        return await run_awaiting(self, flow)

    def run_stream(self, flow: StreamFlow[EventT, T]) -> AsyncFlowStream[EventT, T]:
        """Give the stream of what a flow emits; nothing is done yet."""
        from .flow_streams import AsyncFlowStream  # noqa: PLC0415 - as above
        from .flows import events_awaiting  # noqa: PLC0415 - as above

        return AsyncFlowStream(partial(events_awaiting, self, flow.flow))
