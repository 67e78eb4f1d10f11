"""pydantic models, known by what they offer: pydantic itself is needed by those alone who use it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set as AbstractSet
from functools import cached_property
from importlib import import_module
from typing import Any

from attrs import define

from .places import MISFIT, OWN_ERRORS, Misfit, Place
from .shape import ALL, OBJECT, Sketch, kind_of


def is_model(cls: type) -> bool:
    """Whether a class is a pydantic model, or a dataclass of pydantic."""
    return "__pydantic_core_schema__" in vars(cls) and hasattr(cls, "__pydantic_fields__")


def schemas_of(models: Iterable[Any]) -> tuple[dict[Any, dict[str, Any]], dict[str, Any]]:
    """Give the schema of each model, and the definitions that these refer to.

    Raises `ValueError` for a model that has no schema.
    """
    adapter = _adapter()
    wanted = [(model, "validation", adapter(model)) for model in models]
    try:
        drawn, document = adapter.json_schemas(wanted, ref_template="#/$defs/{model}")
    except (RuntimeError, TypeError, NameError) as error:
        # What pydantic raises for a field that JSON cannot hold, by its version, and for a class that is not there yet.
        raise ValueError(" ".join(str(error).split())) from error
    return {model: schema for (model, _), schema in drawn.items()}, document.get("$defs", {})


def _adapter() -> Any:
    # The modules of pydantic are not named, so that no type checker needs it.
    return import_module("pydantic").TypeAdapter


@define(eq=False)
class Model:
    """A pydantic model, or dataclass, which reads its values by its own rules."""

    model: Any
    """The class, or a generic one with its arguments."""
    cls: Any

    @property
    def kinds(self) -> frozenset[str]:
        """Objects, but for a root model, which may be anything."""
        return ALL if self._is_root else OBJECT

    @property
    def wanted(self) -> str:
        """The name of the model."""
        return f"an object ({self.cls.__name__})"

    @property
    def _is_root(self) -> bool:
        return getattr(self.cls, "__pydantic_root_model__", False)

    @cached_property
    def _validate(self) -> Callable[[Any], Any]:
        validate: Callable[[Any], Any] = _adapter()(self.model).validate_python
        return validate

    def schema(self, sketch: Sketch) -> dict[str, Any]:
        """Have pydantic draw it."""
        return sketch.model(self.model)

    def read(self, value: Any, at: Place) -> Any:
        """Have pydantic read it, without the nulls that stand for defaults where it does not take them."""
        try:
            made = self._validate(value)
        except OWN_ERRORS as error:
            value = _without_nulls(value, _complaints(error))
            try:
                made = self._validate(value)
            except OWN_ERRORS as error:
                return _note_all(error, value, at)
        return self._without_strangers(value, made, at)

    def _without_strangers(self, value: Any, made: Any, at: Place) -> Any:
        """Give an instance, but for one that nothing of the value went into."""
        if kind_of(value) != "object" or self._is_root:
            return made
        known = self._keys()
        # Validators may take other keys than those of the fields.
        if value and known and not getattr(made, "model_fields_set", known & value.keys()):
            return at.misfit(f"has none of the keys that it may have: {', '.join(known)}")
        at.findings.overlook(item for key, item in value.items() if key not in known)
        return made

    def knows(self, value: Mapping[str, Any]) -> bool:
        """Whether there is a field for one of the keys."""
        return self._is_root or not self._keys().isdisjoint(value)

    def _keys(self) -> AbstractSet[str]:
        """Give the keys that it takes, in the order of its fields."""
        fields: Mapping[str, Any] = self.cls.__pydantic_fields__
        # Models have the first, dataclasses the second.
        config: Any = getattr(self.cls, "model_config", None) or getattr(self.cls, "__pydantic_config__", None) or {}
        by_name = config.get("populate_by_name") or config.get("validate_by_name")
        keys: dict[str, None] = {}
        for name, about in fields.items():
            alias = about.validation_alias
            keys |= dict.fromkeys([*_keys_of(alias), *([name] if alias is None or by_name else [])])
        return keys.keys()


def _keys_of(alias: Any) -> Iterator[str]:
    """Give the keys of an alias, which may be one of several, or lead into an object."""
    if isinstance(alias, str):
        yield alias
    for choice in getattr(alias, "choices", ()):
        yield from _keys_of(choice)
    yield from getattr(alias, "path", ())[:1]


def _complaints(error: Any) -> list[dict[str, Any]]:
    if not hasattr(error, "errors"):
        return []
    found: list[dict[str, Any]] = error.errors(include_url=False, include_context=False)
    return found


def _note_all(error: Exception, value: Any, at: Place) -> Misfit:
    complaints = _complaints(error)
    for complaint in complaints:
        _note(complaint, value, at)
    return MISFIT if complaints else at.refused(error)


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
