"""JSON Schema from Python types.

A type is read into a shape (`shapes/reading.py`), which gives its schema and reads values (`validating.py`), so that
the two cannot disagree.
"""

from __future__ import annotations

from typing import Any

from .errors import InvalidArgumentError
from .shapes.reading import name_of, shape_of
from .shapes.sketch import draw
from .shapes.strict import make_strict


def schema_of(into: Any, *, strict: bool = False) -> dict[str, Any]:
    """Give the JSON Schema (2020-12) of a type, as a new dict.

    Known are `str`, `int`, `float`, `bool`, `None`, `Any`, `object`; lists, sequences, tuples, sets; dicts with keys
    of text; attrs classes (by the aliases of their fields), dataclasses, `TypedDict`, `NamedTuple`, pydantic models;
    `Literal`, enums, unions; `datetime`, `date`, `time`, `timedelta`, `Decimal`, `UUID`, paths; `Annotated`,
    `NewType`, type aliases, generic classes, and classes that contain themselves.

    Descriptions come from the docstrings of classes, from `Annotated[T, "text"]`, `Doc("text")` and
    `metadata={"description": "text"}` of a field. Constraints come from `Annotated`, with the classes of
    annotated_types or anything with attributes of their names (`ge`, `gt`, `le`, `lt`, `multiple_of`, `min_length`,
    `max_length`, `pattern`), and with `Field` of pydantic. Defaults that JSON can hold are shown.

    `strict=True` gives what the strict mode of OpenAI takes: every property is required, those with a default may be
    `null` instead, and keywords that it does not know are put into words in the description.

    Classes that occur more than once stand in `$defs`; a class that contains itself refers to `#`. So a schema is no
    part for a larger one: to ask for a list inside an object, make a class of it, and take the schema of that.

    Raises `InvalidArgumentError`, with the path, for a type that has no schema, that has no instances, or whose
    `Annotated` has demands of annotated_types or pydantic that cannot be kept; with `strict`, also for `Any`, dicts
    with free keys, tuples of different types, and what is larger than the mode takes.
    """
    shape = shape_of(into)
    try:
        drawn = draw(shape)
    except ValueError as error:
        raise InvalidArgumentError(f"There is no JSON Schema for {name_of(into)}: {error}") from error
    return make_strict(drawn, name_of(into)) if strict else drawn
