"""Python types, read into shapes."""

from __future__ import annotations

import re
import types
import typing
from collections import abc
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from enum import EnumType
from functools import lru_cache
from inspect import isabstract
from typing import Annotated, Any, Final, Literal, NoReturn, TypeVar, get_args, get_origin

from attrs import define, field

from ..docstrings import Docstring, read_docstring
from ..errors import InvalidArgumentError
from .fields import alias_value, bindings, can_be_made, docstring, fields_of, filled, is_class
from .limits import Limit, Limited, description_in, limits_in, lost, taken_apart
from .nested import Alias, Described, Listing, Row, Table
from .places import path_of_key
from .pydantic_models import Model, is_model
from .records import Known, Record
from .shape import EXACT, FLOAT, STRING, WHOLE, Anything, Plain, Shape, choice, kind_of
from .texts import spelled
from .unions import Union, may_be_hashable

_ANYTHING: Final = Anything()
_TEXT: Final = Plain(str, "a string")
_NULL: Final = Plain(types.NoneType, "null")
_SIMPLE: Final[Mapping[Any, Shape]] = {
    Any: _ANYTHING,
    object: _ANYTHING,
    None: _NULL,
    types.NoneType: _NULL,
    str: _TEXT,
    bool: Plain(bool, "true or false"),
    int: WHOLE,
    float: FLOAT,
    Decimal: EXACT,
}
_LISTS: Final[Mapping[Any, Callable[..., Any]]] = {
    list: list,
    abc.Iterable: list,
    abc.Collection: list,
    abc.Sequence: list,
    abc.MutableSequence: list,
    set: set,
    abc.Set: set,
    abc.MutableSet: set,
    frozenset: frozenset,
}
_DICTS: Final = frozenset({dict, abc.Mapping, abc.MutableMapping})
_KNOWN: Final = "a class (attrs, dataclass, TypedDict, NamedTuple, pydantic), or a type that JSON has a counterpart for"
_UNRESOLVED: Final = "its annotations cannot be resolved, since they name what its module does not have"
_CACHED: Final = 512


def shape_of(into: Any) -> Shape:
    """Read a type; raise `InvalidArgumentError` for one that has no JSON Schema."""
    try:
        hash(into)
    except TypeError:
        return _read(into)  # since it cannot be a key
    # Two unions of the same members in another order are equal to Python, and do not look the same.
    return _shape_of(into, repr(into))


@lru_cache(_CACHED)
def _shape_of(into: Any, look: str) -> Shape:  # noqa: ARG001 - it is a part of the key
    return _read(into)


def _read(into: Any) -> Shape:
    reading = Reading(into)
    try:
        return reading.shape(into, "$")
    except RecursionError:
        reading.refuse(into, "$", "it never ends: each type in it contains a new one")


def _why_no_type(value: Any) -> str:
    if kind_of(value) == "array" and len(value) == 1 and isinstance(value[0], type):
        return f"it is a value; the type of such lists is list[{name_of(value[0])}]"
    return "it is a value. A JSON Schema of your own goes into response_format= of complete()"


def name_of(hint: Any) -> str:
    """Name a type as one would write it."""
    written = hint.__qualname__ if isinstance(hint, type) else repr(hint)
    return re.sub(r"(?:(?:\w+|<locals>)\.)+(?=\w)", "", written)


