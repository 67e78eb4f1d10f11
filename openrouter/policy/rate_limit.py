"""How many requests leave in a minute."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from attrs import field, frozen

from .ranges import out_of_range, seconds, whole_number_or_none
from .scope import Scope, Ticket
from .shown import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrs import Attribute

_FIRST_SWEEP: Final = 1024
"""So many scopes of single keys are kept before the idle ones are looked for."""


def _check_models(limit: RateLimit, attribute: Attribute[Any], models: Mapping[str, Any]) -> None:
    for model, own in models.items():
        if not isinstance(own, RateLimit) or own.models:
            expected = "a RateLimit that has no `models` itself"
            raise out_of_range(limit, f"{attribute.name}[{model!r}]", own, expected)


def _copy(models: Mapping[str, RateLimit]) -> dict[str, RateLimit]:
    return dict(models)


@frozen(kw_only=True)
class RateLimit:
    """How fast requests leave, counting each attempt as one.

    `None` and 0 both mean that there is no such limit; nothing is held back by a limit of 0. A negative one is
    refused.

    In no 60 seconds do more leave than the limit says, and they leave in the order in which they asked. A 429
    of OpenRouter itself that names a time stops all requests of that key to that model (or to all models
    ending in `:free`) until then. Raises `InvalidArgumentError` for a value out of range.
    """

    requests_per_minute: int | None = field(default=None, validator=whole_number_or_none(0))
    tokens_per_minute: int | None = field(default=None, validator=whole_number_or_none(0))
    """Prompt and output tokens: an upper estimate when a request leaves, what it really took when it has
    ended."""
    min_interval: float = field(default=0.0, validator=seconds)
    """Seconds between one request and the next."""
    free_requests_per_minute: int | None = field(default=20, validator=whole_number_or_none(0))
    """For all models ending in `:free` together, by key; not used in a limit inside `models`."""
    models: Mapping[str, RateLimit] = field(factory=dict[str, "RateLimit"], converter=_copy, validator=_check_models)
    """Limits of single models, in addition to the common one."""

    def __repr__(self) -> str:
        return shown(self)


class Limiter:
    """Says who may depart, when several limits hold for the same request.

    A request is under at most three scopes: its key's (free models, or closed by a 429), its model's, and the
    common one. It queues for them from the narrowest to the widest, and joins the next line only while it is
    first and the limit has room in all before. So who waits for the narrow limit of a free model stands in no
    one's way at the common one; a wide line never waits for a narrow one, so they cannot block each other;
    and every line is first come, first served. Who stands first in a wide line when its narrow one is closed
    again leaves the wide line.
    """

    __slots__ = ("_all", "_by_key", "_free", "_is_on", "_models", "_sweep_at")

    def __init__(self, limit: RateLimit | None) -> None:
        self._is_on = limit is not None
        limit = limit or RateLimit(free_requests_per_minute=None)
        self._all = _scope_for(limit)
        self._models = {model: scope for model, own in limit.models.items() if (scope := _scope_for(own))}
        self._free = limit.free_requests_per_minute
        self._by_key: dict[tuple[str, str], Scope] = {}
        self._sweep_at = _FIRST_SWEEP

    def ask(self, ticket: Ticket, model: str | None, now: float) -> float:
        """Let the request depart and give 0.0, or keep its places in line and give the seconds to wait."""
        scopes = self._scopes(ticket, model, now)
        if not scopes:
            return 0.0
        waits = [scope.wait(ticket, now) for scope in scopes]
        if not any(waits):
            self.leave(ticket)
            for scope in scopes:
                scope.depart(ticket, now)
            return 0.0
        narrowest = next(place for place, wait in enumerate(waits) if wait > 0)
        _stand(ticket, scopes[: narrowest + 1])
        # Who stands behind others that wait in a wider line has to wait for that one too.
        return max(waits)

    def leave(self, ticket: Ticket) -> None:
        """Give back every place in line."""
        if ticket.lines:
            _stand(ticket, ())

    def settle(self, ticket: Ticket, tokens: int | None) -> None:
        """Replace the estimates of what departed by what it really took; `None`: nobody knows."""
        if tokens is not None:
            for window, departed in ticket.reserved:
                window.correct(departed, max(0, tokens) - ticket.tokens)
        ticket.reserved = ()

    def close(self, ticket: Ticket, until: float, now: float, reason: Mapping[str, object]) -> None:
        """Hold back all requests of this key to this model, or to free models, as a 429 demands.

        `reason` is what the 429 says of the limit.
        """
        if self._is_on and ticket.name is not None:
            scope = self._by_key.get(ticket.name) or self._open(ticket.name, now)
            if until > scope.closed_until:
                scope.closed_until, scope.reason = until, reason

    def closed_for(self, ticket: Ticket, now: float) -> float:
        """Seconds for which a 429 of the platform still holds; 0.0 when none does."""
        scope = self._by_key.get(ticket.name) if ticket.name is not None else None
        return max(0.0, scope.closed_until - now) if scope is not None else 0.0

    def reason(self, ticket: Ticket) -> Mapping[str, object]:
        """Give what the 429 said that still holds."""
        scope = self._by_key.get(ticket.name) if ticket.name is not None else None
        return {} if scope is None else scope.reason

    def _scopes(self, ticket: Ticket, model: str | None, now: float) -> list[Scope]:
        """Find the scopes of a request, from the narrowest to the widest."""
        scopes: list[Scope] = []
        if ticket.name is not None and model is not None:
            scope = self._by_key.get(ticket.name)
            if scope is None and self._free and ticket.name[1] == ":free":
                scope = self._open(ticket.name, now)
            if scope is not None:
                scopes.append(scope)
            if model in self._models:
                scopes.append(self._models[model])
        if self._all is not None:
            scopes.append(self._all)
        return scopes

    def _open(self, name: tuple[str, str], now: float) -> Scope:
        """Add the scope of a key. Idle ones are dropped whenever their number has doubled."""
        if len(self._by_key) >= self._sweep_at:
            self._by_key = {known: scope for known, scope in self._by_key.items() if not scope.is_idle(now)}
            self._sweep_at = max(_FIRST_SWEEP, 2 * len(self._by_key))
        scope = self._by_key[name] = Scope(self._free if name[1] == ":free" else None)
        return scope


def _scope_for(limit: RateLimit) -> Scope | None:
    if limit.requests_per_minute or limit.tokens_per_minute or limit.min_interval:
        return Scope(limit.requests_per_minute, limit.tokens_per_minute, limit.min_interval)
    return None


def _stand(ticket: Ticket, lines: Sequence[Scope]) -> None:
    for scope in ticket.lines:
        if scope not in lines:
            scope.leave(ticket)
    for scope in lines:
        scope.join(ticket)
    ticket.lines = lines
