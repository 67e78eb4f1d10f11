"""The body of a request: what the settings add, and what is changed of it for a single attempt."""

from __future__ import annotations

import json
from typing import Any

import pytest

from openrouter import InvalidArgumentError
from openrouter.api.chat import Chat
from openrouter.core.secret import Secret
from openrouter.core.wire import Moment, Request
from openrouter.laying import amended, body_of
from openrouter.outgoing import Outgoing
from openrouter.preparing import prepare
from openrouter.settings import Settings

NOW = Moment(0.0, 0.0)


@pytest.mark.parametrize(
    ("body", "chosen", "asked"),
    [
        ({"model": "a"}, "x", {"model": "x"}),
        ({"model": "a", "models": ["b", "c"]}, "b", {"model": "b", "models": ["c", "a"]}),
        ({"model": "a", "models": ["b", "c"]}, "c", {"model": "c", "models": ["a", "b"]}),
        ({"models": ["a", "b", "c"]}, "b", {"models": ["b", "c", "a"]}),
        ({"model": "a", "models": ["a", "b"]}, "b", {"model": "b", "models": ["a"]}),
    ],
)
def test_another_model_moves_up_and_the_ones_before_it_go_last(
    body: dict[str, Any], chosen: str, asked: dict[str, Any]
) -> None:
    given = json.dumps(body)
    assert amended(body, chosen, None) == asked
    assert json.dumps(body) == given


@pytest.mark.parametrize(
    ("body", "limited"),
    [
        ({}, {"max_tokens": 9}),
        ({"max_tokens": 0}, {"max_tokens": 9}),
        ({"max_tokens": "many"}, {"max_tokens": 9}),
        ({"max_tokens": 50}, {"max_tokens": 9}),
        ({"max_completion_tokens": 50}, {"max_completion_tokens": 9}),
    ],
)
def test_an_answer_is_limited_where_the_request_says_so(body: dict[str, Any], limited: dict[str, Any]) -> None:
    assert amended(body, None, 9) == limited


def outgoing(**settings: Any) -> Outgoing:
    request = Request("POST", "/x", {"model": "a", "messages": [], "max_tokens": 50})
    return prepare(request, Settings(**settings), Secret("sk-one"), NOW)


def sent(of: Outgoing) -> Any:
    assert dict(of.headers)[b"content-length"] == str(len(of.content)).encode()
    return json.loads(of.content)


def test_an_attempt_is_changed_and_the_next_one_is_as_before() -> None:
    made = outgoing()
    before = sent(made)
    made.amend("b", 9)
    assert sent(made) == {**before, "model": "b", "max_tokens": 9}
    made.amend(None, None)
    assert sent(made) == before


def test_an_attempt_that_nobody_changes_is_not_encoded_again() -> None:
    made = outgoing()
    content = made.content
    made.amend(None, None)
    assert made.content is content


def test_a_request_without_a_body_cannot_be_changed() -> None:
    made = prepare(Request("GET", "/models"), Settings(), Secret("sk-one"), NOW)
    made.amend("b", 9)
    assert made.content == b""


def test_tokens_are_those_of_what_is_in_it_and_not_of_its_bytes() -> None:
    photo = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{'A' * 1_000_000}"}}
    request = Chat.complete([{"role": "user", "content": ["What is this?", photo]}], max_tokens=50).request
    made = prepare(request, Settings(), Secret("k"), NOW)
    assert made.facts.tokens > 250_000
    made.count_tokens()
    assert 50 < made.facts.tokens < 5_000


def test_a_request_without_a_body_has_no_tokens() -> None:
    made = prepare(Request("GET", "/models"), Settings(), Secret("k"), NOW)
    made.count_tokens()
    assert made.facts.tokens == 0


def test_another_key() -> None:
    made = outgoing()
    made.renew(Secret("sk-two"))
    assert dict(made.headers)[b"authorization"] == b"Bearer sk-two"
    assert "sk-two" not in repr(made)


def test_the_policy_learns_of_the_other_models() -> None:
    request = Request("POST", "/x", {"model": "a", "models": ["b", "c"]})
    assert prepare(request, Settings(), Secret("k"), NOW).facts.fallbacks == ("b", "c")
    settings = Settings(fallbacks={"a": ["x", "y"], "z": ["q"]})
    assert prepare(request, settings, Secret("k"), NOW).facts.fallbacks == ("b", "c")
    alone = Request("POST", "/x", {"model": "a"})
    assert prepare(alone, settings, Secret("k"), NOW).facts.fallbacks == ("x", "y")
    assert prepare(Request("POST", "/x", {}), settings, Secret("k"), NOW).facts.fallbacks == ()


@pytest.mark.parametrize(
    ("model", "fallbacks"),
    [
        ("a", ("x",)),
        ("a:nitro", ("x:nitro",)),
        ("a:nitro:online", ("x:nitro:online",)),
        ("a:free", ()),
        ("b:nitro", ("y:floor",)),
    ],
)
def test_the_fallbacks_of_a_model_are_those_of_its_routing_variants_too(model: str, fallbacks: tuple[str, ...]) -> None:
    settings = Settings(fallbacks={"a": ["x"], "b:nitro": ["y:floor"]})
    assert prepare(Request("POST", "/x", {"model": model}), settings, Secret("k"), NOW).facts.fallbacks == fallbacks


def test_a_request_without_a_body_has_nothing_of_the_settings_in_it() -> None:
    assert body_of(Request("GET", "/models"), Settings(model="a/b")) == {}


def test_a_variant_is_that_of_the_model_of_the_settings_too() -> None:
    request = Chat.complete("Hi", variant="nitro").request
    assert body_of(request, Settings(model="a/b"))["model"] == "a/b:nitro"
    with pytest.raises(InvalidArgumentError, match="name a model"):
        body_of(request, Settings())
