"""Connecting to a name that has several addresses (RFC 8305), on asyncio.

asyncio's own way of it loses sockets when it is cancelled, and anyio's gives a stream that says good-bye to the server
where we want no more than its socket.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any, Final, TypeAlias

import anyio
from anyio.lowlevel import checkpoint
from attrs import define, field

from ..outgoing import Origin

Address: TypeAlias = tuple[Any, ...]

HEAD_START: Final = 0.25
"""Seconds that an address has before the next one is tried beside it."""


@define(eq=False)
class _Race:
    """Who has arrived, and what became of the others."""

    over: anyio.CancelScope = field(factory=anyio.CancelScope)
    winner: socket.socket | None = None
    failures: list[OSError] = field(factory=list[OSError])

    async def run(self, family: int, address: Address, failed: anyio.Event) -> None:
        """Try one address; the first to arrive ends the race."""
        try:
            self._arrive(await _connected(family, address))
        except OSError as error:
            self.failures.append(error)
            failed.set()

    def _arrive(self, runner: socket.socket) -> None:
        if self.winner is None:
            self.winner = runner
            self.over.cancel()
        else:
            runner.close()


async def _connected(family: int, address: Address) -> socket.socket:
    runner = socket.socket(family, socket.SOCK_STREAM)
    try:
        runner.settimeout(0)
        await asyncio.get_running_loop().sock_connect(runner, address)
    except BaseException:
        runner.close()
        raise
    return runner


async def connected_socket(origin: Origin) -> socket.socket:
    """Give a socket that is connected to an origin; raise `OSError` where none of its addresses answers."""
    race, asked_to_end = _Race(), _requests_to_end()
    try:
        with race.over:
            async with anyio.create_task_group() as group:
                for family, address in await _addresses(origin):
                    failed = anyio.Event()
                    group.start_soon(race.run, family, address, failed)
                    with anyio.move_on_after(HEAD_START):
                        await failed.wait()
        if _requests_to_end() > asked_to_end:
            # anyio before 4.16 loses a cancellation of the task in the moment in which the race is over.
            await checkpoint()
            raise asyncio.CancelledError  # noqa: TRY301 - the socket is closed below
    except BaseException:
        if race.winner is not None:
            race.winner.close()
        raise
    if race.winner is None:
        raise race.failures[0]
    return race.winner


def _requests_to_end() -> int:
    """Count how often somebody asked the task to end, but for scopes that are over."""
    task = asyncio.current_task()
    return task.cancelling() if task else 0


async def _addresses(origin: Origin) -> list[tuple[int, Address]]:
    """Give the addresses of a host in the order in which to try them: the families take turns."""
    try:
        # An address is its own: no thread has to be asked.
        found = socket.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
    first = [(family, address) for family, *_, address in found if family == found[0][0]]
    other = [(family, address) for family, *_, address in found if family != found[0][0]]
    turns = [pair for both in zip(first, other, strict=False) for pair in both]
    return [*turns, *first[len(other) :], *other[len(first) :]]
