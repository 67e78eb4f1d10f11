"""Plugins: each is the JSON that the API documents, and what cannot be right is refused when it is made."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from typing import Any

import pytest

from openrouter import plugins
from openrouter.api.chat import Chat
from openrouter.core.errors import InvalidArgumentError
from openrouter.core.json import encode_json

FUNCTIONS: dict[str, Callable[..., dict[str, Any]]] = {name: getattr(plugins, name) for name in plugins.__all__}

PLUGINS: list[tuple[dict[str, Any], str]] = [
    (plugins.web(), '{"id": "web"}'),
    (
        plugins.web(
            engine="exa",
            mode="deep",
            max_results=3,
            max_uses=2,
            search_prompt="Look here:",
            include_domains=["*.example.com"],
            exclude_domains=["example.com/blog"],
            user_location={"city": "Paris", "country": "FR"},
            x_search={"from_date": "2026-01-01"},
            enabled=True,
        ),
        """{"id": "web", "engine": "exa", "mode": "deep", "max_results": 3, "max_uses": 2,
        "search_prompt": "Look here:", "include_domains": ["*.example.com"], "exclude_domains": ["example.com/blog"],
        "user_location": {"type": "approximate", "city": "Paris", "country": "FR"},
        "x_search": {"from_date": "2026-01-01"}, "enabled": true}""",
    ),
    (plugins.web(enabled=False), '{"id": "web", "enabled": false}'),
    (
        plugins.web_fetch(max_uses=1, max_content_tokens=500, allowed_domains=["a.com"], blocked_domains=["b.com"]),
        """{"id": "web-fetch", "max_uses": 1, "max_content_tokens": 500, "allowed_domains": ["a.com"],
        "blocked_domains": ["b.com"]}""",
    ),
    (plugins.file_parser(), '{"id": "file-parser"}'),
    (plugins.file_parser("mistral-ocr"), '{"id": "file-parser", "pdf": {"engine": "mistral-ocr"}}'),
    (
        plugins.file_parser(pdf={"engine": "native", "new": 1}),
        '{"id": "file-parser", "pdf": {"engine": "native", "new": 1}}',
    ),
    (plugins.file_parser(enabled=False), '{"id": "file-parser", "enabled": false}'),
    (plugins.response_healing(), '{"id": "response-healing"}'),
    (plugins.response_healing(enabled=False), '{"id": "response-healing", "enabled": false}'),
    (plugins.context_compression(), '{"id": "context-compression"}'),
    (
        plugins.context_compression("middle-out", enabled=True),
        '{"id": "context-compression", "engine": "middle-out", "enabled": true}',
    ),
    (plugins.moderation(), '{"id": "moderation"}'),
    (
        plugins.auto_router(
            allowed_models=["anthropic/*"],
            excluded_models=["openai/*"],
            cost_tier="low",
            cost_quality_tradeoff=7,
            pin_model=True,
            enabled=True,
        ),
        """{"id": "auto-router", "allowed_models": ["anthropic/*"], "excluded_models": ["openai/*"], "cost_tier": "low",
        "cost_quality_tradeoff": 7, "pin_model": true, "enabled": true}""",
    ),
    (
        plugins.auto_beta_router(
            allowed_models=["a/*"], excluded_models=[], cost_tier="max", cost_quality_tradeoff=0, enabled=False
        ),
        """{"id": "auto-beta-router", "allowed_models": ["a/*"], "excluded_models": [], "cost_tier": "max",
        "cost_quality_tradeoff": 0, "enabled": false}""",
    ),
    (
        plugins.pareto_router(min_coding_score=0.7, max_price=2.5, price_source="weighted_avg", enabled=True),
        """{"id": "pareto-router", "min_coding_score": 0.7, "max_price": 2.5, "price_source": "weighted_avg",
        "enabled": true}""",
    ),
    (
        plugins.fusion(
            preset="general-fast",
            analysis_models=["a/b"],
            model="c/d",
            max_tool_calls=16,
            tools=[{"type": "openrouter:web_search"}],
            enabled=True,
        ),
        """{"id": "fusion", "preset": "general-fast", "analysis_models": ["a/b"], "model": "c/d", "max_tool_calls": 16,
        "tools": [{"type": "openrouter:web_search"}], "enabled": true}""",
    ),
    (plugins.fusion(tools=[]), '{"id": "fusion", "tools": []}'),
]


@pytest.mark.parametrize(("plugin", "shape"), PLUGINS)
def test_a_plugin_has_the_shape_of_the_api(plugin: dict[str, Any], shape: str) -> None:
    sent = Chat.complete("Hi", plugins=[plugin]).request.body or {}
    assert json.loads(encode_json(sent["plugins"])) == [json.loads(shape)]


def test_every_plugin_is_tried_here_with_all_that_it_takes() -> None:
    tried: dict[str, set[str]] = {}
    for _, shape in PLUGINS:
        made = json.loads(shape)
        tried.setdefault(made["id"].replace("-", "_"), set()).update(made)
    tried["file_parser"] |= {"engine"}
    assert tried.keys() == FUNCTIONS.keys()
    for name, function in FUNCTIONS.items():
        assert inspect.signature(function).parameters.keys() - {"more"} <= tried[name], name


@pytest.mark.parametrize("function", FUNCTIONS.values())
def test_what_is_new_is_taken_and_none_is_left_out(function: Callable[..., dict[str, Any]]) -> None:
    bare = function()
    assert function(colour={"deep": None}) == {**bare, "colour": {"deep": None}}
    named = inspect.signature(function).parameters.keys() - {"more"}
    assert function(**dict.fromkeys(named), colour=None) == bare
    assert bare.keys() == {"id"}


@pytest.mark.parametrize("function", FUNCTIONS.values())
def test_every_plugin_can_be_switched_off_and_says_what_it_is(function: Callable[..., dict[str, Any]]) -> None:
    assert function(enabled=False)["enabled"] is False
    with pytest.raises(InvalidArgumentError, match=r"\.enabled='no' cannot be sent: it has to be True or False"):
        function(enabled="no")
    assert len((function.__doc__ or "").splitlines()[0]) > 20


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: plugins.web(max_results=0), "web.max_results=0"),
        (lambda: plugins.web(max_uses=0), "web.max_uses=0"),
        (lambda: plugins.web(engine=""), "web.engine=''"),
        (lambda: plugins.web(include_domains="a.com"), "web.include_domains='a.com'"),
        (lambda: plugins.web(exclude_domains=[5]), "web.exclude_domains[0]=5"),
        (lambda: plugins.web(user_location={"city": 5}), "web.user_location.city=5"),
        (lambda: plugins.web(search_prompt=5), "web.search_prompt=5"),
        (lambda: plugins.web(user_location="Paris"), "web.user_location='Paris' cannot be sent: it has to be a map"),
        (lambda: plugins.web(id="other"), "id='other' cannot be sent: it has to be left out: it is 'web'."),
        (lambda: plugins.web(max_resuls=3), "web.max_resuls cannot be sent: no such field is known. Did you mean 'max"),
        (
            lambda: plugins.web(x_search={"allowed_x_handles": ["a"], "excluded_x_handles": ["b"]}),
            "web.x_search.excluded_x_handles=['b']",
        ),
        (lambda: plugins.file_parser(pdf="native"), "file-parser.pdf='native'"),
        (lambda: plugins.web_fetch(max_content_tokens=0), "web-fetch.max_content_tokens=0"),
        (lambda: plugins.file_parser(engine=5), "file-parser.pdf.engine=5"),
        (lambda: plugins.auto_router(allowed_models=["a"] * 1025), "auto-router.allowed_models="),
        (lambda: plugins.auto_router(excluded_models="a/*"), "auto-router.excluded_models='a/*'"),
        (lambda: plugins.auto_router(cost_quality_tradeoff=11), "auto-router.cost_quality_tradeoff=11"),
        (lambda: plugins.auto_router(pin_model=1), "auto-router.pin_model=1"),
        (lambda: plugins.auto_beta_router(cost_quality_tradeoff=-1), "auto-beta-router.cost_quality_tradeoff=-1"),
        (lambda: plugins.pareto_router(min_coding_score=1.1), "pareto-router.min_coding_score=1.1"),
        (lambda: plugins.pareto_router(max_price=-1), "pareto-router.max_price=-1"),
        (lambda: plugins.fusion(analysis_models=[]), "fusion.analysis_models=[]"),
        (lambda: plugins.fusion(analysis_models=["a"] * 9), "fusion.analysis_models="),
        (lambda: plugins.fusion(max_tool_calls=17), "fusion.max_tool_calls=17"),
        (lambda: plugins.fusion(tools=[{"type": "a"}] * 9), "fusion.tools="),
        (lambda: plugins.fusion(tools=[{}]), "fusion.tools[0].type=None"),
    ],
)
def test_what_cannot_be_right_is_refused_when_it_is_made(make: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        make()
    assert message in str(caught.value)
