"""Objects instead of text: what is asked, what becomes of the answers, on both clients."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, NamedTuple, TypedDict

import pydantic
import pytest
from attrs import define

from openrouter import (
    InvalidArgumentError,
    InvalidOutputError,
    OutputError,
    RefusedOutputError,
    TruncatedOutputError,
)
from openrouter.api.objects import Objects
from openrouter.core.json import encode_json
from openrouter.core.schema import schema_of
from openrouter.testing import ErrorReply, FakeOpenRouter, RawReply, ScriptedToolCall, TextReply
from openrouter.testing.replies import Reply
from tests.replies.nasty_texts import NASTY, is_error


@define
class City:
    """A town of some size."""

    name: str
    rivers: list[str]


@dataclass
class Point:
    x: float
    y: float = 0.0


@dataclass
class Measure:
    value: float
    unit: str


class Lake(TypedDict):
    name: str


class Place(NamedTuple):
    name: str
    altitude: int


class Kind(Enum):
    CITY = "city"
    RIVER = "river"


class Mountain(pydantic.BaseModel):
    name: str
    height: Annotated[float, pydantic.Field(gt=0)]


CITY = '{"name": "Aachen", "rivers": ["Wurm", "Pau"]}'
WRONG = '{"name": 5, "rivers": ["Wurm", null]}'
AACHEN = City("Aachen", ["Wurm", "Pau"])

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


def get(*replies: Reply | str, into: Any = City, **options: Any) -> Any:
    """Ask with the blocking client."""
    return given(*replies, into=into, **options)[0]


def given(*replies: Reply | str, into: Any = City, **options: Any) -> tuple[Any, list[dict[str, Any]]]:
    """Do the same, and give the bodies of the requests too."""
    fake = FakeOpenRouter([TextReply(reply) if isinstance(reply, str) else reply for reply in replies])
    with fake.sync_client() as client:
        made = Objects(client.driver).generate_object("A city.", into, **options)
    return made, [request.payload for request in fake.requests]


def failed(*replies: Reply | str, into: Any = City, **options: Any) -> Any:
    """Give the error that comes of it."""
    with pytest.raises(OutputError) as raised:
        get(*replies, into=into, **options)
    return raised.value


# --- What is sent -----------------------------------------------------------------------------------------------------


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


# --- Asking again -----------------------------------------------------------------------------------------------------

FLAWS = "\n- $.name has to be a string, not 5\n- $.rivers[1] has to be a string, not null\n"


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


@pytest.mark.parametrize("mode", ["schema", "prompt"])
def test_the_service_may_use_its_own_tools(mode: str) -> None:
    tools = [{"type": "openrouter:web_search"}]
    (body,) = given(CITY, mode=mode, tools=tools, tool_choice="required")[1]
    assert (body["tools"], body["tool_choice"]) == (tools, "required")


def results(calls: list[ScriptedToolCall], **options: Any) -> list[dict[str, Any]]:
    """Give what the model is told after these calls, of which none fits."""
    again = TextReply(tool_calls=[ScriptedToolCall("City", CITY)])
    made, bodies = given(TextReply(tool_calls=calls), again, **options)
    assert made == AACHEN
    _, answer, *told = bodies[1]["messages"]
    assert [call["id"] for call in answer["tool_calls"]] == [call.id for call in calls]
    return told


def test_each_call_gets_its_own_flaws() -> None:
    calls = [ScriptedToolCall("City", WRONG, id="a"), ScriptedToolCall("City", "", id="b")]
    first, second = results([*calls], mode="tool")
    assert [(each["role"], each["tool_call_id"]) for each in (first, second)] == [("tool", "a"), ("tool", "b")]
    assert FLAWS in first["content"]
    assert "\n- $.name is missing\n- $.rivers is missing\n" in second["content"]
    assert first["content"].endswith("Call the function again, with all of its arguments, corrected.")


def test_a_class_that_changes_its_mind_does_no_harm() -> None:
    seen: list[str] = []

    @define
    class Once:
        name: str

        def __attrs_post_init__(self) -> None:
            seen.append(self.name)
            if len(seen) == 1:
                raise ValueError("not yet")

    reply = TextReply(tool_calls=[ScriptedToolCall("Once", '{"name": "a"}')])
    made, bodies = given(reply, reply, into=Once, mode="tool")
    assert made == Once("a")
    assert bodies[1]["messages"][-1]["content"].startswith("That does not fit:\nCall the function again")


def test_a_call_of_another_function_is_told_so() -> None:
    (told,) = results([ScriptedToolCall("Town", WRONG, id="a")], mode="tool")
    assert told["content"].startswith("There is no function Town, only City. That does not fit:")
    assert FLAWS in told["content"]


def test_a_call_where_none_can_be_is_told_so() -> None:
    result, told = results([ScriptedToolCall("Town", WRONG, id="a")])
    assert (result["tool_call_id"], result["content"]) == ("a", "There is no function Town.")
    assert told["role"] == "user"
    assert FLAWS in told["content"]


def test_the_first_call_that_fits_is_taken() -> None:
    bonn = '{"name": "Bonn", "rivers": ["Rhine", "Sieg", "Ahr"]}'
    calls = [ScriptedToolCall("City", text) for text in (WRONG, CITY, bonn)]
    assert get(TextReply("No, {}", tool_calls=calls), mode="tool", reasks=0) == AACHEN


def test_beside_a_call_that_nobody_asked_for_the_text_is_the_answer() -> None:
    reply = TextReply(CITY, tool_calls=[ScriptedToolCall("search", '{"name": "Bonn", "rivers": []}')])
    assert get(reply, reasks=0) == AACHEN


def whole_reply(**message: Any) -> RawReply:
    """Give a reply with any message in it."""
    body = {"id": "gen-1", "choices": [{"message": {"role": "assistant", **message}, "finish_reason": "stop"}]}
    return RawReply(200, {"Content-Type": "application/json"}, [encode_json({**body, "usage": {"total_tokens": 1}})])


def test_calls_without_ids_cannot_go_back() -> None:
    call = {"type": "function", "function": {"name": "City", "arguments": WRONG}}
    made, bodies = given(whole_reply(content=None, tool_calls=[call]), CITY, mode="tool")
    assert made == AACHEN
    assert [message["role"] for message in bodies[1]["messages"]] == ["user", "user"]


def test_an_empty_answer_does_not_go_back() -> None:
    made, bodies = given(whole_reply(content=""), CITY)
    assert made == AACHEN
    assert [message["role"] for message in bodies[1]["messages"]] == ["user", "user"]
    assert (
        "\n- $ is not JSON: There is no JSON object and no array in the text\n" in bodies[1]["messages"][1]["content"]
    )


def test_prose_is_asked_again_too() -> None:
    made, bodies = given("Aachen, on the Wurm.", '{"name": "Aachen", ', CITY, reasks=2)
    assert made == AACHEN
    assert [message["role"] for message in bodies[2]["messages"]] == ["user", "assistant"] * 2 + ["user"]
    assert "$ is not JSON: The text ends inside the JSON" in bodies[2]["messages"][-1]["content"]


def test_only_so_many_flaws_are_told() -> None:
    names = ", ".join(str(number) for number in range(25))
    _, bodies = given(f'{{"name": "Aachen", "rivers": [{names}]}}', CITY)
    lines = bodies[1]["messages"][-1]["content"].splitlines()
    assert [line for line in lines if line.startswith("- ")][19:] == [
        "- $.rivers[19] has to be a string, not 19",
        "- and 5 more",
    ]


@pytest.mark.parametrize("reasks", [0, 1, 3])
def test_it_is_asked_again_so_many_times(reasks: int) -> None:
    fake = FakeOpenRouter([*[TextReply(WRONG)] * reasks, TextReply('{"name": "Aachen", "rivers": 5}')])
    with fake.sync_client() as client, pytest.raises(InvalidOutputError) as raised:
        Objects(client.driver).generate_object("A city.", City, reasks=reasks)
    assert len(fake.requests) == 1 + reasks
    assert [str(flaw) for flaw in raised.value.flaws] == ["$.rivers has to be an array, not 5"]


def test_an_error_of_the_service_comes_as_it_is() -> None:
    with pytest.raises(Exception, match="No such thing"):
        get(ErrorReply(400, "No such thing."))


# --- Errors -----------------------------------------------------------------------------------------------------------


def test_an_error_has_all_that_is_known() -> None:
    error = failed(TextReply(WRONG, model="acme/small", provider="Acme"), reasks=0)
    assert type(error) is InvalidOutputError
    assert (error.text, [flaw.path for flaw in error.flaws]) == (WRONG, ["$.name", "$.rivers[1]"])
    assert (error.partial.text, error.model, error.provider) == (WRONG, "acme/small", "Acme")
    assert error.generation_id == error.partial.id
    assert (error.status_code, error.attempts, error.request_id) == (200, 1, error.partial.http.request_id)
    assert error.message == (
        "The answer does not fit City: $.name has to be a string, not 5; $.rivers[1] has to be a string, not null."
    )
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert (again.flaws, again.text, again.partial) == (error.flaws, error.text, error.partial)


@pytest.mark.parametrize(
    ("reply", "kind", "text"),
    [
        (TextReply('{"name": "Aach', finish_reason="length"), TruncatedOutputError, '{"name": "Aach'),
        (TextReply("Let me think", finish_reason="length"), TruncatedOutputError, "Let me think"),
        (TextReply(WRONG, finish_reason="length"), TruncatedOutputError, WRONG),
        (TextReply('{"name":', native_finish_reason="MAX_TOKENS"), TruncatedOutputError, '{"name":'),
        (TextReply('{"name":', native_finish_reason="length"), TruncatedOutputError, '{"name":'),
        (TextReply(WRONG, native_finish_reason="length"), InvalidOutputError, WRONG),
        (TextReply('{"name":'), InvalidOutputError, '{"name":'),
        (TextReply(CITY, finish_reason="content_filter"), RefusedOutputError, CITY),
        (whole_reply(content=None, refusal="I will not."), RefusedOutputError, "I will not."),
        (whole_reply(content=CITY, refusal="I will not."), RefusedOutputError, CITY),
        (
            TextReply(tool_calls=[ScriptedToolCall("City", '{"name":')], native_finish_reason="length"),
            TruncatedOutputError,
            '{"name":',
        ),
    ],
)
def test_cut_off_refused_or_wrong(reply: Reply, kind: type[OutputError], text: str) -> None:
    error = failed(reply, reasks=0)
    assert (type(error), error.text) == (kind, text)
    assert error.partial is not None


@pytest.mark.parametrize(
    "reply", [TextReply("{", finish_reason="length"), TextReply("I will not.", finish_reason="content_filter")]
)
def test_what_is_cut_off_or_refused_is_not_asked_again(reply: TextReply) -> None:
    fake = FakeOpenRouter([reply, TextReply(CITY)])
    with fake.sync_client() as client, pytest.raises((TruncatedOutputError, RefusedOutputError)):
        Objects(client.driver).generate_object("A city.", City)
    assert len(fake.requests) == 1


def test_an_answer_without_json_says_so_in_one_sentence() -> None:
    error = failed("No.", reasks=0)
    assert error.message == (
        "The answer does not fit City: $ is not JSON: There is no JSON object and no array in the text."
    )


def test_an_error_says_what_the_model_said() -> None:
    assert str(failed(whole_reply(refusal="I will not."))).startswith("The model refused: I will not. [")
    filtered = failed(TextReply("", finish_reason="content_filter", native_finish_reason="SAFETY"))
    assert filtered.message == "A filter took the answer away (finish_reason 'content_filter', native 'SAFETY')."
    cut = failed(TextReply("{", finish_reason="length"))
    assert cut.message == "The answer was cut off (finish_reason 'length', native 'length')."
    assert "Raise `max_tokens`." in str(cut)


@pytest.mark.parametrize("behind", ["", " Note: [1", ' {"name": "B'])
def test_a_whole_answer_at_the_limit_is_an_answer(behind: str) -> None:
    assert get(TextReply(CITY + behind, finish_reason="length"), reasks=0) == AACHEN


@pytest.mark.parametrize("behind", [' {"value": [1, 2', ' {"val'])
def test_what_prose_has_as_well_is_no_answer_before_one_that_is_cut_off(behind: str) -> None:
    error = failed(TextReply(f"As in [1]: {behind}", finish_reason="length"), into=list[int])
    assert type(error) is TruncatedOutputError


def test_no_arguments_are_none() -> None:
    @define
    class Nothing:
        pass

    assert get(TextReply(tool_calls=[ScriptedToolCall("Nothing", "")]), into=Nothing, mode="tool") == Nothing()


@define
class Wish:
    name: str | None = None
    price: float | None = None


@pytest.mark.parametrize(
    ("text", "into", "made"),
    [
        (f'As in [1] and {{"name": 5}}: {CITY}, not {{"name": "Bonn", "rivers": []}}', City, AACHEN),
        (f'In the form {{"name": "...", "rivers": []}}: {CITY}', City, AACHEN),
        ('First {"name": "Bonn"}, or rather {"name": "Köln"}', Lake, {"name": "Köln"}),
        ('According to [1] they are: {"value": [10, 20]}', list[int], [10, 20]),
        ('They are {"value": [10]}, says [123456789].', list[int], [10]),
        ('TODO: []\n{"value": ["a"]}', list[str], ["a"]),
        ("As [1] says: [10, 20]", list[int], [10, 20]),
        ('Of {} make {"name": "Bonn"}', Wish, Wish("Bonn")),
        ('{"a": 1} is it, not {}', dict[str, int], {"a": 1}),
        ("Nothing: {}", Wish, Wish()),
        (f'{{"value": "is no city here"}}, but {CITY}', City | Point, AACHEN),
        ('["a", 5] would be wrong: {"value": ["a"]}', list[str], ["a"]),
    ],
)
def test_of_several_the_one_is_taken_that_is_meant(text: str, into: Any, made: Any) -> None:
    assert get(text, into=into, reasks=0) == made


@pytest.mark.parametrize(
    ("text", "into", "paths"),
    [
        ('See [1]: {"value": [10, "x"]}', list[int], ["$.value[1]"]),
        ('See [1]: {"value": [10, oops]}', list[int], ["$"]),
        ('See [1]: [10, "x"]', list[int], ["$[1]"]),
        ('Of {} make {"name": 5}', Wish, ["$.name"]),
    ],
)
def test_what_prose_has_as_well_is_no_answer_where_another_is_meant(text: str, into: Any, paths: list[str]) -> None:
    assert [flaw.path for flaw in failed(text, into=into, reasks=0).flaws] == paths


@pytest.mark.parametrize("tag", ["think", "thinking", "reasoning", "Think"])
def test_thoughts_before_the_answer_are_passed_over(tag: str) -> None:
    draft = '{"name": "Draft", "rivers": ["a", "b", "c", "d", "e"]}'
    thoughts = f"\n<{tag}>Perhaps {draft}, or</{tag}>\n"
    assert get(f"{thoughts}{thoughts}{CITY}", reasks=0) == AACHEN
    assert get(f"{thoughts}```json\n3\n```", into=int, reasks=0) == 3
    error = failed(f"<{tag}>Perhaps {CITY}", reasks=0)
    assert [str(flaw) for flaw in error.flaws] == ["$ is not JSON: There is no JSON object and no array in the text"]
    assert "at character 23." in str(failed('<think>.</think>Well: {"name":', reasks=0))


def test_tags_in_the_answer_are_no_thoughts() -> None:
    assert get('{"name": "<think>", "rivers": []}', reasks=0) == City("<think>", [])


@pytest.mark.parametrize(
    ("text", "into", "made"),
    [
        ("3", int, 3),
        (' "a"\n', Literal["a", "b"], "a"),
        ("true", bool, True),
        ("null", City | None, None),
        ("```json\n2.5\n```", float, 2.5),
        ('"See {\\"value\\": \\"no\\"}, [1]"', str, 'See {"value": "no"}, [1]'),
        (CITY, City | None, AACHEN),
    ],
)
def test_what_is_no_object_may_stand_alone(text: str, into: Any, made: Any) -> None:
    assert get(text, into=into, reasks=0) == made


@pytest.mark.parametrize(
    ("text", "into", "flaw"),
    [
        ('"3"', int, '$ has to be a whole number, not "3"'),
        ("3 or 4", int, "$ is not JSON: There is no JSON object and no array in the text"),
        ("NaN", float, "$ is not JSON: There is no JSON object and no array in the text"),
        ("plain", str, "$ is not JSON: There is no JSON object and no array in the text"),
        ("3", City, "$ is not JSON: There is no JSON object and no array in the text"),
    ],
)
def test_what_stands_alone_is_judged_as_strictly(text: str, into: Any, flaw: str) -> None:
    assert [str(each) for each in failed(text, into=into, reasks=0).flaws] == [flaw]


def test_the_flaws_are_those_of_the_longest() -> None:
    assert [flaw.path for flaw in failed(f"[1] {WRONG} [2] {{}}", reasks=0).flaws] == ["$.name", "$.rivers[1]"]


def test_the_flaws_of_a_value_are_those_of_what_was_asked_for() -> None:
    assert [flaw.path for flaw in failed('{"value": [1, "a"]}', into=list[int], reasks=0).flaws] == ["$.value[1]"]
    assert [flaw.path for flaw in failed('{"value": "a", "unit": 1}', into=int, reasks=0).flaws] == ["$.value"]
    assert [flaw.path for flaw in failed('[1, "a"]', into=list[int], reasks=0).flaws] == ["$[1]"]


@define
class Haunted:
    name: str

    def __attrs_post_init__(self) -> None:
        raise OSError("No such ghost.")


def test_what_has_nothing_to_do_with_the_values_is_raised_as_it_is() -> None:
    with pytest.raises(OSError, match="No such ghost") as raised:
        get('{"name": "Boo"}', into=Haunted)
    (note,) = raised.value.__notes__
    assert note.startswith("This came of the answer gen-")
    assert note.endswith(", while it was made an instance of Haunted.")


def test_a_model_of_pydantic_says_what_it_does_not_like() -> None:
    error = failed('{"name": "Marianengraben", "height": -10994}', into=Mountain, reasks=0)
    assert [flaw.path for flaw in error.flaws] == ["$.height"]


# --- Any text ---------------------------------------------------------------------------------------------------------

ANY = dict[str, Any] | list[Any]
CUT: dict[str, Any] = {"finish_reason": "length"}


@pytest.mark.parametrize("name", NASTY)
def test_the_answer_in_any_text(name: str) -> None:
    text, expected = NASTY[name]
    # Of equals the last is meant, and not the first.
    expected = {"a": 3} if name == "the first of many lines" else expected
    if is_error(expected):
        # A model that stopped by itself did not write what it should.
        assert type(failed(whole_reply(content=text), into=ANY, reasks=0)) is InvalidOutputError
        error = failed(TextReply(text, **CUT), into=ANY, reasks=0)
        assert (type(error), error.text) == (TruncatedOutputError, text)
    else:
        assert get(whole_reply(content=text), into=ANY, reasks=0) == expected


@pytest.mark.parametrize("told", [{}, None])
def test_an_error_has_what_all_answers_took(told: dict[str, Any] | None) -> None:
    fake = FakeOpenRouter([TextReply("No.", usage=told), TextReply("Never.", usage=told)])
    with fake.sync_client() as client:
        with pytest.raises(InvalidOutputError) as refused:
            client.generate_object("A number", int)
        if told is None:
            assert refused.value.usage is None
        else:
            assert refused.value.usage is not None
            assert refused.value.partial is not None
            assert refused.value.usage.cost == client.totals.cost != refused.value.partial.usage.cost
