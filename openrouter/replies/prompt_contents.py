"""What the body of a request has for a model to read, sorted by kind: text, declarations of tools, and media.

How many tokens an image or a recording is differs between models, and depends on sizes that only a decoder knows. So
media are reckoned by what is told of them: detail, format, and number of bytes. Encoded content is never text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from attrs import define, field

from ..core.json import as_whole, encode_json
from ..types.request_body import items, mapping, models_of
from ..types.slugs import parse_slug

_IMAGE: Final = (800, 6_000)
_SMALL_IMAGE: Final = (85, 3_000)
_VIDEO: Final = (20_000, 300_000)
"""An hour and more at the rate of one picture a second; by its address, nothing is known of a video."""
_FILE: Final = (5_000, 200_000)
_BYTES_PER_VIDEO_TOKEN: Final = (800, 200)
"""300 tokens a second, at 240,000 bytes a second, or 60,000 where it is pressed hard."""
_BYTES_PER_AUDIO_TOKEN: Final = (640, 110)
"""25 tokens a second at 16,000 bytes; at most 35 at 4,000."""
_SEARCH: Final = (1_800, 10_000)
"""What a web search puts into the prompt: five results, or all that a provider's own search reads."""
_SERVER_TOOL: Final = 2_000
"""At most, what a server tool adds by its declaration, and by what it gives."""
_DRAWING: Final = 500
"""At most, what a model that draws is told of that."""
_ENCRYPTED: Final = (8, 2)
"""Characters of encrypted reasoning for one token."""
_DATA_URL: Final = re.compile(r"data:[^,;\s]{0,200}(?:;[^,\s]{0,200})?,")
_SEARCH_PLUGIN: Final = "web"
SEARCH_TOOLS: Final = ("openrouter:web_search", "web_search")


@define
class Contents:
    """What a model is to read."""

    texts: list[str] = field(factory=list[str])
    declarations: list[str] = field(factory=list[str])
    """Tools and schemas, as JSON."""
    messages: int = 0
    has_tools: bool = False
    has_reasoning: bool = False
    expected: float = 0
    """Tokens of all that is no text."""
    most: float = 0

    def add(self, expected: float, most: float) -> None:
        """Take in what is no text."""
        self.expected, self.most = self.expected + expected, self.most + most


def contents_of(body: Mapping[str, Any]) -> Contents:
    """Sort what is in the body of a request: of chat completions, and of the forms that resemble it."""
    contents = Contents()
    for name in ("prompt", "input", "instructions", "system", "suffix"):
        given = body.get(name)
        if isinstance(given, str):
            contents.texts.append(given)
            contents.messages += 1
    for name in ("system", "messages", "input"):
        for message in items(body.get(name)):
            _add_message(contents, message)
    for tool in items(body.get("tools")):
        _add_tool(contents, mapping(tool))
    for plugin in items(body.get("plugins")):
        if mapping(plugin).get("id") == _SEARCH_PLUGIN:
            contents.add(*_SEARCH)
    if any("online" in parse_slug(name).variants for name in models_of(body)):
        contents.add(*_SEARCH)
    if "image" in items(body.get("modalities")):
        contents.add(0, _DRAWING)
    _add_options(contents, body)
    return contents


def _add_options(contents: Contents, body: Mapping[str, Any]) -> None:
    schema = mapping(mapping(body.get("response_format")).get("json_schema"))
    if schema:
        contents.declarations.append(_json(schema))
    reasoning = mapping(body.get("reasoning"))
    is_off = reasoning.get("enabled") is False or reasoning.get("effort") == "none"
    thinks = any("thinking" in parse_slug(name).variants for name in models_of(body))
    contents.has_reasoning = thinks or (bool(reasoning) and not is_off)


