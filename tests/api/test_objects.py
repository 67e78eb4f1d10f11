"""Objects instead of text: what is asked, on both clients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, NamedTuple

import pydantic
import pytest

from openrouter import InvalidArgumentError
from openrouter.api.objects import Objects
from openrouter.core.json import encode_json
from openrouter.core.schema import schema_of
from openrouter.testing import FakeOpenRouter, ScriptedToolCall, TextReply
from tests.api.objects_asked import AACHEN, CITY, FLAWS, WRONG, City, Lake, Point, get, given


@dataclass
class Measure:
    value: float
    unit: str


class Place(NamedTuple):
    name: str
    altitude: int


class Kind(Enum):
    CITY = "city"
    RIVER = "river"


class Mountain(pydantic.BaseModel):
    name: str
    height: Annotated[float, pydantic.Field(gt=0)]


Ask = Callable[..., Any]


@pytest.fixture(params=["blocking", "awaiting"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Ask a service that gives these replies; one face for both clients."""

    async def asked(fake: FakeOpenRouter, *arguments: Any, **options: Any) -> Any:
        options = {"model": "acme/large", **options}
        if request.param == "blocking":
            with fake.sync_client() as blocking:
                return Objects(blocking.driver).generate_object(*arguments, **options)
        async with fake.async_client() as awaiting:
            return await Objects(awaiting.driver).generate_object(*arguments, **options)

    return asked


@pytest.mark.anyio
async def test_by_response_format(ask: Ask) -> None:
    fake = FakeOpenRouter([TextReply(CITY)])
    assert await ask(fake, "A city.", City, temperature=0.5) == AACHEN
    assert fake.requests[0].payload == {
        "model": "acme/large",
        "messages": [{"role": "user", "content": "A city."}],
        "provider": {"require_parameters": True},
        "temperature": 0.5,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "City", "strict": True, "schema": schema_of(City, strict=True)},
        },
    }


@pytest.mark.anyio
async def test_by_a_function(ask: Ask) -> None:
    fake = FakeOpenRouter([TextReply("I call it.", tool_calls=[ScriptedToolCall("City", CITY)])])
    assert await ask(fake, [{"role": "user", "content": "A city."}], City, mode="tool") == AACHEN
    assert fake.requests[0].payload == {
        "model": "acme/large",
        "messages": [{"role": "user", "content": "A city."}],
        "provider": {"require_parameters": True},
        "tools": [
            {
                "type": "function",
                "function": {"name": "City", "parameters": schema_of(City, strict=True), "strict": True},
            }
        ],
        "tool_choice": {"type": "function", "function": {"name": "City"}},
    }


@pytest.mark.anyio
async def test_in_words(ask: Ask) -> None:
    fake = FakeOpenRouter([TextReply(f"Here you are:\n```json\n{CITY}\n```")])
    assert await ask(fake, "A city.", City, mode="prompt") == AACHEN
    instruction, prompt = fake.requests[0].payload["messages"]
    assert prompt == {"role": "user", "content": "A city."}
    assert instruction["role"] == "system"
    assert instruction["content"].startswith("Answer with one JSON object and nothing else")
    assert instruction["content"].endswith(encode_json(schema_of(City, strict=True)).decode())
    assert fake.requests[0].payload.keys() == {"model", "messages"}


@pytest.mark.parametrize(
    ("into", "answer", "made"),
    [
        (Point, '{"x": 1, "y": 2.5}', Point(1.0, 2.5)),
        (Lake, '{"name": "Laacher See"}', {"name": "Laacher See"}),
        (Mountain, '{"name": "Zugspitze", "height": 2962}', Mountain(name="Zugspitze", height=2962.0)),
        (dict[str, int], '{"a": 1}', {"a": 1}),
        (list[Point], '{"value": [{"x": 1, "y": 2}]}', [Point(1.0, 2.0)]),
        (list[Point], '[{"x": 1, "y": 2}]', [Point(1.0, 2.0)]),
        (City | Point, '{"value": {"x": 1, "y": 2}}', Point(1.0, 2.0)),
        (City | Point, '{"x": 1, "y": 2}', Point(1.0, 2.0)),
        (Literal["good", "bad"], '{"value": "bad"}', "bad"),
        (Kind, '{"value": "river"}', Kind.RIVER),
        (Place, '{"name": "Aachen", "altitude": 173}', Place("Aachen", 173)),
        (City | None, '{"value": null}', None),
        (Decimal, '{"value": "1.50"}', Decimal("1.50")),
        (Annotated[int, "How many."], '{"value": 3}', 3),
        (tuple[int, str], '{"value": [1, "a"]}', (1, "a")),
        (Any, '{"value": {"a": 1}}', {"a": 1}),
        (Any, '{"a": 1}', {"a": 1}),
        (Literal["good", "bad"], '{"value": "bad", "why": "It rained."}', "bad"),
        (City | Measure, '{"value": 3, "unit": "m"}', Measure(3, "m")),
        (City | Measure, '{"value": {"value": 3, "unit": "m"}}', Measure(3, "m")),
    ],
)
@pytest.mark.parametrize("mode", ["schema", "tool", "prompt"])
def test_types(into: Any, answer: str, made: Any, mode: str) -> None:
    reply = TextReply(tool_calls=[ScriptedToolCall("x", answer)]) if mode == "tool" else TextReply(answer)
    found = get(reply, into=into, mode=mode, reasks=0)
    assert (found, type(found)) == (made, type(made))


def asked_schema(into: Any, answer: str) -> dict[str, Any]:
    form: dict[str, Any] = given(answer, into=into)[1][0]["response_format"]["json_schema"]
    return form


