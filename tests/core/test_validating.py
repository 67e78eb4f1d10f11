"""Decoded JSON into instances, and every flaw by its path."""

from __future__ import annotations

import copy
import math
import pickle
import re
from collections.abc import Mapping, Sequence, Set as AbstractSet
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal
from uuid import UUID

import annotated_types
import pytest
from attrs import define, field, validators
from typing_extensions import TypeAliasType

from openrouter import InvalidArgumentError
from openrouter.core.validating import Flaw, MisfitError, validate
from tests.core import schema_types as known

DURATION = "has to be a duration such as P1DT2H30M (ISO 8601, without years and months)"
IDENTIFIER = "123e4567-e89b-12d3-a456-426614174000"


Twigs = TypeAliasType("Twigs", "dict[str, Twigs | None]")


def flaws(value: Any, into: Any) -> list[str]:
    with pytest.raises(MisfitError) as raised:
        validate(value, into)
    return [str(flaw) for flaw in raised.value.flaws]


@pytest.mark.parametrize(
    ("value", "into", "made"),
    [
        ("a", str, "a"),
        (3, int, 3),
        (3.0, int, 3),
        (3, float, 3.0),
        (1.5, float, 1.5),
        (True, bool, True),
        (None, None, None),
        ({"a": [1]}, Any, {"a": [1]}),
        ([1, "a"], list, [1, "a"]),
        ([1.0], list[int], [1]),
        ([1], Sequence[int], [1]),
        ([1, 2], tuple[int, ...], (1, 2)),
        ([1, "a"], tuple[int, str], (1, "a")),
        ([], tuple[()], ()),
        ([1, 2, 1], set[int], {1, 2}),
        ([1], frozenset[int], frozenset({1})),
        ([1], AbstractSet[int], {1}),
        ({"a": 1}, dict[str, int], {"a": 1}),
        ({"a": 1}, Mapping[str, float], {"a": 1.0}),
        ({IDENTIFIER: 1}, dict[UUID, int], {UUID(IDENTIFIER): 1}),
        ("b", Literal["a", "b"], "b"),
        (True, Literal[1, True], True),
        (1.0, Literal[1, True], 1),
        ("red", known.Colour, known.Colour.RED),
        ("red", Literal[known.Colour.RED], known.Colour.RED),
        (2, known.Level, known.Level.HIGH),
        ("2030-01-31T15:30:00Z", datetime, datetime(2030, 1, 31, 15, 30, tzinfo=UTC)),
        (
            "2030-01-31t15:30:00.5+02:00",
            datetime,
            datetime(2030, 1, 31, 15, 30, 0, 500000, timezone(timedelta(hours=2))),
        ),
        ("2030-01-31 15:30", datetime, datetime(2030, 1, 31, 15, 30)),  # noqa: DTZ001 - the text has no time zone
        ("2030-01-31", date, date(2030, 1, 31)),
        ("15:30:01", time, time(15, 30, 1)),
        ("P1W", timedelta, timedelta(weeks=1)),
        ("P1DT2H3M4.5S", timedelta, timedelta(days=1, hours=2, minutes=3, seconds=4.5)),
        ("-PT1S", timedelta, timedelta(seconds=-1)),
        (0.1, Decimal, Decimal("0.1")),
        (3, Decimal, Decimal(3)),
        ("0.10", Decimal, Decimal("0.10")),
        (IDENTIFIER.upper(), UUID, UUID(IDENTIFIER)),
        ("a/B", Path, Path("a/B")),
        ("a/B", PurePosixPath, PurePosixPath("a/B")),
        ({"kind": "dog", "name": "Rex"}, known.Cat | known.Dog, known.Dog("dog", "Rex")),
        ({"title": "M", "more": 1}, known.Movie, {"title": "M"}),
        ({"start": 1}, known.Span, known.Span(1)),
        ({"given": 4}, known.Doubled, known.Doubled(4)),
        ({"value": 1, "children": [{"value": 2}]}, known.Node, known.Node(1, (known.Node(2),))),
        ({"content": 1, "label": "l"}, known.Shelf, known.Shelf(1, [], "l")),
        ({"a": [None, {"b": "c"}]}, known.Json, {"a": [None, {"b": "c"}]}),
        (0.3, Annotated[float, annotated_types.MultipleOf(0.1)], 0.3),
        ("3.5", Annotated[Decimal, annotated_types.Gt(3)], Decimal("3.5")),
        ("2030-01-01", Annotated[date, annotated_types.Ge(date(2030, 1, 1))], date(2030, 1, 1)),
    ],
    ids=str,
)
def test_what_fits_is_made(value: Any, into: Any, made: Any) -> None:
    found = validate(value, into)

    assert found == made
    assert type(found) is type(made)


