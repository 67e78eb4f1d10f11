"""Sums of what several requests used."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import reduce
from typing import Any, TypeVar, cast

import attrs

from .chat import Usage
from .cost import exact

T = TypeVar("T")


def sum_usage(usages: Iterable[Usage]) -> Usage:
    """Add up tokens and cost, with all their details.

    What none of them knows stays `None`; a cost that only some know is the sum of those. `is_byok` is kept where all
    that tell it agree.
    """
    return _sum(Usage, list(usages))


def _sum(cls: type[T], given: list[T]) -> T:
    made = cls()
    for known in attrs.fields(cast("Any", cls)):
        values = [value for each in given if (value := getattr(each, known.name)) is not None]
        if values:
            # Set afterwards: the limit on what a single reply can claim is none on a sum.
            setattr(made, known.name, _total(values, getattr(made, known.name)))
    return made


def _total(values: list[Any], otherwise: Any) -> Any:
    first: Any = values[0]
    cls = cast("Any", type(first))
    if isinstance(first, bool):
        return first if all(value is first for value in values) else None
    if isinstance(first, Decimal):
        return reduce(exact().add, values)
    if isinstance(first, int):
        return sum(values)
    return _sum(cls, values) if attrs.has(cls) else otherwise
