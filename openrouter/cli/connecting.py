"""The client that a command asks through."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

from attrs import evolve

from ..client import SyncClient
from ..core.errors import ConfigurationError
from ..settings import Settings
from ..testing import FakeOpenRouter, RecordedRequest, TextReply, echo
from ..testing.fake import KEY

PAUSE: Final = 0.015
"""Seconds between two words of a simulated reply that somebody watches."""


@contextmanager
def connect(*, model: str | None, offline: bool, watched: bool) -> Generator[SyncClient]:
    """Give a client with the settings of the environment, and close it afterwards.

    `offline` starts the simulated service on the loopback interface and gives a client to it. Raises
    `ConfigurationError` for settings that cannot work.
    """
    named: dict[str, Any] = {} if model is None else {"model": model}
    if offline:
        with (
            _simulation(PAUSE if watched else 0.0).serve() as server,
            SyncClient(settings=Settings.from_env(api_key=KEY, base_url=server.url, **named)) as client,
        ):
            yield client
        return
    settings = Settings.from_env(**named)
    if settings.api_key is None:
        raise ConfigurationError("There is no API key. Set OPENROUTER_API_KEY, or use --offline to try without one.")
    with SyncClient(settings=settings) as client:
        yield client


def _simulation(pause: float) -> FakeOpenRouter:
    def reply(request: RecordedRequest) -> TextReply:
        return evolve(echo(request), pause=pause)

    return FakeOpenRouter(respond=reply)
