"""The service of the benchmarks, in a process of its own, so that its work is not measured.

The path of the base URL says how it answers: `/chunks=400&gap=0.0002` streams 400 chunks, a fifth of a millisecond
apart (without a gap all at once); `/together=100` holds whole replies back until there are a hundred to be given. The
bytes of a reply are made when it is first asked for, so each is asked for once before it is measured.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Barrier, Thread
from urllib.parse import parse_qsl

from tests.benchmarks import payloads

ROOT = Path(__file__).parents[2]
"""The directory above `tests`."""
HEAD = b"HTTP/1.1 200 OK\r\nDate: Thu, 23 Oct 2025 12:00:00 GMT\r\nCF-RAY: 0-LOOP\r\nContent-Type: %s\r\n"
JSON = HEAD % b"application/json" + b"Content-Length: %d\r\n\r\n"
SSE = HEAD % b"text/event-stream" + b"Transfer-Encoding: chunked\r\n\r\n"


@cache
def whole(name: str) -> bytes:
    body = payloads.catalogue() if name == "models" else payloads.completion()
    return JSON % len(body) + body


@cache
def stream(chunks: int, *, apart: bool) -> list[bytes]:
    """Give what is written at once."""
    framed = [b"%x\r\n%s\r\n" % (len(event), event) for event in payloads.events(payloads.chunks(chunks))]
    return [SSE, *framed, b"0\r\n\r\n"] if apart else [b"".join([SSE, *framed, b"0\r\n\r\n"])]


@cache
def meeting(parties: int) -> Barrier:
    return Barrier(parties, timeout=60)


class Answering(StreamRequestHandler):
    """Answers the requests of one connection."""

    disable_nagle_algorithm = True

    def handle(self) -> None:
        while request := self.rfile.readline():
            length = 0
            while (header := self.rfile.readline()) not in {b"\r\n", b""}:
                if header.lower().startswith(b"content-length:"):
                    length = int(header.partition(b":")[2])
            _, path, *_, name = request.split()[1].decode().split("/")
            self._answer(dict(parse_qsl(path)), name, streams=b'"stream":true' in self.rfile.read(length))

    def _answer(self, told: dict[str, str], name: str, *, streams: bool) -> None:
        if not streams:
            meeting(int(told.get("together", 1))).wait()
        for piece in stream(int(told["chunks"]), apart="gap" in told) if streams else [whole(name)]:
            self.wfile.write(piece)
            if "gap" in told:
                time.sleep(float(told["gap"]))


class Server(ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 2048


@contextmanager
def service() -> Iterator[str]:
    """Start the service, give its URL, and end it."""
    command = [sys.executable, "-m", __spec__.name]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.communicate()


def main() -> None:
    """Serve until nobody holds the other end of standard input."""
    with Server(("127.0.0.1", 0), Answering) as server:
        Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
        sys.stdout.write(f"http://127.0.0.1:{server.server_address[1]}\n")
        sys.stdout.flush()
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main()
