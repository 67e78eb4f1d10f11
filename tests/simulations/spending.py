"""Two clients spend from one budget, at a service that charges for what it did, whatever became of the reply."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from decimal import Decimal
from threading import Thread
from typing import Any, Final

from attrs import frozen

from openrouter import AsyncClient, Budget, BudgetExceededError, OpenRouterError, Policy, Retry, SyncClient
from openrouter.testing import Cut, ErrorReply, FakeOpenRouter, Faults, TextReply

MODEL: Final[dict[str, Any]] = {"id": "a/fixed", "pricing": {"prompt": "0", "completion": "0.001", "request": "0.01"}}
MAX_TOKENS: Final = 10
COST: Final = Decimal("0.02")
"""USD of a request that gets as many tokens as it allows."""
AFFORDABLE: Final = 120
ASKED: Final = 500
FAULTS: Final = {Cut(after=40): 0.05, Cut(after=400): 0.05, ErrorReply(503, "Busy"): 0.05}


@frozen
class Spending:
    """The books of the client beside those of the service, in USD."""

    asked: int
    sent: int
    refused: int
    settled: Decimal
    server: Decimal
    reserved: Decimal

    @property
    def holds(self) -> bool:
        """Whether what was billed is known, or set aside for."""
        return self.settled <= self.server <= self.settled + self.reserved

    def line(self, what: str) -> str:
        """Give a line of the table."""
        amounts = [f"{amount:.2f}" for amount in (self.settled, self.server, self.settled + self.reserved)]
        return f"| {what} | {self.asked} | {self.sent} | {self.refused} | {' | '.join(amounts)} |"


def _service(**options: Any) -> FakeOpenRouter:
    reply = TextReply("word " * (MAX_TOKENS + 5))
    return FakeOpenRouter(models=[MODEL], respond=lambda _: reply, generation_delay=0, **options)


def _taken(fake: FakeOpenRouter, policy: Policy, budget: Budget) -> Spending:
    seen = policy.ledger.by_model["a/fixed"]
    sent = sum(request.path.endswith("/chat/completions") for request in fake.requests)
    return Spending(seen.requests + seen.refused, sent, seen.refused, budget.spent, fake.spent, budget.reserved)


def all_at_once() -> Spending:
    """Ask 500 times, half of them in threads and half in tasks, with money for 120."""
    budget = Budget(AFFORDABLE * COST)
    policy, fake = Policy(budget=budget), _service()

    def block(client: SyncClient) -> None:
        with suppress(BudgetExceededError):
            client.complete("Hi")

    async def wait(client: AsyncClient) -> None:
        with suppress(BudgetExceededError):
            await client.complete("Hi")

    async def tasks() -> None:
        async with fake.async_client(policy=policy, model="a/fixed", max_tokens=MAX_TOKENS) as client:
            await asyncio.gather(*[wait(client) for _ in range(ASKED // 2)])

    with fake.sync_client(policy=policy, model="a/fixed", max_tokens=MAX_TOKENS) as client:
        threads = [Thread(target=block, args=(client,)) for _ in range(ASKED // 2)]
        for thread in threads:
            thread.start()
        asyncio.run(tasks())
        for thread in threads:
            thread.join()
        return _taken(fake, policy, budget)


def with_losses() -> list[Spending]:
    """Ask 500 times, while replies break off, fail, and are left: look after each hundred, and after settling."""
    budget = Budget(ASKED * COST)
    retry = Retry(random=lambda: 0.0, max_retries=1, budget=None)
    policy = Policy(retry=retry, circuit_breaker=None, budget=budget)
    fake = _service(faults=Faults(FAULTS, seed=3))
    looks: list[Spending] = []
    with fake.sync_client(policy=policy, model="a/fixed", max_tokens=MAX_TOKENS) as client:
        for number in range(1, ASKED + 1):
            with suppress(OpenRouterError):
                _ask(client, leaves=number % 10 == 0)
            if number % 100 == 0:
                looks.append(_taken(fake, policy, budget))
        client.settle(wait=0)
        return [*looks, _taken(fake, policy, budget)]


def _ask(client: SyncClient, *, leaves: bool) -> None:
    with client.stream("Hi") as stream:
        for _ in stream:
            if leaves:
                return


def table() -> str:
    """Give both simulations as one table."""
    head = (
        "| | asked | sent | refused | settled, USD | billed by the service | settled and set aside |\n"
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    )
    *looks, last = with_losses()
    lines = [
        all_at_once().line("500 at once, money for 120"),
        *[look.line(f"with losses, after {look.asked}") for look in looks],
        last.line("the same, after `client.settle()`"),
    ]
    return "\n".join([head, *lines]) + "\n"
