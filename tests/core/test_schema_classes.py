"""What a model is told of classes: their docstrings, taken apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pytest
from attrs import define, field

from openrouter import InvalidArgumentError
from openrouter.core.schema import schema_of


@dataclass
class Place:
    """Where to measure.

    Somewhere on earth.

    Attributes:
        lat: Degrees north.
        lon (float): Degrees east,
            from Greenwich.
    """

    lat: float
    lon: float


@define
class Station:
    """
    A station.

    :ivar name: What it is called.
    :param place: Not read: the field itself tells more.
    """

    name: str
    place: Annotated[Place, "Where it stands."]
    height: int = field(default=0, metadata={"description": "Metres."})


def test_fields_are_described_by_the_docstring_of_their_class() -> None:
    schema = schema_of(Place)
    assert schema["description"] == "Where to measure.\n\nSomewhere on earth."
    assert schema["properties"]["lat"] == {"type": "number", "description": "Degrees north."}
    assert schema["properties"]["lon"]["description"] == "Degrees east, from Greenwich."


def test_what_the_field_itself_says_comes_first() -> None:
    schema = schema_of(Station)
    assert schema["description"] == "A station."
    told = {name: about["description"].splitlines()[0] for name, about in schema["properties"].items()}
    assert told == {"name": "What it is called.", "place": "Where it stands.", "height": "Metres."}


@pytest.mark.parametrize("value", [{"type": "object"}, [int, str], [3], [], {int}])
def test_a_value_is_no_type(value: object) -> None:
    with pytest.raises(InvalidArgumentError, match=r"it is a value\. A JSON Schema of your own goes into response_fo"):
        schema_of(value)


def test_a_list_of_a_type_is_no_type() -> None:
    with pytest.raises(InvalidArgumentError, match=r"it is a value; the type of such lists is list\[Place\]"):
        schema_of([Place])


@define
class Tower(Station):
    """A tower.

    Attributes:
        name: What people call it.
        lifts: How many lifts.
    """

    lifts: int = 0
    steps: int = 0


@define
class Lighthouse(Tower):
    pass


def test_fields_of_bases_are_described_by_the_docstrings_of_these() -> None:
    told = schema_of(Lighthouse)["properties"]
    assert told["name"]["description"] == "What people call it."
    assert told["lifts"]["description"] == "How many lifts."
    assert "description" not in told["steps"]
    assert "description" not in schema_of(Lighthouse)
