"""What the service of the benchmarks answers, and the texts in it."""

from __future__ import annotations

import json
from itertools import cycle, islice

MODEL = "vendor/model"
BODY = {"model": MODEL, "messages": [{"role": "user", "content": "Tell me of a lighthouse keeper who learns to sail."}]}
WORDS = (" the", " light", "house", " keeper", " said", ":", " \u201cyes\u201d", ",", " café", ".\n")
MODELS = 350
_ABOUT = {"id": "gen-1761234567-benchmarks", "provider": "Vendor", "model": MODEL, "created": 1_761_234_567}
_USAGE = {
    "prompt_tokens": 21,
    "completion_tokens": 150,
    "total_tokens": 171,
    "cost": 0.00014235,
    "is_byok": False,
    "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
    "cost_details": {"upstream_inference_cost": None, "upstream_inference_prompt_cost": 3.15e-06},
    "completion_tokens_details": {"reasoning_tokens": 0, "image_tokens": 0},
}


def text(words: int = 150) -> str:
    """Give the text of so many words."""
    return "".join(islice(cycle(WORDS), words))


def encoded(value: object) -> bytes:
    """Encode compactly."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _choice(finish: str | None, **message: object) -> dict[str, object]:
    return {"index": 0, "finish_reason": finish, "native_finish_reason": finish, "logprobs": None, **message}


def completion() -> bytes:
    """Give a whole reply."""
    choice = _choice("stop", message={"role": "assistant", "content": text(), "refusal": None, "reasoning": None})
    return encoded({**_ABOUT, "object": "chat.completion", "choices": [choice], "usage": _USAGE})


def chunk(content: str, finish: str | None = None, **more: object) -> bytes:
    """Give the data of an event."""
    choice = _choice(finish, delta={"role": "assistant", "content": content})
    return encoded({**_ABOUT, "object": "chat.completion.chunk", "choices": [choice], **more})


def chunks(words: int) -> list[bytes]:
    """Give the data of the events of a stream: a word each, then the end and the usage."""
    return [*islice(cycle([chunk(word) for word in WORDS]), words), chunk("", "stop"), chunk("", usage=_USAGE)]


def events(data: list[bytes]) -> list[bytes]:
    """Make a stream of the data, with signs of life before it and the announced end behind."""
    return [*[b": OPENROUTER PROCESSING\n\n"] * 3, *[b"data: " + each + b"\n\n" for each in data], b"data: [DONE]\n\n"]


def catalogue() -> bytes:
    """Give a list of models as long as the real one."""
    prices = dict.fromkeys(("prompt", "completion", "request", "image", "web_search", "input_cache_read"), "0.00000015")
    modalities = {"input_modalities": ["text", "image"], "output_modalities": ["text"]}
    about = {
        "description": "A language model for long documents, tools and instructions in many languages. " * 9,
        "context_length": 131_072,
        "architecture": {"modality": "text+image->text", **modalities, "tokenizer": "GPT", "instruct_type": None},
        "pricing": prices,
        "top_provider": {"context_length": 131_072, "max_completion_tokens": 16_384, "is_moderated": True},
        "per_request_limits": None,
        "supported_parameters": ["max_tokens", "response_format", "seed", "stop", "temperature", "tools", "top_p"],
        "default_parameters": {"temperature": None, "top_p": None},
    }
    names = [f"vendor/model-{number}" for number in range(MODELS)]
    return encoded({"data": [{"id": name, "name": name, "created": 1_761_000_000, **about} for name in names]})
