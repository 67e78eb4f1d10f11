"""A list of 350 models of the shape of the real one, the same each time.

`NAMED` are written out, as tests look for them: their prices, contexts and options differ in all the ways in which
those of real lists do. The rest are `PLAIN`: they read and write text alone, have 32,768 tokens of context, cost 1 USD
per million tokens of input or more, cache nothing and reason not; every other one takes tools. So a search for anything
that is not plain finds named models alone, and a reader can tell from `NAMED` which.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

SAMPLING: Final = ["frequency_penalty", "max_tokens", "presence_penalty", "seed", "stop", "temperature", "top_p"]
TOOLS: Final = ["tool_choice", "tools"]
JSON: Final = ["response_format", "structured_outputs"]
REASONING: Final = ["include_reasoning", "reasoning"]
FIRST_CREATED: Final = 1_700_000_000
SIZE: Final = 350


def usd(per_million: str) -> str:
    """Write USD per million tokens as the service does: per token."""
    return "0" if per_million == "0" else f"{Decimal(per_million).scaleb(-6):f}"


def made(
    slug: str,
    *,
    reads: str = "text",
    writes: str = "text",
    price: tuple[str, str] | None = ("2", "8"),
    context: int | None = 131_072,
    most: int | None = 16_384,
    takes: list[str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Make an entry; prices are USD per million tokens of input and output."""
    prices = {} if price is None else {"prompt": usd(price[0]), "completion": usd(price[1])}
    return {
        "id": slug,
        "canonical_slug": slug.partition(":")[0],
        "hugging_face_id": None,
        "name": slug.replace("/", ": "),
        "created": FIRST_CREATED,
        "description": "A model of its author.",
        "context_length": context,
        "architecture": {
            "modality": f"{reads.replace(' ', '+')}->{writes.replace(' ', '+')}",
            "input_modalities": reads.split(),
            "output_modalities": writes.split(),
            "tokenizer": "Other",
            "instruct_type": None,
        },
        "pricing": {**prices, **more.pop("prices", {})},
        "top_provider": {"context_length": context, "max_completion_tokens": most, "is_moderated": False},
        "per_request_limits": None,
        "supported_parameters": [*SAMPLING, *TOOLS] if takes is None else takes,
        "default_parameters": None,
        "expiration_date": None,
        "links": {"details": f"/api/v1/models/{slug}/endpoints"},
        **more,
    }


def router(slug: str, price: str = "-1") -> dict[str, Any]:
    entry = made(slug, context=2_000_000, most=None, prices={"prompt": price, "completion": price}, price=None)
    entry["architecture"] |= {"tokenizer": "Router", "modality": "text->text"}
    return entry


def reasons(efforts: list[str] | None = None, *, mandatory: bool = False, budget: bool = False) -> dict[str, Any]:
    return {
        "mandatory": mandatory,
        "supported_efforts": efforts,
        "default_effort": None,
        "default_enabled": True,
        "supports_max_tokens": budget,
    }


def alias(slug: str, target: str) -> dict[str, Any]:
    return made(slug, alias_target={"slug": target, "name": None})


