"""Text of a model, made safe for a terminal."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from openrouter.cli.cleaning import Cleaner


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\ttext\nin lines, Grüße 世界 🙂\u2028", "plain\ttext\nin lines, Grüße 世界 🙂\u2028"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[38;2;255;0;0mred\x1b[m", "red"),
        ("\x9b2Jcleared", "cleared"),
        ("\x1b(0line\x1b7\x1b8\x1bc", "line"),
        ("\x1b]0;title\x07text", "0;titletext"),
        ("over\rwritten\r\nnext\x08\x7f\x00\x85", "overwritten\nnext"),
        ("\x1b\x1b[0m[31mnested", "[31mnested"),
        ("\x1b[31\nbroken", "[31\nbroken"),
    ],
)
def test_what_could_drive_a_terminal_goes(text: str, shown: str) -> None:
    assert Cleaner().feed(text) == shown


@pytest.mark.parametrize("sequence", ["\x1b[38;5;196m", "\x9b1;1H", "\x1b(0", "\x1b7"])
def test_a_sequence_may_lie_across_pieces(sequence: str) -> None:
    for cut in range(len(sequence) + 1):
        cleaner = Cleaner()
        assert cleaner.feed("a" + sequence[:cut]) + cleaner.feed(sequence[cut:] + "b") == "ab"


def test_what_never_becomes_a_sequence_is_not_held_back_for_ever() -> None:
    cleaner = Cleaner()
    assert cleaner.feed("\x1b[" + "1;" * 40) == "[" + "1;" * 40
    assert cleaner.feed(" next") == " next"


@given(st.lists(st.text(st.sampled_from("\x1b\x9b\x07\r\n\t[]()0;mHJ ~a\\"), max_size=8)))
def test_no_control_character_gets_through_and_no_other_text_is_lost(pieces: list[str]) -> None:
    cleaner = Cleaner()
    shown = "".join(map(cleaner.feed, pieces))
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", shown)
    assert shown.count("\n") == "".join(pieces).count("\n")


@given(st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=126))))
def test_plain_text_comes_out_as_it_went_in_and_at_once(pieces: list[str]) -> None:
    cleaner = Cleaner()
    assert [cleaner.feed(piece) for piece in pieces] == pieces
