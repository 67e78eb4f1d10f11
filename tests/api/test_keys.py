"""The key in use: what is made of the reply, and that both clients have it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest
from attrs import fields
from hypothesis import given

from openrouter.api.keys import key_call
from openrouter.policy import Facts, Go
from openrouter.testing import FakeOpenRouter
from openrouter.types.keys import KeyInfo
from tests.api.answered import odd, parsed
from tests.stream_kinds import Awaiting, Blocking


@given(odd([field.name for field in fields(KeyInfo)] + ["expires_at"]))
def test_no_shape_raises(told: dict[str, Any]) -> None:
    found = parsed(key_call({}), {"data": told})
    assert found.raw.keys() == told.keys()
    assert found.limit is None or 0 <= found.limit <= 10**9
    assert found.expires_at is None or found.expires_at.tzinfo is not None


@pytest.mark.anyio
async def test_both_clients() -> None:
    fake = FakeOpenRouter()
    with fake.sync_client(model="a/b") as client:
        client.complete("Hello")
        found = client.keys.current()
    async with fake.async_client() as awaiting:
        assert await awaiting.keys.current() == found
    assert (found.usage, found.usage_daily, found.limit, found.limit_remaining) == (fake.spent, fake.spent, None, None)
    assert (found.byok_usage, found.is_free_tier, found.is_management_key) == (Decimal(0), False, False)
    assert found.label == "sk-or-v1-sim...ted"


def departed(client: Any) -> int:
    """Count the requests that the policy lets go at once."""
    facts, now = Facts(key=client.settings.key().fingerprint, model="a/b"), client.driver.now()
    count = 0
    while count <= 100 and isinstance(client.policy.begin(facts, now).next(now), Go):
        count += 1
    return count


@pytest.mark.anyio
@pytest.mark.parametrize("kind", [Blocking, Awaiting])
async def test_a_limit_of_the_key_is_kept_to(kind: Any) -> None:
    told = {"data": {"rate_limit": {"requests": 5, "interval": "10s"}}}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=told))
    client = kind.through(transport)
    assert (await kind.got(client.keys.current())).rate_limit == told["data"]["rate_limit"]
    assert departed(client) == 30
