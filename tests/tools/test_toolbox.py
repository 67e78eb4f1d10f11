"""Tools of all kinds in one list."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest

from openrouter import InvalidArgumentError, plugins, server_tools
from openrouter.tools import as_tools, tool


@tool(timeout=5)
def get_weather(city: str) -> str:
    """Give the weather."""
    return city


async def search(query: str) -> str:
    """Search."""
    return query


SERVER_TOOL = {"type": "openrouter:web_search", "parameters": {"max_results": 3, "later": None}}
EXTERNAL = {"type": "function", "function": {"name": "ask_user"}, "cache_control": {"type": "ephemeral"}}


def test_functions_tools_and_dicts_in_their_order() -> None:
    box = as_tools(iter([SERVER_TOOL, get_weather, MappingProxyType(EXTERNAL), search, SERVER_TOOL]))
    made = box.find("search")
    assert made is not None
    assert made.function is search
    assert box.definitions == [SERVER_TOOL, get_weather.definition(), EXTERNAL, made.definition(), SERVER_TOOL]
    assert all(type(definition) is dict for definition in box.definitions)
    assert box.find("get_weather") is get_weather
    assert box.find("ask_user") is None
    assert box.find("other") is None
    assert list(box.tools) == ["get_weather", "search"]
    assert box.external == {"ask_user"}


def test_no_tools() -> None:
    box = as_tools([])
    assert (box.definitions, dict(box.tools), box.external) == ([], {}, frozenset())


def test_dicts_of_any_shape_pass() -> None:
    """The API may know what we do not."""
    odd: list[Any] = [
        {},
        {"function": "x"},
        {"function": {}},
        {"function": {"name": None}},
        {"function": {"name": [1]}},
    ]
    assert as_tools(odd).definitions == odd
    assert as_tools(odd).external == frozenset()


@pytest.mark.parametrize(
    "given",
    [
        [search, search],
        [get_weather, get_weather],
        [get_weather, {"type": "function", "function": {"name": "get_weather"}}],
        [EXTERNAL, EXTERNAL],
    ],
)
def test_two_of_one_name_are_refused(given: list[Any]) -> None:
    with pytest.raises(InvalidArgumentError, match=r"Two tools are called \w+; give one of them another"):
        as_tools(given)


@pytest.mark.parametrize("given", [get_weather, search, SERVER_TOOL, "text", b"bytes", 5, None])
def test_what_is_no_list_is_refused(given: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"^tools=.* a list of functions, tools or dicts\.$"):
        as_tools(given)


@pytest.mark.parametrize("wrong", ["text", 5, None, [search]])
def test_what_is_no_tool_is_refused_by_its_place(wrong: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"^tools\[1\]=.* a function, a tool or a dict\.$"):
        as_tools([search, wrong])


def test_what_cannot_become_a_tool_is_named() -> None:
    def lost(city) -> None: ...  # type: ignore[no-untyped-def]  # noqa: ANN001 - what is tried

    with pytest.raises(InvalidArgumentError, match="lost cannot be a tool: its parameter city"):
        as_tools([lost])


@pytest.mark.parametrize("uncalled", [server_tools.datetime, server_tools.web_search, plugins.web])
def test_what_makes_a_dict_has_to_be_called(uncalled: Any) -> None:
    name = f"{uncalled.__module__.removeprefix('openrouter.')}.{uncalled.__name__}"
    with pytest.raises(InvalidArgumentError, match=rf"call it, as in {name}\(\)"):
        as_tools([uncalled])
