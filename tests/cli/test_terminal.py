"""The command at a terminal: a pseudo-terminal stands in for the one of a person."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

import pytest

from openrouter.testing import FakeOpenRouter, LoopbackServer, RawReply, TextReply
from tests.cli.test_command import (
    COMMAND,
    EVENT_STREAM,
    SUMMARY,
    chunk,
    environment,
    fake,
    server,
    started_and_silent,
)

__all__ = ["environment", "fake", "server"]

DIM, NORMAL = "\x1b[2m", "\x1b[0m"


class Terminal:
    """A process whose input, output and errors are one terminal, the one that controls it."""

    def __init__(self, *arguments: str, environment: Mapping[str, str]) -> None:
        self._screen, line = pty.openpty()
        # A process without a terminal that opens one is controlled by it: only then Ctrl-C means a signal.
        attach = 'exec "$@" <"$0" >"$0" 2>"$0"'
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", attach, os.ttyname(line), *COMMAND, *arguments],
            env=environment,
            start_new_session=True,
        )
        # Opened by the process before we let it go, so that there is no end of file in between.
        self._line: int | None = line
        self._seen = b""

    def wait_for(self, text: str) -> None:
        while text.encode() not in self._seen:
            # The screen stays open when the process is gone.
            assert select.select([self._screen], [], [], 60)[0], f"nothing more was shown: {self._seen!r}"
            self._read()

    def type(self, keys: str) -> None:
        os.write(self._screen, keys.encode())

    def end(self) -> tuple[int, str]:
        """Wait for the end of the process, and give its exit code and all that it showed."""
        exit_code = self._process.wait()
        self._release()
        # Linux reports the end of a terminal as an error.
        with suppress(OSError):
            while self._read():
                pass
        return exit_code, self._seen.decode().replace("\r\n", "\n")

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._release()
        os.close(self._screen)

    def _release(self) -> None:
        if self._line is not None:
            os.close(self._line)
            self._line = None

    def _read(self) -> bytes:
        data = os.read(self._screen, 65536)
        self._seen += data
        return data


@pytest.fixture
def at_a_terminal(environment: dict[str, str]) -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def start(*arguments: str, **variables: str) -> Terminal:
        opened.append(Terminal(*arguments, environment={**environment, "TERM": "xterm-256color", **variables}))
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.close()


def test_an_answer_is_followed_by_one_dim_line(at_a_terminal: Callable[..., Terminal]) -> None:
    exit_code, shown = at_a_terminal("chat", "Hello", "--offline").end()
    # rich before 15 ends the line before it ends the style
    answer, line = shown.replace(f"\n{NORMAL}", f"{NORMAL}\n").splitlines(keepends=True)
    assert (exit_code, answer) == (0, "This is a simulated reply to: Hello\n")
    assert line.startswith(DIM)
    assert SUMMARY.fullmatch(line.replace(DIM, "").replace(NORMAL, ""))


@pytest.mark.parametrize("variable", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_nothing_is_styled_where_that_is_not_wanted(
    variable: dict[str, str], fake: FakeOpenRouter, at_a_terminal: Callable[..., Terminal]
) -> None:
    fake.add(TextReply("Yes.", reasoning="Could be taken for the answer."))
    exit_code, shown = at_a_terminal("chat", "Hello", **variable).end()
    assert exit_code == 0
    assert shown.startswith("Yes.\n")
    assert "\x1b" not in shown


def test_text_is_shown_as_it_arrives_and_ctrl_c_closes_the_stream(
    fake: FakeOpenRouter, server: LoopbackServer, at_a_terminal: Callable[..., Terminal]
) -> None:
    fake.add(started_and_silent("Once upon"))
    terminal = at_a_terminal("chat", "Tell me a story.")
    terminal.wait_for("Once upon")
    terminal.type("\x03")
    exit_code, shown = terminal.end()
    assert (exit_code, shown) == (130, "Once upon^C\n")
    server.wait_for_connections(0)


def test_reasoning_is_dim_and_stands_before_the_answer(
    fake: FakeOpenRouter, at_a_terminal: Callable[..., Terminal]
) -> None:
    fake.add(TextReply("Yes.", reasoning="Let me\nthink."))
    _, shown = at_a_terminal("chat", "Hello").end()
    assert re.sub(r"\x1b\[[20]m", "", shown).startswith("Let me\nthink.\n\nYes.\n")
    assert shown.startswith(DIM)
    assert "\n\nYes.\n" + DIM in shown


def test_a_model_cannot_drive_the_terminal(fake: FakeOpenRouter, at_a_terminal: Callable[..., Terminal]) -> None:
    pieces = ["safe \x1b", "]0;title\x07\x1b[2", "J\x1b[1;1Hand\r", "\x9b31m sound\x08"]
    segments = [*(chunk({"content": piece}) for piece in pieces), chunk({}, "stop"), b"data: [DONE]\n\n"]
    fake.add(RawReply(200, EVENT_STREAM, segments))
    exit_code, shown = at_a_terminal("chat", "Hello", NO_COLOR="1").end()
    assert exit_code == 0
    assert shown.startswith("safe 0;titleand sound\nvendor/model")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", shown)


def test_an_error_cannot_drive_the_terminal_either(
    fake: FakeOpenRouter, at_a_terminal: Callable[..., Terminal]
) -> None:
    fake.add(RawReply(400, {}, [b'{"error": {"code": 400, "message": "bad \\u001b[2J\\u0007 request"}}']))
    exit_code, shown = at_a_terminal("chat", "Hello").end()
    assert exit_code == 1
    assert re.fullmatch(r"\x1b\[31mError: .*bad +request.*(\x1b\[0m\n|\n\x1b\[0m)", shown)


def test_a_terminal_is_not_waited_for(at_a_terminal: Callable[..., Terminal]) -> None:
    exit_code, shown = at_a_terminal("chat").end()
    assert exit_code == 2
    assert "There is no prompt" in shown
