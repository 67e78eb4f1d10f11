"""Where things are shown: the answer on standard output, all that is said about it on standard error."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import TextIO

from rich.console import Console

from .cleaning import Cleaner


class Pane:
    """One output: clean and, where that can be, styled on a terminal; plain and unchanged anywhere else."""

    def __init__(self, stream: TextIO, *, styled: bool) -> None:
        self._stream = stream
        self._encoding = stream.encoding or "utf-8"
        self._cleaner = Cleaner()
        self.is_terminal = stream.isatty()
        self._console = Console(
            file=stream, force_terminal=self.is_terminal, color_system="auto" if styled else None, highlight=False
        )
        self.has_styles = self._console.color_system is not None
        self._at_line_start = True

    def write(self, text: str, style: str = "") -> None:
        """Show a piece of text at once."""
        if self.is_terminal:
            text = self._cleaner.feed(text)
        if not text:
            return
        self._at_line_start = text.endswith("\n")
        # What the terminal or the file cannot hold, such as half a surrogate pair, is no reason to stop.
        text = text.encode(self._encoding, "replace").decode(self._encoding)
        if style and self.has_styles:
            self._console.out(text, style=style, end="")
        else:
            self._stream.write(text)
        self._stream.flush()

    def end_line(self) -> None:
        """Go to the next line, unless the last one has ended."""
        if not self._at_line_start:
            self.write("\n")

    def silence(self) -> None:
        """Let all further output go nowhere, that of the interpreter's end included."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)


class Screen:
    """What the user looks at, or a file or a pipe in its place."""

    def __init__(self, out: TextIO, err: TextIO, environ: Mapping[str, str]) -> None:
        styled = not environ.get("NO_COLOR")
        self._answer = Pane(out, styled=styled)
        self._about = Pane(err, styled=styled)
        self._reasons = False

    @property
    def is_terminal(self) -> bool:
        """Whether somebody watches the answer come."""
        return self._answer.is_terminal

    def show_reasoning(self, text: str) -> None:
        """Show a piece of reasoning, dimmed; nothing where it could be taken for the answer."""
        if text and self._answer.has_styles:
            self._reasons = True
            self._answer.write(text, "dim")

    def show_text(self, text: str) -> None:
        """Show a piece of the answer."""
        if text and self._reasons:
            self._reasons = False
            self._answer.end_line()
            self._answer.write("\n")
        self._answer.write(text)

    def show_json(self, value: object) -> None:
        """Show one JSON value on a line, in ASCII: any terminal, file and program can take it."""
        self._answer.write(json.dumps(value) + "\n")

    def end_line(self) -> None:
        """End the last line of the answer."""
        self._answer.end_line()

    def note(self, line: str) -> None:
        """Say something about the answer, dimmed."""
        self._about.write(line + "\n", "dim")

    def fail(self, line: str) -> None:
        """Say why there is no answer, or no more of it."""
        self._about.write(f"Error: {line}\n", "red")

    def silence(self) -> None:
        """Show nothing any more."""
        self._answer.silence()
        self._about.silence()
