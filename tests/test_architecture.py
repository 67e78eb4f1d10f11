"""The shape of the package: what it offers, how large its files are and what it calls things."""

from __future__ import annotations

import inspect
import re
import tomllib
from pathlib import Path

import pytest

import openrouter
from openrouter.core.version import __version__

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "openrouter"
SOURCES = tuple(sorted(PACKAGE.rglob("*.py")))
MOST_LINES = 400


def test_all_names_what_the_package_offers() -> None:
    """Catch a public class that `__all__` forgot, and a name in `__all__` that is gone."""
    not_ours = {"annotations", *(name for name, value in vars(openrouter).items() if inspect.ismodule(value))}
    found = {name for name in vars(openrouter) if not name.startswith("_")} - not_ours
    assert found == {name for name in openrouter.__all__ if not name.startswith("_")} - not_ours
    assert all(hasattr(openrouter, name) for name in openrouter.__all__)


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
