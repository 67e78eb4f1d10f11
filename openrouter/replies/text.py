"""Text that comes in pieces."""

from __future__ import annotations

from typing import Final, final

MOST_PIECES: Final = 512
"""Pieces that are kept apart: a small string takes ten times the memory of its letters."""


@final
class Text:
    """A text that grows at its end; each piece is copied twice at most, and little more is kept than the text."""

    __slots__ = ("_pieces", "_wholes")

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._wholes: list[str] = []

    def add(self, piece: str) -> None:
        """Put a piece at the end."""
        if piece:
            self._pieces.append(piece)
            if len(self._pieces) >= MOST_PIECES:
                self._wholes.append("".join(self._pieces))
                self._pieces.clear()

    def __str__(self) -> str:
        return "".join([*self._wholes, *self._pieces])
