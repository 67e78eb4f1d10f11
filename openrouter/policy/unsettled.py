"""Requests that were sent and may have cost something, without a bill."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from attrs import frozen

from .totals import NOTHING


@frozen(eq=False)
class Unsettled:
    """An attempt that was sent, and of which nobody has said what it cost.

    The caller left the stream before the usage came, or the connection was lost when the request was out.
    """

    generation_id: str | None = None
    """Whose record tells the cost, once there is one; `None`: no reply came so far as to name it."""
    model: str | None = None
    """The model that was asked for."""
    key: str = ""
    """Fingerprint of the API key that it was sent with."""
    reserved: Decimal | None = None
    """USD that the budget holds for it; `None` where there is no budget."""
    at: float = 0.0
    """When it was given up, in seconds since 1970."""

    def to_dict(self) -> dict[str, Any]:
        """Give plain JSON values, money as text with all its digits."""
        return {
            "generation_id": self.generation_id,
            "model": self.model,
            "key": self.key,
            "reserved": None if self.reserved is None else f"{self.reserved:f}",
            "at": self.at,
        }


@frozen
class Uncertain:
    """What will never be known by itself: attempts without a generation id, and those that were too many to hold."""

    requests: int = 0
    reserved: Decimal = NOTHING
    """USD that budgets hold for them, as far as there are budgets."""
