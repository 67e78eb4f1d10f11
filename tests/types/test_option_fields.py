"""Options with fields: the JSON that goes out is that of the API, and what cannot be right is refused by its path."""

from __future__ import annotations

import json
from typing import Any

import pytest

from openrouter.api.chat import Chat
from openrouter.core.errors import InvalidArgumentError
from openrouter.core.json import encode_json
from openrouter.types.caching_options import CacheControl, PromptCacheOptions
from openrouter.types.chat_options import CHAT_RULES, ChatOptions
from openrouter.types.format_options import (
    GrammarFormat,
    JSONObjectFormat,
    JSONSchema,
    JSONSchemaFormat,
    PythonFormat,
    TextFormat,
)
from openrouter.types.options import check_options
from openrouter.types.output_options import AudioOptions, Prediction
from openrouter.types.provider_options import MaxPrice, PercentileCutoffs, Provider, ProviderSort
from openrouter.types.reasoning_options import Reasoning
from openrouter.types.search_options import WebSearchOptions, XSearchFilter
from openrouter.types.tool_options import (
    DeferredTools,
    FinishReasonIs,
    FunctionChoice,
    FunctionDefinition,
    FunctionName,
    FunctionTool,
    HasToolCall,
    MaxCost,
    MaxTokensUsed,
    ServerTool,
    ServerToolChoice,
    StepCountIs,
)
from openrouter.types.trace_options import Debug, Trace

