"""The shape of the package: what it offers, how large its files are and what it calls things."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import openrouter
import openrouter.testing
from openrouter.core.version import __version__

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "openrouter"
SOURCES = tuple(sorted(PACKAGE.rglob("*.py")))
MOST_LINES = 400
LAZY = [openrouter, openrouter.testing]


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
    heavy = "{'anyio', 'attrs', 'cattrs', 'h11', 'httpcore', 'httpx'}"
    code = f"import sys, {package.__name__}; assert not {heavy} & {{*sys.modules}}, {heavy} & {{*sys.modules}}"
    subprocess.run([sys.executable, "-I", "-c", code], check=True)


def test_the_names_are_sorted() -> None:
    """A name has one place, so a diff shows what was added and nothing else."""
    assert list(openrouter.__all__) == sorted(openrouter.__all__)


@pytest.mark.parametrize("name", openrouter.__all__)
def test_a_public_name_is_documented(name: str) -> None:
    """Classes, functions and modules say what they are for; an alias of a type has nowhere to say it."""
    value = getattr(openrouter, name)
    if inspect.isclass(value) or inspect.isroutine(value) or inspect.ismodule(value):
        assert (value.__doc__ or "").strip()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
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
