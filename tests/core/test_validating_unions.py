"""Which member of a union a value becomes, and what is said where it becomes none."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import pytest
from attrs import define
from typing_extensions import TypeAliasType

from openrouter.core.validating import MisfitError, validate
from tests.core import schema_types as known


def flaws(value: Any, into: Any) -> list[str]:
    with pytest.raises(MisfitError) as raised:
        validate(value, into)
    return [str(flaw) for flaw in raised.value.flaws]


@pytest.mark.parametrize(
    ("value", "made"),
    [
        ({"radius": 1}, known.Circle(1.0)),
        ({"side": 1}, known.Square(1.0)),
        ({"side": 1, "other": 2}, known.Rectangle(1.0, 2.0)),
        ({"side": 1, "colour": "red"}, known.Square(1.0)),
    ],
    ids=str,
)
def test_of_a_union_the_class_is_made_that_overlooks_least(value: Any, made: Any) -> None:
    assert validate(value, known.Circle | known.Square | known.Rectangle) == made


@define
class Round:
    shape: known.Circle | known.Square


@define
class Square:
    shape: known.Circle | known.Rectangle


@define
class Floats:
    items: list[float] | list[str]


@define
class Wholes:
    items: list[int] | list[str]


@define
class Sized:
    size: int = 1


@define
class Unsized:
    size: int | None = 1


def test_null_is_rather_a_value_than_left_out() -> None:
    assert validate({"size": None}, Sized | Unsized) == Unsized(None)


def test_what_is_overlooked_counts_at_any_depth() -> None:
    assert validate({"items": [1]}, Floats | Wholes) == Wholes([1])

    made = validate({"shape": {"side": 1, "other": 2}}, Round | Square)

    assert made == Square(known.Rectangle(1.0, 2.0))


@pytest.mark.parametrize(
    ("value", "into", "made"),
    [
        (3, float | int, 3),
        (3.0, int | float, 3.0),
        (3, int | float, 3),
        ("2030-01-31", str | date, "2030-01-31"),
        ("2030-01-31", date | str, date(2030, 1, 31)),
        ("soon", date | str, "soon"),
        ([1], list[str] | list[int], [1]),
        ({"x": 1}, dict[str, int] | known.Circle, {"x": 1}),
    ],
    ids=str,
)
def test_of_a_union_the_first_is_made_of_those_that_fit_best(value: Any, into: Any, made: Any) -> None:
    found = validate(value, into)
    assert (type(found), found) == (type(made), made)


def test_what_fits_no_member_is_told_for_each() -> None:
    reasons = "as an object (Circle), $[0].radius is missing; as an object (Square), $[0].side is missing"

    assert flaws([{"size": 1}], list[known.Circle | known.Square]) == [
        f"$[0] fits none of the types it may have ({reasons})"
    ]


def test_the_only_member_of_the_kind_tells_its_own_flaws() -> None:
    assert flaws({"radius": "1"}, known.Circle | str | None) == ['$.radius has to be a number, not "1"']


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"kind": "dog"}, ["$.name is missing"]),
        ({"kind": "cat", "lives": "nine"}, ['$.lives has to be a whole number, not "nine"']),
        ({"kind": "cow"}, ['$.kind has to be "cat" or "dog", not "cow"']),
        ({"name": "Rex"}, ['$.kind has to be "cat" or "dog", and is missing']),
        ({"kind": None}, ['$.kind has to be "cat" or "dog", not null']),
    ],
    ids=str,
)
def test_a_literal_tells_which_member_is_meant(value: Any, found: list[str]) -> None:
    assert flaws(value, known.Cat | known.Dog | None) == found


@define
class Metric:
    unit: Literal["m", "km"] = "m"
    length: float = 0.0


@define
class Imperial:
    unit: Literal["ft", "m"] = "ft"
    feet: float = 0.0


def test_a_tag_with_a_default_may_be_left_out() -> None:
    assert validate({"feet": 3}, Metric | Imperial) == Imperial(feet=3.0)
    assert validate({"unit": None, "feet": 3}, Metric | Imperial) == Imperial(feet=3.0)
    assert validate({"unit": "km"}, Metric | Imperial) == Metric("km")
    # Both have metres.
    assert validate({"unit": "m", "feet": 3}, Metric | Imperial) == Imperial("m", 3.0)
    assert flaws({"unit": "mile"}, Metric | Imperial) == ['$.unit has to be "m" or "km" or "ft" or "m", not "mile"']


@define
class Leaf:
    size: int


@define
class First:
    child: Tree
    first: int


@define
class Second:
    child: Tree
    second: int


Tree = TypeAliasType("Tree", "First | Second | Leaf")


def test_a_union_within_a_union_is_read_once() -> None:
    value: dict[str, Any] = {"size": 1}
    for _ in range(50):
        value = {"child": value, "second": 1}

    # Each level twice would be more than can ever be read.
    made = validate(value, Tree)

    assert isinstance(made, Second)
    assert flaws({"child": value}, Tree)[0].startswith("$ fits none of the types it may have (as an object (First), $.")


def test_the_flaws_of_deep_unions_stay_short() -> None:
    value: dict[str, Any] = {"size": "large"}
    for _ in range(30):
        value = {"child": value, "second": 1}

    assert len(flaws(value, Tree)[0]) < 1000


@define
class Ask:
    question: str | None = None
    about: str = ""


@define
class Done:
    text: str | None = None
    price: int = 0


@define
class Nothing:
    pass


def test_a_class_that_knows_none_of_the_keys_is_not_made_where_another_knows_some() -> None:
    assert flaws({"question": 5}, Ask | Done) == ["$.question has to be a string or null, not 5"]
    assert flaws({"question": 5}, Nothing | Ask) == ["$.question has to be a string or null, not 5"]
    assert validate({"question": "why?"}, Nothing | Ask) == Ask("why?")
    assert validate({"query": "why?"}, Ask | Nothing) == Nothing()
    assert validate({"question": 5}, Nothing | Ask | dict[str, int]) == {"question": 5}
    assert "$ has none of the keys" in flaws({"query": "why?"}, Ask | Done)[0]


def test_a_key_that_holds_null_does_not_weigh_like_one_that_holds_something() -> None:
    assert validate({"question": None, "text": "It is."}, Ask | Done) == Done("It is.")
    assert validate({"about": None, "text": "It is."}, Ask | Done) == Done("It is.")
    assert validate({"question": "why?", "about": None, "price": None, "text": None}, Done | Ask) == Ask("why?")


def test_of_those_that_overlook_as_much_the_one_is_made_that_overlooks_less_null() -> None:
    assert validate({"side": 1, "colour": None}, known.Square | Coloured) == Coloured(1.0)


@define
class Coloured:
    side: float
    colour: str | None = None


@define
class OfSized:
    item: Sized | known.Circle


@define
class OfUnsized:
    item: Unsized | known.Circle


def test_null_that_is_overlooked_counts_at_any_depth() -> None:
    assert validate({"item": {"size": None}}, OfSized | OfUnsized) == OfUnsized(Unsized(None))
