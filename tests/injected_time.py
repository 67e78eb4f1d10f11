"""Time that only sleeping moves, for clients under test: what they wait is exact, and costs nothing."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from anyio.lowlevel import checkpoint

from openrouter import AsyncClient, Policy, Retry, SyncClient
from openrouter.core.wire import Moment
from openrouter.drivers import AsyncDriver, SyncDriver

if TYPE_CHECKING:
    from tests.shared_time import SharedTime

UTC_START = 1_800_000_000.0


class InjectedTime:
    """A clock, and how long it was asked to sleep."""

    def __init__(self) -> None:
        # The transports compare deadlines with the real clock. A whole number keeps sums of halves and quarters exact.
        self.start = float(math.floor(time.monotonic()))
        self.passed = 0.0
        self.waits: list[float] = []

    def now(self) -> Moment:
        return Moment(self.start + self.passed, UTC_START + self.passed)

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.passed += seconds

    async def sleep_async(self, seconds: float) -> None:
        await checkpoint()
        self.sleep(seconds)


def half_way() -> Policy:
    """Give a policy whose random waits are half of the longest: 0.25 s, then 0.5 s, then 1 s."""
    return Policy(retry=Retry(random=lambda: 0.5))


# A client reads the real clock once, when it is made, to open the ledger: so the policy comes after that.


def blocking_client(clock: InjectedTime | SharedTime, *, policy: Policy | None = None, **arguments: Any) -> SyncClient:
    client = SyncClient(**{"api_key": "sk-test", **arguments})
    transport = client.driver.transport
    client.driver = SyncDriver(
        client.settings, policy or half_way(), transport, clock.now, clock.sleep, catalogue=client.driver.catalogue
    )
    return client


def awaiting_client(clock: InjectedTime | SharedTime, *, policy: Policy | None = None, **arguments: Any) -> AsyncClient:
    client = AsyncClient(**{"api_key": "sk-test", **arguments})
    transport = client.driver.transport
    client.driver = AsyncDriver(
        client.settings,
        policy or half_way(),
        transport,
        clock.now,
        clock.sleep_async,
        catalogue=client.driver.catalogue,
    )
    return client
