"""The JSON Schema of each sort of type, word for word."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field as dataclass_field, make_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, ClassVar, Final, List, Literal, Tuple, TypeVar  # noqa: UP035 - people write them
from uuid import UUID

import annotated_types
import attrs
import pytest
from attrs import Factory, define, field
from typing_extensions import Doc, TypeAliasType

from openrouter.core.schema import schema_of
from tests.core import schema_types as known

T = TypeVar("T")
Number = TypeVar("Number", int, str)
Text = TypeVar("Text", bound=str)
STRING = {"type": "string"}
INTEGER = {"type": "integer"}
NUMBER = {"type": "number"}
NULL = {"type": "null"}


@pytest.mark.parametrize(
    ("into", "schema"),
    [
        (str, STRING),
        (int, INTEGER),
        (float, NUMBER),
        (bool, {"type": "boolean"}),
        (None, NULL),
        (type(None), NULL),
        (Any, {}),
        (object, {}),
        (list, {"type": "array"}),
        (List, {"type": "array"}),  # noqa: UP006 - people write it
        (List[int], {"type": "array", "items": INTEGER}),  # noqa: UP006 - the same
        (tuple, {"type": "array"}),
        (Tuple, {"type": "array"}),  # noqa: UP006 - the same
        (tuple[int, ...], {"type": "array", "items": INTEGER}),
        (
            tuple[int, str],
            {"type": "array", "prefixItems": [INTEGER, STRING], "items": False, "minItems": 2, "maxItems": 2},
        ),
        (tuple[()], {"type": "array", "items": False, "minItems": 0, "maxItems": 0}),
        (set[int], {"type": "array", "items": INTEGER, "uniqueItems": True}),
        (dict, {"type": "object", "additionalProperties": True}),
        (dict[str, int], {"type": "object", "additionalProperties": INTEGER}),
        (Mapping[str, Any], {"type": "object", "additionalProperties": True}),
        (
            dict[UUID, int],
            {
                "type": "object",
                "propertyNames": {"type": "string", "format": "uuid"},
                "additionalProperties": INTEGER,
            },
        ),
        (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
        (Literal[1, "a", None], {"type": ["integer", "string", "null"], "enum": [1, "a", None]}),  # noqa: PYI061 - the same
        (known.Colour, {"type": "string", "enum": ["red", "blue"], "description": "What something looks like."}),
        (known.Level, {"type": "integer", "enum": [1, 2]}),
        (int | None, {"anyOf": [INTEGER, NULL]}),
        (TypeAliasType("Either", "int | str") | None, {"anyOf": [INTEGER, STRING, NULL]}),
        (known.Name, STRING),
        (T, {}),
        (Number, {"anyOf": [INTEGER, STRING]}),
        (Text, STRING),
        (Annotated[int, "how many"], {"type": "integer", "description": "how many"}),
        (Annotated[int, Doc("how many")], {"type": "integer", "description": "how many"}),
        (Annotated[Annotated[int, "inner"], "outer"], {"type": "integer", "description": "outer"}),
        (Annotated[TypeAliasType("I", Annotated[int, "in"]), "out"], {"type": "integer", "description": "out\n\nin"}),
        (datetime, {"type": "string", "format": "date-time"}),
        (Decimal, NUMBER),
    ],
    ids=str,
)
def test_the_schema_of_a_type(into: Any, schema: dict[str, Any]) -> None:
    assert schema_of(into) == schema


def test_the_schema_of_an_attrs_class() -> None:
    place = {
        "type": "object",
        "description": "Somewhere on Earth.",
        "properties": {
            "latitude": {"type": "number", "minimum": -90, "maximum": 90, "description": "degrees north"},
            "longitude": {"type": "number", "description": "degrees east", "default": 0.0},
        },
        "required": ["latitude"],
        "additionalProperties": False,
    }
    colour = {"type": "string", "enum": ["red", "blue"], "description": "What something looks like."}

    assert schema_of(known.City) == {
        "type": "object",
        "properties": {
            "name": STRING,
            "place": {"$ref": "#/$defs/Place"},
            "twin": {"anyOf": [{"$ref": "#/$defs/Place"}, NULL], "default": None},
            "colours": {"type": "array", "items": colour, "default": []},
            "inner": {"type": "integer", "description": "what is inside", "default": 3},
            "post_code": {"type": "string", "default": ""},
        },
        "required": ["name", "place"],
        "additionalProperties": False,
        "$defs": {"Place": place},
    }


def test_a_class_that_contains_itself_refers_to_the_whole() -> None:
    assert schema_of(known.Node)["properties"]["children"] == {
        "type": "array",
        "items": {"$ref": "#"},
        "default": [],
    }
    assert "$defs" not in schema_of(known.Node)


def test_a_class_within_another_refers_to_its_definition() -> None:
    schema = schema_of(list[known.Node])

    assert schema["items"] == {"$ref": "#/$defs/Node"}
    assert schema["$defs"]["Node"]["properties"]["parent"]["anyOf"] == [{"$ref": "#/$defs/Node"}, NULL]


def test_a_recursive_alias_refers_to_itself() -> None:
    assert schema_of(known.Json) == {
        "anyOf": [
            {"type": "object", "additionalProperties": {"$ref": "#"}},
            {"type": "array", "items": {"$ref": "#"}},
            STRING,
            NULL,
        ]
    }
    assert schema_of(dict[str, known.Json])["$defs"].keys() == {"Json"}


def test_an_alias_of_what_ends_is_written_out() -> None:
    count = TypeAliasType("count", Annotated[int, "how many"])
    described = {"type": "integer", "description": "how many"}

    assert schema_of(count | list[count] | set[count]) == {
        "anyOf": [
            described,
            {"type": "array", "items": described},
            {"type": "array", "items": described, "uniqueItems": True},
        ]
    }


def test_classes_of_one_name_are_told_apart() -> None:
    first = attrs.make_class("Same", {"x": field(type=int)})
    second = attrs.make_class("Same", {"y": field(type=str)})

    schema = schema_of(dict[str, first | second | list[first] | list[second]])

    assert schema["$defs"]["Same"]["properties"] == {"x": INTEGER}
    assert schema["$defs"]["Same_2"]["properties"] == {"y": STRING}
    members = schema["additionalProperties"]["anyOf"]
    assert members[2:] == [{"type": "array", "items": member} for member in members[:2]]


def test_a_class_within_another_of_its_name_is_told_apart() -> None:
    inner = attrs.make_class("Same", {"x": field(type=int)})
    outer = attrs.make_class("Same", {"a": field(type=inner), "b": field(type=inner)})

    schema = schema_of(tuple[outer, outer])

    assert schema["prefixItems"] == [{"$ref": "#/$defs/Same"}] * 2
    assert schema["$defs"]["Same"]["properties"]["a"] == {"$ref": "#/$defs/Same_2"}
    assert schema["$defs"]["Same_2"]["properties"] == {"x": INTEGER}


def test_a_dataclass_gives_what_it_is_made_of() -> None:
    assert schema_of(known.Point)["properties"] == {
        "x": NUMBER,
        "y": {"type": "number", "default": 0.0},
        "tags": {"type": "array", "items": STRING, "uniqueItems": True, "default": []},
        "kind": {"type": "string", "enum": ["point"], "default": "point"},
    }
    assert schema_of(known.Doubled)["properties"] == {"given": INTEGER}


def test_generated_docstrings_describe_nothing() -> None:
    assert "description" not in schema_of(known.Point)
    assert "description" not in schema_of(known.Span)


def test_a_typed_dict_says_itself_what_is_required() -> None:
    assert schema_of(known.Movie) == {
        "type": "object",
        "description": "A film.",
        "properties": {"title": STRING, "year": INTEGER},
        "required": ["title"],
        "additionalProperties": False,
    }
    assert schema_of(known.Series)["required"] == ["title"]
    assert schema_of(known.Frozen)["properties"] == {"name": STRING, "size": {"anyOf": [INTEGER, NULL]}}
    assert schema_of(known.Frozen)["required"] == ["name"]


def test_a_named_tuple_is_an_object() -> None:
    assert schema_of(known.Span)["properties"] == {"start": INTEGER, "end": {"type": "integer", "default": 10}}


def test_type_variables_are_filled_in_bases_as_well() -> None:
    assert schema_of(known.Box[int])["properties"]["content"] == INTEGER
    assert schema_of(known.Box)["properties"]["content"] == {}
    assert schema_of(known.Shelf)["properties"] == {
        "content": INTEGER,
        "more": {"type": "array", "items": INTEGER, "default": []},
        "label": {"type": "string", "default": ""},
    }
    assert schema_of(list[known.Box[int] | known.Box[str] | list[known.Box[int]]])["$defs"].keys() == {"Box_int"}


def test_limits_become_keywords() -> None:
    assert schema_of(known.Limited)["properties"] == {
        "count": {"type": "integer", "minimum": 1, "exclusiveMaximum": 10},
        "step": {"type": "integer", "multipleOf": 5, "default": 0},
        "word": {"type": "string", "minLength": 1, "maxLength": 8, "default": "word"},
        "items": {"type": "array", "items": INTEGER, "maxItems": 3, "default": []},
    }
    assert schema_of(Annotated[dict[str, int], annotated_types.MinLen(1)])["minProperties"] == 1
    assert schema_of(Annotated[Decimal, annotated_types.Gt(Decimal("0.5"))])["exclusiveMinimum"] == 0.5
    assert schema_of(Annotated[Decimal, annotated_types.Le(Decimal(5))]) == {"type": "number", "maximum": 5}


def test_limits_of_a_union_go_to_the_members_that_they_concern() -> None:
    noted = TypeAliasType("noted", Annotated[int | str, "either"])

    assert schema_of(Annotated[int | str | None, annotated_types.Ge(1), annotated_types.MinLen(2)]) == {
        "anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "minLength": 2}, NULL]
    }
    assert schema_of(Annotated[noted, annotated_types.Ge(1)]) == {
        "anyOf": [{"type": "integer", "minimum": 1}, STRING],
        "description": "either",
    }


def test_limits_that_json_has_no_keyword_for_are_put_into_words() -> None:
    assert schema_of(Annotated[date, annotated_types.Ge(date(2030, 1, 1))])["description"] == "At least 2030-01-01"


def test_what_else_annotated_holds_says_nothing() -> None:
    class Odd:
        ge = "soon"
        pattern = 3
        min_length = True
        lt = True
        le = float("inf")

    assert schema_of(Annotated[int, Odd(), int, 5]) == INTEGER


def test_patterns_may_be_compiled() -> None:
    assert schema_of(Annotated[str, re.compile("a+")]) == {"type": "string", "pattern": "a+"}


class Defaults(Enum):
    ONE = 1


@define
class Defaulting:
    number: float = float("nan")
    exact: Decimal = Decimal(1)
    made: list[int] = Factory(lambda: [1])
    row: tuple[Any, ...] = (1, "a")
    odd: tuple[Any, ...] = (1, Decimal(1))
    one: Defaults = Defaults.ONE
    table: dict[str, int] = Factory(dict)
    nothing: Any = None


def test_defaults_that_json_can_hold_are_shown() -> None:
    shown = {key: about.get("default", "-") for key, about in schema_of(Defaulting)["properties"].items()}

    assert shown == {"number": "-", "exact": "-", "made": "-", "row": [1, "a"], "odd": "-"} | {
        "one": 1,
        "table": {},
        "nothing": None,
    }


@dataclass
class Counted:
    total: ClassVar[int] = 0
    size: Final[int] = 1  # type: ignore[misc]  # dataclasses take it
    start: InitVar[int] = 3


def test_fields_of_the_class_are_none_of_the_instance() -> None:
    assert schema_of(Counted)["properties"] == {
        "size": {"type": "integer", "default": 1},
        "start": {"type": "integer", "default": 3},
    }


def test_metadata_describes_a_field() -> None:
    made = make_dataclass("Made", [("x", int, dataclass_field(metadata={"description": "across"}))])
    assert schema_of(made)["properties"]["x"] == {"type": "integer", "description": "across"}


def test_a_class_within_a_function_may_contain_itself() -> None:
    @define
    class Local:
        inner: Local | None = None

    assert schema_of(Local)["properties"]["inner"]["anyOf"][0] == {"$ref": "#"}


def test_a_field_without_an_annotation_may_be_anything() -> None:
    bare = attrs.make_class("Bare", ["x"])
    assert schema_of(bare)["properties"] == {"x": {}}


def test_a_schema_is_the_callers_own() -> None:
    schema_of(known.City)["properties"].clear()
    assert schema_of(known.City)["properties"]


def test_unions_of_another_order_are_not_mixed_up() -> None:
    assert schema_of(int | str) == {"anyOf": [INTEGER, STRING]}
    assert schema_of(str | int) == {"anyOf": [STRING, INTEGER]}


def test_types_that_cannot_be_kept_have_a_schema_as_well() -> None:
    assert schema_of(Annotated[int, {"not": "hashable"}, "how many"]) == {"type": "integer", "description": "how many"}


def test_flags_of_a_pattern_and_bounds_without_a_keyword_are_put_into_words() -> None:
    flagged = re.compile("^A.c", re.IGNORECASE | re.DOTALL)
    assert schema_of(Annotated[str, flagged]) == {
        "type": "string",
        "description": "Has to match ^A.c (ignorecase, dotall)",
    }
    assert schema_of(Annotated[str, re.compile("^A")]) == {"type": "string", "pattern": "^A"}
    assert schema_of(Annotated[date, annotated_types.Ge(date(2030, 1, 1)), annotated_types.Lt(date(2031, 1, 1))]) == {
        "type": "string",
        "format": "date",
        "description": "At least 2030-01-01; Below 2031-01-01",
    }
    assert schema_of(annotated_types.LowerCase[str]) == {"type": "string"}
