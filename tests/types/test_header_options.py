"""Options that go out as headers, and not in the body."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from openrouter import AsyncClient, SyncClient
from openrouter.api.chat import Chat
from openrouter.core.errors import InvalidArgumentError
from openrouter.core.secret import seal
from openrouter.testing import FakeOpenRouter
from openrouter.types.chat_options import HEADER_OPTIONS, ChatOptions


@pytest.mark.parametrize(
    ("options", "headers"),
    [
        (ChatOptions(response_cache=True), {"X-OpenRouter-Cache": "true"}),
        (ChatOptions(response_cache=False), {"X-OpenRouter-Cache": "false"}),
        (ChatOptions(response_cache=1), {"X-OpenRouter-Cache": "true", "X-OpenRouter-Cache-TTL": "1"}),
        (ChatOptions(response_cache=86_400), {"X-OpenRouter-Cache": "true", "X-OpenRouter-Cache-TTL": "86400"}),
        (ChatOptions(response_cache=100_000), {"X-OpenRouter-Cache": "true", "X-OpenRouter-Cache-TTL": "100000"}),
        (ChatOptions(response_cache=None), {}),
        (ChatOptions(response_cache_clear=True), {"X-OpenRouter-Cache-Clear": "true"}),
        (
            ChatOptions(response_cache=True, response_cache_clear=True),
            {"X-OpenRouter-Cache": "true", "X-OpenRouter-Cache-Clear": "true"},
        ),
        (ChatOptions(response_cache=False, response_cache_clear=False), {"X-OpenRouter-Cache": "false"}),
        (ChatOptions(response_cache_clear=None), {}),
        (ChatOptions(router_metadata=True), {"X-OpenRouter-Metadata": "enabled"}),
        (ChatOptions(router_metadata=False), {"X-OpenRouter-Metadata": "disabled"}),
        (ChatOptions(router_metadata=None), {}),
        (
            ChatOptions(router_metadata=True, extra_headers={"X-A": "b"}),
            {"X-A": "b", "X-OpenRouter-Metadata": "enabled"},
        ),
    ],
)
def test_what_goes_out(options: ChatOptions, headers: dict[str, str]) -> None:
    for request in (Chat.complete("Hi", **options).request, Chat.stream("Hi", **options).request):
        assert (request.headers or {}) == headers
        assert (request.body or {}).keys() - {"stream"} == {"messages"}


@pytest.mark.parametrize("value", [0, -1, 300.0, "300", "true", [300]])
def test_what_is_no_time_to_keep_is_refused(value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"response_cache=.* True, False, or whole seconds, at least 1"):
        Chat.complete("Hi", response_cache=value)


@pytest.mark.parametrize("name", ["response_cache_clear", "router_metadata"])
def test_what_is_no_flag_is_refused(name: str) -> None:
    for value in ("enabled", 1, 0):
        options: Any = {name: value}
        with pytest.raises(InvalidArgumentError, match=f"{name}=.* it has to be True or False"):
            Chat.complete("Hi", **options)


def test_a_cache_that_is_off_cannot_be_cleared() -> None:
    with pytest.raises(InvalidArgumentError, match=r"response_cache_clear=True .* where response_cache is False"):
        Chat.complete("Hi", response_cache=False, response_cache_clear=True)


@pytest.mark.parametrize("name", ["X-OpenRouter-Cache", "x-openrouter-cache"])
def test_a_header_in_two_places_is_refused(name: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"{name} is given twice: as an option and in extra_headers"):
        Chat.complete("Hi", response_cache=True, extra_headers={name: "true"})
    assert Chat.complete("Hi", router_metadata=True, extra_headers={name: "true"}).request.headers


def test_they_are_no_fields_but_a_new_one_of_that_name_can_be_sent() -> None:
    assert ChatOptions.__annotations__.keys() >= HEADER_OPTIONS
    request = Chat.complete("Hi", response_cache=True, extra_body={"response_cache": 5}).request
    assert request.extra_body == {"response_cache": 5}


def test_headers_that_came_beside_stay_out_of_sight() -> None:
    arguments: dict[str, Any] = {"extra_headers": {"X-Token": "hush-hush"}, "router_metadata": True}
    seal(arguments)
    request = Chat.complete("Hi", **arguments).request
    assert "hush-hush" not in repr((request, request.headers))


def test_a_client_sends_them_and_they_win_over_its_settings() -> None:
    fake = FakeOpenRouter()
    with fake.sync_client(headers={"x-openrouter-cache": "false", "X-A": "b"}) as client:
        client.complete("Hi", response_cache=60, router_metadata=True)
    (request,) = fake.requests
    sent = request.headers
    assert (sent["x-openrouter-cache"], sent["x-openrouter-cache-ttl"], sent["x-a"]) == ("true", "60", "b")
    assert sent["x-openrouter-metadata"] == "enabled"
    assert not HEADER_OPTIONS & request.payload.keys()


@pytest.mark.parametrize("client", [SyncClient, AsyncClient])
def test_they_are_options_by_name(client: type[SyncClient | AsyncClient]) -> None:
    assert inspect.signature(client(api_key="k").complete).parameters.keys() >= HEADER_OPTIONS
