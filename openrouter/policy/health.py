"""What our own requests lately saw of each model."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Final

from attrs import frozen

from .histogram import bucket_of, percentiles

WINDOW: Final = 300.0
"""Seconds that are looked back."""
SLICE: Final = 10.0
"""Seconds that are remembered, and forgotten, as one."""
MOST_MODELS: Final = 1000
"""So many models are remembered; beyond, the one that was asked longest ago is forgotten."""


@frozen(kw_only=True)
class SeenHealth:
    """How the attempts of the last minutes to reach one model ended.

    An attempt is a failure when something broke at the service or on the way to it. Mistakes of the caller and
    requests that were given up count neither way.
    """

    successes: int
    failures: int
    latency: float | None
    """Seconds that half of the successes stayed within, to 5 %; `None` without one."""
    seconds: float = WINDOW
    """How far back this looks; up to a slice of 10 s less."""

    @property
    def requests(self) -> int:
        """All attempts that count."""
        return self.successes + self.failures

    @property
    def success_rate(self) -> float:
        """From 0.0 to 1.0."""
        return self.successes / self.requests


@frozen(kw_only=True)
class PolicyHealth:
    """How a model fares, as the requests of this policy saw it, and whether it may be asked now."""

    requests: int
    """Attempts of the last five minutes whose outcome speaks for or against the model."""
    success_rate: float | None
    """From 0.0 to 1.0; `None` without such an attempt."""
    latency: float | None
    """Seconds that half of the successes stayed within, to 5 %; `None` without one."""
    breaker_open: bool
    """Requests to it are refused, because it failed too often in a row."""
    retry_after: float | None
    """Seconds until one is let through again; `None` while the breaker is closed."""


def health_now(seen: SeenHealth | None, pause: float) -> PolicyHealth:
    """Put together what was seen of a model, and the seconds for which its breaker refuses it."""
    return PolicyHealth(
        requests=0 if seen is None else seen.requests,
        success_rate=None if seen is None else seen.success_rate,
        latency=None if seen is None else seen.latency,
        breaker_open=pause > 0,
        retry_after=pause or None,
    )


class _Slice:
    """What ended within the same ten seconds."""

    __slots__ = ("failures", "latencies", "number", "successes")

    def __init__(self, number: int) -> None:
        self.number = number
        self.successes = 0
        self.failures = 0
        self.latencies: dict[int, int] = {}


class Health:
    """The last five minutes of each model, in slices of ten seconds.

    A call costs the same however many came before it. Seconds are handed in, and have to be of one clock that
    does not run back. Memory is bounded: 30 slices for each of the last 1,000 models.
    """

    __slots__ = ("_models",)

    def __init__(self) -> None:
        self._models: OrderedDict[str, deque[_Slice]] = OrderedDict()

    def succeeded(self, model: str | None, latency: float, at: float) -> None:
        """Count a whole reply that took `latency` seconds."""
        if model is not None:
            current = self._slice(model, at)
            current.successes += 1
            bucket = bucket_of(latency)
            current.latencies[bucket] = current.latencies.get(bucket, 0) + 1

    def failed(self, model: str | None, at: float) -> None:
        """Count an attempt that the service, or the way to it, let fail."""
        if model is not None:
            self._slice(model, at).failures += 1

    def of(self, model: str, at: float) -> SeenHealth | None:
        """Give what was seen of `model` in the last five minutes; `None`: nothing."""
        oldest = _oldest(at)
        slices = [known for known in self._models.get(model, ()) if known.number >= oldest]
        if not slices:
            return None
        merged: dict[int, int] = {}
        for known in slices:
            for bucket, count in known.latencies.items():
                merged[bucket] = merged.get(bucket, 0) + count
        return SeenHealth(
            successes=sum(known.successes for known in slices),
            failures=sum(known.failures for known in slices),
            latency=percentiles(merged).p50,
        )

    def _slice(self, model: str, at: float) -> _Slice:
        """Give the slice of now, and forget what is too old."""
        slices = self._models.get(model)
        if slices is None:
            slices = self._models[model] = deque()
            if len(self._models) > MOST_MODELS:
                self._models.popitem(last=False)
        else:
            self._models.move_to_end(model)
        number = int(at // SLICE)
        if not slices or slices[-1].number != number:
            slices.append(_Slice(number))
            oldest = _oldest(at)
            while slices[0].number < oldest:
                slices.popleft()
        return slices[-1]


def _oldest(at: float) -> int:
    """Give the number of the first slice that counts: those of the last five minutes, the present one included."""
    return int(at // SLICE) - int(WINDOW // SLICE) + 1
