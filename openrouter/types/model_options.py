"""The options of lists of models (API page "Models"), and what their values have to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, Literal

from ..core.arguments import Rule, items, number, refuse, text, whole
from .options import RequestOptions

Category = Literal[
    "programming",
    "roleplay",
    "marketing",
    "marketing/seo",
    "technology",
    "science",
    "translation",
    "legal",
    "finance",
    "health",
    "trivia",
    "academia",
]
Sorting = Literal[
    "most-popular",
    "top-weekly",
    "newest",
    "pricing-low-to-high",
    "pricing-high-to-low",
    "context-high-to-low",
    "throughput-high-to-low",
    "latency-low-to-high",
    "intelligence-high-to-low",
    "coding-high-to-low",
    "agentic-high-to-low",
    "design-arena-elo-high-to-low",
]
Words = str | Sequence[str]
"""Several words: in a list, or in one string with commas between them."""
USD = float | Decimal


class ModelListOptions(RequestOptions, total=False):
    """Options of a list of models. One that is left out, or `None`, filters nothing."""

    category: Category | str | None
    """What the models are used for."""
    supported_parameters: Words | None
    """Options of a request that they take, such as `tools`."""
    input_modalities: Words | None
    """What they read: `text`, `image`, `file`, `audio`, …"""
    output_modalities: Words | None
    """What they write: `text` if nothing is said, `image`, `embeddings`, …, or `all` for models of every kind."""
    q: str | None
    """Words in the name or the slug."""
    context: int | None
    """The least context length, in tokens."""
    min_price: USD | None
    """USD per million tokens of the input."""
    max_price: USD | None
    """USD per million tokens of the input."""
    min_output_price: USD | None
    """USD per million tokens of the output."""
    max_output_price: USD | None
    """USD per million tokens of the output."""
    arch: str | None
    """The family: `GPT`, `Claude`, `Gemini`, `Llama`, …"""
    model_authors: Words | None
    """Slugs of those who made them, such as `openai`."""
    providers: Words | None
    """Names of those who serve them, such as `Anthropic`."""
    distillable: bool | None
    """Whether their output may be used to train others."""
    zdr: Literal[True] | None
    """Only models that someone serves without keeping data."""
    region: Literal["eu", "us"] | str | None
    """Where someone serves them."""
    min_age_days: int | None
    """Days since the model was made."""
    max_age_days: int | None
    """Days since the model was made."""
    min_intelligence_index: float | None
    """Index of Artificial Analysis."""
    max_intelligence_index: float | None
    """Index of Artificial Analysis."""
    min_coding_index: float | None
    """Index of Artificial Analysis."""
    max_coding_index: float | None
    """Index of Artificial Analysis."""
    min_agentic_index: float | None
    """Index of Artificial Analysis."""
    max_agentic_index: float | None
    """Index of Artificial Analysis."""
    min_tool_success_rate: float | None
    """Share of the requests with tools that call one, from 0 to 1."""
    max_tool_success_rate: float | None
    """Share of the requests with tools that call one, from 0 to 1."""
    sort: Sorting | str | None
    """The order; models without a value in what is sorted by come last."""
    offset: int | None
    """How many models to leave out at the beginning."""
    limit: int | None
    """How many models to give, at most 1000; 500 where only `offset` is given. Without both, all of them."""


MODEL_LIST_OPTIONS: Final = ModelListOptions.__optional_keys__
"""The names of all options."""


_TEXT: Final = text()
_WORDS: Final = items(shortest=1)
_LIMIT: Final = number(0, 1e9)
_DAYS: Final = whole(0)
_SHARE: Final = number(0, 1)


def _words(name: str, value: Any) -> None:
    if not isinstance(value, str):
        _WORDS(name, value)
    for word in [value] if isinstance(value, str) else value:
        _TEXT(name, word)


def _usd(name: str, value: Any) -> None:
    if isinstance(value, Decimal) and value.is_finite():
        _LIMIT(name, float(value))
    else:
        _LIMIT(name, value)


def _flag(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        refuse(name, value, "True or False")


def _only_true(name: str, value: Any) -> None:
    if value is not True:
        refuse(name, value, "True, or left out")


MODEL_LIST_RULES: Final[Mapping[str, Rule]] = {
    "category": _TEXT,
    "supported_parameters": _words,
    "input_modalities": _words,
    "output_modalities": _words,
    "q": _TEXT,
    "context": whole(1),
    "min_price": _usd,
    "max_price": _usd,
    "min_output_price": _usd,
    "max_output_price": _usd,
    "arch": _TEXT,
    "model_authors": _words,
    "providers": _words,
    "distillable": _flag,
    "zdr": _only_true,
    "region": _TEXT,
    "min_age_days": _DAYS,
    "max_age_days": _DAYS,
    "min_intelligence_index": _LIMIT,
    "max_intelligence_index": _LIMIT,
    "min_coding_index": _LIMIT,
    "max_coding_index": _LIMIT,
    "min_agentic_index": _LIMIT,
    "max_agentic_index": _LIMIT,
    "min_tool_success_rate": _SHARE,
    "max_tool_success_rate": _SHARE,
    "sort": _TEXT,
    "offset": whole(0),
    "limit": whole(1, 1000),
}
