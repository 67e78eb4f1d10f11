"""The providers: what is made of the list, and that both clients have it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from openrouter.api.providers import Providers
from openrouter.testing import FakeOpenRouter
from openrouter.types.providers import ProviderInfo
from tests.api.answered import odd, parsed


def test_all_that_is_told_of_a_provider() -> None:
    told = {
        "name": "Acme",
        "slug": "acme",
        "privacy_policy_url": "https://acme.test/privacy",
        "terms_of_service_url": None,
        "status_page_url": "https://status.acme.test",
        "headquarters": "US",
        "datacenters": ["US", "DE"],
        "new": 1,
    }
    (provider,) = parsed(Providers.list(), {"data": [told]})
    known = {name: value for name, value in told.items() if name != "new"}
    assert {name: getattr(provider, name) for name in known} == known
    assert provider.raw == told
    assert parsed(Providers.list(), {"data": [{}]}) == [ProviderInfo()]


@given(st.lists(odd(["name", "slug", "datacenters", "headquarters", "raw"]), max_size=4))
def test_no_shape_raises(told: list[Any]) -> None:
    found = parsed(Providers.list(), {"data": told})
    assert len(found) == len(told)
    assert all(provider.name is None or isinstance(provider.name, str) for provider in found)


@pytest.mark.anyio
async def test_both_clients() -> None:
    fake = FakeOpenRouter()
    with fake.sync_client() as client:
        found = client.providers.list()
    async with fake.async_client() as awaiting:
        assert await awaiting.providers.list() == found
    assert [(provider.name, provider.slug) for provider in found] == [("Simulated", "simulated")]
