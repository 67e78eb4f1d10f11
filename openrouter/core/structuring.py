"""Plain JSON into attrs classes, quickly and without ever refusing.

A field that is missing or of a type that nobody expected takes its default; the dict that it came from stays
within reach as `raw`, so nothing is lost. Each class gets one generated function that calls it with positional
arguments; registered with cattrs as a hook, it works inside every other type that cattrs knows.
"""

from __future__ import annotations

import types
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import attrs

from .json import as_decimal, as_whole

if TYPE_CHECKING:
    from cattrs import Converter

T = TypeVar("T")


@cache
def converter() -> Converter:
    """Make the converter that knows our classes, when it is first needed: cattrs takes long to import."""
    from cattrs import Converter  # noqa: PLC0415 - see above

    made = Converter(detailed_validation=False)
    made.register_structure_hook_factory(attrs.has, _generate)
    return made


def structurer(cls: type[T]) -> Callable[[dict[str, Any]], T]:
    """Give the function that makes a `cls` out of decoded JSON."""
    return cast("Callable[[dict[str, Any]], T]", _hook(cast("Any", cls)))


@cache
def _hook(cls: type[Any]) -> Callable[..., Any]:
    # cattrs would come to the same function for our own classes, and takes long to import.
    return _generate(cls) if attrs.has(cls) else converter().get_structure_hook(cls)


class Unbuilt(ABC):
    """What becomes JSON when a request is built of it, such as a part of a message that stands for a file."""

    __slots__ = ()

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Give the JSON object that is sent; raise `InvalidArgumentError` where there can be none."""


_SIMPLE: Final = frozenset({str, int, float, bool, types.NoneType})


def as_dict(value: Any) -> Any:  # noqa: PLR0911 - one for each kind of value
    """Turn a value of ours back into JSON, with every field that it came with and we do not know.

    A field that was changed since wins over what had come; defaults that never came are left out.
    """
    if type(value) in _SIMPLE:
        return value
    if isinstance(value, Mapping):
        return {key: as_dict(item) for key, item in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [as_dict(item) for item in cast("list[Any]", value)]
    if isinstance(value, Unbuilt):
        return value.to_dict()
    cls = cast("Any", type(cast("object", value)))
    if not attrs.has(cls):
        return value
    raw: dict[str, Any] = getattr(value, "raw", None) or {}
    fields = {known.name: getattr(value, known.name) for known in attrs.fields(cls) if known.init}
    fields.pop("raw", None)
    if not raw:
        return {name: as_dict(now) for name, now in fields.items() if now is not None}
    came = structurer(cls)(raw)
    changed = {name: as_dict(now) for name, now in fields.items() if now != getattr(came, name)}
    return {**raw, **changed}


def _generate(cls: type[Any]) -> Callable[..., Any]:
    """Write and compile the function that structures one class."""
    hints = get_type_hints(cls)
    scope: dict[str, Any] = {"cls": cls, "new": cls.__new__, "whole": as_whole, "number": _number, "money": as_decimal}
    values = {
        known.name: "o" if known.name == "raw" else _expression(known, hints[known.name], scope)
        for known in attrs.fields(cls)
        if known.init
    }
    if _is_plain(cls):
        # To set the fields costs half of what it takes to have `__init__` do so.
        values |= {known.name: _default(known) for known in attrs.fields(cls) if not known.init}
        for known in attrs.fields(cls):
            if known.converter is not None:
                scope[f"convert_{known.name}"] = known.converter
                values[known.name] = f"convert_{known.name}({values[known.name]})"
        made = "\n    ".join(["m = new(cls)", *(f"m.{name} = {value}" for name, value in values.items()), "return m"])
    else:
        made = f"return cls({', '.join(values.values())})"
    source = f"def structure(o, _=None):\n    g = o.get\n    {made}\n"
    exec(source, scope)  # noqa: S102 - made of the field names of our own classes, of nothing that came in
    return cast("Callable[..., Any]", scope["structure"])


def _is_plain(cls: type[Any]) -> bool:
    """Whether `__init__` would do no more than convert and set the fields, and setting them does nothing else."""
    validated = any(known.validator is not None for known in attrs.fields(cls))
    return not (validated or "__setattr__" in vars(cls) or hasattr(cls, "__attrs_post_init__"))


_PLAIN: Final = {str: "is str", bool: "is bool", dict: "is dict", list: "is list"}
_LENIENT: Final = {
    int: ("is int", "whole"),
    float: ("is float", "number"),
    Decimal: ("is type(None)", "money"),
}


def _expression(known: attrs.Attribute[Any], hint: Any, scope: dict[str, Any]) -> str:
    """Write the expression that takes one field out of the dict `o`, whose `get` is `g`."""
    taken, otherwise = f"v := g({known.name!r})", _default(known)
    kinds = [kind for kind in _members(hint) if kind is not types.NoneType]
    if len(kinds) > 1:
        scope[f"kinds_{known.name}"] = {get_origin(kind) or kind for kind in kinds}
        return f"(v if type({taken}) in kinds_{known.name} else {otherwise})"
    kind: Any = kinds[0]
    plain = get_origin(kind) or kind
    if plain in _LENIENT:
        test, convert = _LENIENT[plain]
        return f"(v if type({taken}) {test} else {convert}(v, {otherwise}))"
    (item,) = get_args(kind) if plain is list else (plain,)
    if attrs.has(item):
        scope[f"make_{known.name}"] = structurer(item)
        if plain is list:
            each = f"[make_{known.name}(i) for i in v if type(i) is dict]"
            return f"({each} if type({taken}) is list else {otherwise})"
        empty = otherwise if known.default is None else f"make_{known.name}({{}})"
        return f"(make_{known.name}(v) if type({taken}) is dict else {empty})"
    return f"(v if type({taken}) {_PLAIN[plain]} else {otherwise})" if plain in _PLAIN else f"g({known.name!r})"


def _members(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)


def _default(known: attrs.Attribute[Any]) -> str:
    factory = getattr(known.default, "factory", None)
    return repr(known.default if factory is None else factory())


def _number(value: object, otherwise: float | None) -> float | None:
    try:
        return float(value) if type(value) is int else otherwise
    except OverflowError:
        return otherwise