SHAPES: list[tuple[ChatOptions, str]] = [
    (
        ChatOptions(
            provider=Provider(
                order=["anthropic", "google-vertex/us-east5"],
                only=["anthropic"],
                ignore=["deepinfra"],
                allow_fallbacks=False,
                require_parameters=True,
                data_collection="deny",
                zdr=True,
                enforce_distillable_text=True,
                quantizations=["fp8", "bf16"],
                sort="throughput",
                preferred_min_throughput=50,
                preferred_max_latency=1.5,
                max_price=MaxPrice(prompt="1", completion=2, request=0.5, image="0", audio=1),
                options={"anthropic": {"beta": True}},
            )
        ),
        """{"provider": {"order": ["anthropic", "google-vertex/us-east5"], "only": ["anthropic"],
        "ignore": ["deepinfra"], "allow_fallbacks": false, "require_parameters": true,
        "data_collection": "deny", "zdr": true,
        "enforce_distillable_text": true, "quantizations": ["fp8", "bf16"], "sort": "throughput",
        "preferred_min_throughput": 50, "preferred_max_latency": 1.5,
        "max_price": {"prompt": "1", "completion": 2, "request": 0.5, "image": "0", "audio": 1},
        "options": {"anthropic": {"beta": true}}}}""",
    ),
    (
        ChatOptions(
            provider=Provider(
                sort=ProviderSort(by="price", partition="none"),
                preferred_min_throughput=PercentileCutoffs(p50=100, p90=20.5),
                preferred_max_latency=PercentileCutoffs(p75=1, p99=5),
            )
        ),
        """{"provider": {"sort": {"by": "price", "partition": "none"},
        "preferred_min_throughput": {"p50": 100, "p90": 20.5}, "preferred_max_latency": {"p75": 1, "p99": 5}}}""",
    ),
    (
        ChatOptions(
            reasoning=Reasoning(
                effort="xhigh", exclude=True, enabled=True, summary="concise", context="all_turns", mode="pro"
            )
        ),
        """{"reasoning": {"effort": "xhigh", "exclude": true, "enabled": true, "summary": "concise",
        "context": "all_turns", "mode": "pro"}}""",
    ),
    (ChatOptions(reasoning=Reasoning(max_tokens=2000)), '{"reasoning": {"max_tokens": 2000}}'),
    (
        ChatOptions(reasoning={"effort": "high"}, reasoning_effort="high"),
        '{"reasoning": {"effort": "high"}, "reasoning_effort": "high"}',
    ),
    (
        ChatOptions(cache_control=CacheControl(type="ephemeral", ttl="1h")),
        '{"cache_control": {"type": "ephemeral", "ttl": "1h"}}',
    ),
    (
        ChatOptions(prompt_cache_options=PromptCacheOptions(mode="explicit", ttl="30m")),
        '{"prompt_cache_options": {"mode": "explicit", "ttl": "30m"}}',
    ),
    (ChatOptions(response_format=TextFormat(type="text")), '{"response_format": {"type": "text"}}'),
    (ChatOptions(response_format=JSONObjectFormat(type="json_object")), '{"response_format": {"type": "json_object"}}'),
    (
        ChatOptions(
            response_format=JSONSchemaFormat(
                type="json_schema",
                json_schema=JSONSchema(name="city", schema={"type": "object"}, strict=True, description="A city."),
            )
        ),
        """{"response_format": {"type": "json_schema", "json_schema": {"name": "city", "schema": {"type": "object"},
        "strict": true, "description": "A city."}}}""",
    ),
    (
        ChatOptions(response_format=GrammarFormat(type="grammar", grammar='root ::= "a"')),
        r'{"response_format": {"type": "grammar", "grammar": "root ::= \"a\""}}',
    ),
    (ChatOptions(response_format=PythonFormat(type="python")), '{"response_format": {"type": "python"}}'),
    (ChatOptions(modalities=["text", "image", "audio"]), '{"modalities": ["text", "image", "audio"]}'),
    (
        ChatOptions(image_config={"aspect_ratio": "1:1", "quality": 1}),
        '{"image_config": {"aspect_ratio": "1:1", "quality": 1}}',
    ),
    (
        ChatOptions(audio=AudioOptions(voice="alloy", format="pcm16")),
        '{"audio": {"voice": "alloy", "format": "pcm16"}}',
    ),
    (
        ChatOptions(prediction=Prediction(type="content", content="def f(): ...")),
        '{"prediction": {"type": "content", "content": "def f(): ..."}}',
    ),
    (
        ChatOptions(prediction=Prediction(type="content", content=[{"type": "text", "text": ""}])),
        '{"prediction": {"type": "content", "content": [{"type": "text", "text": ""}]}}',
    ),
    (
        ChatOptions(web_search_options=WebSearchOptions(search_context_size="low")),
        '{"web_search_options": {"search_context_size": "low"}}',
    ),
    (
        ChatOptions(
            x_search_filter=XSearchFilter(
                allowed_x_handles=["openrouter"],
                from_date="2026-01-01",
                to_date="2026-01-31",
                enable_image_understanding=True,
                enable_video_understanding=False,
            )
        ),
        """{"x_search_filter": {"allowed_x_handles": ["openrouter"], "from_date": "2026-01-01", "to_date": "2026-01-31",
        "enable_image_understanding": true, "enable_video_understanding": false}}""",
    ),
    (
        ChatOptions(x_search_filter=XSearchFilter(excluded_x_handles=["a", "b"])),
        '{"x_search_filter": {"excluded_x_handles": ["a", "b"]}}',
    ),
    (
        ChatOptions(
            trace=Trace(trace_id="t", trace_name="n", span_name="s", generation_name="g", parent_span_id="p"),
        ),
        """{"trace": {"trace_id": "t", "trace_name": "n", "span_name": "s", "generation_name": "g",
        "parent_span_id": "p"}}""",
    ),
    (ChatOptions(debug=Debug(echo_upstream_body=True)), '{"debug": {"echo_upstream_body": true}}'),
    (
        ChatOptions(
            tools=[
                FunctionTool(
                    type="function",
                    function=FunctionDefinition(
                        name="weather", description="Tell it.", parameters={"type": "object"}, strict=True
                    ),
                    cache_control=CacheControl(type="ephemeral"),
                ),
                ServerTool(type="openrouter:datetime", parameters={"timezone": "UTC"}),
                {"type": "web_search", "search_context_size": "low"},
            ]
        ),
        """{"tools": [{"type": "function", "function": {"name": "weather", "description": "Tell it.",
        "parameters": {"type": "object"}, "strict": true}, "cache_control": {"type": "ephemeral"}},
        {"type": "openrouter:datetime", "parameters": {"timezone": "UTC"}},
        {"type": "web_search", "search_context_size": "low"}]}""",
    ),
    (ChatOptions(tool_choice="required"), '{"tool_choice": "required"}'),
    (
        ChatOptions(tool_choice=FunctionChoice(type="function", function=FunctionName(name="weather"))),
        '{"tool_choice": {"type": "function", "function": {"name": "weather"}}}',
    ),
    (
        ChatOptions(tool_choice=ServerToolChoice(type="openrouter:web_search")),
        '{"tool_choice": {"type": "openrouter:web_search"}}',
    ),
    (
        ChatOptions(
            stop_server_tools_when=[
                StepCountIs(type="step_count_is", step_count=5),
                HasToolCall(type="has_tool_call", tool_name="weather"),
                MaxTokensUsed(type="max_tokens_used", max_tokens=1000),
                MaxCost(type="max_cost", max_cost_in_dollars=0.5),
                FinishReasonIs(type="finish_reason_is", reason="length"),
            ]
        ),
        """{"stop_server_tools_when": [{"type": "step_count_is", "step_count": 5},
        {"type": "has_tool_call", "tool_name": "weather"}, {"type": "max_tokens_used", "max_tokens": 1000},
        {"type": "max_cost", "max_cost_in_dollars": 0.5}, {"type": "finish_reason_is", "reason": "length"}]}""",
    ),
    (
        ChatOptions(deferred_tools=DeferredTools(protocol="p", profile="portable", search={}, validation="runtime")),
        '{"deferred_tools": {"protocol": "p", "profile": "portable", "search": {}, "validation": "runtime"}}',
    ),
]


