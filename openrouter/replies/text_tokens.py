"""About how many tokens a text has, without a tokenizer: by scripts, words, digits, punctuation and white space.

A text becomes one byte a character, which says what kind of character it is; what follows are counts in that. So a
megabyte takes some hundredths of a second, whatever is in it. The weights were fitted to public tokenizers (those of
GPT-4, GPT-4o and newer, DeepSeek, older Claude, and an older one of 32,000 tokens), on prose in twenty languages, code,
JSON, tables and logs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

_KINDS: Final = (
    (0x00, 0x1F, "n"),  # line ends and tabs
    (0x20, 0x20, "s"),
    (0x30, 0x39, "d"),
    (0x41, 0x5A, "U"),
    (0x61, 0x7A, "l"),
    (0xC2, 0xC2, "t"),  # signs of Latin-1
    (0xC3, 0xCC, "a"),  # letters with accents
    (0xCD, 0xCF, "g"),
    (0xD0, 0xD4, "c"),
    (0xD5, 0xD5, "e"),
    (0xD6, 0xDF, "w"),
    (0xE0, 0xE0, "i"),
    (0xE1, 0xE1, "e"),
    (0xE2, 0xE2, "t"),
    (0xE3, 0xE3, "k"),
    (0xE4, 0xE9, "h"),
    (0xEA, 0xED, "o"),
    (0xEE, 0xEF, "t"),
    (0xF0, 0xFF, "m"),
)
"""Kinds of characters by their first byte in UTF-8; what is not named is punctuation, `p`."""
_OTHERS: Final[Mapping[bytes, tuple[float, float]]] = {
    b"a": (0.9, 3.0),  # Latin letters with accents: words in other languages than English have more tokens
    b"c": (0.31, 0.8),  # Cyrillic
    b"g": (0.42, 1.5),  # Greek
    b"w": (0.42, 1.5),  # Hebrew, Arabic
    b"i": (0.44, 2.4),  # scripts of India, Thai, Lao
    b"e": (0.45, 2.6),  # Armenian, Georgian, Burmese, Khmer, Vietnamese
    b"k": (0.72, 1.8),  # kana
    b"h": (0.7, 2.0),  # Chinese characters
    b"o": (0.7, 2.0),  # hangul
    b"m": (1.7, 4.0),  # emoji, and what is rare
    b"t": (1.0, 3.0),  # signs
}
"""Tokens for one character: about as many as newer tokenizers make of it, and more than any of those looked at."""
_MOST: Final = 2.1
"""What is written in ASCII has at most so many times the tokens that are expected."""
_FOLLOWING: Final = bytes(range(0x80, 0xC0))
"""Bytes of UTF-8 that begin no character."""


def _by_kind() -> bytes:
    table = bytearray(b"p" * 256)
    for first, last, kind in _KINDS:
        table[first : last + 1] = kind.encode() * (last + 1 - first)
    return bytes(table)


_KIND: Final = _by_kind()
_WORDS: Final = bytes(byte if byte in b"Ulae" else ord(" ") for byte in range(256))
"""Leaves what words are made of, and makes space of all else."""


class TextTokens(NamedTuple):
    """How many tokens a text has."""

    expected: float
    most: float


def text_tokens(text: str) -> TextTokens:
    """Estimate how many tokens a text has, for a tokenizer of these days, and at most for practically any."""
    kinds = text.encode("utf-8", "surrogatepass").translate(_KIND, _FOLLOWING)
    expected = _words(kinds) + _digits(kinds) + _signs(kinds) + _space(kinds)
    most = expected * _MOST
    if not text.isascii():
        for kind, (each, at_most) in _OTHERS.items():
            found = kinds.count(kind)
            expected, most = expected + found * each, most + found * at_most
    return TextTokens(expected, most)


def _words(kinds: bytes) -> float:
    """Count words: a short one is a token, as is each part of `camelCase`; long ones are more, and capitals too."""
    words = len(kinds.translate(_WORDS).split()) + kinds.count(b"lU") + kinds.count(b"UUl")
    return words + 0.35 * kinds.count(b"l" * 6) + 0.45 * kinds.count(b"l" * 10) + 0.35 * kinds.count(b"UUU")


def _digits(kinds: bytes) -> float:
    """Count groups of up to three digits, and the space before a number, which belongs to none."""
    threes = kinds.replace(b"ddd", b"D")
    return threes.count(b"D") + threes.count(b"d") - threes.count(b"dd") + 0.9 * kinds.count(b"sd")


def _signs(kinds: bytes) -> float:
    """Count punctuation: several signs in a row are often one token, and one before a word is part of it."""
    before_words = kinds.count(b"pl") + kinds.count(b"pU")
    return 0.8 * kinds.count(b"p") - 0.25 * kinds.count(b"pp") - 0.4 * before_words


def _space(kinds: bytes) -> float:
    """Count line ends, tabs and indents; a space between words is part of the next one."""
    indents = 0.5 * kinds.count(b"ss") - 0.3 * kinds.count(b"ssss")
    return kinds.count(b"n") - 0.9 * kinds.count(b"nn") + indents
