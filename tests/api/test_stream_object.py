"""Objects that are shown while they are written, on both clients."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any, Literal

import pytest
from attrs import define

from openrouter import (
    BadRequestError,
    ClosedStreamError,
    ConfigurationError,
    InvalidArgumentError,
    InvalidOutputError,
    OutputError,
    ProviderError,
    RefusedOutputError,
    TruncatedOutputError,
)
from openrouter.api.objects import Objects
from openrouter.core.json import encode_json
from openrouter.core.schema import schema_of
from openrouter.testing import ErrorReply, FakeOpenRouter, MidStreamError, RawReply, ScriptedToolCall, TextReply
from openrouter.testing.replies import Reply


@define
class City:
    name: str
    rivers: list[str]


CITY = '{"name": "Bad Aachen", "rivers": ["Wurm", "Pau"]}'
AACHEN = City("Bad Aachen", ["Wurm", "Pau"])
GROWING = [
    {"name": "Bad"},
    {"name": "Bad Aachen"},
    {"name": "Bad Aachen", "rivers": ["Wurm"]},
    {"name": "Bad Aachen", "rivers": ["Wurm", "Pau"]},
]

Read = Callable[..., Any]


@pytest.fixture(params=["blocking", "awaiting"])
def read(request: pytest.FixtureRequest) -> Read:
    """Read a stream to its end; gives what it emitted, and its result."""

    async def everything(fake: FakeOpenRouter, *arguments: Any, **options: Any) -> tuple[list[Any], Any]:
        if request.param == "blocking":
            with fake.sync_client() as blocking, Objects(blocking.driver).stream_object(*arguments, **options) as one:
                return list(one), one.result
        async with (
            fake.async_client() as awaiting,
            Objects(awaiting.driver).stream_object(*arguments, **options) as other,
        ):
            return [value async for value in other], other.result

    return everything


def emitted(reply: Reply, into: Any = City, **options: Any) -> tuple[list[Any], Any]:
    """Do the same with the blocking client; gives the error where there is one."""
    values: list[Any] = []
    with FakeOpenRouter([reply]).sync_client() as client:
        stream = Objects(client.driver).stream_object("A city.", into, **options)
        try:
            values.extend(stream)
        except OutputError as error:
            return values, error
        return values, stream.result


@pytest.mark.anyio
async def test_it_grows_and_becomes_an_instance(read: Read) -> None:
    fake = FakeOpenRouter([TextReply(CITY)])
    values, result = await read(fake, "A city.", City, model="acme/large")
    assert (values, result) == (GROWING, AACHEN)
    assert fake.requests[0].payload == {
        "model": "acme/large",
        "messages": [{"role": "user", "content": "A city."}],
        "provider": {"require_parameters": True},
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "City", "strict": True, "schema": schema_of(City, strict=True)},
        },
        "stream": True,
    }


@pytest.mark.anyio
async def test_arguments_grow_too(read: Read) -> None:
    reply = TextReply("I call it.", tool_calls=[ScriptedToolCall("City", CITY), ScriptedToolCall("City", "{}")])
    assert await read(FakeOpenRouter([reply]), "A city.", City, mode="tool") == (GROWING, AACHEN)


@pytest.mark.anyio
async def test_in_words(read: Read) -> None:
    fake = FakeOpenRouter([TextReply(f"The {{city}}:\n```json\n{CITY}\n```\nThat is all.")])
    assert await read(fake, "A city.", City, mode="prompt") == (GROWING, AACHEN)
    assert [message["role"] for message in fake.requests[0].payload["messages"]] == ["system", "user"]


def test_what_is_no_object_grows_as_itself() -> None:
    values, result = emitted(TextReply('{"value": [{ "name": "A", "rivers": []}]}'), list[City])
    assert values == [[{}], [{"name": "A"}], [{"name": "A", "rivers": []}]]
    assert result == [City("A", [])]
    assert emitted(TextReply('{"value": null}'), City | None) == ([None], None)
    assert emitted(TextReply('{"value": "good", "why": "It was."}'), Literal["good", "bad"]) == (["good"], "good")


def test_without_the_outer_object_it_comes_at_the_end() -> None:
    assert emitted(TextReply("[1, 2]"), list[int]) == ([[1, 2]], [1, 2])
    assert emitted(TextReply(CITY), City | int) == ([GROWING[-1]], AACHEN)


def test_an_empty_object() -> None:
    assert emitted(TextReply("{}"), dict[str, int]) == ([{}], {})


def chunk(*calls: dict[str, Any], **fields: Any) -> bytes:
    choice = {"index": 0, "delta": {"tool_calls": list(calls)}, "finish_reason": None, **fields}
    return b"data: " + encode_json({"id": "gen-1", "choices": [choice]}) + b"\n\n"


def test_the_first_call_may_have_any_index() -> None:
    calls = [
        {"index": 3, "id": "a", "function": {"name": "City", "arguments": CITY[:12]}},
        {"index": 4, "id": "b", "function": {"name": "City", "arguments": '{"x": 1}'}},
        {"index": 3, "function": {"arguments": CITY[12:]}},
    ]
    pieces = [*(chunk(call) for call in calls), chunk({"index": 3}), chunk({"index": 3, "function": {"name": None}})]
    end = b'data: {"choices": []}\n\n' + chunk(finish_reason="tool_calls") + b"data: [DONE]\n\n"
    reply = RawReply(200, {"Content-Type": "text/event-stream"}, [*pieces, end])
    assert emitted(reply, mode="tool") == ([{"name": "Ba"}, GROWING[-1]], AACHEN)


@pytest.mark.parametrize(
    ("reply", "kind", "values"),
    [
        (TextReply('{"name": "Bad Aachen", "riv', finish_reason="length"), TruncatedOutputError, GROWING[:2]),
        (TextReply('{"name": "Bad'), InvalidOutputError, GROWING[:1]),
        (TextReply('{"name": 5}'), InvalidOutputError, [{"name": 5}]),
        (TextReply("I will not.", finish_reason="content_filter"), RefusedOutputError, []),
    ],
)
def test_what_is_no_instance_raises_at_the_end(reply: Reply, kind: type[OutputError], values: list[Any]) -> None:
    came, error = emitted(reply)
    assert (came, type(error)) == (values, kind)
    assert error.text == error.partial.text


@pytest.mark.anyio
async def test_it_is_asked_once(read: Read) -> None:
    fake = FakeOpenRouter([TextReply('{"name": 5}'), TextReply(CITY)])
    with pytest.raises(InvalidOutputError):
        await read(fake, "A city.", City)
    assert len(fake.requests) == 1


@pytest.mark.anyio
async def test_errors_of_the_service_come_as_they_are(read: Read) -> None:
    with pytest.raises(BadRequestError):
        await read(FakeOpenRouter([ErrorReply(400, "No.")]), "A city.", City)
    with pytest.raises(ProviderError) as raised:
        await read(FakeOpenRouter([MidStreamError(text=CITY)]), "A city.", City)
    assert raised.value.partial is not None


def test_nothing_is_sent_before_it_is_read() -> None:
    fake = FakeOpenRouter()
    with fake.sync_client() as client:
        stream = Objects(client.driver).stream_object("A city.", City)
        with pytest.raises(ClosedStreamError):
            _ = stream.result
        stream.close()
    assert fake.requests == []


@pytest.mark.parametrize("options", [{"mode": "words"}, {"tools": [print]}, {"temperature": 5}])
def test_what_cannot_be_is_refused_at_once(options: dict[str, Any]) -> None:
    with FakeOpenRouter().sync_client() as client, pytest.raises(InvalidArgumentError):
        Objects(client.driver).stream_object("A city.", City, **options)


def test_there_are_no_further_tries() -> None:
    options: Any = {"reasks": 1}
    with pytest.raises(TypeError, match="there is no option 'reasks'"):
        Objects.stream_object("A city.", City, **options)


def test_without_jiter_it_says_so_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jiter", None)
    with FakeOpenRouter([TextReply(CITY)]).sync_client() as client:
        with pytest.raises(ConfigurationError, match="jiter"):
            Objects(client.driver).stream_object("A city.", City)
        assert Objects(client.driver).generate_object("A city.", City) == AACHEN


def test_what_asks_for_objects_is_loaded_when_it_is_used() -> None:
    watch = "import sys, openrouter.api.objects; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", watch], check=True, capture_output=True, text=True).stdout.split()
    late = {"jiter", "pydantic", "typing_extensions", "openrouter.api.object_flow", "openrouter.core.schema"}
    assert late & {*loaded} == set()