@pytest.mark.parametrize(("options", "shape"), SHAPES)
def test_what_goes_out_has_the_shape_of_the_api(options: ChatOptions, shape: str) -> None:
    sent = dict(Chat.complete("Hi", **options).request.body or {})
    del sent["messages"]
    assert json.loads(encode_json(sent)) == json.loads(shape)


NEW: dict[str, Any] = {
    "provider": {
        "new": 1,
        "sort": {"by": "new", "new": []},
        "preferred_max_latency": {"p999": 5},
        "max_price": {"new": "dear"},
        "data_collection": "perhaps",
    },
    "reasoning": {"effort": "extreme", "new": {"deep": [None]}},
    "cache_control": {"type": "eternal", "ttl": "1y", "new": 1},
    "response_format": {"type": "yaml", "yaml": {"new": 1}},
    "plugins": [{"id": "new", "new": 1}, {"id": "web", "new": 1, "engine": "new"}],
    "tools": [
        {"type": "new"},
        {"type": "openrouter:new", "parameters": 5},
        {"type": "openrouter:web_search", "new": 1},
        {"type": "openrouter:image_generation", "parameters": {"mode": "new", "models": ["new"]}},
    ],
    "tool_choice": {"type": "new", "new": 1},
    "stop_server_tools_when": [{"type": "new", "new": 1}],
    "trace": {"colour": {"any": 1}, "trace_ids": ["a"], "span_names": {}},
    "prediction": {"type": "new", "content": "", "new": 1},
}


@pytest.mark.parametrize("name", NEW)
def test_what_is_new_passes_at_any_depth(name: str) -> None:
    options: Any = {name: NEW[name]}
    assert (Chat.complete("Hi", **options).request.body or {})[name] == NEW[name]


def test_null_goes_out_where_it_is_given_for_a_field() -> None:
    provider: Provider = {"order": None, "sort": None, "preferred_max_latency": {"p50": None}}
    assert (Chat.complete("Hi", provider=provider).request.body or {})["provider"] == provider


@pytest.mark.parametrize("other", [{"effort": "low"}, {"effort": "low", "exclude": True}])
def test_two_efforts_are_refused_where_they_differ(other: Reasoning) -> None:
    message = r"reasoning_effort='high' cannot be sent: it has to be left out, or 'low' as in reasoning.effort."
    with pytest.raises(InvalidArgumentError, match=message):
        Chat.complete("Hi", reasoning=other, reasoning_effort="high")
    Chat.complete("Hi", reasoning=other, reasoning_effort="low")
    Chat.complete("Hi", reasoning=other, reasoning_effort=None)


@pytest.mark.parametrize("effort", ["high", "none"])
def test_an_effort_is_refused_beside_a_budget(effort: str) -> None:
    message = f"reasoning_effort='{effort}' cannot be sent: it has to be left out where reasoning.max_tokens is given"
    with pytest.raises(InvalidArgumentError, match=message):
        Chat.complete("Hi", reasoning={"max_tokens": 2000}, reasoning_effort=effort)
    Chat.complete("Hi", reasoning={"max_tokens": 2000}, reasoning_effort=None)
    Chat.complete("Hi", reasoning={"max_tokens": None}, reasoning_effort=effort)


@pytest.mark.parametrize("silent", [None, {}, {"effort": None}, {"exclude": True}])
def test_reasoning_without_an_effort_contradicts_none(silent: Reasoning | None) -> None:
    Chat.complete("Hi", reasoning=silent, reasoning_effort="high")


def test_a_tool_that_holds_itself_is_not_followed_for_ever() -> None:
    tool: dict[str, Any] = {"type": "openrouter:subagent", "parameters": {}}
    tool["parameters"]["tools"] = [tool]
    check_options({"tools": [tool]}, CHAT_RULES)