def test_what_is_no_object_is_asked_for_as_the_value_of_one() -> None:
    form = asked_schema(list[Point], '{"value": []}')
    schema = form["schema"]
    assert (schema["type"], schema["required"], schema["additionalProperties"]) == ("object", ["value"], False)
    assert schema["properties"]["value"]["type"] == "array"
    assert (form["name"], form["strict"]) == ("list", True)


def test_what_strict_mode_does_not_take_is_asked_for_without_it() -> None:
    form = asked_schema(dict[str, int], "{}")
    assert (form["strict"], form["schema"]) == (False, schema_of(dict[str, int]))
    call = TextReply(tool_calls=[ScriptedToolCall("dict", "{}")])
    (tool,) = given(call, into=dict[str, int], mode="tool")[1][0]["tools"]
    assert tool == {"type": "function", "function": {"name": "dict", "parameters": schema_of(dict[str, int])}}


@pytest.mark.parametrize(
    ("name", "sent"),
    [("City", "City"), ("Städte[Köln]", "St_dte_K_ln"), ("名前", "answer"), ("x" * 99, "x" * 64)],
)
def test_the_name_of_the_type_is_made_one_that_the_service_takes(name: str, sent: str) -> None:
    assert asked_schema(type(name, (Point,), {}), '{"x": 1}')["name"] == sent


def test_a_type_that_cannot_be_a_key_of_a_dict() -> None:
    into = Annotated[list[int], ["unhashable"]]
    assert get('{"value": [1]}', into=into) == [1]


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({}, {"require_parameters": True}),
        ({"provider": {"sort": "price"}}, {"require_parameters": True, "sort": "price"}),
        ({"provider": {"require_parameters": False}}, {"require_parameters": False}),
        ({"provider": None}, None),
        ({"extra_body": {"provider": {"sort": "price"}}}, {"require_parameters": True, "sort": "price"}),
        ({"extra_body": {"provider": {"require_parameters": False}}}, {"require_parameters": False}),
        ({"extra_body": {"provider": None}}, None),
        ({"extra_body": None}, {"require_parameters": True}),
    ],
)
@pytest.mark.parametrize("mode", ["schema", "tool"])
def test_the_callers_own_preferences_win(options: dict[str, Any], sent: Any, mode: str) -> None:
    (body,) = given(CITY, **options, mode=mode)[1]
    assert body.get("provider") == sent


def test_the_callers_own_preferences_are_not_changed() -> None:
    provider = {"sort": "price"}
    given(CITY, provider=provider)
    given(CITY, extra_body={"provider": provider})
    assert provider == {"sort": "price"}


def test_in_words_nothing_is_required_of_providers() -> None:
    (body,) = given(CITY, mode="prompt", provider={"sort": "price"})[1]
    assert body["provider"] == {"sort": "price"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"mode": "words"}, "mode='words' cannot be sent: it has to be one of schema, tool, prompt."),
        ({"reasks": -1}, "reasks=-1 cannot be sent: it has to be a whole number at least 0."),
        ({"reasks": True}, "reasks=True"),
        ({"response_format": {"type": "json_object"}}, "response_format=.* left out: it is made of `into` and `mode`"),
        ({"tools": [{"type": "openrouter:web_search"}], "mode": "tool"}, "tools=.* left out"),
        ({"tool_choice": "auto", "mode": "tool"}, "tool_choice=.* left out"),
        ({"tools": [print]}, r"tools=.* nothing here would call a function, run_tools\(\) does"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}], "mode": "prompt"}, "tools=.* nothing here would"),
        ({"tools": 5}, "tools"),
        ({"provider": "acme"}, "provider"),
        ({"temperature": 5}, "temperature=5"),
        ({"into": complex}, "complex"),
        ({"extra_body": {"response_format": {}}}, "response_format is given twice"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_sent(arguments: dict[str, Any], message: str) -> None:
    with FakeOpenRouter().sync_client() as client, pytest.raises(InvalidArgumentError, match=message):
        Objects(client.driver).generate_object("A city.", **{"into": City, **arguments})


@pytest.mark.parametrize("name", ["temprature", "prompt", "on_chunk", "stream"])
def test_an_option_that_does_not_exist(name: str) -> None:
    options: Any = {name: 1}
    with pytest.raises(TypeError, match=f"there is no option '{name}'"):
        Objects.generate_object("A city.", City, **options)


def test_options_that_are_none_are_not_sent() -> None:
    (body,) = given(CITY, tools=None, response_format=None, mode="prompt")[1]
    assert body.keys() == {"messages"}


@pytest.mark.parametrize("mode", ["schema", "prompt"])
def test_the_service_may_use_its_own_tools(mode: str) -> None:
    tools = [{"type": "openrouter:web_search"}]
    (body,) = given(CITY, mode=mode, tools=tools, tool_choice="required")[1]
    assert (body["tools"], body["tool_choice"]) == (tools, "required")


@pytest.mark.anyio
async def test_what_does_not_fit_goes_back_with_its_flaws(ask: Ask) -> None:
    fake = FakeOpenRouter([TextReply(WRONG, reasoning="Hm."), TextReply(CITY)])
    assert await ask(fake, "A city.", City) == AACHEN
    first, second = (request.payload for request in fake.requests)
    prompt, answer, complaint = second.pop("messages")
    assert [prompt] == first.pop("messages")
    assert second == first
    assert (answer["role"], answer["content"], answer["reasoning"]) == ("assistant", WRONG, "Hm.")
    assert answer["reasoning_details"], "as it was received"
    assert complaint["role"] == "user"
    assert FLAWS in complaint["content"]
    assert complaint["content"].endswith("Answer again, with the whole of the corrected JSON.")
