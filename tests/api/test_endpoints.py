"""Who serves a model: what is made of the reply, and that both clients have it."""

from __future__ import annotations

import pickle
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from openrouter import NotFoundError
from openrouter.api.endpoints import Endpoints
from openrouter.testing import FakeOpenRouter
from openrouter.types.endpoints import Endpoint, ModelEndpoints
from tests.api.answered import ANY_JSON, odd, parsed

MODELS = [
    {"id": "acme/large", "pricing": {"prompt": "0.000003", "completion": "0.000015"}},
    {"id": "acme/large:free"},
    {"id": "~acme/latest", "alias_target": {"slug": "acme/large", "name": "Large"}},
]


def test_the_list_is_within_the_data() -> None:
    told = {"id": "a/b", "name": "B", "created": 5, "description": "Good.", "endpoints": [{"tag": "acme"}, None, "x"]}
    found = parsed(Endpoints.list("a/b"), {"data": told})
    assert (found.id, found.name, found.created, found.description, found.raw) == ("a/b", "B", 5, "Good.", told)
    assert [endpoint.tag for endpoint in found.endpoints] == ["acme"]
    assert parsed(Endpoints.list("a/b"), {"data": {}}) == ModelEndpoints()
    assert parsed(Endpoints.list("a/b"), {"data": {}}).endpoints == []


FIELDS = ["id", "name", "endpoints", "pricing", "status", "uptime_last_1d", "latency_last_30m", "context_length", "raw"]


@given(odd(FIELDS), st.lists(odd(FIELDS) | ANY_JSON, max_size=3))
def test_no_shape_raises(told: dict[str, Any], endpoints: list[Any]) -> None:
    model = parsed(Endpoints.list("a/b"), {"data": {**told, "endpoints": endpoints}})
    found = parsed(Endpoints.zdr(), {"data": endpoints})
    assert model.endpoints == found
    for endpoint in found:
        shown = (endpoint.pricing, endpoint.latency_last_30m_seconds, endpoint.throughput_last_30m, repr(endpoint))
        assert shown == (
            endpoint.pricing,
            endpoint.latency_last_30m_seconds,
            endpoint.throughput_last_30m,
            repr(endpoint),
        )


def check_endpoint(endpoint: Endpoint) -> None:
    assert (endpoint.provider_name, endpoint.tag, endpoint.status) == ("Simulated", "simulated", 0)
    assert (endpoint.pricing.prompt, endpoint.pricing.completion) == (Decimal("0.000003"), Decimal("0.000015"))
    assert endpoint.latency_last_30m is not None
    assert endpoint.latency_last_30m_seconds is not None
    assert (endpoint.latency_last_30m.p50, endpoint.latency_last_30m_seconds.p50) == (20, 0.02)


@pytest.mark.anyio
async def test_both_clients() -> None:
    fake = FakeOpenRouter(models=MODELS)
    with fake.sync_client() as client:
        model = client.endpoints.list("acme/large")
        zdr = client.endpoints.zdr()
    async with fake.async_client() as awaiting:
        assert await awaiting.endpoints.list("acme/large") == model
        assert await awaiting.endpoints.list("~acme/latest") == model
        assert await awaiting.endpoints.zdr() == zdr
        assert (await awaiting.endpoints.list("acme/large:free")).endpoints[0].pricing.prompt == 0
    assert (model.id, len(model.endpoints)) == ("acme/large", 1)
    check_endpoint(model.endpoints[0])
    assert [endpoint.model_id for endpoint in zdr] == ["acme/large", "acme/large:free"]
    assert pickle.loads(pickle.dumps(model)).endpoints == model.endpoints  # noqa: S301 - our own bytes


@pytest.mark.anyio
async def test_a_model_that_there_is_not() -> None:
    fake = FakeOpenRouter(models=MODELS)
    with fake.sync_client() as client, pytest.raises(NotFoundError, match="acme/small not found"):
        client.endpoints.list("acme/small")
    async with fake.async_client() as awaiting:
        with pytest.raises(NotFoundError, match="acme/small not found"):
            await awaiting.endpoints.list("acme/small")
