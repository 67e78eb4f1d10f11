"""Where the clients of the same settings keep the list of models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .catalogue import Catalogue


class Shelf:
    """The list of models, once it was loaded; times are monotonic seconds.

    Attributes are set whole, and in an order that a reader in another thread may meet anywhere, so there is no lock. A
    copy, and what comes out of a pickle, is empty.
    """

    __slots__ = ("catalogue", "failed_at", "flights", "loaded_at")

    def __init__(self) -> None:
        self.catalogue: Catalogue | None = None
        self.loaded_at: float | None = None
        self.failed_at: float | None = None
        """When it could not be loaded, if that was after `loaded_at`."""
        self.flights: dict[object, Any] = {}
        """Who is loading it, for the effect `Once`."""

    def __reduce__(self) -> tuple[type[Shelf], tuple[()]]:
        return Shelf, ()
