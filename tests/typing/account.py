"""What type checkers make of the account, its history, and who serves models."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import assert_type

from openrouter import AsyncClient, SyncClient
from openrouter.api.generations import Generations
from openrouter.api.keys import Keys
from openrouter.effects import Flow
from openrouter.types.credits import Credits
from openrouter.types.endpoints import Endpoint, EndpointPercentiles, ModelEndpoints
from openrouter.types.generations import Generation, GenerationContent
from openrouter.types.keys import KeyInfo
from openrouter.types.models import Model
from openrouter.types.providers import ProviderInfo


def blocking(client: SyncClient) -> None:
    assert_type(client.models.get("a/b"), Model)
    assert_type(client.models.user(limit=5), list[Model])
    assert_type(client.models.count(output_modalities=["text"]), int)
    assert_type(client.endpoints.list("a/b", timeout=5), ModelEndpoints)
    assert_type(client.endpoints.zdr(), list[Endpoint])
    assert_type(client.providers.list(), list[ProviderInfo])
    assert_type(client.generations.get("gen-1"), Generation)
    assert_type(client.generations.wait("gen-1", timeout=5), Generation)
    assert_type(client.generations.content("gen-1"), GenerationContent)
    assert_type(client.credits.get(), Credits)
    assert_type(client.keys.current(), KeyInfo)


async def awaiting(client: AsyncClient) -> None:
    assert_type(await client.models.get("a/b"), Model)
    assert_type(await client.models.user(limit=5), list[Model])
    assert_type(await client.models.count(), int)
    assert_type(await client.endpoints.list("a/b"), ModelEndpoints)
    assert_type(await client.endpoints.zdr(), list[Endpoint])
    assert_type(await client.providers.list(), list[ProviderInfo])
    assert_type(await client.generations.get("gen-1"), Generation)
    assert_type(await client.generations.wait("gen-1"), Generation)
    assert_type(await client.generations.content("gen-1"), GenerationContent)
    assert_type(await client.credits.get(), Credits)
    assert_type(await client.keys.current(), KeyInfo)


def on_the_class() -> None:
    assert_type(Keys.current(), Flow[KeyInfo])
    assert_type(Generations.wait("gen-1"), Flow[Generation])


def values(key: KeyInfo, account: Credits, generation: Generation, model: ModelEndpoints) -> None:
    assert_type(key.limit_remaining, Decimal | None)
    assert_type(key.resets_at(datetime.now(UTC)), datetime | None)
    assert_type(account.remaining, Decimal | None)
    assert_type(generation.total_cost, Decimal | None)
    assert_type(generation.latency_seconds, float | None)
    assert_type(model.endpoints, list[Endpoint])
    assert_type(model.endpoints[0].latency_last_30m_seconds, EndpointPercentiles | None)
