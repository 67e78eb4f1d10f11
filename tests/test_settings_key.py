"""The key of the settings: its forms, what no key is, and that nothing shows it."""

from __future__ import annotations

import pickle
from functools import partial
from typing import Any

import pytest

from openrouter.core.errors import ConfigurationError
from openrouter.core.secret import Secret
from openrouter.settings import Settings

KEY = "sk-or-v1-0123456789abcdef"


def key_from_a_vault() -> str:
    return KEY


def refused(**arguments: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        Settings(**arguments)
    return str(caught.value)


@pytest.mark.parametrize("given", [KEY, f" {KEY}\n", Secret(KEY), key_from_a_vault, lambda: f"{KEY}\r\n"])
def test_a_key_in_every_form(given: Any) -> None:
    assert Settings(api_key=given).key() == Secret(KEY)


@pytest.mark.parametrize("given", ["", " \n"])
def test_an_empty_key_is_refused(given: str) -> None:
    assert "OPENROUTER_API_KEY" in refused(api_key=given)
    for ask in (lambda: Settings(api_key=given), Settings(api_key=lambda: given).key):
        with pytest.raises(ConfigurationError, match="The API key is empty"):
            ask()


async def later() -> str:
    return KEY


@pytest.mark.parametrize(("given", "said"), [(5, "<int>"), (b"key", "<bytes>")])
def test_what_is_no_text_is_no_key(given: Any, said: str) -> None:
    assert f"The API key is {said}: it has to be a string. Set OPENROUTER_API_KEY" in refused(api_key=given)


@pytest.mark.parametrize(
    ("function", "said"), [(lambda: 5, "<int>"), (lambda: None, "<NoneType>"), (later, "<coroutine>")]
)
def test_a_function_that_gives_no_text_is_named_as_what_is_wrong(function: Any, said: str) -> None:
    with pytest.raises(ConfigurationError, match=f"The function given as api_key= gave {said}: .* plain function"):
        Settings(api_key=function).key()


@pytest.mark.parametrize("given", [f"{KEY}é", f"{KEY}\nX-Evil: 1", f"{KEY} {KEY}", f"{KEY}\x00"])
def test_a_key_that_no_header_can_carry_is_refused_and_not_shown(given: str) -> None:
    assert KEY not in refused(api_key=given)
    with pytest.raises(ConfigurationError) as caught:
        Settings(api_key=lambda: given).key()
    assert KEY not in str(caught.value)


def test_no_key_names_the_variable() -> None:
    for ask in (Settings().key, Settings().require_key):
        with pytest.raises(ConfigurationError, match="OPENROUTER_API_KEY"):
            ask()


@pytest.mark.parametrize("given", [KEY, key_from_a_vault])
def test_settings_can_be_pickled(given: Any) -> None:
    made = Settings(api_key=given, model="acme/large", headers={"X-A": "b"})
    again = pickle.loads(pickle.dumps(made))  # noqa: S301 - our own
    assert again == made
    assert again.key() == Secret(KEY)


def test_neither_repr_nor_a_pickle_that_fails_shows_the_key() -> None:
    hidden = {"headers": {"Authorization": f"Bearer {KEY}"}, "proxy": f"http://ann:{KEY}@example.org"}
    for given in (KEY, lambda: KEY, partial(str, KEY)):
        assert KEY not in repr(Settings(api_key=given, **hidden))
    assert "Secret(" in repr(Settings(api_key=KEY))
    assert "api_key=None" in repr(Settings())
    with pytest.raises(Exception, match=r"pickle|local") as caught:
        pickle.dumps(Settings(api_key=lambda: KEY))
    assert KEY not in str(caught.value)


def test_headers_are_a_copy() -> None:
    given = {"X-A": "b"}
    made = Settings(headers=given)
    given["X-A"] = "c"
    assert made.headers == {"X-A": "b"}
