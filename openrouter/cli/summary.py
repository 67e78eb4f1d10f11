"""The line about an answer: who gave it, what it cost, and how long it took."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Context, Decimal
from typing import Final

from ..testing.answers import SIMULATED_HEADER
from ..types.chat import Completion, Usage

_SHOWN_DIGITS: Final = 4


def summary_line(completion: Completion, first_token_after: float | None) -> str:
    """Sum up a completion in one line; `first_token_after` is in seconds, `None` where nobody looked."""
    return " · ".join(" ".join(part.split()) for part in _parts(completion, first_token_after))


def _parts(completion: Completion, first_token_after: float | None) -> Iterator[str]:
    yield completion.model or "unknown model"
    yield completion.provider or "unknown provider"
    yield from _spent(completion.usage)
    if first_token_after is not None:
        yield f"first token {duration(first_token_after)}"
    if completion.latency is not None:
        yield f"total {duration(completion.latency)}"
    if completion.finish_reason not in (None, "stop"):
        yield f"stopped by {completion.finish_reason}"
    if completion.http is not None and SIMULATED_HEADER in completion.http.headers:
        yield "simulated"


def _spent(usage: Usage | None) -> Iterator[str]:
    if usage is None:
        yield "tokens and cost unknown"
        return
    yield f"{usage.prompt_tokens} tokens in, {usage.completion_tokens} out"
    yield "cost unknown" if usage.cost is None else dollars(usage.cost)


def dollars(amount: Decimal) -> str:
    """Write an amount in USD with four significant digits, and never with an exponent."""
    return f"${Context(prec=_SHOWN_DIGITS).plus(amount).normalize():f}"


def duration(seconds: float) -> str:
    """Write a time with as many digits as a reader can use."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"
