"""Drawing the JSON Schema of a shape: what occurs more than once stands in `$defs`."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from attrs import define, field

from .nested import Alias
from .pydantic_models import schemas_of
from .records import Record
from .shape import Shape, kind_of

_PLACE: Final = "#/$defs/"


@define
class Count:
    """Finds what occurs how often, by drawing once for nothing."""

    uses: Counter[Shape] = field(factory=Counter[Shape])
    models: dict[Any, None] = field(factory=dict[Any, None])
    """In the order in which they occur."""

    def of(self, shape: Shape) -> dict[str, Any]:
        """Count a shape, and look into it the first time."""
        self.uses[shape] += 1
        return {} if isinstance(shape, Record | Alias) and self.uses[shape] > 1 else shape.schema(self)

    def model(self, model: Any) -> dict[str, Any]:
        """Note a pydantic model."""
        self.models[model] = None
        return {}


@define
class Drawing:
    """Draws, with references to what occurs more than once."""

    uses: Counter[Shape]
    models: dict[Any, dict[str, Any]]
    """The schemas of the pydantic models."""
    definitions: dict[str, Any]
    names: dict[Shape, str] = field(factory=dict[Shape, str])

    def of(self, shape: Shape) -> dict[str, Any]:
        """Draw a shape, or refer to it."""
        if not isinstance(shape, Record | Alias) or self.uses[shape] == 1:
            return shape.schema(self)
        if shape not in self.names:
            name, number = shape.name, 1
            while name in self.definitions:
                number += 1
                name = f"{shape.name}_{number}"
            self.names[shape] = name
            # Takes its place before what it contains does, and before what it contains refers to it.
            self.definitions[name] = None
            self.definitions[name] = shape.schema(self)
        return {"$ref": f"{_PLACE}{self.names[shape]}"}

    def model(self, model: Any) -> dict[str, Any]:
        """Give what pydantic drew."""
        return dict(self.models[model])


def draw(shape: Shape) -> dict[str, Any]:
    """Draw a shape with all that it contains.

    Raises `ValueError` for a pydantic model that has no schema.
    """
    count = Count()
    count.of(shape)
    models, definitions = schemas_of(count.models) if count.models else ({}, {})
    drawing = Drawing(count.uses, models, definitions)
    drawn = drawing.of(shape)
    reference: str = drawn.get("$ref", "")
    if len(drawn) == 1 and reference:
        # Strict modes want an object at the top, not a reference to one.
        drawn = definitions.pop(reference.removeprefix(_PLACE))
        drawn, definitions = _renamed(drawn, reference), _renamed(definitions, reference)
    return {**drawn, "$defs": definitions} if definitions else drawn


def _renamed(drawn: Any, reference: str) -> Any:
    """Copy a schema with `#` in place of one reference."""
    if kind_of(drawn) == "object":
        return {key: _renamed(value, reference) for key, value in drawn.items()}
    if kind_of(drawn) == "array":
        return [_renamed(item, reference) for item in drawn]
    return "#" if drawn == reference else drawn
