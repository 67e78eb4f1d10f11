"""What recorded replies cost: as it was billed, and as list prices make it of their tokens.

The prices are those that the providers had in their public lists when the replies were recorded, in USD per million
tokens. None was worked out from a recording: so where both costs are the same, the formula is right.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from openrouter.core.structuring import structurer
from openrouter.replies.costing import cost_of
from openrouter.types.chat import Usage
from openrouter.types.pricing import Pricing
from tests.wire.recordings import NEEDED, recording
from tests.wire.usages import Recorded, recorded_usages

pytestmark = NEEDED

PAGE: Final = Path(__file__).parents[2] / "docs" / "cost.md"


def listed(prompt: str, completion: str, **more: str) -> Pricing:
    """Make a price list, of USD per million tokens, and per search."""
    prices = {"prompt": prompt, "completion": completion, **more}
    per_token = {name: str(Decimal(price).scaleb(-6)) for name, price in prices.items() if name != "web_search"}
    return Pricing({**per_token, **({"web_search": more["web_search"]} if "web_search" in more else {})})


SONNET: Final = listed("3", "15", input_cache_read="0.30", input_cache_write="3.75")
GROK: Final = listed("3", "15", input_cache_read="0.75")
PRICES: Final[dict[tuple[str, str], Pricing]] = {
    ("anthropic/claude-4.5-sonnet-20250929", "Amazon Bedrock"): SONNET,
    ("anthropic/claude-4.6-sonnet-20260217", "Anthropic"): SONNET,
    ("anthropic/claude-sonnet-4.5", "Anthropic"): SONNET,
    ("anthropic/claude-sonnet-4.5", "Google"): SONNET,
    ("deepseek/deepseek-chat", "Novita"): listed("0.40", "1.30"),
    ("google/gemini-2.5-flash", "Google AI Studio"): listed("0.30", "2.50"),
    ("google/gemini-3-flash-preview", "Google AI Studio"): listed("0.50", "3"),
    ("google/gemini-3.6-flash", "Google"): listed("1.50", "7.50"),
    ("google/gemma-4-26b-a4b-it-20260403", "Cloudflare"): listed("0.10", "0.30"),
    ("minimax/minimax-m2:free", "Minimax"): listed("0", "0"),
    ("moonshotai/kimi-k2.5", "Moonshot AI"): listed("0.60", "3"),
    ("openai/gpt-4.1-mini", "OpenAI"): listed("0.40", "1.60", web_search="0.01"),
    ("openai/gpt-4o-mini", "OpenAI"): listed("0.15", "0.60"),
    ("openai/gpt-5-image-mini", "OpenAI"): listed("2.50", "2"),
    ("openai/gpt-5-mini", "OpenAI"): listed("0.25", "2"),
    ("openai/gpt-5.1-codex-mini", "OpenAI"): listed("0.25", "2"),
    ("openai/gpt-5.6-sol", "None"): listed("5", "30", input_cache_read="0.50", input_cache_write="6.25"),
    ("openai/gpt-oss-20b", "None"): listed("0.05", "0.20"),  # the endpoint for responses names no provider
    ("qwen/qwen3-235b-a22b", "Fireworks"): listed("0.22", "0.88", input_cache_read="0.11"),
    ("qwen/qwen3-30b-a3b-instruct-2507", "WandB"): listed("0.10", "0.30"),
    ("x-ai/grok-4", "xAI"): GROK,
    ("z-ai/glm-4.6", "AtlasCloud"): listed("0.60", "2.20"),
}

PLUGIN: Final = (Decimal("0.007"), "one search of the plugin `web`, which no usage tells")
BESIDE: Final[dict[str, tuple[Decimal, str]]] = {
    "6114e280eeb8": PLUGIN,
    "623a9f7840a4": PLUGIN,
    "850011f2838e": (Decimal("0.00432"), "another model, asked by the tool `advisor`"),
    "abd5524a07ad": (Decimal("0.002"), "one page of a PDF, read as an image"),
    "e42ca5aa5c9e": (Decimal("0.004505"), "another model, asked by the tool `advisor`"),
}
"""USD that were billed for what is not in the tokens, and what that was."""

UNPRICED: Final = "no list price of the provider that answered"


class Row(NamedTuple):
    """What one reply cost."""

    name: str
    model: str
    paid: Decimal
    """As it was billed, with what the provider charged for a key of the account's own."""
    computed: Decimal | None
    why: str


