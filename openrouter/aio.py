"""One call without a client, awaited: each opens a client and closes it again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Unpack

from .client import AsyncClient
from .core.secret import seal
from .signatures import list_options
from .types.chat import Completion
from .types.chat_options import ChatOptions
from .types.messages import Messages
from .types.outcome import Outcome


@list_options
async def generate_text(
    prompt: str,
    *,
    system_prompt: str | None = None,
    context: str | Sequence[str] | None = None,
    **options: Unpack[ChatOptions],
) -> str:
    """Ask a model, and get its answer as text that is never empty. As `AsyncClient.generate_text`."""
    seal(options)
    async with AsyncClient() as client:
        return await client.generate_text(prompt, system_prompt=system_prompt, context=context, **options)


@list_options
async def complete(messages: Messages, **options: Unpack[ChatOptions]) -> Completion:
    """Ask a model for a whole completion. As `AsyncClient.complete`."""
    seal(options)
    async with AsyncClient() as client:
        return await client.complete(messages, **options)


@list_options
async def complete_many(
    inputs: Iterable[Messages],
    *,
    concurrency: int = 10,
    on_outcome: Callable[[int, Outcome], object] | None = None,
    **options: Unpack[ChatOptions],
) -> list[Outcome]:
    """Ask for many completions side by side. As `AsyncClient.complete_many`."""
    seal(options)
    async with AsyncClient() as client:
        return await client.complete_many(inputs, concurrency=concurrency, on_outcome=on_outcome, **options)
