"""Code that the caller hands in: callbacks and tools, plain or asynchronous."""

from __future__ import annotations

from collections.abc import Callable
from inspect import isawaitable, iscoroutine
from typing import Any, Final

from .core.asynchronous import is_async
from .core.errors import InvalidArgumentError

_ASYNC_CALLBACK: Final = "{name} is an async function: give it to AsyncClient, or give SyncClient a plain one."


async def awaited(result: Any) -> Any:
    """Await what a callback gave, if it is asynchronous."""
    return await result if isawaitable(result) else result


def refuse_async_function(callback: object, name: str) -> None:
    """Refuse an asynchronous callback where nobody can await it, before anything is sent."""
    if is_async(callback):
        raise InvalidArgumentError(_ASYNC_CALLBACK.format(name=name))


def refuse_awaitable(result: object, name: str) -> None:
    """Refuse what a callback gave that turned out to be asynchronous."""
    if isawaitable(result):
        if iscoroutine(result):
            result.close()
        raise InvalidArgumentError(_ASYNC_CALLBACK.format(name=name))


def tell_blocking(on_keepalive: Callable[[], object] | None) -> None:
    """Tell the caller, who may want to know, of a sign of life."""
    if on_keepalive is not None:
        refuse_awaitable(on_keepalive(), "on_keepalive")


async def tell(on_keepalive: Callable[[], object] | None) -> None:
    """Do the same, awaiting."""
    if on_keepalive is not None:
        await awaited(on_keepalive())
