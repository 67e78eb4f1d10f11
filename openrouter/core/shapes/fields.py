"""What fields a class has: attrs classes, dataclasses, `TypedDict` and `NamedTuple` alike."""

from __future__ import annotations

import dataclasses
import inspect
import math
import sys
from collections.abc import Iterable, Mapping
from enum import Enum
from types import SimpleNamespace
from typing import Any, Final, TypeVar, cast, get_args, get_origin, get_type_hints

import attrs
from attrs import NOTHING, frozen

_QUALIFIERS: Final = frozenset({"Required", "NotRequired", "ReadOnly", "Final"})
_EMPTY: Final[dict[Any, Any]] = {list: [], tuple: [], set: [], frozenset: [], dict: {}}


@frozen
class Given:
    """A field as its class gives it."""

    name: str
    """What it is called in JSON, and the argument of the class that takes it."""
    hint: Any
    required: bool
    default: Any
    """As JSON has it; `NOTHING` where JSON has not."""
    about: str | None = None


def is_class(cls: Any) -> bool:
    """Whether it is a class whose fields are known here."""
    return _is_named_tuple(cls) or _is_typed_dict(cls) or attrs.has(cls) or dataclasses.is_dataclass(cls)


def _is_typed_dict(cls: Any) -> bool:
    """Whether it is a `TypedDict`, of `typing` or `typing_extensions`."""
    return hasattr(cls, "__required_keys__") and issubclass(cls, dict)


def _is_named_tuple(cls: Any) -> bool:
    return hasattr(cls, "_fields") and issubclass(cls, tuple)


def fields_of(cls: Any) -> Iterable[Given]:
    """Give the fields that an instance is made of.

    Raises `NameError`, `AttributeError`, `TypeError` or `SyntaxError` for annotations that cannot be resolved.
    """
    hints = _hints(cls)
    if _is_typed_dict(cls):
        return [_typed_dict_field(name, hint, name in cls.__required_keys__) for name, hint in hints.items()]
    if _is_named_tuple(cls):
        defaults: Mapping[str, Any] = cls._field_defaults
        names: tuple[str, ...] = cls._fields
        return [
            Given(name, hints.get(name, Any), name not in defaults, _as_json(defaults.get(name, NOTHING)))
            for name in names
        ]
    return _attrs_fields(cls, hints) if attrs.has(cls) else _dataclass_fields(cls, hints)


def can_be_made(cls: Any, fields: Iterable[Given]) -> bool:
    """Whether the class takes all of these as arguments."""
    try:
        inspect.signature(cls).bind(**{known.name: None for known in fields})
    except TypeError:
        return False
    except ValueError:
        # It does not tell.
        return True
    return True


def _hints(cls: Any) -> dict[str, Any]:
    try:
        return get_type_hints(cls, include_extras=True)
    except NameError:
        # A class within a function cannot be found by its name, not even by itself.
        return get_type_hints(cls, localns={cls.__name__: cls}, include_extras=True)


def _typed_dict_field(name: str, hint: Any, required: bool) -> Given:  # noqa: FBT001 - what the class says of the key
    # Python itself does not see the qualifiers where annotations are strings.
    while (qualifier := str(get_origin(hint)).rpartition(".")[2]) in _QUALIFIERS:
        required = qualifier == "Required" or (required and qualifier != "NotRequired")
        (hint,) = get_args(hint)
    return Given(name, hint, required, NOTHING)


def _attrs_fields(cls: Any, hints: Mapping[str, Any]) -> Iterable[Given]:
    for known in attrs.fields(cls):
        if known.init:
            factory = getattr(known.default, "factory", None)
            yield Given(
                str(known.alias),
                _unqualified(hints.get(known.name, known.type or Any)),
                known.default is NOTHING,
                _as_json(known.default) if factory is None else _empty(factory),
                known.metadata.get("description"),
            )


def _dataclass_fields(cls: Any, hints: Mapping[str, Any]) -> Iterable[Given]:
    held = {known.name for known in dataclasses.fields(cls)}
    for known in cls.__dataclass_fields__.values():
        hint = hints[known.name]
        if _is_init_var(hint):
            hint = hint.type
        elif known.name not in held or not known.init:
            continue
        has_factory = known.default_factory is not dataclasses.MISSING
        required = known.default is dataclasses.MISSING and not has_factory
        default = _empty(known.default_factory) if has_factory else NOTHING if required else _as_json(known.default)
        yield Given(known.name, _unqualified(hint), required, default, known.metadata.get("description"))


def _is_init_var(hint: Any) -> bool:
    return isinstance(hint, dataclasses.InitVar)


def _unqualified(hint: Any) -> Any:
    return _typed_dict_field("", hint, required=True).hint


def _empty(factory: Any) -> Any:
    # No other factory is called: it may take its time, or give something else each time.
    return _EMPTY[factory].copy() if factory in _EMPTY else NOTHING


def _as_json(value: Any) -> Any:
    """Give a default as JSON, and `NOTHING` where JSON cannot hold it."""
    if value is NOTHING:
        return NOTHING
    if isinstance(value, Enum):
        return _as_json(value.value)
    if value is None or isinstance(value, str | bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, list | tuple):
        items = [_as_json(item) for item in cast("Iterable[Any]", value)]
        return NOTHING if NOTHING in items else items
    return NOTHING


def alias_value(alias: Any) -> Any:
    """Give what a type alias stands for, with names that stand in quotes resolved.

    Raises `NameError` for a name that its module does not have.
    """
    holder = SimpleNamespace(__annotations__={"value": alias.__value__})
    names = vars(sys.modules[alias.__module__])
    return get_type_hints(holder, names, {alias.__name__: alias}, include_extras=True)["value"]


def bindings(cls: Any, arguments: Iterable[Any]) -> dict[Any, Any]:
    """Find what the type variables of a class and of its bases stand for."""
    bound: dict[Any, Any] = dict(zip(getattr(cls, "__parameters__", ()), arguments, strict=False))
    bases: tuple[type, ...] = cls.__mro__
    for base in bases:
        generics: Iterable[Any] = vars(base).get("__orig_bases__", ())
        for generic in generics:
            parameters = getattr(get_origin(generic), "__parameters__", ())
            for parameter, argument in zip(parameters, get_args(generic), strict=False):
                bound.setdefault(parameter, filled(argument, bound))
    return bound


def filled(hint: Any, bound: Mapping[Any, Any]) -> Any:
    """Put what they stand for in place of type variables."""
    if isinstance(hint, TypeVar):
        return bound.get(hint, hint)
    parameters: tuple[Any, ...] = getattr(hint, "__parameters__", ()) if get_origin(hint) else ()
    return hint[tuple(bound.get(parameter, parameter) for parameter in parameters)] if parameters else hint


def docstring(cls: Any) -> str | None:
    """Give the docstring that somebody wrote for a class; not one it inherits, and not a generated signature."""
    written: str = cls.__dict__.get("__doc__") or ""
    return None if written.startswith(f"{cls.__name__}(") else inspect.cleandoc(written) or None
