"""Tokens and money as the fake counts them: a word is a token, a token has a fixed price."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

PROMPT_PRICE = Decimal("0.000001")
"""USD for one token of the prompt."""

COMPLETION_PRICE = Decimal("0.000002")
"""USD for one token of the completion, reasoning included."""

_WORD = re.compile(r"\s*\S+|\s+")


def split_words(text: str) -> list[str]:
    """Cut a text before the white space of each word; the pieces joined give the text again."""
    return _WORD.findall(text)


def count_tokens(text: str) -> int:
    """Count the words of a text."""
    return len(text.split())


def message_text(message: object) -> str:
    """Give the text of one message of a request, whatever its content is made of."""
    if not isinstance(message, Mapping):
        return ""
    content = cast("Mapping[str, object]", message).get("content")
    if isinstance(content, str):
        return content
    if not isinstance(content, Sequence):
        return ""
    parts = cast("Sequence[object]", content)
    texts = [cast("Mapping[str, object]", part).get("text") for part in parts if isinstance(part, Mapping)]
    return " ".join(text for text in texts if isinstance(text, str))


def usage_fields(*, prompt_tokens: int, completion_tokens: int, reasoning_tokens: int) -> dict[str, Any]:
    """Give the `usage` object of a reply.

    The costs are USD, worked out exactly and sent as the JSON number whose shortest spelling is that very
    decimal, so that `Decimal(repr(cost))` is exact.
    """
    prompt_cost = prompt_tokens * PROMPT_PRICE
    completion_cost = completion_tokens * COMPLETION_PRICE
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
        "cost": float(prompt_cost + completion_cost),
        "is_byok": False,
        "prompt_tokens_details": {
            "cached_tokens": 0,
            "cache_write_tokens": 0,
            "audio_tokens": 0,
            "video_tokens": 0,
        },
        "cost_details": {
            "upstream_inference_cost": float(prompt_cost + completion_cost),
            "upstream_inference_prompt_cost": float(prompt_cost),
            "upstream_inference_completions_cost": float(completion_cost),
        },
        "completion_tokens_details": {
            "reasoning_tokens": reasoning_tokens,
            "image_tokens": 0,
            "audio_tokens": 0,
        },
    }
