"""`openrouter serve` as a process of its own: what it says, what it answers, and how it stops."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import StringIO

import httpx
import pytest

from openrouter import SyncClient
from openrouter.cli.screen import Screen
from openrouter.cli.serving import Log
from openrouter.testing import ErrorReply, FakeOpenRouter, Faults, Gzip, NoAnswer, RecordedRequest, TextReply
from openrouter.testing.fake import BASE_URL

COMMAND = (sys.executable, "-W", "error", "-m", "openrouter", "serve")
KEY = {"Authorization": "Bearer any"}
SEED = 7
"""One with which nothing stays silent among the first requests: that would be waited for."""


@contextmanager
def serving(*arguments: str, command: tuple[str, ...] = COMMAND) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the command; give its process and the first line that it prints, and end it afterwards."""
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([*command, *arguments], **pipes) as process:  # type: ignore[call-overload] # a dict
        try:
            yield process, process.stdout.readline().rstrip("\n")
        finally:
            process.terminate()


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as held:
        return int(held.getsockname()[1])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_stop(number: signal.Signals) -> None:
    with serving() as (process, url):
        with SyncClient(api_key="any", base_url=url) as client:
            assert client.generate_text("Hello") == "This is a simulated reply to: Hello"
        process.send_signal(number)
        rest, said = process.communicate()
    assert (process.returncode, rest) == (0, "")
    assert said.splitlines() == [
        "The base URL of a simulated OpenRouter follows; any key will do. Ctrl-C stops it.",
        "POST /api/v1/chat/completions 200",
    ]
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_a_client_that_still_waits_does_not_hold_it_up() -> None:
    with serving() as (process, url), httpx.Client() as client:
        assert client.get(f"{url}/models").status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0


def test_the_port_can_be_chosen() -> None:
    port = free_port()
    with serving("--port", str(port), "--host", "localhost") as (_, url):
        assert url == f"http://127.0.0.1:{port}/api/v1"


def test_a_port_in_use_is_one_line() -> None:
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as held,
        serving("--port", str(held.getsockname()[1])) as (
            process,
            first,
        ),
    ):
        _, said = process.communicate()
    assert (process.returncode, first) == (1, "")
    assert said.startswith("Error: ")
    assert said.count("\n") == 1


def test_only_this_machine_is_served() -> None:
    with serving("--host", "0.0.0.0") as (process, first):  # noqa: S104 - it is to be refused
        _, said = process.communicate()
    assert (process.returncode, first) == (2, "")
    assert said == "Error: Only this machine is served: the host has to be 127.0.0.1 or localhost, not 0.0.0.0.\n"


def status(asking: httpx.Client, url: str) -> int:
    """Ask over a connection of its own, and give the status of the reply; 0 is none."""
    payload = {"messages": [{"role": "user", "content": "Hello"}]}
    with asking as client:
        try:
            return client.post(f"{url}/chat/completions", json=payload, headers=KEY).status_code
        except httpx.TransportError:
            return 0


def test_a_share_of_the_requests_fails_as_the_seed_says() -> None:
    fake = FakeOpenRouter(faults=Faults.everything(0.5, seed=SEED))
    expected = [status(fake.http(), BASE_URL) for _ in range(10)]
    assert {0, 200} < {*expected}
    with serving("--faults", "0.5", "--seed", str(SEED)) as (_, url):
        assert [status(httpx.Client(), url) for _ in range(10)] == expected


class Answers:
    """A service that answers with what it is told, and notes what is said of it."""

    def __init__(self) -> None:
        self.err = StringIO()
        self.fake = FakeOpenRouter()
        self.log = Log(self.fake, Screen(StringIO(), self.err, {}))

    def said(self) -> list[str]:
        return self.err.getvalue().splitlines()


def asked(path: str = "/api/v1/chat/completions?secret=1") -> RecordedRequest:
    body = b'{"messages": [{"role": "user", "content": "Hello"}]}'
    return RecordedRequest.received("POST", path, [(b"Authorization", b"Bearer any")], body)


def test_a_line_tells_what_was_asked_and_what_struck_the_answer() -> None:
    answers = Answers()
    answers.fake.add(TextReply("Hello"), Gzip(), NoAnswer(), ErrorReply(503, "Busy"))
    for _ in range(4):
        answers.log.answer(asked())
    answers.log.answer(asked("/api/v1/nowhere"))
    assert answers.said() == [
        "POST /api/v1/chat/completions 200",
        "POST /api/v1/chat/completions 200 Gzip()",
        "POST /api/v1/chat/completions - NoAnswer()",
        "POST /api/v1/chat/completions 503",
        "POST /api/v1/nowhere 404",
    ]


def test_a_request_that_cannot_be_answered_has_its_line_too() -> None:
    answers = Answers()
    answers.fake.add(TextReply("Hello", usage={"cost": "dear"}))
    with pytest.raises(ArithmeticError):
        answers.log.answer(asked())
    assert answers.said() == ["POST /api/v1/chat/completions 500"]


QUIET = """
import os, sys
from openrouter.cli.screen import Screen
from openrouter.cli.serving import Serving, serve
serve(Serving(quiet=True), Screen(sys.stdout, sys.stderr, os.environ))
"""


def test_it_can_be_quiet() -> None:
    with serving(command=(sys.executable, "-W", "error", "-c", QUIET)) as (process, url):
        assert httpx.get(f"{url}/models").status_code == 200
        process.terminate()
        _, said = process.communicate()
    assert said.count("\n") == 1


@pytest.mark.parametrize("arguments", [("--faults", "1.5"), ("--faults", "-0.1"), ("--port", "70000"), ("--seed", "x")])
def test_what_cannot_be_is_a_usage_error(arguments: tuple[str, ...]) -> None:
    ended = subprocess.run([*COMMAND, *arguments], capture_output=True, encoding="utf-8", check=False)
    assert ended.returncode == 2
    assert arguments[0] in ended.stderr
    assert "Traceback" not in ended.stderr
