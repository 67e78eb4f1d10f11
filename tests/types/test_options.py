"""Options: what is refused before anything is sent, and what every request may be told."""

from __future__ import annotations

from typing import Any, get_type_hints

import pytest

from openrouter.core.errors import InvalidArgumentError
from openrouter.core.wire import UNSET
from openrouter.types.chat_options import (
    BODY_ORDER,
    CHAT_OPTIONS,
    CHAT_RULES,
    UNSENT_OPTIONS,
    ChatOptions,
    JSONObject,
)
from openrouter.types.options import REQUEST_OPTIONS, check_options, make_request

NAN = float("nan")
PAIRS = {f"key-{number}": "value" for number in range(16)}

GOOD: dict[str, list[Any]] = {
    "model": ["acme/large", "@preset/a"],
    "models": [["a"], ("a", "b")],
    "plugins": [[], [{"id": "web"}]],
    "max_completion_tokens": [1, 10**6],
    "max_tokens": [1, 10**6],
    "temperature": [0, 0.5, 2],
    "top_p": [0, 1],
    "top_k": [0, 40],
    "min_p": [0, 1],
    "top_a": [0, 1],
    "frequency_penalty": [-2, 2],
    "presence_penalty": [-2, 2],
    "repetition_penalty": [0.01, 2],
    "logit_bias": [{}, {"50256": -100, "1": 100}],
    "top_logprobs": [0, 20],
    "seed": [-1, 0, 7],
    "stop": ["\n", [], ["a", "b", "c", "d"]],
    "metadata": [{}, PAIRS, {"k" * 64: "v" * 512}],
    "tools": [[], [{"type": "function", "function": {"name": "f"}}]],
    "max_tool_calls": [1, 30],
    "stop_server_tools_when": [[{"type": "step_count_is", "step_count": 1}]],
    "session_id": ["s", "s" * 256],
    "preset": ["brief"],
    "route": ["fallback", "new"],
    **{key: [True, False] for key in ("logprobs", "parallel_tool_calls", "structured_outputs", "include_reasoning")},
    **{key: ["high", "a word that is new"] for key in ("reasoning_effort", "verbosity", "service_tier")},
    **{key: ["ann", ""] for key in ("user", "prompt_cache_key")},
    "modalities": [["text", "image", "audio", "smell"], ("text",), []],
    "tool_choice": ["auto", "new", {"type": "openrouter:web_search"}],
    "response_format": [{"type": "text"}, {"type": "new"}],
    "prediction": [{"type": "content", "content": ""}],
    "cache_control": [{"type": "ephemeral"}],
    "prompt_cache_options": [{"mode": "explicit"}],
    **{key: [{}, {"new": [None]}] for key in ("provider", "reasoning", "trace", "debug", "audio", "image_config")},
    **{key: [{}, {"new": [None]}] for key in ("web_search_options", "x_search_filter", "deferred_tools")},
    "stream_options": [{"include_usage": True}, {"new": [None]}],
}
BAD: dict[str, list[Any]] = {
    "model": ["", " ", 5],
    "models": [[], "acme/large", {"a": 1}, [None], ["a", ""]],
    "plugins": ["web", {"id": "web"}],
    "max_completion_tokens": [0, -1, 1.5, True, "16"],
    "max_tokens": [0, -1, 1.5, True, "16"],
    "temperature": [-0.1, 2.1, 3, True, NAN, "1"],
    "top_p": [-0.1, 1.1, NAN],
    "top_k": [-1, 0.5],
    "min_p": [-0.1, 1.1],
    "top_a": [-0.1, 1.1],
    "frequency_penalty": [-2.1, 2.1],
    "presence_penalty": [-2.1, 2.1],
    "repetition_penalty": [0, 2.1],
    "logit_bias": [[1], {"1": 101}, {"1": -101}, {"1": "x"}, {"1": True}],
    "top_logprobs": [-1, 21, 0.5],
    "seed": [0.5, "7", True],
    "stop": [["a", "b", "c", "d", "e"], 5, [1, 2], ["a", None]],
    "metadata": [{**PAIRS, "one more": "v"}, {"k" * 65: "v"}, {"k": "v" * 513}, {"k": 5}, {5: "v"}, ["a"]],
    "tools": [{"type": "function"}, "tool"],
    "max_tool_calls": [0, 31],
    "stop_server_tools_when": [[], {}],
    "session_id": ["", "s" * 257],
    "preset": ["", 5],
    "route": ["", True],
    **{key: [1, 0, "true"] for key in ("logprobs", "parallel_tool_calls", "structured_outputs", "include_reasoning")},
    **{key: ["", 5, {"effort": "high"}] for key in ("reasoning_effort", "verbosity", "service_tier")},
    **{key: [5, b"ann"] for key in ("user", "prompt_cache_key")},
    "modalities": ["text", ["text", 5], {"text": True}],
    "tool_choice": [5, "", {}, {"type": "function"}],
    "response_format": ["json_object", {}, {"type": "json_schema"}],
    "prediction": ["text", {"type": "content"}],
    "cache_control": [True, {}, {"ttl": "1h"}],
    "prompt_cache_options": [{}, {"ttl": "30m"}],
    **{key: [[], "high", True] for key in ("provider", "reasoning", "trace", "debug", "audio", "image_config")},
    **{key: [[], "high", True] for key in ("web_search_options", "x_search_filter", "deferred_tools")},
    "stream_options": [5, "usage", {"include_usage": "yes"}],
}