@pytest.mark.parametrize(
    ("value", "into", "message"),
    [
        (3, str, "has to be a string, not 3"),
        (None, str, "has to be a string, not null"),
        ("3", int, 'has to be a whole number, not "3"'),
        (True, int, "has to be a whole number, not true"),
        (3.5, int, "has to be a whole number, not 3.5"),
        ("3", float, 'has to be a number, not "3"'),
        (False, float, "has to be a number, not false"),
        (math.nan, float, "has to be a number, not NaN"),
        (10**400, float, "has to be a number, not a number of very many digits"),
        (1, bool, "has to be true or false, not 1"),
        (0, None, "has to be null, not 0"),
        ({}, list[int], "has to be an array, not an object"),
        ([], dict[str, int], "has to be an object, not an array"),
        ("ab", tuple[int, int], 'has to be an array of 2 items, not "ab"'),
        ([1], tuple[int, int], "has to be an array of 2 items, not of 1"),
        ("c", Literal["a", "b"], 'has to be "a" or "b", not "c"'),
        (True, Literal[1], "has to be 1, not true"),
        ([], Literal["a"], 'has to be "a", not an array'),
        ("green", known.Colour, 'has to be "red" or "blue", not "green"'),
        (99, Literal[tuple(range(30))], f"has to be {', '.join(map(str, range(20)))} or 10 others, not 99"),
        ("soon", datetime, 'has to be a date and time such as 2030-01-31T15:30:00Z (ISO 8601), not "soon"'),
        ("2030-01-31", datetime, 'has to be a date and time such as 2030-01-31T15:30:00Z (ISO 8601), not "2030-01-31"'),
        ("2030-02-30", date, 'has to be a date such as 2030-01-31 (ISO 8601), not "2030-02-30"'),
        ("20300101", date, 'has to be a date such as 2030-01-31 (ISO 8601), not "20300101"'),
        (5, time, "has to be a time such as 15:30:00 (ISO 8601), not 5"),
        *((text, timedelta, f'{DURATION}, not "{text}"') for text in ("P", "PT", "P1Y", "1 hour", "P9999999999D")),
        ("NaN", Decimal, 'has to be a number, not "NaN"'),
        ("1_0", Decimal, 'has to be a number, not "1_0"'),
        (math.inf, Decimal, "has to be a number, not Infinity"),
        (f"{{{IDENTIFIER}}}", UUID, f'has to be a UUID such as {IDENTIFIER}, not "{{{IDENTIFIER}}}"'),
        ("x" * 50, int, f'has to be a whole number, not "{"x" * 40}…"'),
        (Ellipsis, str, "has to be a string, not a value of the type ellipsis"),
        ([], int | str | None, "has to be a whole number, a string or null, not an array"),
        (3, Annotated[int, annotated_types.Gt(3)], "has to be above 3, not 3"),
        ("3", Annotated[Decimal, annotated_types.Gt(3)], 'has to be above 3, not "3"'),
        (0.25, Annotated[float, annotated_types.MultipleOf(0.1)], "has to be a multiple of 0.1, not 0.25"),
        ("", Annotated[str, annotated_types.MinLen(1)], "has to have at least 1 characters"),
        ([1, 2], Annotated[list[int], annotated_types.MaxLen(1)], "has to have at most 1 items"),
        ({}, Annotated[dict[str, int], annotated_types.MinLen(1)], "has to have at least 1 keys"),
        ("AB", known.TYPES["pattern"], 'has to match ^[a-z]+$, as "AB" does not'),
        ("2029-12-31", Annotated[date, annotated_types.Ge(date(2030, 1, 1))],
         'has to be at least 2030-01-01, not "2029-12-31"'),
        ([[1]], set[Any], "was refused: unhashable type: 'list'"),
    ],
    ids=lambda value: str(value)[:60],
)  # fmt: skip
def test_what_does_not_fit_is_said(value: Any, into: Any, message: str) -> None:
    assert flaws(value, into) == [f"$ {message}"]


