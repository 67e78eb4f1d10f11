"""What requests pay for beside tokens: searches, server tools, documents."""

from __future__ import annotations

from base64 import b64encode
from decimal import Decimal
from typing import Any

import pytest

from openrouter.registry.extras import Extras, extras_of

D = Decimal
RATES = {"prompt": D(1), "completion": D(1)}
SEARCHES = {**RATES, "web_search": D("0.01")}


def extras(
    *, name: str = "a/b", rates: dict[str, Decimal] = RATES, reads_files: bool = False, **body: Any
) -> Extras | None:
    return extras_of({"model": name, **body}, name, rates, reads_files=reads_files)


def fees(**given: Any) -> Decimal | None:
    found = extras(**given)
    return None if found is None else found.fees


def plugin(**more: Any) -> list[Any]:
    return [{"id": "web", **more}]


def tool(kind: str = "openrouter:web_search", **parameters: Any) -> list[Any]:
    return [{"type": kind, "parameters": parameters}]


def test_most_requests_pay_for_nothing_else() -> None:
    function = {"type": "function", "function": {"name": "f"}}
    assert extras(
        tools=[function, {"name": "g"}, {"type": "custom"}, "odd"], plugins=["odd", {"id": "moderation"}]
    ) == (
        0,
        1,
    )


@pytest.mark.parametrize(
    ("settings", "price"),
    [
        ({"engine": "exa"}, "0.007"),
        ({"engine": "exa", "mode": "fast"}, "0.007"),
        ({"engine": "exa", "mode": "deep"}, "0.012"),
        ({"engine": "exa", "mode": "deep-lite"}, "0.012"),
        ({"engine": "exa", "mode": "deep-reasoning"}, "0.015"),
        ({"engine": "exa", "max_results": 10}, "0.007"),
        ({"engine": "exa", "max_results": 25}, "0.022"),
        ({"engine": "parallel"}, "0.005"),
        ({"engine": "parallel", "mode": "turbo"}, "0.001"),
        ({"engine": "parallel", "mode": "fast"}, "0.001"),
        ({"engine": "perplexity"}, "0.005"),
        ({"engine": "firecrawl"}, "0"),
        ({"engine": "exa", "max_uses": 3}, "0.021"),
        ({}, "0.007"),
        ({"engine": "auto", "mode": "deep"}, "0.012"),
        ({"engine": "brand-new"}, None),
        ({"engine": "native"}, None),
        ({"engine": "native", "max_uses": 2}, None),
    ],
)
def test_the_plugin_searches_once_at_the_price_of_its_engine(settings: dict[str, Any], price: str | None) -> None:
    assert fees(plugins=plugin(**settings)) == (None if price is None else D(price))


def test_a_provider_that_searches_itself_may_do_so_often() -> None:
    assert fees(rates=SEARCHES, plugins=plugin()) is None
    assert fees(rates=SEARCHES, plugins=plugin(engine="native")) is None
    assert fees(rates=SEARCHES, plugins=plugin(engine="native", max_uses=2)) == D("0.02")
    # Which of the two will search is not known: it is the dearer one that counts.
    assert fees(rates=SEARCHES, plugins=plugin(max_uses=2)) == D("0.02")
    assert fees(rates=SEARCHES, plugins=plugin(max_uses=2, mode="deep-reasoning")) == D("0.03")
    assert fees(rates=SEARCHES, plugins=plugin(engine="exa")) == D("0.007")


def test_a_variant_that_searches_pays_for_it() -> None:
    assert fees(name="a/b:online") == D("0.007")
    assert fees(rates=SEARCHES, name="a/b:online") is None


def test_the_search_of_a_provider_has_the_price_of_the_list() -> None:
    assert fees(rates=SEARCHES, web_search_options={"search_context_size": "low"}) == D("0.01")
    assert fees(web_search_options={}) == 0


def test_a_search_tool_is_asked_as_often_as_it_may() -> None:
    assert extras(tools=tool(max_uses=3)) == (D("0.021"), 4)
    assert extras(tools=[{"type": "web_search_preview", "max_uses": 2}], rates=SEARCHES) == (D("0.02"), 3)
    assert extras(tools=tool()) is None
    assert extras(tools=tool(max_uses=3, engine="native")) is None
    assert extras(tools=tool(max_uses=-3)) is None


def test_pages_are_fetched_at_a_price_each() -> None:
    assert extras(tools=tool("openrouter:web_fetch", max_uses=5, max_content_tokens=1000)) == (D("0.005"), 6)
    assert extras(tools=tool("openrouter:web_fetch", max_uses=5)) is None
    assert extras(tools=tool("openrouter:web_fetch", max_content_tokens=1000)) is None


@pytest.mark.parametrize("kind", ["openrouter:datetime", "openrouter:tool_search", "openrouter:apply_patch"])
def test_some_tools_are_free(kind: str) -> None:
    assert extras(tools=tool(kind)) == (0, 1)


@pytest.mark.parametrize(
    "kind", ["openrouter:advisor", "openrouter:subagent", "openrouter:image_generation", "openrouter:bash", "new:tool"]
)
def test_tools_that_ask_other_models_or_machines_have_no_known_price(kind: str) -> None:
    assert extras(tools=tool(kind)) is None
    assert extras(tools=tool(kind, max_uses=1)) is None


def test_several_models_at_once_have_no_known_price() -> None:
    assert extras(plugins=[{"id": "fusion"}]) is None


def test_prices_that_vary_are_not_known() -> None:
    image = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    seen = {"messages": [{"role": "user", "content": [image]}]}
    for name in ("request", "image"):
        rates: Any = {**RATES, name: None}
        assert extras(rates=rates, **seen) is None
    assert fees(rates={**RATES, "request": D("0.01"), "image": D("0.002")}, **seen) == D("0.012")


def said(**file: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": [{"type": "file", "file": file}]}, {"role": "user"}]}


def encoded(kind: str, size: int) -> str:
    return f"data:{kind};base64,{b64encode(bytes(size)).decode()}"


def test_documents_may_be_read_page_by_page() -> None:
    pdf = said(file_data=encoded("application/pdf", 12_000))
    # At most a page for each 2,000 characters, and one more, for 0.002 USD each.
    assert fees(**pdf) == D("0.018")
    assert fees(**pdf, reads_files=True) == 0
    for engine in ("native", "pdf-text", "cloudflare-ai"):
        assert fees(**pdf, plugins=[{"id": "file-parser", "pdf": {"engine": engine}}]) == 0
    assert fees(**pdf, plugins=[{"id": "file-parser", "pdf": {"engine": "mistral-ocr"}}, {"id": "other"}]) == D("0.018")
    assert fees(**said(file_data=encoded("text/plain", 12_000))) == 0
    # How many pages there are at an address, or in an uploaded file, nobody knows.
    assert fees(**said(file_data="https://example.org/a.pdf")) is None
    assert fees(**said(file_id="file-1")) is None
    assert fees(**said(file_id="file-1"), reads_files=True) == 0
