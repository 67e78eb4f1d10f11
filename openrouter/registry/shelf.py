"""Where the clients of the same settings keep the list of models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .catalogue import Catalogue

PAUSE: Final = 60.0
"""Seconds after a failed refresh before the next one is tried."""
LEAST_PAUSE: Final = 5.0
"""Seconds, where there is none at all, and the service was quick to fail."""


class Shelf:
    """The list of models, once it was loaded; times are monotonic seconds.

    Attributes are set whole, and in an order that a reader in another thread may meet anywhere, so there is no lock. A
    copy, and what comes out of a pickle, is empty.
    """

    __slots__ = ("again_at", "catalogue", "failed_at", "failure", "flights", "loaded_at")

    def __init__(self) -> None:
        self.catalogue: Catalogue | None = None
        self.loaded_at: float | None = None
        self.failed_at: float | None = None
        """When it could not be loaded, if that was after `loaded_at`."""
        self.failure = ""
        """Why, where there is none at all."""
        self.again_at: float | None = None
        """When those who only want to send something try it again, where there is none at all."""
        self.flights: dict[object, Any] = {}
        """Who is loading it, for the effect `Once`."""

    def fresh(self, ttl: float, now: float) -> Catalogue | None:
        """Give the list if there is one that is younger than `ttl` seconds, or that could not be had anew just now."""
        loaded, failed = self.loaded_at, self.failed_at
        is_due = loaded is None or (now - loaded >= ttl and (failed is None or now - failed >= PAUSE))
        return None if is_due else self.catalogue

    def has_failed(self, now: float) -> bool:
        """Whether there is none, and none could be had just now."""
        return self.catalogue is None and self.again_at is not None and now < self.again_at

    def fail(self, began: float, now: float, failure: str) -> None:
        """Take down that not even a first list could be loaded: the longer that took, the later it is tried again."""
        self.failure = failure
        self.again_at = now + min(PAUSE, LEAST_PAUSE + 2 * (now - began))
        self.failed_at = now

    def __reduce__(self) -> tuple[type[Shelf], tuple[()]]:
        return Shelf, ()
