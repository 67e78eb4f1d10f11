"""HTTP/1.1 as values: the bytes of a request, and the head of its reply. h11 writes the one and reads the other."""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias, final

import h11

from ..core.secret import Sealed
from ..outgoing import Outgoing, RawHeaders
from .network_errors import LocalProtocolError, RemoteProtocolError

PIECE: Final = 256 * 1024
"""Bytes that are written at once, or somewhat more: a deadline has to reach each single write."""
MOST_OF_A_HEAD: Final = 100 * 1024

NO_REPLY: Final = "Server disconnected without sending a response."


Pieces: TypeAlias = "list[Sealed[bytes] | Sealed[memoryview]]"


class Head(NamedTuple):
    """The head of a reply, and what came behind it."""

    status: int
    headers: RawHeaders
    keeps_alive: bool
    """The server will take another request on this connection."""
    rest: bytes


@final
class Dialogue:
    """One request and the head of its reply."""

    __slots__ = ("_parser", "request")

    def __init__(self, outgoing: Outgoing) -> None:
        """Write a request; raise `LocalProtocolError` for one that HTTP does not have."""
        self._parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=MOST_OF_A_HEAD)
        content = memoryview(outgoing.content)
        # The key is in the head, and a traceback may show locals.
        first = Sealed(b"".join((self._begun(outgoing).reveal(), content[:PIECE])))
        rest = [Sealed(content[at : at + PIECE]) for at in range(PIECE, len(content), PIECE)]
        self.request: Pieces = [first, *rest]
        """What is to be written, piece by piece; head and body go out together."""

    def _begun(self, outgoing: Outgoing) -> Sealed[bytes]:
        try:
            head = Sealed(self._parser.send(_request(outgoing)) or b"")
            if outgoing.content:
                self._parser.send(h11.Data(data=outgoing.content))
            self._parser.send(h11.EndOfMessage())
        except h11.LocalProtocolError as error:
            raise LocalProtocolError(str(error)) from error
        return head

    def hear(self, data: bytes) -> Head | None:
        """Take the next bytes, and give the head when they complete it; raise `RemoteProtocolError` for nonsense."""
        if not data:
            raise RemoteProtocolError(NO_REPLY)
        parser = self._parser
        parser.receive_data(data)
        try:
            # Any number of provisional replies (1xx) may come first.
            while isinstance(event := parser.next_event(), h11.InformationalResponse):
                pass
        except h11.RemoteProtocolError as error:
            raise RemoteProtocolError(str(error)) from error
        if not isinstance(event, h11.Response):
            return None
        return Head(event.status_code, event.headers.raw_items(), _keeps_alive(event), parser.trailing_data[0])


def _keeps_alive(event: h11.Response) -> bool:
    """Tell it as RFC 9112 does, section 9.3; a server of HTTP/1.0 is taken at its oldest word."""
    named = b",".join(value for name, value in event.headers if name == b"connection").lower()
    return event.http_version >= b"1.1" and b"close" not in (word.strip() for word in named.split(b","))


def _request(outgoing: Outgoing) -> h11.Request:
    return h11.Request(method=outgoing.method, target=outgoing.target, headers=outgoing.headers)
