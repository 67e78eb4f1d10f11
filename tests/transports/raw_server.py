"""A server on loopback that does to its connections what a script says, byte for byte."""

from __future__ import annotations

import json
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from threading import Semaphore, Thread
from typing import Self

Script = Callable[[socket.socket], object]

ANSWER = json.dumps(
    {
        "id": "gen-1",
        "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Good."}, "finish_reason": "stop"}],
    }
).encode()
CHUNK = json.dumps(
    {"id": "gen-1", "model": "m", "choices": [{"index": 0, "delta": {"content": "Good."}, "finish_reason": "stop"}]}
).encode()
EVENTS = b"data: " + CHUNK + b"\n\ndata: [DONE]\n\n"
PATIENCE = 10.0
"""Seconds after which a test fails instead of hanging."""


def whole(body: bytes = ANSWER, *headers: bytes, length: int | None = None) -> bytes:
    """Give a reply with its length."""
    lines = [
        b"HTTP/1.1 200 OK",
        b"Content-Type: application/json",
        b"Content-Length: %d" % (len(body) if length is None else length),
        *headers,
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def chunked(*segments: bytes, headers: tuple[bytes, ...] = (), end: bytes = b"0\r\n\r\n") -> bytes:
    """Give an event stream in chunks."""
    head = [b"HTTP/1.1 200 OK", b"Content-Type: text/event-stream", b"Transfer-Encoding: chunked", *headers]
    chunks = [b"%x\r\n%s\r\n" % (len(segment), segment) for segment in segments]
    return b"\r\n".join(head) + b"\r\n\r\n" + b"".join(chunks) + end


def read_request(connection: socket.socket) -> bytes:
    """Read a request to its end; empty where the client left."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        more = connection.recv(65536)
        if not more:
            return b""
        body += more
    return head + b"\r\n\r\n" + body


def serve(connection: socket.socket) -> None:
    """Answer each request well until the client leaves."""
    while request := read_request(connection):
        connection.sendall(chunked(EVENTS) if b'"stream":true' in request else whole())


def wait_for_client(connection: socket.socket) -> None:
    """Wait until the client leaves."""
    while connection.recv(65536):
        pass


def silent(connection: socket.socket) -> None:
    """Take a request, and never answer."""
    read_request(connection)
    wait_for_client(connection)


@contextmanager
def deaf() -> Iterator[str]:
    """Give the address of a server that is too busy to accept anyone."""
    with ExitStack() as sockets:
        listener = sockets.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)  # noqa: FBT003 - the socket's own form
            waiting.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"


def say(*pieces: bytes) -> Script:
    """Answer one request with these bytes, and further ones well, until the client leaves."""

    def script(connection: socket.socket) -> None:
        read_request(connection)
        for piece in pieces:
            connection.sendall(piece)
        serve(connection)

    return script


def say_and_hang_up(*pieces: bytes) -> Script:
    """Answer one request with these bytes, then close."""

    def script(connection: socket.socket) -> None:
        read_request(connection)
        for piece in pieces:
            connection.sendall(piece)

    return script


def reset(connection: socket.socket) -> None:
    """Close a connection without good-bye."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class RawServer:
    """Gives each connection the next script, in a thread of its own, and `serve` to all after those."""

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None) -> None:
        self._scripts, self._tls = list(scripts), tls
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._listener.settimeout(PATIENCE)
        self.port: int = self._listener.getsockname()[1]
        self.accepted = 0
        self._ended = Semaphore(0)
        self._serving: list[Thread] = []
        self._thread = Thread(target=self._accept)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"{'https://localhost' if self._tls else 'http://127.0.0.1'}:{self.port}/api/v1"

    def wait_for_ends(self, number: int) -> None:
        """Wait until so many more connections ended, on this side or the other."""
        for _ in range(number):
            assert self._ended.acquire(timeout=PATIENCE), "a connection is still open"

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if connection.recv(1, socket.MSG_PEEK) == b"\x00":
                connection.close()
                return
            self.accepted += 1
            script = self._scripts.pop(0) if self._scripts else serve
            self._serving.append(Thread(target=self._run, args=(script, connection)))
            self._serving[-1].start()

    def _run(self, script: Script, connection: socket.socket) -> None:
        with suppress(OSError):
            connection.settimeout(PATIENCE)
            if self._tls is not None and script is not never_shake_hands:
                connection = self._tls.wrap_socket(connection, server_side=True)
            script(connection)
        connection.close()
        self._ended.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with socket.create_connection(("127.0.0.1", self.port)) as last:
            last.sendall(b"\x00")
            self._thread.join()
        self._listener.close()
        for thread in self._serving:
            thread.join(PATIENCE)


def never_shake_hands(connection: socket.socket) -> None:
    """Take what TLS begins with, and leave it at that."""
    wait_for_client(connection)
