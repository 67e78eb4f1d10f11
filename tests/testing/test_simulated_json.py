"""What the offline service answers where structured output is asked for."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from openrouter.testing import FakeOpenRouter
from openrouter.testing.simulated_json import simulate

SCHEMAS: list[dict[str, Any]] = [
    {},
    {"type": "string"},
    {"type": "string", "minLength": 12},
    {"type": "string", "maxLength": 3},
    *({"type": "string", "format": form} for form in ("date-time", "date", "time", "duration", "uuid", "email", "new")),
    {"type": "integer"},
    {"type": "integer", "minimum": 5, "maximum": 9},
    {"type": "integer", "maximum": -5},
    {"type": "integer", "exclusiveMinimum": 5},
    {"type": "integer", "exclusiveMaximum": 1},
    {"type": "integer", "multipleOf": 7},
    {"type": "number", "minimum": 0.5, "exclusiveMaximum": 1},
    {"type": "boolean"},
    {"type": "null"},
    {"type": ["integer", "null"]},
    {"const": 7},
    {"enum": ["b", "a"]},
    {"anyOf": [{"type": "null"}, {"type": "string"}]},
    {"oneOf": [{"type": "boolean"}, {"type": "string"}]},
    {"type": "array", "items": {"type": "integer"}},
    {"type": "array", "items": {"type": "integer"}, "minItems": 3},
    {"type": "array", "maxItems": 0},
    {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "items": False, "minItems": 2},
    {"type": "object"},
    {"properties": {"a": {"type": "integer"}}, "required": ["a"], "additionalProperties": False},
    {
        "$defs": {
            "Node": {
                "type": "object",
                "properties": {
                    "next": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]},
                    "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
                },
                "required": ["next", "children"],
            }
        },
        "$ref": "#/$defs/Node",
    },
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_what_is_simulated_fits_the_schema(schema: dict[str, Any]) -> None:
    value = simulate(schema)
    jsonschema.Draft202012Validator(schema).validate(value)
    assert value == simulate(schema)


def test_what_nothing_fits_gets_something() -> None:
    assert simulate({"type": "integer", "minimum": 2.5, "maximum": 2.5, "multipleOf": 2}) == 0


def test_a_service_that_is_asked_for_json_gives_some() -> None:
    form = {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "integer"}}}
    with FakeOpenRouter().sync_client() as client:
        assert json.loads(client.generate_text("Hi", response_format=form)) == 1
        assert json.loads(client.generate_text("Hi", response_format={"type": "json_object"})) == {}
        assert "simulated reply" in client.generate_text("Hi", response_format={"type": "text"})


def test_a_service_that_is_told_what_to_call_calls_it() -> None:
    def look_up(city: str) -> str:
        return city

    named = {"type": "function", "function": {"name": "look_up"}}
    with FakeOpenRouter().sync_client() as client:
        (call,) = client.complete("Hi", tools=[look_up], tool_choice=named).tool_calls
        assert (call.function.name, json.loads(call.function.arguments)) == ("look_up", {"city": "simulated"})
        assert client.complete("Hi", tools=[look_up]).tool_calls == []
        other = {"type": "function", "function": {"name": "other"}}
        assert client.complete("Hi", tools=[look_up], tool_choice=other).tool_calls == []
