"""The parameters of a function as an attrs class, which a JSON Schema is made of and arguments are read into."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from inspect import Parameter, isroutine, signature, unwrap
from types import SimpleNamespace
from typing import Any, Final, get_type_hints

import attrs

from ..core.errors import InvalidArgumentError

_NAMELESS: Final = {
    Parameter.POSITIONAL_ONLY: "{} is positional-only",
    Parameter.VAR_POSITIONAL: "*{} takes any number of values",
    Parameter.VAR_KEYWORD: "**{} takes any name",
}
"""Kinds of parameters that no schema can give a name to."""


def without_bound(function: Any) -> Any:
    """Give what a `functools.partial` calls, and anything else as it is."""
    while isinstance(function, partial):
        function = function.func
    return function


def arguments_class(function: Callable[..., Any], name: str, described: Mapping[str, str]) -> type[Any]:
    """Make the class of a function's arguments: a field for each parameter, with type, default and description.

    Raises `InvalidArgumentError`, with `name` for the function, where a parameter has no type or cannot be named.
    """
    parameters = _parameters(function, name)
    hints = _hints(function, name, parameters)
    fields = {
        parameter.name: attrs.field(
            alias=parameter.name,
            default=attrs.NOTHING if parameter.default is Parameter.empty else parameter.default,
            kw_only=True,
            metadata={"description": described[parameter.name]} if parameter.name in described else None,
            type=hints[parameter.name],
        )
        for parameter in parameters
    }
    # What is left out would only take its time to be made. Older versions of attrs write the name into code, and a
    # tool may have one with a hyphen.
    made = attrs.make_class("Arguments", fields, eq=False, repr=False)
    made.__name__ = made.__qualname__ = name
    return made


def _parameters(function: Callable[..., Any], name: str) -> list[Parameter]:
    """Give the parameters that are left to the model: all but those that a partial fills."""
    try:
        found = signature(function).parameters.values()
    except ValueError as error:  # some functions that are written in C
        raise InvalidArgumentError(f"{name} cannot be a tool: Python does not know its parameters.") from error
    filled: set[str] = set()
    beneath: Any = function
    while isinstance(beneath, partial):
        filled.update(beneath.keywords)
        beneath = beneath.func
    left = [parameter for parameter in found if parameter.name not in filled]
    for parameter in left:
        _check(parameter, name)
    return left


def _check(parameter: Parameter, name: str) -> None:
    if parameter.name in {"self", "cls"}:
        why = f"{parameter.name} is not bound; make the tool of the bound method, as in tool(shop.search)"
    elif parameter.kind in _NAMELESS:
        why = f"its parameter {_NAMELESS[parameter.kind].format(parameter.name)}, but a model names what it gives"
    elif parameter.annotation is Parameter.empty:
        why = f"its parameter {parameter.name} has no type annotation"
    else:
        return
    raise InvalidArgumentError(f"{name} cannot be a tool: {why}.")


def _hints(function: Callable[..., Any], name: str, parameters: list[Parameter]) -> dict[str, Any]:
    """Give the types of parameters, also of those that are annotated with text."""
    beneath = without_bound(function)
    called = unwrap(beneath if isroutine(beneath) else type(beneath).__call__)
    annotated = SimpleNamespace(__annotations__={parameter.name: parameter.annotation for parameter in parameters})
    try:
        return get_type_hints(annotated, getattr(called, "__globals__", {}), include_extras=True)
    except (NameError, AttributeError, SyntaxError, TypeError) as error:
        why = (
            f"an annotation cannot be resolved where the function stands: {error}; its types have to be known to the "
            "module, not within a function alone, nor under `if TYPE_CHECKING:` alone"
        )
        raise InvalidArgumentError(f"{name} cannot be a tool: {why}.") from error
