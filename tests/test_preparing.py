"""Requests as they go out: body, headers, query, clocks, and what the policy is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from openrouter.api.chat import Chat
from openrouter.core.errors import InvalidArgumentError
from openrouter.core.secret import Secret
from openrouter.core.version import __version__
from openrouter.core.wire import UNSET, Moment, Request
from openrouter.outgoing import Clocks, Outgoing, origin_of
from openrouter.policy import Facts
from openrouter.preparing import prepare
from openrouter.settings import Settings

KEY = Secret("sk-or-v1-0123456789")
NOW = Moment(100.0, 1_800_000_000.0)


def prepared(request: Request | None = None, /, now: Moment = NOW, **settings: Any) -> Outgoing:
    return prepare(request or Request("GET", "/key"), Settings(**settings), KEY, now)


def headers_of(outgoing: Outgoing) -> dict[bytes, bytes]:
    assert len(dict(outgoing.headers)) == len(outgoing.headers), "no header stands there twice"
    return dict(outgoing.headers)


def body_of(request: Request, **settings: Any) -> Any:
    return json.loads(prepared(request, **settings).content)


def post(body: dict[str, object], **fields: Any) -> Request:
    return Request("POST", "/x", body, **fields)


# --- where to -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base_url", "scheme", "host", "port", "host_header", "target"),
    [
        ("https://openrouter.ai/api/v1", "https", "openrouter.ai", 443, b"openrouter.ai", "/api/v1/key"),
        ("https://example.org:8443", "https", "example.org", 8443, b"example.org:8443", "/key"),
        ("http://localhost/v1/", "http", "localhost", 80, b"localhost", "/v1/key"),
        ("http://[::1]:8000", "http", "::1", 8000, b"[::1]:8000", "/key"),
        ("https://bücher.example", "https", "xn--bcher-kva.example", 443, b"xn--bcher-kva.example", "/key"),
    ],
)
def test_the_origin(*, base_url: str, scheme: str, host: str, port: int, host_header: bytes, target: str) -> None:
    outgoing = prepared(base_url=base_url)
    origin = outgoing.origin
    assert (origin.scheme, origin.host, origin.port, outgoing.target) == (scheme, host, port, target)
    assert headers_of(outgoing)[b"host"] == host_header
    assert origin_of(Settings(base_url=base_url).base_url) == origin


@pytest.mark.parametrize(
    ("query", "target"),
    [
        (None, "/key"),
        ({}, "/key"),
        ({"a": None}, "/key"),
        ({"a": 1, "b": "x y&z"}, "/key?a=1&b=x+y%26z"),
        ({"a": ["1", "2"], "b": None}, "/key?a=1&a=2"),
        ({"a": True, "b": False}, "/key?a=true&b=false"),
        ({"a": "ä", "b": "\ud800"}, "/key?a=%C3%A4&b=%3F"),
        ({"a": [1, True, None], "b": ("x", False)}, "/key?a=1&a=true&b=x&b=false"),
    ],
)
def test_the_query(query: dict[str, object] | None, target: str) -> None:
    assert prepared(Request("GET", "/key", query=query), base_url="https://example.org").target == target


# --- headers ------------------------------------------------------------------------------------------------------


def test_the_headers_of_a_request_without_a_body() -> None:
    assert headers_of(prepared()) == {
        b"host": b"openrouter.ai",
        b"accept": b"application/json",
        b"accept-encoding": b"gzip",
        b"user-agent": f"openrouter-duo/{__version__}".encode(),
        b"authorization": b"Bearer sk-or-v1-0123456789",
    }


def test_the_headers_of_a_stream() -> None:
    outgoing = prepared(post({"a": 1}, stream=True))
    headers = headers_of(outgoing)
    assert (headers[b"accept"], headers[b"accept-encoding"]) == (b"text/event-stream", b"identity")
    assert (headers[b"content-type"], headers[b"content-length"]) == (b"application/json", b"7")
    assert (outgoing.content, outgoing.stream, outgoing.method) == (b'{"a":1}', True, "POST")


def test_attribution_is_the_users_own_or_absent() -> None:
    names = {b"http-referer", b"x-openrouter-title", b"x-title"}
    assert not names & headers_of(prepared()).keys()
    assert not names & headers_of(prepared(app_url="", app_title="")).keys()
    own = headers_of(prepared(app_url="https://example.org", app_title="é-app"))
    assert (own[b"http-referer"], own[b"x-openrouter-title"]) == (b"https://example.org", b"\xe9-app")


def test_headers_of_the_call_win_over_those_of_the_settings_in_any_case() -> None:
    request = Request("GET", "/key", headers={"x-a": "call", "AUTHORIZATION": "Bearer other", "User-Agent": "mine"})
    headers = headers_of(prepared(request, headers={"X-A": "settings", "X-B": " kept "}, app_title="App"))
    assert (headers[b"x-a"], headers[b"x-b"], headers[b"x-openrouter-title"]) == (b"call", b"kept", b"App")
    assert (headers[b"authorization"], headers[b"user-agent"]) == (b"Bearer other", b"mine")
    title = prepared(Request("GET", "/key", headers={"x-openrouter-title": "Call"}), app_title="App")
    assert headers_of(title)[b"x-openrouter-title"] == b"Call"


@pytest.mark.parametrize(
    "value", ["hush\r\nX-Evil: 1", "hush\n", "hush\x00", "hush\x0b", "hush\x7f", "hush ☕", 5, None, b"hush"]
)
def test_a_value_that_no_header_can_have_is_refused_and_not_shown(value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="The header X-A cannot be sent") as caught:
        prepared(Request("GET", "/key", headers={"X-A": value}))
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("name", ["", "X A", "X:A", "X\r\nA", "Ä", 5, None])
def test_a_name_that_no_header_can_have_is_refused(name: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="header name="):
        prepared(Request("GET", "/key", headers={name: "hush"}))


def test_neither_key_nor_headers_nor_content_is_in_the_repr() -> None:
    assert "sk-or-v1" not in repr(prepared(post({"a": "hush"}, headers={"X-A": "hush"})))
    assert "hush" not in repr(prepared(post({"a": "hush"}, headers={"X-A": "hush"})))


# --- body -----------------------------------------------------------------------------------------------------------


def test_settings_lie_under_the_body_and_none_takes_them_away() -> None:
    settings = {"model": "acme/large", "max_tokens": 9, "temperature": 0.5, "top_p": 0.9}
    assert body_of(post({}), **settings) == settings
    said = {"model": "acme/small", "max_tokens": None, "temperature": 0, "x": None}
    assert body_of(post(said), **settings) == {"model": "acme/small", "temperature": 0, "top_p": 0.9}
    assert prepared(**settings).content == b"", "a request without a body gets none"


def test_a_default_is_not_laid_under_what_was_said_in_other_words() -> None:
    settings = {"model": "acme/large", "max_tokens": 9}
    assert body_of(post({"models": ["a", "b"]}), **settings) == {"models": ["a", "b"], "max_tokens": 9}
    assert body_of(post({}, extra_body={"models": ["a"]}), **settings) == {"models": ["a"], "max_tokens": 9}
    assert body_of(post({"max_completion_tokens": 5}), **settings) == {
        "model": "acme/large",
        "max_completion_tokens": 5,
    }
    assert body_of(post({"models": None}), **settings) == settings


def test_extra_body_is_laid_over_all_unchanged_with_its_nulls() -> None:
    extra = {"temperature": None, "provider": {"order": [None, {"deep": {"a": None}}]}, "new": 1}
    body = body_of(post({"a": 1}, extra_body=extra), temperature=0.5, top_p=1)
    assert body == {"a": 1, "top_p": 1, **extra}


def test_equal_requests_are_equal_bytes() -> None:
    first = Chat.complete("Hi", model="m", temperature=0.5, seed=1, tools=[], max_tokens=5)
    second = Chat.complete("Hi", max_tokens=5, tools=[], seed=1, temperature=0.5, model="m")
    assert prepared(first.request).content == prepared(second.request).content


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tools", [{1, 2}]),
        ("metadata", {"when": object()}),
        ("provider", {"max_price": float("nan")}),
        ("seed", float("inf")),
        ("trace", {(1, 2): 3}),
        ("image", b"bytes"),
    ],
)
def test_a_field_that_json_cannot_hold_is_named(name: str, value: object) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"{name}=.* cannot be sent: it has to be JSON \("):
        prepared(post({"model": "m", name: value, "z": 1}))
    with pytest.raises(InvalidArgumentError, match=f"{name}="):
        prepared(post({"model": "m"}, extra_body={name: value}))


def test_a_body_with_a_name_that_json_cannot_hold_is_refused() -> None:
    extra: dict[Any, object] = {(1, 2): "x"}
    with pytest.raises(InvalidArgumentError, match=r"it has to be JSON"):
        prepared(post({}, extra_body=extra))


def test_half_a_surrogate_pair_can_be_sent() -> None:
    assert body_of(post({"a": "\ud83c"})) == {"a": "\ud83c"}


# --- clocks and facts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "settings", "idle", "total", "deadline"),
    [
        pytest.param({}, {}, None, 600.0, None, id="a whole reply has 600 s in total"),
        pytest.param({"timeout": 5}, {}, None, 5, None, id="or what the call says"),
        pytest.param({}, {"timeout": 7}, None, 7, None, id="or what the settings say"),
        pytest.param({"timeout": 5}, {"timeout": 7}, None, 5, None, id="the call wins"),
        pytest.param({"timeout": None}, {"timeout": 7}, None, None, None, id="None is for ever"),
        pytest.param({}, {"timeout": None}, None, None, None, id="for ever for all"),
        pytest.param({"timeout": UNSET}, {"timeout": 7}, None, 7, None, id="unset is unset"),
        pytest.param({"deadline": 9}, {}, None, 600.0, 109.0, id="a deadline beside it"),
        pytest.param({"deadline": 9, "timeout": 5}, {}, None, 5, 109.0, id="both"),
        pytest.param({"deadline": 9, "timeout": None}, {}, None, None, 109.0, id="a deadline alone"),
        pytest.param({}, {"deadline": 9}, None, 600.0, 109.0, id="a deadline of the settings"),
        pytest.param({"deadline": None}, {"deadline": 9}, None, 600.0, None, id="a deadline taken away"),
        pytest.param({"stream": True}, {}, 120.0, None, None, id="a stream has 120 s of silence and no end"),
        pytest.param({"stream": True, "timeout": 5}, {}, 5, None, None, id="or as much silence as the call says"),
        pytest.param({"stream": True, "timeout": None}, {"timeout": 7}, None, None, None, id="or silence for ever"),
        pytest.param({"stream": True, "deadline": 9}, {"timeout": 7}, 7, None, 109.0, id="silence and a deadline"),
    ],
)
def test_clocks(
    request_: dict[str, Any],
    settings: dict[str, Any],
    idle: float | None,
    total: float | None,
    deadline: float | None,
) -> None:
    outgoing = prepared(post({}, **request_), connect_timeout=2, stall_timeout=50, **settings)
    assert outgoing.clocks == Clocks(2, idle, 50, total, deadline)
    assert outgoing.facts.deadline == deadline


@pytest.mark.parametrize(
    ("total", "deadline", "ends"),
    [(None, None, None), (5, None, 12), (None, 9, 9), (5, 9, 9), (1, 9, 8)],
)
def test_the_clocks_of_an_attempt_start_when_it_is_sent(
    total: float | None, deadline: float | None, ends: float | None
) -> None:
    outgoing = prepared(post({}))
    outgoing.clocks = Clocks(2, None, 50, total, deadline)
    outgoing.begin(7)
    assert outgoing.ends_at == ends


def test_facts() -> None:
    body: dict[str, object] = {"model": "m", "user": "ann", "max_tokens": 50}
    outgoing = prepared(post(body, stream=True, max_retries=4), max_retries=1)
    tokens = len(outgoing.content) // 4 + 50
    assert outgoing.facts == Facts(
        key=KEY.fingerprint,
        model="m",
        stream=True,
        billable=True,
        tokens=tokens,
        user="ann",
        max_retries=4,
        deadline=None,
        output_tokens=50,
    )


def test_facts_of_a_request_without_a_body() -> None:
    facts = prepared(max_retries=1).facts
    assert (facts.model, facts.user, facts.tokens, facts.billable, facts.max_retries) == (None, None, 0, False, 1)


@pytest.mark.parametrize(
    ("body", "model", "limit"),
    [
        ({"model": "m", "models": ["a"]}, "m", 0),
        ({"models": ["a", "b"]}, "a", 0),
        ({"models": ("a", "b")}, "a", 0),
        ({"models": []}, None, 0),
        ({"models": "a"}, None, 0),
        ({"model": 5, "user": 5}, None, 0),
        ({"max_completion_tokens": 7, "max_tokens": 50}, None, 7),
        ({"max_tokens": "many"}, None, 0),
    ],
)
def test_facts_of_odd_bodies(body: dict[str, object], model: str | None, limit: int) -> None:
    outgoing = prepared(post(body))
    assert (outgoing.facts.model, outgoing.facts.user) == (model, None)
    assert outgoing.facts.tokens == len(outgoing.content) // 4 + limit


@pytest.mark.parametrize("path", ["/schlüssel", "/a b", "key", "", "/a\r\nX-Evil: 1", "/\x7f"])
def test_a_path_that_cannot_be_sent(path: str) -> None:
    with pytest.raises(InvalidArgumentError, match=r"path=.* cannot be sent: it has to be ASCII"):
        prepared(Request("GET", path))


def test_headers_that_are_no_mapping() -> None:
    headers: Any = [("X-A", "hush")]
    with pytest.raises(InvalidArgumentError, match="headers=<list> cannot be sent: it has to be a mapping"):
        prepared(Request("GET", "/key", headers=headers))


@pytest.mark.parametrize("name", ["Content-Length", "transfer-encoding"])
def test_headers_that_frame_the_body_are_refused(name: str) -> None:
    with pytest.raises(InvalidArgumentError, match=name):
        prepared(post({}, headers={name: "3"}))
