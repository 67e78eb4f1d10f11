"""One call without a client, for throw-away scripts: each opens a client and closes it again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Unpack

from .client import SyncClient
from .core.secret import seal
from .signatures import list_options
from .types.chat import Completion
from .types.chat_options import ChatOptions
from .types.messages import Messages
from .types.outcome import Outcome


@list_options
def generate_text(
    prompt: str,
    *,
    system_prompt: str | None = None,
    context: str | Sequence[str] | None = None,
    **options: Unpack[ChatOptions],
) -> str:
    """Ask a model, and get its answer as text that is never empty. As `SyncClient.generate_text`."""
    seal(options)
    with SyncClient() as client:
        return client.generate_text(prompt, system_prompt=system_prompt, context=context, **options)


@list_options
def complete(messages: Messages, **options: Unpack[ChatOptions]) -> Completion:
    """Ask a model for a whole completion. As `SyncClient.complete`."""
    seal(options)
    with SyncClient() as client:
        return client.complete(messages, **options)


@list_options
def complete_many(
    inputs: Iterable[Messages],
    *,
    concurrency: int = 10,
    on_outcome: Callable[[int, Outcome], object] | None = None,
    **options: Unpack[ChatOptions],
) -> list[Outcome]:
    """Ask for many completions side by side. As `SyncClient.complete_many`."""
    seal(options)
    with SyncClient() as client:
        return client.complete_many(inputs, concurrency=concurrency, on_outcome=on_outcome, **options)
