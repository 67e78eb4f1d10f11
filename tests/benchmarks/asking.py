"""The same requests twice: through our clients, and with httpx by hand, as a user would write them without us."""

from __future__ import annotations

import json
from asyncio import Runner
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from openrouter import AsyncClient, SyncClient
from tests.benchmarks.payloads import BODY

KEY = "sk-or-v1-benchmarks"
CHAT = "/chat/completions"
ASKED: dict[str, Any] = BODY
"""What our clients are asked: the fields of the body are their arguments."""


class Ours:
    """Our clients, at one base URL."""

    def __init__(self, url: str) -> None:
        self.sync, self.awaiting = SyncClient(api_key=KEY, base_url=url), AsyncClient(api_key=KEY, base_url=url)

    def request(self) -> str:
        return self.sync.complete(**ASKED).text

    async def request_async(self) -> str:
        return (await self.awaiting.complete(**ASKED)).text

    def stream(self) -> str:
        return "".join([chunk.text for chunk in self.sync.stream(**ASKED)])

    async def stream_async(self) -> str:
        return "".join([chunk.text async for chunk in self.awaiting.stream(**ASKED)])

    def models(self) -> str:
        return self.sync.models.list()[-1].id


class ByHand:
    """Clients of httpx, at one base URL."""

    def __init__(self, url: str) -> None:
        settings: dict[str, Any] = {"base_url": url, "headers": {"Authorization": f"Bearer {KEY}"}, "timeout": 600}
        self.sync, self.awaiting = httpx.Client(**settings), httpx.AsyncClient(**settings)

    def request(self) -> str:
        return str(_read(self.sync.post(CHAT, json=BODY))["choices"][0]["message"]["content"])

    async def request_async(self) -> str:
        return str(_read(await self.awaiting.post(CHAT, json=BODY))["choices"][0]["message"]["content"])

    def stream(self) -> str:
        with self.sync.stream("POST", CHAT, json={**BODY, "stream": True}) as reply:
            reply.raise_for_status()
            return "".join([_piece(line) for line in reply.iter_lines()])

    async def stream_async(self) -> str:
        async with self.awaiting.stream("POST", CHAT, json={**BODY, "stream": True}) as reply:
            reply.raise_for_status()
            return "".join([_piece(line) async for line in reply.aiter_lines()])

    def models(self) -> str:
        return str(_read(self.sync.get("/models"))["data"][-1]["id"])


def _read(reply: httpx.Response) -> Any:
    reply.raise_for_status()
    return json.loads(reply.content)


def _piece(line: str) -> str:
    if not line.startswith("data: ") or line == "data: [DONE]":
        return ""
    return str(json.loads(line[6:])["choices"][0]["delta"]["content"])


@contextmanager
def both(url: str, runner: Runner) -> Iterator[tuple[Ours, ByHand]]:
    """Make both kinds of clients for a base URL, and close them."""
    made = Ours(url), ByHand(url)
    try:
        yield made
    finally:
        for each in made:
            each.sync.close()
            runner.run(each.awaiting.aclose())
