"""Types of every sort that has a JSON Schema, by name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass, field as dataclass_field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import Path
from typing import Annotated, Any, Final, Generic, Literal, NamedTuple, NewType, NotRequired, TypedDict, TypeVar
from uuid import UUID

import annotated_types
from attrs import Factory, define, field, frozen, validators
from typing_extensions import Doc, ReadOnly, TypeAliasType, TypedDict as NewTypedDict

T = TypeVar("T")
U = TypeVar("U")


class Colour(Enum):
    """What something looks like."""

    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


@define
class Place:
    """Somewhere on Earth."""

    latitude: Annotated[float, annotated_types.Interval(ge=-90, le=90), "degrees north"]
    longitude: Annotated[float, Doc("degrees east")] = 0.0


@define
class City:
    name: str
    place: Place
    twin: Place | None = None
    colours: list[Colour] = Factory(list)
    _inner: int = field(default=3, metadata={"description": "what is inside"})
    size: int = field(init=False, default=0)
    postcode: str = field(default="", kw_only=True, alias="post_code")


@frozen
class Node:
    value: int
    children: tuple[Node, ...] = ()
    parent: Node | None = None


@define
class Husband:
    wife: Wife | None = None


@define
class Wife:
    husbands: list[Husband]
    notes: dict[str, Husband] = Factory(dict)


@dataclass
class Point:
    x: float
    y: float = 0.0
    tags: set[str] = dataclass_field(default_factory=set)
    kind: Literal["point"] = "point"
    hidden: int = dataclass_field(default=1, init=False)


@dataclass
class Doubled:
    given: InitVar[int]
    twice: int = dataclass_field(init=False)

    def __post_init__(self, given: int) -> None:
        self.twice = given * 2


@define
class Box(Generic[T]):
    content: T
    more: list[T] = Factory(list)


@define
class Labelled(Box[U], Generic[U]):
    label: str = ""


@define
class Shelf(Labelled[int]):
    pass


class Movie(TypedDict):
    """A film."""

    title: str
    year: NotRequired[int]


class Series(Movie, total=False):
    seasons: int


class Frozen(NewTypedDict):
    name: ReadOnly[str]
    size: NotRequired[ReadOnly[int | None]]


class Span(NamedTuple):
    start: int
    end: int = 10


@define
class Cat:
    kind: Literal["cat"]
    lives: int = 9


@define
class Dog:
    kind: Literal["dog"]
    name: str


@define
class Circle:
    radius: float


@define
class Square:
    side: float


@define
class Rectangle:
    side: float
    other: float


@define
class Limited:
    count: Annotated[int, annotated_types.Ge(1), annotated_types.Lt(10)]
    step: Annotated[int, annotated_types.MultipleOf(5)] = 0
    word: Annotated[str, annotated_types.Len(1, 8)] = "word"
    items: Annotated[list[int], annotated_types.MaxLen(3)] = Factory(list)


@define
class Positive:
    number: int = field(validator=validators.gt(0))


Name = NewType("Name", str)
Json = TypeAliasType("Json", "dict[str, Json] | list[Json] | str | None")
Pair = TypeAliasType("Pair", tuple[T, T], type_params=(T,))

TYPES: Final[Mapping[str, Any]] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "None": None,
    "Any": Any,
    "list": list[int],
    "bare list": list,
    "Sequence": Sequence[bool],
    "tuple": tuple[str, int],
    "empty tuple": tuple[()],
    "long tuple": tuple[int, ...],
    "set": set[int],
    "frozenset": frozenset[str],
    "dict": dict[str, int],
    "Mapping": Mapping[str, list[float]],
    "dict by Literal": dict[Literal["a", "b"], int],
    "attrs": Place,
    "attrs nested": City,
    "attrs recursive": Node,
    "attrs mutually recursive": Husband,
    "list of recursive": list[Node],
    "dataclass": Point,
    "dataclass with InitVar": Doubled,
    "generic": Box[Place | None],
    "generic base": Shelf,
    "TypedDict": Movie,
    "TypedDict partly total": Series,
    "TypedDict of typing_extensions": Frozen,
    "NamedTuple": Span,
    "Literal": Literal["a", 1, True] | None,
    "Literal of enum": Literal[Colour.RED],
    "Enum": Colour,
    "IntEnum": Level,
    "union": int | str | None,
    "union of numbers": int | float,
    "tagged union": Cat | Dog,
    "union of classes": Circle | Square | Rectangle,
    "limits": Limited,
    "pattern": Annotated[str, annotated_types.MinLen(2), re.compile("^[a-z]+$")],
    "NewType": Name,
    "alias": Pair[int],
    "recursive alias": Json,
    "datetime": datetime,
    "date": date,
    "time": time,
    "timedelta": timedelta,
    "Decimal": Decimal,
    "UUID": UUID,
    "Path": Path,
}
"""One of each sort, and of each way in which they nest."""

NOT_STRICT: Final = frozenset({"Any", "bare list", "tuple", "empty tuple", "dict", "Mapping", "dict by Literal"}) | {
    "attrs mutually recursive",
    "recursive alias",
}
"""Those with free keys or any values, or with items of different types in a tuple."""
