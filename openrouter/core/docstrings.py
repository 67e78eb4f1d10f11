"""What a docstring says of a function or class, and of each parameter or field, in Google, NumPy or Sphinx style."""

from __future__ import annotations

import re
from inspect import cleandoc
from typing import Final, NamedTuple

_TITLE: Final = re.compile(r"(?:(?:Other|Keyword) )?(?:Parameters|Params|Arguments|Args|Attributes):?")
_UNDERLINE: Final = re.compile(r"-{3,}|={3,}")
_GOOGLE_ENTRY: Final = re.compile(r"\*{0,2}(?P<names>\w+)(?:\s*\(.*?\))?\s*:(?:\s+(?P<text>.*))?")
_NUMPY_ENTRY: Final = re.compile(r"(?P<names>[*\w]+(?:\s*,\s*[*.\w]+)*)(?:\s*:.*)?(?P<text>)")
_FIELD: Final = re.compile(
    r":(?P<kind>param|parameter|arg|argument|key|keyword|ivar|var|type)\s(?:[^:]*\s)?[\\*]*(?P<name>\w+)\s*:(?P<text>.*)"
)


class Docstring(NamedTuple):
    """A docstring, taken apart."""

    description: str
    """All of it but what is said about the parameters or fields."""
    parameters: dict[str, str]
    """What is said about a parameter, on one line, by its name; those that nothing is said about are left out."""


def read_docstring(text: str) -> Docstring:
    """Take a docstring apart; one in a style that is not known is description from end to end."""
    lines = [line.rstrip() for line in cleandoc(text).splitlines()]
    if lines and _TITLE.fullmatch(lines[0]) and not _is_underlined(lines, 0):
        # Where all the rest stands below the title on the first line, it has lost its margin.
        indented = [lines[0], *(f"    {line}".rstrip() for line in lines[1:])]
        lines = lines if _block(lines, 0)[1] or not _block(indented, 0)[1] else indented
    kept: list[str] = []
    parameters: dict[str, str] = {}
    at = 0
    while at < len(lines):
        end, found = _block(lines, at)
        if end == at:
            kept.append(lines[at])
            end += 1
        parameters |= found
        at = end
    description = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
    return Docstring(description, {name: said for name, said in parameters.items() if said})


def _block(lines: list[str], at: int) -> tuple[int, dict[str, str]]:
    """Give where the block about parameters ends that begins at a line, which is that line where none does."""
    if field := _FIELD.fullmatch(lines[at]):
        end = at + 1
        while end < len(lines) and lines[end] and not lines[end].startswith(":"):
            end += 1
        end = _end_of_indented(lines, end)
        said = _on_one_line([field["text"], *lines[at + 1 : end]])
        return end, {} if field["kind"] == "type" else {field["name"]: said}
    if not _TITLE.fullmatch(lines[at]):
        return at, {}
    if _is_underlined(lines, at):
        start, form = at + 2, _NUMPY_ENTRY
        end = _end_of_numpy(lines, start)
    else:
        start, form = at + 1, _GOOGLE_ENTRY
        end = _end_of_indented(lines, start)
    found = _entries(lines[start:end], form)
    return (end, found) if found else (at, {})


def _is_underlined(lines: list[str], at: int) -> bool:
    return at + 1 < len(lines) and _UNDERLINE.fullmatch(lines[at + 1]) is not None


def _end_of_indented(lines: list[str], start: int) -> int:
    """Give where indented lines end; blank ones among them belong to them."""
    end = start
    for at in range(start, len(lines)):
        if lines[at].startswith(" "):
            end = at + 1
        elif lines[at]:
            break
    return end


def _end_of_numpy(lines: list[str], start: int) -> int:
    """Give where entries and the indented lines below them end: at the next title, or at other text."""
    for at in range(start, len(lines)):
        is_text = lines[at] and not lines[at].startswith(" ")
        if is_text and (_is_underlined(lines, at) or not _NUMPY_ENTRY.fullmatch(lines[at])):
            return at
    return len(lines)


def _entries(lines: list[str], form: re.Pattern[str]) -> dict[str, str]:
    """Give what is said about each name; the lines that are indented like the first one begin an entry."""
    margin = min((len(line) - len(line.lstrip()) for line in lines if line), default=0)
    found: dict[str, list[str]] = {}
    said: list[str] = []
    for line in lines:
        if entry := form.fullmatch(line, margin):
            said = [entry["text"] or ""]
            found.update(dict.fromkeys(re.findall(r"\w+", entry["names"]), said))
        else:
            said.append(line)
    return {name: _on_one_line(texts) for name, texts in found.items()}


def _on_one_line(texts: list[str]) -> str:
    return " ".join(" ".join(texts).split())
