"""Messages and their parts, made by functions that read like what they make (API page "Chat completions").

What they give are plain dicts, as the API takes them, and can be mixed with dicts of your own. Only a part whose
content is at a path is an object until the request is built: that is when the file is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, cast

from .core.arguments import refuse, text as a_text
from .core.structuring import as_dict
from .types.chat import ToolCall
from .types.media import AUDIO, FILE, IMAGE, PDF, VIDEO
from .types.parts import (
    BinaryFile,
    Part,
    PathPart,
    Source,
    content_of,
    is_part,
    marked,
    media_part,
    refuse_content,
    text_part,
)

__all__ = [
    "BinaryFile",
    "Part",
    "PathPart",
    "Source",
    "assistant",
    "audio",
    "cache",
    "developer",
    "file",
    "image",
    "pdf",
    "system",
    "text",
    "tool_result",
    "user",
    "video",
]

_ONE: Final[Mapping[str, tuple[type, str]]] = {
    **dict.fromkeys(("refusal", "reasoning", "model"), (str, "a string")),
    "audio": (Mapping, "a mapping"),
}
"""The fields of the assistant's message that are no lists, and what they are."""


def system(*parts: str | Part, name: str | None = None) -> dict[str, Any]:
    """Make a message that tells the model how to behave: text, or parts of text."""
    return _message("system", content_of("system", parts, text_only=True), name)


def developer(*parts: str | Part, name: str | None = None) -> dict[str, Any]:
    """Make a message of the developer, which newer models take in the place of `system`."""
    return _message("developer", content_of("developer", parts, text_only=True), name)


def user(*parts: str | Part, name: str | None = None) -> dict[str, Any]:
    """Make a message of the user: text and media in any order, though models read text before images best.

    Strings become parts of text; a single string is sent as one.
    """
    return _message("user", content_of("user", parts), name)


def assistant(
    content: str | Part | Iterable[str | Part] | None = None,
    *,
    tool_calls: Iterable[ToolCall | Mapping[str, Any]] | None = None,
    reasoning: str | None = None,
    reasoning_details: Iterable[Mapping[str, Any]] | None = None,
    refusal: str | None = None,
    name: str | None = None,
    annotations: Iterable[Mapping[str, Any]] | None = None,
    images: Iterable[Mapping[str, Any]] | None = None,
    audio: Mapping[str, Any] | None = None,
    model: str | None = None,
) -> dict[str, Any]:
    """Make a message of the assistant: an example, or at the end of a conversation the beginning of the answer.

    A message that was received needs none of this: it goes back as it is. `model` is who wrote it, for the router's
    plugin that stays with a model.
    """
    told: Any = content
    if content is not None and not isinstance(content, str):
        if not isinstance(content, Iterable | PathPart):
            refuse("content", told, "text, a part, or a list of parts")
        several: tuple[str | Part, ...] = (told,) if isinstance(content, Mapping | PathPart) else tuple(told)
        told = content_of("assistant", several)
    given = {
        "refusal": refusal,
        "reasoning": reasoning,
        "reasoning_details": reasoning_details,
        "tool_calls": tool_calls,
        "annotations": annotations,
        "images": images,
        "audio": audio,
        "model": model,
    }
    more = {field: _plain(field, value) for field, value in given.items() if value is not None}
    return {**_message("assistant", told, name), **more}


def tool_result(call: ToolCall | Mapping[str, Any] | str, value: Any, *, name: str | None = None) -> dict[str, Any]:
    """Make the message that answers a tool call; `call` is the call as it was received, or its id.

    A string is sent as it is, a part of a message, or a list of parts and strings, as parts. Anything else becomes JSON
    text: lists, mappings, dates, enums, instances of attrs classes, dataclasses and pydantic models; `None` becomes
    `null`. What has no JSON, bytes among it, raises `InvalidArgumentError` with the path to it.
    """
    known: object = call.id if isinstance(call, ToolCall) else call.get("id") if isinstance(call, Mapping) else call
    if not isinstance(known, str) or not known:
        refuse("call", call, "a tool call that has an id, or that id")
    return {**_message("tool", _told(value), name), "tool_call_id": known}


def text(text: str) -> dict[str, Any]:
    """Make a part of text."""
    if not isinstance(text, str):
        refuse("text", text, "a string")
    return text_part(text)


