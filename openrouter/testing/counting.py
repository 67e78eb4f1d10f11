"""Tokens and money as the fake counts them: a word is a token, and a token has a price."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Any

from ..core.json import as_list, as_object
from ..types.cost import exact

if TYPE_CHECKING:
    from .tariff import ModelPrices

PROMPT_PRICE = Decimal("0.000001")
"""USD for one token of the prompt, where a model does not say."""

COMPLETION_PRICE = Decimal("0.000002")
"""USD for one token of the completion, reasoning included, where a model does not say."""

_WORD = re.compile(r"\s*\S+|\s+")


def split_words(text: str) -> list[str]:
    """Cut a text before the white space of each word; the pieces joined give the text again."""
    return _WORD.findall(text)


def count_tokens(text: str) -> int:
    """Count the words of a text."""
    return len(text.split())


def message_text(message: object) -> str:
    """Give the text of one message of a request, whatever its content is made of."""
    content = as_object(message).get("content")
    if isinstance(content, str):
        return content
    texts = [as_object(part).get("text") for part in as_list(content)]
    return " ".join(text for text in texts if isinstance(text, str))


def conversation(payload: Mapping[str, Any]) -> Sequence[object]:
    """Give the messages of a request: `messages`, or else its `prompt`, or else `instructions` and `input`."""
    if messages := as_list(payload.get("messages")):
        return messages
    if prompt := payload.get("prompt"):
        return [{"role": "user", "content": prompt}]
    given, instructions = payload.get("input"), payload.get("instructions")
    system = [{"role": "system", "content": instructions}] if instructions else []
    return [*system, *(as_list(given) or [{"role": "user", "content": given}])]


def last_text(payload: Mapping[str, Any]) -> str:
    """Give the text of the last message of a request."""
    return message_text(conversation(payload)[-1])


def count_prompt(payload: Mapping[str, Any]) -> int:
    """Count the words of all messages of a request."""
    return sum(count_tokens(message_text(message)) for message in conversation(payload))


def is_free(model: str) -> bool:
    """Whether a model costs nothing, by its name; another variant may follow the one that says so."""
    return "free" in model.split(":")[1:]


def usage_fields(
    *, prompt_tokens: int, completion_tokens: int, reasoning_tokens: int, prices: ModelPrices
) -> dict[str, Any]:
    """Give the `usage` object of a reply, with the costs that follow from the prices.

    The costs are USD, worked out exactly and sent as the JSON number whose shortest spelling is that very
    decimal, so that `Decimal(repr(cost))` is exact up to 15 digits, which is more than prices have.
    """
    with localcontext(exact()):
        prompt_cost = prompt_tokens * prices.prompt
        completion_cost = completion_tokens * prices.completion
        cost = float(prompt_cost + completion_cost + prices.request)
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
        "cost": cost,
        "is_byok": False,
        "prompt_tokens_details": {
            "cached_tokens": 0,
            "cache_write_tokens": 0,
            "audio_tokens": 0,
            "video_tokens": 0,
        },
        "cost_details": {
            "upstream_inference_cost": cost,
            "upstream_inference_prompt_cost": float(prompt_cost),
            "upstream_inference_completions_cost": float(completion_cost),
        },
        "completion_tokens_details": {
            "reasoning_tokens": reasoning_tokens,
            "image_tokens": 0,
            "audio_tokens": 0,
        },
    }
