"""Options shared between calls, splat by splat: what `docs/options.md` says of the type checkers.

Where only one of them objects, only its comment stands there: the other one would call a second comment useless.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict, Unpack, assert_type

from openrouter import AsyncClient, ChatOptions, Chunk, Completion, RequestOptions, SettingsOptions, Stream, SyncClient


class Sampling(TypedDict, total=False):
    temperature: float
    top_p: float


class Limits(TypedDict, total=False):
    max_tokens: int


class WithForeignKey(TypedDict, total=False):
    temperature: float
    colour: str


def accepted(client: SyncClient, first: ChatOptions, second: ChatOptions) -> None:
    shared: ChatOptions = {"temperature": 0.2, "max_tokens": 200}
    assert_type(client.complete("hi", **shared), Completion)
    assert_type(client.generate_text("hi", **shared), str)
    assert_type(client.complete("hi", **ChatOptions(temperature=0.2)), Completion)
    assert_type(client.complete("hi", **(first | second)), Completion)
    assert_type(client.complete("hi", **(shared | {"model": "a/b"})), Completion)
    request: RequestOptions = {"timeout": 20, "deadline": None, "max_retries": 0}
    assert_type(client.complete("hi", **request), Completion)


def merged(client: SyncClient, shared: ChatOptions) -> None:
    careful: ChatOptions = shared | {"temperature": 0.0}
    also_careful: ChatOptions = {**shared, "temperature": 0.0}
    client.complete("hi", **careful)
    client.complete("hi", **also_careful)


def two_parts(client: SyncClient, sampling: Sampling, limits: Limits) -> None:
    assert_type(client.complete("hi", **sampling, **limits), Completion)


def house_style() -> ChatOptions:
    return {"temperature": 0.2}


def with_the_settings_of_our_house(**settings: Unpack[SettingsOptions]) -> SyncClient:
    return SyncClient(**settings)


def settings_are_checked() -> None:
    with_the_settings_of_our_house(model="a/b", timeout=20)
    with_the_settings_of_our_house(model=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def returned(client: SyncClient) -> None:
    assert_type(client.complete("hi", **house_style()), Completion)


def passed_on(client: SyncClient, question: str, **options: Unpack[ChatOptions]) -> str:
    return client.complete(question, **options).text


async def passed_on_async(client: AsyncClient, question: str, **options: Unpack[ChatOptions]) -> str:
    return (await client.complete(question, **options)).text


def callers_are_checked(client: SyncClient) -> None:
    passed_on(client, "hi", temperature=0.0)
    passed_on(client, "hi", temprature=0.0)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def unchecked(client: SyncClient, anything: dict[str, Any]) -> None:
    assert_type(client.complete("hi", **anything), Completion)
    assert_type(client.stream("hi", **anything), Stream[Chunk])


def without_annotation(client: SyncClient) -> None:
    options = {"temperature": 0.2}
    client.complete("hi", **options)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def one_value_type(client: SyncClient, objects: dict[str, object], floats: Mapping[str, float]) -> None:
    client.complete("hi", **objects)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.complete("hi", **floats)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def literals(client: SyncClient, shared: ChatOptions) -> None:
    client.complete("hi", **{"temperature": 0.2})  # type: ignore[arg-type]  # noqa: PIE804 - the splat is the point
    client.complete("hi", **{**shared, "model": "a/b"})  # type: ignore[arg-type]


def foreign_key(client: SyncClient, options: WithForeignKey) -> None:
    client.complete("hi", **options)  # type: ignore[misc]


def given_twice(client: SyncClient, first: ChatOptions, second: ChatOptions) -> None:
    client.complete("hi", **first, model="a/b")  # type: ignore[misc]  # pyright: ignore[reportCallIssue]
    client.complete("hi", **first, **second)  # type: ignore[misc]  # pyright: ignore[reportCallIssue]
