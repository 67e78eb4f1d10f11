"""Every check of the project: `nox` runs them all, `nox -s tests` one of them, `nox -l` lists them."""

from __future__ import annotations

import os
import re
from pathlib import Path

import nox

PROJECT = nox.project.load_toml("pyproject.toml")
# The versions that we promise, and the next one where somebody has it.
PYTHONS = [*nox.project.python_versions(PROJECT), "3.14"]
# What we need, in the oldest versions that we promise to work with.
LOWEST = [re.sub(">=([^,]+).*", r"==\1", needed) for needed in PROJECT["project"]["dependencies"]]

nox.options.sessions = ["lint", "types", "docs", f"tests-{PYTHONS[0]}", f"tests-{PYTHONS[-2]}"]
nox.needs_version = ">=2025.10.14"
nox.options.default_venv_backend = "virtualenv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_venv = "yes"


def show_every_pyenv_version() -> None:
    """Make all of pyenv's Pythons findable: its shims answer for the selected ones alone."""
    versions = Path(os.environ.get("PYENV_ROOT", ""), "versions")
    if "PYENV_ROOT" in os.environ and versions.is_dir():
        os.environ["PYENV_VERSION"] = ":".join(sorted(path.name for path in versions.iterdir()))


show_every_pyenv_version()
# Each process of the tests would compile the package, its own tests and pytest's plugins anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@nox.session
def lint(session: nox.Session) -> None:
    """Style, format, the layers of the package and spelling."""
    session.install("-e", ".[lint]")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("lint-imports")
    session.run("codespell")


@nox.session
def types(session: nox.Session) -> None:
    """Both type checkers, strict, over the package and the tests of its types."""
    session.install("-e", ".[cli,types]")
    session.run("pyright")
    session.run("mypy")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; a reference to nothing is an error."""
    session.install("-e", ".[cli,docs]")
    session.run("sphinx-build", "-W", "-n", "-q", "-b", "html", "docs", "docs/_build/html")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests: by `nox` on the oldest and the newest Python, by `nox -s tests` on each that is at hand.

    On the oldest one, with the oldest versions of what we need, every branch of the package has to be reached. On the
    others the thorough tests run too, and orjson decodes; on those in between, what has to hold for any input is tried
    with the most of them.
    """
    is_oldest, is_between = session.python == PYTHONS[0], session.python in PYTHONS[1:-2]
    session.install("-e", *([".[cli,test]", *LOWEST] if is_oldest else [".[cli,orjson,test]"]))
    few = () if is_between else ("--hypothesis-profile=few",)
    if session.posargs:
        session.run("pytest", *session.posargs)
    elif is_oldest:
        environment = {"COVERAGE_FILE": str(Path(session.create_tmp(), "coverage"))}
        session.run("coverage", "erase", env=environment)
        session.run("coverage", "run", "-m", "pytest", "-n", "auto", "-m", "not thorough", *few, env=environment)
        session.run("coverage", "combine", "--quiet", env=environment)
        session.run("coverage", "report", env=environment)
    else:
        session.run("pytest", "-n", "auto", *few)


@nox.session(default=False)
def soak(session: nox.Session) -> None:
    """Run the client under a constant load and watch its memory: ten minutes, or as many as `-- 3` says."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "tests.soak", *session.posargs)


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Compare our CPU time with that of httpx by hand, and see how it grows: two minutes, `-- --rounds 3` for one."""
    session.install("-e", ".[bench]")
    session.run("python", "-m", "tests.benchmarks", *session.posargs)
