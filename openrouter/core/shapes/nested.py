"""Shapes that contain others: lists, tuples and dicts, and what is said about a shape from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from attrs import define, frozen

from .places import MISFIT, OWN_ERRORS, Place
from .shape import ARRAY, OBJECT, Shape, Sketch, kind_of, misfit


@frozen(eq=False)
class Listing:
    """Any number of items of one shape."""

    item: Shape
    build: Callable[[Iterable[Any]], Any]
    unique: bool
    kinds: frozenset[str] = ARRAY
    wanted: str = "an array"

    def schema(self, sketch: Sketch) -> dict[str, Any]:
        """Describe the items."""
        items = sketch.of(self.item)
        unique = {"uniqueItems": True} if self.unique else {}
        return {"type": "array", **({"items": items} if items else {}), **unique}

    def read(self, value: Any, at: Place) -> Any:
        """Read all items."""
        if kind_of(value) != "array":
            return misfit(self, value, at)
        made = [self.item.read(item, at.item(position)) for position, item in enumerate(value)]
        if any(item is MISFIT for item in made):
            return MISFIT
        try:
            return self.build(made)
        except OWN_ERRORS as error:
            # A set of what cannot be in one, or what code of an item's class says.
            return at.refused(error)


@frozen(eq=False)
class Row:
    """A tuple of a fixed length."""

    items: tuple[Shape, ...]
    kinds: frozenset[str] = ARRAY

    @property
    def wanted(self) -> str:
        """Tell how many items there have to be."""
        return f"an array of {len(self.items)} items"

    def schema(self, sketch: Sketch) -> dict[str, Any]:
        """Describe each item."""
        size = len(self.items)
        # The meta-schema has no `prefixItems` without items.
        prefix = {"prefixItems": [sketch.of(item) for item in self.items]} if size else {}
        return {"type": "array", **prefix, "items": False, "minItems": size, "maxItems": size}

    def read(self, value: Any, at: Place) -> Any:
        """Read each item with its own shape."""
        if kind_of(value) != "array":
            return misfit(self, value, at)
        if len(value) != len(self.items):
            return at.misfit(f"has to be {self.wanted}, not of {len(value)}")
        pairs = zip(self.items, value, strict=True)
        made = tuple(shape.read(item, at.item(position)) for position, (shape, item) in enumerate(pairs))
        return MISFIT if any(item is MISFIT for item in made) else made


@frozen(eq=False)
class Table:
    """A dict with free keys."""

    keys: Shape
    values: Shape
    kinds: frozenset[str] = OBJECT
    wanted: str = "an object"

    def schema(self, sketch: Sketch) -> dict[str, Any]:
        """Describe keys and values."""
        keys = sketch.of(self.keys)
        names = {} if keys == {"type": "string"} else {"propertyNames": keys}
        return {"type": "object", **names, "additionalProperties": sketch.of(self.values) or True}

    def read(self, value: Any, at: Place) -> Any:
        """Read all keys and values."""
        if kind_of(value) != "object":
            return misfit(self, value, at)
        made = {
            self.keys.read(key, place): self.values.read(item, place)
            for key, item, place in ((key, item, at.key(key)) for key, item in value.items())
        }
        return MISFIT if MISFIT in made or any(item is MISFIT for item in made.values()) else made


@define(eq=False)
class Within:
    """A shape, seen through something that is said about it."""

    shape: Shape

    @property
    def kinds(self) -> frozenset[str]:
        """Those of the shape."""
        return self.shape.kinds

    @property
    def wanted(self) -> str:
        """What the shape wants."""
        return self.shape.wanted

    def schema(self, sketch: Sketch) -> dict[str, Any]:
        """Draw the shape."""
        return sketch.of(self.shape)

    def read(self, value: Any, at: Place) -> Any:
        """Read the shape."""
        return self.shape.read(value, at)


@define(eq=False)
class Described(Within):
    """A shape with a description."""

    about: str

    def schema(self, sketch: Sketch) -> dict[str, Any]:
        """Put the description before the one that the shape has itself."""
        drawn = sketch.of(self.shape)
        own = drawn.get("description")
        return {**drawn, "description": f"{self.about}\n\n{own}" if own else self.about}


@define(eq=False)
class Alias(Within):
    """A type alias that contains itself: `shape` is set when that has been read."""

    name: str = ""

    @property
    def wanted(self) -> str:
        """Its name: what it stands for contains itself."""
        return f"a value of the type {self.name}"


def bare(shape: Shape) -> Shape:
    """Give a shape without what is said about it."""
    while isinstance(shape, Within):
        shape = shape.shape
    return shape
