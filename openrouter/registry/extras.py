"""What a request can cost beside its tokens: searches, pictures, documents (API pages "Web search", "PDF inputs").

The fees are those that the API pages name. What has no bound that a request tells has no price before it is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from ..core.json import as_whole
from ..replies.costing import Rates
from ..replies.prompt_contents import SEARCH_TOOLS
from ..types.request_body import items, mapping
from ..types.slugs import parse_slug

_FREE_TOOLS: Final = frozenset(
    {
        "openrouter:apply_patch",
        "openrouter:datetime",
        "openrouter:experimental__search_models",
        "openrouter:files",
        "openrouter:tool_search",
    }
)
_FREE_READERS: Final = ("native", "pdf-text", "cloudflare-ai")
_FEES: Final[Mapping[tuple[str, str | None], Decimal]] = {
    ("exa", "deep-lite"): Decimal("0.012"),
    ("exa", "deep"): Decimal("0.012"),
    ("exa", "deep-reasoning"): Decimal("0.015"),
    ("exa", None): Decimal("0.007"),
    ("parallel", "turbo"): Decimal("0.001"),
    ("parallel", "fast"): Decimal("0.001"),
    ("parallel", None): Decimal("0.005"),
    ("perplexity", None): Decimal("0.005"),
    ("firecrawl", None): Decimal(0),  # it is paid with credits there
}
"""USD for a search by engine and mode; `None` for any other mode."""
_RESULT: Final = Decimal("0.001")
"""USD for each result after the first ten."""
_INCLUDED: Final = 10
_FETCH: Final = Decimal("0.001")
_PAGE: Final = Decimal("0.002")
"""USD for a page that is read as an image."""
_BYTES_PER_PAGE: Final = 2_000
"""A page of a PDF has hardly less."""
_OWN: Final = (None, "auto", "native")
"""Engines with which the provider searches itself, where it can."""


class Extras(NamedTuple):
    """What is at most paid for beside tokens."""

    fees: Decimal
    """USD."""
    steps: int
    """How often the model is asked: once, and once more for each use of a server tool."""


def extras_of(body: Mapping[str, Any], model: str, rates: Rates, *, reads_files: bool) -> Extras | None:
    """Give the most that a request pays beside tokens; `None` where it has no bound, or no known price.

    A model that `reads_files` itself is not given the text of a page that somebody else has read.
    """
    fees, steps = Decimal(0), 1
    for fee, uses in _services(body, model, rates, reads_files=reads_files):
        if fee is None or uses is None:
            return None
        fees, steps = fees + fee, steps + uses
    return Extras(fees, steps)


Service = tuple[Decimal | None, int | None]
"""USD for all uses, and how often the model reads what came of one; `None`: nobody knows."""


def _services(body: Mapping[str, Any], model: str, rates: Rates, *, reads_files: bool) -> Iterator[Service]:
    yield rates.get("request", Decimal(0)), 0
    if pictures := sum("image_url" in part for part in parts_in(body)):
        price = rates.get("image", Decimal(0))
        yield None if price is None else pictures * price, 0
    if body.get("web_search_options") is not None:
        yield rates.get("web_search", Decimal(0)), 0
    if "online" in parse_slug(model).variants:
        yield _plugin({}, rates), 0
    plugins = [mapping(plugin) for plugin in items(body.get("plugins"))]
    for plugin in plugins:
        if plugin.get("id") == "web":
            yield _plugin(plugin, rates), 0
        if plugin.get("id") == "fusion":
            yield None, None
    for tool in items(body.get("tools")):
        yield from _tool(mapping(tool), rates)
    if not reads_files:
        yield _documents(body, plugins), 0


def parts_in(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Give the parts of all messages whose content has parts."""
    for message in items(body.get("messages")):
        yield from (mapping(part) for part in items(mapping(message).get("content")))


def _plugin(plugin: Mapping[str, Any], rates: Rates) -> Decimal | None:
    """Price the plugin `web`: it searches once, unless the provider does that itself, as often as it likes."""
    uses = _count(plugin.get("max_uses"))
    if uses is None and plugin.get("engine") in _OWN:
        uses = None if "web_search" in rates or plugin.get("engine") == "native" else 1
    elif uses is None:
        uses = 1
    price = _search(plugin, rates)
    return None if uses is None or price is None else uses * price


def _tool(tool: Mapping[str, Any], rates: Rates) -> Iterator[Service]:
    """Price a tool; of those that the service runs, most call other models, or machines."""
    kind = str(tool.get("type", "function"))
    if kind in {"function", "custom"} or "function" in tool or kind in _FREE_TOOLS:
        return
    parameters = mapping(tool.get("parameters")) or tool
    uses = _count(parameters.get("max_uses"))
    if kind.startswith(SEARCH_TOOLS):
        price = _search(parameters, rates)
    elif kind == "openrouter:web_fetch" and _count(parameters.get("max_content_tokens")) is not None:
        price = _FETCH
    else:
        price = None
    yield (None if price is None or uses is None else uses * price), uses


def _search(settings: Mapping[str, Any], rates: Rates) -> Decimal | None:
    """Give the price of one search; where the engine is not named, that of the dearer of two."""
    engine, mode = settings.get("engine"), settings.get("mode")
    own = rates.get("web_search")
    if engine == "native":
        return own
    found = _FEES.get((str(engine), mode if isinstance(mode, str) else None)) or _FEES.get((str(engine), None))
    if engine in _OWN:
        found = max(_FEES["exa", mode] if ("exa", mode) in _FEES else _FEES["exa", None], own or Decimal(0))
    more = (as_whole(settings.get("max_results"), 0) or 0) - _INCLUDED
    return None if found is None else found + max(0, more) * _RESULT


def _documents(body: Mapping[str, Any], plugins: list[Mapping[str, Any]]) -> Decimal | None:
    """Price the reading of PDFs, whose pages may be read as images; `None` for one that is not sent along."""
    readers = [mapping(plugin.get("pdf")).get("engine") for plugin in plugins if plugin.get("id") == "file-parser"]
    if any(reader in _FREE_READERS for reader in readers):
        return Decimal(0)
    pages = 0
    for file in (mapping(part.get("file")) for part in parts_in(body) if "file" in part):
        data = str(file.get("file_data") or "")
        if not data.startswith("data:"):
            return None
        if data.startswith("data:application/pdf"):
            pages += 1 + len(data) // _BYTES_PER_PAGE
    return pages * _PAGE


def _count(value: object) -> int | None:
    """Give a number of times; what cannot be one sets no bound."""
    number = as_whole(value)
    return None if number is None or number < 0 else number
