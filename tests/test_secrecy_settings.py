"""Settings that are refused show no secret, wherever they come from; nor do those that are not."""

from __future__ import annotations

import copy
import os
import pickle
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import attrs
import pytest

import openrouter
from openrouter import AsyncClient, Chat, ConfigurationError, SyncClient
from openrouter.settings import Settings
from tests.shown import Shown
from tests.test_secrecy import KEY, OWN

HUSH = "hush-hush-0123456789abcdef"
PROXY = f"http://ann:{HUSH}@proxy.test:3128"
BAD_KEYS: dict[str, Any] = {
    "with a space": f"{KEY} x",
    "with a line break": f"{KEY}\nX-Evil: 1",
    "no ASCII": f"{KEY}é",
    "bytes": KEY.encode(),
    "a list": [KEY],
    "a number": int("7" * 30),
}
WRONG: dict[str, dict[str, Any]] = {
    **{f"a key: {name}": {"api_key": value} for name, value in BAD_KEYS.items()},
    "base_url": {"base_url": "ftp://x.test"},
    "a password in base_url": {"base_url": f"https://ann:{HUSH}@x.test"},
    "temperature": {"temperature": 3},
    "max_connections": {"max_connections": 0},
    "proxy": {"proxy": f"ftp://ann:{HUSH}@proxy.test"},
    "port of a proxy": {"proxy": f"{PROXY}9999"},
    "bytes as a proxy": {"proxy": PROXY.encode()},
    "a list of headers": {"headers": [("Authorization", OWN)]},
    "text as headers": {"headers": OWN},
    "a value of a header": {"headers": {"Authorization": f"{OWN}\n"}},
    "bytes in headers": {"headers": {"Authorization": OWN.encode()}},
    "a misspelt key": {"api_kye": KEY},
    "a key elsewhere": {"model": KEY, "temperature": 3},
    "a title": {"app_title": "no ☕"},
}
HOLDABLE = pytest.mark.skipif(sys.getfilesystemencoding() != "utf-8", reason="no variable of this locale can hold it")
GOOD: dict[str, Any] = {"api_key": KEY, "headers": {"Authorization": OWN}, "proxy": PROXY}


@pytest.fixture
def shown() -> Iterator[Shown]:
    found = Shown()
    with found.logging():
        yield found
    assert not [text for _, text in found.texts if "REPR FAILED" in text]
    assert found.leaks(KEY, OWN.partition(" ")[2], HUSH, "7" * 30) == []


def refuse(shown: Shown, make: Callable[[], object]) -> None:
    with pytest.raises((ConfigurationError, TypeError)) as caught:
        make()
    assert caught.value.__traceback__ is not None
    shown.error(caught.value)


@pytest.mark.parametrize("make", [SyncClient, AsyncClient, Settings, Settings.from_env])
@pytest.mark.parametrize("wrong", WRONG)
def test_arguments(make: Callable[..., object], wrong: str, shown: Shown) -> None:
    refuse(shown, partial(make, **{**GOOD, **WRONG[wrong]}))


@pytest.mark.parametrize("wrong", WRONG)
def test_a_mapping(wrong: str, shown: Shown) -> None:
    refuse(shown, lambda: Settings.from_mapping({**GOOD, **WRONG[wrong]}, {"OPENROUTER_API_KEY": KEY}))


@pytest.mark.parametrize("wrong", WRONG)
def test_changes(wrong: str, shown: Shown) -> None:
    made = Settings(**GOOD)
    refuse(shown, lambda: made.replace(**WRONG[wrong]))
    refuse(shown, lambda: attrs.evolve(made, **WRONG[wrong]))
    with SyncClient(settings=made.replace(proxy=None)) as client:
        refuse(shown, lambda: client.with_options(**{"api_key": KEY, "headers": GOOD["headers"], **WRONG[wrong]}))


