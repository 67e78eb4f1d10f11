"""Mistakes that both type checkers have to find: the comments say what each of them calls it.

A mistake that one of them stops finding is an error, since its comment is then without use.
"""

from __future__ import annotations

from decimal import Decimal

from openrouter import AsyncClient, ChatOptions, Completion, Policy, RateLimit, Settings, SyncClient


def misspelt_option(client: SyncClient, async_client: AsyncClient) -> None:
    client.complete("hi", temprature=0.5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    async_client.stream("hi", temprature=0.5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.generate_text("hi", temprature=0.5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.try_complete("hi", temprature=0.5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.complete_many(["hi"], temprature=0.5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def wrong_options_of_a_list(client: SyncClient) -> None:
    client.models.list(catgory="health")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.models.list(zdr=False)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.models.list(temperature=0.5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def wrong_type(client: SyncClient, async_client: AsyncClient) -> None:
    client.complete("hi", temperature="hot")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.complete("hi", max_tokens=0.5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.complete(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.complete([5])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    client.generate_text(["hi"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.complete_many(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.stream("hi", on_chunk=lambda: None)  # type: ignore[arg-type, misc]  # pyright: ignore[reportArgumentType]
    async_client.stream("hi", on_chunk=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def streams_are_an_operation_of_their_own(client: SyncClient) -> None:
    client.complete("hi", stream=True)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def text_of(reply: Completion) -> str:
    return reply.text


async def missing_await(client: AsyncClient) -> None:
    len(client.models.list())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.complete("hi")  # type: ignore[unused-coroutine]  # pyright: ignore[reportUnusedCoroutine]
    text_of(client.complete("hi"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def needless_await(client: SyncClient) -> None:
    await client.complete("hi")  # type: ignore[misc]  # pyright: ignore[reportGeneralTypeIssues]


async def wrong_loop(client: SyncClient, async_client: AsyncClient) -> None:
    async for _ in client.stream("hi"):  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]
        pass
    for _ in async_client.stream("hi"):  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]
        pass
    await async_client.stream("hi")  # type: ignore[misc]  # pyright: ignore[reportGeneralTypeIssues]


async def wrong_with(async_client: AsyncClient) -> None:
    with async_client:  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues]
        pass
    with async_client.stream("hi"):  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues]
        pass
    async with SyncClient():  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues]
        pass


def unknown_setting(client: SyncClient) -> None:
    SyncClient(api_kye="sk-or-v1-0")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    AsyncClient(base_ulr="https://example.org")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.with_options(modal="a/b")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.with_options(model=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Settings(api_kye="sk-or-v1-0")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def unknown_policy() -> None:
    Policy(rate_limt=RateLimit())  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    RateLimit(requests_per_minute="60")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def usage_may_be_missing(client: SyncClient) -> Decimal | None:
    return client.complete("hi").usage.cost  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]


def misspelt_where_it_is_written() -> ChatOptions:
    return {"temprature": 0.2}  # type: ignore[typeddict-unknown-key]  # pyright: ignore[reportReturnType]


def wrong_type_where_it_is_written() -> ChatOptions:
    return {"temperature": "hot"}  # type: ignore[typeddict-item]  # pyright: ignore[reportReturnType]
