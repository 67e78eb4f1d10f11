"""The sums that a ledger gives."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from attrs import frozen

from .histogram import Percentiles

NOTHING_MEASURED: Final = Percentiles()
NOTHING: Final = Decimal(0)


def counted(number: int, thing: str) -> str:
    """Write a number of things."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


@frozen(kw_only=True)
class Totals:
    """What a ledger, or a row of it, says. A request is counted when it has ended.

    What only reads, such as a request for the list of models, costs nothing and is not counted.

    `requests` is always the sum of `successes`, `failures` and `abandoned`.
    """

    requests: int = 0
    """Requests that were sent, however often each of them."""
    attempts: int = 0
    """How often something was sent."""
    successes: int = 0
    failures: int = 0
    abandoned: int = 0
    """Requests that were cancelled, and streams that were left early."""
    refused: int = 0
    """Requests that were never sent: breaker, budget, limits, deadline, full queue. They are no `requests`."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    cost: Decimal = NOTHING
    """USD that the account was charged, exact. What was not billed but could be worked out from tokens and list prices
    is in it: see `estimated_cost`."""
    estimated_cost: Decimal = NOTHING
    """USD: the part of `cost` that was worked out and not billed."""
    upstream_cost: Decimal = NOTHING
    """USD that providers charge besides, for requests with keys of your own there. It is no part of `cost`."""
    latency: Percentiles = NOTHING_MEASURED
    """Seconds from sending to the end of the reply, of the attempts that succeeded."""
    first_token: Percentiles = NOTHING_MEASURED
    """Seconds from sending to the first piece of a stream."""
    uptime: float = 0.0
    """Seconds since the ledger was opened; 0.0 in the rows of a table."""

    @property
    def retries(self) -> int:
        """How often something was sent again."""
        return self.attempts - self.requests

    @property
    def success_rate(self) -> float:
        """Successes among all that succeeded or failed; 1.0 when there are none."""
        ended = self.successes + self.failures
        return self.successes / ended if ended else 1.0

    def __str__(self) -> str:
        ends = f"{self.successes} succeeded, {self.failures} failed, {self.abandoned} abandoned"
        refused = f"{self.refused} refused, " if self.refused else ""
        requests, tokens = counted(self.requests, "request"), counted(self.total_tokens, "token")
        return f"{requests} ({ends}), {refused}{tokens}, ${self.cost:f}"

    def to_dict(self) -> dict[str, Any]:
        """Give plain JSON values.

        `total_cost` is a float, for reading; `cost`, `estimated_cost` and `upstream_cost` are texts with all digits,
        for adding up.
        """
        return {
            "requests": self.requests,
            "attempts": self.attempts,
            "successes": self.successes,
            "failures": self.failures,
            "abandoned": self.abandoned,
            "refused": self.refused,
            "retries": self.retries,
            "success_rate": self.success_rate,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "total_tokens": self.total_tokens,
            "cached_tokens": self.cached_tokens,
            "reasoning_tokens": self.reasoning_tokens,
            "total_cost": float(self.cost),
            "cost": f"{self.cost:f}",
            "estimated_cost": f"{self.estimated_cost:f}",
            "upstream_cost": f"{self.upstream_cost:f}",
            "uptime": self.uptime,
            "latency": self.latency.to_dict(),
            "first_token": self.first_token.to_dict(),
        }
