"""Connecting to a name with several addresses: one that does not answer keeps nobody from the others.

On asyncio they race; the blocking client tries them in turn.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from openrouter.outgoing import Origin, origin_of
from openrouter.transports import blocking_stream, racing
from openrouter.transports.blocking_stream import open_blocking
from openrouter.transports.network_errors import ConnectTimeout
from openrouter.transports.racing import connected_socket
from tests.open_things import Open
from tests.transports.raw_server import PATIENCE, RawServer, deaf, serve
from tests.transports.streams import ready_wire

NAME = "several.test"
Address = tuple[str, int]
Named = Callable[..., None]


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> Named:
    """Give what lets a name have these addresses."""
    real = socket.getaddrinfo

    def name(*addresses: Address) -> None:
        def look_up(host: Any, port: Any, *more: Any, **options: Any) -> Any:
            if host != NAME:
                return real(host, port, *more, **options)
            if options.get("flags", 0) & socket.AI_NUMERICHOST:
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            families = (socket.AF_INET6 if ":" in host else socket.AF_INET for host, _ in addresses)
            return [
                (family, socket.SOCK_STREAM, 6, "", address)
                for family, address in zip(families, addresses, strict=True)
            ]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)

    return name


@pytest.fixture
def nobody() -> Iterator[Address]:
    """Give an address that refuses everyone."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()


def connect(loop: Callable[[], Any] = asyncio.SelectorEventLoop) -> Address:
    """Connect, and tell to which address."""

    async def main() -> Address:
        origin: Origin = origin_of(f"http://{NAME}:1")
        found = await asyncio.wait_for(connected_socket(origin), PATIENCE)
        with found:
            made: Address = found.getpeername()
            found.setblocking(True)  # noqa: FBT003 - the socket's own form
            found.sendall(b"?")
            return made

    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(main())


