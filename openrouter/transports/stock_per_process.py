"""An httpx client for each process: two must not talk on one connection."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import httpx

from ..core.errors import ClosedClientError
from ..outgoing import Outgoing
from ..policy.per_process import PerProcess
from ..settings import Settings
from .stock import SyncStock, SyncStockBody


def _stock(make: Callable[[], httpx.Client], settings: Settings) -> SyncStock:
    return SyncStock(make(), settings)


class StockPerProcess:
    """Sends through clients that it makes when they are needed."""

    def __init__(self, make: Callable[[], httpx.Client], settings: Settings) -> None:
        # What the parent of this process sent through is kept as it is: nobody knows who held its locks.
        self._parents: list[SyncStock] = []
        self._stocks = PerProcess(partial(_stock, make, settings), self._parents.append)
        self._closed = False

    def send(self, outgoing: Outgoing) -> SyncStockBody:
        """Send a request and give the reply as soon as its headers are there."""
        if self._closed:
            raise ClosedClientError("The client is closed.")
        return self._stocks.get().send(outgoing)

    def close(self) -> None:
        """Close the client."""
        self._closed = True
        for stock in self._stocks.all():
            stock.close()

    def __repr__(self) -> str:
        return f"StockPerProcess({self._stocks})"
