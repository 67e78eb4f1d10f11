"""Requests of all that there is to make them of, as the official document knows it."""

from __future__ import annotations

import json
from random import Random
from typing import Any, Final

from openrouter import messages, plugins, server_tools
from openrouter.api.chat import Chat
from openrouter.core.json import encode_json
from openrouter.types.tool_options import FunctionTool

PNG: Final = b"\x89PNG\r\n\x1a\n" + bytes(32)
MP4: Final = b"\x00\x00\x00\x18ftypmp42" + bytes(32)
WAV: Final = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(32)
PDF: Final = b"%PDF-1.7\n" + bytes(32)

PARTS: Final[list[Any]] = [
    "Hello.",
    messages.text("Look."),
    messages.cache("A long text.", ttl="1h"),
    messages.cache(messages.text("Another one.")),
    messages.image(PNG, detail="high"),
    messages.image("https://example.com/a.png"),
    messages.pdf(PDF, filename="a.pdf"),
    messages.pdf("https://example.com/a.pdf"),
    messages.audio(WAV),
    messages.audio(bytes(8), format="pcm16"),
    messages.video(MP4),
    messages.video("https://example.com/a.mp4", processing="static"),
    messages.file(file_id="file-1"),
    {"type": "text", "text": "Marked.", "prompt_cache_breakpoint": {"mode": "explicit", "ttl": "30m"}},
    {"type": "input_video", "video_url": {"url": "https://example.com/a.mp4"}},
]
CALL: Final = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
MESSAGES: Final[list[Any]] = [
    messages.system("Be brief.", name="house"),
    messages.system("Be brief.", messages.cache("And kind.")),
    messages.developer("Be brief."),
    messages.user("Hi.", name="ann"),
    messages.assistant("Hello.", name="bot", model="acme/large", refusal=None),
    messages.assistant([messages.text("One."), "Two."]),
    messages.assistant(
        None,
        tool_calls=[CALL],
        reasoning="Well.",
        reasoning_details=[
            {"type": "reasoning.text", "text": "Well.", "signature": None, "format": "anthropic-claude-v1", "index": 0},
            {"type": "reasoning.summary", "summary": "Well.", "id": None, "format": "openai-responses-v1"},
            {"type": "reasoning.encrypted", "data": "abc", "format": None},
            {"type": "reasoning.server_tool_call", "tool_name": "f", "arguments": "{}", "result": "1"},
        ],
    ),
    messages.assistant(
        "Here.",
        images=[{"image_url": {"url": "data:image/png;base64,AA=="}}],
        audio={"id": "a1", "transcript": "Here."},
        annotations=[{"type": "url_citation", "url_citation": {"url": "https://example.com"}}],
    ),
    messages.assistant(refusal="No."),
    messages.tool_result("c1", {"degrees": 21}),
    messages.tool_result(CALL, [messages.text("See:"), messages.image(PNG)], name="f"),
]

FUNCTION: Final = FunctionTool(
    type="function",
    function={"name": "f", "description": "Do it.", "parameters": {"type": "object"}, "strict": None},
    cache_control={"type": "ephemeral"},
)
TOOLS: Final[list[Any]] = [
    FUNCTION,
    {"type": "function", "function": {"name": "g"}},
    {"type": "web_search", "search_context_size": "low", "user_location": {"country": "FR"}},
    {"type": "web_search_preview", "parameters": {"max_results": 3}},
    server_tools.web_search(engine="exa", mode="deep", max_results=3, user_location={"city": "Paris"}),
    server_tools.web_search(max_characters=10, search_context_size="high", excluded_domains=["a.com"]),
    server_tools.web_fetch(engine="auto", max_uses=2, max_content_tokens=50, allowed_domains=["a.com"]),
    server_tools.datetime(timezone="Europe/Paris"),
    server_tools.image_generation(model="openai/gpt-5-image", aspect_ratio="1:1", output_compression=50),
    server_tools.files(),
    server_tools.search_models(max_results=3),
    server_tools.fusion(analysis_models=["a/b"], tools=[server_tools.web_fetch()], reasoning={"effort": "low"}),
    server_tools.fusion(tools=[], max_tool_calls=2, temperature=0.5, cache_control={"type": "ephemeral", "ttl": "5m"}),
    server_tools.advisor(name="wise", model="a/b", forward_transcript=True, reasoning={"max_tokens": 100}),
    server_tools.subagent(name="quick", tools=[server_tools.datetime()], max_tool_calls=5, instructions="Work."),
    server_tools.bash(engine="openrouter", environment={"type": "container_auto"}, sleep_after_seconds=60),
    server_tools.bash(environment={"type": "container_reference", "container_id": "c_1"}),
]
PLUGINS: Final[list[Any]] = [
    plugins.web(engine="exa", mode="fast", max_results=3, user_location={"city": "Paris"}, exclude_domains=["a.com"]),
    plugins.web(enabled=False, x_search={"from_date": "2026-01-01"}),
    plugins.web_fetch(max_uses=1, max_content_tokens=100, blocked_domains=["a.com"]),
    plugins.file_parser("cloudflare-ai"),
    plugins.file_parser("pdf-text", enabled=True),
    plugins.response_healing(),
    plugins.context_compression("middle-out"),
    plugins.moderation(),
    plugins.auto_router(allowed_models=["a/*"], excluded_models=["b/*"], cost_tier="low", pin_model=True),
    plugins.auto_beta_router(cost_tier="xhigh", cost_quality_tradeoff=3),
    plugins.pareto_router(min_coding_score=0.5, max_price=2, price_source="prompt"),
    plugins.fusion(preset="general-fast", analysis_models=["a/b"], tools=[server_tools.web_search(max_results=2)]),
]
CONDITIONS: Final[list[Any]] = [
    server_tools.steps(5),
    server_tools.tool_called("f"),
    server_tools.tokens(1000),
    server_tools.cost(0.5),
    server_tools.finish_reason("length"),
]
FEW: Final[dict[str, list[Any]]] = {"plugins": PLUGINS, "tools": TOOLS, "stop_server_tools_when": CONDITIONS}
"""Options of which a request has a list of a few."""

