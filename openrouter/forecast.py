"""What the list of models tells of a request before it is sent: what would go wrong, and what it can cost."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

from .core.errors import BudgetExceededError, OpenRouterError
from .core.wire import Moment
from .outgoing import Outgoing
from .settings import Settings

if TYPE_CHECKING:
    from .registry.catalogue import Catalogue
    from .types.cost import Quote

logger = logging.getLogger(__name__)


class LookUp(NamedTuple):
    """What a driver is asked for: load the list of models, if it is not there, and hand it in."""

    seconds: float | None
    """How long it may take; `None`: as long as it does."""


class Forecast:
    """A request, and what has to be found out about it."""

    def __init__(self, outgoing: Outgoing, settings: Settings) -> None:
        self._outgoing, self._settings = outgoing, settings
        self._error: OpenRouterError | None = None
        self._unpriced = ""
        """Why nobody knows the price."""
        self._asked_at = 0.0
        self.is_wanted = settings.validate != "off"
        """The request has to be checked, and was not yet."""

    def look_up(self, now: Moment) -> LookUp:
        """Ask for the list."""
        self._asked_at = now.monotonic
        deadline = self._outgoing.clocks.deadline
        return LookUp(None if deadline is None else max(0.0, deadline - now.monotonic))

    def check(self, found: Catalogue | OpenRouterError, now: Moment) -> None:
        """Check the request as the settings want it, once.

        Raises `InvalidArgumentError` where they have what is found refused. Without a list there is nothing to find: a
        request is not held up because of that.
        """
        if not self.is_wanted:
            return
        self.is_wanted = False
        if isinstance(found, OpenRouterError):
            failed_at = self._settings.shelf.failed_at
            is_known = failed_at is not None and failed_at < self._asked_at
            # Those that wait for the next try need not all say so.
            level = logging.DEBUG if is_known else logging.WARNING
            logger.log(level, "The request was not checked, as the list of models could not be loaded: %s", found)
            return
        from datetime import UTC, datetime  # noqa: PLC0415 - for those who want it

        from .registry.checking import apply_validation, check  # noqa: PLC0415 - the same

        day = datetime.fromtimestamp(now.utc, UTC).date()
        apply_validation(check(self._outgoing.body or {}, found, day=day), self._settings.validate)

    def quote(self, found: Catalogue | OpenRouterError, model: str | None, now: Moment) -> Quote | None:
        """Tell what the request can cost at most, or can with another model; `None` where its price is unknown."""
        if isinstance(found, OpenRouterError):
            self._error, self._unpriced = found, f"The list of models could not be loaded. {found.message}"
            return None
        from .registry.estimating import quote, why_unpriced  # noqa: PLC0415 - for those who have a budget

        body = {**(self._outgoing.body or {}), **({"model": model} if model else {})}
        quoted = quote(body, found, utc=now.utc)
        self._error, self._unpriced = None, "" if quoted is not None else why_unpriced(body, found)
        return quoted

    def explain(self, error: OpenRouterError) -> None:
        """Say why no price was known."""
        if isinstance(error, BudgetExceededError) and not error.is_priced:
            error.__cause__ = self._error
            if error.needed is None and self._unpriced:
                error.message = f"{error.message} {self._unpriced}"
