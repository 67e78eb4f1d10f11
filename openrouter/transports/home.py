"""What the awaiting pool has in one event loop: idle connections and places for requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import anyio
from attrs import define, field

from ..outgoing import Origin
from ..settings import Settings
from .admission import Admission
from .idle import IdleStack, Link

if TYPE_CHECKING:
    from .asyncio_stream import AsyncioStream
    from .trio_stream import TrioStream

AnyStream: TypeAlias = "AsyncioStream | TrioStream"
AsyncLink = Link[AnyStream]
AsyncStack = IdleStack[AnyStream]


@define(eq=False)
class Home:
    """What the pool has in one event loop: connections cannot move to another."""

    admission: Admission
    expiry: float
    stacks: dict[Origin, AsyncStack] = field(factory=dict[Origin, AsyncStack])
    closed: bool = False

    def stack(self, origin: Origin) -> AsyncStack:
        """Give the idle connections to an origin."""
        stack = self.stacks.get(origin)
        if stack is None:
            stack = self.stacks[origin] = IdleStack(self.expiry)
        return stack

    async def release(self, link: AsyncLink, origin: Origin) -> None:
        """Take a connection back after its reply, and let the next request in."""
        try:
            if link.is_idle and not self.closed:
                self.stack(origin).push(link)
            else:
                await close(link)
        finally:
            self.admission.leave()

    async def aclose(self) -> None:
        """Close the idle connections now, and those in use when their replies end."""
        self.closed = True
        await close_all(*self.stacks.values())

    def __repr__(self) -> str:
        return f"{self.admission}, {sum(stack.size for stack in list(self.stacks.values()))} idle"


def home_for(settings: Settings) -> Home:
    """Make an empty one."""
    return Home(Admission(settings.max_connections), settings.keepalive_expiry)


async def close_all(*stacks: AsyncStack) -> None:
    """Close all idle connections, even if the task is cancelled meanwhile."""
    cancelled: BaseException | None = None
    for stack in stacks:
        while (link := stack.pop()) is not None:
            try:
                await close(link)
            except anyio.get_cancelled_exc_class() as error:
                cancelled = error
    if cancelled is not None:
        raise cancelled


async def close(link: AsyncLink) -> None:
    """Close a connection, even in a task that is cancelled."""
    with anyio.CancelScope(shield=True):
        await link.stream.aclose()
