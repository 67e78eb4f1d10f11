"""What a model wrote as arguments of a call, as values for the parameters of the function."""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn, cast

import attrs

from ..core.shapes.places import path_of_key
from ..core.validating import Flaw, MisfitError, validate


class ToolArgumentsError(ValueError):
    """What a model gave as arguments of a tool is no JSON, or does not fit the tool's parameters.

    Its text is meant for the model: it names each place, what is wrong there and what is wanted.
    """

    def __init__(self, tool: str, flaws: tuple[Flaw, ...]) -> None:
        super().__init__(tool, flaws)
        self.tool = tool
        """The name of the tool."""
        self.flaws = flaws
        """Everything that is wrong, each with its path; `$` is the object of all arguments."""

    def __str__(self) -> str:
        return f"The arguments of {self.tool} do not fit: {MisfitError(self.flaws)}. Call it again with ones that fit."


def decode_arguments(tool: str, text: str) -> dict[str, Any]:
    """Decode what a model wrote as arguments of a tool; raise `ToolArgumentsError` for what is no object."""
    try:
        value = _DECODER.decode(text) if text.strip() else None
        if isinstance(value, str) and value.lstrip().startswith("{"):
            # Some providers encode the object twice.
            value = _DECODER.decode(value)
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else error
        raise ToolArgumentsError(tool, (Flaw("$", f"is not JSON: {why}"),)) from None
    fields: Any = {} if value is None else value
    if not isinstance(fields, dict):
        raise ToolArgumentsError(tool, (Flaw("$", "has to be an object with the arguments by name"),))
    return cast("dict[str, Any]", fields)


def fit_arguments(tool: str, given: dict[str, Any], into: type[Any]) -> dict[str, Any]:
    """Make values of the types of the fields of an attrs class; raise `ToolArgumentsError` for what does not fit."""
    names = [known.name for known in attrs.fields(into)]
    flaws: list[Flaw] = []
    try:
        read = validate(given, into)
    except MisfitError as error:
        read = None
        flaws.extend(error.flaws)
    # A misspelt name would otherwise leave an optional argument at its default, and nobody would know.
    unknown = [name for name in given if name not in names] if names else []
    known = ", ".join(names)
    flaws.extend(Flaw(path_of_key("$", name), f"is no argument of it; there are only: {known}") for name in unknown)
    if flaws:
        raise ToolArgumentsError(tool, tuple(flaws))
    return {name: getattr(read, name) for name in names}


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")


# Line breaks and tabs within strings are not escaped by every model; what is meant is clear.
_DECODER: Final = json.JSONDecoder(strict=False, parse_constant=_refuse_constant)
