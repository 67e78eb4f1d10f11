"""What a completion tells of the service's cache."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from openrouter.core.wire import Headers, HTTPInfo
from openrouter.testing import FakeOpenRouter, RawReply
from openrouter.types.chat import Completion
from openrouter.types.response_cache import ResponseCache, cache_told_by

HIT = {
    "X-OpenRouter-Cache-Status": "HIT",
    "X-OpenRouter-Cache-Age": "42",
    "X-OpenRouter-Cache-TTL": "300",
    "X-OpenRouter-Cache-Source-Id": "gen-0",
}
WHOLE = b'{"id": "gen-1", "choices": [{"message": {"content": "Hello."}, "finish_reason": "stop"}]}'
STREAM = b"data: " + WHOLE.replace(b"message", b"delta") + b"\n\ndata: [DONE]\n\n"


def told(headers: dict[str, str]) -> ResponseCache | None:
    completion = Completion()
    completion.http = HTTPInfo(200, Headers([(name.encode(), value.encode()) for name, value in headers.items()]))
    return completion.cache


def test_a_hit() -> None:
    cache = told(HIT)
    assert cache == ResponseCache(status="HIT", age=42, ttl=300, source_id="gen-0")
    assert cache
    assert cache.is_hit
    assert pickle.loads(pickle.dumps(cache)) == cache  # noqa: S301 - what it pickled itself


def test_a_miss() -> None:
    cache = told({"X-OpenRouter-Cache-Status": "MISS", "X-OpenRouter-Cache-TTL": "300"})
    assert cache == ResponseCache(status="MISS", ttl=300)
    assert cache
    assert not cache.is_hit


def test_nothing_is_told_of_no_cache() -> None:
    assert told({}) is None
    assert told({"X-OpenRouter-Cache-Status": "", "X-OpenRouter-Cache-TTL": "300"}) is None
    assert Completion().cache is None


def test_a_new_word_is_no_hit_and_a_small_one_is() -> None:
    assert cache_told_by({"x-openrouter-cache-status": "STALE"}) == ResponseCache("STALE")
    assert ResponseCache("hit").is_hit
    assert not ResponseCache("STALE").is_hit


@pytest.mark.parametrize("odd", ["", "soon", "-1", "1.5", "²", "9" * 5000])
def test_odd_numbers_are_unknown(odd: str) -> None:
    headers: dict[str, Any] = {**HIT, "X-OpenRouter-Cache-Age": odd, "X-OpenRouter-Cache-TTL": odd}
    cache = cache_told_by({name.lower(): value for name, value in headers.items()})
    assert cache == ResponseCache("HIT", source_id="gen-0")


def reply(body: bytes, kind: str) -> FakeOpenRouter:
    return FakeOpenRouter([RawReply(headers={"Content-Type": kind, **HIT}, segments=[body])])


def test_it_is_told_by_whole_replies_and_by_streams() -> None:
    with reply(WHOLE, "application/json").sync_client() as client:
        assert client.complete("Hi", response_cache=True).cache == told(HIT)
    with reply(STREAM, "text/event-stream").sync_client() as client, client.stream("Hi", response_cache=True) as stream:
        assert [chunk.text for chunk in stream] == ["Hello."]
        assert stream.completion
        assert stream.completion.cache == told(HIT)


@pytest.mark.anyio
async def test_it_is_told_to_those_who_await() -> None:
    async with reply(WHOLE, "application/json").async_client() as client:
        assert (await client.complete("Hi", response_cache=True)).cache == told(HIT)
