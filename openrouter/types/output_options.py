"""What a model puts out besides text, and what is known of it beforehand (API page "Chat completions")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypedDict

from ..core.arguments import Rule
from .chat_options import JSONObject, flag, string
from .shapes import TEXT, each, fields, mapping, of_type


class AudioOptions(TypedDict, total=False):
    """How spoken output sounds, and in which format it comes; it comes in streams alone."""

    voice: str
    """As the model names it, such as `alloy`."""
    format: str
    """Such as `wav` or `pcm16`."""


class Prediction(TypedDict):
    """Text that much of the output will repeat, which then comes sooner."""

    type: Literal["content"]
    content: str | Sequence[JSONObject]
    """The text, or text parts."""


_PARTS: Final = each(fields({"type": TEXT, "text": string}, "type", "text"), shortest=1)
_CONTENT: Final = of_type("a string, or a list of text parts", {str: string, list: _PARTS, tuple: _PARTS})

RULES: Final[Mapping[str, Rule]] = {
    "stream_options": fields({"include_usage": flag}),
    "modalities": each(TEXT),
    "image_config": mapping,
    "audio": fields({"voice": TEXT, "format": TEXT}),
    "prediction": fields({"type": TEXT, "content": _CONTENT}, "type", "content"),
}