def test_an_address_that_refuses_is_followed_by_the_next_at_once(
    named: Named, nobody: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(racing, "HEAD_START", 1000.0)
    with RawServer(serve) as server:
        named(nobody, ("127.0.0.1", server.port), nobody)
        assert connect() == ("127.0.0.1", server.port)
        server.wait_for_ends(1)


def test_one_that_does_not_answer_has_a_head_start_and_no_more(named: Named, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(racing, "HEAD_START", 0.01)
    with deaf() as url, RawServer() as server:
        before = Open.now()
        named(("127.0.0.1", urlsplit(url).port or 0), ("127.0.0.1", server.port))
        assert connect() == ("127.0.0.1", server.port)
        server.wait_for_ends(1)
        assert Open.now().descriptors == before.descriptors


class Together(asyncio.SelectorEventLoop):
    """An event loop in which two connections come about at the same moment."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting, self.both = 0, asyncio.Event()

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        await super().sock_connect(sock, address)
        self.waiting += 1
        if self.waiting == 2:
            self.both.set()
        await self.both.wait()


def test_of_two_that_answer_at_once_one_is_let_go(named: Named, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(racing, "HEAD_START", 0.0)
    with RawServer() as server:
        before = Open.now()
        named(*[("127.0.0.1", server.port)] * 2)
        assert connect(Together) == ("127.0.0.1", server.port)
        server.wait_for_ends(2)
        assert Open.now().descriptors == before.descriptors


class Interrupting(asyncio.SelectorEventLoop):
    """An event loop in which a task is cancelled at the moment in which its connection comes about."""

    victim: asyncio.Task[Any] | None = None

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        await super().sock_connect(sock, address)
        assert self.victim is not None
        self.victim.cancel()


def test_who_is_cancelled_on_arrival_leaves_no_socket(named: Named) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Interrupting)
        loop.victim = asyncio.ensure_future(connected_socket(origin_of(f"http://{NAME}:1")))
        await asyncio.wait([loop.victim])
        assert loop.victim.cancelled()

    with RawServer(lambda connection: connection.recv(1)) as server:
        before = Open.now()
        named(("127.0.0.1", server.port))
        with asyncio.Runner(loop_factory=Interrupting) as runner:
            runner.run(main())
        server.wait_for_ends(1)
        assert Open.now().descriptors == before.descriptors


def test_a_cancellation_that_anyio_loses_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anyio 4.16 it did so where one came in the moment of the arrival."""
    asked_to_end = iter([0, 1])
    monkeypatch.setattr(racing, "_requests_to_end", lambda: next(asked_to_end))

    async def main(url: str) -> None:
        with pytest.raises(asyncio.CancelledError):
            await connected_socket(origin_of(url))

    with RawServer() as server:
        before = Open.now()
        asyncio.run(main(server.url))
        server.wait_for_ends(1)
        assert Open.now().descriptors == before.descriptors


def test_where_none_answers_the_first_refusal_is_told(named: Named, nobody: Address) -> None:
    before = Open.now() if Open.possible() else None
    named(nobody, nobody)
    with pytest.raises(ConnectionRefusedError):
        connect()
    if before is not None:
        assert Open.now() == before


def test_the_families_take_turns(named: Named, nobody: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[Any] = []

    async def refuse(_loop: Any, _runner: socket.socket, address: Any) -> None:
        tried.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(asyncio.SelectorEventLoop, "sock_connect", refuse)
    port = nobody[1]
    named(("::1", port), ("::2", port), ("::3", port), ("127.0.0.1", port), ("127.0.0.2", port))
    with pytest.raises(ConnectionRefusedError):
        connect()
    assert tried == ["::1", "127.0.0.1", "::2", "127.0.0.2", "::3"]


def test_a_family_that_the_machine_does_not_have_is_passed_over(named: Named, monkeypatch: pytest.MonkeyPatch) -> None:
    class WithoutTheSixth(socket.socket):
        def __init__(self, family: int = -1, *more: Any, **options: Any) -> None:
            if family == socket.AF_INET6:
                raise OSError(97, "Address family not supported by protocol")
            super().__init__(family, *more, **options)

    with RawServer() as server:
        named(("::1", server.port), ("127.0.0.1", server.port))
        with monkeypatch.context() as patched:
            patched.setattr(socket, "socket", WithoutTheSixth)
            assert connect() == ("127.0.0.1", server.port)
        named(("::1", server.port))
        with monkeypatch.context() as patched:
            patched.setattr(socket, "socket", WithoutTheSixth)
            with pytest.raises(OSError, match="not supported"):
                connect()
        server.wait_for_ends(1)


def test_the_blocking_client_leaves_time_for_the_addresses_behind_one_that_does_not_answer(named: Named) -> None:
    with deaf() as url, RawServer() as server:
        before = Open.now()
        named(("127.0.0.1", urlsplit(url).port or 0), ("127.0.0.1", server.port))
        stream = open_blocking(origin_of(f"http://{NAME}:1"), None, ready_wire(), 0.1)
        stream.close()
        server.wait_for_ends(1)
        assert Open.now().descriptors == before.descriptors


def test_a_slow_look_up_takes_no_time_from_the_addresses(named: Named, monkeypatch: pytest.MonkeyPatch) -> None:
    passed, allowed = [0.0], list[float]()

    class Silent(socket.socket):
        def connect(self, _: Any) -> None:
            allowed.append(self.gettimeout() or 0.0)
            raise TimeoutError

    named(("127.0.0.1", 1))
    at_once = socket.getaddrinfo

    def slowly(*arguments: Any, **options: Any) -> Any:
        passed[0] += 100
        return at_once(*arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slowly)
    monkeypatch.setattr(socket, "socket", Silent)
    monkeypatch.setattr(blocking_stream, "time", SimpleNamespace(monotonic=lambda: passed[0]))
    with pytest.raises(ConnectTimeout):
        open_blocking(origin_of(f"http://{NAME}:1"), None, ready_wire(), 5.0)
    assert allowed == [5.0]


def test_the_blocking_client_tries_all_addresses_within_one_time(named: Named, monkeypatch: pytest.MonkeyPatch) -> None:
    allowed: list[float] = []

    class Silent(socket.socket):
        """Gives up at once, as if nobody had answered for as long as it may wait."""

        def connect(self, _: Any) -> None:
            allowed.append(self.gettimeout() or 0.0)
            raise TimeoutError

    monkeypatch.setattr(socket, "socket", Silent)
    named(*[("127.0.0.1", 1)] * 4)
    for deadline, limit in ((None, 60.0), (time.monotonic() + 60, 100.0)):
        wire = ready_wire()
        wire.deadline = deadline
        allowed.clear()
        with pytest.raises(ConnectTimeout):
            open_blocking(origin_of(f"http://{NAME}:1"), None, wire, limit)
        assert len(allowed) == 4
        assert all(seconds <= 60 / share for seconds, share in zip(allowed, (4, 3, 2, 1), strict=True))
