"""How many requests leave in a minute."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from attrs import field, frozen

from .ranges import out_of_range, seconds, whole_number_or_none
from .scope import Scope, Ticket
from .shown import shown
from .windows import MINUTE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrs import Attribute

    from .learned import Pace

_FIRST_SWEEP: Final = 1024
"""So many scopes of single keys are kept before the idle ones are looked for."""
_MOST_RECENT: Final = 2048
"""So many departures are remembered, for the case that their service turns out to count them."""
_ALL_MODELS: Final = ""
_WORDS_FOR_ALL_MODELS: Final = re.compile(r"\bper[- ](?:api[- ])?key\b", re.IGNORECASE)


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
    ending in `:free`) until then. Where it is the limit of a minute and names its number, they leave at that pace from
    then on; what is set here remains the most. Raises `InvalidArgumentError` for a value out of range.
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

    @property
    def limits_tokens(self) -> bool:
        """Whether there is a limit for which the tokens of requests have to be estimated."""
        if not self.models:
            return bool(self.tokens_per_minute)
        return bool(self.tokens_per_minute) or any(own.tokens_per_minute for own in self.models.values())

    def __repr__(self) -> str:
        return shown(self)


class Limiter:
    """Says who may depart, when several limits hold for the same request.

    A request is under at most four scopes: that of its key and model (of all free models together), its model's, its
    key's, and the common one. Those of a key are there for free models, and where the service named a limit. It queues
    for them in this order, from the narrowest to the widest, and joins the next line only while it is first and the
    limit has room in all before. So who waits for the narrow limit of a free model stands in no one's way at the
    common one; a wide line never waits for a narrow one, so they cannot block each other; and every line is first come,
    first served. Who stands first in a wide line when its narrow one is closed again leaves the wide line.
    """

    __slots__ = (
        *("_all", "_by_key", "_free", "_has_keys", "_has_scopes", "_is_on", "_models", "_recent", "_sweep_at"),
        "_tries",
    )

    def __init__(self, limit: RateLimit | None, *, tries: bool = True) -> None:
        self._is_on = limit is not None
        self._tries = tries
        limit = limit or RateLimit(free_requests_per_minute=None)
        self._all = _scope_for(limit)
        self._models = {model: scope for model, own in limit.models.items() if (scope := _scope_for(own))}
        self._free = limit.free_requests_per_minute
        self._by_key: dict[tuple[str, str], Scope] = {}
        self._sweep_at = _FIRST_SWEEP
        self._has_scopes = self._all is not None or bool(self._models)
        """Whether anyone but the free models may have to wait."""
        self._has_keys = False
        self._recent: deque[tuple[float, tuple[str, str] | None]] = deque(maxlen=_MOST_RECENT)

    def ask(self, ticket: Ticket, model: str | None, now: float) -> float:
        """Let the request depart and give 0.0, or keep its places in line and give the seconds to wait."""
        if not self._is_on:
            return 0.0
        scopes = self._scopes(ticket, model, now) if self._has_scopes or ticket.is_free else ()
        if scopes:
            waits = [scope.wait(ticket, now) for scope in scopes]
            if any(waits):
                narrowest = next(place for place, wait in enumerate(waits) if wait > 0)
                _stand(ticket, scopes[: narrowest + 1])
                # Who stands behind others that wait in a wider line has to wait for that one too.
                return max(waits)
            self.leave(ticket)
            for scope in scopes:
                scope.depart(ticket, now)
        ticket.sent = now
        recent = self._recent
        while recent and recent[0][0] <= now - MINUTE:
            recent.popleft()
        # One name after another is the same, and need not be kept as often.
        name = recent[-1][1] if recent and recent[-1][1] == ticket.name else ticket.name
        recent.append((now, name))
        return 0.0

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

    def close(self, ticket: Ticket, until: float, now: float, reason: Mapping[str, object], words: str = "") -> None:
        """Hold back all requests of this key to this model, or to free models, as a 429 of the platform demands.

        `reason` is what it says of the limit: where that is one for a minute and has a number, they leave at that pace
        from then on. `words` is its message: where that speaks of the key, all models are meant.
        """
        from .learned import refusal_from  # noqa: PLC0415 - few are ever refused

        if not self._is_on or ticket.name is None:
            return
        is_of_key = _WORDS_FOR_ALL_MODELS.search(words) is not None
        name = (ticket.name[0], _ALL_MODELS) if is_of_key else ticket.name
        scope = self._known(name, now)
        if until > scope.closed_until:
            scope.closed_until, scope.reason = until, reason
        refusal = refusal_from(reason, until, now)
        if refusal is not None:
            self._pace(name, refusal.limit, now).refused(ticket.sent, refusal, now)

    def learn(self, key: str, requests_per_minute: int | None, now: float) -> None:
        """Take what the service says of a key: for all models together so many requests a minute; `None`: no limit.

        `key` is its fingerprint.
        """
        from .learned import MOST_REQUESTS  # noqa: PLC0415 - few keys have a limit

        name = (key, _ALL_MODELS)
        if not requests_per_minute or requests_per_minute > MOST_REQUESTS:
            if name in self._by_key:
                self._by_key[name].pace = None
        elif self._is_on:
            self._pace(name, requests_per_minute, now).believe(requests_per_minute, now)

    def has_pace(self, ticket: Ticket) -> bool:
        """Whether a 429 of the platform, that such requests got, taught the pace at which they leave now."""
        scope = self._closed(ticket)
        return scope is not None and scope.pace is not None

    def closed_for(self, ticket: Ticket, now: float) -> float:
        """Seconds for which a 429 of the platform still holds; 0.0 when none does."""
        scope = self._closed(ticket) if self._by_key else None
        return max(0.0, scope.closed_until - now) if scope is not None else 0.0

    def reason(self, ticket: Ticket) -> Mapping[str, object]:
        """Give what the 429 said that still holds."""
        scope = self._closed(ticket)
        return {} if scope is None else scope.reason

    def _closed(self, ticket: Ticket) -> Scope | None:
        """Give the scope of this key that is closed longest."""
        name = ticket.name
        if name is None:
            return None
        of_model, of_key = self._by_key.get(name), self._by_key.get((name[0], _ALL_MODELS))
        if of_model is None or of_key is None:
            return of_model or of_key
        return max(of_model, of_key, key=lambda scope: scope.closed_until)

    def _scopes(self, ticket: Ticket, model: str | None, now: float) -> list[Scope]:
        """Find the scopes of a request, from the narrowest to the widest."""
        scopes: list[Scope] = []
        name = ticket.name
        if name is not None and model is not None:
            scope = self._by_key.get(name)
            if scope is None and self._free and ticket.is_free:
                scope = self._known(name, now)
            if scope is not None:
                scopes.append(scope)
            if model in self._models:
                scopes.append(self._models[model])
            if self._has_keys and (name[0], _ALL_MODELS) in self._by_key:
                scopes.append(self._by_key[name[0], _ALL_MODELS])
        if self._all is not None:
            scopes.append(self._all)
        return scopes

    def _known(self, name: tuple[str, str], now: float) -> Scope:
        """Give the scope of a key, a new one if need be. Idle ones are dropped whenever their number has doubled."""
        scope = self._by_key.get(name)
        if scope is None:
            if len(self._by_key) >= self._sweep_at:
                self._by_key = {known: scope for known, scope in self._by_key.items() if not scope.is_idle(now)}
                self._sweep_at = max(_FIRST_SWEEP, 2 * len(self._by_key))
            scope = self._by_key[name] = Scope(self._free if name[1] == ":free" else None)
            self._has_scopes = True
            self._has_keys = self._has_keys or name[1] == _ALL_MODELS
        return scope

    def _pace(self, name: tuple[str, str], limit: int, now: float) -> Pace:
        """Give the pace of a scope, a new one if need be."""
        from .learned import Pace  # noqa: PLC0415 - few are ever held back

        scope = self._known(name, now)
        if scope.pace is None:
            scope.pace = Pace(limit, self._departed(name, now), now, tries=self._tries)
        return scope.pace

    def _departed(self, name: tuple[str, str], now: float) -> list[float]:
        """Give when the requests of the last minute departed which the service counts together under `name`."""
        lately = [(at, other) for at, other in self._recent if other is not None and at > now - MINUTE]
        return [at for at, other in lately if other == name or (other[0], _ALL_MODELS) == name]


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
