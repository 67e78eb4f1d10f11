"""What operations give on each client, as both type checkers see it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from decimal import Decimal
from typing import Any, assert_type

import httpx

import openrouter
from openrouter import (
    AsyncClient,
    AsyncStream,
    Call,
    Chat,
    Chunk,
    Completion,
    Model,
    Models,
    Outcome,
    Policy,
    Settings,
    Stream,
    StreamCall,
    SyncClient,
    Totals,
    aio,
)
from openrouter.testing import FakeOpenRouter


def clients() -> None:
    SyncClient(http=httpx.Client())
    AsyncClient(http=httpx.AsyncClient())
    SyncClient(http=FakeOpenRouter().http())
    AsyncClient(http=FakeOpenRouter().async_http())
    SyncClient(settings=Settings(api_key=lambda: "sk-or-v1-0"), policy=Policy())


def blocking(client: SyncClient) -> None:
    assert_type(client.complete("hi"), Completion)
    assert_type(client.complete([{"role": "user", "content": "hi"}], model="a/b", temperature=0.5), Completion)
    assert_type(client.complete(prompt="Once upon"), Completion)
    assert_type(client.generate_text("hi", system_prompt="Be brief.", context=["one", "two"]), str)
    assert_type(client.stream("hi"), Stream[Chunk])
    assert_type(client.stream_text("hi"), Stream[str])
    assert_type(client.try_complete("hi"), Outcome)
    assert_type(client.complete_many(["hi", "ho"], concurrency=2, max_tokens=20), list[Outcome])
    client.complete_many(["hi"], on_outcome=lambda place, outcome: (place + 1, outcome.content))
    assert_type(client.send(Chat.complete("hi")), Completion)
    assert_type(client.with_options(model="a/b"), SyncClient)
    assert_type(client.models.list(), list[Model])
    assert_type(client.models.list(category="programming", max_price=Decimal("0.5"), timeout=5), list[Model])


def streaming(client: SyncClient) -> None:
    for chunk in client.stream("hi", on_chunk=print, on_keepalive=lambda: None):
        assert_type(chunk, Chunk)
        assert_type(chunk.text, str)
    for text in client.stream_text("hi"):
        assert_type(text, str)
    with client.stream("hi") as stream:
        assert_type(stream, Stream[Chunk])
        assert_type(stream.completion, Completion | None)
        assert_type(stream.first_token_after, float | None)
        assert_type(stream.generation_id, str | None)
    with client as entered:
        assert_type(entered, SyncClient)


async def awaiting(client: AsyncClient) -> None:
    coroutine = assert_type(client.complete("hi"), Coroutine[Any, Any, Completion])
    await coroutine
    assert_type(await client.complete("hi", model="a/b", temperature=0.5), Completion)
    assert_type(await client.generate_text("hi", system_prompt="Be brief."), str)
    assert_type(client.stream("hi"), AsyncStream[Chunk])
    assert_type(client.stream_text("hi"), AsyncStream[str])
    assert_type(await client.try_complete("hi"), Outcome)
    assert_type(await client.complete_many(["hi", "ho"], concurrency=2), list[Outcome])
    assert_type(await client.send(Chat.complete("hi")), Completion)
    assert_type(client.with_options(model="a/b"), AsyncClient)
    models = assert_type(client.models.list(), Coroutine[Any, Any, list[Model]])
    await models
    assert_type(await client.models.list(supported_parameters=["tools"], zdr=True), list[Model])


async def awaiting_streams(client: AsyncClient) -> None:
    async for chunk in client.stream("hi", on_chunk=print):
        assert_type(chunk, Chunk)
    async for text in client.stream_text("hi"):
        assert_type(text, str)
    async with client.stream("hi") as stream:
        assert_type(stream, AsyncStream[Chunk])
        assert_type(stream.completion, Completion | None)
    async with client as entered:
        assert_type(entered, AsyncClient)


async def tasks(client: AsyncClient) -> None:
    task = asyncio.create_task(client.complete("hi"))
    assert_type(await task, Completion)
    many = await asyncio.gather(*[client.complete(prompt) for prompt in ("hi", "ho")])
    assert_type(many, list[Completion])
    async with asyncio.TaskGroup() as group:
        text = group.create_task(client.generate_text("hi"))
    assert_type(text.result(), str)


def builders() -> None:
    assert_type(Chat.complete("hi"), Call[Completion])
    assert_type(Chat.generate_text("hi"), Call[str])
    assert_type(Chat.stream("hi"), StreamCall[Chunk])
    assert_type(Chat.complete("hi").map(lambda completion: completion.text), Call[str])
    assert_type(Models.list(), Call[list[Model]])


def books(client: SyncClient, policy: Policy) -> None:
    assert_type(client.totals, Totals)
    assert_type(client.get_usage_stats(), dict[str, Any])
    assert_type(policy.ledger.by_model, dict[str, Totals])


async def one_off() -> None:
    assert_type(openrouter.generate_text("hi", model="a/b"), str)
    assert_type(openrouter.complete("hi"), Completion)
    assert_type(openrouter.complete_many(["hi"]), list[Outcome])
    assert_type(await aio.generate_text("hi", model="a/b"), str)
    assert_type(await aio.complete("hi"), Completion)
    assert_type(await aio.complete_many(["hi"]), list[Outcome])
