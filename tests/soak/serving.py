"""The service of the soak, in a process of its own: what it records must not count as memory of the client's."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from openrouter.testing import FakeOpenRouter, Faults

FAULTY = 0.1


@contextmanager
def service() -> Iterator[str]:
    """Start the service, give its base URL, and end it."""
    command = [sys.executable, "-m", __spec__.name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.communicate()


def main() -> None:
    """Serve until nobody holds the other end of standard input."""
    with FakeOpenRouter(faults=Faults.everything(rate=FAULTY, seed=20)).serve() as server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