def test_every_rule_is_tried_here() -> None:
    assert GOOD.keys() == BAD.keys() == CHAT_RULES.keys()


@pytest.mark.parametrize("name", GOOD)
def test_limits_of_chat_options(name: str) -> None:
    for value in (*GOOD[name], None):
        check_options({name: value}, CHAT_RULES)
    for value in BAD[name]:
        with pytest.raises(InvalidArgumentError, match=name):
            check_options({name: value}, CHAT_RULES)


def test_an_option_without_a_rule_passes() -> None:
    check_options({"verbosity": "extreme", "new": 5, "reasoning": {"effort": "new"}}, CHAT_RULES)


def test_the_types_of_the_options_are_there_at_run_time() -> None:
    """Tools that read annotations, such as those for documentation, find all names."""
    hints = get_type_hints(ChatOptions)
    assert hints.keys() == CHAT_OPTIONS
    assert hints["provider"] == JSONObject | None


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("timeout", [0.1, 5, 1e9], [0, -1, NAN, float("inf"), "5", True]),
        ("deadline", [0.1, 5], [0, -1, NAN, float("inf"), "5"]),
        ("max_retries", [0, 5], [-1, 1.5, True, "2"]),
        ("extra_body", [{}, {"a": None}], [[], "a", 5]),
        ("extra_headers", [{}, {"a": "b"}], [[("a", "b")], "a"]),
        ("extra_query", [{}, {"a": [1]}], ["a=b"]),
    ],
)
def test_limits_of_request_options(name: str, good: list[Any], bad: list[Any]) -> None:
    for value in good:
        make_request("POST", "/x", {name: value})
    for value in bad:
        with pytest.raises(InvalidArgumentError, match=name):
            make_request("POST", "/x", {name: value})


def test_what_has_no_body_takes_none() -> None:
    assert make_request("GET", "/x", {"extra_body": {}}).extra_body == {}
    with pytest.raises(InvalidArgumentError, match=r"extra_body=\{'a': 1\} .* extra_query"):
        make_request("GET", "/x", {"extra_body": {"a": 1}})


def test_the_query_is_that_of_the_operation_and_what_was_given_for_it() -> None:
    assert make_request("GET", "/x", {"extra_query": {"b": 2}}, query={"a": 1}).query == {"a": 1, "b": 2}
    assert make_request("GET", "/x", {}, query={"a": 1}).query == {"a": 1}
    with pytest.raises(InvalidArgumentError, match="a is given twice: as an option and in extra_query"):
        make_request("GET", "/x", {"extra_query": {"a": 2}}, query={"a": 1})


def test_the_request_has_what_the_options_say() -> None:
    options = {
        "timeout": 5.0,
        "deadline": None,
        "max_retries": 1,
        "extra_body": {"a": None},
        "extra_headers": {"X-A": "b"},
        "extra_query": {"q": 1},
    }
    made = make_request("POST", "/x", options, body={"b": 2}, stream=True)
    assert (made.method, made.path, made.body, made.stream) == ("POST", "/x", {"b": 2}, True)
    assert (made.timeout, made.deadline, made.max_retries) == (5.0, None, 1)
    assert (made.extra_body, made.headers, made.query) == ({"a": None}, {"X-A": "b"}, {"q": 1})


def test_what_is_not_said_is_unset_and_none_is_none() -> None:
    silent = make_request("GET", "/x", {})
    assert (silent.timeout, silent.deadline) == (UNSET, UNSET)
    assert make_request("GET", "/x", {"timeout": None}).timeout is None


@pytest.mark.parametrize("known", [REQUEST_OPTIONS, ["timeout", "deadline"]])
def test_an_unknown_option_names_the_one_that_was_meant(known: Any) -> None:
    with pytest.raises(TypeError, match=r"'timeouts'. Did you mean 'timeout'"):
        make_request("GET", "/x", {"deadline": 5, "timeouts": 5}, known=known)
    make_request("GET", "/x", {"timeout": 5}, known=known)


def test_a_field_in_two_places_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="temperature is given twice"):
        make_request("POST", "/x", {"extra_body": {"top_p": 1, "temperature": 1}}, body={"temperature": 1})
    assert make_request("POST", "/x", {"extra_body": {"temperature": 1}}, body={}).extra_body == {"temperature": 1}
    assert make_request("POST", "/x", {"extra_body": {"temperature": 1}}).body is None


def test_options_of_every_request_are_options_of_chat_and_no_field_of_its_body() -> None:
    assert REQUEST_OPTIONS < CHAT_OPTIONS
    assert BODY_ORDER.keys() - {"prompt"} == CHAT_OPTIONS - REQUEST_OPTIONS - UNSENT_OPTIONS
    assert ChatOptions.__annotations__.keys() == CHAT_OPTIONS
