"""A tool: a function of yours, and what a model is told about it out of its signature and docstring."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from functools import partial, update_wrapper
from inspect import getdoc, isclass, isroutine
from operator import attrgetter
from types import SimpleNamespace
from typing import Any, Final, Generic, ParamSpec, TypeVar, cast, overload

import attrs

from ..core.arguments import refuse
from ..core.asynchronous import is_async
from ..core.docstrings import Docstring, read_docstring
from ..core.errors import InvalidArgumentError
from ..core.schema import schema_of
from ..core.shapes.fields import docstring
from ..types.options import SECONDS
from .arguments import (
    ToolArgumentsError as ToolArgumentsError,  # noqa: PLC0414 - part of what a tool offers
    decode_arguments,
    fit_arguments,
)
from .signature import arguments_class, without_bound

P = ParamSpec("P")
T = TypeVar("T")

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


def _check_name(name: object) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        refuse("name", name, "1 to 64 of the characters A-Z, a-z, 0-9, _ and -; give a tool another one with name=…")


def _check_timeout(timeout: float | None) -> None:
    if timeout is not None:
        SECONDS("timeout", timeout)


@attrs.frozen(eq=False, kw_only=True, slots=False)
class Tool(Generic[P, T]):
    """A function that a model may ask for, with what the model is told about it.

    `tool` makes one of a function. One made by hand has a JSON Schema of your own as its `parameters`; its function
    gets the arguments as keywords, as the model gave them.

    Calling a tool calls its function. (API page "Tool calling".)
    """

    name: str
    """What the model calls it: 1 to 64 letters, digits, `_` and `-`."""
    description: str = attrs.field(default="", repr=False)
    """What it is good for, in words for the model; nothing is sent where it is empty."""
    parameters: dict[str, Any] = attrs.field(repr=False)
    """JSON Schema of the arguments, always of an object."""
    function: Callable[P, T] = attrs.field(repr=False)
    """What does the work; it may be async."""
    strict: bool = False
    """Whether the provider is to hold the model to the schema. Not every model can."""
    timeout: float | None = None
    """Seconds that one call may take; `None`: as long as the run allows."""
    idempotent: bool = False
    """Whether it does no harm to call it twice with the same arguments."""
    needs_approval: bool = False
    """Whether somebody has to agree before it is called."""
    arguments: Any = attrs.field(default=None, repr=False)
    """The attrs class that arguments are read into, a field for each parameter; `None`: they are taken as they come."""

    def __attrs_post_init__(self) -> None:
        _check_name(self.name)
        _check_timeout(self.timeout)
        given: Any = self
        if not isinstance(given.description, str):
            refuse("description", given.description, "a string")
        if not isinstance(given.parameters, dict):
            refuse("parameters", given.parameters, "a JSON Schema, as a dict")
        if not callable(given.function):
            refuse("function", given.function, "a function, or an object that can be called")
        # `help`, notebooks and doctest then find the function; what a callable object holds is its own.
        shown = update_wrapper(cast("Any", SimpleNamespace()), without_bound(self.function), updated=())
        vars(self).update(vars(shown), __wrapped__=self.function)

    def __reduce__(self) -> str | tuple[Any, ...]:
        # What stands where its function says that it stands is found there; all else is made again.
        path = getattr(self, "__qualname__", "")
        try:
            found = attrgetter(path)(sys.modules[self.__module__])
        except (AttributeError, KeyError):
            found = None
        if found is self:
            return path
        given = {each.name: getattr(self, each.name) for each in attrs.fields(Tool)}
        if given.pop("arguments") is None:
            return partial(Tool, **given), ()
        function, _ = given.pop("function"), given.pop("parameters")
        return partial(tool, **given), (function,)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call the function."""
        return self.function(*args, **kwargs)

    @property
    def is_async(self) -> bool:
        """Whether what a call gives has to be awaited."""
        return is_async(self.function)

    def definition(self) -> dict[str, Any]:
        """Give what stands for it in `tools` of a request."""
        function: dict[str, Any] = {"name": self.name}
        if self.description:
            function["description"] = self.description
        function["parameters"] = self.parameters
        if self.strict:
            function["strict"] = True
        return {"type": "function", "function": function}

    def read_arguments(self, text: str) -> dict[str, Any]:
        """Read the arguments that a model wrote into the types of the parameters; give them as keyword arguments.

        No text means no arguments. What was left out has its default. Raises `ToolArgumentsError` for what is no
        JSON object, for arguments that are missing or do not fit, and for those that the tool does not have (which
        are ignored by a tool without any).
        """
        given = decode_arguments(self.name, text)
        return given if self.arguments is None else fit_arguments(self.name, given, self.arguments)


