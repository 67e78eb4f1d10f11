"""Secrets are shown by nothing but `reveal`, and arguments are sealed before anything can be refused."""

from __future__ import annotations

import copy
import pickle
from functools import partial
from typing import Any

import pytest
from rich.pretty import pretty_repr

from openrouter.core.secret import KeyFunction, Mistyped, Sealed, Secret, SecretText, seal, sealed_headers, sealed_key

KEY = "sk-or-v1-0123456789"


def vault() -> str:
    return KEY


def test_it_shows_a_fingerprint_instead_of_itself() -> None:
    secret = Secret(KEY)
    assert secret.reveal() == KEY
    assert KEY not in f"{secret} {secret!r} {[secret]} {pretty_repr(secret, max_string=5)}"
    assert secret.fingerprint in repr(secret)
    assert not hasattr(secret, "__dict__")


def test_equal_keys_are_equal_and_others_are_not() -> None:
    assert Secret(KEY) == Secret(KEY)
    assert hash(Secret(KEY)) == hash(Secret(KEY))
    assert Secret(KEY) != Secret(f"{KEY}0")
    assert Secret(KEY) != KEY
    assert Secret(KEY).fingerprint != Secret(f"{KEY}0").fingerprint


@pytest.mark.parametrize("sealed", [Secret(KEY), SecretText(KEY), KeyFunction(vault), Sealed([KEY])])
def test_what_is_sealed_can_be_pickled_and_copied(sealed: Any) -> None:
    for again in (pickle.loads(pickle.dumps(sealed)), copy.deepcopy(sealed)):  # noqa: S301 - our own
        assert again == sealed
        assert type(again) is type(sealed)
        assert "0123" not in repr(again)


def test_any_text_can_be_a_secret() -> None:
    assert Secret("\ud800").reveal() == "\ud800"


def test_sealed_text_is_text_that_containers_do_not_show() -> None:
    text = SecretText(KEY)
    assert text == KEY
    assert f"{text}" == KEY
    assert {text: 1}[KEY] == 1
    for shown in (repr([text]), repr({"a": text}), repr(text[:5]), repr(text[3]), pretty_repr([text], max_string=5)):
        assert "<hidden>" in shown
        assert "sk" not in shown


def test_a_function_is_asked_and_not_shown() -> None:
    function = KeyFunction(partial(str, KEY))
    assert function() == KEY
    assert repr(function) == "<callable>"
    assert repr(Sealed([KEY])) == "<hidden list>"


@pytest.mark.parametrize("value", [5, b"key", None, [KEY]])
def test_of_what_is_no_key_the_type_alone_is_told(value: object) -> None:
    assert repr(sealed_key(value)) == f"<{type(value).__name__}>"


@pytest.mark.filterwarnings("error")
def test_a_coroutine_is_no_key_and_nobody_has_to_await_it() -> None:
    async def ask() -> str:
        raise NotImplementedError

    assert repr(sealed_key(ask())) == "<coroutine>"


def test_arguments_are_sealed_where_they_are() -> None:
    arguments: dict[str, Any] = {
        "api_key": f" {KEY}\n",
        "proxy": KEY,
        "headers": {"A": KEY, "B": 5, "C": None, "D": b"key"},
        "extra_headers": [("A", KEY)],
        "base_url": f"https://{KEY}@x.test",
        "api_kye": KEY,
        "model": "a/b",
        "temperature": 0.5,
    }
    same = arguments
    seal(arguments)
    assert same["api_key"] == Secret(KEY)
    assert same["proxy"] == KEY
    assert same["headers"]["A"] == KEY
    assert repr(same["headers"]) == "{'A': <hidden>, 'B': <int>, 'C': <None>, 'D': <bytes>}"
    assert repr(same["extra_headers"]) == "<list>"
    assert (same["model"], same["temperature"]) == ("a/b", 0.5)
    assert KEY not in repr(same)


@pytest.mark.parametrize("value", [None, Secret(KEY), KeyFunction(vault), Mistyped("int")])
def test_what_is_sealed_stays_as_it_is(value: object) -> None:
    arguments = {"api_key": value}
    seal(arguments)
    assert arguments["api_key"] is value


@pytest.mark.parametrize("value", [None, SecretText(KEY), Mistyped("int")])
def test_texts_and_headers_that_are_sealed_stay_as_they_are(value: object) -> None:
    arguments: dict[str, object] = {"proxy": value, "headers": {"A": SecretText(KEY), "B": Mistyped("int")}}
    before = dict(arguments)
    seal(arguments)
    assert arguments["proxy"] is value
    assert repr(arguments["headers"]) == repr(before["headers"])
    assert sealed_headers(None) is None
    assert repr(sealed_headers(Mistyped("list"))) == "<list>"


def test_an_address_without_a_password_can_be_seen() -> None:
    arguments: dict[str, object] = {"base_url": "https://x.test/v1"}
    seal(arguments)
    assert repr(arguments) == "{'base_url': 'https://x.test/v1'}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("base_url", "sk-or-v1-secret"),
        ("base_url", "https://x.test/v1?key=secret"),
        ("base_url", b"https://ann:secret@x.test"),
        ("default_headers", {"X-Key": "secret"}),
        ("proxies", {"https": "http://ann:secret@x.test"}),
        ("proxy_url", "http://ann:secret@x.test"),
        ("apikey", "secret"),
        ("key", " Bearer sk-secret"),
        ("api_keys", b"secret"),
    ],
)
def test_what_somebody_may_take_for_the_place_of_a_secret_is_sealed(name: str, value: object) -> None:
    given = {name: value}
    seal(given)
    assert "secret" not in repr(given).replace(name, "")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_tokens", 3),
        ("prompt_cache_key", "a"),
        ("model", "a/b"),
        ("metadata", {"a": "b"}),
        ("base_url", "https://x.test"),
    ],
)
def test_what_is_no_secret_stays_as_it_is(name: str, value: object) -> None:
    given = {name: value}
    seal(given)
    assert given[name] is value
    assert type(given[name]) is type(value)
