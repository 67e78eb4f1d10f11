"""Fields of options that cannot be right: each is refused before anything is sent, by its path."""

from __future__ import annotations

from typing import Any

import pytest

from openrouter import plugins
from openrouter.core.errors import InvalidArgumentError
from openrouter.types.chat_options import CHAT_RULES
from openrouter.types.options import check_options

NAN = float("nan")

REFUSED: list[tuple[str, Any, str]] = [
    ("provider", {"order": "anthropic"}, "provider.order='anthropic' cannot be sent: it has to be a list."),
    ("provider", {"order": ["a", 5]}, "provider.order[1]=5 cannot be sent: it has to be a string that is not blank."),
    ("provider", {"only": []}, "provider.only=[] cannot be sent: it has to be a list of at least 1 item."),
    ("provider", {"ignore": {"a": 1}}, "provider.ignore="),
    ("provider", {"quantizations": "fp8"}, "provider.quantizations='fp8'"),
    (
        "provider",
        {"allow_fallbacks": "no"},
        "provider.allow_fallbacks='no' cannot be sent: it has to be True or False.",
    ),
    ("provider", {"require_parameters": 1}, "provider.require_parameters=1"),
    ("provider", {"zdr": 0}, "provider.zdr=0"),
    ("provider", {"enforce_distillable_text": "yes"}, "provider.enforce_distillable_text='yes'"),
    ("provider", {"data_collection": False}, "provider.data_collection=False"),
    ("provider", {"sort": 5}, "provider.sort=5 cannot be sent: it has to be a word to sort by, or a mapping with"),
    ("provider", {"sort": ""}, "provider.sort=''"),
    ("provider", {"sort": {"by": 5}}, "provider.sort.by=5"),
    ("provider", {"sort": {"partition": ["model"]}}, "provider.sort.partition=['model']"),
    ("provider", {"preferred_min_throughput": "50"}, "it has to be a number, or a mapping of percentiles to numbers."),
    ("provider", {"preferred_min_throughput": True}, "provider.preferred_min_throughput=True"),
    ("provider", {"preferred_min_throughput": -1}, "provider.preferred_min_throughput=-1"),
    ("provider", {"preferred_max_latency": {"p90": "5"}}, "provider.preferred_max_latency.p90='5'"),
    ("provider", {"preferred_max_latency": NAN}, "provider.preferred_max_latency=nan"),
    ("provider", {"max_price": 1}, "provider.max_price=1 cannot be sent: it has to be a mapping."),
    (
        "provider",
        {"max_price": {"prompt": "cheap"}},
        "provider.max_price.prompt='cheap' cannot be sent: it has to be USD",
    ),
    ("provider", {"max_price": {"completion": -1}}, "provider.max_price.completion=-1"),
    ("provider", {"max_price": {"image": "-0.1"}}, "provider.max_price.image='-0.1'"),
    ("provider", {"max_price": {"audio": NAN}}, "provider.max_price.audio=nan"),
    ("provider", {"max_price": {"request": True}}, "provider.max_price.request=True"),
    ("provider", {"options": ["a"]}, "provider.options=['a']"),
    ("provider", {"options": {"anthropic": 5}}, "provider.options['anthropic']=5"),
    ("reasoning", {"effort": 5}, "reasoning.effort=5"),
    ("reasoning", {"max_tokens": -1}, "reasoning.max_tokens=-1"),
    ("reasoning", {"max_tokens": "many"}, "reasoning.max_tokens='many'"),
    ("reasoning", {"effort": "high", "max_tokens": 9}, "reasoning.max_tokens=9 cannot be sent: it has to be left out"),
    ("reasoning", {"exclude": "no"}, "reasoning.exclude='no'"),
    ("reasoning", {"enabled": 1}, "reasoning.enabled=1"),
    ("reasoning", {"summary": True}, "reasoning.summary=True"),
    ("reasoning", {"context": 1}, "reasoning.context=1"),
    ("reasoning", {"mode": 1}, "reasoning.mode=1"),
    ("cache_control", {"type": None}, "cache_control.type=None"),
    ("cache_control", {"type": "ephemeral", "ttl": 300}, "cache_control.ttl=300"),
    ("prompt_cache_options", {"mode": "explicit", "ttl": 5}, "prompt_cache_options.ttl=5"),
    ("response_format", {"type": ["text"]}, "response_format.type=['text']"),
    ("response_format", {"type": "json_schema", "schema": {}}, "response_format.json_schema=None"),
    ("response_format", {"type": "json_schema", "json_schema": {}}, "response_format.json_schema.name=None"),
    ("response_format", {"type": "json_schema", "json_schema": {"name": "n" * 65}}, "of at most 64 characters"),
    (
        "response_format",
        {"type": "json_schema", "json_schema": {"name": "n", "schema": "{}"}},
        "response_format.json_schema.schema='{}'",
    ),
    ("response_format", {"type": "json_schema", "json_schema": {"name": "n", "strict": 1}}, "json_schema.strict=1"),
    ("response_format", {"type": "json_schema", "json_schema": {"name": "n", "description": 1}}, "description=1"),
    ("response_format", {"type": "grammar"}, "response_format.grammar=None"),
    ("modalities", ["text", ""], "modalities[1]=''"),
    ("audio", {"voice": 5}, "audio.voice=5"),
    ("audio", {"format": ["wav"]}, "audio.format=['wav']"),
    ("prediction", {"type": "content", "content": 5}, "it has to be a string, or a list of text parts."),
    ("prediction", {"type": "content", "content": []}, "prediction.content=[]"),
    ("prediction", {"type": "content", "content": ("text",)}, "prediction.content[0]='text'"),
    ("prediction", {"type": "content", "content": [{"type": "text"}]}, "prediction.content[0].text=None"),
    ("prediction", {"type": "content", "content": [{"text": "a"}]}, "prediction.content[0].type=None"),
    ("web_search_options", {"search_context_size": 5}, "web_search_options.search_context_size=5"),
    ("x_search_filter", {"allowed_x_handles": ["a"] * 21}, "x_search_filter.allowed_x_handles="),
    ("x_search_filter", {"excluded_x_handles": "a"}, "x_search_filter.excluded_x_handles='a'"),
    (
        "x_search_filter",
        {"allowed_x_handles": ["a"], "excluded_x_handles": ["b"]},
        "excluded_x_handles=['b'] cannot be sent: it has to be left out where allowed_x_handles is given.",
    ),
    ("x_search_filter", {"from_date": 20260101}, "x_search_filter.from_date=20260101"),
    ("x_search_filter", {"to_date": 20260101}, "x_search_filter.to_date=20260101"),
    ("x_search_filter", {"enable_image_understanding": "yes"}, "x_search_filter.enable_image_understanding='yes'"),
    ("x_search_filter", {"enable_video_understanding": 1}, "x_search_filter.enable_video_understanding=1"),
    ("trace", {"trace_id": 5}, "trace.trace_id=5"),
    ("trace", {"span_name": ["a"]}, "trace.span_name=['a']"),
    ("debug", {"echo_upstream_body": "yes"}, "debug.echo_upstream_body='yes'"),
    ("tools", [{}], "tools[0].type=None"),
    ("tools", ["web_search"], "tools[0]='web_search' cannot be sent: it has to be a mapping."),
    ("tools", [{"type": "function"}], "tools[0].function=None"),
    ("tools", [{"type": "function", "function": {}}], "tools[0].function.name=None"),
    ("tools", [{"type": "function", "function": {"name": "n" * 65}}], "of at most 64 characters"),
    ("tools", [{"type": "function", "function": {"name": "n", "description": 5}}], "tools[0].function.description=5"),
    ("tools", [{"type": "function", "function": {"name": "n", "parameters": []}}], "tools[0].function.parameters=[]"),
    ("tools", [{"type": "function", "function": {"name": "n", "strict": "yes"}}], "tools[0].function.strict='yes'"),
    (
        "tools",
        [{"type": "function", "function": {"name": "n"}, "cache_control": {"ttl": "1h"}}],
        "tools[0].cache_control.type=None",
    ),
    ("tools", [{"type": "web_search", "max_results": 26}], "tools[0].max_results=26"),
    ("tools", [{"type": "web_search", "parameters": {"max_results": 0}}], "tools[0].parameters.max_results=0"),
    ("tool_choice", 5, "it has to be a word such as 'auto', or a mapping with `type`."),
    ("tool_choice", {"type": "function", "function": "f"}, "tool_choice.function='f'"),
    ("tool_choice", {"type": "function", "function": {}}, "tool_choice.function.name=None"),
    ("stop_server_tools_when", [5], "stop_server_tools_when[0]=5"),
    ("stop_server_tools_when", [{"type": "step_count_is"}], "stop_server_tools_when[0].step_count=None"),
    ("stop_server_tools_when", [{"type": "step_count_is", "step_count": 0}], "stop_server_tools_when[0].step_count=0"),
    ("stop_server_tools_when", [{"type": "has_tool_call", "tool_name": ""}], "stop_server_tools_when[0].tool_name=''"),
    ("stop_server_tools_when", [{"type": "max_tokens_used", "max_tokens": 1.5}], "[0].max_tokens=1.5"),
    ("stop_server_tools_when", [{"type": "max_cost", "max_cost_in_dollars": "1"}], "[0].max_cost_in_dollars='1'"),
    ("stop_server_tools_when", [{"type": "finish_reason_is"}], "stop_server_tools_when[0].reason=None"),
    ("plugins", [{"enabled": True}], "plugins[0].id=None"),
    ("plugins", ["unknown"], "plugins[0]='unknown' cannot be sent: it has to be a mapping."),
    (
        "plugins",
        ["web"],
        "plugins[0]='web' cannot be sent: it has to be a plugin with its settings: call plugins.web().",
    ),
    ("plugins", [{"id": "web"}, plugins.web], "it has to be a plugin with its settings: call plugins.web()."),
    ("plugins", [plugins.response_healing], "plugins[0]=<function response_healing"),
    ("plugins", ["response-healing"], "call plugins.response_healing()."),
    (
        "plugins",
        [{"id": "web", "x_search": {"allowed_x_handles": ["a"], "excluded_x_handles": ["b"]}}],
        "plugins[0].x_search.excluded_x_handles=['b'] cannot be sent: it has to be left out where allowed_x_handles",
    ),
    (
        "reasoning",
        "high",
        "it has to be a mapping, such as {'effort': 'high'}; reasoning_effort= takes the word alone.",
    ),
    ("models", ["a", None], "models[1]=None cannot be sent: it has to be a string that is not blank."),
    ("stop", [1, 2], "stop[0]=1 cannot be sent: it has to be a string."),
    ("stream_options", 5, "stream_options=5 cannot be sent: it has to be a mapping."),
    ("plugins", [{"id": "new"}, {"id": "moderation", "enabled": "no"}], "plugins[1].enabled='no'"),
    ("plugins", [{"id": "file-parser", "pdf": "native"}], "plugins[0].pdf='native'"),
]

