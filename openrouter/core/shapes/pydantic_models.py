"""pydantic models, known by what they offer: pydantic itself is needed by those alone who use it."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import Any

from attrs import define

from .places import MISFIT, Place
from .shape import ALL, OBJECT, Sketch, kind_of


def is_model(cls: type) -> bool:
    """Whether a class is a pydantic model."""
    return all(hasattr(cls, name) for name in ("__pydantic_core_schema__", "model_json_schema", "model_validate"))


def schemas_of(models: Iterable[Any]) -> tuple[dict[Any, dict[str, Any]], dict[str, Any]]:
    """Give the schema of each model, and the definitions that these refer to.

    Raises `ValueError` for a model that has no schema.
    """
    wanted = [(model, "validation") for model in models]
    if not wanted:
        return {}, {}
    # The modules of pydantic are not named, so that no type checker needs it.
    make: Any = import_module("pydantic.json_schema").models_json_schema
    try:
        drawn, document = make(wanted, ref_template="#/$defs/{model}")
    except (RuntimeError, NameError) as error:
        # What pydantic raises for a field that JSON cannot hold, and for a class that is not there yet.
        raise ValueError(" ".join(str(error).split())) from error
    return {model: schema for (model, _), schema in drawn.items()}, document.get("$defs", {})


@define(eq=False)
class Model:
    """A pydantic model, which reads its values by its own rules."""

    model: Any

    @property
    def kinds(self) -> frozenset[str]:
        """Objects, but for a root model, which may be anything."""
        return ALL if getattr(self.model, "__pydantic_root_model__", False) else OBJECT

    @property
    def wanted(self) -> str:
        """The name of the model."""
        return f"an object ({self.model.__name__})"

    def schema(self, sketch: Sketch) -> dict[str, Any]:
        """Have pydantic draw it."""
        return sketch.model(self.model)

    def read(self, value: Any, at: Place) -> Any:
        """Have pydantic read it, without the nulls that stand for defaults where it does not take them."""
        known = {name for field, about in self.model.model_fields.items() for name in (field, about.alias)}
        if kind_of(value) == "object":
            at.findings.overlooked += sum(key not in known for key in value)
        try:
            return self.model.model_validate(value)
        except ValueError as error:
            fewer = _without_nulls(value, _complaints(error))
        try:
            return self.model.model_validate(fewer)
        except ValueError as error:
            for complaint in _complaints(error):
                _note(complaint, fewer, at)
            return MISFIT


def _complaints(error: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = error.errors(include_url=False, include_context=False)
    return found


def _note(complaint: dict[str, Any], value: Any, at: Place) -> None:
    steps, _ = _follow(value, complaint["loc"])
    missing = complaint["type"] == "missing"
    for step in [*steps, complaint["loc"][-1]] if missing else steps:
        at = at.item(step) if isinstance(step, int) else at.key(step)
    at.misfit("is missing" if missing else f"was refused: {' '.join(complaint['msg'].split())}")


def _follow(value: Any, location: Iterable[str | int]) -> tuple[list[str | int], Any]:
    """Give the steps that lead through a value, and what is there: pydantic names members of unions as well."""
    steps: list[str | int] = []
    for step in location:
        kind = kind_of(value)
        if (kind == "object" and step in value) or (kind == "array" and isinstance(step, int)):
            steps.append(step)
            value = value[step]
    return steps, value


def _without_nulls(value: Any, complaints: Iterable[dict[str, Any]]) -> Any:
    """Copy a value without the nulls that were complained about."""
    for complaint in complaints:
        steps, refused = _follow(value, complaint["loc"])
        # Each member of a union may complain about the same null.
        if refused is None and complaint["type"] != "missing" and steps:
            value = _without(value, steps)
    return value


def _without(value: Any, steps: list[str | int]) -> Any:
    """Copy what leads to a null, and leave the null out where it stands in an object."""
    step, *further = steps
    copy = value.copy()
    if further:
        copy[step] = _without(value[step], further)
    elif kind_of(copy) == "object":
        del copy[step]
    return copy
