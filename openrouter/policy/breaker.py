"""Leaving a model alone that fails again and again."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from attrs import field, frozen

from ..core import errors
from .ranges import out_of_range, seconds, whole_number
from .shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attrs import Attribute

MOST_MODELS: Final = 1000
"""So many failing models are remembered; beyond, the one that failed longest ago is forgotten."""


def _check_pause(settings: CircuitBreaker, attribute: Attribute[Any], value: object) -> None:
    seconds(settings, attribute, value)
    if not value:
        raise out_of_range(settings, attribute.name, value, "more than 0 seconds")


def _check_max_pause(settings: CircuitBreaker, attribute: Attribute[Any], value: float) -> None:
    seconds(settings, attribute, value)
    if value < settings.pause:
        raise out_of_range(settings, attribute.name, value, f"no less than the pause of {settings.pause} s")


@frozen(kw_only=True)
class CircuitBreaker:
    """After so many failures in a row, requests to a model are refused for a while.

    Then a single one is let through as a probe: its success opens the way for all, its failure doubles the
    pause. Counted is what went wrong at the service: 5xx, 408, lost connections, silence, replies that make
    no sense. A caller's mistake (4xx) and a 429 count neither way. Raises `InvalidArgumentError` for a value
    out of range.
    """

    failures: int = field(default=5, validator=whole_number(1))
    pause: float = field(default=30.0, validator=_check_pause)
    """Seconds until the first probe."""
    max_pause: float = field(default=300.0, validator=_check_max_pause)
    """Seconds beyond which the pause is not doubled."""

    def __repr__(self) -> str:
        return shown(self)


def is_failure(error: errors.OpenRouterError) -> bool:
    """Whether the error speaks against the model: something broke at the service or on the way to it."""
    if isinstance(error, errors.APITimeoutError):
        return error.sent and error.clock not in {"deadline", "queue"}
    if isinstance(error, errors.APIConnectionError):
        return error.sent and not error.stale
    if isinstance(error, errors.APIStatusError):
        return isinstance(error, errors.ServerError) or error.status_code == 408  # noqa: PLR2004 - request time-out
    return isinstance(error, errors.ResponseError | errors.StreamInterruptedError)


class Choice(NamedTuple):
    """A model, and the seconds for which requests to it are refused; 0.0: it may be asked."""

    model: str | None
    wait: float


class _Model:
    """A model that failed lately."""

    __slots__ = ("failures", "pause", "probe", "until")

    def __init__(self) -> None:
        self.failures = 0
        self.pause = 0.0
        self.until: float | None = None
        """Second from which on a probe may go; `None` while requests pass freely."""
        self.probe: object = None
        """Who holds the probe."""


class Breaker:
    """The breakers of all models. Only models that failed since their last success are remembered."""

    __slots__ = ("_limit", "_max_pause", "_models", "_pause")

    def __init__(self, settings: CircuitBreaker | None) -> None:
        self._limit = float("inf") if settings is None else settings.failures
        settings = settings or CircuitBreaker()
        self._pause, self._max_pause = settings.pause, settings.max_pause
        self._models: OrderedDict[str | None, _Model] = OrderedDict()

    def wait(self, model: str | None, who: object, now: float) -> float:
        """Seconds for which requests to `model` are refused; 0.0: `who` may go, if need be as the probe."""
        known = self._models.get(model)
        if known is None or known.until is None:
            return 0.0
        if known.probe is not None and known.probe is not who:
            return known.pause
        return max(0.0, known.until - now)

    def choose(self, models: Iterable[str | None], who: object, now: float) -> Choice:
        """Find the first of some models that `who` may ask; else the one that may be asked soonest."""
        waiting = [Choice(model, self.wait(model, who, now)) for model in models]
        return min(waiting, key=lambda choice: choice.wait)

    def depart(self, model: str | None, who: object) -> None:
        """Let `who` go; if the model is on trial, `who` is the probe from now on."""
        known = self._models.get(model)
        if known is not None and known.until is not None:
            known.probe = who

    def release(self, model: str | None, who: object) -> None:
        """Take the probe back from `who`, who learned nothing about the model."""
        known = self._models.get(model)
        if known is not None and known.probe is who:
            known.probe = None

    def passed(self, model: str | None, who: object) -> None:
        """Let everyone pass if `who` holds the probe: a stream that has begun need not be waited for."""
        known = self._models.get(model)
        if known is not None and known.probe is who:
            self.succeeded(model)

    def succeeded(self, model: str | None) -> None:
        """Let everyone pass."""
        self._models.pop(model, None)

    def failed(self, model: str | None, who: object, now: float) -> None:
        """Count a failure of the model. While it is refused, only the probe's counts."""
        if model is None:
            return
        known = self._models.setdefault(model, _Model())
        self._models.move_to_end(model)
        if len(self._models) > MOST_MODELS:
            self._models.popitem(last=False)
        if known.until is None:
            known.failures += 1
            known.pause = self._pause
            known.until = now + self._pause if known.failures >= self._limit else None
        elif known.probe is who:
            known.pause = min(self._max_pause, 2 * known.pause)
            known.until = now + known.pause
            known.probe = None
