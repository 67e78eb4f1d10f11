"""A key from a function: after a 401 it is asked once more, for the key may just have been replaced."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from openrouter import AuthenticationError, ConfigurationError, Policy, Retry
from openrouter.testing import ErrorReply, FakeOpenRouter, TextReply
from tests.stream_kinds import OVER, Awaiting, Blocking

Kind = type[Blocking] | type[Awaiting]

REFUSED = ErrorReply(401, "No auth credentials found")


class Keys:
    """A source of keys that counts how often it was asked."""

    def __init__(self, *keys: str) -> None:
        self._keys: Iterator[str] = iter(keys)
        self.asked = 0

    def __call__(self) -> str:
        self.asked += 1
        return next(self._keys)


def keys_sent(fake: FakeOpenRouter) -> list[str | None]:
    return [request.headers.get("authorization") for request in fake.requests]


@pytest.fixture(params=[Blocking, Awaiting])
def kind(request: pytest.FixtureRequest) -> Kind:
    made: Kind = request.param
    return made


async def complete(kind: Kind, fake: FakeOpenRouter, key: Any, **options: Any) -> str | None:
    with fake.serve() as server:
        async with kind.connected(base_url=server.url, api_key=key) as client:
            completion = await kind.got(client.complete("Hi", **options))
            return str(completion.text)


@pytest.mark.anyio
async def test_the_new_key_is_used_at_once(kind: Kind) -> None:
    fake, keys = FakeOpenRouter([REFUSED, TextReply("Yes.")]), Keys("sk-old", "sk-new")
    assert await complete(kind, fake, keys) == "Yes."
    assert keys_sent(fake) == ["Bearer sk-old", "Bearer sk-new"]


@pytest.mark.anyio
async def test_the_request_is_booked_for_the_new_key(kind: Kind) -> None:
    fake = FakeOpenRouter([REFUSED, TextReply("Yes.")])
    with fake.serve() as server:
        async with kind.connected(
            base_url=server.url, api_key=Keys("sk-one-old", "sk-one-new", "sk-one-new")
        ) as client:
            await kind.got(client.complete("Hi"))
            assert list(client.ledger.by_key) == [client.settings.key().fingerprint]


@pytest.mark.anyio
async def test_it_is_asked_once_more_and_not_for_ever(kind: Kind) -> None:
    fake, keys = FakeOpenRouter([REFUSED] * 3), Keys("sk-a", "sk-b", "sk-c")
    with pytest.raises(AuthenticationError) as raised:
        await complete(kind, fake, keys)
    assert raised.value.attempts == 2
    assert keys.asked == 2


@pytest.mark.anyio
async def test_it_does_not_need_a_retry_of_the_settings(kind: Kind) -> None:
    fake, keys = FakeOpenRouter([REFUSED, TextReply("Yes.")]), Keys("sk-old", "sk-new")
    assert await complete(kind, fake, keys, max_retries=0) == "Yes."


@pytest.mark.anyio
async def test_another_failure_asks_for_no_other_key(kind: Kind) -> None:
    fake, keys = FakeOpenRouter([ErrorReply(503, "Busy"), TextReply("Yes.")]), Keys("sk-one")
    policy = Policy(retry=Retry(random=lambda: 0.0))
    with fake.serve() as server:
        async with kind.connected(base_url=server.url, api_key=keys, policy=policy) as client:
            await kind.got(client.complete("Hi"))
    assert keys_sent(fake) == ["Bearer sk-one"] * 2


@pytest.mark.anyio
async def test_a_key_that_is_text_is_the_only_one(kind: Kind) -> None:
    fake = FakeOpenRouter([REFUSED, TextReply("Yes.")])
    with pytest.raises(AuthenticationError):
        await complete(kind, fake, "sk-one")
    assert len(fake.requests) == 1


@pytest.mark.anyio
async def test_a_header_of_the_callers_own_is_not_replaced(kind: Kind) -> None:
    fake, keys = FakeOpenRouter([REFUSED, TextReply("Yes.")]), Keys("sk-old", "sk-new")
    with pytest.raises(AuthenticationError):
        await complete(kind, fake, keys, extra_headers={"Authorization": "Bearer mine"})
    assert keys_sent(fake) == ["Bearer mine"]


@pytest.mark.anyio
async def test_a_source_that_has_none_any_more_says_so(kind: Kind) -> None:
    fake, keys = FakeOpenRouter([REFUSED, TextReply("Yes.")]), Keys("sk-old", "")
    with pytest.raises(ConfigurationError, match="The API key is empty"):
        await complete(kind, fake, keys)
    assert len(fake.requests) == 1


@pytest.mark.anyio
async def test_a_stream_begins_again_with_the_new_key(kind: Kind) -> None:
    fake, keys = FakeOpenRouter([REFUSED, TextReply("Yes.")]), Keys("sk-old", "sk-new")
    with fake.serve() as server:
        async with kind.connected(base_url=server.url, api_key=keys) as client:
            stream = client.stream("Hi")
            text = ""
            while (chunk := await kind.following(stream)) is not OVER:
                text += chunk.text
    assert text == "Yes."
    assert keys_sent(fake) == ["Bearer sk-old", "Bearer sk-new"]
