"""JSON that is still being written, as far as it goes."""

from __future__ import annotations

import re
from typing import Any, Final

from ..core.errors import ConfigurationError

_SHARE: Final = 256
"""A text is read anew once it has grown by this part of its length: all readings together stay in proportion to it."""
_MOST_TRIES: Final = 100
"""Braces of prose after which nothing is taken for an object any more."""
_NUMBER_AT_THE_END: Final = re.compile(rb"[:,\[][ \t\r\n]*-?\d[-+.\deE]*\Z")
_LONGEST_NUMBER: Final = 64
_MEANT: Final = re.compile(rb'\{[ \t\r\n]*"(?:[^"\\]++|\\.)*+"[ \t\r\n]*:', re.DOTALL)
"""An object that has a key: where such a one breaks, nothing inside it is another."""
_IN_STRING: Final = re.compile(rb'(?:[^"]++|"(?:[^"\\]++|\\.)*+")*+"(?:[^"\\]++|\\.)*+', re.DOTALL)
"""A text that ends in a string."""
_THOUGHT: Final = re.compile(rb"\s*+<(think|thinking|reasoning)>(?:.*?(?P<end></\1>))?+", re.IGNORECASE | re.DOTALL)


class PartialJSON:
    """The first JSON object of a text that grows at its end.

    Strings, objects and arrays that have not come to their end are taken as far as they are there; numbers once they
    are whole, so that nothing that was there is taken back. What stands around the object is passed over, and so are
    thoughts before it, in `<think>`, `<thinking>` or `<reasoning>`.

    Raises `ConfigurationError` where jiter, which reads it, is not installed.
    """

    def __init__(self) -> None:
        try:
            from jiter import from_json  # noqa: PLC0415 - an extra
        except ImportError as error:
            message = "Partial values need jiter: install it with `pip install openrouter-duo[partial]`."
            raise ConfigurationError(message) from error
        self._decode = from_json
        self._text = bytearray()
        self._start = 0
        """Where the object begins, or may begin at the earliest."""
        self._answer = 0
        """Where the text begins, but for thoughts."""
        self._read_at = 0
        """The length at which the text is read again."""
        self._value: dict[str, Any] | None = None
        self._tries_left = _MOST_TRIES

    def add(self, piece: str) -> dict[str, Any] | None:
        """Put a piece of text at the end; give the object as far as it goes where there is more of it than before."""
        if not self._tries_left:
            return None
        self._text += piece.encode(errors="replace")
        if len(self._text) < self._read_at:
            return None
        self._read_at = len(self._text) + len(self._text) // _SHARE
        value = self._read()
        if not value or value == self._value:
            return None
        self._value = value
        return value

    def _read(self) -> dict[str, Any] | None:
        while self._start == self._answer and (thought := _THOUGHT.match(self._text, self._start)):
            if not thought["end"]:
                return None
            self._start = self._answer = thought.end()
        while self._tries_left and (start := self._text.find(b"{", self._start)) >= 0:
            end = self._end(start)
            try:
                value: dict[str, Any] = self._decode(
                    bytes(self._text[start:end]), partial_mode="trailing-strings", allow_inf_nan=False
                )
            except ValueError:
                self._tries_left = 0 if _MEANT.match(self._text, start) else self._tries_left - 1
                self._start = start + 1
            else:
                self._start = start
                return value
        return None

    def _end(self, start: int) -> int:
        """Give how far the text of the object at `start` is read: not into a number, which may go on."""
        number = _NUMBER_AT_THE_END.search(self._text, max(start, len(self._text) - _LONGEST_NUMBER))
        is_whole = number is None or _IN_STRING.fullmatch(self._text, start)
        return len(self._text) if number is None or is_whole else number.start() + 1
