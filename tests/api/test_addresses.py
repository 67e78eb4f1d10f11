"""Ids in addresses: good ones arrive as they are, and what is none is refused before anything is sent."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given, strategies as st

from openrouter.api.endpoints import Endpoints
from openrouter.api.generations import Generations
from openrouter.api.models import Models
from openrouter.core.errors import InvalidArgumentError
from openrouter.testing import FakeOpenRouter
from tests.api.answered import target

GOOD = {
    "openai/gpt-4o": "openai/gpt-4o",
    "deepseek/deepseek-r1:free": "deepseek/deepseek-r1:free",
    "a/b:free:online": "a/b:free:online",
    "~anthropic/claude-opus-latest": "~anthropic/claude-opus-latest",
    "a.b/c_d.1-e": "a.b/c_d.1-e",
    "a/b?c#d": "a/b%3Fc%23d",
    "a/100%": "a/100%25",
    "a/b\\c": "a/b%5Cc",
    "a/größe": "a/gr%C3%B6%C3%9Fe",
    "a/...": "a/...",
}
NO_WORDS: list[Any] = [
    *("", " ", "\t", "a b", "a/b c", " a/b", "a/b ", "a/b\n", "a/b\r\nHost: x"),
    *("a/\x00b", "a/b\x7f", "a/\u202eb", "a/\ud800"),
    *(None, 5, True, b"a/b", ["a/b"], ("a", "b"), {"id": "a/b"}, "a/" + "b" * 1000),
]  # fmt: skip
NO_MODELS: list[Any] = ["a", "/", "/b", "a/", "a//b", "a/b/c", "../b", "a/..", "./b", "a/.", "..", "a/b@preset/c"]
NO_GENERATIONS: list[Any] = ["gen/1", "/", "..", ".", "../key"]


@pytest.mark.parametrize("model", GOOD)
def test_a_model_arrives_as_it_is(model: str) -> None:
    assert target(Models.get(model)) == f"/model/{GOOD[model]}"
    assert target(Endpoints.list(model)) == f"/models/{GOOD[model]}/endpoints"


@given(st.from_regex(r"[!-~]+/[!-~]+", fullmatch=True).filter(lambda text: text.count("/") == 1))
def test_a_model_reads_back_from_its_address(model: str) -> None:
    if not {".", ".."} & set(model.split("/")):
        address = target(Models.get(model)).removeprefix("/model/")
        assert unquote(address) == model
        assert not set(address) & set("?# ")


@pytest.mark.parametrize("model", [*NO_WORDS, *NO_MODELS])
def test_what_is_no_model_is_refused(model: Any) -> None:
    for build in (Models.get, Endpoints.list):
        with pytest.raises(InvalidArgumentError, match=r"model=.* cannot be sent: it has to be the id of a model"):
            build(model)


@pytest.mark.parametrize("generation_id", [*NO_WORDS, *NO_GENERATIONS])
def test_what_is_no_generation_is_refused(generation_id: Any) -> None:
    for build in (Generations.get, Generations.content, Generations.wait):
        with pytest.raises(InvalidArgumentError, match=r"generation_id=.* cannot be sent: .*`reply.id`"):
            build(generation_id)


def test_the_id_of_a_generation_is_quoted() -> None:
    assert target(Generations.get("gen-1&id=2#%")) == "/generation?id=gen-1%26id%3D2%23%25"


@pytest.mark.anyio
async def test_what_is_refused_is_not_sent() -> None:
    fake = FakeOpenRouter()
    with fake.sync_client() as client, pytest.raises(InvalidArgumentError):
        client.models.get("../key")
    async with fake.async_client() as client:
        with pytest.raises(InvalidArgumentError):
            await client.generations.wait("../key")
    assert fake.requests == []
