"""The prompt: from the command line, from standard input, or from both."""

from __future__ import annotations

import os
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final, TextIO

from ..core.errors import InvalidArgumentError

PATIENCE: Final = 5.0
"""Seconds in which the first byte has to come: whoever started us may have left a silent pipe open for ever."""

STDIN: Final = "-"
"""The argument that stands for standard input."""

_NO_PROMPT: Final = 'There is no prompt. Give one, as in: openrouter chat "Hello", or pipe one in.'
_SILENT: Final = f"Nothing came on standard input within {PATIENCE:g} s"


def read_prompt(
    argument: str | None, stdin: TextIO | None, note: Callable[[str], object], *, patience: float = PATIENCE
) -> str:
    """Give the argument and, below it, what is piped in.

    A terminal is never read, and a silent pipe is waited for no longer than `patience` seconds, unless the argument is
    `-`. Going on without it is told to `note`. Raises `InvalidArgumentError` where there is no prompt at all.
    """
    asked = "" if argument in (None, STDIN) else argument or ""
    piped = _piped(stdin, None if argument == STDIN else patience)
    parts = [part for part in (asked, (piped or "").rstrip()) if part.strip()]
    if not parts and piped is None:
        raise InvalidArgumentError(f"{_SILENT}. Give - as the prompt to wait for it.")
    if not parts:
        raise InvalidArgumentError(_NO_PROMPT)
    if piped is None:
        note(f"{_SILENT}: the prompt goes without it.")
    return "\n\n".join(parts)


def _piped(stdin: TextIO | None, patience: float | None) -> str | None:
    """Read what is piped in, to its end; give `None` where nothing came in time."""
    if stdin is None or stdin.isatty():
        return ""
    pieces: SimpleQueue[bytes | OSError] = SimpleQueue()
    # Not every system can wait for a pipe with a time limit; a thread can be left behind on all of them.
    Thread(target=_pump, args=(stdin.fileno(), pieces), daemon=True).start()
    try:
        piece = pieces.get(timeout=patience)
    except Empty:
        return None
    received = bytearray()
    while piece:
        if isinstance(piece, OSError):
            raise piece
        received += piece
        piece = pieces.get()
    return received.decode("utf-8-sig", "replace")


def _pump(descriptor: int, pieces: SimpleQueue[bytes | OSError]) -> None:
    """Hand on what arrives, and at last the empty piece, or the failure."""
    try:
        while piece := os.read(descriptor, 65536):
            pieces.put(piece)
    except OSError as error:
        pieces.put(error)
    else:
        pieces.put(b"")
