"""The tools of one run: what is sent of them, and which function a name stands for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias, cast

from attrs import frozen

from ..core.arguments import refuse
from ..core.errors import InvalidArgumentError
from ..core.json import as_object
from .tool import Tool, tool

ToolLike: TypeAlias = "Callable[..., Any] | Mapping[str, Any]"
"""A function, a `Tool`, or a dict as the API takes it: a server tool, or a function that is called elsewhere."""


@frozen(eq=False)
class Toolbox:
    """Tools by name, and what stands for them in a request."""

    definitions: list[dict[str, Any]]
    """All of them as the API takes them, in the order in which they were given."""
    tools: Mapping[str, Tool[..., Any]]
    """Those with a function, by name."""
    external: frozenset[str]
    """The names of functions that were given as dicts: somebody else calls these."""

    def find(self, name: str) -> Tool[..., Any] | None:
        """Give the tool of a name, if it has a function."""
        return self.tools.get(name)


def as_tools(given: Iterable[ToolLike]) -> Toolbox:
    """Make tools of functions, and collect them with what is a tool already and with dicts, which stay as they are.

    Raises `InvalidArgumentError` for what cannot be a tool, and for two of one name.
    """
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        refuse("tools", cast("object", given), "a list of functions, tools or dicts")
    definitions: list[dict[str, Any]] = []
    tools: dict[str, Tool[..., Any]] = {}
    names: list[object] = []
    for position, one in enumerate(cast("Iterable[object]", given)):
        if isinstance(one, Mapping):
            definition = dict(cast("Mapping[str, Any]", one))
        elif callable(one):
            _refuse_uncalled(one)
            made = cast("Tool[..., Any]", one if isinstance(one, Tool) else tool(one))
            definition = made.definition()
            tools[made.name] = made
        else:
            refuse(f"tools[{position}]", one, "a function, a tool or a dict")
        name = as_object(definition.get("function")).get("name")
        if name is not None and name in names:
            raise InvalidArgumentError(f"Two tools are called {name}; give one of them another, as in tool(…, name=…).")
        names.append(name)
        definitions.append(definition)
    external = frozenset(name for name in names if isinstance(name, str) and name not in tools)
    return Toolbox(definitions, tools, external)


def _refuse_uncalled(function: object) -> None:
    """Refuse a function of ours that gives a dict for the request, and was not called."""
    package, _, module = str(getattr(function, "__module__", "")).rpartition(".")
    if package == __name__.partition(".")[0] and module in {"server_tools", "plugins"}:
        name = f"{module}.{getattr(function, '__name__', '')}"
        raise InvalidArgumentError(f"{name} is not what is sent, but makes it: call it, as in {name}().")
