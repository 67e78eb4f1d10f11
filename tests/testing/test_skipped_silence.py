"""Silences that nobody waits for: the clock that is named is the one that would have run out first."""

from __future__ import annotations

from typing import Any

import pytest

from openrouter import APITimeoutError
from openrouter.testing import FakeOpenRouter, NoAnswer, Silent

SILENCES = [
    ({"deadline": 2}, "deadline"),
    ({"timeout": 30}, "total"),
    ({"timeout": 30, "deadline": 60}, "total"),
    ({"timeout": 60, "deadline": 30}, "deadline"),
]
STREAMED_SILENCES = [
    ({"deadline": 2}, "deadline"),
    ({"timeout": 30}, "idle"),
    ({"timeout": 30, "deadline": 60}, "idle"),
    ({"timeout": 60, "deadline": 30}, "deadline"),
]


@pytest.mark.parametrize(("settings", "clock"), SILENCES)
def test_a_whole_reply_to_a_blocking_client(settings: dict[str, Any], clock: str) -> None:
    with FakeOpenRouter([NoAnswer()]).sync_client(max_retries=0) as client, pytest.raises(APITimeoutError) as caught:
        client.complete("Hi", **settings)
    assert caught.value.clock == clock


@pytest.mark.anyio
@pytest.mark.parametrize(("settings", "clock"), SILENCES)
async def test_a_whole_reply_to_an_async_client(settings: dict[str, Any], clock: str) -> None:
    async with FakeOpenRouter([NoAnswer()]).async_client(max_retries=0) as client:
        with pytest.raises(APITimeoutError) as caught:
            await client.complete("Hi", **settings)
    assert caught.value.clock == clock


@pytest.mark.parametrize("fault", [NoAnswer(), Silent(after=500)])
@pytest.mark.parametrize(("settings", "clock"), STREAMED_SILENCES)
def test_a_stream_to_a_blocking_client(fault: Any, settings: dict[str, Any], clock: str) -> None:
    with FakeOpenRouter([fault]).sync_client(max_retries=0) as client, pytest.raises(Exception) as caught:  # noqa: PT011 - its cause tells
        list(client.stream_text("Hi", **settings))
    assert clock_of(caught.value) == clock


@pytest.mark.anyio
@pytest.mark.parametrize("fault", [NoAnswer(), Silent(after=500)])
@pytest.mark.parametrize(("settings", "clock"), STREAMED_SILENCES)
async def test_a_stream_to_an_async_client(fault: Any, settings: dict[str, Any], clock: str) -> None:
    async with FakeOpenRouter([fault]).async_client(max_retries=0) as client:
        with pytest.raises(Exception) as caught:  # noqa: PT011 - its cause tells
            async for _ in client.stream_text("Hi", **settings):
                pass
    assert clock_of(caught.value) == clock


def clock_of(error: BaseException | None) -> str | None:
    """Give the clock of a time-out, or of the one that interrupted a stream."""
    while error is not None and not isinstance(error, APITimeoutError):
        error = error.__cause__
    return error and error.clock
