"""Types that have no JSON Schema, named with their path."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar

import pytest
from attrs import define
from typing_extensions import TypeAliasType, Unpack

from openrouter import InvalidArgumentError
from openrouter.core.schema import schema_of

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


@pytest.mark.parametrize(
    ("into", "words"),
    [
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
