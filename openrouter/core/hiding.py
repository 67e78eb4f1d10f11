"""Take secrets out of what a service said: some repeat the key in the refusal of a wrong one."""

from __future__ import annotations

import inspect
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dis import opmap
from traceback import walk_tb
from types import FrameType
from typing import Any, Final, cast

import attrs
from attrs import define, field

from .errors import OpenRouterError
from .wire import Headers

SHORTEST: Final = 16
"""Characters of a secret that are hidden wherever they stand; fewer may be a word of the text, and tell little."""
HIDDEN: Final = "[the key]"
LIBRARIES: Final = frozenset(
    {"openrouter", "httpx", "httpcore", "httpx2", "httpcore2", "h11", "h2", "hpack", "anyio", "trio"}
)
"""Whose frames hold requests and replies of ours."""

_RESUMABLE: Final = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
_WAITING: Final = frozenset({opmap["YIELD_VALUE"], opmap["RESUME"]})

_ESCAPE: Final = re.compile(
    r"\\+u00([0-9A-Fa-f]{2})|%([0-9A-Fa-f]{2})|&#[xX]([0-9A-Fa-f]{1,4});|&#(?P<decimal>[0-9]{1,4});"
)
"""One character as JSON, addresses and HTML write it; JSON within JSON has several backslashes."""

Hide = Callable[[str], str]


def hide(text: str, secrets: Iterable[str]) -> str:
    """Give a text without the secrets, and without any part of them of 16 characters or more, in any spelling."""
    plain, place = _unescaped(text)
    spans = sorted(span for secret in secrets for span in _spans(plain, secret))
    if not spans:
        return text
    kept, position = list[str](), 0
    for start, end in _joined(spans):
        kept += text[position : place(start)], HIDDEN
        position = place(end)
    return "".join([*kept, text[position:]])


def _spans(text: str, secret: str) -> Iterator[tuple[int, int]]:
    """Give where parts of a secret stand that are long enough to tell something of it."""
    for first in range(len(secret) - SHORTEST + 1):
        part = secret[first : first + SHORTEST]
        start = text.find(part)
        while start >= 0:
            yield start, start + SHORTEST
            start = text.find(part, start + 1)


def _joined(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Join spans that touch; they come in order."""
    start, end = spans[0]
    for following, last in spans:
        if following > end:
            yield start, end
            start = following
        end = last
    yield start, end


def _unescaped(text: str) -> tuple[str, Callable[[int], int]]:
    """Give a text with characters for escapes, and what turns a position in it into one in the original."""
    pieces, plain, original = list[str](), [0], [0]
    for escape in _ESCAPE.finditer(text):
        before = text[original[-1] : escape.start()]
        pieces += before, chr(int(escape[escape.lastindex or 0], 10 if escape["decimal"] else 16))
        plain.append(plain[-1] + len(before) + 1)
        original.append(escape.end())

    def place(position: int) -> int:
        last = bisect_right(plain, position) - 1
        return original[last] + position - plain[last]

    return "".join([*pieces, text[original[-1] :]]), place


def conceal(error: OpenRouterError, hidden: Hide) -> None:
    """Take secrets out of an error: of what it says and knows, of what it came from, and of its traceback.

    A cause that repeats a secret is dropped. Frames of ours and of the HTTP libraries that have come to their end let
    go of their locals: some hold the request as it was sent, or the reply as it came. What the caller was handling when
    the call began is left alone.
    """
    cleaner, links, seen = _Cleaner(hidden), list[BaseException]([error]), set[int]()
    while links:
        link = links.pop()
        if id(link) in seen:
            continue
        seen.add(id(link))
        _clear_frames(link)
        if isinstance(link, OpenRouterError):
            link.args = cleaner.clean(link.args)
            for name, value in vars(link).items():
                setattr(link, name, cleaner.clean(value))
        if _shows(link.__cause__, hidden):
            link.__cause__ = None
        if _shows(link.__context__, hidden):
            link.__context__ = None
        if link.__cause__ is not None:
            links.append(link.__cause__)
        if link.__context__ is not None and _was_caught_within(link.__context__):
            links.append(link.__context__)


def _clear_frames(error: BaseException) -> None:
    for frame, _ in walk_tb(error.__traceback__):
        if _is_of_a_library(frame) and not _may_go_on(frame):
            with suppress(RuntimeError):  # it is running
                frame.clear()


def _is_of_a_library(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__")).partition(".")[0] in LIBRARIES


def _may_go_on(frame: FrameType) -> bool:
    """Whether a frame is one of a generator that waits at a `yield` or `await`: to clear it would close that."""
    code = frame.f_code
    return bool(code.co_flags & _RESUMABLE) and code.co_code[frame.f_lasti] in _WAITING


def _was_caught_within(error: BaseException) -> bool:
    """Whether it was ours or a library's code that caught an error: if not, the caller did, before the call began."""
    at = error.__traceback__
    return at is None or _is_of_a_library(at.tb_frame)


def _shows(error: BaseException | None, hidden: Hide) -> bool:
    """Whether an error that is not ours to change shows a secret, or cannot be asked."""
    if error is None or isinstance(error, OpenRouterError):
        return False
    try:
        text = f"{error} {error!r} {vars(error)!r}"
    except Exception:  # noqa: BLE001 - code that is not ours, or a depth that Python cannot show: nobody knows what it is
        return True
    return hidden(text) != text


@define
class _Cleaner:
    """Cleans values in place, so that all who hold them see the same; each of them once, and at any depth."""

    hidden: Hide
    seen: set[int] = field(factory=set[int])
    waiting: list[object] = field(factory=list[object])
    """What was found and is still to be changed."""

    def clean(self, value: Any) -> Any:
        """Give a value without secrets: another text, but the same object of any kind that can change."""
        cleaned = self._cleaned(value)
        while self.waiting:
            self._change(self.waiting.pop())
        return cleaned

    def _cleaned(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.hidden(value)
        if isinstance(value, tuple):
            # no JSON has them, so there are never many within each other
            return tuple(map(self._cleaned, cast("tuple[object, ...]", value)))
        if id(value) not in self.seen:
            self.seen.add(id(value))
            self.waiting.append(value)
        return value

    def _change(self, value: object) -> None:
        if isinstance(value, Headers):
            # for whoever else reads it the mapping does not change: this is the one place that knows what to hide
            self._change(value._names())  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        elif isinstance(value, dict):
            fields = cast("dict[str, object]", value)
            items = [(self._cleaned(name), self._cleaned(item)) for name, item in fields.items()]
            fields.clear()
            fields.update(items)
        elif isinstance(value, list):
            value[:] = [self._cleaned(item) for item in cast("list[object]", value)]
        else:
            cls = type(value)
            for known in attrs.fields(cls) if attrs.has(cls) else ():
                # of frozen ones too, which are a promise to callers alone
                object.__setattr__(value, known.name, self._cleaned(getattr(value, known.name)))
