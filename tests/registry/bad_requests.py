"""Requests that would go wrong, with what has to be found in each, and some that would not."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

PICTURE: Final = {"type": "image_url", "image_url": {"url": "https://example.org/river.png"}}
SOUND: Final = {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}
FILM: Final = {"type": "video_url", "video_url": {"url": "https://example.org/river.mp4"}}
OLD_FILM: Final = {**FILM, "type": "input_video"}
TABLE: Final = {"type": "file", "file": {"filename": "rivers.csv", "file_data": "data:text/csv;base64,YQ=="}}
PDF: Final = {"type": "file", "file": {"filename": "rivers.pdf", "file_data": "data:application/pdf;base64,JVBERi0="}}
TOOL: Final = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}
SCHEMA: Final = {"type": "json_schema", "json_schema": {"name": "river", "schema": {"type": "object"}}}
NATIVE: Final = [{"id": "file-parser", "pdf": {"engine": "native"}}]


def body(model: str | None = None, *parts: Any, **fields: Any) -> dict[str, Any]:
    content = [{"type": "text", "text": "What is this?"}, *parts] if parts else "Name three rivers."
    named = {} if model is None else {"model": model}
    return {**named, "messages": [{"role": "user", "content": content}], **fields}


def words(model: str, count: int, **fields: Any) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": "river " * count}], **fields}


class Bad(NamedTuple):
    body: dict[str, Any]
    kind: str
    field: str
    says: str
    """A pattern for the message: what is wrong, and the way out."""


MINI, SONNET, HAIKU = "openai/gpt-4o-mini", "anthropic/claude-sonnet-4.5", "anthropic/claude-haiku-4.5"
CODEX, GPT, PRO = "openai/gpt-5-codex", "openai/gpt-5.1", "google/gemini-2.5-pro"
LLAMA, R1 = "meta/llama-3.3-70b", "deepseek/deepseek-r1"

BAD: Final[dict[str, Bad]] = {
    "a misspelt model": Bad(
        body("openai/gpt-5.l"),
        "unknown_model",
        "model",
        r"^model='openai/gpt-5\.l': .* Did you mean 'openai/gpt-5\.1'\?$",
    ),
    "a model without its author": Bad(
        body("gpt-4o-mini"), "unknown_model", "model", r"Did you mean 'openai/gpt-4o-mini'\?"
    ),
    "a misspelt fallback": Bad(
        body(GPT, models=[MINI, "antropic/claude-haiku-4.5"]),
        "unknown_model",
        "models[1]",
        r"^models\[1\]='antropic/claude-haiku-4\.5': .* Did you mean 'anthropic/claude-haiku-4\.5'\?",
    ),
    "a variant that is not there": Bad(
        body(f"{MINI}:free"), "unknown_variant", "model", r"'openai/gpt-4o-mini:free'.*There is 'openai/gpt-4o-mini'\."
    ),
    "a misspelt variant": Bad(
        body(f"{MINI}:nitor"), "unknown_variant", "model", r"no variant ':nitor'\. Did you mean ':nitro'\?"
    ),
    "a deprecated variant": Bad(
        body(f"{MINI}:online"), "deprecated_variant", "model", "':online' is deprecated.*openrouter:web_search"
    ),
    "a model that goes soon": Bad(
        body("nous/hermes-2"),
        "model_expiring",
        "model",
        r"^model='nous/hermes-2': it may be gone after 2026-11-30\. Take",
    ),
    "a model that may be gone": Bad(
        body("nous/hermes-1"), "model_expired", "model", "until 2026-11-20, and may be gone"
    ),
    "a prompt for a router": Bad(
        {"model": "openrouter/auto", "prompt": "A river"}, "messages_required", "prompt", "is a router.*Give messages"
    ),
    "a picture": Bad(
        body(CODEX, PICTURE),
        "modality_not_accepted",
        "messages[0].content[1]",
        r"^messages\[0\]\.content\[1\] \(image\): openai/gpt-5-codex reads text\. Leave the part out, or take a model",
    ),
    "sound": Bad(
        body(MINI, SOUND), "modality_not_accepted", "messages[0].content[1]", r"\(audio\).*reads file, image, text"
    ),
    "a film": Bad(body(SONNET, PICTURE, FILM), "modality_not_accepted", "messages[0].content[2]", r"\(video\)"),
    "a film in the old spelling": Bad(
        body(SONNET, OLD_FILM), "modality_not_accepted", "messages[0].content[1]", r"\(video\)"
    ),
    "a table": Bad(body(HAIKU, TABLE), "modality_not_accepted", "messages[0].content[1]", r"\(file\)"),
    "a PDF that is to be left as it is": Bad(
        body(HAIKU, PDF, plugins=NATIVE), "modality_not_accepted", "messages[0].content[1]", r"\(file\)"
    ),
    "an image as output": Bad(
        body(MINI, modalities=["text", "image"]),
        "modality_not_offered",
        "modalities",
        r"^modalities has 'image': openai/gpt-4o-mini writes text\. .*take a model that writes it",
    ),
    "a chat with a model of embeddings": Bad(
        body("openai/text-embedding-3-small"), "modality_not_offered", "model", "writes embeddings, which no chat"
    ),
    "tools": Bad(
        body(LLAMA, tools=[TOOL]),
        "unsupported_parameter",
        "tools",
        r"^tools: meta/llama-3\.3-70b does not take it.*Leave it out, or take a model that has 'tools'",
    ),
    "a forced tool": Bad(body(LLAMA, tool_choice="required"), "unsupported_parameter", "tool_choice", "='required'"),
    "a temperature": Bad(
        body(GPT, temperature=0), "unsupported_parameter", "temperature", "^temperature=0: openai/gpt-5.1"
    ),
    "an end": Bad(body(CODEX, stop=["."]), "unsupported_parameter", "stop", "^stop: openai/gpt-5-codex does not"),
    "a schema": Bad(
        body("deepseek/deepseek-chat-v3.1", response_format=SCHEMA),
        "unsupported_parameter",
        "response_format",
        "^response_format='json_schema': .*'structured_outputs' in supported_parameters",
    ),
    "JSON": Bad(
        body(HAIKU, response_format={"type": "json_object"}),
        "unsupported_parameter",
        "response_format",
        "'response_format'",
    ),
    "reasoning": Bad(body(MINI, reasoning={"effort": "high"}), "unsupported_parameter", "reasoning", "'reasoning'"),
    "an effort of reasoning": Bad(
        body(MINI, reasoning_effort="low"), "unsupported_parameter", "reasoning_effort", "='low'"
    ),
    "probabilities": Bad(body(SONNET, logprobs=True), "unsupported_parameter", "logprobs", "^logprobs=True: "),
    "one tool at a time": Bad(
        body(SONNET, tools=[TOOL], parallel_tool_calls=False), "unsupported_parameter", "parallel_tool_calls", "=False"
    ),
    "an effort that is not to be had": Bad(
        body(HAIKU, reasoning={"effort": "minimal"}),
        "unsupported_effort",
        "reasoning.effort",
        r"^reasoning\.effort='minimal': .* takes the nearest\. Take one of: high, medium, low\.$",
    ),
    "an effort where there is no choice": Bad(
        body(R1, reasoning_effort="low"),
        "unsupported_effort",
        "reasoning_effort",
        r"Leave it out: it has no such choice\.",
    ),
    "no effort at all": Bad(
        body(CODEX, reasoning={"effort": "none"}),
        "reasoning_mandatory",
        "reasoning.effort",
        r"^reasoning\.effort='none': openai/gpt-5-codex always reasons\. Leave it out",
    ),
    "reasoning turned off": Bad(
        body(PRO, reasoning={"enabled": False}),
        "reasoning_mandatory",
        "reasoning.enabled",
        r"enabled=False: .* always reasons",
    ),
    "a budget for reasoning": Bad(
        body(GPT, reasoning={"max_tokens": 2_000}),
        "unsupported_effort",
        "reasoning.max_tokens",
        "Give an effort instead",
    ),
    "too long a prompt": Bad(
        words("beta/plain-0", 60_000),
        "context_too_small",
        "messages",
        r"about \d+ tokens, and beta/plain-0 has room for 32768",
    ),
    "too much output for the context": Bad(
        words("beta/plain-0", 2_000, max_tokens=32_000),
        "context_too_small",
        "max_tokens",
        r"^max_tokens=32000: with about \d+ tokens of input .*more than the 32768.*Ask for at most 3\d{4}",
    ),
    "too much output": Bad(
        body("alpha/plain-0", max_tokens=5_000),
        "max_tokens_too_large",
        "max_tokens",
        r"^max_tokens=5000: of alpha/plain-0, the first provider writes at most 4096 tokens\.",
    ),
    "too much output, in the newer word": Bad(
        body(SONNET, max_completion_tokens=100_000), "max_tokens_too_large", "max_completion_tokens", "at most 64000"
    ),
    "too long a prompt for one request": Bad(
        words("acme/limited", 1_500), "request_limit_exceeded", "messages", "one request to acme/limited may have 500"
    ),
    "too much output for one request": Bad(
        body("acme/limited", max_tokens=300), "request_limit_exceeded", "max_tokens", "may ask for 200 tokens"
    ),
    "what a fallback does not take": Bad(
        body(MINI, models=[LLAMA], tools=[TOOL]),
        "unsupported_parameter",
        "tools",
        r"meta/llama-3\.3-70b does not take it",
    ),
}

GOOD: Final[dict[str, dict[str, Any]]] = {
    "no model": body(),
    "a model": body(MINI, temperature=0.5, top_p=1, max_tokens=100, seed=7, stop=["."], logit_bias={"1": 2}),
    "a variant": body(f"{MINI}:nitro"),
    "a variant that is new": body(f"{MINI}:brand-new"),
    "a free variant": body("qwen/qwen3-coder:free", tools=[TOOL]),
    "an alias": body("~openai/gpt-latest", tools=[TOOL]),
    "an alias, with an effort that it maps": body("~openai/gpt-latest", reasoning={"effort": "max"}),
    "a preset": body("@preset/mail", tools=[TOOL], temperature=1),
    "a preset after a model": body(f"{MINI}@preset/mail"),
    "a router": body("openrouter/auto", tools=[TOOL]),
    "a router that is not in the list": body("openrouter/fusion-flash", temperature=1),
    "fallbacks": {**body(None, tools=[TOOL]), "models": [MINI, SONNET, MINI]},
    "a prompt": {"model": MINI, "prompt": "A river"},
    "pictures, sound and films": body(PRO, PICTURE, SOUND, FILM, PDF, TABLE),
    "a PDF, which the service reads": body(LLAMA, PDF),
    "an uploaded file": body(LLAMA, {"type": "file", "file": {"file_id": "file-1"}}),
    "a PDF at an address": body(
        LLAMA, {"type": "file", "file": {"file_data": "https://example.org/rivers.PDF?page=2"}}
    ),
    "a PDF by its name": body(
        LLAMA,
        {"type": "file", "file": {"filename": "Rivers.pdf", "file_data": "https://example.org/17"}},
        plugins=[{"id": "web"}],
    ),
    "a file of which nobody says what it is": body(
        LLAMA, {"type": "file", "file": {"file_data": "https://example.org/17"}}
    ),
    "an image as output": body("openai/gpt-5-image", modalities=["image", "text"]),
    "a schema": body(MINI, response_format=SCHEMA),
    "text as the format, or a grammar": body(LLAMA, response_format={"type": "grammar", "grammar": "root ::= 'a'"}),
    "efforts": body(GPT, reasoning={"effort": "minimal", "exclude": True}),
    "any effort": body("openai/o3-pro", reasoning_effort="xhigh"),
    "a budget for reasoning": body(SONNET, reasoning={"max_tokens": 2_000}),
    "reasoning turned off": body(HAIKU, reasoning={"enabled": False}),
    "options that say nothing": body(
        LLAMA,
        tools=[],
        tool_choice="auto",
        parallel_tool_calls=True,
        response_format=None,
        logprobs=False,
        reasoning={"enabled": False},
        reasoning_effort="none",
        include_reasoning=False,
        structured_outputs=False,
    ),
    "options with values that do nothing": body(
        GPT, temperature=1.0, top_p=1, top_k=0, min_p=0.0, top_a=0, frequency_penalty=0, stop="", repetition_penalty=1
    ),
    "what only the model can take that a router picks": body(
        "openrouter/auto", PICTURE, FILM, modalities=["text", "image"], logit_bias={"1": 2}, reasoning_effort="none"
    ),
    "a PDF whose type nobody knows": body(
        HAIKU, {"type": "file", "file": {"file_data": "data:application/octet-stream;base64,JVBERi0="}}
    ),
    "a PDF with a wrong type": body(
        HAIKU, {"type": "file", "file": {"filename": "rivers.PDF", "file_data": "data:text/plain;base64,JVBERi0="}}
    ),
    "a document at an address": body(
        HAIKU, {"type": "file", "file": {"filename": "arXiv 1706.03762", "file_data": "https://example.org/17"}}
    ),
    "fields that are for the service": body(
        LLAMA,
        stream=True,
        user="u",
        metadata={"a": "b"},
        provider={"sort": "price"},
        plugins=[{"id": "web"}],
        session_id="s",
        usage={"include": True},
        cache_control={"type": "ephemeral"},
    ),
    "a long prompt that is shortened": words(
        "beta/plain-0", 60_000, plugins=[{"id": "context-compression", "engine": "middle-out"}]
    ),
    "a long prompt that is shortened in the old way": words("beta/plain-0", 60_000, transforms=["middle-out"]),
    "a long prompt for a short context, which is shortened unasked": words("meta/llama-2-7b", 6_000),
    "as much output as there is": body("alpha/plain-0", max_tokens=4_096),
    "one request below its limits": body("acme/limited", max_tokens=200),
    "a model that goes one day": body("nous/hermes-3"),
    "a model of which little is known": body("acme/nulls", tools=[TOOL], max_tokens=10**6),
    "many embeddings, each of which fits": {"model": "openai/gpt-4o-mini", "input": ["river " * 1_000] * 200},
    "a film, by another operation": {"model": "google/veo-4", "prompt": "A river"},
    "an embedding": {"model": "openai/text-embedding-3-small", "input": "river"},
}
