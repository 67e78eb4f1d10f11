"""Says how a text that a JSON decoder refuses goes on behind a bracket: as prose, as broken JSON, or not at all."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final, NamedTuple, cast

from attrs import define, field

_TOKEN: Final = re.compile(
    r"""[ \t\n\r]*+
    (?: (?P<string> "(?: [^"\\]++ | \\["\\/bfnrt] | \\u[0-9a-fA-F]{4} )*+ (?P<end>")? )
      | (?P<word> [-+.\w]++ )
      | (?P<mark> [\[\]{}:,] )
    )?""",
    re.VERBOSE | re.ASCII,
)
_WORD: Final = re.compile(r"true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?", re.ASCII)
_PART_OF_WORD: Final = re.compile(
    r"t(?:ru?)?|f(?:a(?:ls?)?)?|n(?:ul?)?|-?(?:(?:0|[1-9]\d*)(?:\.\d*)?(?:(?<=\d)[eE][-+]?\d*)?)?", re.ASCII
)
_PART_OF_ESCAPE: Final = re.compile(r"(?:\\(?:u[0-9a-fA-F]{0,3})?)?")
_BRACKET: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?|(?P<opening>[{\[])|(?P<closing>[]}])', re.DOTALL)
"""A bracket outside of strings, or a string."""

_VALUE: Final = frozenset({"{", "[", "string", "word"})
_KEY: Final = frozenset({"string"})
_WITHIN: Final = {"{": _KEY | {"}"}, "[": _VALUE | {"]"}}
"""What may follow an opening bracket."""
_BEHIND: Final = {"{": frozenset({",", "}"}), "[": frozenset({",", "]"})}
"""What may follow a value in brackets."""
_NOT_JSON: Final = "?"


class Fate(Enum):
    """What became of reading a text as JSON."""

    WHOLE = "whole"
    CUT = "cut"
    """It is JSON as far as it goes."""
    BROKEN = "broken"
    """It is none, and was meant to be."""
    PROSE = "prose"
    """It is none, and need not have been meant to be."""


class Reading(NamedTuple):
    """What was read."""

    fate: Fate
    end: int
    """Where to go on: behind it, or behind the first bracket where it was prose."""
    broken_at: int = 0
    """Where it is no more JSON."""
    brackets: tuple[int, ...] = ()
    """Which opening brackets of prose were none of JSON."""


class _Token(NamedTuple):
    kind: str
    """The character itself, `string`, `word`, or what never fits; the empty string at the end of the text."""
    start: int
    end: int
    is_cut: bool = False
    """The text ends in it, or with it."""


def read_json(text: str, start: int) -> Reading:
    """Read a text as JSON from an opening bracket on, as far as it is."""
    return _Nesting(text).read(start)


@define
class _Nesting:
    """The brackets that a reading is in."""

    text: str
    open: list[int] = field(factory=list[int])
    """Where they stand."""
    meant: int | None = None
    """Which of them is the outermost that was meant as JSON."""

    def read(self, start: int) -> Reading:
        wanted, position = _VALUE, start
        while True:
            token = _token(self.text, position)
            if token.kind not in wanted and token.kind:
                return self._broken(token.start, start)
            if token.is_cut:
                return Reading(Fate.CUT, token.end)
            position = token.end
            if token.kind in _WITHIN:
                self.open.append(token.start)
                wanted = _WITHIN[token.kind]
                continue
            if token.kind in {"}", "]"}:
                self.open.pop()
                if not self.open:
                    return Reading(Fate.WHOLE, position)
            wanted = self._next(token.kind, wanted)

    def _next(self, kind: str, wanted: frozenset[str]) -> frozenset[str]:
        """Say what may follow a token that was wanted."""
        holder = self.text[self.open[-1]]
        if kind == ",":
            return _KEY if holder == "{" else _VALUE
        if kind == "string" and "word" not in wanted:
            return frozenset({":"})
        if kind in {":", "}", "]"}:
            innermost = len(self.open) - 1
            self.meant = innermost if self.meant is None else min(self.meant, innermost)
        return _VALUE if kind == ":" else _BEHIND[holder]

    def _broken(self, position: int, start: int) -> Reading:
        if self.meant is None:
            return Reading(Fate.PROSE, start + 1, position, tuple(self.open))
        depth = len(self.open) - self.meant
        for found in _BRACKET.finditer(self.text, position):
            depth += (found["opening"] is not None) - (found["closing"] is not None)
            if not depth:
                return Reading(Fate.BROKEN, found.end(), position)
        return Reading(Fate.BROKEN, len(self.text), position)


def _token(text: str, position: int) -> _Token:
    """Give what stands next in a text."""
    found = cast("re.Match[str]", _TOKEN.match(text, position))
    kind, end = found.lastgroup, found.end()
    is_last = end == len(text)
    if kind is None:
        return _Token("" if is_last else _NOT_JSON, end, end, is_last)
    start = found.start(kind)
    if kind == "mark":
        return _Token(found[kind], start, end)
    if kind == "string":
        is_cut = found["end"] is None
        fits = not is_cut or bool(_PART_OF_ESCAPE.fullmatch(text, end))
    else:
        is_cut = is_last
        fits = bool(_WORD.fullmatch(found[kind]) or (is_last and _PART_OF_WORD.fullmatch(found[kind])))
    return _Token(kind if fits else _NOT_JSON, start, end, is_cut)
