"""Text that comes in pieces: what is put together on the way changes nothing."""

from __future__ import annotations

import pytest

from openrouter.replies.text import MOST_PIECES, Text


@pytest.mark.parametrize("number", [0, 1, MOST_PIECES - 1, MOST_PIECES, 2 * MOST_PIECES + 1])
def test_however_many_pieces_there_are_the_text_is_all_of_them(number: int) -> None:
    text, pieces = Text(), [f"{place} " for place in range(number)]
    for piece in pieces:
        text.add(piece)
        text.add("")
    for _ in range(2):
        assert str(text) == "".join(pieces)
