"""What serves a client: the pool of our own, or an httpx client where something asks for that."""

from __future__ import annotations

import sys
from typing import Any

import httpx
import pytest

from openrouter import AsyncClient, ConfigurationError, SyncClient
from openrouter.transports.async_pool import AsyncPool
from openrouter.transports.pool import SyncPool
from openrouter.transports.stock import AsyncStock, SyncStock
from openrouter.transports.stock_per_loop import StockPerLoop
from openrouter.transports.stock_per_process import StockPerProcess
from tests.transports.kinds import KEY

SECRET = "s3cr3t"
PROXY = f"http://user:{SECRET}@proxy.test:3128"


def is_pooled(**settings: Any) -> bool:
    """Make both clients, and tell whether the pool serves them."""
    with SyncClient(api_key=KEY, **settings) as client:
        blocking = client.driver.transport
    awaiting = AsyncClient(api_key=KEY, **settings).driver.transport
    assert isinstance(blocking, SyncPool | StockPerProcess)
    assert isinstance(awaiting, AsyncPool | StockPerLoop)
    assert isinstance(blocking, SyncPool) == isinstance(awaiting, AsyncPool)
    return isinstance(blocking, SyncPool)


def refusal(**settings: Any) -> ConfigurationError:
    """Make both clients and give why they cannot be made."""
    errors: list[ConfigurationError] = []
    for cls in (SyncClient, AsyncClient):
        with pytest.raises(ConfigurationError) as caught:
            cls(api_key=KEY, **settings)
        errors.append(caught.value)
    assert str(errors[0]) == str(errors[1])
    return errors[0]


def test_the_pool_serves_where_nothing_else_is_asked_for() -> None:
    assert is_pooled()


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
def test_a_proxy_variable_is_honoured_in_both_cases(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, PROXY)
    assert not is_pooled()
    assert is_pooled(trust_env=False)
    assert is_pooled(base_url="http://127.0.0.1:1/v1")
    assert is_pooled(base_url="https://localhost/v1")
    assert is_pooled(base_url="https://[::1]/v1")


def test_the_variable_for_unencrypted_requests_is_for_those_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", PROXY)
    assert is_pooled()


def test_lower_case_wins_even_if_it_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("https_proxy", "")
    assert is_pooled()


@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
@pytest.mark.parametrize(
    ("value", "excepted"),
    [
        ("api.test", True),
        ("API.TEST", True),
        (".test", True),
        ("other.test, api.test", True),
        ("api.test:8443", True),
        ("*", True),
        ("api.test:443", False),
        ("other.test", False),
    ],
)
def test_hosts_may_be_excepted(variable: str, value: str, excepted: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001 - a case
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv(variable, value)
    assert is_pooled(base_url="https://api.test:8443/v1") == excepted


def test_an_address_of_the_sixth_version_may_be_excepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    assert not is_pooled(base_url="https://[fd00::1]/v1")
    monkeypatch.setenv("NO_PROXY", "[fd00::1]")
    assert is_pooled(base_url="https://[fd00::1]/v1")


@pytest.mark.parametrize(
    "address", [PROXY, "https://proxy.test", "socks5://proxy.test:1080", "socks5h://proxy.test", "proxy.test:3128"]
)
def test_a_proxy_may_be_given_as_an_argument(address: str) -> None:
    assert not is_pooled(proxy=address, base_url="http://127.0.0.1:1/v1", trust_env=False)


BAD_PROXIES = [
    f"ftp://user:{SECRET}@proxy.test",
    f"http://user:{SECRET}@",
    f"http://user:{SECRET}@proxy.test:port",
    f"http://user:{SECRET}@proxy.test:99999",
    f"http://user:{SECRET}@pro\x00xy",
    f"{SECRET}://",
    f"http://[{SECRET}",
    SECRET,
]


@pytest.mark.parametrize("address", BAD_PROXIES)
def test_a_bad_proxy_is_named_but_not_shown(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    error = refusal(proxy=address)
    assert str(error).startswith("proxy= ")
    assert SECRET not in str(error)
    assert error.__cause__ is error.__context__ is None
    if "\x00" not in address:
        monkeypatch.setenv("ALL_PROXY", address)
        error = refusal()
        assert str(error).startswith("ALL_PROXY ")
        assert SECRET not in str(error)


def test_a_package_that_a_proxy_needs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("https_proxy", f"socks5://user:{SECRET}@proxy.test")
    error = refusal()
    assert "https_proxy" in str(error)
    assert "socksio" in str(error)
    assert SECRET not in str(error)
    assert isinstance(error.__cause__, ImportError)


def test_the_package_that_http2_needs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_pooled(http2=True)
    monkeypatch.setitem(sys.modules, "h2", None)
    error = refusal(http2=True)
    assert "http2=True" in str(error)
    assert "'h2'" in str(error)


def test_a_client_of_the_users_own_serves() -> None:
    with httpx.Client() as http, SyncClient(api_key=KEY, http=http) as client:
        assert isinstance(client.driver.transport, SyncStock)
    assert isinstance(AsyncClient(api_key=KEY, http=httpx.AsyncClient()).driver.transport, AsyncStock)


def test_a_client_of_the_other_kind_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="async client"):
        SyncClient(api_key=KEY, http=httpx.AsyncClient())
    with httpx.Client() as http, pytest.raises(ConfigurationError, match="blocking client"):
        AsyncClient(api_key=KEY, http=http)
