"""Classes: what fields they have, whatever made them a class."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import NOTHING, define, field

from .places import MISFIT, OWN_ERRORS, Place
from .shape import OBJECT, Shape, Sketch, kind_of, misfit


@define(eq=False)
class Known:
    """One field of a class."""

    name: str
    """What it is called in JSON, and the argument that takes it."""
    shape: Shape
    required: bool
    default: Any = NOTHING
    """What stands in the schema, where JSON can hold it."""


@define(eq=False)
class Record:
    """An object of known fields; they are set when those of all classes are known, since it may contain itself."""

    name: str
    cls: Callable[..., Any]
    about: str | None
    known: dict[str, Known] = field(factory=dict[str, Known])
    kinds: frozenset[str] = OBJECT

    @property
    def wanted(self) -> str:
        """The name of the class."""
        return f"an object ({self.name})"

    def schema(self, sketch: Sketch) -> dict[str, Any]:
        """Describe the fields."""
        described = {"description": self.about} if self.about else {}
        properties: dict[str, Any] = {}
        for known in self.known.values():
            drawn = sketch.of(known.shape)
            properties[known.name] = drawn if known.default is NOTHING else {**drawn, "default": known.default}
        required = [known.name for known in self.known.values() if known.required]
        return {
            "type": "object",
            **described,
            "properties": properties,
            **({"required": required} if required else {}),
            "additionalProperties": False,
        }

    def read(self, value: Any, at: Place) -> Any:
        """Read the fields, and make an instance where all are right."""
        if kind_of(value) != "object":
            return misfit(self, value, at)
        made: dict[str, Any] = {}
        for known in self.known.values():
            if known.name in value:
                self._read_field(known, value[known.name], at, made)
            elif known.required:
                made[known.name] = at.key(known.name).misfit("is missing")
        if any(item is MISFIT for item in made.values()):
            return MISFIT
        if value and self.known and not self.knows(value):
            return at.misfit(f"has none of the keys that it may have: {', '.join(self.known)}")
        at.findings.overlook(item for key, item in value.items() if key not in self.known)
        try:
            return self.cls(**made)
        except OWN_ERRORS as error:
            return at.refused(error)

    def knows(self, value: Mapping[str, Any]) -> bool:
        """Whether there is a field for one of the keys."""
        return not self.known.keys().isdisjoint(value)

    def _read_field(self, known: Known, value: Any, at: Place, made: dict[str, Any]) -> None:
        if value is None and not known.required and "null" not in known.shape.kinds:
            # What a strict schema has a model send for a field that it leaves out.
            at.findings.overlook([None])
        else:
            made[known.name] = known.shape.read(value, at.key(known.name))
