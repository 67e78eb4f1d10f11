"""What a tool knows, and what is made of a function of any kind."""

from __future__ import annotations

import copy
import doctest
import gc
import inspect
import pickle
import sys
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import lru_cache, partial, wraps
from typing import Annotated, Any, Literal

import attrs
import pytest
from jsonschema import Draft202012Validator

from openrouter import InvalidArgumentError
from openrouter.tools import Tool, tool


class Unit(Enum):
    CELSIUS = "celsius"
    KELVIN = "kelvin"


@attrs.frozen
class Place:
    """A place on the map."""

    name: str
    height: int = 0


def get_weather(place: Place, days: Annotated[int, "From today."] = 1, *, unit: Unit = Unit.CELSIUS) -> str:
    """Give the weather.

    It is measured.

    Args:
        place: Where to look.
        unit: Of the temperature.

    Returns:
        A sentence.
    """
    return f"{place.name} {days} {unit.value}"


class Shop:
    """A shop of everything.

    Args:
        item: Not of a function.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def price(self, item: str) -> str:
        """Give the price.

        :param item: What to buy.
        """
        return f"{item} at {self.name}"

    @tool
    @staticmethod
    def opens(day: str) -> str:
        """Tell when it opens."""
        return f"Open on {day}"

    @staticmethod
    @tool
    def closes(day: str) -> str:
        """Tell when it closes."""
        return f"Closed on {day}"

    @classmethod
    def branches(cls, town: str) -> str:
        """List the branches."""
        return f"{cls.__name__} in {town}"

    def __call__(self, item: str) -> str:
        return f"{item} from {self.name}"


class Visit:
    def __call__(self, place: Place) -> str:
        return place.name


def visit(place: Place) -> str:
    return place.name


class AsyncShop:
    async def __call__(self, item: str) -> str:
        """Buy one."""
        return item


async def search(query: str) -> str:
    """Search."""
    return query


@tool
def double(number: int) -> int:
    """Double it.

    >>> double(2)
    4
    """
    return 2 * number


def function_of(made: Tool[..., Any]) -> dict[str, Any]:
    function: dict[str, Any] = made.definition()["function"]
    return function


def test_what_a_model_is_told_comes_from_signature_and_docstring() -> None:
    made = tool(get_weather)
    definition = made.definition()
    Draft202012Validator.check_schema(made.parameters)
    assert list(definition["function"]) == ["name", "description", "parameters"]
    assert definition == {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "Give the weather.\n\nIt is measured.\n\nReturns:\n    A sentence.",
            "parameters": {
                "type": "object",
                "properties": {
                    "place": {
                        "type": "object",
                        "description": "Where to look.\n\nA place on the map.",
                        "properties": {"name": {"type": "string"}, "height": {"type": "integer", "default": 0}},
                        "required": ["name"],
                        "additionalProperties": False,
                    },
                    "days": {"type": "integer", "description": "From today.", "default": 1},
                    "unit": {
                        "type": "string",
                        "enum": ["celsius", "kelvin"],
                        "description": "Of the temperature.",
                        "default": "celsius",
                    },
                },
                "required": ["place"],
                "additionalProperties": False,
            },
        },
    }


def test_a_tool_says_what_it_is() -> None:
    @tool(
        name="look-up",
        description="Look it up.",
        strict=True,
        timeout=2.5,
        idempotent=True,
        needs_approval=True,
    )
    def find(key: str, most: int = 3) -> str:
        """Find it."""
        return key * most

    assert (find.name, find.description) == ("look-up", "Look it up.")
    assert (find.strict, find.timeout, find.idempotent, find.needs_approval) == (True, 2.5, True, True)
    function = function_of(find)
    assert function["strict"] is True
    assert function["parameters"]["required"] == ["key", "most"]
    assert find("a") == "aaa"
    assert repr(find) == "Tool(name='look-up', strict=True, timeout=2.5, idempotent=True, needs_approval=True)"


def test_what_is_not_said_is_not_sent() -> None:
    @tool()
    def undocumented() -> None: ...

    function = function_of(undocumented)
    assert list(function) == ["name", "parameters"]
    assert function["parameters"]["type"] == "object"
    assert function["parameters"]["properties"] == {}
    assert (undocumented.strict, undocumented.timeout) == (False, None)
    assert (undocumented.idempotent, undocumented.needs_approval) == (False, False)
    assert "description" not in function_of(tool(get_weather, description=""))


def test_a_tool_shows_itself_as_its_function() -> None:
    made = tool(get_weather)
    assert inspect.signature(made) == inspect.signature(get_weather)
    assert inspect.getdoc(made) == inspect.getdoc(get_weather)
    assert inspect.unwrap(made) is get_weather
    filled = partial(get_weather, days=3)
    assert inspect.signature(tool(filled)) == inspect.signature(filled)
    assert inspect.getdoc(tool(filled)) == inspect.getdoc(get_weather)


def test_examples_in_the_docstring_of_a_tool_are_found() -> None:
    found = [test for test in doctest.DocTestFinder().find(sys.modules[__name__]) if test.examples]
    assert [test.name for test in found] == [f"{__name__}.double"]
    assert doctest.DocTestRunner(verbose=False).run(found[0]) == (0, 1)


def wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def inner(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return inner


@pytest.mark.parametrize(
    ("function", "name", "description", "result"),
    [
        (Shop("here").price, "price", "Give the price.", "tea at here"),
        (Shop("here"), "Shop", "A shop of everything.", "tea from here"),
        (partial(Shop.price, Shop("there")), "price", "Give the price.", "tea at there"),
        (partial(partial(Shop("there").price)), "price", "Give the price.", "tea at there"),
        (staticmethod(Shop("there").price), "price", "Give the price.", "tea at there"),
        (wrapped(Shop("there").price), "price", "Give the price.", "tea at there"),
        (lru_cache(Shop("there").price), "price", "Give the price.", "tea at there"),
    ],
    ids=["method", "object", "partial", "partial of a partial", "static", "wrapped", "cached"],
)
def test_anything_that_can_be_called_becomes_a_tool(
    function: Callable[..., Any], name: str, description: str, result: str
) -> None:
    made = tool(function)
    assert (made.name, made.description) == (name, description)
    assert made(**made.read_arguments('{"item": "tea"}')) == result
    assert not made.is_async
    assert list(made.parameters["properties"]) == ["item"]


def test_parameters_of_a_method_are_described_by_its_own_docstring() -> None:
    assert tool(Shop("here").price).parameters["properties"]["item"]["description"] == "What to buy."


def test_static_and_class_methods() -> None:
    assert Shop.opens(day="Monday") == Shop("here").opens("Monday") == "Open on Monday"
    assert Shop.closes(day="Monday") == Shop("here").closes("Monday") == "Closed on Monday"
    assert Shop.opens.description == "Tell when it opens."
    assert tool(Shop.branches)(town="Oslo") == "Shop in Oslo"


async def test_an_async_function_stays_one(anyio_backend: str) -> None:
    del anyio_backend
    made = tool(search)
    assert made.is_async
    assert await made("tea") == "tea"


@pytest.mark.parametrize(
    "function",
    [partial(search, "tea"), partial(AsyncShop(), item="tea"), AsyncShop(), AsyncShop().__call__, staticmethod(search)],
    ids=["partial", "partial of an object", "object", "method", "static"],
)
def test_what_has_to_be_awaited_is_known(function: Callable[..., Any]) -> None:
    assert tool(function).is_async


def test_a_description_of_the_call_goes_before_that_of_the_class() -> None:
    assert tool(AsyncShop()).description == "Buy one."


def test_a_description_that_nobody_wrote_is_none() -> None:
    """That of a dataclass is its signature."""

    @dataclass
    class Search:
        index: str

        def __call__(self, query: str) -> str:
            return f"{query} in {self.index}"

    assert tool(Search("books")).description == ""


def test_what_a_partial_fills_is_hidden_from_the_model() -> None:
    """Whose orders are listed must not be for the model to say."""

    def orders(user: int, since: str, most: int = 5) -> str:
        """List orders.

        Args:
            user: Whose.
            since: A day.
        """
        return f"{user} {since} {most}"

    made = tool(partial(partial(orders, user=7), most=9))
    assert list(made.parameters["properties"]) == ["since"]
    assert made(**made.read_arguments('{"since": "Monday"}')) == "7 Monday 9"
    with pytest.raises(ValueError, match=r"\$\.user is no argument of it; there are only: since"):
        made.read_arguments('{"since": "Monday", "user": 1}')


@pytest.mark.parametrize("function", [visit, lru_cache(visit), partial(Visit()), Visit().__call__], ids=[*"fcpm"])
def test_annotations_are_text_that_belongs_to_the_module_of_the_function(function: Callable[..., Any]) -> None:
    made = tool(function)
    assert made(**made.read_arguments('{"place": {"name": "Oslo"}}')) == "Oslo"


def test_annotations_may_have_text_within() -> None:
    def travel(places: list["Place"], how: "Literal['car', 'train'] | None" = None) -> str:  # noqa: UP037 - see above
        return f"{places[0].name} {how}"

    made = tool(travel)
    assert made.parameters["properties"]["places"]["items"]["properties"]["name"] == {"type": "string"}
    assert made(**made.read_arguments('{"places": [{"name": "Oslo"}], "how": "car"}')) == "Oslo car"


def test_parameters_may_have_any_name() -> None:
    """Also those that Python or attrs give a meaning of their own."""

    def odd(_hidden: int, __dunder__: int, type: str, NOTHING: int = 2, name: str = "n") -> None: ...  # noqa: A002, N803 - odd names

    made = tool(odd)
    assert list(made.parameters["properties"]) == ["_hidden", "__dunder__", "type", "NOTHING", "name"]
    assert made.read_arguments('{"_hidden": 1, "__dunder__": 3, "type": "t"}') == {
        "_hidden": 1,
        "__dunder__": 3,
        "type": "t",
        "NOTHING": 2,
        "name": "n",
    }


def test_parameters_without_a_default_may_follow_those_that_have_one() -> None:
    def find(*, most: int = 3, key: str) -> None: ...

    assert tool(find).read_arguments('{"key": "a"}') == {"most": 3, "key": "a"}


def test_defaults_that_are_no_json_are_given_all_the_same() -> None:
    nothing = object()

    def find(price: Decimal = Decimal("1.50"), tags: tuple[str, ...] = (), other: Any = nothing) -> None: ...

    assert tool(find).read_arguments("{}") == {"price": Decimal("1.50"), "tags": (), "other": nothing}


def unannotated(city) -> None: ...  # type: ignore[no-untyped-def]  # noqa: ANN001 - what is tried


def nowhere(city: Nowhere) -> None: ...  # type: ignore[name-defined]  # noqa: F821 - what is tried


def any_number(*cities: str) -> None: ...


def any_name(**cities: str) -> None: ...


def positional(city: str, /) -> None: ...


def no_schema(calls: Callable[[], None]) -> None: ...


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (unannotated, r"unannotated cannot be a tool: its parameter city has no type annotation\."),
        (nowhere, r"nowhere cannot be a tool: an annotation cannot be resolved .*'Nowhere' is not defined"),
        (any_number, r"any_number cannot be a tool: its parameter \*cities takes any number of values, but"),
        (any_name, r"any_name cannot be a tool: its parameter \*\*cities takes any name, but"),
        (positional, r"positional cannot be a tool: its parameter city is positional-only, but a model names"),
        (no_schema, r"no_schema cannot be a tool: .*\$\.calls"),
        (Shop.price, r"price cannot be a tool: self is not bound; make the tool of the bound method"),
        (lambda: None, r"name='<lambda>' cannot be sent: it has to be 1 to 64 of the characters .*name=…"),
        (dict.fromkeys, r"fromkeys cannot be a tool"),
        (min, r"min cannot be a tool: Python does not know its parameters\."),
        (Shop, r"function=<class .*Shop'> cannot be sent: it has to be a function"),
        ("search", r"function='search' cannot be sent: it has to be a function"),
        (tool(get_weather), r"get_weather is a tool already; make another one of its `\.function`\."),
        (partial(tool(get_weather), days=3), r"get_weather is a tool already"),
    ],
)
def test_what_cannot_be_a_tool_is_refused(function: Any, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        tool(function)


@pytest.mark.parametrize("name", ["", "a" * 65, "get weather", "météo", "a.b", "a\n", 5])
def test_names_that_the_api_does_not_take_are_refused(name: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="name="):
        tool(get_weather, name=name)
    with pytest.raises(InvalidArgumentError, match="name="):
        Tool(name=name, parameters={}, function=get_weather)


@pytest.mark.parametrize("timeout", [0, -1, True, "5", 1e10, float("inf")])
def test_timeouts_that_cannot_be_are_refused(timeout: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="timeout="):
        tool(get_weather, timeout=timeout)


@pytest.mark.parametrize("field", ["description", "parameters", "function"])
def test_what_no_request_can_have_is_refused(field: str) -> None:
    given: dict[str, Any] = {"name": "x", "description": "", "parameters": {}, "function": get_weather, field: "{}"}
    if field == "description":
        given[field] = 5
    with pytest.raises(InvalidArgumentError, match=f"^{field}="):
        Tool(**given)


@tool(timeout=5)
def stamp(date: str) -> str:
    """Stamp it."""
    return date


@pytest.mark.parametrize(
    "made",
    [
        stamp,
        tool(get_weather, name="other", description="Another one.", strict=True, idempotent=True, needs_approval=True),
        tool(Shop("Ann").price),
        Tool(name="by_hand", parameters={"type": "object"}, function=get_weather, timeout=3),
    ],
    ids=lambda made: made.name,
)
@pytest.mark.parametrize("copied", [lambda made: pickle.loads(pickle.dumps(made)), copy.deepcopy])  # noqa: S301 - our own
def test_a_tool_can_be_pickled_where_its_function_can(made: Tool[..., Any], copied: Callable[[Any], Any]) -> None:
    again = copied(made)
    assert again.definition() == made.definition()
    assert (again.timeout, again.idempotent, again.needs_approval) == (
        made.timeout,
        made.idempotent,
        made.needs_approval,
    )
    arguments = {"date": "today", "place": Place("Oslo"), "item": "tea"}
    fitting = {name: arguments[name] for name in inspect.signature(made.function).parameters if name in arguments}
    assert again(**fitting) == made(**fitting)
    assert (again.arguments is None) == (made.arguments is None)


def test_tools_of_anything_can_be_copied() -> None:
    def local(text: str) -> str:
        return text

    assert copy.deepcopy(tool(local))("a") == "a"
    assert copy.deepcopy(tool(Shop("Ann"), name="buy"))("tea") == "tea from Ann"


def test_a_tool_that_stands_under_its_name_is_found_there() -> None:
    assert pickle.loads(pickle.dumps(stamp)) is stamp  # noqa: S301 - our own


def test_names_of_64_characters_are_taken() -> None:
    assert tool(get_weather, name="a-Z_9" * 12 + "last").name == "a-Z_9" * 12 + "last"


def test_a_tool_is_frozen_and_can_be_changed_into_another() -> None:
    made = tool(get_weather)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        made.name = "other"  # type: ignore[misc]  # tools are frozen
    other = attrs.evolve(made, name="other", timeout=5)
    assert (other.name, other.timeout, other.parameters) == ("other", 5, made.parameters)
    assert other != made
    assert len({made, other, made}) == 2


def test_tools_that_are_made_by_the_hundred_are_forgotten() -> None:
    """A server makes those that know its user for every request; what was read of the last ones may be kept."""

    def made() -> weakref.ref[Any]:
        def orders(since: str) -> str:
            return since

        new = tool(orders)
        new.read_arguments('{"since": "Monday"}')
        assert new.arguments is not None
        return weakref.ref(new.arguments)

    classes = [made() for _ in range(600)]
    gc.collect()
    assert sum(found() is not None for found in classes) < len(classes)
