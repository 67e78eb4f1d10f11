"""Pure decisions about requests: retry, rate limit, circuit breaker, and the ledger of what they cost."""

from .breaker import CircuitBreaker
from .facts import Bill, Facts, Go, NeedPrices, Wait
from .histogram import Percentiles
from .ledger import Ledger
from .passage import Passage
from .policy import Policy
from .rate_limit import RateLimit
from .retry import Retry
from .totals import Totals

__all__ = [
    "Bill",
    "CircuitBreaker",
    "Facts",
    "Go",
    "Ledger",
    "NeedPrices",
    "Passage",
    "Percentiles",
    "Policy",
    "RateLimit",
    "Retry",
    "Totals",
    "Wait",
]