def test_a_bound_that_cannot_be_compared_is_a_flaw() -> None:
    into = Annotated[datetime, annotated_types.Ge(datetime(2030, 1, 1, tzinfo=UTC))]
    assert flaws("2030-01-01T00:00:00", into) == [
        "$ was refused: can't compare offset-naive and offset-aware datetimes"
    ]


def test_limits_concern_values_of_their_kind() -> None:
    into = Annotated[Any, annotated_types.Ge(1), annotated_types.MinLen(2)]

    assert validate(1, into) == 1
    assert validate(None, into) is None
    assert flaws("a", into) == ["$ has to have at least 2 characters"]
    assert flaws(0, into) == ["$ has to be at least 1, not 0"]


def test_what_is_wanted_is_said_through_descriptions_and_aliases() -> None:
    assert flaws(3, Annotated[str, "a word"] | None) == ["$ has to be a string or null, not 3"]
    assert flaws(3, known.Json) == ["$ has to be an object, an array, a string or null, not 3"]
    assert flaws(3, Annotated[known.Name, "a name", annotated_types.MinLen(1)] | None) == [
        "$ has to be a string or null, not 3"
    ]
    assert flaws({"twig": 3}, Twigs) == ["$.twig has to be a value of the type Twigs or null, not 3"]


def test_all_flaws_are_found_in_the_order_of_the_fields() -> None:
    city = {
        "twin": {"latitude": 91, "longitude": "east"},
        "place": {},
        "colours": ["red", "green", 3],
        "inner": None,
        "post_code": 5,
    }

    assert flaws(city, known.City) == [
        "$.name is missing",
        "$.place.latitude is missing",
        "$.twin.latitude has to be at most 90, not 91",
        '$.twin.longitude has to be a number, not "east"',
        '$.colours[1] has to be "red" or "blue", not "green"',
        '$.colours[2] has to be "red" or "blue", not 3',
        "$.post_code has to be a string, not 5",
    ]


def test_keys_that_are_no_names_stand_in_brackets() -> None:
    assert flaws({"zip code": {"a": "b"}}, dict[str, dict[str, int]]) == [
        '$["zip code"].a has to be a whole number, not "b"'
    ]
    assert flaws({"a": 1}, dict[UUID, int])[0].startswith("$.a has to be a UUID")
    assert flaws([1, "a", 2], tuple[int, int, str]) == [
        '$[1] has to be a whole number, not "a"',
        "$[2] has to be a string, not 2",
    ]


def test_the_error_says_how_much_is_wrong() -> None:
    with pytest.raises(MisfitError) as raised:
        validate(["a"] * 12, list[int])

    assert len(raised.value.flaws) == 12
    assert str(raised.value).startswith('$[0] has to be a whole number, not "a"; $[1] has')
    assert str(raised.value).endswith('$[9] has to be a whole number, not "a"; and 2 more')


