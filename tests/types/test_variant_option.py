"""The option `variant`: no field of the body, but part of the model, wherever that comes from."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from openrouter import AsyncClient, SyncClient
from openrouter.api.chat import Chat
from openrouter.core.errors import InvalidArgumentError
from openrouter.routing import Variant
from openrouter.testing import FakeOpenRouter, TextReply
from openrouter.types.chat_options import ChatOptions


@pytest.mark.parametrize("variant", ["nitro", ":nitro", Variant.NITRO], ids=["text", "colon", "member"])
def test_it_is_said_beside_the_body(variant: str) -> None:
    for call in (Chat.complete("Hi", variant=variant), Chat.stream("Hi", variant=variant)):
        assert call.request.variant == "nitro"
        assert type(call.request.variant) is str
        assert (call.request.body or {}).keys() - {"stream"} == {"messages"}
    assert Chat.generate_text("Hi", variant=variant).request.variant == "nitro"
    assert Chat.complete("Hi", variant=None).request.variant is None
    assert Chat.complete("Hi").request.variant is None


@pytest.mark.parametrize("value", ["", "two words", "a:b", 5, ["nitro"]])
def test_what_is_no_variant_is_refused(value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"variant=.*the name of one variant"):
        Chat.complete("Hi", variant=value)


def test_it_stands_beside_options_that_are_headers() -> None:
    request = Chat.complete("Hi", variant="floor", router_metadata=True).request
    assert (request.variant, request.headers) == ("floor", {"X-OpenRouter-Metadata": "enabled"})


def test_a_model_in_extra_body_is_refused_beside_it() -> None:
    with pytest.raises(InvalidArgumentError, match="left out where extra_body has `model`"):
        Chat.complete("Hi", variant="floor", extra_body={"model": "a/b"})
    # A field of that name, should there ever be one, goes out.
    assert Chat.complete("Hi", extra_body={"variant": 1}).request.extra_body == {"variant": 1}


def test_a_misspelt_one_is_named() -> None:
    options: Any = {"variants": "nitro"}
    with pytest.raises(TypeError, match=r"'variants'. Did you mean 'variant'\?"):
        Chat.complete("Hi", **options)


@pytest.mark.parametrize("client", [SyncClient, AsyncClient])
def test_it_is_an_option_by_name(client: type[SyncClient | AsyncClient]) -> None:
    for name in ("complete", "run_tools", "generate_object"):
        assert "variant" in inspect.signature(getattr(client(api_key="k"), name)).parameters


def asked(fake: FakeOpenRouter) -> list[tuple[object, object]]:
    """Give `model` and `models` of each request."""
    assert not any("variant" in request.payload for request in fake.requests)
    return [(request.payload.get("model"), request.payload.get("models")) for request in fake.requests]


def test_the_model_of_the_request_or_the_default_has_it() -> None:
    fake = FakeOpenRouter()
    with fake.sync_client(model="vendor/default") as client:
        client.complete("Hi", variant="nitro")
        client.complete("Hi", variant="nitro", model="vendor/other:free")
        client.complete("Hi", variant="floor", models=["vendor/one", "vendor/two"])
        client.complete("Hi", variant="floor", model="vendor/one", models=["vendor/two"])
        client.complete("Hi")
    assert asked(fake) == [
        ("vendor/default:nitro", None),
        ("vendor/other:free:nitro", None),
        (None, ["vendor/one:floor", "vendor/two:floor"]),
        ("vendor/one:floor", ["vendor/two:floor"]),
        ("vendor/default", None),
    ]


def test_every_operation_takes_it() -> None:
    fake = FakeOpenRouter(respond=lambda _: TextReply('{"answer": 1}'))
    shared: ChatOptions = {"variant": "exacto"}
    with fake.sync_client(model="a/b") as client:
        list(client.stream("Hi", **shared))
        list(client.stream_text("Hi", **shared))
        client.generate_text("Hi", **shared)
        client.complete_many(["Hi"], **shared)
        assert client.try_complete("Hi", **shared).success
        client.generate_object("Hi", dict[str, int], **shared)
        client.run_tools("Hi", [], **shared)
    assert {model for model, _ in asked(fake)} == {"a/b:exacto"}
    assert len(fake.requests) == 7


@pytest.mark.anyio
async def test_it_is_the_same_for_the_async_client() -> None:
    fake = FakeOpenRouter()
    async with fake.async_client(model="vendor/default") as client:
        await client.complete("Hi", variant="nitro")
    assert asked(fake) == [("vendor/default:nitro", None)]


def test_without_any_model_nothing_is_sent() -> None:
    fake = FakeOpenRouter()
    with fake.sync_client() as client, pytest.raises(InvalidArgumentError, match="name a model"):
        client.complete("Hi", variant="nitro")
    assert fake.requests == []
