"""Embeddings that are made of nothing but the words of a text: texts that share words are alike."""

from __future__ import annotations

import math
import struct
from base64 import b64encode
from decimal import Decimal, localcontext
from hashlib import shake_256
from typing import TYPE_CHECKING, Any

from attrs import frozen

from ..core.json import as_list, encode_json
from ..types.cost import exact
from .answers import Answer, Exchange
from .counting import count_tokens, message_text
from .generation import GeneratedAnswer, Generation
from .replies import SIMULATED_PROVIDER, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .tariff import ModelPrices

DIMENSIONS = 64
"""The length of a vector where none is asked for."""


@frozen(eq=False)
class EmbeddingsReply(Reply):
    """The vectors of what is asked for: of length 1, the same for the same words, alike for texts that share words."""

    def answer(self, exchange: Exchange) -> Answer:
        """Send a vector for each input."""
        payload = exchange.request.payload
        texts = _texts(payload["input"])
        vectors = [_packed(text, payload.get("dimensions", DIMENSIONS)) for text in texts]
        usage = _usage(sum(map(count_tokens, texts)), exchange.tariff.of(exchange.model))
        body = {
            "object": "list",
            "data": [
                {"object": "embedding", "embedding": _written(vector, payload), "index": index}
                for index, vector in enumerate(vectors)
            ],
            "model": exchange.model,
            "id": exchange.generation_id,
            "provider": SIMULATED_PROVIDER,
            "usage": usage,
        }
        return GeneratedAnswer(
            200,
            {"Content-Type": "application/json", "X-Generation-Id": exchange.generation_id},
            (encode_json(body),),
            self.delay,
            self.pause,
            cost=Decimal(str(usage["cost"])),
            generation=Generation(
                id=exchange.generation_id,
                created=exchange.created,
                model=exchange.model,
                provider=SIMULATED_PROVIDER,
                text="",
                usage=usage,
                api_type="embeddings",
            ),
        )


def _texts(given: object) -> list[str]:
    """Give the text of each input: a string, a list of tokens, or an object with content; or a list of these."""
    items = as_list(given)
    if not items or isinstance(items[0], int):
        return [_text(given)]
    return [_text(item) for item in items]


def _text(item: object) -> str:
    if isinstance(item, str):
        return item
    return " ".join(map(str, as_list(item))) or message_text(item)


def _packed(text: str, dimensions: int) -> bytes:
    """Add up a direction for each word, and give the sum with length 1, as little-endian numbers of 32 bits."""
    words = text.lower().split() or [""]
    shapes = [
        struct.unpack(f"<{dimensions}h", shake_256(word.encode(errors="surrogatepass")).digest(2 * dimensions))
        for word in words
    ]
    total = [sum(column) for column in zip(*shapes, strict=True)]
    length = math.hypot(*total) or 1.0
    return struct.pack(f"<{dimensions}f", *(number / length for number in total))


def _written(vector: bytes, payload: Mapping[str, Any]) -> str | list[float]:
    if payload.get("encoding_format") == "base64":
        return b64encode(vector).decode()
    return list(struct.unpack(f"<{len(vector) // 4}f", vector))


def _usage(tokens: int, prices: ModelPrices) -> dict[str, Any]:
    with localcontext(exact()):
        prompt_cost = tokens * prices.prompt
        cost = float(prompt_cost + prices.request)
    return {
        "prompt_tokens": tokens,
        "total_tokens": tokens,
        "cost": cost,
        "is_byok": False,
        "cost_details": {
            "upstream_inference_cost": cost,
            "upstream_inference_prompt_cost": float(prompt_cost),
            "upstream_inference_completions_cost": 0,
        },
    }
