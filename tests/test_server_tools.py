"""Server tools: each is the JSON that the API documents, and what cannot be right is refused when it is made."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from typing import Any

import pytest

from openrouter import server_tools
from openrouter.api.chat import Chat
from openrouter.core.errors import InvalidArgumentError
from openrouter.core.json import encode_json

CONDITIONS = {"steps", "tool_called", "tokens", "cost", "finish_reason"}
TOOLS: dict[str, Callable[..., dict[str, Any]]] = {
    name: getattr(server_tools, name) for name in server_tools.__all__ if name not in CONDITIONS
}
TYPES = {name: f"openrouter:{name}" for name in TOOLS} | {"search_models": "openrouter:experimental__search_models"}

MADE: list[tuple[str, dict[str, Any], str]] = [
    (
        "web_search",
        server_tools.web_search(
            engine="exa",
            mode="deep-lite",
            max_results=25,
            max_uses=2,
            max_total_results=50,
            search_context_size="low",
            max_characters=100_000,
            user_location={"city": "Paris", "region": None, "timezone": "Europe/Paris"},
            allowed_domains=["a.com"],
            x_search={"to_date": "2026-01-31"},
        ),
        """{"engine": "exa", "mode": "deep-lite", "max_results": 25, "max_uses": 2, "max_total_results": 50,
        "search_context_size": "low", "max_characters": 100000,
        "user_location": {"type": "approximate", "city": "Paris", "region": null, "timezone": "Europe/Paris"},
        "allowed_domains": ["a.com"], "x_search": {"to_date": "2026-01-31"}}""",
    ),
    ("web_search", server_tools.web_search(excluded_domains=["b.com"]), '{"excluded_domains": ["b.com"]}'),
    (
        "web_fetch",
        server_tools.web_fetch(
            engine="openrouter", max_uses=1, max_content_tokens=100, allowed_domains=["a"], blocked_domains=["b"]
        ),
        """{"engine": "openrouter", "max_uses": 1, "max_content_tokens": 100, "allowed_domains": ["a"],
        "blocked_domains": ["b"]}""",
    ),
    ("datetime", server_tools.datetime(timezone="Europe/London"), '{"timezone": "Europe/London"}'),
    (
        "image_generation",
        server_tools.image_generation(model="openai/gpt-5-image", aspect_ratio="1:1", output_compression=80),
        '{"model": "openai/gpt-5-image", "aspect_ratio": "1:1", "output_compression": 80}',
    ),
    ("files", server_tools.files(), "null"),
    ("search_models", server_tools.search_models(max_results=20), '{"max_results": 20}'),
    (
        "fusion",
        server_tools.fusion(
            analysis_models=["a/b", "c/d"],
            model="e/f",
            max_tool_calls=1,
            tools=[server_tools.web_fetch()],
            max_completion_tokens=16_000,
            reasoning={"effort": "low", "max_tokens": 100},
            temperature=0.5,
            cache_control={"type": "ephemeral"},
        ),
        """{"analysis_models": ["a/b", "c/d"], "model": "e/f", "max_tool_calls": 1,
        "tools": [{"type": "openrouter:web_fetch"}], "max_completion_tokens": 16000,
        "reasoning": {"effort": "low", "max_tokens": 100}, "temperature": 0.5,
        "cache_control": {"type": "ephemeral"}}""",
    ),
    (
        "advisor",
        server_tools.advisor(
            name="The wise one",
            model="a/b",
            instructions="",
            forward_transcript=True,
            stream=False,
            max_completion_tokens=100,
            reasoning={"effort": "max"},
            temperature=0,
        ),
        """{"name": "The wise one", "model": "a/b", "instructions": "", "forward_transcript": true, "stream": false,
        "max_completion_tokens": 100, "reasoning": {"effort": "max"}, "temperature": 0}""",
    ),
    (
        "subagent",
        server_tools.subagent(
            name="worker-1",
            model="a/b",
            instructions="Work.",
            tools=[server_tools.web_search(max_results=1)],
            max_tool_calls=25,
            max_completion_tokens=100,
            reasoning={"max_tokens": 100},
            temperature=1,
            inherit_functions=False,
            inherited_function_names=["f"],
        ),
        """{"name": "worker-1", "model": "a/b", "instructions": "Work.",
        "tools": [{"type": "openrouter:web_search", "parameters": {"max_results": 1}}], "max_tool_calls": 25,
        "max_completion_tokens": 100, "reasoning": {"max_tokens": 100}, "temperature": 1, "inherit_functions": false,
        "inherited_function_names": ["f"]}""",
    ),
    (
        "bash",
        server_tools.bash(engine="openrouter", environment={"type": "container_auto"}, sleep_after_seconds=2_592_000),
        '{"engine": "openrouter", "environment": {"type": "container_auto"}, "sleep_after_seconds": 2592000}',
    ),
    (
        "shell",
        server_tools.shell(
            engine="auto",
            environment={"type": "container_reference", "container_id": "c1"},
            sleep_after_seconds=60,
        ),
        """{"engine": "auto", "environment": {"type": "container_reference", "container_id": "c1"},
        "sleep_after_seconds": 60}""",
    ),
    ("tool_search", server_tools.tool_search(max_results=5), '{"max_results": 5}'),
    ("apply_patch", server_tools.apply_patch(engine="native"), '{"engine": "native"}'),
]


@pytest.mark.parametrize(("name", "tool", "parameters"), MADE)
def test_a_tool_has_the_shape_of_the_api(name: str, tool: dict[str, Any], parameters: str) -> None:
    sent = Chat.complete("Hi", tools=[tool]).request.body or {}
    wanted = json.loads(parameters)
    shape = {"type": TYPES[name]} if wanted is None else {"type": TYPES[name], "parameters": wanted}
    assert json.loads(encode_json(sent["tools"])) == [shape]


def test_every_tool_is_tried_here_with_all_that_it_takes() -> None:
    tried: dict[str, set[str]] = {name: set() for name in TOOLS}
    for name, tool, _ in MADE:
        tried[name].update(tool.get("parameters", ()))
    for name, function in TOOLS.items():
        assert inspect.signature(function).parameters.keys() - {"more", "image_config"} <= tried[name], name


@pytest.mark.parametrize("name", TOOLS)
def test_what_is_new_is_taken_and_none_is_left_out(name: str) -> None:
    function = TOOLS[name]
    bare = {"type": TYPES[name]}
    named = inspect.signature(function).parameters.keys() - {"more", "image_config"}
    assert function() == function(**dict.fromkeys(named), colour=None) == bare
    assert function(colour={"deep": None}) == {**bare, "parameters": {"colour": {"deep": None}}}
    assert len((function.__doc__ or "").splitlines()[0]) > 20


@pytest.mark.parametrize("name", ["shell", "tool_search", "apply_patch", "bash"])
def test_what_chat_does_not_take_says_so(name: str) -> None:
    told = " ".join((TOOLS[name].__doc__ or "").split())
    assert "chat completions" in told
    assert "only the API" in told


@pytest.mark.parametrize(
    ("condition", "shape"),
    [
        (server_tools.steps(5), '{"type": "step_count_is", "step_count": 5}'),
        (server_tools.tool_called("x"), '{"type": "has_tool_call", "tool_name": "x"}'),
        (server_tools.tokens(1000), '{"type": "max_tokens_used", "max_tokens": 1000}'),
        (server_tools.cost(0.5), '{"type": "max_cost", "max_cost_in_dollars": 0.5}'),
        (server_tools.finish_reason("length"), '{"type": "finish_reason_is", "reason": "length"}'),
    ],
)
def test_a_condition_has_the_shape_of_the_api(condition: Any, shape: str) -> None:
    sent = Chat.complete("Hi", stop_server_tools_when=[condition]).request.body or {}
    assert json.loads(encode_json(sent["stop_server_tools_when"])) == [json.loads(shape)]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: server_tools.web_search(max_results=26), "openrouter:web_search.parameters.max_results=26"),
        (lambda: server_tools.web_search(max_characters=100_001), "parameters.max_characters=100001"),
        (lambda: server_tools.web_search(user_location=5), "parameters.user_location=5 cannot be sent: it has to be"),
        (
            lambda: server_tools.web_search(x_search={"allowed_x_handles": ["a"], "excluded_x_handles": ["b"]}),
            "openrouter:web_search.parameters.x_search.excluded_x_handles=['b']",
        ),
        (
            lambda: server_tools.web_search(type="web_search"),
            "type='web_search' cannot be sent: it has to be left out: it is 'openrouter:web_search'.",
        ),
        (lambda: server_tools.web_search(max_use=3), "web_search.parameters.max_use cannot be sent: no such field"),
        (lambda: server_tools.web_search(max_uses=0), "parameters.max_uses=0"),
        (lambda: server_tools.web_search(max_total_results=0), "parameters.max_total_results=0"),
        (lambda: server_tools.web_search(user_location={"timezone": 1}), "parameters.user_location.timezone=1"),
        (
            lambda: server_tools.web_search(allowed_domains=["a"], excluded_domains=["b"]),
            "parameters.excluded_domains=['b'] cannot be sent: it has to be left out where allowed_domains is given.",
        ),
        (lambda: server_tools.web_fetch(allowed_domains="a.com"), "parameters.allowed_domains='a.com'"),
        (lambda: server_tools.web_fetch(max_content_tokens=0), "parameters.max_content_tokens=0"),
        (lambda: server_tools.datetime(timezone=5), "parameters.timezone=5"),
        (lambda: server_tools.image_generation(model=""), "parameters.model=''"),
        (lambda: server_tools.search_models(max_results=21), "parameters.max_results=21"),
        (lambda: server_tools.fusion(max_tool_calls=0), "parameters.max_tool_calls=0"),
        (lambda: server_tools.fusion(reasoning={"effort": 5}), "parameters.reasoning.effort=5"),
        (lambda: server_tools.fusion(cache_control={}), "parameters.cache_control.type=None"),
        (lambda: server_tools.advisor(name="n" * 65), "parameters.name="),
        (lambda: server_tools.advisor(name="wise?"), "has to be letters, digits, spaces, underscores and hyphens."),
        (lambda: server_tools.advisor(temperature=3), "parameters.temperature=3"),
        (lambda: server_tools.advisor(forward_transcript="yes"), "forward_transcript='yes'"),
        (lambda: server_tools.subagent(max_tool_calls=26), "parameters.max_tool_calls=26"),
        (lambda: server_tools.subagent(tools=[{"name": "f"}]), "parameters.tools[0].type=None"),
        (lambda: server_tools.subagent(inherited_function_names="f"), "inherited_function_names='f'"),
        (lambda: server_tools.bash(sleep_after_seconds=2_592_001), "parameters.sleep_after_seconds=2592001"),
        (lambda: server_tools.shell(environment="here"), "parameters.environment='here'"),
        (lambda: server_tools.tool_search(max_results=0), "parameters.max_results=0"),
        (lambda: server_tools.apply_patch(engine=""), "parameters.engine=''"),
        (lambda: server_tools.steps(0), "stop_server_tools_when[0].step_count=0"),
        (lambda: server_tools.tool_called(""), "stop_server_tools_when[0].tool_name=''"),
        (lambda: server_tools.tokens(0), "stop_server_tools_when[0].max_tokens=0"),
        (lambda: server_tools.cost(-0.1), "stop_server_tools_when[0].max_cost_in_dollars=-0.1"),
        (lambda: server_tools.finish_reason(" "), "stop_server_tools_when[0].reason=' '"),
    ],
)
def test_what_cannot_be_right_is_refused_when_it_is_made(make: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        make()
    assert message in str(caught.value)
