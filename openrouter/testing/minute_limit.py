"""The limit of the simulated account: so many requests a minute, and what a request over it is told."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from threading import Lock

from attrs import frozen

from ..core.errors import InvalidArgumentError
from ..core.json import encode_json
from .answers import Answer, Exchange, error_object
from .replies import Reply

_MINUTE = 60
_MESSAGE = "Rate limit exceeded: requests-per-minute"


@frozen(eq=False)
class OverLimit(Reply):
    """The 429 of the service itself: its headers tell the limit, and when it ends; the body repeats them."""

    requests: int
    """How many a minute has."""
    resets_at: float
    """When the next minute begins, in seconds since 1970."""

    @property
    def told(self) -> Mapping[str, str]:
        """The headers."""
        return {
            "X-RateLimit-Limit": str(self.requests),
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": str(round(self.resets_at * 1000)),
        }

    def answer(self, exchange: Exchange) -> Answer:  # noqa: ARG002 - the same for every request
        """Send the bare envelope: no model was asked."""
        error = error_object(_MESSAGE, 429, metadata={"headers": self.told, "provider_name": None})
        body = encode_json({"error": error, "user_id": None})
        return Answer(429, {"Content-Type": "application/json", **self.told}, (body,), self.delay, self.pause)


class MinuteLimit:
    """Counts the requests of each minute of a clock; safe in any number of threads.

    The minutes are those of the clock, which gives seconds since 1970: one begins at every whole multiple of 60.
    Requests over the limit are not counted. Without a limit, the clock is not read.
    """

    def __init__(self, requests: int | None, clock: Callable[[], float] | None = None) -> None:
        _check(requests, clock)
        self._requests = requests
        self._clock = time.time if clock is None else clock
        self._minute: int | None = None
        self._counted = 0
        self._lock = Lock()

    def take(self) -> OverLimit | None:
        """Count a request, or say that it is one too many."""
        if self._requests is None:
            return None
        with self._lock:
            minute = int(self._clock() // _MINUTE)
            if minute != self._minute:
                self._minute, self._counted = minute, 0
            if self._counted == self._requests:
                return OverLimit(requests=self._requests, resets_at=(minute + 1) * _MINUTE)
            self._counted += 1
        return None


def _check(requests: object, clock: object) -> None:
    if requests is not None and (not isinstance(requests, int) or isinstance(requests, bool) or requests < 1):
        message = f"requests_per_minute is {requests!r}; it has to be a whole number, 1 or more, or None for no limit."
        raise InvalidArgumentError(message)
    if clock is not None and not callable(clock):
        message = f"clock is of type {type(clock).__name__}. Give a function that gives seconds since 1970: time.time."
        raise InvalidArgumentError(message)
