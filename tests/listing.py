"""A service that tells nothing but its models, as they are, and fails when it is told to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any

import httpx
import pytest

from openrouter import Settings, SyncClient
from tests.injected_time import InjectedTime, blocking_client
from tests.models_350 import made

FEW = [made("a/b"), made("c/d")]


class Listing:
    """Answers `GET /models`, and counts how often. `hold` is called before each answer."""

    def __init__(self, models: Iterable[dict[str, Any]], hold: Callable[[], object] = lambda: None) -> None:
        self.models = list(models)
        self.status = 200
        self.requests: list[httpx.Request] = []
        self._hold, self._lock = hold, Lock()

    def http(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(self._answer))

    def async_http(self, hold: Callable[[], Any] | None = None) -> httpx.AsyncClient:
        """Give a client for an event loop; what `hold` gives is awaited before each answer."""

        async def answer(request: httpx.Request) -> httpx.Response:
            if hold is not None:
                await hold()
            return self._answer(request)

        return httpx.AsyncClient(transport=httpx.MockTransport(answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self.requests.append(request)
        self._hold()
        if self.status != 200:
            return httpx.Response(self.status, json={"error": {"code": self.status, "message": "No list today"}})
        return httpx.Response(200, json={"data": self.models, "total_count": len(self.models), "links": {"next": None}})


def settings(**options: Any) -> Settings:
    return Settings(**{"api_key": "sk-test", "max_retries": 0, **options})


def blocking(listing: Listing, clock: InjectedTime | None = None, **options: Any) -> SyncClient:
    return blocking_client(clock or InjectedTime(), http=listing.http(), **{"settings": settings(), **options})


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "openrouter.registry"]
