"""No module has state: what a client does depends on what it was given, and on nothing that another client did."""

from __future__ import annotations

import ast
import enum
import functools
import importlib
import inspect
import logging
import pkgutil
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any, Final

import attrs
import pytest

import openrouter
from openrouter.core.wire import Moment
from openrouter.testing import ErrorReply, FakeOpenRouter, TextReply

ALLOWED: Final[Mapping[str, str]] = {
    "openrouter.exchange.logger": "what is logged is switched on and off in one place: logging's own",
    "openrouter.transports.tls._load": "the certificates take longer to load than a request: once for all clients",
    "openrouter.transports.tls._LOADING": "the lock under which that is done",
    "openrouter.forecast.logger": "the same",
    "openrouter.registry.telling.logger": "the same",
    "openrouter.policy.ledger_scope._ENTERED": "which scopes are entered, seen by each task and thread for itself",
    "openrouter.outgoing.origin_of": "the parts of a base URL, which are the same for everyone",
    "openrouter.core.structuring.converter": "the generated code that makes our classes, and those of `into=`, of JSON",
    "openrouter.core.structuring._hook": "the same, by class",
    "openrouter.core.shapes.reading._shape_of": "what a type is in JSON, the same for everyone; so many and no more",
    "openrouter.transports.asyncio_stream._ROOM": "where a thread reads to; what came is copied before it reads again",
    "openrouter.replies.fitting._remembered": "how a type is asked for, the same for everyone; so many and no more",
    "openrouter.cli.commands.app": "the command line: one to a process, as its arguments are",
    "openrouter.cli.commands.models": "a part of it",
}
"""What remembers something, and why that does no harm."""

FIXED: Final = (
    type(None),
    bool,
    int,
    float,
    complex,
    str,
    bytes,
    range,
    enum.Enum,
    type,
    types.ModuleType,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.GenericAlias,
    types.UnionType,
    types.MethodWrapperType,
    types.MemberDescriptorType,
    types.GetSetDescriptorType,
    property,
    staticmethod,
    classmethod,
    functools.cached_property,
    type(Moment.utc),  # what a named tuple has for each field
    typing.TypeVar,
    typing.ParamSpec,
)
"""Kinds that hold nothing that changes, or that belong to Python."""

NO_STATE: Final = {
    "_pytest.fixtures.FixtureFunctionDefinition",
    "datetime.timedelta",
    "datetime.timezone",
    "decimal.Decimal",
    "_json.Scanner",
    "json.decoder.JSONDecoder",
    "json.encoder.JSONEncoder",
    "openrouter.core.wire.Unset",
    "openrouter.operation.FlowOperation",
    "openrouter.operation.Operation",
    "openrouter.operation.StreamFlowOperation",
    "openrouter.operation.StreamOperation",
    "openrouter.types.pricing.Price",
    "re.Pattern",
}
"""Classes whose objects never change, though they do not say so."""

FROZEN: Final = openrouter.Retry
"""A class of attrs whose objects refuse to be changed."""


