"""What form the text of a reply is to have (API page "Structured outputs")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, Required, TypeAlias, TypedDict

from ..core.arguments import Rule, text
from .chat_options import JSONObject, flag, string
from .shapes import TEXT, fields, mapping, told_by


class TextFormat(TypedDict):
    """Text, as without a format."""

    type: Literal["text"]


class JSONObjectFormat(TypedDict):
    """Any JSON object; ask for JSON in a message too."""

    type: Literal["json_object"]


class JSONSchema(TypedDict, total=False):
    """A JSON Schema with its name."""

    name: Required[str]
    """Up to 64 letters, digits, underscores and hyphens."""
    schema: JSONObject
    strict: bool | None
    """Whether the model can write nothing that does not fit."""
    description: str
    """What it is for, for the model."""


class JSONSchemaFormat(TypedDict):
    """JSON that fits a schema."""

    type: Literal["json_schema"]
    json_schema: JSONSchema | JSONObject


class GrammarFormat(TypedDict):
    """Text that fits a grammar."""

    type: Literal["grammar"]
    grammar: str


class PythonFormat(TypedDict):
    """Python code."""

    type: Literal["python"]


ResponseFormat: TypeAlias = TextFormat | JSONObjectFormat | JSONSchemaFormat | GrammarFormat | PythonFormat
"""Whether a provider supports one depends: `provider={"require_parameters": True}` passes over those that do not."""

_SCHEMA: Final = fields({"name": text(64), "schema": mapping, "strict": flag, "description": string}, "name")

RULES: Final[Mapping[str, Rule]] = {
    "response_format": told_by(
        "type",
        {
            "json_schema": fields({"json_schema": _SCHEMA}, "json_schema"),
            "grammar": fields({"grammar": TEXT}, "grammar"),
        },
    ),
}
