"""Settings: where they come from, and what is refused."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from openrouter import Policy
from openrouter.core.errors import ConfigurationError
from openrouter.core.secret import Secret
from openrouter.core.wire import UNSET
from openrouter.setting_rules import is_loopback
from openrouter.settings import ENVIRONMENT, Settings, SettingsOptions

KEY = "sk-or-v1-0123456789abcdef"
BASE = "https://openrouter.ai/api/v1"


def refused(**arguments: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        Settings(**arguments)
    return str(caught.value)


# --- where they come from -------------------------------------------------------------------------------------------

VARIABLES = {
    "OPENROUTER_API_KEY": ("api_key", KEY, Secret(KEY)),
    "OPENROUTER_BASE_URL": ("base_url", "https://example.org/v1/", "https://example.org/v1"),
    "OPENROUTER_API_BASE": ("base_url", "https://example.org/v1", "https://example.org/v1"),
    "OPENROUTER_MODEL": ("model", " acme/large ", "acme/large"),
    "OPENROUTER_APP_URL": ("app_url", "https://example.org", "https://example.org"),
    "SITE_URL": ("app_url", "https://example.org", "https://example.org"),
    "OPENROUTER_APP_TITLE": ("app_title", "An app", "An app"),
    "SITE_TITLE": ("app_title", "An app", "An app"),
    "OPENROUTER_MAX_TOKENS": ("max_tokens", "500", 500),
    "OPENROUTER_TEMPERATURE": ("temperature", "0.5", 0.5),
    "OPENROUTER_TOP_P": ("top_p", "1", 1.0),
    "OPENROUTER_TIMEOUT": ("timeout", "30", 30.0),
}


@pytest.mark.parametrize("variable", VARIABLES)
def test_every_variable_is_read(variable: str) -> None:
    name, text, value = VARIABLES[variable]
    assert getattr(Settings.from_env({variable: text}), name) == value
    assert Settings.from_env({variable: "  "}) == Settings(), "a blank one counts as not set"


def test_the_table_of_variables_is_whole() -> None:
    assert {variable for variables in ENVIRONMENT.values() for variable in variables} == set(VARIABLES)


@pytest.mark.parametrize(
    ("first", "alias"),
    [
        ("OPENROUTER_BASE_URL", "OPENROUTER_API_BASE"),
        ("OPENROUTER_APP_URL", "SITE_URL"),
        ("OPENROUTER_APP_TITLE", "SITE_TITLE"),
    ],
)
def test_our_own_variable_comes_before_its_alias(first: str, alias: str) -> None:
    name = VARIABLES[first][0]
    found = Settings.from_env({first: "https://first.example", alias: "https://alias.example"})
    assert getattr(found, name) == "https://first.example"


def test_arguments_come_before_the_environment_and_none_is_an_argument() -> None:
    environ = {"OPENROUTER_MODEL": "acme/env", "OPENROUTER_TEMPERATURE": "hot", "OPENROUTER_TIMEOUT": "5"}
    found = Settings.from_env(environ, model="acme/argument", temperature=None, timeout=None)
    assert (found.model, found.temperature, found.timeout) == ("acme/argument", None, None)


def test_a_key_of_none_leaves_it_to_the_environment() -> None:
    assert Settings.from_env({"OPENROUTER_API_KEY": KEY}, api_key=None).api_key == Secret(KEY)
    assert Settings.from_env({}, api_key=None).api_key is None


def test_the_environment_of_the_process_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROUTER_MODEL", "acme/env")
    assert Settings.from_env().model == "acme/env"
    assert Settings.from_mapping({"model": "${OPENROUTER_MODEL}:free"}).model == "acme/env:free"


def test_defaults() -> None:
    made = Settings()
    assert (made.base_url, made.api_key, made.model, made.timeout, made.deadline) == (BASE, None, None, UNSET, None)
    assert (made.app_url, made.app_title, made.headers) == (None, None, {})
    assert (made.connect_timeout, made.stall_timeout, made.max_connections) == (5.0, 600.0, 1000)
    assert (made.trust_env, made.http2, made.log_bodies) == (True, False, False)


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("OPENROUTER_MAX_TOKENS", "many"),
        ("OPENROUTER_MAX_TOKENS", "1.5"),
        ("OPENROUTER_MAX_TOKENS", "0"),
        ("OPENROUTER_TEMPERATURE", "warm"),
        ("OPENROUTER_TEMPERATURE", "3"),
        ("OPENROUTER_TEMPERATURE", "nan"),
        ("OPENROUTER_TOP_P", "1.1"),
        ("OPENROUTER_TIMEOUT", "5s"),
        ("OPENROUTER_TIMEOUT", "-1"),
        ("OPENROUTER_BASE_URL", "http://example.org"),
        ("OPENROUTER_API_BASE", "example.org"),
        ("OPENROUTER_API_KEY", "two words"),
        ("OPENROUTER_APP_TITLE", "Tea ☕"),
        ("SITE_URL", "https://x.test/☕"),
    ],
)
def test_a_variable_that_cannot_be_right_is_named(variable: str, text: str) -> None:
    with pytest.raises(ConfigurationError, match=variable):
        Settings.from_env({variable: text})


def test_a_mapping_with_variables() -> None:
    environ = {"KEY": KEY, "TEAM": "red", "SECONDS": "30"}
    mapping = {
        "api_key": "${KEY}",
        "app_title": "Team ${TEAM}/${TEAM}",
        "timeout": "${SECONDS}",
        "max_retries": "3",
        "stall_timeout": 90,
        "http2": "Yes",
        "trust_env": "0",
        "log_bodies": True,
        "headers": {"X-Team": "${TEAM}"},
        "model": "$TEAM",
    }
    made = Settings.from_mapping(mapping, environ)
    assert made.api_key == Secret(KEY)
    assert (made.app_title, made.timeout, made.max_retries, made.stall_timeout) == ("Team red/red", 30.0, 3, 90)
    assert (made.http2, made.trust_env, made.log_bodies) == (True, False, True)
    assert (made.headers, made.model) == ({"X-Team": "red"}, "$TEAM")


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({"api_key": "${ABSENT}"}, "${ABSENT}"),
        ({"headers": {"X-Team": "${ABSENT}"}}, "${ABSENT}"),
        ({"temprature": 5}, "In the mapping, there is no setting 'temprature'. Did you mean 'temperature'?"),
        ({"timeout": "soon"}, "timeout='soon' cannot be used for timeout"),
        ({"http2": "maybe"}, "http2='maybe'"),
        ({"max_connections": 0}, "max_connections=0"),
    ],
)
def test_a_mapping_that_cannot_be_right(mapping: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_mapping(mapping, {})
    assert words in str(caught.value)


def test_unknown_arguments_are_type_errors() -> None:
    with pytest.raises(TypeError, match="Did you mean 'temperature'"):
        Settings.from_env({}, temprature=5)
    with pytest.raises(TypeError, match="Did you mean 'temperature'"):
        Settings().replace(temprature="acme/large")
    with pytest.raises(TypeError, match="Did you mean 'temperature'"):
        Settings(temprature=5)  # type: ignore[call-arg]


def test_replacing_makes_other_settings() -> None:
    first = Settings(model="acme/large", api_key=KEY)
    second = first.replace(model="acme/small")
    assert (first.model, second.model, second.api_key) == ("acme/large", "acme/small", Secret(KEY))


def test_what_is_laid_under_a_body() -> None:
    assert Settings().body_defaults == {}
    made = Settings(model="acme/large", max_tokens=9, temperature=0.0, top_p=0)
    assert made.body_defaults == {"model": "acme/large", "max_tokens": 9, "temperature": 0.0, "top_p": 0}


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model", " "),
        ("max_tokens", 0),
        ("temperature", 2.1),
        ("top_p", -0.1),
        ("timeout", 0),
        ("timeout", float("nan")),
        ("timeout", float("inf")),
        ("deadline", -1),
        ("max_retries", -1),
        ("connect_timeout", 0),
        ("stall_timeout", "5"),
        ("max_connections", 0),
        ("keepalive_expiry", -1),
        ("headers", [("X-A", "b")]),
    ],
)
def test_values_out_of_range_are_named(name: str, value: object) -> None:
    assert refused(**{name: value}).startswith(f"{name}=")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("app_url", 5, "app_url=<int> cannot be used: it is sent as a header, and has to be a string"),
        ("app_url", b"https://x.test", "app_url=<bytes> cannot be used"),
        ("app_title", "a\nb", "app_title='a\\nb' cannot be used: it is sent as a header, and has a control character"),
        (
            "app_title",
            "Tea ☕",
            "app_title='Tea ☕' cannot be used: it is sent as a header, and has a character outside",
        ),
        ("proxy", 5, "proxy=<int> cannot be used: it has to be a string such as 'http://host:port', or None."),
        ("proxy", ["http://x.test"], "proxy=<list> cannot be used"),
        ("proxy", "ftp://x.test", "proxy= is no address of a proxy: it has to be http://, https:// or socks5://"),
        ("proxy", "http://x.test:0", "proxy= is no address of a proxy"),
        ("proxy", "http://:80", "proxy= is no address of a proxy"),
        ("headers", "X-A: b", "headers=<str> cannot be used: it has to be a mapping, such as {'X-Team': 'rivers'}."),
        ("headers", None, "headers=None cannot be used: it has to be a mapping"),
        ("headers", {"X A": "b"}, "headers= cannot be used. header name='X A' cannot be sent"),
        ("headers", {"X-A": 5}, "headers= cannot be used. The header X-A cannot be sent: its value has to be a string"),
        ("headers", {"X-A": "☕"}, "The header X-A cannot be sent: its value has a character outside Latin-1."),
        ("headers", {"Content-Length": "5"}, "header name='Content-Length' cannot be sent"),
        ("trust_env", "no", "trust_env='no'"),
        ("model", 5, "model=5"),
        ("timeout", "30", "timeout='30'"),
        ("timeout", -1, "timeout=-1 cannot be used: it has to be a number"),
        ("proxy", "foo", "proxy= is no address of a proxy"),
        ("proxy", "localhost", "proxy= is no address of a proxy"),
    ],
)
def test_values_of_another_kind_are_named_with_their_type_and_the_way_out(name: str, value: object, said: str) -> None:
    assert said in refused(**{name: value})


def test_what_may_be_empty() -> None:
    made = Settings(app_url="", app_title=None, proxy=None, headers={})
    assert (made.app_url, made.app_title, made.proxy, made.headers) == ("", None, None, {})


@pytest.mark.parametrize(
    "proxy",
    ["", "proxy.test:80", "proxy.test", "localhost:8080", "[::1]", "http://foo", "socks5h://[::1]:1080"],
)
def test_addresses_of_a_proxy_are_those_that_curl_takes(proxy: str) -> None:
    assert Settings(proxy=proxy).proxy == proxy


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("budget", r"no setting 'budget' here: policy=Policy\(budget=…\) takes it"),
        ("retry", r"no setting 'retry' here: policy=Policy\(retry=…\) takes it"),
        ("policy", "no setting 'policy' here: the constructor of a client takes it"),
        ("http_referer", "no setting 'http_referer' here: app_url= takes it"),
    ],
)
def test_what_is_no_setting_is_said_where_it_goes(name: str, said: str) -> None:
    options: Any = {name: object()}
    with pytest.raises(TypeError, match=said):
        Settings(**options)
    with pytest.raises(TypeError, match=said):
        Settings(api_key="test").replace(**options)


def test_each_name_is_that_of_a_policy() -> None:
    fields = {field.name for field in attrs.fields(Policy) if field.init}
    for name in fields:
        options: Any = {name: None}
        with pytest.raises(TypeError, match=rf"Policy\({name}="):
            Settings(**options)


def test_the_options_are_the_fields() -> None:
    fields = [field.name for field in attrs.fields(Settings) if field.init]
    assert sorted(SettingsOptions.__annotations__) == sorted(fields)


@pytest.mark.parametrize(
    "url",
    [
        BASE,
        f"{BASE}/",
        "https://example.org:8443/v1",
        "http://localhost:8000",
        "http://api.localhost/v1",
        "http://127.0.0.1:1/v1",
        "http://127.8.9.1",
        "http://[::1]:8000/v1",
        "HTTP://LOCALHOST",
    ],
)
def test_addresses_that_are_safe(url: str) -> None:
    assert Settings(base_url=url).base_url == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "http://openrouter.ai/api/v1",
        "http://localhost.example.org",
        "http://127.0.0.1.example.org",
        "http://10.0.0.1",
        "http://[::2]",
        "ftp://example.org",
        "ftp://localhost",
        "ws://localhost",
    ],
)
def test_the_key_goes_nowhere_unencrypted_but_to_this_machine(url: str) -> None:
    assert "use https" in refused(base_url=url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "openrouter.ai",
        "/api/v1",
        "https://",
        "https:///v1",
        "https://example.org/v1?a=b",
        "https://example.org/v1#a",
        "https://[::1",
        "https://example.org:99999",
        "https://example.org:a",
        "https://a..example.org",
        "https://example.org/a b",
        "https://example.org/v1\n",
        "https://example.org/ä",
        None,
        5,
        b"https://example.org",
    ],
)
def test_what_is_no_address(url: Any) -> None:
    assert "no address of the form https://host/path" in refused(base_url=url)


@pytest.mark.parametrize("user", ["ann", "ann:hush-hush", ":hush-hush"])
def test_an_address_with_user_info_is_refused_and_not_shown(user: str) -> None:
    message = refused(base_url=f"https://{user}@example.org/v1")
    assert "user name" in message
    assert "hush-hush" not in message


@pytest.mark.parametrize(
    ("host", "is_own"),
    [("localhost", True), ("a.localhost", True), ("127.0.0.1", True), ("::1", True), ("10.0.0.1", False), ("x", False)],
)
def test_what_is_loopback(host: str, *, is_own: bool) -> None:
    assert is_loopback(host) is is_own


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("validate", "yes", "'off', 'warn' or 'raise'"),
        ("validate", None, "'off', 'warn' or 'raise'"),
        ("registry_file", "", "the path of a file"),
        ("registry_file", 5, "the path of a file"),
        ("registry_ttl", -1, "cannot be used"),
        ("fallbacks", {"a/b": "c/d"}, "a mapping of models to lists of models"),
        ("fallbacks", {"a/b": [5]}, "a mapping of models to lists of models"),
        ("fallbacks", {"a/b": 5}, "a mapping of models to lists of models"),
        ("fallbacks", ["a/b"], "a mapping of models to lists of models"),
        ("fallbacks", None, "a mapping of models to lists of models"),
    ],
)
def test_what_is_said_of_models_is_looked_at(name: str, value: Any, said: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{name}=.*{said}"):
        Settings(**{name: value})


def test_fallbacks_are_copied() -> None:
    others = ["c/d"]
    settings = Settings(fallbacks={"a/b": others})
    others.append("e/f")
    assert settings.fallbacks == {"a/b": ("c/d",)}


@pytest.mark.parametrize("name", ["http2", "trust_env", "log_bodies"])
def test_a_flag_is_true_or_false(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{name}='no'"):
        Settings(**{name: "no"})  # type: ignore[arg-type]
