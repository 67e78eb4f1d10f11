"""How a good status with an error in it gives itself away: asked of every reply, so it knows no more than that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_FAILED_EVENTS: Final = frozenset({"error", "response.error", "response.failed"})


def has_error(body: Mapping[str, Any]) -> bool:
    """Whether a body of status 200, or an event of a stream, is an error after all."""
    return bool(body.get("error")) or body.get("success") is False or _is_failed_event(body.get("type"))


def _is_failed_event(kind: object) -> bool:
    return isinstance(kind, str) and kind in _FAILED_EVENTS