def _add_message(contents: Contents, given: object) -> None:
    message = mapping(given)
    if isinstance(given, str):
        contents.texts.append(given)
        return
    contents.messages += "role" in message
    spoken = [message.get(name) for name in ("content", "output", "arguments", "name", "refusal")]
    texts = [text for text in spoken if isinstance(text, str)]
    contents.texts += texts
    parts = [*items(message.get("content")), *items(message.get("images"))]
    if not texts and message.keys().isdisjoint({"role", "content"}):
        parts.append(message)
    for part in parts:
        _add_part(contents, part)
    for call in items(message.get("tool_calls")):
        contents.texts.append(_json(mapping(call).get("function")))
    _add_reasoning(contents, message)


def _add_reasoning(contents: Contents, message: Mapping[str, Any]) -> None:
    details = items(message.get("reasoning_details"))
    for detail in map(mapping, details):
        contents.texts += [value for name in ("text", "summary") if isinstance(value := detail.get(name), str)]
        if isinstance(data := detail.get("data"), str):
            contents.add(*(len(data) / each for each in _ENCRYPTED))
    if not details and isinstance(reasoning := message.get("reasoning"), str):
        contents.texts.append(reasoning)


def _add_part(contents: Contents, given: object) -> None:
    part = mapping(given)
    if isinstance(given, str):
        contents.texts.append(given)
    elif isinstance(text := part.get("text"), str):
        contents.texts.append(text)
    elif "image_url" in part or part.get("type") in ("image", "input_image"):
        detail = part.get("detail") or mapping(part.get("image_url")).get("detail")
        contents.add(*(_SMALL_IMAGE if detail == "low" else _IMAGE))
    elif "input_audio" in part:
        sound = _size(mapping(part.get("input_audio")).get("data"))
        contents.add(*(sound / each for each in _BYTES_PER_AUDIO_TOKEN))
    elif "video_url" in part:
        size = _encoded_size(mapping(part.get("video_url")).get("url"))
        contents.add(*(_VIDEO if size is None else (size / each for each in _BYTES_PER_VIDEO_TOKEN)))
    elif "file" in part or part.get("type") == "input_file":
        _add_file(contents, mapping(part.get("file")) or part)
    else:
        _add_unknown(contents, part)


def _add_file(contents: Contents, file: Mapping[str, Any]) -> None:
    """Reckon a document: a page of a PDF is some 50,000 bytes, and at most each byte is a token."""
    data = file.get("file_data")
    size = _encoded_size(data)
    if size is None:
        contents.add(*_FILE)
        return
    is_text = str(data).startswith("data:text/")
    contents.add(size / 4 if is_text else 10 + size / 50, 3_000 + size)


def _add_unknown(contents: Contents, part: Mapping[str, Any]) -> None:
    """Reckon what is new as its JSON, without what is encoded in it."""
    text = _json(part)
    if (start := _DATA_URL.search(text)) is None:
        contents.texts.append(text)
    else:
        size = _size(text[start.end() :])
        contents.texts.append(text[: start.end()])
        contents.add(min(size / 100, 20_000), 3_000 + size)


def _add_tool(contents: Contents, tool: Mapping[str, Any]) -> None:
    if "function" in tool or tool.get("type") in (None, "function", "custom"):
        contents.has_tools = True
        contents.declarations.append(_json(tool.get("function") or tool))
        return
    parameters = mapping(tool.get("parameters")) or tool
    if str(tool.get("type")).startswith(SEARCH_TOOLS):
        contents.add(0, _SEARCH[1] * max(1, as_whole(parameters.get("max_uses"), 1) or 1))
    limits = (as_whole(parameters.get(name), 0) or 0 for name in ("max_completion_tokens", "max_content_tokens"))
    contents.add(0, _SERVER_TOOL + max(0, *limits))


def _encoded_size(url: object) -> int | None:
    """Give how many bytes are encoded in a data URL; `None` for any other address, and for nothing."""
    is_encoded = isinstance(url, str) and url[:5].lower() == "data:"
    return _size(cast("str", url).partition(",")[2]) if is_encoded else None


def _size(base64: object) -> int:
    return len(base64) * 3 // 4 if isinstance(base64, str) else 0


def _json(value: object) -> str:
    try:
        return encode_json(value).decode()
    except (TypeError, ValueError):
        # It cannot be sent either, and whoever sends it is told so.
        return repr(value)