NAMED: Final[list[dict[str, Any]]] = [
    router("openrouter/auto"),
    router("openrouter/auto-beta"),
    router("openrouter/pareto-code"),
    router("openrouter/fusion"),
    router("openrouter/free", "0"),
    alias("~anthropic/claude-sonnet-latest", "anthropic/claude-sonnet-4.5"),
    alias("~openai/gpt-latest", "openai/gpt-5.1"),
    # What it stands for is not in the list.
    alias("~google/gemini-pro-latest", "google/gemini-9-pro"),
    made(
        "anthropic/claude-sonnet-4.5",
        canonical_slug="anthropic/claude-4.5-sonnet-20250929",
        reads="text image file",
        price=("3", "15"),
        prices={
            "input_cache_read": usd("0.3"),
            "input_cache_write": usd("3.75"),
            "web_search": "0.01",
            "overrides": [{"min_prompt_tokens": 200_000, "prompt": usd("6"), "completion": usd("22.5")}],
        },
        context=1_000_000,
        most=64_000,
        takes=[*SAMPLING, *TOOLS, *REASONING, *JSON],
        reasoning=reasons(["high", "medium", "low"], budget=True),
        created=FIRST_CREATED + 900,
    ),
    made(
        "anthropic/claude-haiku-4.5",
        reads="text image",
        price=("1", "5"),
        prices={"input_cache_read": usd("0.1"), "input_cache_write": usd("1.25")},
        context=200_000,
        most=64_000,
        takes=[*SAMPLING, *TOOLS, *REASONING],
        reasoning=reasons(["high", "medium", "low"], budget=True),
    ),
    made(
        "openai/gpt-5.1",
        reads="text image file",
        price=("1.25", "10"),
        prices={"input_cache_read": usd("0.125"), "input_cache_write": None},
        context=400_000,
        most=128_000,
        takes=["max_tokens", "seed", *TOOLS, *REASONING, *JSON],
        reasoning=reasons(["high", "medium", "low", "minimal"]),
        created=FIRST_CREATED + 800,
    ),
    made(
        "openai/gpt-5-codex",
        price=("1.25", "10"),
        context=400_000,
        most=128_000,
        takes=["max_tokens", "seed", *TOOLS, *REASONING, *JSON],
        reasoning=reasons(["high", "medium", "low"], mandatory=True),
    ),
    # All efforts are taken.
    made("openai/o3-pro", price=("20", "80"), takes=["seed", *TOOLS, *REASONING], reasoning=reasons(mandatory=True)),
    made(
        "openai/gpt-4o-mini",
        canonical_slug="openai/gpt-4o-mini-2024-07-18",
        reads="text image file",
        price=("0.15", "0.6"),
        context=128_000,
        takes=[*SAMPLING, *TOOLS, *JSON, "logit_bias", "logprobs", "top_logprobs", "web_search_options"],
    ),
    made("openai/gpt-4o-audio-preview", reads="text audio", writes="text audio", price=("2.5", "10"), context=128_000),
    made("openai/gpt-5-image", reads="text image", writes="text image", price=("10", "10"), context=400_000),
    made("openai/gpt-3.5-turbo-instruct", price=("1.5", "2"), context=4_095, most=4_096, takes=SAMPLING),
    made("openai/text-embedding-3-small", writes="embeddings", price=("0.02", "0"), context=8_192, most=None, takes=[]),
    made("openai/tts-2", writes="speech", price=("15", "0"), context=4_096, most=None, takes=[]),
    made(
        "google/gemini-2.5-pro",
        reads="text image file audio video",
        price=("1.25", "10"),
        prices={
            "audio": usd("1.25"),
            "input_cache_read": usd("0.31"),
            "overrides": [{"min_prompt_tokens": 200_000, "prompt": usd("2.5"), "completion": usd("15")}],
        },
        context=1_048_576,
        most=65_536,
        takes=[*SAMPLING, *TOOLS, *REASONING, *JSON],
        reasoning=reasons(mandatory=True, budget=True),
    ),
    made(
        "google/gemini-2.5-flash-image", reads="text image", writes="text image", price=("0.3", "2.5"), context=32_768
    ),
    made("google/veo-4", reads="text image", writes="video", price=None, context=None, most=None, takes=[]),
    made("google/gemini-2.0-flash-exp:free", reads="text image", price=("0", "0"), context=1_048_576, takes=SAMPLING),
    made(
        "deepseek/deepseek-chat-v3.1",
        price=("0.27", "1"),
        prices={
            "input_cache_read": usd("0.07"),
            "overrides": [{"utc_start": 1630, "utc_end": 30, "prompt": usd("0.135"), "completion": usd("0.5")}],
        },
        context=163_840,
    ),
    made("deepseek/deepseek-chat-v3.1:free", price=("0", "0"), context=163_840, takes=[*SAMPLING, *TOOLS]),
    made(
        "deepseek/deepseek-r1",
        price=("0.7", "2.5"),
        context=163_840,
        takes=[*SAMPLING, *REASONING],
        # No choice of efforts.
        reasoning={"mandatory": True, "default_enabled": True},
    ),
    made("qwen/qwen3-coder", price=("0.22", "0.95"), context=262_144, takes=[*SAMPLING, *TOOLS, *JSON]),
    made("qwen/qwen3-coder:free", price=("0", "0"), context=262_144),
    made("mistralai/codestral-2508", price=("0.3", "0.9"), context=256_000),
    made(
        "x-ai/grok-4-fast", reads="text image", price=("0.2", "0.5"), context=2_000_000, created=FIRST_CREATED + 1_000
    ),
    # Half of the prices is taken off: 0.3 and 1.25 USD.
    made("moonshotai/kimi-k2", price=("0.6", "2.5"), prices={"discount": 0.5}, context=262_144),
    made("perplexity/sonar", price=("1", "1"), prices={"request": "0.005"}, context=127_072, takes=SAMPLING),
    # Free but for its images, so not free.
    made("bytedance/seedream-4", writes="image", price=("0", "0"), prices={"image_output": "0.03"}, takes=[]),
    # Free until the prompt is long, so not free.
    made(
        "stealth/teaser",
        price=("0", "0"),
        prices={"overrides": [{"min_prompt_tokens": 100_000, "prompt": usd("1")}]},
        takes=SAMPLING,
    ),
    # Free without saying so in its name.
    made("stealth/sherlock", price=("0", "0"), prices={"image": "0", "request": "0"}, takes=SAMPLING),
    made("cohere/rerank-v3.5", writes="rerank", price=("0", "0"), prices={"request": "0.002"}, takes=[]),
    made(
        "meta/llama-3.3-70b", price=("0.13", "0.39"), context=131_072, takes=SAMPLING, hugging_face_id="meta/llama-3.3"
    ),
    made("meta/llama-3.3-70b:extended", price=("0.2", "0.6"), context=524_288, takes=SAMPLING),
    made("meta/llama-2-7b", price=("0.05", "0.06"), context=4_096, most=2_048, takes=SAMPLING),
    # One of the days that tests take for today is 2026-11-21.
    made("nous/hermes-2", expiration_date="2026-11-30"),
    made("nous/hermes-1", expiration_date="2026-11-20"),
    made("nous/hermes-3", expiration_date="2027-05-01"),
    made("acme/limited", per_request_limits={"prompt_tokens": 500, "completion_tokens": 200}),
    # A price that nobody can read; no prices; nothing but the price of the input.
    made("acme/garbled", prices={"prompt": "n/a"}),
    made("acme/unpriced", price=None),
    made("acme/half-priced", price=None, prices={"prompt": usd("0.01"), "completion": None}),
    # Null wherever the service may say so.
    {
        **made("acme/nulls", context=None, most=None, takes=[]),
        **dict.fromkeys(("name", "created", "description", "top_provider", "hugging_face_id")),
    },
]

_AUTHORS: Final = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa")


def _plain(number: int) -> dict[str, Any]:
    author, line = _AUTHORS[number % len(_AUTHORS)], number // len(_AUTHORS)
    return made(
        f"{author}/plain-{line}",
        price=(str(1 + number), str(2 + 2 * number)),
        context=32_768,
        most=None if number % 3 else 4_096,
        takes=[*SAMPLING, *TOOLS] if number % 2 == 0 else SAMPLING,
    )


PLAIN: Final = [_plain(number) for number in range(SIZE - len(NAMED))]
MODELS_350: Final[list[dict[str, Any]]] = [*NAMED, *PLAIN]

ODD: Final[list[dict[str, Any]]] = [
    {"id": "odd/bare"},
    {"id": "odd/all-null", "architecture": None, "pricing": None, "reasoning": None, "supported_parameters": None},
    {"id": "odd/wrong-types", "pricing": [], "architecture": "text", "context_length": "many", "created": "1970"},
    {"id": "odd/old", "architecture": {"modality": "text+image->text"}, "pricing": {"prompt": "0", "completion": "0"}},
    {"id": "odd/modality", "architecture": {"modality": "text"}},
    {"id": "", "name": "without an id"},
]
"""Entries that say next to nothing, or say it oddly."""
