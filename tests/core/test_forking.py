"""Forks wait for the imports of other threads: which packages that are, and what is in the way."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import openrouter
from openrouter.core.forking import LATE, make_forks_safe, wait_for_imports

PACKAGE = Path(openrouter.__file__).parent
APART = {"cli", "testing"}
"""Programs and services of their own, which fork by themselves or not at all."""


def imported_late() -> Iterator[str]:
    """Give the packages that functions import."""
    for path in PACKAGE.rglob("*.py"):
        if path.relative_to(PACKAGE).parts[0] in APART:
            continue
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                for node in ast.walk(function):
                    if isinstance(node, ast.ImportFrom):
                        yield "openrouter" if node.level else str(node.module).partition(".")[0]
                    elif isinstance(node, ast.Import):
                        yield from (name.name.partition(".")[0] for name in node.names)


def test_every_package_of_which_something_is_imported_late_is_waited_for() -> None:
    found = {*imported_late()}
    assert {"openrouter", "httpx"} <= found
    assert found <= LATE | {"orjson"}  # which is imported at the top, or not at all


def test_what_cannot_be_imported_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx.not_there", None)  # type: ignore[arg-type]  # as others hide a module
    half = ModuleType("openrouter.half")
    monkeypatch.setitem(sys.modules, "openrouter.half", half)
    before = {*sys.modules}
    wait_for_imports()
    assert {*sys.modules} == before


def test_where_there_are_no_forks_nothing_is_to_be_made_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "register_at_fork")
    make_forks_safe()
