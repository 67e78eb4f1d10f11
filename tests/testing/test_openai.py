"""The `openai` package, pointed at the fake on loopback, gets what it gets from the real service."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from openrouter.testing import ErrorReply, FakeOpenRouter, MidStreamError, ScriptedToolCall, TextReply

openai = pytest.importorskip("openai")

MODEL = "openrouter/simulated"
TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}


@pytest.fixture
def fake() -> FakeOpenRouter:
    return FakeOpenRouter()


@pytest.fixture
def client(fake: FakeOpenRouter) -> Iterator[openai.OpenAI]:
    with (
        fake.serve() as server,
        openai.OpenAI(api_key="sk-or-v1-secret", base_url=server.url, max_retries=0) as client,
    ):
        yield client


def test_it_completes(client: openai.OpenAI) -> None:
    reply = client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "Hello"}])
    assert reply.choices[0].message.content == "This is a simulated reply to: Hello"
    assert (reply.model, reply.choices[0].finish_reason, reply.usage.total_tokens) == (MODEL, "stop", 8)


def test_it_streams(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": "Hello"}],
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    words = [choice.delta.content for chunk in chunks for choice in chunk.choices]
    assert "".join(words) == "This is a simulated reply to: Hello"
    assert chunks[-1].usage.total_tokens == 8


def test_it_calls_tools(fake: FakeOpenRouter, client: openai.OpenAI) -> None:
    fake.add(*[TextReply(tool_calls=[ScriptedToolCall("look", {"at": "map"})])] * 2)
    asked = {"model": MODEL, "messages": [{"role": "user", "content": "Where?"}], "tools": [TOOL]}
    (call,) = client.chat.completions.create(**asked).choices[0].message.tool_calls
    assert (call.function.name, call.function.arguments) == ("look", '{"at": "map"}')
    with client.chat.completions.stream(**asked) as stream:
        (streamed,) = stream.get_final_completion().choices[0].message.tool_calls
    assert streamed.function.arguments == '{"at": "map"}'


def test_it_lists_models(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()][:2] == [MODEL, f"{MODEL}:free"]


def test_it_responds(fake: FakeOpenRouter, client: openai.OpenAI) -> None:
    fake.add(TextReply("Rhine.", reasoning="A river.", tool_calls=[ScriptedToolCall("look", {"at": "map"})]))
    reply = client.responses.create(model=MODEL, input="Name a river.")
    assert reply.output_text == "Rhine."
    assert [item.type for item in reply.output] == ["reasoning", "message", "function_call"]
    assert (reply.status, reply.usage.input_tokens, reply.usage.output_tokens) == ("completed", 3, 6)


def test_it_streams_a_response(fake: FakeOpenRouter, client: openai.OpenAI) -> None:
    fake.add(TextReply("The Rhine.", reasoning="A river.", tool_calls=[ScriptedToolCall("look", {"at": "map"})]))
    with client.responses.stream(model=MODEL, input="Name a river.") as stream:
        words = [event.delta for event in stream if event.type == "response.output_text.delta"]
        reply = stream.get_final_response()
    assert "".join(words) == reply.output_text == "The Rhine."
    assert reply.output[2].arguments == '{"at": "map"}'


def test_it_embeds(client: openai.OpenAI) -> None:
    """Where no encoding is asked for it asks for base64, and decodes that."""
    plain = client.embeddings.create(model=MODEL, input=["Rhine", "Main"], encoding_format="float")
    packed = client.embeddings.create(model=MODEL, input=["Rhine", "Main"])
    assert [len(item.embedding) for item in plain.data] == [64, 64]
    assert [item.embedding for item in packed.data] == [item.embedding for item in plain.data]


def test_it_raises_its_own_errors(fake: FakeOpenRouter, client: openai.OpenAI) -> None:
    fake.add(
        ErrorReply(429, "Slow down", headers={"Retry-After": "1"}), ErrorReply(429, "Slow down"), MidStreamError(2)
    )
    with pytest.raises(openai.RateLimitError, match="Slow down"):
        client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "Hello"}])
    with pytest.raises(openai.RateLimitError, match="Slow down"):
        client.responses.create(model=MODEL, input="Hello")
    stream = client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "Hello"}], stream=True)
    with pytest.raises(openai.APIError, match="Provider disconnected unexpectedly"):
        list(stream)
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("acme/none")


@pytest.mark.parametrize("anyio_backend", ["asyncio"])  # its async client knows no other loop
@pytest.mark.anyio
async def test_it_awaits(fake: FakeOpenRouter) -> None:
    with fake.serve() as server:
        async with openai.AsyncOpenAI(api_key="sk-or-v1-secret", base_url=server.url) as client:
            reply = await client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "Hello"}])
    assert reply.choices[0].message.content == "This is a simulated reply to: Hello"
