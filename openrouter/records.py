"""What is logged of an exchange."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from .core.errors import OpenRouterError
from .policy.facts import Bill

if TYPE_CHECKING:
    from logging import Logger

_TOLD: Final = (
    *("error", "retry_delay", "asked_instead", "max_tokens", "answered_by", "provider"),
    *("prompt_tokens", "completion_tokens", "cost", "latency", "elapsed", "body"),
)
"""The fields of a log record that stand in its message too."""


def record(
    logger: Logger, level: int, message: str, request: Mapping[str, object], facts: Mapping[str, object]
) -> None:
    """Log what happened to a request (its `request_id`, `model` and `attempt`), with what is known of it as fields."""
    known = {name: value for name, value in facts.items() if value is not None}
    # What a plain formatter shows; others have the fields.
    told = ", ".join(f"{name} {_short(known[name])}" for name in _TOLD if name in known)
    logger.log(level, "%s: %s%s", request["request_id"], message, told and f": {told}", extra={**request, **known})


def outcome(bill: Bill, status: int | None, latency: float, elapsed: float) -> dict[str, object]:
    """Give what there is to tell of a good reply; `elapsed` are the seconds with all waits and attempts."""
    usage = bill.usage
    return {
        "status": status,
        "latency": latency,
        "elapsed": elapsed,
        "generation_id": bill.generation_id,
        "prompt_tokens": usage.prompt_tokens if usage else None,
        "completion_tokens": usage.completion_tokens if usage else None,
        "cost": str(usage.cost) if usage and usage.cost is not None else None,
        "answered_by": bill.model,
        "provider": bill.provider,
    }


def described(error: OpenRouterError) -> dict[str, object]:
    """Give what there is to tell of an error."""
    told = f"{type(error).__name__}: {error}"
    return {"status": error.status_code, "error": told, "generation_id": error.generation_id}


def _short(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