def without_bill(usage: Usage, raw: dict[str, Any]) -> Usage:
    """Take out of a usage all that it says of money."""
    kept = {name: value for name, value in raw.items() if name not in {"cost", "cost_details", "is_byok"}}
    bare: Usage = structurer(Usage)(kept)
    assert bare.prompt_tokens == usage.prompt_tokens
    return bare


def billed() -> list[Recorded]:
    return [each for each in recorded_usages() if "cost" in each.raw]


def rows() -> list[Row]:
    found: list[Row] = []
    for each in billed():
        told = cost_of(each.usage, None)
        assert told is not None
        pricing = PRICES.get((each.model, each.provider))
        computed = cost_of(without_bill(each.usage, each.raw), pricing)
        why = BESIDE[each.name][1] if each.name in BESIDE else ""
        amount = None if computed is None else computed.amount
        found.append(Row(each.name, each.model, told.amount, amount, UNPRICED if computed is None else why))
    return found


def usd(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount.normalize():f}"


def table() -> str:
    head = "| model | billed | computed | difference | what else was paid for |\n| --- | --: | --: | --: | --- |\n"
    lines = [
        f"| {row.model} | {usd(row.paid)} | {usd(row.computed)} "
        f"| {usd(None if row.computed is None else row.paid - row.computed)} | {row.why} |\n"
        for row in sorted(rows(), key=lambda row: (row.model, row.paid))
    ]
    return head + "".join(lines)


def test_every_billed_cost_is_kept_to_the_last_digit() -> None:
    for each in billed():
        cost = cost_of(each.usage, PRICES.get((each.model, each.provider)))
        assert cost is not None
        assert not cost.estimated, each.name
        # As the digits stand in the text of the reply, not as a float has them.
        assert f'"cost":{usd(cost.billed)}' in digits(each.name), each.name
        if each.raw.get("is_byok"):
            assert cost.upstream == Decimal(str(each.raw["cost_details"]["upstream_inference_cost"]))
            assert cost.amount == cost.billed + cost.upstream
        else:
            assert (cost.amount, cost.upstream) == (cost.billed, None)
    assert sum(bool(each.raw.get("is_byok")) for each in billed()) == 4
    assert len(billed()) == 35


def digits(name: str) -> str:
    """Give the text of a reply without white space, its costs written without exponents."""
    text = str(recording(name)["response"]["body"]).replace(" ", "")
    written = [piece.split(",")[0].split("}")[0] for piece in text.split('"cost":')[1:]]
    return " ".join(f'"cost":{usd(Decimal(number))}' for number in written)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
def test_list_prices_make_of_the_tokens_what_was_billed(row: Row) -> None:
    if row.computed is None:
        assert row.why == UNPRICED
        return
    extra = BESIDE[row.name][0] if row.name in BESIDE else Decimal(0)
    assert row.paid - row.computed == extra


def test_few_replies_cannot_be_computed() -> None:
    unpriced = [row.name for row in rows() if row.computed is None]
    assert unpriced == ["2486064aeb88", "9e8dff4e30d5"]
    exact = [row for row in rows() if row.paid == row.computed]
    assert (len(exact), len(BESIDE), len(unpriced)) == (28, 5, 2)


def test_the_parts_are_what_the_reply_tells_of_them() -> None:
    for each in billed():
        details = each.raw.get("cost_details") or {}
        computed = cost_of(without_bill(each.usage, each.raw), PRICES.get((each.model, each.provider)))
        if computed is None:
            continue
        prompt = details.get("upstream_inference_prompt_cost", details.get("upstream_inference_input_cost"))
        output = details.get("upstream_inference_completions_cost", details.get("upstream_inference_output_cost"))
        of_prompt = sum(computed.parts.get(name, Decimal(0)) for name in ("prompt", *CACHE))
        assert (of_prompt, computed.parts.get("completion", Decimal(0))) == (
            Decimal(str(prompt)),
            Decimal(str(output)),
        ), each.name


CACHE: Final = ("input_cache_read", "input_cache_write")


def test_the_page_has_this_table() -> None:
    assert table() in PAGE.read_text(encoding="utf-8")
