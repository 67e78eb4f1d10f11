"""A function that became a tool keeps its parameters and its result, for both type checkers."""

from __future__ import annotations

from typing import Any, assert_type

from openrouter.tools import Tool, Toolbox, ToolLike, as_tools, tool


@tool
def get_weather(city: str, days: int = 1) -> float:
    return float(len(city) + days)


@tool(name="search", timeout=5, idempotent=True)
async def search_books(query: str) -> list[str]:
    return [query]


@tool()
def nothing() -> None:
    """Do nothing."""


class Shop:
    @tool
    @staticmethod
    def opens(day: str) -> int:
        return len(day)

    def price(self, item: str) -> float:
        return float(len(item))


def plain(city: str) -> str:
    return city


async def calls_are_those_of_the_function() -> None:
    assert_type(get_weather("Oslo", days=2), float)
    assert_type(await search_books("tea"), list[str])
    assert_type(Shop.opens("Monday"), int)
    assert_type(tool(Shop().price)(item="tea"), float)
    assert_type(tool(plain, strict=True)("Oslo"), str)
    assert_type(get_weather.function("Oslo"), float)


def the_attributes_have_types() -> None:
    assert_type(get_weather.name, str)
    assert_type(get_weather.timeout, float | None)
    assert_type(get_weather.is_async, bool)
    assert_type(get_weather.definition(), dict[str, Any])
    assert_type(get_weather.read_arguments(""), dict[str, Any])


def what_is_called_otherwise_is_found() -> None:
    get_weather(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    get_weather("Oslo", day=2)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    tool("search")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    tool(plain, timout=5)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    get_weather.name = "other"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def lists_take_tools_functions_and_dicts() -> None:
    box = as_tools([get_weather, search_books, plain, {"type": "openrouter:web_search"}])
    assert_type(box, Toolbox)
    assert_type(box.find("search"), Tool[..., Any] | None)
    several: list[ToolLike] = [get_weather, search_books, plain, Shop().price, {"type": "openrouter:web_search"}]
    assert_type(as_tools(several), Toolbox)
    as_tools([5])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    as_tools(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def made_by_hand() -> None:
    by_hand = Tool(name="plain", parameters={"type": "object"}, function=plain)
    assert_type(by_hand("Oslo"), str)
