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
from .jsonreading import Fate, read_json

_OPENING: Final = re.compile(r"[{\[]")
_SHOWN: Final = 20
"""Characters of a text that a message shows."""


class FoundJSON(NamedTuple):
    """An object or array in a text."""

    value: Any
    start: int
    end: int


def extract_json(text: str) -> Any:
    """Give the first JSON object or array in a text, decoded: with prose around it, in a fence, or alone.

    Control characters in strings are taken as they are, as models write them; in all else it has to be JSON.

    Raises `TruncatedOutputError` where one begins and the text ends inside it, and `InvalidOutputError` where there is
    none; both have the text in `text`. It takes time in proportion to the length of the text, whatever is in it.
    """
    given: object = text
    if not isinstance(given, str):
        refuse("text", given, "a string")
    return next(find_json(text)).value


def find_json(text: str) -> Iterator[FoundJSON]:
    """Give the objects and arrays in a text, in order, but not those inside others; there is one, or this raises.

    Raises `TruncatedOutputError`, after all that are whole, where the text ends inside another one.
    """
    position, prose, flaws, is_found, is_quick = 0, set[int](), list[str](), False, True
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
            if reading.fate is Fate.CUT:
                raise _failed(
                    TruncatedOutputError, f"The text ends inside the JSON that begins {_place(text, start)}.", text
                )
            if reading.fate is Fate.PROSE:
                # In what was taken for strings there may still be JSON.
                prose.update(reading.brackets)
            elif reading.fate is Fate.BROKEN:
                flaws.append(f"The JSON that begins {_place(text, start)} breaks {_place(text, reading.broken_at)}.")
            elif (found := _decode(text, start)) is None:
                flaws.append(
                    f"The JSON that begins {_place(text, start)} is nested too deeply, or a number is too long."
                )
        if found is not None:
            is_found, position = True, found.end
            yield found
    if not is_found:
        raise _failed(
            InvalidOutputError, flaws[0] if flaws else "There is no JSON object and no array in the text.", text
        )


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


_SCAN: Final = make_scanner(cast("Any", json.JSONDecoder(strict=False, parse_constant=_refuse_constant)))


def _decode(text: str, start: int) -> FoundJSON | None:
    try:
        value, end = _SCAN(text, start)
    except (ValueError, StopIteration, RecursionError):
        return None
    return FoundJSON(value, start, end)


def _failed(kind: type[OutputError], message: str, text: str) -> OutputError:
    error = kind(message)
    error.text = text
    return error


def _place(text: str, position: int) -> str:
    return f"with {text[position : position + _SHOWN]!r} at character {position + 1}"
