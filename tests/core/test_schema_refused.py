"""Types that have no JSON Schema, named with their path."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import Enum
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypedDict, TypeVar

import pydantic
import pytest
from attrs import define, frozen
from typing_extensions import TypeAliasType, Unpack

from openrouter import InvalidArgumentError
from openrouter.core.schema import schema_of
from openrouter.core.validating import validate

T = TypeVar("T")


@define
class Photo:
    data: bytes


@define
class Album:
    photos: list[Photo]


@define
class Unresolved:
    what: Missing  # noqa: F821 - that is what is tested


class Odd(Enum):
    PAIR = (1, 2)


class Empty(Enum):
    pass


@define
class Endless(Generic[T]):
    more: Endless[list[T]] | None = None


class Pair(NamedTuple):
    first: complex
    second: int = 1


Growing = TypeAliasType("Growing", "list[Nothing]")  # noqa: F821 - that is what is tested


class Animal(ABC):
    @abstractmethod
    def speak(self) -> str: ...


@define
class Cat(Animal):
    lives: int


@define(init=False)
class Own:
    size: int

    def __init__(self, text: str) -> None:
        self.size = len(text)


@define
class Hashless:
    size: int


class Mapped(TypedDict):
    size: int


class Hashless2(pydantic.BaseModel):
    size: int


@pytest.mark.parametrize(
    ("into", "words"),
    [
        (Cat, "Cat: it is abstract"),
        (list[Cat], r"Cat at \$\[\] of list\[Cat\]: it is abstract"),
        (Own, "Own: it does not take its fields as arguments"),
        (set[Hashless], r"set\[Hashless\]: its items cannot be in a set"),
        (frozenset[Hashless2], "its items cannot be in a set"),
        (set[Mapped], "its items cannot be in a set"),
        (set[list[int]], "its items cannot be in a set"),
        (set[set[int]], "its items cannot be in a set"),
        (set[dict[str, int]], "its items cannot be in a set"),
        (set[Annotated[Hashless | list[int], "either"]], "its items cannot be in a set"),
        (Annotated[str, re.compile(b"a")], "its pattern is not a regular expression .it is one for bytes"),
        (bytes, "no JSON Schema for bytes: it has to be a class"),
        (Album, r"no JSON Schema for bytes at \$\.photos\[\]\.data of Album: "),
        (dict[str, complex], r"complex at \$\.\* of dict\[str, complex\]"),
        (tuple[int, complex], r"complex at \$\[1\] of tuple\[int, complex\]"),
        (dict[int, str], r"dict\[int, str\]: keys are always strings"),
        (Callable[[], int], r"Callable\[\[\], int\]: "),
        (Literal[b"x"], "JSON has no bytes"),
        (Odd, "Odd: its values have to be strings or numbers"),
        (Empty, "Empty: its values"),
        (Unresolved, "Unresolved: its annotations cannot be resolved, .*Missing"),
        (Growing, "Growing: its annotations cannot be resolved, .*Nothing"),
        (Endless[int], "Endless.*: it never ends"),
        (Pair, r"complex at \$\.first of Pair"),
        ("str", "'str'"),
        (tuple[int, Unpack[tuple[str, ...]]], r"at \$\[1\]"),  # noqa: UP044 - people write it
        (tuple[int, *tuple[str, ...]], "a tuple is of a fixed"),
        (int | bytes, "no JSON Schema for bytes: "),
    ],
    ids=str,
)
def test_a_type_without_a_schema_is_named_with_its_path(into: Any, words: str) -> None:
    with pytest.raises(InvalidArgumentError, match=words):
        schema_of(into)


def test_a_pattern_has_to_be_a_regular_expression() -> None:
    class Wrong:
        pattern = "("

    with pytest.raises(InvalidArgumentError, match="pattern is not a regular expression"):
        schema_of(Annotated[str, Wrong()])


@frozen
class Hashed:
    size: int


@pytest.mark.parametrize(
    ("into", "made"),
    [
        (set[Hashed], {Hashed(1)}),
        (set[Hashed | Hashless], {Hashed(1)}),
        (set[Hashed | None], {Hashed(1)}),
    ],
)
def test_what_may_have_a_hash_may_be_in_a_set(into: Any, made: Any) -> None:
    assert validate([{"size": 1}], into) == made
    assert validate([[1]], set[tuple[int, ...]]) == {(1,)}
    assert validate([[1]], set[frozenset[int]]) == {frozenset({1})}
