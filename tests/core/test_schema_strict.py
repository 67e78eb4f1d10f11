"""Schemas in the terms of the strict mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import annotated_types
import pytest
from attrs import Factory, define

from openrouter import InvalidArgumentError
from openrouter.core.schema import schema_of
from openrouter.core.shapes.strict import make_strict
from openrouter.core.validating import validate
from tests.core import schema_types as known

STRING = {"type": "string"}
NULL = {"type": "null"}


@define
class Trip:
    """A way to go."""

    name: Annotated[str, annotated_types.Len(1, 8), "what it is called"]
    kind: Literal["trip"] = "trip"
    mood: Literal["good", "bad"] = "good"
    note: Annotated[str, "what else"] = ""
    home: known.Place | None = None
    stops: list[known.Place] = Factory(list)
    start: Annotated[known.Place, "where it begins"] = Factory(lambda: known.Place(0))
    nothing: None = None
    seen: set[str] = Factory(set)


def test_every_property_is_required_and_may_be_null_instead() -> None:
    reference = {"$ref": "#/$defs/Place"}
    place = schema_of(known.Place, strict=True)

    assert schema_of(Trip, strict=True) == {
        "type": "object",
        "description": "A way to go.",
        "properties": {
            "name": {"type": "string", "description": "what it is called At least 1 characters. At most 8 characters."},
            "kind": {"type": "string", "enum": ["trip"]},
            "mood": {"anyOf": [{"type": "string", "enum": ["good", "bad"]}, NULL]},
            "note": {"anyOf": [STRING, NULL], "description": "what else"},
            "home": {"anyOf": [reference, NULL]},
            "stops": {"anyOf": [{"type": "array", "items": reference}, NULL]},
            "start": {"anyOf": [reference, NULL], "description": "where it begins"},
            "nothing": NULL,
            "seen": {"anyOf": [{"type": "array", "items": STRING}, NULL], "description": "No item twice."},
        },
        "required": ["name", "kind", "mood", "note", "home", "stops", "start", "nothing", "seen"],
        "additionalProperties": False,
        "$defs": {"Place": place},
    }
    assert place["required"] == ["latitude", "longitude"]


def test_what_the_mode_has_the_model_send_is_taken() -> None:
    value = {"name": "A", "kind": "trip", "mood": None, "note": None, "home": None, "stops": None, "start": None}

    assert validate(value | {"nothing": None, "seen": None}, Trip) == Trip("A")


def test_keys_that_may_be_missing_may_be_null() -> None:
    class Loose(TypedDict):
        name: NotRequired[str]

    schema = schema_of(Loose, strict=True)

    assert schema["properties"] == {"name": {"anyOf": [STRING, NULL]}}
    assert schema["required"] == ["name"]
    assert validate({"name": None}, Loose) == {}


def test_a_tuple_of_one_type_is_a_list_of_a_fixed_length() -> None:
    assert schema_of(tuple[int, int], strict=True) == {
        "type": "array",
        "items": {"type": "integer"},
        "minItems": 2,
        "maxItems": 2,
    }


@pytest.mark.parametrize(
    ("into", "words"),
    [
        (Any, r"Any has no strict JSON Schema: at \$, any value would do.*\. Without strict it has one\.$"),
        (dict[str, int], r"dict\[str, int\] has no strict JSON Schema: at \$, a dict has free keys"),
        (list, r"at \$\[\], any value"),
        (list[Any], r"at \$\[\], any value"),
        (tuple[int, str], r"at \$, a tuple has items of different types"),
        (known.Box[dict[str, int]], r"Box\[dict\[str, int\]\] has no strict JSON Schema: at \$\.content, a dict"),
        (known.Husband, r"Husband has no strict JSON Schema: at Wife\.notes, |at \$\.wife\.notes, "),
    ],
    ids=str,
)
def test_what_it_cannot_say_is_refused(into: Any, words: str) -> None:
    with pytest.raises(InvalidArgumentError, match=words):
        schema_of(into, strict=True)


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        ({"type": "string", "format": "uuid"}, {"type": "string", "format": "uuid"}),
        ({"type": "string", "format": "uri"}, {"type": "string", "description": "Format: uri."}),
        ({"type": "string", "pattern": "^(?:a|b)$"}, {"type": "string", "pattern": "^(?:a|b)$"}),
        ({"type": "string", "pattern": "^(?!a)"}, {"type": "string", "description": "Has to match ^(?!a)."}),
        ({"type": "integer", "minimum": 1, "default": 3, "examples": [4]}, {"type": "integer", "minimum": 1}),
        ({"const": 1}, {"const": 1}),
        ({"oneOf": [STRING, NULL], "discriminator": {}}, {"anyOf": [STRING, NULL]}),
        ({"allOf": [{"$ref": "#/$defs/A"}]}, {"$ref": "#/$defs/A"}),
        (
            {"allOf": [{"$ref": "#/$defs/A"}], "description": "it"},
            {"anyOf": [{"$ref": "#/$defs/A"}], "description": "it"},
        ),
        (
            {"type": "object", "properties": {"a": {"anyOf": [STRING, NULL]}, "b": {"const": 1}}},
            {
                "type": "object",
                "properties": {"a": {"anyOf": [STRING, NULL]}, "b": {"const": 1}},
                "required": ["a", "b"],
                "additionalProperties": False,
            },
        ),
        (
            {"type": "object", "properties": {"a": {"anyOf": [STRING, {"type": "integer"}]}}},
            {
                "type": "object",
                "properties": {"a": {"anyOf": [STRING, {"type": "integer"}, NULL]}},
                "required": ["a"],
                "additionalProperties": False,
            },
        ),
    ],
    ids=str,
)
def test_what_others_draw_is_put_in_its_terms(schema: dict[str, Any], strict: dict[str, Any]) -> None:
    assert make_strict(schema, "It") == strict


def test_keys_by_pattern_are_free_keys() -> None:
    with pytest.raises(InvalidArgumentError, match="free keys"):
        make_strict({"type": "object", "properties": {}, "patternProperties": {"^x": STRING}}, "It")


def test_a_schema_that_is_put_in_its_terms_stays_as_it_is() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "default": ""}}}

    make_strict(schema, "It")

    assert schema == {"type": "object", "properties": {"a": {"type": "string", "default": ""}}}


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = STRING
    for level in range(levels):
        schema = {"type": "object", "properties": {"a": {"anyOf": [{"type": "array", "items": schema}]}, "b": STRING}}
        schema["properties"] = dict(sorted(schema["properties"].items(), reverse=bool(level % 2)))
    return schema


def wide(properties: int) -> dict[str, Any]:
    return {"type": "object", "properties": {f"p{number}": STRING for number in range(properties)}}


def choices(count: int) -> dict[str, Any]:
    chosen = {"type": "object", "properties": {"b": {"enum": [1]}}}
    return {
        "type": "object",
        "properties": {"a": {"enum": [*range(count - 1)]}, "b": {"$ref": "#/$defs/B"}},
        "required": ["a", "b"],
        "$defs": {"B": {**chosen, "required": ["b"]}},
    }


@pytest.mark.parametrize(
    ("draw", "most", "words"),
    [
        (nested, 10, "levels of objects"),
        (wide, 5_000, "properties"),
        (choices, 1_000, "values to choose from"),
    ],
)
def test_what_is_larger_than_it_takes_is_refused(draw: Callable[[int], dict[str, Any]], most: int, words: str) -> None:
    assert make_strict(draw(most), "It")
    with pytest.raises(
        InvalidArgumentError, match=rf"It .*: at \$, there are {most + 1} {words}, and .* takes {most}\."
    ):
        make_strict(draw(most + 1), "It")
