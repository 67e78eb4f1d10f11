"""What becomes plain JSON, in which spelling, and what is refused with the path to it."""

from __future__ import annotations

import enum
import json
import sys
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field as dataclass_field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

import pytest
from attrs import define, field
from hypothesis import given, strategies as st

from openrouter.core.errors import InvalidArgumentError
from openrouter.core.plain import as_plain, iso_duration, json_text
from openrouter.core.structuring import structurer
from openrouter.messages import image
from openrouter.types.chat import Completion, Usage

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


class Colour(enum.Enum):
    RED = "red"
    PAIR = (1, "b")


class Level(enum.IntEnum):
    HIGH = 3


@define
class Place:
    city: str
    _zone: str = field(default="UTC", alias="time_zone")
    _private: int = 0
    computed: int = field(init=False, default=7)


@dataclass
class Trip:
    places: list[Place]
    cost: Decimal
    kind: ClassVar[str] = "trip"
    nights: int = dataclass_field(init=False, default=2)


class Point(NamedTuple):
    x: int
    y: float


class Odd:
    def __repr__(self) -> str:
        return "<odd>"


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (None, None),
        (True, True),
        ("é", "é"),
        (4, 4),
        (0.1, 0.1),
        ([1, (2, 3)], [1, [2, 3]]),
        (Point(1, 2.5), [1, 2.5]),
        (deque([1, 2]), [1, 2]),
        ({"b": 1, "a": 2}.keys(), ["b", "a"]),
        ({"b": 1, "a": 2}.values(), [1, 2]),
        (range(3), [0, 1, 2]),
        ({3, 1, 2}, [1, 2, 3]),
        (frozenset({"b", "a", "c"}), ["a", "b", "c"]),
        ({None, 1, "a"}, ["a", 1, None]),
        (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (MappingProxyType({"a": {1, 2}}), {"a": [1, 2]}),
        (
            {1: "a", Level.HIGH: "b", Colour.RED: "c", date(2026, 1, 2): "d"},
            {"1": "a", "3": "b", "red": "c", "2026-01-02": "d"},
        ),
        (Colour.RED, "red"),
        (Colour.PAIR, [1, "b"]),
        (Level.HIGH, 3),
        (datetime(2026, 11, 21, 12, 30, tzinfo=UTC), "2026-11-21T12:30:00+00:00"),
        (date(2026, 11, 21), "2026-11-21"),
        (time(12, 30, 1, 5), "12:30:01.000005"),
        (timedelta(days=1, hours=2), "P1DT2H"),
        (Decimal("0.10"), "0.10"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (PurePosixPath("a/b"), "a/b"),
        (Path("a"), "a"),
        (Place("Ulm", time_zone="CET"), {"city": "Ulm", "time_zone": "CET", "private": 0, "computed": 7}),
        (
            Trip([Place("Ulm")], Decimal("1.5")),
            {"places": [{"city": "Ulm", "time_zone": "UTC", "private": 0, "computed": 7}], "cost": "1.5", "nights": 2},
        ),
    ],
)
def test_what_becomes_json(value: Any, plain: Any) -> None:
    made = as_plain(value)
    assert made == plain
    assert type(made) is type(plain) or isinstance(plain, int)
    assert json.loads(json_text(value)) == plain


@given(ANY_JSON)
def test_json_stays_as_it_is(value: Any) -> None:
    assert as_plain(value) == value
    assert json.loads(json_text(value)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (timedelta(0), "PT0S"),
        (timedelta(days=3), "P3D"),
        (timedelta(minutes=5), "PT5M"),
        (timedelta(hours=25, seconds=61), "P1DT1H1M1S"),
        (timedelta(microseconds=1), "PT0.000001S"),
        (timedelta(seconds=1, milliseconds=500), "PT1.5S"),
        (-timedelta(seconds=0.5), "-PT0.5S"),
        (-timedelta(days=1, seconds=1), "-P1DT1S"),
    ],
)
def test_durations_are_written_as_iso_8601_has_it(value: timedelta, text: str) -> None:
    assert iso_duration(value) == text


def test_what_was_received_becomes_what_it_came_as() -> None:
    """Its fields of ours repeat what stands in `raw`, and lack what nobody knows."""
    came = {
        "id": "gen-1",
        "choices": [{"message": {"content": "Hi", "aura": [None]}}],
        "usage": {"cost": 0.25, "new": 1},
    }
    completion = structurer(Completion)(came)
    assert as_plain(completion) == came
    assert completion.usage is not None
    assert as_plain([completion.usage]) == [{"cost": 0.25, "new": 1}]
    assert as_plain(Usage(prompt_tokens=2, cost=Decimal("0.1"))) == {
        "prompt_tokens": 2,
        "completion_tokens": 0,
        "total_tokens": 0,
        "cost": "0.1",
    }


