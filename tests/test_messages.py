"""Messages as the constructors make them, and as they go out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from openrouter import AsyncClient, SyncClient
from openrouter.core.errors import InvalidArgumentError
from openrouter.core.structuring import structurer
from openrouter.messages import assistant, audio, cache, developer, image, pdf, system, text, tool_result, user
from openrouter.testing import FakeOpenRouter
from openrouter.types.chat import Completion, ToolCall
from openrouter.types.messages import message_list

PNG = b"\x89PNG\r\n\x1a\npixels"
URL = "https://example.org/a.png"
CALL = structurer(ToolCall)({"id": "c1", "type": "function", "index": 0, "function": {"name": "f", "arguments": "{}"}})


@pytest.mark.parametrize(
    ("message", "json"),
    [
        (system("Be brief."), {"role": "system", "content": "Be brief."}),
        (system("Be brief.", name="rules"), {"role": "system", "content": "Be brief.", "name": "rules"}),
        (
            system("Be brief.", cache("Long.")),
            {
                "role": "system",
                "content": [
                    {"type": "text", "text": "Be brief."},
                    {"type": "text", "text": "Long.", "cache_control": {"type": "ephemeral"}},
                ],
            },
        ),
        (developer("Be brief."), {"role": "developer", "content": "Be brief."}),
        (user("Hi"), {"role": "user", "content": "Hi"}),
        (user("Hi", name="Ann"), {"role": "user", "content": "Hi", "name": "Ann"}),
        (user(text("Hi")), {"role": "user", "content": [{"type": "text", "text": "Hi"}]}),
        (
            user("Look", image(URL), "again"),
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Look"},
                    {"type": "image_url", "image_url": {"url": URL}},
                    {"type": "text", "text": "again"},
                ],
            },
        ),
        (user({"type": "hologram", "x": [None]}), {"role": "user", "content": [{"type": "hologram", "x": [None]}]}),
        (assistant(), {"role": "assistant", "content": None}),
        (assistant("Once"), {"role": "assistant", "content": "Once"}),
        (assistant(text("a")), {"role": "assistant", "content": [{"type": "text", "text": "a"}]}),
        (assistant(["a"]), {"role": "assistant", "content": "a"}),
        (
            assistant(part for part in ["a", text("b")]),
            {"role": "assistant", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        ),
        (
            assistant(
                None,
                name="Bob",
                tool_calls=[CALL, MappingProxyType({"id": "c2"})],
                reasoning="Hm.",
                reasoning_details=iter([{"type": "reasoning.new", "mood": 5}]),
                refusal="No.",
                annotations=[{"type": "file"}],
                images=(),
                audio={"id": "a"},
                model="openai/gpt-4o",
            ),
            {
                "role": "assistant",
                "content": None,
                "name": "Bob",
                "refusal": "No.",
                "reasoning": "Hm.",
                "reasoning_details": [{"type": "reasoning.new", "mood": 5}],
                "tool_calls": [CALL.raw, {"id": "c2"}],
                "annotations": [{"type": "file"}],
                "images": [],
                "audio": {"id": "a"},
                "model": "openai/gpt-4o",
            },
        ),
    ],
)
def test_the_json_of_each_message(message: dict[str, Any], json: dict[str, Any]) -> None:
    assert message == json
    assert message_list(message) == [json]


@pytest.mark.parametrize("call", [CALL, CALL.raw, MappingProxyType({"id": "c1"}), "c1"])
def test_a_result_names_its_call(call: Any) -> None:
    assert tool_result(call, "22 °C") == {"role": "tool", "content": "22 °C", "tool_call_id": "c1"}
    assert tool_result(call, "", name="weather") == {
        "role": "tool",
        "content": "",
        "name": "weather",
        "tool_call_id": "c1",
    }


@pytest.mark.parametrize(
    ("value", "content"),
    [
        (None, "null"),
        (True, "true"),
        (21.5, "21.5"),
        ({"city": "Köln", "at": date(2026, 1, 2)}, '{"city":"Köln","at":"2026-01-02"}'),
        ([], "[]"),
        (["a", "b"], '["a","b"]'),
        ([{"type": "text"}], '[{"type":"text"}]'),
        ({"type": "file", "file": "a.txt"}, '{"type":"file","file":"a.txt"}'),
        ([text("a"), 5], '[{"type":"text","text":"a"},5]'),
        ([image(URL), 5], f'[{{"type":"image_url","image_url":{{"url":"{URL}"}}}},5]'),
        ({"type": "input_audio"}, '{"type":"input_audio"}'),
        ({"html": ["data:image/png;base64,"]}, '{"html":["data:image/png;base64,"]}'),
        (text("a"), [{"type": "text", "text": "a"}]),
        ([image(URL)], [image(URL)]),
        (("Here:", image(URL)), [text("Here:"), image(URL)]),
        (image("later.png"), [image("later.png")]),
    ],
)
def test_what_a_tool_gave_becomes_text_or_parts(value: Any, content: Any) -> None:
    assert tool_result("c1", value)["content"] == content


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (user, "user()=() cannot be sent: it has to be called with text or parts"),
        (lambda: user(5), "user()[0]=5 cannot be sent: it has to be text, or one part: image(), pdf()"),
        (lambda: user("a", ["b"]), "user()[1]=['b'] cannot be sent: it has to be text, or one part"),
        (lambda: user("a", b"b"), "user()[1]=b'b'"),
        (lambda: user("a", Path("b")), "user()[1]="),
        (lambda: user({"text": "a"}), "user()[0]={'text': 'a'}"),
        (lambda: user({"role": "user", "content": "a", "type": "x"}), "user()[0]={'role'"),
        (lambda: user("a", name=""), "name='' cannot be sent: it has to be a string that is not blank"),
        (lambda: system("a", image(URL)), "system()[1]={'type': 'image_url', "),
        (lambda: developer(image("a.png")), "developer()[0]=image('a.png') cannot be sent: it has to be text: the API"),
        (lambda: assistant([]), "assistant()=()"),
        (lambda: assistant("a", tool_calls=5), "tool_calls=5 cannot be sent: it has to be a list of mappings"),
        (lambda: assistant("a", tool_calls="abc"), "tool_calls='abc'"),
        (lambda: assistant("a", tool_calls=b"abc"), "tool_calls=b'abc'"),
        (lambda: assistant("a", tool_calls={"id": "c1"}), "tool_calls={'id': 'c1'}"),
        (lambda: assistant("a", tool_calls=[CALL, "c2"]), "tool_calls[1]='c2' cannot be sent: it has to be a mapping"),
        (lambda: assistant("a", reasoning_details=[None]), "reasoning_details[0]=None"),
        (lambda: assistant("a", images=URL), "images="),
        (lambda: assistant("a", annotations=5), "annotations=5"),
        (lambda: assistant("a", audio=[]), "audio=[] cannot be sent: it has to be a mapping"),
        (lambda: assistant("a", reasoning=["b"]), "reasoning=['b'] cannot be sent: it has to be a string"),
        (lambda: assistant("a", refusal=True), "refusal=True"),
        (lambda: assistant("a", model=5), "model=5"),
        (lambda: assistant(5), "content=5 cannot be sent: it has to be text, a part, or a list of parts"),
        (lambda: tool_result("", "a"), "call='' cannot be sent: it has to be a tool call that has an id, or that id"),
        (lambda: tool_result(ToolCall(), "a"), "call=ToolCall(id=''"),
        (lambda: tool_result({}, "a"), "call={}"),
        (lambda: tool_result({"id": 5}, "a"), "call={'id': 5}"),
        (lambda: tool_result(None, "a"), "call=None"),
        (lambda: tool_result("c1", {"a": b"b"}), "value['a']=b'b' cannot be sent: it has to be text"),
        (lambda: tool_result("c1", [image("a.png"), 5]), "value[0]=image('a.png') cannot be sent: it has to be JSON"),
        (lambda: tool_result("c1", (image(PNG), 5)), "value[0]={'type': 'image_url', 'image_url': {'url': 'data:im"),
        (lambda: tool_result("c1", {"a": [text("b"), image(PNG)]}), "stand alone, or in a list beside text and other"),
        (lambda: tool_result("c1", {"a": [5, audio(b"RIFF\0\0\0\0WAVE")]}), "value['a'][1]={'type': 'input_audio'"),
        (lambda: tool_result("c1", [{**image(PNG), "index": 0}]), "value[0]={'type': 'image_url'"),
    ],
)
def test_what_cannot_be_a_message_is_refused(make: Callable[[], object], words: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        make()
    assert words in str(caught.value)


def exchange(path: Path) -> list[Any]:
    received = structurer(Completion)(
        {"choices": [{"message": {"role": "assistant", "content": None, "tool_calls": [CALL.raw], "aura": 1}}]}
    )
    return [
        system("Be brief."),
        user("What is this?", image(path, detail="low"), audio(b"RIFF\0\0\0\0WAVE")),
        received.message,
        tool_result(received.tool_calls[0], ["See:", pdf("https://example.org/a.pdf")]),
    ]


SENT = [
    {"role": "system", "content": "Be brief."},
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "What is this?"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgpwaXhlbHM=", "detail": "low"}},
            {"type": "input_audio", "input_audio": {"data": "UklGRgAAAABXQVZF", "format": "wav"}},
        ],
    },
    {"role": "assistant", "content": None, "tool_calls": [CALL.raw], "aura": 1},
    {
        "role": "tool",
        "content": [
            {"type": "text", "text": "See:"},
            {"type": "file", "file": {"file_data": "https://example.org/a.pdf", "filename": "a.pdf"}},
        ],
        "tool_call_id": "c1",
    },
]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    path.write_bytes(PNG)
    return path


def test_a_blocking_client_sends_what_was_made(photo: Path) -> None:
    fake = FakeOpenRouter()
    with SyncClient(api_key="k", http=fake.http()) as client:
        client.complete(exchange(photo))
        list(client.stream(exchange(photo)))
        [outcome] = client.complete_many([exchange(photo)])
    assert outcome.success
    assert [request.payload["messages"] for request in fake.requests] == [SENT] * 3


@pytest.mark.anyio
async def test_an_awaiting_client_sends_what_was_made(photo: Path) -> None:
    fake = FakeOpenRouter()
    async with AsyncClient(api_key="k", http=fake.async_http()) as client:
        await client.complete(exchange(photo))
        assert [chunk async for chunk in client.stream(exchange(photo))]
        [outcome] = await client.complete_many([exchange(photo)])
    assert outcome.success
    assert [request.payload["messages"] for request in fake.requests] == [SENT] * 3


def test_nothing_is_sent_where_a_file_is_missing(photo: Path) -> None:
    fake = FakeOpenRouter()
    messages = exchange(photo)
    photo.unlink()
    with SyncClient(api_key="k", http=fake.http()) as client:
        why = r"photo\.png'\) cannot be sent: the file cannot be read: No such"
        with pytest.raises(InvalidArgumentError, match=why):
            client.complete(messages)
        outcome = client.try_complete(messages)
    assert isinstance(outcome.error, InvalidArgumentError)
    assert fake.requests == []
