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


def look_up(city: str) -> str:
    return f"{city} is a city."


def count(start: int) -> int:
    return start


NAMED = {"type": "function", "function": {"name": "count"}}


@pytest.mark.parametrize(
    ("choice", "called"),
    [(None, "look_up"), ("auto", "look_up"), ("required", "look_up"), ("none", None), (NAMED, "count")],
)
def test_a_service_with_functions_calls_one_of_them(choice: Any, called: str | None) -> None:
    with FakeOpenRouter().sync_client() as client:
        reply = client.complete("Hi", tools=[{"type": "openrouter:datetime"}, look_up, count], tool_choice=choice)
    assert [call.function.name for call in reply.tool_calls] == ([] if called is None else [called])


def test_the_results_of_calls_are_followed_by_a_text() -> None:
    with FakeOpenRouter().sync_client() as client:
        run = client.run_tools("Hi", [look_up])
    assert [message["role"] for message in run.messages] == ["user", "assistant", "tool", "assistant"]
    assert run.messages[2]["content"] == "simulated is a city."
    assert run.text.startswith("This is a simulated reply to:")


def test_who_insists_on_calls_gets_more_of_them() -> None:
    with FakeOpenRouter().sync_client() as client:
        assert client.run_tools("Hi", [look_up], tool_choice="required", max_steps=2).stopped_by == "max_steps"


def test_what_is_not_there_is_not_called() -> None:
    other = {"type": "function", "function": {"name": "other"}}
    with FakeOpenRouter().sync_client() as client:
        assert client.complete("Hi", tools=[look_up], tool_choice=other).tool_calls == []
        assert client.complete("Hi", tools=[{"type": "openrouter:datetime"}]).tool_calls == []
