"""Parts of messages: text, media, and what of them is read only when a request is built."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias

import attrs
from attrs import define, field, setters

from ..core.arguments import refuse
from ..core.structuring import Unbuilt
from .media import (
    MEDIA_TYPES,
    Content,
    Medium,
    declared_format,
    encoded,
    name_in,
    shown_path,
    shown_text,
    taken_apart,
    unfit,
)
from .request_body import items, mapping


class BinaryFile(Protocol):
    """A file that is open in binary mode, or what can be read like one."""

    def read(self) -> bytes:
        """Give all that is left."""
        ...


Source: TypeAlias = "str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryFile"
"""Where content is: a path, an http(s) URL, a data URL, the content itself, or an open binary file."""
Part: TypeAlias = "Mapping[str, Any] | PathPart"
"""A part of a message: a dict as the API takes it, or one that is read when the request is built."""

_SCHEME: Final = re.compile(r"(data):|([a-z][a-z0-9+.-]+)://", re.IGNORECASE)
_ADDRESSES: Final = ("http", "https")
_LIKE_BASE64: Final = re.compile(r"[\w+/\s-]{64,}={0,2}\s*", re.ASCII)
_NO_FILE: Final = (
    "it is no file that has an end, but a pipe, a socket or a device, from which nothing may ever come. "
    "Open it yourself, and give the file object, or bytes."
)
_PAYLOADS: Final[Mapping[str, tuple[str, type]]] = {
    "text": ("text", str),
    "image_url": ("image_url", Mapping),
    "input_audio": ("input_audio", Mapping),
    "video_url": ("video_url", Mapping),
    "input_video": ("video_url", Mapping),
    "file": ("file", Mapping),
}
"""The field that a part of each type has, and what it holds."""
_MARKS: Final = frozenset({"type", "cache_control", "prompt_cache_breakpoint"})


@define(repr=False, on_setattr=setters.frozen)
class PathPart(Unbuilt):
    """A part that stands for a file, which is read and encoded when the first request is built of it, and once only.

    Two are equal when they name the same path in the same words; whether the files are equal is not looked at. A copy,
    a pickled one too, has the content that was read, and reads the file itself where none was.
    """

    medium: Medium
    path: str
    format: str | None = None
    """The format that was declared."""
    more: Mapping[str, Any] = field(factory=dict[str, Any])
    """What the API takes beside the content."""
    cache_control: Mapping[str, Any] | None = None
    _read: dict[str, Any] | None = field(default=None, init=False, eq=False, on_setattr=setters.NO_OP)

    def to_dict(self) -> dict[str, Any]:
        """Give the part as the API takes it; raise `InvalidArgumentError` for a file that cannot be sent."""
        if self._read is None:
            self._read = _built(self.medium, self._content(), self.more, Path(self.path).name)
        kind = self.medium.type
        made = {"type": kind, kind: dict(self._read[kind])}
        return made if self.cache_control is None else {**made, "cache_control": dict(self.cache_control)}

    def _content(self) -> Content:
        shown = shown_path(self.path)
        try:
            mode = Path(self.path).stat().st_mode
            # To open a pipe waits until someone writes into it.
            data = Path(self.path).read_bytes() if stat.S_ISREG(mode) else None
        except (OSError, ValueError) as error:
            why = (isinstance(error, OSError) and error.strerror) or str(error)
            way_out = ""
            if _LIKE_BASE64.fullmatch(self.path):
                way_out = f" If it is base64, put data:{MEDIA_TYPES[self.medium.formats[0]]};base64, before it."
            raise unfit(self.medium, shown, f"the file cannot be read: {why}.{way_out}") from error
        if data is None:
            raise unfit(self.medium, shown, "it is a directory." if stat.S_ISDIR(mode) else _NO_FILE)
        return encoded(self.medium, data, self.format, self.path, shown)

    def __repr__(self) -> str:
        told = {str(self.medium.declared_by): self.format, **self.more}
        more = "".join(f", {name}={value!r}" for name, value in told.items() if value is not None)
        shown = f"{self.medium.maker}({shown_path(self.path)}{more})"
        if self.cache_control is None:
            return shown
        ttl = self.cache_control.get("ttl")
        return f"cache({shown}, ttl={ttl!r})" if ttl else f"cache({shown})"


def text_part(text: str) -> dict[str, Any]:
    """Give a part of text."""
    return {"type": "text", "text": text}


def media_part(
    medium: Medium, source: Source, declared: str | None, more: Mapping[str, Any]
) -> dict[str, Any] | PathPart:
    """Make a part of a source; only what is at a path is left to be read later."""
    told = declared_format(medium, declared)
    given: Any = source
    if isinstance(source, str):
        address = source.strip()
        if found := _SCHEME.match(address):
            return _from_address(medium, address, (found[1] or found[2]).lower(), told, more)
        if not address:
            refuse("source", source, "a path, a URL, bytes or a binary file")
        return PathPart(medium, source, told, more)
    if isinstance(source, bytes | bytearray | memoryview):
        return _built(medium, encoded(medium, bytes(source), told, "", f"<{len(source)} bytes>"), more, "")
    if isinstance(source, os.PathLike):
        return PathPart(medium, os.fsdecode(given), told, more)
    if not callable(getattr(given, "read", None)):
        refuse("source", given, "a path, a URL, bytes or a binary file")
    return _from_file(medium, given, told, more)


def marked(part: str | Part, ttl: str | None) -> dict[str, Any] | PathPart:
    """Give a part with the marker up to which a prompt is cached."""
    given: object = part
    marker = {"type": "ephemeral", **({} if ttl is None else {"ttl": ttl})}
    if isinstance(given, str):
        return {**text_part(given), "cache_control": marker}
    if isinstance(part, PathPart):
        return attrs.evolve(part, cache_control=marker)
    if not isinstance(part, Mapping) or "role" in part or "type" not in part:
        wanted = "a string, a part of a message, or the definition() of a tool; messages are cached by their parts"
        refuse("part", given, wanted)
    return {**part, "cache_control": marker}


def content_of(maker: str, parts: tuple[str | Part, ...], *, text_only: bool = False) -> str | list[Any]:
    """Make the content of a message; a single string stays one."""
    if not parts:
        refuse(f"{maker}()", parts, "called with text or parts")
    if len(parts) == 1 and isinstance(parts[0], str):
        return parts[0]
    return [_part(f"{maker}()[{place}]", part, text_only=text_only) for place, part in enumerate(parts)]


def is_part(value: object) -> bool:
    """Whether a value is a part of a message, and cannot be taken for data that look a little like one."""
    if isinstance(value, PathPart):
        return True
    fields = mapping(value)
    kind = fields.get("type")
    if not isinstance(kind, str) or kind not in _PAYLOADS:
        return False
    held, payload = _PAYLOADS[kind]
    return isinstance(fields.get(held), payload) and fields.keys() <= {held, *_MARKS}


def refuse_content(name: str, value: object) -> None:
    """Refuse a part with its content somewhere in JSON, where a model would get that as text, token by token."""
    fields = mapping(value)
    held = mapping(fields.get(str(fields.get("type"))))
    is_sound = fields.get("type") == "input_audio" and "data" in held
    if is_sound or any(str(each).startswith("data:") for each in held.values()):
        wanted = "JSON: parts, as image() and the like make them, stand alone, or in a list beside text and other parts"
        refuse(name, value, wanted)
    for place, item in fields.items() or enumerate(items(value)):
        refuse_content(f"{name}[{place!r}]", item)


def _part(name: str, part: object, *, text_only: bool) -> Any:
    if isinstance(part, str):
        return text_part(part)
    fields = mapping(part)
    if not isinstance(part, PathPart) and ("role" in fields or not isinstance(fields.get("type"), str)):
        wanted = (
            "text, or one part: image(), pdf(), audio(), video() and file() make them; those of a list go in singly"
        )
        refuse(name, part, wanted)
    if text_only and fields.get("type") != "text":
        refuse(name, part, "text: the API takes nothing else in this role")
    return part


def _built(medium: Medium, content: Content, more: Mapping[str, Any], name: str) -> dict[str, Any]:
    if medium.key == "data":
        return medium.part(content.base64, {"format": content.format, **more})
    return medium.part(content.data_url, _with_name(medium, more, name, content.format))


def _with_name(medium: Medium, more: Mapping[str, Any], name: str, form: str | None) -> Mapping[str, Any]:
    if medium.type != "file" or more.get("filename") is not None:
        return more
    # Some providers refuse a document without a name.
    return {**more, "filename": name or ("document.pdf" if form == "pdf" else None)}


def _from_address(
    medium: Medium, url: str, scheme: str, declared: str | None, more: Mapping[str, Any]
) -> dict[str, Any]:
    if scheme == "data":
        return _built(medium, taken_apart(medium, url, declared), more, "")
    if scheme not in _ADDRESSES:
        raise unfit(
            medium, shown_text(url), "of URLs, only http:, https: and data: are taken. A file is given by its path."
        )
    if medium.key == "data":
        raise unfit(medium, shown_text(url), "the API takes no URL of a recording. Download it, and give its bytes.")
    return medium.part(url, _with_name(medium, more, name_in(url), None))


def _from_file(medium: Medium, file: BinaryFile, declared: str | None, more: Mapping[str, Any]) -> dict[str, Any]:
    called: object = getattr(file, "name", None)
    name = called if isinstance(called, str) else ""
    shown = shown_path(name) if name else f"<{type(file).__name__}>"
    try:
        data: Any = file.read()
    except (OSError, ValueError) as error:
        raise unfit(medium, shown, f"the file cannot be read: {str(error).rstrip('.')}.") from error
    if isinstance(data, Coroutine):
        data.close()
        raise unfit(medium, shown, "its read() has to be awaited. Await it, and give the bytes.")
    if not isinstance(data, bytes | bytearray):
        raise unfit(medium, shown, f"it gives {type(data).__name__}, not bytes. Open the file in binary mode.")
    return _built(medium, encoded(medium, bytes(data), declared, name, shown), more, Path(name).name)
