"""What goes into the policy, and what comes out of it."""

from __future__ import annotations

from typing import NamedTuple

from attrs import frozen


class Facts(NamedTuple):
    """What the policy must know of a request."""

    key: str = ""
    """Fingerprint of the API key, never the key."""
    model: str | None = None
    """`None` for a request that is not about a model."""
    stream: bool = False
    billable: bool = True
    """`False` for requests that only read: they may be sent again even if it is unclear whether they
    arrived."""
    tokens: int = 0
    """Upper estimate of prompt and output tokens, for the limit on tokens per minute."""
    user: str | None = None
    """Whom the caller does this for, for the ledger."""
    max_retries: int | None = None
    """`None` for the number that the policy has."""
    deadline: float | None = None
    """Monotonic second from which on nothing waits and nothing starts."""


@frozen
class Go:
    """Send the request now."""


class Wait(NamedTuple):
    """Ask again after this many seconds. It is a hint: by then the answer may be another wait."""

    seconds: float