def modules() -> Iterator[types.ModuleType]:
    yield openrouter
    for found in pkgutil.walk_packages(openrouter.__path__, "openrouter."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def name_of(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def names_bound(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    """Give what a module or class binds itself, imports apart, each with its annotation."""
    for statement in body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
                yield name, ast.unparse(annotation)
            case ast.Assign(targets=targets):
                yield from ((node.id, "") for target in targets for node in ast.walk(target) if hasattr(node, "id"))
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, ""
            case ast.If() | ast.Try() | ast.With():
                yield from names_bound([part for part in ast.walk(statement) if isinstance(part, ast.stmt)][1:])


def is_constant(name: str, annotation: str) -> bool:
    """Whether a table says that it is one of constants; that nobody writes into it is what the last test holds."""
    return name.isupper() or annotation.startswith(("Final", "ClassVar"))


def can_change(value: object, *, constant: bool = False) -> bool:
    """Whether a value is, or contains, something that can change; a table is taken for constant where it says so."""
    inside = contents(value, constant=constant)
    return inside is None or any(can_change(item, constant=constant) for item in inside)


def contents(value: object, *, constant: bool) -> Iterable[object] | None:
    """Give what a value contains; `None` where it can change itself."""
    inside: Iterable[object] | None = None
    kind = type(value)
    if isinstance(value, FIXED) or kind.__module__ in ("typing", "typing_extensions") or name_of(kind) in NO_STATE:
        inside = ()
    elif isinstance(value, tuple | frozenset) or (isinstance(value, list | set) and constant):
        inside = value
    elif isinstance(value, dict) and constant:
        inside = (*value.keys(), *value.values())
    elif isinstance(value, functools.partial):
        inside = (*value.args, *value.keywords.values())
    elif isinstance(value, types.MethodType):
        inside = (value.__self__,)
    elif attrs.has(kind) and kind.__setattr__ is FROZEN.__setattr__:
        inside = [getattr(value, one.name) for one in attrs.fields(kind)]
    return inside


def found_in(module: types.ModuleType) -> Iterator[str]:
    """Name what can change of what a module binds, and of what its classes bind."""
    body = ast.parse(inspect.getsource(module)).body
    scopes = [(module.__name__, vars(module), body)]
    scopes += [
        (f"{module.__name__}.{node.name}", dict(vars(vars(module)[node.name])), node.body)
        for node in body
        if isinstance(node, ast.ClassDef)
    ]
    for path, bound, statements in scopes:
        for name, annotation in names_bound(statements):
            if (
                name in bound
                and name not in ("__all__", "__slots__")
                and can_change(bound[name], constant=is_constant(name, annotation))
            ):
                yield f"{path}.{name}"


def test_no_module_remembers_anything_but_what_is_named_here() -> None:
    found = {name for module in modules() for name in found_in(module)}
    assert sorted(found - ALLOWED.keys()) == []
    assert ALLOWED.keys() - found == set(), "named here, and not there any more"


@pytest.mark.parametrize(
    ("value", "is_found"),
    [
        ([], True),
        ({}, True),
        (set[int](), True),
        (("a", ["b"]), True),
        (logging.getLogger("openrouter.any"), True),
        (functools.cache(lambda: 1), True),
        (openrouter.Policy(), True),
        (("a", frozenset({"b"})), False),
        (openrouter.Retry(), False),
        (openrouter.SyncClient, False),
    ],
    ids=lambda value: repr(value).partition(" at 0x")[0],
)
def test_the_search_finds_what_can_change(value: object, *, is_found: bool) -> None:
    assert can_change(value) is is_found


def tables() -> dict[str, object]:
    """Give the tables of all modules."""
    return {
        f"{module.__name__}.{name}": value
        for module in modules()
        for name, _ in names_bound(ast.parse(inspect.getsource(module)).body)
        if isinstance(value := vars(module).get(name), dict | list | set)
    }


@pytest.mark.anyio
async def test_nobody_writes_into_a_table_of_constants() -> None:
    before = {name: deepcopy(table) for name, table in tables().items()}
    assert len(before) > 20
    replies = [TextReply("Good."), ErrorReply(429, "Slower"), TextReply("Better."), ErrorReply(400, "No")]
    options: Any = {"model": "a/b", "temperature": 0.5, "tools": [{"type": "function", "function": {"name": "f"}}]}
    with FakeOpenRouter(replies).sync_client() as client:
        assert client.complete("Hi", **options).text == "Good."
        assert len(client.complete_many(["Hi"] * 3)) == 3
        assert "".join(client.with_options(api_key="other").stream_text("Hi"))
    async with FakeOpenRouter(replies).async_client() as awaiting:
        assert (await awaiting.complete("Hi", **options)).text == "Good."
        assert len(await awaiting.complete_many(["Hi"] * 3)) == 3
        assert [piece async for piece in awaiting.stream_text("Hi")]
    assert tables() == before
