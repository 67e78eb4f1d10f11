"""Images, sound, video and documents: which formats the API takes, and how content tells its own."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import unquote

from attrs import field, frozen

from ..core.addresses import shown_address
from ..core.arguments import refuse
from ..core.errors import InvalidArgumentError

MEDIA_TYPES: Final[Mapping[str, str]] = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "aiff": "audio/aiff",
    "aac": "audio/aac",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "mp4": "video/mp4",
    "mpeg": "video/mpeg",
    "mov": "video/mov",
    "webm": "video/webm",
    "pdf": "application/pdf",
}
"""What each format is called in a data URL."""
_BY_TYPE: Final[Mapping[str, str]] = {
    **{called: known for known, called in MEDIA_TYPES.items()},
    "image/jpg": "jpeg",
    "audio/wave": "wav",
    "audio/x-wav": "wav",
    "audio/vnd.wave": "wav",
    "audio/mp3": "mp3",
    "audio/x-aiff": "aiff",
    "audio/x-aac": "aac",
    "audio/opus": "ogg",
    "audio/x-flac": "flac",
    "audio/m4a": "m4a",
    "audio/x-m4a": "m4a",
    "video/quicktime": "mov",
}
_BY_SUFFIX: Final[Mapping[str, str]] = {
    **{f".{known}": known for known in MEDIA_TYPES},
    ".jpg": "jpeg",
    ".jpe": "jpeg",
    ".jfif": "jpeg",
    ".wave": "wav",
    ".aif": "aiff",
    ".aifc": "aiff",
    ".oga": "ogg",
    ".opus": "ogg",
    ".m4v": "mp4",
    ".mpg": "mpeg",
    ".qt": "mov",
}
_MAGIC: Final = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), ("png",)),
    (re.compile(rb"\xff\xd8\xff"), ("jpeg",)),
    (re.compile(rb"GIF8[79]a"), ("gif",)),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), ("webp",)),
    (re.compile(rb"II\*\x00|MM\x00\*"), ("tiff",)),
    (re.compile(rb"RIFF....WAVE", re.DOTALL), ("wav",)),
    (re.compile(rb"FORM....AIF[FC]", re.DOTALL), ("aiff",)),
    (re.compile(rb"ID3|\xff[\xe2\xe3\xf2\xf3\xfa\xfb]"), ("mp3",)),
    (re.compile(rb"\xff[\xf0\xf1\xf8\xf9]"), ("aac",)),
    (re.compile(rb"OggS"), ("ogg",)),
    (re.compile(rb"fLaC"), ("flac",)),
    # One kind of box for much: who made it says what is in it.
    (re.compile(rb"....ftyp(?:hei|hev|mif|msf)", re.DOTALL), ("heic",)),
    (re.compile(rb"....ftypavi", re.DOTALL), ("avif",)),
    (re.compile(rb"....ftypqt", re.DOTALL), ("mov",)),
    (re.compile(rb"....ftypM4[AB]", re.DOTALL), ("m4a",)),
    (re.compile(rb"....ftyp", re.DOTALL), ("mp4", "m4a")),
    (re.compile(rb"\x00\x00\x01[\xba\xb3]"), ("mpeg",)),
    (re.compile(rb"\x1aE\xdf\xa3.{0,64}webm", re.DOTALL), ("webm",)),
    (re.compile(rb"\x1aE\xdf\xa3"), ("mkv",)),
    # Readers of PDF let something stand before its beginning.
    (re.compile(rb".{0,1019}?%PDF-", re.DOTALL), ("pdf",)),
)
"""How content begins, and the formats that it may be; what the API does not take is here to be told apart."""
_TYPE: Final = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
"""A media type without parameters."""
_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_="
_SHOWN: Final = 80


@frozen
class Medium:
    """A kind of media, as the API takes it."""

    maker: str
    """The function that makes parts of it."""
    type: str
    """The type of the part, which is also the name of the field that holds the rest."""
    key: str
    """Where in that field the content or its address stands."""
    formats: tuple[str, ...]
    declared_by: str | None = "media_type"
    """The argument that says what format it is, whatever it looks like."""
    takes_any: bool = False
    """A media type that is declared is taken, whatever it is."""

    def part(self, content: str, more: Mapping[str, Any]) -> dict[str, Any]:
        """Give the part, with what the API takes beside its content; `None` is left out."""
        told = {name: value for name, value in more.items() if value is not None}
        return {"type": self.type, self.type: {self.key: content, **told}}


IMAGE: Final = Medium("image", "image_url", "url", ("png", "jpeg", "webp", "gif"))
AUDIO: Final = Medium(
    "audio",
    "input_audio",
    "data",
    ("wav", "mp3", "aiff", "aac", "ogg", "flac", "m4a", "pcm16", "pcm24"),
    declared_by="format",
)
VIDEO: Final = Medium("video", "video_url", "url", ("mp4", "mpeg", "mov", "webm"))
PDF: Final = Medium("pdf", "file", "file_data", ("pdf",), declared_by=None)
FILE: Final = Medium("file", "file", "file_data", ("pdf",), takes_any=True)
_MEDIA: Final = (IMAGE, AUDIO, VIDEO, PDF)


@frozen
class Content:
    """The content of a part, encoded."""

    base64: str = field(repr=False)
    format: str
    """A format by its short name, or a media type that was declared."""
    parameters: str = ""
    """Those of the media type, as `;charset=utf-8`."""

    @property
    def data_url(self) -> str:
        """The content as an address that holds it."""
        return f"data:{MEDIA_TYPES.get(self.format, self.format)}{self.parameters};base64,{self.base64}"


def unfit(medium: Medium, shown: str, why: str) -> InvalidArgumentError:
    """Make the error for what no part can be made of; `shown` is how the source is called in it."""
    return InvalidArgumentError(f"{medium.maker}({shown}) cannot be sent: {why}")


def shown_text(text: str) -> str:
    """Give an address as errors show it: shortened, and without what may be a secret in it, or is content."""
    head, comma, _ = text.partition(",")
    address = f"{head}{comma}…" if head[: len("data:")].lower() == "data:" else shown_address(text)
    return repr(address if len(address) <= _SHOWN else f"{address[:_SHOWN]}…")


def shown_path(path: str) -> str:
    """Give a path as errors show it: shortened at its beginning, since its end is what tells."""
    return repr(path if len(path) <= _SHOWN else f"…{path[-_SHOWN:]}")


def declared_format(medium: Medium, told: str | None) -> str | None:
    """Give the format that an argument names, as a media type or by its short name."""
    if told is None:
        return told
    name = medium.declared_by or medium.maker
    if not isinstance(told, str):
        refuse(name, told, "a string")
    known = _BY_TYPE.get(told.lower(), told.lower())
    if known in medium.formats:
        return known
    if not medium.takes_any:
        refuse(name, told, f"one of {', '.join(_named(medium))}; a part that is given as a dict is sent as it is")
    if not _TYPE.fullmatch(told):
        refuse(name, told, "a media type such as 'text/csv', without parameters; those of a data URL are sent")
    return told.lower()


def encoded(medium: Medium, data: bytes, declared: str | None, name: str, shown: str) -> Content:
    """Encode content; its format is what was declared, else what it begins with, else what its name ends in."""
    if not data:
        raise unfit(medium, shown, "it is empty.")
    found = declared or _recognised(medium, data, shown) or _BY_SUFFIX.get(PurePath(name).suffix.lower())
    if found is None:
        raise unfit(medium, shown, f"neither its first bytes nor its name tell its format. {_way_out(medium)}")
    if declared is None and found not in medium.formats:
        raise unfit(medium, shown, f"it is {found}. {_elsewhere(found) or _way_out(medium)}")
    return Content(b64encode(data).decode("ascii"), found)


def taken_apart(medium: Medium, url: str, declared: str | None) -> Content:
    """Give the content of a data URL."""
    header, _, payload = url.partition(",")
    called, *said = header[len("data:") :].split(";")
    parameters = [parameter for parameter in said if parameter.lower() != "base64"]
    if len(parameters) == len(said) or not header.isprintable():
        raise unfit(medium, shown_text(url), "a data URL has to say its type and base64: data:image/png;base64,… .")
    content = "".join((unquote(payload) if "%" in payload else payload).split())
    if not content:
        raise unfit(medium, shown_text(url), "it is empty.")
    if content.encode("ascii", "replace").translate(None, _BASE64):
        raise unfit(medium, shown_text(url), "what follows its comma is not base64.")
    if declared is not None:
        return Content(content, declared)
    found = _BY_TYPE.get(called.lower(), called.lower())
    if found not in medium.formats and not (medium.takes_any and _TYPE.fullmatch(called)):
        why = f"it says that it is {called}" if called else "it does not say what it is"
        raise unfit(medium, shown_text(url), f"{why}. {_elsewhere(found) or _way_out(medium)}")
    kind = found if found in medium.formats else called.lower()
    return Content(content, kind, "".join(f";{parameter}" for parameter in parameters if medium.takes_any))


def name_in(url: str) -> str:
    """Give what a file is called at the end of its URL, `""` where that names none."""
    path = re.split(r"[?#]", url.partition("://")[2], maxsplit=1)[0]
    return unquote(path.partition("/")[2].rpartition("/")[2])


def _recognised(medium: Medium, data: bytes, shown: str) -> str | None:
    for pattern, candidates in _MAGIC:
        if pattern.match(data):
            fitting = [known for known in candidates if known in medium.formats]
            if not fitting:
                way_out = _elsewhere(candidates[0]) or _way_out(medium)
                raise unfit(medium, shown, f"its first bytes are those of {candidates[0]}. {way_out}")
            return fitting[0]
    return None


def _elsewhere(found: str) -> str:
    return next((f"Use {medium.maker}() for it." for medium in _MEDIA if found in medium.formats), "")


def _way_out(medium: Medium) -> str:
    taken = f"Taken: {', '.join(medium.formats)}."
    if medium.declared_by is None:
        return f"{taken} Convert it."
    if medium.takes_any:
        return f"{taken} Say with {medium.declared_by}= what it is, if your model takes that."
    return (
        f"{taken} Say with {medium.declared_by}= which of them it is, convert it, "
        "or give the part as a dict, which is sent as it is."
    )


def _named(medium: Medium) -> list[str]:
    if medium.declared_by == "format":
        return list(medium.formats)
    return [MEDIA_TYPES[known] for known in medium.formats]
