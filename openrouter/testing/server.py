"""The fake over a socket: a real HTTP/1.1 server on the loopback interface, in a thread of its own."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from threading import Condition
from typing import TYPE_CHECKING, Self

import anyio
from anyio.from_thread import start_blocking_portal

from ..core.json import encode_json
from .answers import Answer, error_object, finished
from .connection import Connection
from .peer import Peer

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from anyio.abc import TaskStatus

    from .requests import RecordedRequest

LOOPBACK = "127.0.0.1"

BACKLOG = 4096
"""How many clients may knock at the same moment; the system may allow fewer."""

PAUSE = 0.05
"""Seconds until it opens again, where it could not let somebody in."""


class LoopbackServer:
    """Serves until it is closed. Leaving its `with` block closes it."""

    def __init__(self, answer: Callable[[RecordedRequest], Answer], port: int = 0) -> None:
        self._answer = answer
        self._accepted = 0
        self._connections = 0
        self._changed = Condition()
        self._error: Exception | None = None
        with ExitStack() as starting:
            portal = starting.enter_context(start_blocking_portal(name="fake-openrouter"))
            serving, (self._port, scope) = portal.start_task(self._serve, port)
            starting.callback(serving.result)
            starting.callback(portal.call, scope.cancel)
            self._running = starting.pop_all()

    def __repr__(self) -> str:
        return f"<LoopbackServer {self.url}: {self._connections} connections open, {self._accepted} so far>"

    @property
    def url(self) -> str:
        """The base URL to give to a client."""
        return f"http://{LOOPBACK}:{self._port}/api/v1"

    @property
    def connections(self) -> int:
        """How many connections are open now."""
        return self._connections

    @property
    def accepted(self) -> int:
        """How many connections were opened so far."""
        return self._accepted

    def wait_for_connections(self, count: int, *, timeout: float = 10.0) -> None:
        """Block until exactly `count` connections are open; a `TimeoutError` after `timeout` seconds."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._connections == count, timeout):
                raise TimeoutError(f"{self._connections} connections are open, not {count}")

    def close(self) -> None:
        """Cut every connection, free the port and end the thread; calling it again does nothing.

        An error of the script is raised here, such as one raised by `respond`: the first, if there were several. Who
        asked got a 500 that names it, and the server went on.
        """
        self._running.close()
        error, self._error = self._error, None
        if error is not None:
            raise error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    async def _serve(self, port: int, *, task_status: TaskStatus[tuple[int, anyio.CancelScope]]) -> None:
        with socket.create_server((LOOPBACK, port), backlog=BACKLOG) as listener:
            listener.setblocking(False)  # noqa: FBT003 - the socket's own method takes it so
            async with anyio.create_task_group() as connections:
                task_status.started((listener.getsockname()[1], connections.cancel_scope))
                while True:
                    await anyio.wait_readable(listener)
                    try:
                        connected = listener.accept()[0]
                    except OSError:
                        # Who knocked may have left again, or the process has no descriptor left for the moment.
                        await anyio.sleep(PAUSE)
                    else:
                        connections.start_soon(self._serve_connection, connected)

    async def _serve_connection(self, connected: socket.socket) -> None:
        self._count(accepted=1, connections=1)
        try:
            with connected:
                await Connection(Peer(connected), self._answered).run()
        except Exception as error:  # noqa: BLE001 - a fault of the user's own may raise anything while the body is made
            self._failed(error)
        finally:
            self._count(connections=-1)

    def _answered(self, request: RecordedRequest) -> Answer:
        try:
            return self._answer(request)
        except Exception as error:  # noqa: BLE001 - `respond` is the user's own and may raise anything
            self._failed(error)
            body = encode_json({"error": error_object(f"The fake could not answer: {error!r}", 500)})
            return finished(Answer(500, {"Content-Type": "application/json"}, (body,)))

    def _failed(self, error: Exception) -> None:
        """Keep the first error for whoever closes the server."""
        self._error = self._error or error

    def _count(self, *, accepted: int = 0, connections: int) -> None:
        with self._changed:
            self._accepted += accepted
            self._connections += connections
            self._changed.notify_all()
