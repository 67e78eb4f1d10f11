"""Every block of Python in the README and the documentation runs as it is written."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest
from sybil.document import Document
from sybil.evaluators.python import pad
from sybil.parsers.myst import CodeBlockParser

from openrouter.testing import FakeOpenRouter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sybil.example import Example

ROOT = Path(__file__).parents[1]
PAGES = [
    str(path.relative_to(ROOT))
    for path in (ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")))
    if "```python" in path.read_text(encoding="utf-8")
]


@pytest.fixture
def docs_namespace(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[dict[str, object]]:
    """Put the offline service in the place of the network, an empty folder in that of the user's, and give no names."""
    monkeypatch.chdir(tmp_path)
    with FakeOpenRouter().serve() as service:
        monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-v1-documentation")
        monkeypatch.setenv("OPENROUTER_BASE_URL", service.url)
        yield {"__name__": "__main__"}


def run(example: Example, backend: str) -> None:
    """Run one block, with `await` allowed outside functions as in a notebook."""
    source = pad(example.parsed, example.line + example.parsed.line_offset)
    code = compile(source, example.path, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)

    async def in_a_loop() -> None:
        await eval(code, example.namespace)  # noqa: S307 - our own documentation

    if code.co_flags & inspect.CO_COROUTINE:
        anyio.run(in_a_loop, backend=backend)
    else:
        exec(code, example.namespace)  # noqa: S102 - our own documentation


@pytest.mark.parametrize("page", PAGES)
def test_the_blocks_of_a_page_run_from_top_to_bottom(
    page: str, docs_namespace: dict[str, object], anyio_backend: str
) -> None:
    """Blocks that await run on both event loops; the names of one block are there in the next."""
    parser = CodeBlockParser("python", lambda example: run(example, anyio_backend))
    document = Document.parse(str(ROOT / page), parser)
    document.namespace.update(docs_namespace)
    for example in document.examples():
        example.evaluate()


def test_the_readme_shows_code() -> None:
    """Guard the test above against finding nothing."""
    assert "README.md" in PAGES
