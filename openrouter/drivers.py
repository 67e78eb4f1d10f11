"""The two drivers: one blocks, one awaits. They obey the policy and do what calls, streams and flows ask for."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import closing
from functools import partial
from typing import Any, Final, TypeVar

import anyio

from .core.errors import OpenRouterError
from .core.wire import Call, Moment, Reader, StreamCall
from .exchange import Exchange
from .gathering import gather_in_tasks, gather_in_threads
from .operation import Flow, Gather, Now, not_an_effect
from .policy import Policy, Wait
from .settings import Settings
from .streams import (
    BEGUN,
    CLOSED,
    KEEPALIVE,
    AsyncStream,
    Stream,
    StreamState,
    awaited,
    refuse_async_function,
    refuse_awaitable,
)
from .transports import AsyncIncoming, AsyncTransport, SyncTransport

T = TypeVar("T")

OK: Final = 200
"""The only status with which a stream begins."""
LONGEST_SLEEP: Final = 86_400.0
"""Seconds after which the policy is asked again, however long it said to wait: clocks cannot sleep for ever."""
REFUSAL_SECONDS: Final = 30.0
"""How long the body of any other status may take: a stream has no time-out that would end one that drips."""


def read_clocks() -> Moment:
    """Read the clocks of this machine."""
    return Moment(time.monotonic(), time.time())


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
    ) -> None:
        self.settings, self.policy, self.transport = settings, policy, transport
        self.now, self._sleep = now, sleep

    def with_settings(self, settings: Settings) -> SyncDriver:
        """Give a driver with other settings, on the same connections and policy."""
        return SyncDriver(settings, self.policy, self.transport, self.now, self._sleep)

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
        while isinstance(answer := exchange.next(self.now()), Wait):
            self._sleep(min(answer.seconds, LONGEST_SLEEP))

    def stream(self, call: StreamCall[T]) -> Stream[T]:
        """Give the stream of a call; nothing is sent yet."""
        refuse_async_function(call.on_event, "on_chunk")
        refuse_async_function(call.on_keepalive, "on_keepalive")
        return Stream(partial(self._pieces, call))

    def _pieces(self, call: StreamCall[T], state: StreamState) -> Generator[T | None, None, None]:
        """Yield what the caller gets, and before it `None` once the reply has begun, if the state asks for that."""
        exchange = Exchange.begin(call.request, self.settings, self.policy, self.now())
        exchange.show(state)
        try:
            while not exchange.ended:
                self._wait(exchange)
                with closing(self._events(call, state, exchange)) as events:
                    for event in events:
                        if event is BEGUN:
                            yield None
                        elif event is KEEPALIVE:
                            if call.on_keepalive is not None:
                                refuse_awaitable(call.on_keepalive(), "on_keepalive")
                        elif (item := exchange.deliver(call, event, state, self.now)) is not None:
                            if call.on_event is not None:
                                refuse_awaitable(call.on_event(item), "on_chunk")
                            yield item
                        if state.phase is CLOSED:
                            return
        finally:
            exchange.leave(state, self.now())

    def _events(self, call: StreamCall[Any], state: StreamState, exchange: Exchange) -> Generator[Any, None, None]:
        """Send the request once, yield the events and signs of the reply, and say how it ended.

        What the caller's functions raise does not come through here, so it is never taken for a failure of the reply.
        """
        data = b""
        try:
            incoming = self.transport.send(exchange.outgoing)
            try:
                head = exchange.head(incoming.status, incoming.headers, self.now())
                if head.status_code != OK:
                    incoming.hurry(REFUSAL_SECONDS)
                    raise exchange.refusal(head, b"".join(incoming))
                reader = exchange.open(call, head, state)
                if exchange.is_announced(state):
                    yield BEGUN
                for data in incoming:
                    exchange.log_body(data)
                    yield from reader.feed(data)
                    for _ in range(exchange.noticed(state, reader, self.now())):
                        yield KEEPALIVE
                    if reader.done:
                        incoming.drain()
                        break
                yield from reader.finish()
            finally:
                incoming.close()
        except OpenRouterError as error:
            data = b""  # a traceback that shows locals is not to show what the service repeated
            exchange.failed(error, self.now())
        else:
            exchange.streamed(state, self.now())

    def run(self, flow: Flow[T]) -> T:
        """Run a flow to its end and give its result."""
        with closing(flow):
            resume = partial(next, flow)
            while True:
                try:
                    effect = resume()
                except StopIteration as end:
                    result: T = end.value
                    return result
                try:
                    resume = partial(flow.send, self._perform(effect))
                except OpenRouterError as error:
                    resume = partial(flow.throw, error)

    def _perform(self, effect: Call[Any] | Now | Gather[Any]) -> Any:
        match effect:
            case Call():
                return self.send(effect)
            case Now():
                return self.now()
            case Gather():
                return gather_in_threads(effect, self.run)
            case _:
                raise not_an_effect(effect)


class AsyncDriver:
    """Runs calls, streams and flows, and awaits while it waits. Works on asyncio and on trio."""

    awaits: Final = True

    def __init__(
        self,
        settings: Settings,
        policy: Policy,
        transport: AsyncTransport,
        now: Callable[[], Moment] = read_clocks,
        sleep: Callable[[float], Awaitable[object]] = anyio.sleep,
    ) -> None:
        self.settings, self.policy, self.transport = settings, policy, transport
        self.now, self._sleep = now, sleep

    def with_settings(self, settings: Settings) -> AsyncDriver:
        """Give a driver with other settings, on the same connections and policy."""
        return AsyncDriver(settings, self.policy, self.transport, self.now, self._sleep)

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
        while isinstance(answer := exchange.next(self.now()), Wait):
            await self._sleep(min(answer.seconds, LONGEST_SLEEP))

    def stream(self, call: StreamCall[T]) -> AsyncStream[T]:
        """Give the stream of a call; nothing is sent yet."""
        return AsyncStream(partial(self._pieces, call))

    async def _pieces(self, call: StreamCall[T], state: StreamState) -> AsyncGenerator[T | None, None]:
        """Yield what the caller gets, and before it `None` once the reply has begun, if the state asks for that."""
        exchange = Exchange.begin(call.request, self.settings, self.policy, self.now())
        exchange.show(state)
        try:
            while not exchange.ended:
                await self._wait(exchange)
                reading = AsyncReading(self.transport, call, state, exchange, self.now)
                try:
                    while (events := await reading.more()) is not None:
                        for event in events:
                            if event is BEGUN:
                                yield None
                            elif event is KEEPALIVE:
                                if call.on_keepalive is not None:
                                    await awaited(call.on_keepalive())
                            elif (item := exchange.deliver(call, event, state, self.now)) is not None:
                                if call.on_event is not None:
                                    await awaited(call.on_event(item))
                                yield item
                            if state.phase is CLOSED:
                                return
                finally:
                    await reading.aclose()
        finally:
            exchange.leave(state, self.now())

    async def run(self, flow: Flow[T]) -> T:
        """Run a flow to its end and give its result."""
        with closing(flow):
            resume = partial(next, flow)
            while True:
                try:
                    effect = resume()
                except StopIteration as end:
                    result: T = end.value
                    return result
                try:
                    resume = partial(flow.send, await self._perform(effect))
                except OpenRouterError as error:
                    resume = partial(flow.throw, error)

    async def _perform(self, effect: Call[Any] | Now | Gather[Any]) -> Any:
        match effect:
            case Call():
                return await self.send(effect)
            case Now():
                return self.now()
            case Gather():
                return await gather_in_tasks(effect, self.run)
            case _:
                raise not_an_effect(effect)


class AsyncReading:
    """One attempt at a streamed reply, in batches of events.

    It is no generator: at its end an event loop closes all of those at once, also one that another is just closing.
    """

    def __init__(
        self,
        transport: AsyncTransport,
        call: StreamCall[Any],
        state: StreamState,
        exchange: Exchange,
        now: Callable[[], Moment],
    ) -> None:
        self._transport, self._call, self._state, self._exchange = transport, call, state, exchange
        self._now = now
        self._incoming: AsyncIncoming | None = None
        self._reader: Reader[Any] | None = None
        self._failure: OpenRouterError | None = None
        self._ended = False

    async def more(self) -> list[Any] | None:
        """Give the next events and signs; `None` at the end, when the exchange has been told what end it was."""
        if not self._ended:
            events: list[Any] = []
            try:
                await self._read(events)
            except OpenRouterError as error:
                self._failure, self._ended = error, True
            return events
        await self.aclose()
        failure, self._failure = self._failure, None
        if failure is None:
            self._exchange.streamed(self._state, self._now())
        else:
            self._exchange.failed(failure, self._now())
        return None

    async def _read(self, events: list[Any]) -> None:
        """Add what comes next: where it ends in an error, what came before that is kept."""
        if self._incoming is None or self._reader is None:
            await self._open()
            if self._exchange.is_announced(self._state):
                events.append(BEGUN)
            return
        if self._reader.done:
            await self._incoming.drain()
            self._ended = True
            return
        data = await anext(aiter(self._incoming), None)
        if data is not None:
            self._exchange.log_body(data)
            events.extend(self._reader.feed(data))
            events.extend([KEEPALIVE] * self._exchange.noticed(self._state, self._reader, self._now()))
        if data is None or self._reader.done:
            # Before the rest is drained, which may take a moment, the caller gets what has come.
            self._ended = data is None
            events.extend(self._reader.finish())

    async def _open(self) -> None:
        incoming = self._incoming = await self._transport.send(self._exchange.outgoing)
        head = self._exchange.head(incoming.status, incoming.headers, self._now())
        if head.status_code != OK:
            incoming.hurry(REFUSAL_SECONDS)
            raise self._exchange.refusal(head, b"".join([data async for data in incoming]))
        self._reader = self._exchange.open(self._call, head, self._state)

    async def aclose(self) -> None:
        """Give the connection back."""
        incoming, self._incoming = self._incoming, None
        if incoming is not None:
            await incoming.aclose()
