"""Text of a model made safe for a terminal: nothing in it can move the cursor, colour the screen or rename the window.

The control characters go, but for newline and tab, and with them the rest of the escape sequences that are known.
"""

from __future__ import annotations

import re
from typing import Final

_SEQUENCE: Final = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-Z\\-~]")
_UNFINISHED: Final = re.compile(r"(?:\x1b|(?:\x1b\[|\x9b)[0-?]{0,64})[ -/]{0,8}\Z")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Cleaner:
    """Cleans a text that comes in pieces; an escape sequence may lie across them."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        """Take the next piece and give what of it can be shown; the beginning of a sequence is held back."""
        text = _SEQUENCE.sub("", self._held + text)
        unfinished = _UNFINISHED.search(text)
        self._held = unfinished[0] if unfinished else ""
        return _CONTROL.sub("", text[: len(text) - len(self._held)])
