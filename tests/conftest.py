"""What every test relies on: both event loops, a clean environment and no network but loopback."""

from __future__ import annotations

import gc
import os
import resource
import signal
import sys
from typing import Any

import hypothesis
import pytest

# How long an example takes says more about the machine than about us.
hypothesis.settings.register_profile("openrouter", deadline=None)
# For further runs of the same tests.
hypothesis.settings.register_profile("few", deadline=None, max_examples=10)
hypothesis.settings.load_profile("openrouter")

# What the settings, httpx, the command line, its libraries and Pythons started by tests read from the environment of
# whoever runs the tests.
READ_FROM_THE_ENVIRONMENT = (
    "OPENROUTER_",
    "SITE_",
    "SSL_",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "NO_COLOR",
    "FORCE_COLOR",
    "PY_COLORS",
    "COLUMNS",
    "LINES",
    "GITHUB_ACTIONS",
    "PYTHONASYNCIODEBUG",
    "PYTHONDEVMODE",
)
OPEN_FILES = 8192


def pytest_configure(config: pytest.Config) -> None:
    """Watch every connection from before the first import of the package on; let Ctrl-C be tried."""
    # Hypothesis and pytest say so where they may not write beside the tests.
    for warning in ("ignore:The database setting is not configured", "ignore::pytest.PytestCacheWarning"):
        config.addinivalue_line("filterwarnings", warning)
    sys.addaudithook(_refuse_the_network)
    # Who starts the tests in the background may have had SIGINT ignored, here and in every process started from here.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_sessionstart() -> None:
    """Hide the settings, proxies and certificates of whoever runs the tests, also while these are collected.

    And let as many files be open as some tests need, where only the soft limit is lower.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= soft < OPEN_FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES if hard < 0 else min(hard, OPEN_FILES), hard))
    for name in tuple(os.environ):
        if name.upper().startswith(READ_FROM_THE_ENVIRONMENT):
            del os.environ[name]
    # Whatever the locale, Pythons that are started here and we understand each other.
    os.environ["PYTHONUTF8"] = "1"


def _refuse_the_network(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and not _is_local(arguments[1]):
        pytest.fail(f"A test tried to connect to {arguments[1]}: only loopback is allowed.")


def _is_local(address: object) -> bool:
    """Tell whether an address of any family stays on this machine; that of a Unix socket is no tuple."""
    return not isinstance(address, tuple) or str(address[0]).startswith(("127.", "::1", "localhost"))


@pytest.fixture(scope="module", autouse=True)
def little_garbage() -> None:
    """Leave what is there before a module out of the garbage that its tests about leaks look through.

    That is the thousands of collected tests, and the reports of those that have run.
    """
    gc.collect()
    gc.freeze()


# As wide as a module: hypothesis refuses narrower fixtures in the tests that it repeats.
@pytest.fixture(scope="module", params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Run each test marked `anyio` on both event loops."""
    return str(request.param)


@pytest.fixture
def slow_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the news that a connection was closed while it was idle take as long as this machine needs for it."""
    monkeypatch.setattr("openrouter.transports.wire.STALE_WITHIN", 10.0)
