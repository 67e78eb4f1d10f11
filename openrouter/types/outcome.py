"""What became of one request of a batch."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attrs import frozen

from ..core.errors import OpenRouterError
from .chat import Completion


@frozen(kw_only=True)
class Outcome:
    """A completion or the error that came instead of it."""

    completion: Completion | None = None
    error: OpenRouterError | None = None
    latency: float
    """Seconds from the call to this outcome, waits and retries included."""
    timestamp: datetime
    """When the call was made, in UTC."""

    @property
    def success(self) -> bool:
        """There is a completion."""
        return self.completion is not None

    @property
    def content(self) -> str:
        """The text of the completion; where it failed, what had arrived of it, or `""`."""
        found = self.completion or (self.error.partial if self.error else None)
        return found.text if found else ""

    @property
    def model(self) -> str | None:
        """The model that answered, else the one that was asked for."""
        if self.completion is not None:
            return self.completion.model
        return self.error.model if self.error else None

    @property
    def raw(self) -> Any:
        """The decoded JSON of the reply, or what the error came with."""
        if self.completion is not None:
            return self.completion.raw
        return self.error.body if self.error else None

    def to_dict(self) -> dict[str, Any]:
        """Give it as plain JSON values, for a log or a table."""
        return {
            "success": self.success,
            "content": self.content,
            "model": self.model,
            "latency": self.latency,
            "timestamp": self.timestamp.isoformat(),
            "error": str(self.error) if self.error else None,
            "error_class": type(self.error).__name__ if self.error else None,
            "raw": self.raw,
        }