MISSPELT: list[tuple[str, Any, str, str]] = [
    ("provider", {"oder": ["a"]}, "provider.oder", "order"),
    ("provider", {"allow_fallback": False}, "provider.allow_fallback", "allow_fallbacks"),
    ("provider", {"sort": {"by": "price", "partitions": "none"}}, "provider.sort.partitions", "partition"),
    ("provider", {"max_price": {"completions": 1}}, "provider.max_price.completions", "completion"),
    ("reasoning", {"efort": "high"}, "reasoning.efort", "effort"),
    ("response_format", {"type": "json_schema", "json_shema": {}}, "response_format.json_shema", "json_schema"),
    ("cache_control", {"typ": "ephemeral"}, "cache_control.typ", "type"),
    ("plugins", [{"id": "web", "max_resuls": 3}], "plugins[0].max_resuls", "max_results"),
    ("plugins", [{"id": "web", "enable": True}], "plugins[0].enable", "enabled"),
    (
        "tools",
        [{"type": "openrouter:web_search", "parameters": {"exclude_domains": ["a"]}}],
        "tools[0].parameters.exclude_domains",
        "excluded_domains",
    ),
    (
        "tools",
        [{"type": "function", "function": {"name": "f", "parameter": {}}}],
        "tools[0].function.parameter",
        "parameters",
    ),
]


@pytest.mark.parametrize(("name", "value", "path", "meant"), MISSPELT)
def test_a_field_that_is_misspelt_is_refused_with_the_one_that_was_meant(
    name: str, value: Any, path: str, meant: str
) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        check_options({name: value}, CHAT_RULES)
    hint = f"Did you mean {meant!r}? What the API takes under that name goes in extra_body."
    assert str(caught.value) == f"{path} cannot be sent: no such field is known. {hint}"


def test_a_field_is_not_misspelt_where_the_other_one_is_given_too() -> None:
    check_options({"provider": {"order": ["a"], "orders": ["b"]}}, CHAT_RULES)
    check_options({"provider": {5: ["a"]}}, CHAT_RULES)


@pytest.mark.parametrize(("name", "value", "message"), REFUSED)
def test_what_cannot_be_right_is_refused_by_its_path(name: str, value: Any, message: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        check_options({name: value}, CHAT_RULES)
    assert message in str(caught.value)