@overload
def tool(
    function: Callable[P, T],
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    strict: bool = False,
    timeout: float | None = None,
    idempotent: bool = False,
    needs_approval: bool = False,
) -> Tool[P, T]: ...
@overload
def tool(
    *,
    name: str | None = None,
    description: str | None = None,
    strict: bool = False,
    timeout: float | None = None,
    idempotent: bool = False,
    needs_approval: bool = False,
) -> Callable[[Callable[P, T]], Tool[P, T]]: ...
def tool(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    strict: bool = False,
    timeout: float | None = None,
    idempotent: bool = False,
    needs_approval: bool = False,
) -> Any:
    """Make a tool of a function, as `@tool`, as `@tool(timeout=5)` or as `tool(function)`.

    The function may be async, a bound method, a static method, a `functools.partial` or any object that can be
    called. Each of its parameters has a type annotation and can be given by name; those that a partial fills are
    hidden from the model. The docstring (Google, NumPy or Sphinx style) and `Annotated[…, "text"]` describe the tool
    and its parameters.

    `name` and `description` take the place of the function's own. `strict` asks the provider to hold the model to
    the schema; all parameters are then required, and those with a default may be null. `timeout`: seconds that a
    call may take. `idempotent`: calling it twice does no harm. `needs_approval`: somebody has to agree first.

    Raises `InvalidArgumentError` for a name that the API does not take, and for a parameter that has no type or one
    that no JSON Schema can describe. (API page "Tool calling".)
    """

    def make(function: Callable[..., Any]) -> Tool[..., Any]:
        function, given_name, said = _read(function, name)
        arguments = arguments_class(function, given_name, said.parameters)
        return Tool(
            name=given_name,
            description=said.description if description is None else description,
            parameters=_schema(arguments, strict=strict),
            function=function,
            strict=strict,
            timeout=timeout,
            idempotent=idempotent,
            needs_approval=needs_approval,
            arguments=arguments,
        )

    return make if function is None else make(function)


def _read(function: Any, name: str | None) -> tuple[Callable[..., Any], str, Docstring]:
    """Give the function to call, its name, and what its docstring says; refuse what is no function."""
    if isinstance(function, staticmethod):
        function = function.__func__
    beneath = without_bound(function)
    if isinstance(beneath, Tool):
        raise InvalidArgumentError(f"{beneath.name} is a tool already; make another one of its `.function`.")
    if not callable(function) or isclass(function):
        refuse("function", function, "a function, or an object that can be called")
    kind: type[Any] = beneath.__class__
    said = getdoc(beneath) if isroutine(beneath) else kind.__call__.__doc__ or docstring(kind)
    shown: str = getattr(beneath, "__name__", kind.__name__) if name is None else name
    _check_name(shown)
    return function, shown, read_docstring(said or "")


def _schema(arguments: type[Any], *, strict: bool) -> dict[str, Any]:
    try:
        return schema_of(arguments, strict=strict)
    except InvalidArgumentError as error:
        raise InvalidArgumentError(f"{arguments.__name__} cannot be a tool: {error.message}") from error
