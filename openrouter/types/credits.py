"""What was bought for the account, and what is left of it (API page "Get remaining credits")."""

from __future__ import annotations

from decimal import Decimal

from attrs import frozen

from .believable import usd_field
from .chat import Raw, raw_field
from .cost import exact


@frozen
class Credits:
    """The account in USD. It may lag some seconds behind what was just spent."""

    total_credits: Decimal | None = usd_field()
    """All that was ever bought."""
    total_usage: Decimal | None = usd_field()
    """All that was ever used."""
    raw: Raw = raw_field()

    @property
    def remaining(self) -> Decimal | None:
        """What is left. Below zero every request is refused with 402, those to `:free` models too."""
        if self.total_credits is None or self.total_usage is None:
            return None
        return exact().subtract(self.total_credits, self.total_usage)
