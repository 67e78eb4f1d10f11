"""How Sphinx builds the documentation: `nox -s docs`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import openrouter

if TYPE_CHECKING:
    from docutils.nodes import Element, reference
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

PYPROJECT = tomllib.loads(Path(__file__, "../../pyproject.toml").resolve().read_text(encoding="utf-8"))

project = PYPROJECT["project"]["name"]
release = PYPROJECT["project"]["version"]
author = "openrouter-duo contributors"
copyright = f"2026, {author}"  # noqa: A001 - Sphinx gave it this name

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"{project} {release}"
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
# Names of other projects stay without a link: the documentation is built without a network.
nitpick_ignore_regex = [("py:.*", r"(?!openrouter\b).*")]


def resolve_to_the_public_name(
    app: Sphinx, environment: BuildEnvironment, node: Element, content: Element
) -> reference | None:
    """Find what is documented as `openrouter.X` when an annotation calls it by the module that holds it."""
    name = str(node.get("reftarget", "")).rpartition(".")[2]
    if node.get("refdomain") != "py" or name not in openrouter.__all__:
        return None
    domain = environment.domains.python_domain
    target = f"openrouter.{name}"
    return domain.resolve_xref(environment, node["refdoc"], app.builder, "obj", target, node, content)


def setup(app: Sphinx) -> None:
    """Called by Sphinx at the start."""
    app.connect("missing-reference", resolve_to_the_public_name)
