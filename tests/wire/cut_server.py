"""A server that cuts each connection after as many bytes as the request itself asks for."""

from __future__ import annotations

import json
import socket
from collections import Counter
from contextlib import suppress
from threading import Thread
from typing import NamedTuple, Self

from attrs import define, field

from tests.transports.raw_server import PATIENCE, read_request, reset, whole
from tests.wire.cut_replies import STREAMS, WHOLE, Outcome, Reply

WARM = "warm"
"""What to ask for a good reply first, on a connection that is kept."""
REPLIES: dict[str, Reply] = {f"{type(reply).__name__}: {reply.name}": reply for reply in (*STREAMS, *WHOLE)}


class Case(NamedTuple):
    """One reply, cut after so many bytes, in good order or by a reset."""

    reply: str
    offset: int
    reset: bool

    @property
    def message(self) -> str:
        """What to ask for it."""
        return json.dumps(self)

    @property
    def expected(self) -> Outcome:
        return REPLIES[self.reply].expected(self.offset, reset=self.reset)


def cases(reply: str, step: int = 1) -> list[Case]:
    """Give every `step`-th offset of a reply, each with both kinds of ends."""
    length = len(REPLIES[reply].wire)
    offsets = sorted({*range(length, -1, -step), 0})
    return [Case(reply, offset, reset) for offset in offsets for reset in (False, True)]


@define(eq=False)
class CutServer:
    """Says the first bytes of a reply on each connection, if need be after good ones, and ends the connection."""

    asked: Counter[Case] = field(factory=Counter[Case])
    _listener: socket.socket = field(factory=lambda: socket.create_server(("127.0.0.1", 0), backlog=128))
    _thread: Thread = field(init=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/api/v1"

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            with connection, suppress(OSError):
                connection.settimeout(PATIENCE)
                request = read_request(connection)
                if not request:
                    return
                while _asked_for(request) == WARM:
                    connection.sendall(whole())
                    request = read_request(connection)
                self._answer(connection, Case(*json.loads(_asked_for(request))))

    def _answer(self, connection: socket.socket, case: Case) -> None:
        self.asked[case] += 1
        connection.sendall(REPLIES[case.reply].wire[: case.offset])
        if case.reset:
            reset(connection)

    def __enter__(self) -> Self:
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # who connects and says nothing ends it
        socket.create_connection(self._listener.getsockname()).close()
        self._thread.join(PATIENCE)
        self._listener.close()


def _asked_for(request: bytes) -> str:
    text: str = json.loads(request.partition(b"\r\n\r\n")[2])["messages"][-1]["content"]
    return text
