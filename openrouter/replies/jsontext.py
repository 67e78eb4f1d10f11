"""JSON in any text: among prose, in fences, behind thoughts, or cut off.

What begins with `{` or `[` and reads as JSON up to its closing bracket is JSON. A bracket that does not go on as JSON
is prose, such as `[see below]`. An object that has a key, or an array that has a whole object or array in it, was meant
as JSON: where such a one breaks, nothing inside it is taken for the answer, and the search goes on behind its end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from json.scanner import make_scanner
from typing import Any, Final, NamedTuple, NoReturn, cast

from ..core.arguments import refuse
from ..core.errors import InvalidOutputError, OutputError, TruncatedOutputError
from .jsonreading import Fate, Reading, read_json

_OPENING: Final = re.compile(r"[{\[]")
_FENCE: Final = re.compile(r"```\w*+(.*)```", re.DOTALL)
_SHOWN: Final = 20
"""Characters of a text that a message shows."""
NONE_FOUND: Final = "There is no JSON object and no array in the text"


class FoundJSON(NamedTuple):
    """An object or array in a text."""

    value: Any
    start: int
    end: int


class BrokenJSON(NamedTuple):
    """What was meant to be an object or array, and is none."""

    why: str
    """In words, without a full stop."""
    start: int
    end: int
    is_cut: bool
    """It is JSON as far as it goes: the text ends in it."""


def extract_json(text: str) -> Any:
    """Give the first JSON object or array in a text, decoded: with prose around it, in a fence, or alone.

    Control characters in strings are taken as they are, as models write them; in all else it has to be JSON.

    Raises `TruncatedOutputError` where one begins and the text ends inside it, and `InvalidOutputError` where there is
    none; both have the text in `text`. It takes time in proportion to the length of the text, whatever is in it.
    """
    given: object = text
    if not isinstance(given, str):
        refuse("text", given, "a string")
    why = ""
    for found in find_json(text):
        if isinstance(found, FoundJSON):
            return found.value
        if found.is_cut:
            raise _failed(TruncatedOutputError, found.why, text)
        why = why or found.why
    raise _failed(InvalidOutputError, why or NONE_FOUND, text)


def find_json(text: str, position: int = 0) -> Iterator[FoundJSON | BrokenJSON]:
    """Give the objects and arrays in a text, whole or broken, in order, but not those inside others.

    One that is cut off is the last.
    """
    prose, is_quick = set[int](), True
    while opening := _OPENING.search(text, position):
        start, position = opening.start(), opening.end()
        if start in prose:
            continue
        found = _decode(text, start) if is_quick else None
        if found is None:
            # What the decoder refuses costs it a look at all that stands before: it may do so once.
            is_quick = False
            reading = read_json(text, start)
            position = reading.end
            if reading.fate is Fate.PROSE:
                # In what was taken for strings there may still be JSON.
                prose.update(reading.brackets)
                continue
            found = _decode(text, start) if reading.fate is Fate.WHOLE else None
            if found is None:
                yield _broken(text, start, reading)
                continue
        position = found.end
        yield found


def whole_json(text: str) -> FoundJSON | None:
    """Give the JSON value of any kind that is all there is in a text, or in the fence in it; None where it has more."""
    alone = text.strip()
    if fence := _FENCE.fullmatch(alone):
        alone = fence[1].strip()
    found = _decode(alone, 0)
    return found if found is not None and found.end == len(alone) else None


def _broken(text: str, start: int, reading: Reading) -> BrokenJSON:
    is_cut = reading.fate is Fate.CUT
    if is_cut:
        why = f"The text ends inside the JSON that begins {_place(text, start)}"
    elif reading.fate is Fate.BROKEN:
        why = f"The JSON that begins {_place(text, start)} breaks {_place(text, reading.broken_at)}"
    else:
        why = f"The JSON that begins {_place(text, start)} is nested too deeply, or a number is too long"
    return BrokenJSON(why, start, reading.end, is_cut)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


_SCAN: Final = make_scanner(cast("Any", json.JSONDecoder(strict=False, parse_constant=_refuse_constant)))


def _decode(text: str, start: int) -> FoundJSON | None:
    try:
        value, end = _SCAN(text, start)
    except (ValueError, StopIteration, RecursionError):
        return None
    return FoundJSON(value, start, end)


def _failed(kind: type[OutputError], why: str, text: str) -> OutputError:
    error = kind(f"{why}.")
    error.text = text
    return error


def _place(text: str, position: int) -> str:
    return f"with {text[position : position + _SHOWN]!r} at character {position + 1}"