OPTIONS: Final[dict[str, list[Any]]] = {
    "model": ["acme/large:nitro", "openrouter/auto"],
    "models": [["acme/large", "acme/small"]],
    "provider": [
        {"order": ["anthropic", "google-vertex/us-east5"], "allow_fallbacks": False, "sort": None},
        {"only": ["anthropic"], "ignore": [], "data_collection": "deny", "zdr": True, "sort": "exacto"},
        {"require_parameters": True, "quantizations": ["fp8", "unknown"], "sort": {"by": "price", "partition": "none"}},
        {"preferred_min_throughput": 50, "preferred_max_latency": {"p50": 1, "p99": None}},
        {"max_price": {"prompt": "1", "completion": "2.5"}, "enforce_distillable_text": True},
    ],
    "preset": ["brief"],
    "route": ["fallback", "sort"],
    "stream_options": [{"include_usage": True}],
    "max_completion_tokens": [1, 100_000],
    "max_tokens": [16],
    "temperature": [0, 0.5, 2],
    "top_p": [0.9],
    "top_k": [0, 40],
    "min_p": [0.1],
    "top_a": [1],
    "frequency_penalty": [-2, 0.5],
    "presence_penalty": [2],
    "repetition_penalty": [1.1],
    "logit_bias": [{"50256": -100}],
    "logprobs": [True],
    "top_logprobs": [20],
    "seed": [-1, 7],
    "stop": ["\n", ["a", "b", "c", "d"]],
    "tool_choice": [
        *("none", "auto", "required"),
        *({"type": "function", "function": {"name": "f"}}, {"type": "openrouter:web_search"}),
    ],
    "parallel_tool_calls": [False],
    "max_tool_calls": [30],
    "deferred_tools": [{"profile": "portable", "validation": "runtime"}],
    "response_format": [
        {"type": "text"},
        {"type": "json_object"},
        {"type": "json_schema", "json_schema": {"name": "n", "schema": {}, "strict": True, "description": "A city."}},
        {"type": "grammar", "grammar": "root ::= a"},
        {"type": "python"},
    ],
    "structured_outputs": [True],
    "reasoning": [
        {"effort": "high", "summary": "concise", "exclude": True, "context": "all_turns", "mode": "pro"},
        {"max_tokens": 2000, "enabled": True},
    ],
    "reasoning_effort": ["high"],
    "include_reasoning": [True],
    "verbosity": ["max"],
    "modalities": [["text", "image", "audio"]],
    "image_config": [{"aspect_ratio": "1:1", "output_compression": 80, "sizes": [1, 2]}],
    "audio": [{"voice": "alloy", "format": "wav"}],
    "prediction": [
        {"type": "content", "content": "a"},
        {"type": "content", "content": [{"type": "text", "text": "a"}]},
    ],
    "service_tier": ["auto", "default", "fast", "flex", "priority", "scale"],
    "web_search_options": [{"search_context_size": "low"}],
    "x_search_filter": [{"allowed_x_handles": ["a"], "from_date": "2026-01-01"}],
    "cache_control": [{"type": "ephemeral"}, {"type": "ephemeral", "ttl": "1h"}],
    "prompt_cache_key": ["key"],
    "prompt_cache_options": [{"mode": "explicit", "ttl": "30m"}],
    "session_id": ["s" * 256],
    "user": ["ann"],
    "metadata": [{"team": "red"}],
    "trace": [{"trace_id": "t", "span_name": "s", "colour": {"any": 1}}],
    "debug": [{"echo_upstream_body": True}],
    "variant": ["nitro"],
    "response_cache": [True, 60],
    "response_cache_clear": [True],
    "router_metadata": [True],
}


def sent(given: Any, **options: Any) -> dict[str, Any]:
    """Give the JSON of the body that goes out."""
    body: dict[str, Any] = json.loads(encode_json(Chat.complete(given, **options).request.body))
    return body


def generated(number: int) -> dict[str, Any]:
    """Give the body of one of the requests that can be made of all this; the same number makes the same one."""
    random = Random(number)
    said = [random.choice(MESSAGES) for _ in range(random.randrange(4))]
    asked = messages.user(*random.choices(PARTS, k=random.randrange(1, 4)))
    options = {name: random.choice(values) for name, values in OPTIONS.items() if random.random() < 0.2}
    for name, values in FEW.items():
        if random.random() < 0.3:
            options[name] = random.sample(values, k=random.randrange(1, 4))
    if "max_tokens" in options.get("reasoning", {}):
        # The service takes one of the two.
        options.pop("reasoning_effort", None)
    return sent([*said, asked], **options)
