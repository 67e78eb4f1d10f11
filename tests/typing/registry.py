"""What the registry gives, by client, as type checkers see it."""

from __future__ import annotations

import asyncio
from typing import assert_type

from openrouter import AsyncClient, SyncClient
from openrouter.api.chat import Chat
from openrouter.api.model_health import ModelHealth
from openrouter.registry.findings import Finding
from openrouter.types.endpoints import Endpoint
from openrouter.types.models import Model


def blocking(client: SyncClient) -> None:
    registry = client.registry
    assert_type(registry.get("a/b"), Model)
    assert_type(registry.find("claude", capability="tools", max_price=1.5, sort="price"), list[Model])
    assert_type(registry.find(capability=["tools", "vision"], provider="Anthropic", free=True), list[Model])
    assert_type(registry.all(), tuple[Model, ...])
    assert_type(registry.refresh(), tuple[Model, ...])
    assert_type(registry.check(Chat.complete("Hi")), list[Finding])
    assert_type(registry.check({"model": "a/b"}), list[Finding])
    assert_type(registry.endpoints("a/b"), list[Endpoint])
    assert_type(registry.health("a/b"), ModelHealth)
    registry.find(sort="prise")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # no such order
    registry.find(max_pryce=1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # no such criterion


async def awaiting(client: AsyncClient) -> None:
    assert_type(await client.registry.get("a/b"), Model)
    assert_type(await client.registry.find(min_context=100_000), list[Model])
    assert_type(await client.registry.health("a/b"), ModelHealth)
    assert_type(await asyncio.create_task(client.registry.all()), tuple[Model, ...])