def test_a_class_of_someone_else_with_a_field_raw_keeps_its_fields() -> None:
    @define
    class Egg:
        raw: bool
        size: int = 1

    assert as_plain(Egg(raw=True)) == {"raw": True, "size": 1}


def test_models_of_pydantic_dump_themselves() -> None:
    class Model:
        """Has the method that those have."""

        def model_dump(self, *, mode: str) -> dict[str, Any]:
            return {"mode": mode, "at": 1}

    assert as_plain({"a": [Model()]}) == {"a": [{"mode": "json", "at": 1}]}


def test_a_real_model_of_pydantic() -> None:
    pydantic = pytest.importorskip("pydantic")
    model = pydantic.create_model("Visit", day=(date, ...), places=(list[str], []))
    assert as_plain(model(day=date(2026, 1, 2))) == {"day": "2026-01-02", "places": []}


def test_uuids_are_known_without_importing_what_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "uuid")
    assert as_plain([Decimal("1.0"), 1]) == ["1.0", 1]
    with pytest.raises(InvalidArgumentError, match="value=<odd>"):
        as_plain(Odd())


def nested() -> list[Any]:
    circle: list[Any] = []
    circle.append(circle)
    return circle


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (b"x", "value=b'x' cannot be sent: it has to be text: decode it, or encode it with base64"),
        (bytearray(b"x"), "value=bytearray(b'x')"),
        (memoryview(b"x"), "value=<memory"),
        ([1, b"x"], "value[1]=b'x'"),
        (
            {"a": [{"b": Odd()}]},
            "value['a'][0]['b']=<odd> cannot be sent: it has to be JSON, or what becomes it: text,",
        ),
        ({1: float("nan")}, "value[1]=nan cannot be sent: it has to be a finite number: JSON has no other"),
        ([float("inf")], "value[0]=inf"),
        (Trip([Place(Odd())], Decimal(1)), "value.places[0].city=<odd>"),  # type: ignore[arg-type]  # a wrong type on purpose
        (Place("a", time_zone=b"b"), "value._zone=b'b'"),  # type: ignore[arg-type]  # the same
        ({(1, 2): 3}, "value={(1, 2): 3} cannot be sent: it has to be a mapping whose keys are text, whole numbers"),
        ({None: 3}, "a mapping whose keys are text"),
        ({True: 3}, "a mapping whose keys are text"),
        ({1.5: 3}, "a mapping whose keys are text"),
        (
            {"1": 2, 1: 3},
            "value={'1': 2, 1: 3} cannot be sent: it has to be a mapping in which one key alone becomes '1'",
        ),
        (Odd, "value=<class"),
        (Place, "value=<class"),
        (Trip, "value=<class"),
        (iter([1]), "value=<list_iterator"),
        (1j, "value=1j"),
        (nested(), "it has to be a value that is not nested so deeply"),
        (
            {"photo": image("a.png")},
            "value['photo']=image('a.png') cannot be sent: it has to be JSON: parts of a message",
        ),
    ],
)
def test_what_has_no_json_is_refused_with_the_path_to_it(value: Any, words: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        json_text(value)
    assert words in str(caught.value)


def test_the_value_is_called_what_the_caller_calls_it() -> None:
    with pytest.raises(InvalidArgumentError, match=r"^usage\[0\]=<odd>"):
        as_plain([Odd()], "usage")


def test_a_number_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(
        InvalidArgumentError, match=r"^value=<list> cannot be sent: it has to be JSON \(Exceeds the limit"
    ):
        json_text([10**5000])


def test_text_that_utf8_cannot_hold_is_escaped() -> None:
    assert json_text(["\ud800", "é"]) == '["\\ud800","\\u00e9"]'
    assert json_text({"é": [1, 2]}) == '{"é":[1,2]}'


def test_a_mapping_of_any_kind_is_an_object() -> None:
    class Lazy(Mapping[str, int]):
        def __getitem__(self, key: str) -> int:
            return len(key)

        def __iter__(self) -> Any:
            return iter(["a", "bb"])

        def __len__(self) -> int:
            return 2

    assert as_plain(Lazy()) == {"a": 1, "bb": 2}