def test_the_error_can_be_copied_and_pickled() -> None:
    error = MisfitError([Flaw("$.a", "is missing")])

    for other in (copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301 - our own
        assert other.flaws == error.flaws
        assert str(other) == "$.a is missing"


def test_unknown_keys_and_null_for_a_default_are_overlooked() -> None:
    value = {"name": "A", "place": {"latitude": 1, "longitude": None, "height": 3}, "twin": None, "inner": None}

    city = validate(value, known.City)

    assert city == known.City("A", known.Place(1.0))
    assert validate({"title": "M", "year": None}, known.Movie) == {"title": "M"}
    assert validate({"name": "a", "size": None}, known.Frozen) == {"name": "a", "size": None}


def test_null_for_what_has_no_default_is_a_flaw() -> None:
    assert flaws({"latitude": None}, known.Place) == ["$.latitude has to be a number, not null"]


def test_what_is_nested_too_deeply_is_a_flaw() -> None:
    value: dict[str, Any] = {"value": 1}
    for _ in range(100_000):
        value = {"value": 1, "parent": value}

    assert flaws(value, known.Node) == ["$ is nested too deeply"]
    while value:  # else Python takes it apart all at once
        value = value.pop("parent", {})


@define
class Checked:
    low: int = field(validator=validators.gt(0))
    high: int = field(default=10, validator=validators.in_([10, 20]))

    def __attrs_post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("low is above\nhigh")


def test_what_a_class_refuses_itself_is_a_flaw() -> None:
    assert flaws({"low": 0}, Checked) == ["$ was refused: 'low' must be > 0: 0"]
    assert flaws({"low": 1, "high": 3}, Checked) == ["$.high was refused: 'high' must be in [10, 20] (got 3)"]
    assert flaws([{"low": 11}], list[Checked]) == ["$[0] was refused: low is above high"]
    assert flaws({"low": "x"}, Checked) == ['$.low has to be a whole number, not "x"']


def test_a_converter_of_a_class_is_run() -> None:
    @define
    class Converted:
        name: str = field(converter=str.upper)

    assert validate({"name": "a"}, Converted).name == "A"


def test_a_type_without_a_schema_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="no JSON Schema for bytes"):
        validate("a", bytes)


@define
class Wish:
    name: str | None = None
    price: float | None = None


@define
class Empty:
    pass


def test_an_object_of_other_keys_alone_is_no_instance() -> None:
    assert flaws({"wish": {"name": "A"}}, Wish) == ["$ has none of the keys that it may have: name, price"]
    assert flaws([{"Name": "A"}], list[known.Movie]) == ["$[0].title is missing"]
    assert validate({"name": "A", "wish": 1}, Wish) == Wish("A")
    assert validate({}, Wish) == Wish()
    assert validate({"wish": 1}, Empty) == Empty()


@pytest.mark.parametrize(
    "error",
    [ValueError, TypeError, AssertionError, ZeroDivisionError, OverflowError, KeyError, IndexError, AttributeError],
)
def test_what_code_of_a_class_raises_about_its_values_is_a_flaw(error: type[Exception]) -> None:
    @define
    class Raising:
        name: str

        def __attrs_post_init__(self) -> None:
            raise error("not that")

    (flaw,) = flaws({"name": "A"}, Raising)
    assert flaw.startswith("$ was refused: ")
    assert "not that" in flaw


def test_what_code_of_a_class_raises_about_something_else_is_raised() -> None:
    @define
    class Raising:
        name: str

        def __attrs_post_init__(self) -> None:
            raise OSError("no disk")

    with pytest.raises(OSError, match="no disk"):
        validate({"name": "A"}, Raising)


def is_fine(value: float) -> bool:
    return 1 / value > 0


@pytest.mark.parametrize(
    ("value", "into", "message"),
    [
        ("A", annotated_types.LowerCase[str], 'has to be what str.islower finds right, as "A" is not'),
        (-1, Annotated[float, annotated_types.Predicate(is_fine)], "has to be what is_fine finds right, as -1 is not"),
        (0, Annotated[float, annotated_types.Predicate(is_fine)], "was refused: float division by zero"),
        ("a", Annotated[str, annotated_types.Predicate(annotated_types.Not(str.islower))], "has to be what Not(func="),
        (1, Annotated[int, annotated_types.MultipleOf(0)], "was refused: integer modulo by zero"),
        ("b", Annotated[str, re.compile("^A", re.IGNORECASE)], 'has to match ^A (ignorecase), as "b" does not'),
    ],
)
def test_what_functions_and_patterns_demand(value: Any, into: Any, message: str) -> None:
    (flaw,) = flaws(value, into)
    assert flaw.startswith(f"$ {message}")


@pytest.mark.parametrize(
    ("value", "into"),
    [
        ("a", annotated_types.LowerCase[str]),
        (1.5, annotated_types.IsFinite[float]),
        (None, Annotated[int | None, annotated_types.Predicate(lambda value: value is None)]),
        ("Abc", Annotated[str, re.compile("^a.c", re.IGNORECASE | re.DOTALL)]),
        (2, Annotated[int, annotated_types.Interval(gt=1, le=2)]),
    ],
)
def test_what_they_let_pass(value: Any, into: Any) -> None:
    assert validate(value, into) == value
