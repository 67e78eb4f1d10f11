"""JSON that fits a schema: what the offline service answers where a request asks for structured output."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from ..core.json import as_list, as_object
from .tool_calls import ScriptedToolCall

DEEPEST: Final = 6
"""Below this level lists are as short as they may be, and what may be null is."""
_TEXTS: Final[Mapping[str, str]] = {
    "date-time": "2026-01-01T12:00:00Z",
    "date": "2026-01-01",
    "time": "12:00:00Z",
    "duration": "PT1H",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "email": "simulated@example.com",
}


def asked_schema(payload: Mapping[str, Any]) -> dict[str, Any] | None:
    """Give the schema that an answer in text is to fit; `None` where any text will do."""
    asked = as_object(payload.get("response_format"))
    if asked.get("type") == "json_object":
        return {"type": "object"}
    return as_object(as_object(asked.get("json_schema")).get("schema")) or None


def asked_call(payload: Mapping[str, Any]) -> ScriptedToolCall | None:
    """Give a call, with arguments that fit, of the function that a request insists on, or else of its first one.

    That is as long as the last word is not the result of a call; `None` where there is nothing to call.
    """
    choice, messages = payload.get("tool_choice"), as_list(payload.get("messages"))
    name = as_object(as_object(choice).get("function")).get("name")
    answers = bool(messages) and as_object(messages[-1]).get("role") == "tool" and choice != "required"
    if choice == "none" or (name is None and answers):
        return None
    functions = [as_object(as_object(tool).get("function")) for tool in as_list(payload.get("tools"))]
    for function in functions:
        if function.get("name") and name in (None, function["name"]):
            return ScriptedToolCall(function["name"], simulate(as_object(function.get("parameters"))))
    return None


def simulate(schema: Mapping[str, Any]) -> Any:
    """Give a value that fits a JSON Schema, always the same; patterns are not looked at."""
    return _simulate(schema, as_object(schema.get("$defs")), 0)


def _simulate(schema: Any, definitions: Mapping[str, Any], depth: int) -> Any:
    schema = as_object(schema)
    if isinstance(reference := schema.get("$ref"), str):
        return _simulate(definitions.get(reference.rpartition("/")[2]), definitions, depth)
    if "const" in schema:
        return schema["const"]
    if values := as_list(schema.get("enum")):
        return values[0]
    if choices := as_list(schema.get("anyOf")) or as_list(schema.get("oneOf")):
        is_deep = depth >= DEEPEST and {"type": "null"} in choices
        return None if is_deep else _simulate(choices[0], definitions, depth)
    return _of_type(schema, definitions, depth)


def _of_type(schema: dict[str, Any], definitions: Mapping[str, Any], depth: int) -> Any:
    told = schema.get("type", "object" if "properties" in schema else "string")
    kind: Any = next(iter(as_list(told)), told)
    if kind == "object":
        fields = as_object(schema.get("properties"))
        return {name: _simulate(field, definitions, depth + 1) for name, field in fields.items()}
    if kind == "array":
        first = as_list(schema.get("prefixItems"))
        count = max(len(first), schema.get("minItems", 0), 1 if depth < DEEPEST and "maxItems" not in schema else 0)
        items = [*first, *[schema.get("items", {})] * count]
        return [_simulate(item, definitions, depth + 1) for item in islice(items, count)]
    if kind in {"integer", "number"}:
        return _number(schema)
    return {"boolean": True, "null": None}.get(kind, _text(schema))


def _number(schema: dict[str, Any]) -> Any:
    limits = [schema[name] for name in ("minimum", "maximum") if name in schema]
    beside = [
        schema[name] + step for name, step in (("exclusiveMinimum", 1), ("exclusiveMaximum", -1)) if name in schema
    ]
    candidates = [1, *limits, *beside, *([schema["multipleOf"]] if "multipleOf" in schema else [])]
    return next((value for value in candidates if _is_within(value, schema)), 0)


def _is_within(value: float, schema: dict[str, Any]) -> bool:
    return bool(
        schema.get("minimum", value) <= value <= schema.get("maximum", value)
        and schema.get("exclusiveMinimum", value - 1) < value < schema.get("exclusiveMaximum", value + 1)
        and value % schema.get("multipleOf", value or 1) == 0
    )


def _text(schema: dict[str, Any]) -> str:
    text = _TEXTS.get(schema.get("format", ""), "simulated")
    return text.ljust(schema.get("minLength", 0), "-")[: schema.get("maxLength")]
