"""Types to ask for, answers, and asking for objects on the blocking client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypedDict

import pytest
from attrs import define

from openrouter import OutputError
from openrouter.api.objects import Objects
from openrouter.core.json import encode_json
from openrouter.testing import FakeOpenRouter, RawReply, TextReply
from openrouter.testing.replies import Reply


@define
class City:
    """A town of some size."""

    name: str
    rivers: list[str]


@dataclass
class Point:
    x: float
    y: float = 0.0


class Lake(TypedDict):
    name: str


CITY = '{"name": "Aachen", "rivers": ["Wurm", "Pau"]}'
WRONG = '{"name": 5, "rivers": ["Wurm", null]}'
AACHEN = City("Aachen", ["Wurm", "Pau"])
FLAWS = "\n- $.name has to be a string, not 5\n- $.rivers[1] has to be a string, not null\n"


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


def whole_reply(**message: Any) -> RawReply:
    """Give a reply with any message in it."""
    body = {"id": "gen-1", "choices": [{"message": {"role": "assistant", **message}, "finish_reason": "stop"}]}
    return RawReply(200, {"Content-Type": "application/json"}, [encode_json({**body, "usage": {"total_tokens": 1}})])
