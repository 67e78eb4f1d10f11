"""Which headers can be sent, and what is said of those that cannot."""

from __future__ import annotations

from typing import Any

import pytest

from openrouter.core.header_rules import flaw_of_headers, flaw_of_value
from openrouter.core.secret import Mistyped


def test_good_headers() -> None:
    assert flaw_of_headers({}) == ""
    assert flaw_of_headers({"X-A": "b\tc", "x!#$": "é", "Empty": ""}) == ""


@pytest.mark.parametrize("name", ["", "X A", "X:A", "X\r\nA", "Ä", 5, None, "content-length", "Transfer-Encoding"])
def test_names(name: Any) -> None:
    assert flaw_of_headers({"X-Good": "a", name: "hush"}).startswith(f"header name={name!r} cannot be sent: ")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("hush\r\nX-Evil: 1", "has a control character, such as a line break"),
        ("hush\x00", "has a control character, such as a line break"),
        ("hush\x7f", "has a control character, such as a line break"),
        ("hush ☕", "has a character outside Latin-1"),
        (Mistyped("bytes"), "has to be a string, not <bytes>"),
    ],
)
def test_values(value: Any, said: str) -> None:
    assert flaw_of_value(value) == said
    assert flaw_of_headers({"X-A": value}) == f"The header X-A cannot be sent: its value {said}."