def image(
    source: Source,
    *,
    detail: Literal["auto", "low", "high", "original"] | str | None = None,
    media_type: str | None = None,
) -> dict[str, Any] | PathPart:
    """Make a part of an image: png, jpeg, webp or gif.

    `source` is a path, an http(s) URL, a data URL, bytes, or a binary file, which is read from where it stands. What is
    at a path is read when the request is built, and encoded once. The format is found in the first bytes, else in the
    name; `media_type`, such as `"image/png"`, wins over both. `detail` is how closely the model is to look.

    Raises `InvalidArgumentError` for what cannot be read or has another format; for a path when the request is built.
    """
    return media_part(IMAGE, source, media_type, {"detail": _word("detail", detail)})


def pdf(source: Source, *, filename: str | None = None) -> dict[str, Any] | PathPart:
    """Make a part of a PDF. `source` as in `image`; without `filename` the name is taken from the source.

    A model that takes no documents gets its text from the plugin `file-parser`, which may cost extra.
    """
    return media_part(PDF, source, None, {"filename": _word("filename", filename)})


def audio(
    source: Source,
    *,
    format: Literal["wav", "mp3", "aiff", "aac", "ogg", "flac", "m4a", "pcm16", "pcm24"]  # noqa: A002 - the API's word
    | None = None,
) -> dict[str, Any] | PathPart:
    """Make a part of sound: wav, mp3, aiff, aac, ogg, flac, m4a, or pcm16 and pcm24, which have to be named.

    `source` as in `image`, but for http(s) URLs, which the API does not take here. Which formats a model takes depends
    on its provider.
    """
    return media_part(AUDIO, source, format, {})


def video(
    source: Source,
    *,
    processing: Literal["agentic", "static"] | str | None = None,
    media_type: str | None = None,
) -> dict[str, Any] | PathPart:
    """Make a part of a video: mp4, mpeg, mov or webm. `source` and `media_type` as in `image`.

    Which kind of URL is taken depends on the provider: some take those of YouTube alone, some only content.
    `processing` is how the model goes through it.
    """
    return media_part(VIDEO, source, media_type, {"processing": _word("processing", processing)})


def file(
    source: Source | None = None,
    *,
    file_id: str | None = None,
    filename: str | None = None,
    media_type: str | None = None,
) -> dict[str, Any] | PathPart:
    """Make a part of a document: by its content or address, or by the `file_id` that it got when it was uploaded.

    `source` as in `image`. The API documents PDF alone; of anything else say with `media_type`, such as `"text/csv"`,
    what it is, if your model takes that.
    """
    name = _word("filename", filename)
    if source is not None and file_id is None:
        return media_part(FILE, source, media_type, {"filename": name})
    if source is not None or not isinstance(file_id, str) or not file_id:
        refuse("file_id", file_id, "the id of an uploaded file, given instead of a source")
    return {"type": "file", "file": {"file_id": file_id, **({} if name is None else {"filename": name})}}


def cache(part: str | Part, ttl: Literal["5m", "1h"] | str | None = None) -> dict[str, Any] | PathPart:
    """Mark a part: the prompt up to its end is to be kept in the provider's cache (API page "Prompt caching").

    A string becomes a part of text, where the marker is documented; other parts and tools can carry one too. `ttl` is
    how long it is kept, `"5m"` or `"1h"`; without it the provider's default counts. The part itself is not changed.
    """
    return marked(part, _word("ttl", ttl))


def _message(role: str, content: object, name: str | None) -> dict[str, Any]:
    told = {} if name is None else {"name": _word("name", name)}
    return {"role": role, "content": content, **told}


def _word(name: str, value: str | None) -> str | None:
    if value is not None:
        a_text()(name, value)
    return value


def _plain(field: str, value: object) -> Any:
    """Give a field of the assistant's message as JSON: a text, an object, or a list of objects."""
    if field in _ONE:
        kind, wanted = _ONE[field]
        if not isinstance(value, kind):
            refuse(field, value, wanted)
        return as_dict(value)
    given: Any = value
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        refuse(field, given, "a list of mappings")
    made: list[Any] = as_dict([*given])
    for place, item in enumerate(made):
        if not isinstance(item, dict):
            refuse(f"{field}[{place}]", item, "a mapping")
    return made


def _told(value: Any) -> str | list[Any]:
    if isinstance(value, str):
        return value
    parts: tuple[Any, ...] = tuple(cast("Iterable[Any]", value)) if isinstance(value, list | tuple) else (value,)
    if any(is_part(part) for part in parts) and all(is_part(part) or isinstance(part, str) for part in parts):
        return content_of("tool_result", parts)
    from .core.plain import as_plain, json_text  # noqa: PLC0415 - many tools give text

    made = json_text(value)
    if ";base64," in made or '"input_audio"' in made:
        refuse_content("value", as_plain(value))
    return made