@pytest.mark.parametrize("missing", ["api_key", "proxy", "headers", "model"])
def test_a_mapping_that_names_what_is_not_there(missing: str, shown: Shown) -> None:
    text = f"{KEY}-${{ABSENT}}" if missing != "model" else "${ABSENT}"
    value = {"Authorization": text} if missing == "headers" else text
    refuse(shown, lambda: Settings.from_mapping({**GOOD, missing: value}, {"PRESENT": KEY}))
    refuse(shown, lambda: Settings.from_mapping({**GOOD, missing: value}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"OPENROUTER_API_KEY": f"{KEY} x"},
        {"OPENROUTER_TEMPERATURE": "hot"},
        {"OPENROUTER_BASE_URL": f"https://ann:{HUSH}@x.test"},
        pytest.param({"SITE_TITLE": "no ☕"}, marks=HOLDABLE),
        {"HTTPS_PROXY": f"ftp://ann:{HUSH}@proxy.test"},
        {"HTTPS_PROXY": f"{PROXY}9999"},
    ],
    ids=str,
)
@pytest.mark.parametrize("make", [SyncClient, AsyncClient])
def test_the_environment(make: Any, wrong: dict[str, str], shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"OPENROUTER_API_KEY": KEY, **wrong}.items():
        monkeypatch.setenv(name, value)
    refuse(shown, make)
    environ = dict(os.environ)
    if "HTTPS_PROXY" not in wrong:
        refuse(shown, lambda: Settings.from_env(environ))


@pytest.mark.parametrize("package", ["socksio", "h2"])
def test_a_package_that_is_missing(package: str, shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, package, None)
    wrong = {"proxy": f"socks5://ann:{HUSH}@proxy.test"} if package == "socksio" else {"http2": True}
    for make in (SyncClient, AsyncClient):
        refuse(shown, partial(make, **{**GOOD, **wrong}))


def test_what_is_made_shows_nothing(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    for key in (KEY, lambda: KEY, partial(str, KEY)):
        made = Settings(**{**GOOD, "api_key": key})
        for each in (made, copy.copy(made), made.replace(model="a/b")):
            shown.walk(each, "settings")
            shown.add("asdict", f"{attrs.asdict(each)} {attrs.astuple(each)}")
            shown.add("format", f"{each} {each!r} {each.api_key} {each.headers}")
        for made_by in (SyncClient, AsyncClient):
            for client in (made_by(settings=made), made_by(settings=made.replace(proxy=None))):
                shown.walk(client, "client")
                shown.add("vars", f"{vars(client)} {vars(client.driver)} {client!r}")
                if isinstance(client, SyncClient):
                    client.close()
    call = Chat.complete("Hi", extra_headers={"Authorization": OWN})
    shown.walk(call, "call")
    shown.add("asdict", f"{attrs.asdict(call)} {call!r}")


@pytest.mark.parametrize("ask", ["generate_text", "complete", "complete_many"])
@pytest.mark.anyio
async def test_one_off_calls(ask: str, shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", f"{KEY} x")
    refuse(shown, lambda: getattr(openrouter, ask)("Hi", extra_headers={"Authorization": OWN}))
    with pytest.raises(ConfigurationError) as caught:
        await getattr(openrouter.aio, ask)("Hi", extra_headers={"Authorization": OWN})
    shown.error(caught.value)


# --- pickles: they hold what was given, since whoever unpickles settings wants to use them --------------------------


def key_from_a_vault() -> str:
    return KEY


@pytest.mark.parametrize("given", [KEY, key_from_a_vault])
def test_settings_work_after_a_pickle_and_show_nothing_again(given: Any, shown: Shown) -> None:
    again: Settings = pickle.loads(pickle.dumps(Settings(**{**GOOD, "api_key": given})))  # noqa: S301 - our own
    assert again == Settings(**{**GOOD, "api_key": given})
    assert again.key().reveal() == KEY
    assert (again.headers, again.proxy) == (GOOD["headers"], PROXY)
    shown.walk(again, "settings")
    with SyncClient(settings=again.replace(proxy=None)) as client:
        assert client.settings.key().reveal() == KEY


def test_a_pickle_that_fails_shows_nothing(shown: Shown) -> None:
    with pytest.raises(Exception, match=r"pickle|local") as caught:
        pickle.dumps(Settings(api_key=lambda: KEY))
    shown.error(caught.value)


def test_settings_whose_constructor_failed_can_be_shown() -> None:
    assert repr(object.__new__(Settings)) == "Settings()"
