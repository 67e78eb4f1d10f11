"""The shape of the package: what it offers, how large its files are and what it calls things."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest

import openrouter
import openrouter.testing
from openrouter.core.version import __version__
from openrouter.testing import ErrorReply, FakeOpenRouter, RecordedRequest, Reply, TextReply

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "openrouter"
NAMES = PACKAGE / "__init__.py"
"""A list of names, which is as long as they are many."""
SOURCES = tuple(sorted(PACKAGE.rglob("*.py")))
MOST_LINES = 400
LAZY = [openrouter, openrouter.testing]

HEAVY: Final = frozenset(
    {
        *("anyio", "asyncio", "cattrs", "h11", "httpcore", "httpx", "rich", "ssl", "typer"),
        *("concurrent.futures", "email", "http", "urllib.request", "typing_extensions"),
    }
)
"""What takes long to import."""
SPEAKING: Final = frozenset({"anyio", "h11", "ssl"})
"""What of it our own connections are made of."""
SENDING: Final = frozenset({"openrouter.drivers", "openrouter.policy", "openrouter.preparing"})
RARE: Final = frozenset(
    {
        *("datetime", "difflib", "openrouter.core.envelope", "openrouter.core.hiding", "openrouter.core.rate_limits"),
        *("openrouter.api.models", "openrouter.gathering", "openrouter.oneoff", "openrouter.types.outcome"),
        *("openrouter.api.object_flow", "openrouter.api.tool_loop", "openrouter.flows", "openrouter.flow_streams"),
        *("openrouter.core.schema", "openrouter.replies.fitting", "openrouter.tools", "openrouter.types.parts"),
        *("openrouter.types.provider_options", "openrouter.types.header_options", "openrouter.types.router_metadata"),
        *("jiter", "pydantic"),
        "openrouter.transports.stock",
    }
)
"""What only some calls need: failures, batches, tools, structured output, and what few options are about."""
STREAMING: Final = frozenset(
    {"openrouter.core.sse", "openrouter.replies.folding", "openrouter.replies.reading", "openrouter.types.chunks"}
)
AWAITING: Final = frozenset(
    {"openrouter.transports.async_pool", "openrouter.transports.asyncio_stream", "openrouter.transports.trio_stream"}
)

MAKE_A_CLIENT: Final = "from openrouter import SyncClient; client = SyncClient(api_key='k', base_url=sys.argv[1])"
WATCH: Final = """
import sys
# who installed these has httpcore, or us, import them as well
sys.modules.update(dict.fromkeys(["h2", "orjson", "socksio", "trio"]))
before = {*sys.modules}
%s
print(*({*sys.modules} - before))
"""


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """The address of a service on this machine that fails where it is asked to."""
    with FakeOpenRouter(respond=answer).serve() as server:
        yield server.url


def answer(request: RecordedRequest) -> Reply:
    asked = request.payload["messages"][0]["content"]
    return ErrorReply(404, "There is nothing.") if asked == "Fail" else TextReply("Hello.")


def loaded_by(code: str, *arguments: str) -> set[str]:
    """Give the modules that a fresh process loads for some code."""
    command = [sys.executable, "-I", "-c", WATCH % code, *arguments]
    return {*subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()}


def loaded_with_what_speaks() -> set[str]:
    """Give what no care of ours keeps out: some versions of anyio load heavy modules themselves."""
    return {*SPEAKING, *loaded_by("import anyio")} - {"asyncio", "httpcore", "httpx"}


def declared(package: ModuleType) -> list[tuple[str, str]]:
    """Give the names that type checkers read off a package, each with the module that it comes from."""
    tree = ast.parse(inspect.getsource(package))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level == 1]
    return [
        (f"{package.__name__}.{node.module or name.name}", name.asname)
        for node in found
        for name in node.names
        if name.asname
    ]


@pytest.mark.parametrize("package", LAZY, ids=lambda package: package.__name__)
def test_type_checkers_and_python_find_the_same_names(package: ModuleType) -> None:
    """The names stand in the package twice: imported for type checkers, and in the table of what is loaded when."""
    names = declared(package)
    assert sorted(name for _, name in names) == list(package.__all__)
    for home, name in names:
        there = import_module(home)
        assert getattr(package, name) is (there if home.endswith(f".{name}") else getattr(there, name))


@pytest.mark.parametrize("package", LAZY, ids=lambda package: package.__name__)
def test_a_package_shows_its_names_and_no_others(package: ModuleType) -> None:
    """What is imported late is found by completion in a shell all the same."""
    assert {*package.__all__, "__name__"} <= {*dir(package)}
    assert {name for name in dir(package) if not name.startswith("__")} <= {*package.__all__}
    with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute 'SyncCleint'"):
        _ = package.SyncCleint


@pytest.mark.parametrize("package", LAZY, ids=lambda package: package.__name__)
def test_importing_a_package_loads_nothing_heavy(package: ModuleType) -> None:
    """Command lines, and pytest with the plugin, import it long before they need it."""
    loaded = loaded_by(f"import {package.__name__}")
    assert package.__name__ in loaded
    assert loaded & {*HEAVY, "attrs", "inspect", "openrouter.client"} == set()


def test_importing_the_clients_loads_nothing_that_sends() -> None:
    """Who imports them may never make one."""
    loaded = loaded_by("from openrouter import AsyncClient, SyncClient")
    assert "openrouter.client" in loaded
    assert loaded & {*HEAVY, *SENDING, *RARE, *STREAMING} == set()


def test_a_blocking_call_loads_what_it_needs_and_no_more(service: str) -> None:
    """The first call of a process waits for every module: none is for streams, for failures or for event loops."""
    loaded = loaded_by(f"{MAKE_A_CLIENT}; client.complete('Hi')", service)
    assert loaded >= {*SENDING, *SPEAKING}
    assert loaded & {*(HEAVY - loaded_with_what_speaks()), *AWAITING, *RARE, *STREAMING} == set()


def test_a_blocking_stream_loads_no_more_than_what_reads_it(service: str) -> None:
    """Chunks and what folds them come in addition; the rest is as for a whole reply."""
    loaded = loaded_by(f"{MAKE_A_CLIENT}; list(client.stream('Hi'))", service)
    assert loaded >= STREAMING
    assert loaded & {*(HEAVY - loaded_with_what_speaks()), *AWAITING, *RARE} == set()


def test_an_awaited_call_on_asyncio_loads_no_other_client(service: str) -> None:
    """What awaits has its own connections too: httpx is for proxies, for HTTP/2, and for clients that are handed in."""
    send = "asyncio.run(client.complete('Hi'))"
    loaded = loaded_by(f"import asyncio; {MAKE_A_CLIENT.replace('SyncClient', 'AsyncClient')}; {send}", service)
    assert loaded >= SENDING
    assert loaded & {"cattrs", "httpx", "rich", "typer", *RARE, *STREAMING} == set()


def test_a_failure_loads_what_tells_of_it(service: str) -> None:
    """Else the tests before would be green because nothing is ever loaded."""
    refused = "from openrouter import NotFoundError\ntry: client.complete('Fail')\nexcept NotFoundError: pass"
    loaded = loaded_by(f"{MAKE_A_CLIENT}\n{refused}", service)
    assert {"openrouter.core.envelope", "openrouter.core.hiding"} <= loaded


@pytest.mark.parametrize("name", sorted(name for name in {*RARE, *STREAMING, *AWAITING} if "." in name))
def test_what_is_to_be_loaded_later_exists(name: str) -> None:
    """A name that is misspelt here, or was moved, would be missed by nobody."""
    assert find_spec(name) is not None


def test_the_names_are_sorted() -> None:
    """A name has one place, so a diff shows what was added and nothing else."""
    assert list(openrouter.__all__) == sorted(openrouter.__all__)


@pytest.mark.parametrize("name", openrouter.__all__)
def test_a_public_name_is_documented(name: str) -> None:
    """Classes, functions and modules say what they are for; an alias of a type has nowhere to say it."""
    value = getattr(openrouter, name)
    if inspect.isclass(value) or inspect.isroutine(value) or inspect.ismodule(value):
        assert (value.__doc__ or "").strip()


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if path != NAMES], ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    """A longer file holds two concepts."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_no_module_is_named_after_nothing() -> None:
    """Such a name means a concept that has not got its own yet."""
    nameless = {"utils", "util", "helpers", "helper", "common", "misc"}
    assert not nameless & {path.stem for path in PACKAGE.rglob("*")}


def test_no_line_is_excused_from_the_tests() -> None:
    """A line that no test reaches is tested or deleted."""
    excuse = re.compile(r"#\s*pragma:\s*no\s")
    assert not [path for path in SOURCES if excuse.search(path.read_text(encoding="utf-8"))]


def test_the_package_says_that_it_is_typed() -> None:
    """Type checkers ignore the annotations of a package without this file."""
    assert (PACKAGE / "py.typed").is_file()


def test_one_version_stands_in_the_project_the_package_and_the_changelog() -> None:
    """The newest release in the changelog is what the distribution and the package say they are."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert version == __version__
    assert version == re.findall(r"^## \[(\d[^\]]*)\]", changelog, re.MULTILINE)[0]
