"""Everything that could show a secret, gathered and searched: what the package prints, and what others print of it."""

from __future__ import annotations

import gc
import logging
import pickle
import traceback
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import AsyncGeneratorType, CoroutineType, FrameType, FunctionType, GeneratorType, MethodType, ModuleType
from typing import Any, cast
from urllib.parse import quote

import rich.pretty

import openrouter
from openrouter.core.secret import Sealed
from openrouter.core.sse import EventDecoder
from openrouter.core.variables import Variables

OURS = (str(Path(openrouter.__file__).parent), "<attrs generated")
"""Where the code of the package is, also that which attrs writes for it."""

ON_PURPOSE = (Sealed, Variables, EventDecoder)
"""What may hold a secret, as long as only `reveal` and private names give it out."""

SUSPENDED = {
    GeneratorType: ("gi_frame", "gi_yieldfrom"),
    CoroutineType: ("cr_frame", "cr_await"),
    AsyncGeneratorType: ("ag_frame", "ag_await"),
}


def forms(secret: str) -> set[str]:
    """Give every part of 16 characters, and the whole in the spellings that something could have given it."""
    parts = {secret[start : start + 16] for start in range(len(secret) - 15)}
    # base64 of text at any place within other text, without the characters that its neighbours have a share in
    encoded = {b64encode(b"x" * shift + secret.encode()).decode().rstrip("=")[4:-4] for shift in range(3)}
    escaped = {"".join(f"%{ord(character):02X}" for character in secret), quote(secret, safe="")}
    return parts | encoded | escaped | {secret.encode().hex()}


class Shown:
    """Texts, with where they were found."""

    def __init__(self) -> None:
        self.texts: list[tuple[str, str]] = []
        self._seen = dict[int, object]()

    def add(self, where: str, text: str) -> None:
        self.texts.append((where, text))

    def leaks(self, *secrets: str) -> list[str]:
        """Give where something of a secret is shown."""
        assert self.texts, "nothing was gathered"
        everything = "\0".join(text for _, text in self.texts)
        found = [form for secret in secrets for form in forms(secret) if form in everything]
        return [f"{where}: {text[:2000]}" for where, text in self.texts if any(form in text for form in found)]

    # --- objects ------------------------------------------------------------------------------------------------------

    def walk(self, value: Any, where: str) -> None:
        """Add the repr of an object, and of all that can be reached from it through attributes and containers."""
        pending = [(value, where)]
        while pending:
            found, path = pending.pop()
            if id(found) not in self._seen:
                self._seen[id(found)] = found  # kept, so that no other gets its id
                self.add(path, self._repr(found))
                pending += [(item, f"{path}{step}") for step, item in _parts(found)]

    @staticmethod
    def _repr(value: object) -> str:
        try:
            return repr(value)
        except Exception as error:  # noqa: BLE001 - a repr that fails is a mistake of its own
            return f"REPR FAILED {error!r}"

    # --- errors -------------------------------------------------------------------------------------------------------

    def error(self, error: BaseException) -> None:
        """Add all that tracebacks show of an error and of what it came from, with the locals of our frames."""
        pending = list[BaseException | None]([error])
        while pending:
            link = pending.pop()
            if link is None or id(link) in self._seen:
                continue
            name = type(link).__name__
            self.add(f"str of {name}", f"{link} {link!r} {link.args!r} {vars(link)!r}")
            if isinstance(link, openrouter.OpenRouterError):
                self.walk(vars(link), name)
                for protocol in (0, pickle.HIGHEST_PROTOCOL):
                    self.add(f"pickle of {name}", pickle.dumps(link, protocol).decode("latin-1"))
                    again = pickle.loads(pickle.dumps(link, protocol))  # noqa: S301 - our own
                    self.walk(again, f"unpickled {name}")
            self._traceback(link)
            self._seen[id(link)] = link
            pending += [link.__cause__, link.__context__]

    def _traceback(self, error: BaseException) -> None:
        ours = [each for each in traceback.walk_tb(error.__traceback__) if _is_ours(each[0])]
        for frame, line in ours:
            for name, value in frame.f_locals.items():
                where = f"{frame.f_code.co_filename}:{line} {frame.f_code.co_name}() {name}"
                self.walk(value, where)
                self.add(f"{where} as rich shows it", rich.pretty.pretty_repr(value, max_string=20))
        stack = traceback.StackSummary.extract(iter(ours), capture_locals=True)
        self.add("traceback with locals", "".join(stack.format()))
        self.add("traceback", "".join(traceback.format_exception(error)))

    # --- logs ---------------------------------------------------------------------------------------------------------

    @contextmanager
    def logging(self) -> Iterator[list[logging.LogRecord]]:
        """Add every record of every logger, at whatever level, with its fields."""
        records: list[logging.LogRecord] = []

        class Handler(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                records.append(record)

        root, handler = logging.getLogger(), Handler(level=1)
        before = root.level
        root.addHandler(handler)
        root.setLevel(1)
        try:
            yield records
        finally:
            root.setLevel(before)
            root.removeHandler(handler)
            for record in records:
                self.add(f"log of {record.name}", f"{record.getMessage()} {vars(record)!r}")


def _is_ours(frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith(OURS)


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    """Give what can be reached from an object in one step; of other libraries' objects only their repr counts."""
    if isinstance(value, (*ON_PURPOSE, ModuleType, type)):
        return
    if isinstance(value, Mapping):
        yield from ((f"[{name!r}]", item) for name, item in cast("Mapping[Any, Any]", value).items())
    elif isinstance(value, list | tuple | set | frozenset):
        yield from ((f"[{position}]", item) for position, item in enumerate(cast("list[Any]", value)))
    elif isinstance(value, FunctionType):
        yield from (("()", content) for cell in value.__closure__ or () for content in gc.get_referents(cell))
    elif isinstance(value, tuple(SUSPENDED)):
        frame, awaited = (getattr(value, name) for name in SUSPENDED[type(value)])
        yield ".awaited", awaited
        if frame is not None and _is_ours(frame):
            yield ".locals", frame.f_locals
    else:
        yield from _attributes(value)


def _attributes(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, partial):
        names = {"func", "args", "keywords"}
    elif isinstance(value, MethodType):
        names = {"__self__", "__func__"}
    elif str(type(value).__module__).startswith("openrouter"):
        slots = (name for cls in type(value).__mro__ for name in getattr(cls, "__slots__", ()))
        names = {*slots, *getattr(value, "__dict__", {})}
    else:
        names = set[str]()
    yield from ((f".{name}", getattr(value, name)) for name in sorted(names) if hasattr(value, name))
