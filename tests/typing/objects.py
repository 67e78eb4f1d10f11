"""What structured output gives on each client, as both type checkers see it."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Generic, Literal, NamedTuple, NewType, Optional, TypedDict, TypeVar, assert_type

from attrs import define

from openrouter.api.objects import Objects
from openrouter.drivers import AsyncDriver, SyncDriver
from openrouter.effects import Flow, StreamFlow
from openrouter.flow_streams import AsyncFlowStream, FlowStream
from openrouter.replies.jsontext import extract_json

T = TypeVar("T")


@define
class City:
    name: str


@dataclass
class River:
    name: str


class Lake(TypedDict):
    name: str


class Place(NamedTuple):
    name: str


class Kind(Enum):
    CITY = "city"


@define
class Page(Generic[T]):
    items: list[T]


Metres = NewType("Metres", float)


def classes(client: Objects[SyncDriver]) -> None:
    assert_type(client.generate_object("A city.", City), City)
    assert_type(client.generate_object("A river.", River, mode="tool"), River)
    assert_type(client.generate_object("A lake.", Lake, mode="prompt", reasks=3, temperature=0.5), Lake)
    assert_type(client.generate_object([{"role": "user", "content": "A place."}], into=Place), Place)
    assert_type(client.generate_object("A kind.", Kind), Kind)
    assert_type(client.generate_object("Cities.", Page[City]), Page[City])


def forms(client: Objects[SyncDriver]) -> None:
    """What is no class: `type[T]` would not take these."""
    assert_type(client.generate_object("Cities.", list[City]), list[City])
    assert_type(client.generate_object("Cities.", dict[str, City]), dict[str, City])
    assert_type(client.generate_object("A city, or a river.", City | River), City | River)
    assert_type(client.generate_object("A city, if any.", Optional[City]), City | None)  # noqa: UP045 - that form too
    assert_type(client.generate_object("Good or bad?", Literal["good", "bad"]), Literal["good", "bad"])
    assert_type(client.generate_object("How many?", Annotated[int, "above 0"]), int)
    assert_type(client.generate_object("How long?", Metres), Metres)
    assert_type(client.generate_object("Where?", tuple[float, float]), tuple[float, float])
    assert_type(client.generate_object("What?", Decimal), Decimal)


async def awaiting(client: Objects[AsyncDriver]) -> None:
    assert_type(await client.generate_object("A city.", City), City)
    assert_type(await client.generate_object("A city, or a river.", City | River), City | River)
    coroutine = assert_type(client.generate_object("Cities.", list[City]), Coroutine[Any, Any, list[City]])
    await coroutine


def streaming(client: Objects[SyncDriver]) -> None:
    with client.stream_object("Cities.", list[City], model="a/b") as stream:
        assert_type(stream, FlowStream[Any, list[City]])
        assert_type(stream.result, list[City])


async def awaiting_streams(client: Objects[AsyncDriver]) -> None:
    async with client.stream_object("A city, or a river.", City | River) as stream:
        assert_type(stream, AsyncFlowStream[Any, City | River])
        assert_type(stream.result, City | River)


def builders() -> None:
    assert_type(Objects.generate_object("A city.", City), Flow[City])
    assert_type(Objects.stream_object("A city.", City | None), StreamFlow[Any, City | None])


def mistakes(client: Objects[SyncDriver]) -> None:
    client.generate_object("A city.", City, temprature=0.5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.generate_object("A city.", City, mode="words")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.generate_object("A city.", 5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.generate_object("A city.")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def texts() -> None:
    assert_type(extract_json("[1]"), Any)
