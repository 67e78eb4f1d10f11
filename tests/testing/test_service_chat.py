"""Chats beyond the plain ones: with a prompt alone, and all the forms in which one breaks off."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import httpx
import pytest

from openrouter import AsyncClient, OpenRouterError, ProviderError, RateLimitError, ServerError, SyncClient
from openrouter.core.wire import HTTPInfo
from openrouter.replies.reading import ChatReader
from openrouter.testing import FakeOpenRouter, MidStreamError, TextReply

KEY = {"Authorization": "Bearer sk-or-v1-secret"}


def reply_to(payload: Mapping[str, Any], *replies: Any) -> httpx.Response:
    with FakeOpenRouter(replies).http() as http:
        return http.post("/chat/completions", json=payload, headers=KEY)


def chunks_of(payload: Mapping[str, Any], *replies: Any) -> list[dict[str, Any]]:
    blocks = reply_to({**payload, "stream": True}, *replies).text.split("\n\n")
    return [json.loads(block[6:]) for block in blocks if block.startswith("data: {")]


def test_a_prompt_is_answered_with_text_instead_of_a_message() -> None:
    body = reply_to({"prompt": "Name a river"}).json()
    (choice,) = body["choices"]
    assert choice.keys() == {"index", "logprobs", "finish_reason", "native_finish_reason", "text", "reasoning"}
    assert choice["text"] == "This is a simulated reply to: Name a river"
    assert body["usage"]["prompt_tokens"] == 3


def test_a_prompt_is_streamed_as_text() -> None:
    payload = {"prompt": "Name a river", "stream": True}
    *words, finish, usage = chunks_of(payload, TextReply("The Rhine.", reasoning="Hm."))
    assert [chunk["choices"][0]["text"] for chunk in words] == ["", "The", " Rhine."]
    assert finish["choices"] == [{"index": 0, "text": "", "finish_reason": "stop", "native_finish_reason": "stop"}]
    assert usage["usage"]["total_tokens"] == 6
    reading = ChatReader(HTTPInfo(200))
    events = list(reading.feed(reply_to(payload, TextReply("The Rhine.")).content))
    assert "".join(event.text for event in events) == "The Rhine."


@pytest.mark.parametrize("payload", [{"prompt": ""}, {"prompt": 3}, {"prompt": None, "messages": []}])
def test_an_empty_prompt_is_refused(payload: Mapping[str, Any]) -> None:
    assert reply_to(payload).json()["error"]["message"] == 'Input required: specify "prompt" or "messages"'


HELLO = {"messages": [{"role": "user", "content": "Hello there"}]}


@pytest.mark.parametrize("with_choices", [True, False])
@pytest.mark.parametrize("with_usage", [True, False])
@pytest.mark.parametrize("code", [502, "server_error"])
def test_a_stream_breaks_off_in_every_form_that_the_service_has(
    *,
    with_choices: bool,
    with_usage: bool,
    code: int | str,
) -> None:
    reply = MidStreamError(2, code=code, with_choices=with_choices, with_usage=with_usage)
    *words, last = chunks_of(HELLO, reply)
    assert len(words) == 2
    assert last["error"]["code"] == code
    assert ("choices" in last, "usage" in last) == (with_choices, with_usage)
    if with_usage:
        assert (last["usage"]["completion_tokens"], last["usage"]["cost"]) == (2, 0)


def test_a_whole_reply_may_be_an_error_and_nothing_else() -> None:
    assert reply_to(HELLO, MidStreamError(message="Gone", error_type=None, with_choices=False)).json() == {
        "error": {"message": "Gone", "code": 502},
        "user_id": "user_simulated",
    }
    body = reply_to(HELLO, MidStreamError(with_choices=False, with_usage=True)).json()
    assert body["usage"]["completion_tokens"] == 3


FORMS = [
    (MidStreamError(with_choices=with_choices, with_usage=with_usage, code=code, error_type=error_type), expected)
    for with_choices in (True, False)
    for with_usage in (True, False)
    for code, error_type, expected in (
        (502, "provider_unavailable", ProviderError),
        ("server_error", None, ServerError),
        (429, "rate_limit_exceeded", RateLimitError),
    )
]


@pytest.mark.parametrize(("reply", "expected"), FORMS)
@pytest.mark.anyio
async def test_our_clients_raise_the_same_for_every_form(reply: MidStreamError, expected: type[Exception]) -> None:
    def blocked(client: SyncClient) -> list[OpenRouterError]:
        with pytest.raises(OpenRouterError) as whole:
            client.complete("Hello")
        with pytest.raises(OpenRouterError) as streamed:
            "".join(client.stream_text("Hello"))
        return [whole.value, streamed.value]

    async def awaited(client: AsyncClient) -> list[OpenRouterError]:
        with pytest.raises(OpenRouterError) as whole:
            await client.complete("Hello")
        with pytest.raises(OpenRouterError) as streamed:
            async with client.stream("Hello") as stream:
                [chunk async for chunk in stream]
        return [whole.value, streamed.value]

    fake = FakeOpenRouter(respond=lambda _: reply)
    with fake.sync_client(max_retries=0) as client:
        found = blocked(client)
    async with fake.async_client(max_retries=0) as awaiting:
        found += await awaited(awaiting)
    assert [type(error) for error in found] == [expected] * 4
    for error in found[1::2]:
        assert error.partial
        assert error.partial.text == "This is a"
        assert (error.partial.usage is not None) == reply.with_usage


def test_a_free_model_costs_nothing() -> None:
    with FakeOpenRouter().sync_client(model="acme/large:free") as client:
        reply = client.complete("Hello")
        assert reply.usage
        assert (reply.usage.cost, reply.usage.total_tokens) == (Decimal(0), 8)


@pytest.mark.parametrize("usage", [{}, None])
def test_how_it_was_routed_is_told_to_those_who_ask(usage: dict[str, Any] | None) -> None:
    replies = [TextReply("Hi.", model="acme/small", provider="Acme", usage=usage) for _ in range(3)]
    with FakeOpenRouter(replies).sync_client(model="openrouter/auto") as client:
        whole = client.complete("Hello", router_metadata=True)
        with client.stream("Hello", router_metadata=True) as stream:
            *_, last = stream
        assert client.complete("Hello").router_metadata is None
    assert stream.completion is not None
    for routed in (whole.router_metadata, stream.completion.router_metadata):
        assert routed is not None
        assert (routed.requested, routed.strategy, routed.attempt) == ("openrouter/auto", "direct", 1)
        (endpoint,) = routed.endpoints.available
        assert (endpoint.provider, endpoint.model, endpoint.selected) == ("Acme", "acme/small", True)
    assert last.openrouter_metadata == whole.openrouter_metadata


@pytest.mark.parametrize("streams", [True, False])
def test_a_reply_may_have_the_headers_of_a_hit_in_the_cache(streams: bool) -> None:  # noqa: FBT001 - a parameter of the test
    headers = {"X-OpenRouter-Cache-Status": "HIT", "X-OpenRouter-Cache-Age": "7"}
    with FakeOpenRouter([TextReply("Hi.", headers=headers, usage={"cost": 0})]).sync_client() as client:
        if streams:
            with client.stream("Hello", response_cache=True) as stream:
                assert [chunk.text for chunk in stream if chunk.text] == ["Hi."]
            reply = stream.completion
        else:
            reply = client.complete("Hello", response_cache=True)
    assert reply is not None
    assert reply.cache is not None
    assert (reply.cache.is_hit, reply.cache.age) == (True, 7)
    assert (reply.text, client.totals.cost) == ("Hi.", 0)
