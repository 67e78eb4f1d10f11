"""Requests against the official OpenAPI document: what we make of our types and functions is what it describes.

Where it lags behind the service, the difference is named here, with its reason.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from openrouter import plugins, server_tools
from openrouter.core.errors import InvalidArgumentError
from openrouter.types.caching_options import CacheControl, PromptCacheOptions
from openrouter.types.chat_options import CHAT_OPTIONS, CHAT_RULES, UNSENT_OPTIONS
from openrouter.types.format_options import JSONSchema, JSONSchemaFormat
from openrouter.types.options import REQUEST_OPTIONS, check_options
from openrouter.types.output_options import Prediction
from openrouter.types.provider_options import MaxPrice, PercentileCutoffs, Provider, ProviderSort
from openrouter.types.reasoning_options import Reasoning
from openrouter.types.router_metadata import (
    PipelineStage,
    RouterAttempt,
    RouterEndpoint,
    RouterEndpoints,
    RouterMetadata,
    RouterParams,
)
from openrouter.types.search_options import UserLocation
from openrouter.types.tool_options import (
    FinishReasonIs,
    FunctionDefinition,
    FunctionTool,
    HasToolCall,
    MaxCost,
    MaxTokensUsed,
    StepCountIs,
)
from openrouter.types.trace_options import Debug, Trace
from tests.api.openapi import NEEDED, objections, schema
from tests.api.requests_made import FEW, MESSAGES, OPTIONS, PARTS, generated, sent

pytestmark = NEEDED

REQUESTS = 200

PLUGINS = {
    "web": "WebSearchPlugin",
    "web_fetch": "WebFetchPlugin",
    "response_healing": "ResponseHealingPlugin",
    "context_compression": "ContextCompressionPlugin",
    "moderation": "ModerationPlugin",
    "auto_router": "AutoRouterPlugin",
    "auto_beta_router": "AutoBetaRouterPlugin",
    "pareto_router": "ParetoRouterPlugin",
    "fusion": "FusionPlugin",
}
TOOLS = {
    "web_search": "WebSearchConfig",
    "web_fetch": "WebFetchServerToolConfig",
    "datetime": "DatetimeServerToolConfig",
    "image_generation": "ImageGenerationServerToolConfig",
    "files": "FilesServerToolConfig",
    "search_models": "SearchModelsServerToolConfig",
    "fusion": "FusionServerToolConfig",
    "advisor": "AdvisorServerToolConfig",
    "subagent": "SubagentServerToolConfig",
    "bash": "BashServerToolConfig",
    "shell": "ShellServerToolConfig",
    "tool_search": "ToolSearchServerToolConfig",
    "apply_patch": "ApplyPatchServerToolConfig",
}

DIFFERENCES: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "provider.options",
        {"provider": {"options": {"anthropic": {}}}},
        "$.provider",
        "the official SDK has it; the document closes the object",
    ),
    (
        "numbers in max_price",
        {"provider": {"max_price": {"prompt": 1, "completion": 2.5}}},
        "$.provider.max_price.completion $.provider.max_price.prompt",
        "the pages of the documentation use numbers; the document wants them as strings",
    ),
    (
        "prompt",
        {"given": (), "prompt": "Once upon a time"},
        "$",
        "the pages of the documentation have it in place of messages, which the document requires",
    ),
    ("service_tier ultrafast", {"service_tier": "ultrafast"}, "$.service_tier", "the official SDK has it"),
    ("openrouter:shell", {"tools": [server_tools.shell()]}, "$.tools[0]", "other APIs take it"),
    ("openrouter:tool_search", {"tools": [server_tools.tool_search()]}, "$.tools[0]", "other APIs take it"),
    ("openrouter:apply_patch", {"tools": [server_tools.apply_patch()]}, "$.tools[0]", "another API takes it"),
]


def test_generated_requests_are_as_the_document_has_them() -> None:
    for number in range(REQUESTS):
        body = generated(number)
        assert objections("ChatRequest", body) == {}, f"request {number}: {body}"


def test_they_are_made_of_all_that_there_is() -> None:
    """Else the test before would be green because something is never tried."""
    assert (OPTIONS.keys() | FEW.keys()) == CHAT_OPTIONS - REQUEST_OPTIONS
    bodies = [generated(number) for number in range(REQUESTS)]
    for name, values in OPTIONS.items():
        for value in values if name not in UNSENT_OPTIONS else ():
            assert any(body.get(name) == value for body in bodies), (name, value)
    for name, values in FEW.items():
        for value in values:
            assert any(value in body.get(name, ()) for body in bodies), (name, value)
    said = [message for body in bodies for message in body["messages"]]
    assert all(message in said for message in MESSAGES)
    parts = [part for message in said if message["role"] == "user" for part in message["content"]]
    assert all(part in parts for part in PARTS if not isinstance(part, str))


@pytest.mark.parametrize(("what", "request_", "where", "why"), DIFFERENCES)
def test_a_difference_is_one_still(what: str, request_: dict[str, Any], where: str, why: str) -> None:
    """Where the document has caught up, the difference is none any more, and is to be struck from the table."""
    options = dict(request_)
    found = objections("ChatRequest", sent(options.pop("given", "Hi"), **options))
    assert " ".join(sorted(found)) == where, (what, why, found)


@pytest.mark.parametrize(
    "wrong",
    [
        {"messages": []},
        {"messages": [{"role": "user"}]},
        {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
        {"temperature": "hot"},
        {"provider": {"sort": 5}},
        {"plugins": [{"id": "new"}]},
        {"tools": [{"type": "openrouter:datetime", "parameters": {"timezone": 5}}]},
        {"reasoning": {"effort": "extreme"}},
    ],
)
def test_the_document_objects_to_what_is_wrong(wrong: dict[str, Any]) -> None:
    """Else it would be as good as none."""
    assert objections("ChatRequest", {"messages": [{"role": "user", "content": "Hi"}], **wrong})


@pytest.mark.parametrize(
    ("ours", "path", "beside"),
    [
        (Provider, "ProviderPreferences", {"options"}),
        (ProviderSort, "ProviderSortConfig", set[str]()),
        (MaxPrice, "ProviderPreferences/properties/max_price", set[str]()),
        (PercentileCutoffs, "PercentileLatencyCutoffs", set[str]()),
        (PercentileCutoffs, "PercentileThroughputCutoffs", set[str]()),
        (Reasoning, "ChatRequest/properties/reasoning", {"max_tokens", "exclude", "enabled", "context", "mode"}),
        (CacheControl, "AnthropicCacheControlDirective", set[str]()),
        (PromptCacheOptions, "PromptCacheOptions", set[str]()),
        (JSONSchemaFormat, "ChatFormatJsonSchemaConfig", set[str]()),
        (JSONSchema, "ChatJsonSchemaConfig", set[str]()),
        (Prediction, "Prediction", set[str]()),
        (Trace, "TraceConfig", set[str]()),
        (Debug, "ChatDebugOptions", set[str]()),
        (UserLocation, "WebSearchUserLocation", set[str]()),
        (FunctionTool, "ChatFunctionTool/anyOf/0", set[str]()),
        (FunctionDefinition, "ChatFunctionTool/anyOf/0/properties/function", set[str]()),
        (StepCountIs, "StopServerToolsWhenStepCountIs", set[str]()),
        (HasToolCall, "StopServerToolsWhenHasToolCall", set[str]()),
        (MaxTokensUsed, "StopServerToolsWhenMaxTokensUsed", set[str]()),
        (MaxCost, "StopServerToolsWhenMaxCost", set[str]()),
        (FinishReasonIs, "StopServerToolsWhenFinishReasonIs", set[str]()),
        (RouterMetadata, "OpenRouterMetadata", {"raw", "generation_time"}),
        (RouterEndpoints, "EndpointsMetadata", {"raw"}),
        (RouterEndpoint, "EndpointInfo", {"raw"}),
        (RouterAttempt, "RouterAttempt", {"raw"}),
        (RouterParams, "RouterParams", {"raw"}),
        (PipelineStage, "PipelineStage", {"raw"}),
    ],
)
def test_a_type_has_the_fields_of_the_document(ours: type, path: str, beside: set[str]) -> None:
    assert ours.__annotations__.keys() - beside == schema(path)["properties"].keys()


SHORTHANDS = [
    *("ChatWebSearchShorthand", "Legacy_WebSearchServerTool", "Preview_WebSearchServerTool"),
    *("Preview_20250311_WebSearchServerTool", "WebSearchServerTool"),
]
CONDITIONS = {
    "step_count_is": "StopServerToolsWhenStepCountIs",
    "has_tool_call": "StopServerToolsWhenHasToolCall",
    "max_tokens_used": "StopServerToolsWhenMaxTokensUsed",
    "max_cost": "StopServerToolsWhenMaxCost",
    "finish_reason_is": "StopServerToolsWhenFinishReasonIs",
}


def of_kind(kind: str) -> Callable[[dict[str, Any]], Any]:
    return lambda told: [{"type": kind, **told}]


NESTED: list[tuple[str, Callable[[dict[str, Any]], Any], str]] = [
    ("provider", lambda told: told, "ProviderPreferences"),
    ("provider", lambda told: {"sort": told}, "ProviderSortConfig"),
    ("provider", lambda told: {"max_price": told}, "ProviderPreferences/properties/max_price"),
    ("provider", lambda told: {"preferred_max_latency": told}, "PercentileLatencyCutoffs"),
    ("reasoning", lambda told: told, "ChatRequest/properties/reasoning"),
    ("reasoning", lambda told: told, "BaseReasoningConfig"),
    ("cache_control", lambda told: told, "AnthropicCacheControlDirective"),
    ("prompt_cache_options", lambda told: told, "PromptCacheOptions"),
    ("response_format", lambda told: {"type": "json_schema", **told}, "ChatFormatJsonSchemaConfig"),
    ("response_format", lambda told: {"type": "json_schema", "json_schema": told}, "ChatJsonSchemaConfig"),
    ("prediction", lambda told: told, "Prediction"),
    ("trace", lambda told: told, "TraceConfig"),
    ("debug", lambda told: told, "ChatDebugOptions"),
    ("stream_options", lambda told: told, "ChatStreamOptions"),
    ("tools", of_kind("function"), "ChatFunctionTool/anyOf/0"),
    ("tools", lambda told: [{"type": "function", "function": told}], "ChatFunctionTool/anyOf/0/properties/function"),
    *(("tools", of_kind("web_search"), path) for path in SHORTHANDS),
    *(("stop_server_tools_when", of_kind(kind), path) for kind, path in CONDITIONS.items()),
]


def is_taken_for_a_misspelt_one(option: str, value: Any) -> bool:
    try:
        check_options({option: value}, CHAT_RULES)
    except InvalidArgumentError as error:
        # What stands alone may lack what has to stand beside it.
        return "Did you mean" in str(error)
    return False


@pytest.mark.parametrize(("option", "wrap", "path"), NESTED)
def test_no_field_of_the_document_is_taken_for_a_misspelt_one(
    option: str, wrap: Callable[[dict[str, Any]], Any], path: str
) -> None:
    found = schema(path)["properties"]
    assert found
    assert [field for field in found if is_taken_for_a_misspelt_one(option, wrap({field: None}))] == []


def test_no_setting_of_the_document_is_taken_for_a_misspelt_one() -> None:
    for name, path in {**PLUGINS, "file_parser": "FileParserPlugin"}.items():
        bare = getattr(plugins, name)()
        for field in schema(path)["properties"]:
            assert not is_taken_for_a_misspelt_one("plugins", [{field: None, **bare}]), (name, field)
    for name, path in TOOLS.items():
        bare = getattr(server_tools, name)()
        for field in schema(path)["properties"]:
            assert not is_taken_for_a_misspelt_one("tools", [{**bare, "parameters": {field: None}}]), (name, field)


def test_the_options_are_the_fields_of_the_document_and_some_more() -> None:
    assert schema("ChatRequest")["properties"].keys() - {"messages", "stream"} <= CHAT_OPTIONS


def taken_by(function: Callable[..., Any]) -> set[str]:
    return inspect.signature(function).parameters.keys() - {"more", "image_config", "x_search"}


@pytest.mark.parametrize(("name", "path"), PLUGINS.items())
def test_a_plugin_takes_what_the_document_has(name: str, path: str) -> None:
    assert taken_by(getattr(plugins, name)) == schema(path)["properties"].keys() - {"id"}


def test_the_parser_of_files_takes_the_one_option_for_pdf_that_there_is() -> None:
    assert schema("FileParserPlugin")["properties"].keys() == {"id", "pdf", "enabled"}
    assert schema("PDFParserOptions")["properties"].keys() == {"engine"}
    assert taken_by(plugins.file_parser) == {"engine", "enabled"}


@pytest.mark.parametrize(("name", "path"), TOOLS.items())
def test_a_server_tool_takes_what_the_document_has(name: str, path: str) -> None:
    assert taken_by(getattr(server_tools, name)) == schema(path)["properties"].keys()