@define
class Reading:
    """The reading of one type with all that it contains."""

    root: Any
    records: dict[Any, Record] = field(factory=dict[Any, Record])
    aliases: dict[Any, Alias] = field(factory=dict[Any, Alias])
    """Those that are being read; `name` is set where they turned out to contain themselves."""

    def refuse(self, hint: Any, path: str, why: str = f"it has to be {_KNOWN}") -> NoReturn:
        """Raise the error that names the type and where it stands."""
        where = "" if path == "$" else f" at {path} of {name_of(self.root)}"
        raise InvalidArgumentError(f"There is no JSON Schema for {name_of(hint)}{where}: {why}.")

    def shape(self, hint: Any, path: str) -> Shape:
        """Read one type."""
        if not isinstance(hint, abc.Hashable):
            self.refuse(hint, path, _why_no_type(hint))
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is Annotated:
            return self._annotated(hint, path)
        if origin in (typing.Union, types.UnionType):
            return _union([self.shape(member, path) for member in arguments])
        if origin is Literal:
            return choice(arguments) or self.refuse(hint, path, "JSON has no bytes")
        if hint in _SIMPLE:
            return _SIMPLE[hint]
        cls = hint if origin is None else origin
        return self._stand_in(cls, hint, path) or self._container(cls, hint, path) or self._class(cls, hint, path)

    def _stand_in(self, cls: Any, hint: Any, path: str) -> Shape | None:
        """Read what stands for another type."""
        if hasattr(cls, "__supertype__"):
            return self.shape(cls.__supertype__, path)
        if hasattr(cls, "__value__"):
            return self._alias(cls, hint, path)
        if isinstance(hint, TypeVar):
            return self._variable(hint, path)
        return None

    def _annotated(self, hint: Any, path: str) -> Shape:
        remarks = tuple(taken_apart(hint.__metadata__))
        if name := lost(remarks):
            self.refuse(hint, path, f"{name} cannot be kept here; in a field of a pydantic model it can")
        shape = self.shape(hint.__origin__, path)
        try:
            limits = tuple(limits_in(remarks))
        except re.error as error:
            self.refuse(hint, path, f"its pattern is not a regular expression ({error})")
        shape = _limited(shape, limits)
        about = description_in(remarks)
        return Described(shape, about) if about else shape

    def _alias(self, cls: Any, hint: Any, path: str) -> Shape:
        if hint in self.aliases:
            self.aliases[hint].name = cls.__name__
            return self.aliases[hint]
        alias = self.aliases[hint] = Alias(_ANYTHING)
        try:
            value = alias_value(cls)
        except (NameError, AttributeError, TypeError, SyntaxError) as error:
            self.refuse(hint, path, f"{_UNRESOLVED} ({error})")
        alias.shape = self.shape(filled(value, dict(zip(cls.__type_params__, get_args(hint), strict=False))), path)
        del self.aliases[hint]
        return alias if alias.name else alias.shape

    def _variable(self, hint: Any, path: str) -> Shape:
        if hint.__constraints__:
            return _union([self.shape(member, path) for member in hint.__constraints__])
        return self.shape(Any if hint.__bound__ is None else hint.__bound__, path)

    def _container(self, cls: Any, hint: Any, path: str) -> Shape | None:
        arguments = get_args(hint)
        if cls in _LISTS:
            (item,) = arguments or (Any,)
            shape, is_set = self.shape(item, f"{path}[]"), issubclass(cls, abc.Set)
            if is_set and not may_be_hashable(shape):
                self.refuse(hint, path, "its items cannot be in a set, as they have no hash; frozen classes have one")
            return Listing(shape, _LISTS[cls], unique=is_set)
        if cls is tuple and (Ellipsis in arguments or hint in (tuple, typing.Tuple)):  # noqa: UP006 - it may be given
            return Listing(self.shape(arguments[0] if arguments else Any, f"{path}[]"), tuple, unique=False)
        if cls is tuple:
            return Row(tuple(self._tuple_item(item, f"{path}[{n}]") for n, item in enumerate(arguments)))
        if cls in _DICTS:
            key, value = arguments or (str, Any)
            keys = self.shape(key, f"{path}.*")
            if keys.kinds != STRING:
                self.refuse(hint, path, "keys are always strings in JSON")
            return Table(keys, self.shape(value, f"{path}.*"))
        return None

    def _tuple_item(self, hint: Any, path: str) -> Shape:
        if getattr(hint, "__unpacked__", False):
            self.refuse(hint, path, "a tuple is of a fixed length, or has any number of items of one type")
        return self.shape(hint, path)

    def _class(self, cls: Any, hint: Any, path: str) -> Shape:
        if not isinstance(cls, type):
            self.refuse(hint, path)
        if isabstract(cls):
            self.refuse(hint, path, "it is abstract, so that nothing can be made an instance of it")
        if is_model(cls):
            return Model(hint, cls)
        if is_class(cls):
            return self._record(cls, hint, path)
        if isinstance(cls, EnumType):
            return choice(cls, docstring(cls)) or self.refuse(cls, path, "its values have to be strings or numbers")
        return spelled(cls) or self.refuse(hint, path)

    def _record(self, cls: Any, hint: Any, path: str) -> Record:
        if hint in self.records:
            return self.records[hint]
        name = "_".join(re.findall(r"\w+", name_of(hint)))
        said = read_docstring(docstring(cls) or "")
        about_fields = {name: text for base in _bases(cls) for name, text in base.parameters.items()}
        record = self.records[hint] = Record(name, cls, said.description or None)
        try:
            fields = list(fields_of(cls))
        except (NameError, AttributeError, TypeError, SyntaxError) as error:
            self.refuse(cls, path, f"{_UNRESOLVED} ({error})")
        if not can_be_made(cls, fields):
            self.refuse(cls, path, "it does not take its fields as arguments")
        bound = bindings(cls, get_args(hint))
        for known in fields:
            shape = self.shape(filled(known.hint, bound), path_of_key(path, known.name))
            in_class = None if isinstance(shape, Described) else about_fields.get(known.name)
            if about := known.about or in_class:
                shape = Described(shape, about)
            record.known[known.name] = Known(known.name, shape, known.required, known.default)
        return record


def _bases(cls: Any) -> Iterator[Docstring]:
    """Give what docstrings say of the fields, the nearest last."""
    bases: tuple[type, ...] = cls.__mro__
    for base in reversed(bases):
        if is_class(base):
            yield read_docstring(docstring(base) or "")


def _union(members: list[Shape]) -> Shape:
    flat = [inner for shape in members for inner in (shape.members if isinstance(shape, Union) else [shape])]
    return Union(flat) if len(flat) > 1 else flat[0]


def _limited(shape: Shape, limits: tuple[Limit, ...]) -> Shape:
    """Put the limits on what they concern: in a union, on some of the members."""
    if isinstance(shape, Described):
        return Described(_limited(shape.shape, limits), shape.about)
    if isinstance(shape, Union):
        return _union([_limited(member, limits) for member in shape.members])
    concerning = tuple(limit for limit in limits if limit.kinds & shape.kinds)
    return Limited(shape, concerning) if concerning else shape
