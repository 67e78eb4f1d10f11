"""Where the prompt comes from."""

from __future__ import annotations

import os
import pty
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest

from openrouter import InvalidArgumentError
from openrouter.cli.prompt import read_prompt

REVIEW = "Review this."


def pipe_with(data: bytes) -> TextIO:
    reading, writing = os.pipe()
    os.write(writing, data)
    os.close(writing)
    return os.fdopen(reading, encoding="utf-8")


@pytest.fixture
def silent() -> Iterator[TextIO]:
    """Give the end of a pipe that somebody holds open and never writes to."""
    before = set(threading.enumerate())
    reading, writing = os.pipe()
    with os.fdopen(reading, encoding="utf-8") as stdin:
        yield stdin
        os.close(writing)
        # One that was left behind may not have begun to read, and the next pipe will have the same number.
        for thread in set(threading.enumerate()) - before:
            thread.join(10)


@pytest.fixture
def terminal() -> Iterator[TextIO]:
    master, slave = pty.openpty()
    with os.fdopen(slave, encoding="utf-8") as stdin:
        yield stdin
    os.close(master)


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.mark.parametrize(
    ("argument", "piped", "prompt"),
    [
        ("Hello", b"", "Hello"),
        ("Hello", b"\n \n", "Hello"),
        (None, b"Hello\n", "Hello"),
        ("-", b"Hello\n", "Hello"),
        ("", b"Hello\n", "Hello"),
        (REVIEW, b"  -old\n  +new\n\n", "Review this.\n\n  -old\n  +new"),
        (REVIEW, b"\xef\xbb\xbfGr\xc3\xbc\xc3\x9fe, \xff", "Review this.\n\nGrüße, \ufffd"),
        ("  keeps its spaces ", b"", "  keeps its spaces "),
    ],
)
def test_argument_and_pipe_make_the_prompt(argument: str | None, piped: bytes, prompt: str, notes: list[str]) -> None:
    with pipe_with(piped) as stdin:
        assert read_prompt(argument, stdin, notes.append) == prompt
    assert notes == []


def test_a_file_is_read_to_its_end(tmp_path: Path, notes: list[str]) -> None:
    path = tmp_path / "report.txt"
    path.write_text("word " * 100_000, encoding="utf-8")
    with path.open(encoding="utf-8") as stdin:
        assert read_prompt("Sum up.", stdin, notes.append) == "Sum up.\n\n" + ("word " * 100_000).rstrip()


@pytest.mark.parametrize("argument", [None, "-", "", "  "])
def test_no_prompt_at_all_is_refused(argument: str | None, notes: list[str]) -> None:
    with pipe_with(b"\n") as stdin, pytest.raises(InvalidArgumentError, match=r"There is no prompt\. Give one"):
        read_prompt(argument, stdin, notes.append)


def test_a_terminal_is_never_read(terminal: TextIO, notes: list[str]) -> None:
    assert read_prompt("Hello", terminal, notes.append) == "Hello"
    for argument in (None, "-"):
        with pytest.raises(InvalidArgumentError, match="There is no prompt"):
            read_prompt(argument, terminal, notes.append)


def test_a_closed_standard_input_is_an_empty_one(notes: list[str]) -> None:
    assert read_prompt("Hello", None, notes.append) == "Hello"


def test_a_silent_pipe_does_not_hold_up_a_prompt(silent: TextIO, notes: list[str]) -> None:
    assert read_prompt("Hello", silent, notes.append, patience=0) == "Hello"
    assert notes == ["Nothing came on standard input within 5 s: the prompt goes without it."]


def test_a_silent_pipe_alone_is_refused_and_the_way_to_wait_is_named(silent: TextIO, notes: list[str]) -> None:
    with pytest.raises(InvalidArgumentError, match="Give - as the prompt to wait for it"):
        read_prompt(None, silent, notes.append, patience=0)
    assert notes == []


class Directory:
    """What `openrouter chat < directory` gives as standard input; Python itself refuses to open such a file."""

    def __init__(self, path: Path) -> None:
        self.descriptor = os.open(path, os.O_RDONLY)

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        return self.descriptor


def test_what_cannot_be_read_is_an_error_of_the_system(tmp_path: Path, notes: list[str]) -> None:
    stdin = Directory(tmp_path)
    with pytest.raises(IsADirectoryError):
        read_prompt("Hello", stdin, notes.append)  # type: ignore[arg-type] # it has what is asked of it
    os.close(stdin.descriptor)
