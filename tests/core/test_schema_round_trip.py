"""What a schema asks for can be read, and what can be read is what the schema asks for."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from datetime import timedelta
from functools import partial, reduce
from operator import getitem
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from jsonschema import Draft202012Validator

from openrouter import InvalidArgumentError
from openrouter.core.schema import schema_of
from openrouter.core.validating import MisfitError, validate
from tests.core.schema_types import NOT_STRICT, TYPES

with warnings.catch_warnings():
    # It uses parts of jsonschema that are on their way out.
    warnings.simplefilter("ignore", DeprecationWarning)
    from hypothesis_jsonschema import from_schema

STRICT = [name for name in TYPES if name not in NOT_STRICT]


def iso(duration: timedelta) -> str:
    sign = "-" if duration < timedelta(0) else ""
    whole = abs(duration)
    return f"{sign}P{whole.days}DT{whole.seconds}.{whole.microseconds:06}S"


FORMATS = {"duration": st.timedeltas().map(iso), "uuid": st.uuids().map(str)}


def instances(schema: Any, root: Any, followed: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    """Make instances with hypothesis-jsonschema, and by our own means what it cannot.

    That is objects, which it makes with inner parts of hypothesis that the newer ones no longer have; what contains
    itself; and the tuples of newer drafts.
    """
    parts = partial(instances, root=root, followed=followed)
    if "$ref" in schema:
        place = schema["$ref"]
        if place not in followed:
            target = reduce(getitem, place.split("/")[1:], root)
            followed[place] = st.deferred(lambda: parts(target))
        return followed[place]
    if "anyOf" in schema:
        return st.one_of([parts(member) for member in schema["anyOf"]])
    if schema.get("type") == "object":
        return objects(schema, parts)
    if schema.get("items") is False:
        return st.tuples(*map(parts, schema.get("prefixItems", ()))).map(list)
    if {"$ref", "properties", "anyOf"} & set(schema.get("items", ())):
        return st.lists(parts(schema["items"]), max_size=3)
    return leaves({key: value for key, value in schema.items() if key != "$defs"})


def objects(schema: Any, parts: Callable[[Any], st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    if "properties" in schema:
        members = {key: parts(about) for key, about in schema["properties"].items()}
        required = {key: members.pop(key) for key in schema.get("required", ())}
        return st.fixed_dictionaries(required, optional=members)
    keys = leaves(schema.get("propertyNames", {"type": "string"}))
    return st.dictionaries(keys, parts(schema["additionalProperties"]), max_size=3)


def leaves(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return from_schema(schema, custom_formats=FORMATS)


QUICK = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


@pytest.mark.parametrize("name", TYPES)
def test_an_instance_of_the_schema_fits_the_type(name: str) -> None:
    schema = schema_of(TYPES[name])

    @QUICK
    @given(instances(schema, schema, {}))
    def fits(value: Any) -> None:
        validate(value, TYPES[name])

    fits()


@pytest.mark.parametrize("name", STRICT)
def test_an_instance_of_the_strict_schema_fits_the_type(name: str) -> None:
    schema = schema_of(TYPES[name], strict=True)

    @QUICK
    @given(instances(schema, schema, {}))
    def fits(value: Any) -> None:
        try:
            validate(value, TYPES[name])
        except MisfitError as error:
            # Strict mode has words for lengths, and no keywords.
            assert all("characters" in flaw.message for flaw in error.flaws), error  # noqa: PT017 - no other is right

    fits()


@pytest.mark.parametrize("name", sorted(NOT_STRICT))
def test_what_strict_mode_cannot_say_is_refused(name: str) -> None:
    with pytest.raises(InvalidArgumentError, match="no strict JSON Schema: at "):
        schema_of(TYPES[name], strict=True)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("name", TYPES)
def test_a_schema_is_one(name: str, *, strict: bool) -> None:
    if strict and name in NOT_STRICT:
        return
    schema = schema_of(TYPES[name], strict=strict)

    Draft202012Validator.check_schema(schema)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 12) | st.floats(-2, 4, allow_nan=False) | st.sampled_from(["a", "cat"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["x", "a", "kind", "start"]), inner),
    max_leaves=6,
)


@pytest.mark.parametrize("name", TYPES)
def test_what_fits_the_type_fits_the_schema(name: str) -> None:
    checked = Draft202012Validator(lenient(schema_of(TYPES[name])))

    @QUICK
    @given(JSON)
    def agrees(value: Any) -> None:
        try:
            validate(value, TYPES[name])
        except MisfitError:
            return
        checked.validate(value)

    agrees()


def lenient(schema: Any) -> Any:
    """Allow what is overlooked: unknown keys, null for a default, and an item twice."""
    if isinstance(schema, list):
        return [lenient(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: lenient(value) for key, value in schema.items() if key != "uniqueItems"}
    if "properties" in made:
        del made["additionalProperties"]
        for key, about in made["properties"].items():
            if key not in made.get("required", ()):
                made["properties"][key] = {"anyOf": [about, {"type": "null"}]}
    return made


def test_infinity_is_no_json() -> None:
    with pytest.raises(MisfitError):
        validate(math.inf, float)
