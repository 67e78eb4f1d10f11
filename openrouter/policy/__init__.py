"""Pure decisions about requests: retry, rate limit, circuit breaker, and the ledger of what they cost.

What the ledger says, `Totals` and `Percentiles`, stands in modules that are imported when it is asked.
"""

from .breaker import CircuitBreaker
from .facts import Facts, Go, Wait
from .ledger import Ledger
from .passage import Passage
from .policy import Policy
from .rate_limit import RateLimit
from .retry import Retry

__all__ = [
    "CircuitBreaker",
    "Facts",
    "Go",
    "Ledger",
    "Passage",
    "Policy",
    "RateLimit",
    "Retry",
    "Wait",
]
