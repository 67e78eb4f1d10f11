"""An httpx client for each event loop: one cannot serve two."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from ..core.errors import ClosedClientError
from ..outgoing import Outgoing
from ..settings import Settings
from .per_loop import PerLoop
from .stock import AsyncStock, AsyncStockBody


class StockPerLoop:
    """Sends through clients that it makes when they are needed."""

    def __init__(self, make: Callable[[], httpx.AsyncClient], settings: Settings) -> None:
        self._stocks = PerLoop(lambda: AsyncStock(make(), settings), AsyncStock.aclose)
        self._closed = False

    async def send(self, outgoing: Outgoing) -> AsyncStockBody:
        """Send a request and give the reply as soon as its headers are there."""
        if self._closed:
            raise ClosedClientError("The client is closed.")
        stock = await self._stocks.get()
        return await stock.send(outgoing)

    async def aclose(self) -> None:
        """Close the clients."""
        self._closed = True
        await self._stocks.aclose()

    def __repr__(self) -> str:
        return f"StockPerLoop({self._stocks})"
