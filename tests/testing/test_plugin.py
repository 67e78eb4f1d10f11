"""The fixtures that the package brings for pytest, and what it costs those who do not use them: nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

from openrouter import SyncClient
from openrouter.testing import FakeOpenRouter, LoopbackServer, pytest_plugin

PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly")

OURS_ALONE = ("--disable-plugin-autoload", "-p", "openrouter.testing.pytest_plugin")
"""Other plugins of whoever runs the tests stay out: they import what they like."""

FIXTURES = """
from openrouter import SyncClient
from openrouter.testing import TextReply

servers = []

def test_in_process(openrouter_fake):
    openrouter_fake.add(TextReply("Rhine."))
    with SyncClient(api_key="test", http=openrouter_fake.http()) as client:
        assert client.generate_text("Name a river.") == "Rhine."

def test_over_loopback(openrouter_fake, openrouter_server):
    servers.append(openrouter_server)
    with SyncClient(api_key="test", base_url=openrouter_server.url) as client:
        assert client.generate_text("Hello").endswith("Hello")
    assert len(openrouter_fake.requests) == 1

def test_the_server_of_the_last_test_is_closed_and_the_fake_is_new(openrouter_fake):
    import httpx, pytest
    with pytest.raises(httpx.ConnectError):
        httpx.get(servers[0].url)
    assert openrouter_fake.requests == []
"""

LIGHT = """
import sys

def test_nothing_heavy_is_imported(pytestconfig):
    assert pytestconfig.pluginmanager.has_plugin("openrouter.testing.pytest_plugin")
    assert not {"anyio", "attrs", "cattrs", "h11", "httpcore", "httpx"} & {*sys.modules}
"""


def run(directory: Path, test: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    (directory / "test_it.py").write_text(test, encoding="utf-8")
    return subprocess.run(
        [*PYTEST, *arguments, "test_it.py"],
        cwd=directory,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_pytest_finds_it_by_itself() -> None:
    (entry,) = entry_points(group="pytest11", name="openrouter")
    assert entry.load() is pytest_plugin


def test_both_fixtures_work_in_a_project_of_its_own(tmp_path: Path) -> None:
    ended = run(tmp_path, FIXTURES)
    assert ended.stdout.strip().splitlines()[-1].startswith("3 passed"), ended.stdout + ended.stderr


def test_without_a_fixture_nothing_heavy_is_imported(tmp_path: Path) -> None:
    ended = run(tmp_path, LIGHT, *OURS_ALONE)
    assert ended.stdout.strip().splitlines()[-1].startswith("1 passed"), ended.stdout + ended.stderr


def test_that_test_would_notice_it(tmp_path: Path) -> None:
    ended = run(tmp_path, f"import httpx\n{LIGHT}", *OURS_ALONE)
    assert "1 failed" in ended.stdout


def test_the_fixtures_are_listed_with_what_they_are_for(tmp_path: Path) -> None:
    listed = run(tmp_path, LIGHT, "--fixtures").stdout
    assert "Give an OpenRouter without network and models, new for each test." in listed
    assert "openrouter_server" in listed


def test_the_server_is_that_of_the_fake(openrouter_fake: FakeOpenRouter, openrouter_server: LoopbackServer) -> None:
    with SyncClient(api_key="test", base_url=openrouter_server.url) as client:
        client.complete("Hello")
    assert [request.payload["messages"][0]["content"] for request in openrouter_fake.requests] == ["Hello"]
