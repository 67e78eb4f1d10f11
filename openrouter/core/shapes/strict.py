"""The part of JSON Schema that the strict mode of OpenAI takes, and others after it.

See https://platform.openai.com/docs/guides/structured-outputs for what is supported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NoReturn

from ..errors import InvalidArgumentError
from .places import path_of_key
from .shape import kind_of

_KEPT: Final = (
    *("type", "description", "title", "enum", "const", "$ref", "$defs", "anyOf"),
    *("properties", "required", "additionalProperties", "items", "minItems", "maxItems"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "pattern", "format"),
)
_FORMATS: Final = ("date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid")
_WORDS: Final = {
    "minLength": "At least {} characters.",
    "maxLength": "At most {} characters.",
    "minProperties": "At least {} keys.",
    "maxProperties": "At most {} keys.",
    "format": "Format: {}.",
    "pattern": "Has to match {}.",
    "uniqueItems": "No item twice.",
}
_MOST_LEVELS: Final = 10
_MOST_PROPERTIES: Final = 5_000
_MOST_CHOICES: Final = 1_000
_NULL: Final = {"type": "null"}


def make_strict(schema: dict[str, Any], root: str) -> dict[str, Any]:
    """Copy a schema in the terms of the strict mode.

    `root` names the type in the `InvalidArgumentError` for what the mode cannot say.
    """

    def refuse(path: str, why: str) -> NoReturn:
        raise InvalidArgumentError(f"{root} has no strict JSON Schema: at {path}, {why}. Without strict it has one.")

    definitions: dict[str, Any] = schema.get("$defs", {})
    made = _strict(schema, "$", refuse)
    if definitions:
        made["$defs"] = {name: _strict(each, name, refuse) for name, each in definitions.items()}
    _check_size([made, *made.get("$defs", {}).values()], refuse)
    return made


_Refuse = Callable[[str, str], NoReturn]


def _check_size(schemas: list[dict[str, Any]], refuse: _Refuse) -> None:
    """Refuse what is larger than the mode takes."""
    properties, choices, levels = 0, 0, 0
    left = [(schema, 0) for schema in schemas]
    while left:
        schema, level = left.pop()
        properties += len(schema.get("properties", ()))
        choices += len(schema.get("enum", ()))
        level += "properties" in schema
        levels = max(levels, level)
        left += [(part, level) for part in _parts(schema)]
    for found, most, noun in (
        (levels, _MOST_LEVELS, "levels of objects"),
        (properties, _MOST_PROPERTIES, "properties"),
        (choices, _MOST_CHOICES, "values to choose from"),
    ):
        if found > most:
            refuse("$", f"there are {found} {noun}, and strict mode takes {most}")


def _parts(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from schema.get("properties", {}).values()
    yield from schema.get("anyOf", ())
    if "items" in schema:
        yield schema["items"]


def _strict(schema: Any, path: str, refuse: _Refuse) -> dict[str, Any]:
    if kind_of(schema) != "object":
        refuse(path, "any value would do, which strict mode cannot say")
    given = _plainer(schema)
    made = {key: value for key, value in given.items() if key in _KEPT and not _is_unsupported(key, value)}
    said = [_WORDS[key].format(value) for key, value in given.items() if key in _WORDS and key not in made]
    if said:
        made["description"] = " ".join(filter(None, [made.get("description"), *said]))
    if "$ref" in made:
        reference = {"$ref": made.pop("$ref")}
        return {**made, "anyOf": [reference]} if made else reference
    if "anyOf" in made:
        made["anyOf"] = [_strict(member, path, refuse) for member in made["anyOf"]]
    elif made.get("type") == "object":
        made |= _object(given, path, refuse)
    elif made.get("type") == "array":
        made["items"] = _strict(_items(given, path, refuse), f"{path}[]", refuse)
    elif not made.keys() & {"type", "enum", "const"}:
        refuse(path, "any value would do, which strict mode cannot say")
    return made


def _plainer(schema: dict[str, Any]) -> dict[str, Any]:
    """Put what strict mode does not know in terms of what it does, where that says the same or nearly so."""
    made = {key: value for key, value in schema.items() if key != "$defs"}
    if "oneOf" in made:
        made["anyOf"] = made.pop("oneOf")
    if len(parts := made.get("allOf", ())) == 1:
        made = {**parts[0], **made}
    return made


def _is_unsupported(key: str, value: Any) -> bool:
    if key == "pattern":
        # Looking around is what the grammars that these become cannot do.
        return "(?" in value.replace("(?:", "")
    return key == "format" and value not in _FORMATS


def _object(schema: dict[str, Any], path: str, refuse: _Refuse) -> dict[str, Any]:
    if "properties" not in schema or schema.get("patternProperties"):
        refuse(path, "a dict has free keys, and strict mode wants them all by name")
    properties: dict[str, Any] = {}
    for name, about in schema["properties"].items():
        drawn = _strict(about, path_of_key(path, name), refuse)
        # What can have one value only need not be left out.
        optional = name not in schema.get("required", ()) and len(drawn.get("enum", "..")) > 1 and "const" not in drawn
        properties[name] = _nullable(drawn) if optional else drawn
    return {"properties": properties, "required": list(properties), "additionalProperties": False}


def _items(schema: dict[str, Any], path: str, refuse: _Refuse) -> Any:
    prefix: list[Any] = schema.get("prefixItems", [])
    if not prefix:
        return schema.get("items", True)
    if any(item != prefix[0] for item in prefix):
        refuse(path, "a tuple has items of different types, which strict mode cannot say; a NamedTuple can")
    return prefix[0]


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """Let null stand for what is left out."""
    members: list[Any] = schema.get("anyOf", [])
    if schema.get("type") == "null" or _NULL in members:
        return schema
    if members:
        return {**schema, "anyOf": [*members, _NULL]}
    about = {"description": schema["description"]} if "description" in schema else {}
    return {"anyOf": [{key: value for key, value in schema.items() if key != "description"}, _NULL], **about}
