"""Validators that refuse a setting out of its range."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from ..core.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

    from attrs import Attribute

    Validator = Callable[[Any, Attribute[Any], Any], None]


def whole_number(low: int) -> Validator:
    """Take whole numbers from `low` on; raise `InvalidArgumentError` for anything else."""

    def check(settings: object, field: Attribute[Any], value: object) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or value < low:
            raise out_of_range(settings, field.name, value, f"a whole number, {low} or more")

    return check


def whole_number_or_none(low: int) -> Validator:
    """Take also `None`, which stands for no limit."""
    whole = whole_number(low)

    def check(settings: object, field: Attribute[Any], value: object) -> None:
        if value is not None:
            whole(settings, field, value)

    return check


def seconds(settings: object, field: Attribute[Any], value: object) -> None:
    """Take finite seconds from 0 on; raise `InvalidArgumentError` for anything else."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not isfinite(value) or value < 0:
        raise out_of_range(settings, field.name, value, "a number of seconds, 0 or more")


def made_of(cls: type) -> Validator:
    """Take instances of a class; raise `InvalidArgumentError` for anything else."""

    def check(settings: object, field: Attribute[Any], value: object) -> None:
        if not isinstance(value, cls):
            raise out_of_range(settings, field.name, value, f"a {cls.__name__}")

    return check


def out_of_range(settings: object, name: str, value: object, expected: str) -> InvalidArgumentError:
    """Make the error that names the field, its value and what it has to be."""
    return InvalidArgumentError(f"{type(settings).__name__}.{name} is {value!r}; it has to be {expected}.")
