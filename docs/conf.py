"""How Sphinx builds the documentation: `nox -s docs`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.util.inspect import signature, stringify_signature
from sphinx.util.logging import getLogger

import openrouter
import openrouter.testing

if TYPE_CHECKING:
    from docutils.nodes import Element, reference
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

logger = getLogger(__name__)

PYPROJECT = tomllib.loads(Path(__file__, "../../pyproject.toml").resolve().read_text(encoding="utf-8"))

project = PYPROJECT["project"]["name"]
release = PYPROJECT["project"]["version"]
author = "openrouter-duo contributors"
copyright = f"2026, {author}"  # noqa: A001 - Sphinx gave it this name

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
# What docstrings put between single backticks is code.
default_role = "code"
html_theme = "furo"
html_title = f"{project} {release}"
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
nitpick_ignore_regex = [
    # Names of other projects stay without a link: the documentation is built without a network.
    ("py:.*", r"(?!openrouter\b).*"),
    # Type variables stand for what the reader puts there.
    ("py:class", r"openrouter\..*\b(T|U|T_co|DriverT|EventT|ResultT)"),
]

PUBLIC = {module.__name__: module.__all__ for module in (openrouter, openrouter.testing)}
MADE_BY_US = {
    *("openrouter.Stream", "openrouter.AsyncStream", "openrouter.FlowStream", "openrouter.AsyncFlowStream"),
    *("openrouter.Chat", "openrouter.Objects", "openrouter.ToolRuns", "openrouter.Money", "openrouter.ModelRegistry"),
    *("openrouter.Models", "openrouter.Endpoints", "openrouter.Providers", "openrouter.Generations"),
    *("openrouter.AccountCredits", "openrouter.Keys", "openrouter.LedgerScope", "openrouter.messages.PathPart"),
}


def resolve_to_the_public_name(
    app: Sphinx, environment: BuildEnvironment, node: Element, content: Element
) -> reference | None:
    """Find what is documented as `openrouter.X` when an annotation calls it by the module that holds it."""
    holder, _, name = str(node.get("reftarget", "")).rpartition(".")
    package = "openrouter.testing" if holder.startswith("openrouter.testing") else "openrouter"
    if node.get("refdomain") != "py" or name not in PUBLIC[package]:
        return None
    domain = environment.domains.python_domain
    target = f"{package}.{name}"
    return domain.resolve_xref(environment, node["refdoc"], app.builder, "obj", target, node, content)


def hide_constructors(_: Sphinx, __: str, name: str, *___: object) -> tuple[str, str] | None:
    """Show no arguments for the classes that nobody else makes."""
    return ("", "") if name in MADE_BY_US else None


def keep_first_arguments(_: Sphinx, what: str, __: str, documented: Any, *___: object) -> tuple[str, str] | None:
    """Show all arguments of an operation: on the class it is a function, whose first argument is no `self`."""
    if what != "method" or "self" in signature(documented).parameters:
        return None
    arguments, arrow, result = stringify_signature(signature(documented), unqualified_typehints=True).partition(" -> ")
    # A generator function is the longer spelling of a flow, which the page explains.
    return arguments, result.replace("~collections.abc.Generator[~typing.Any, ~typing.Any, ", "Flow[") if arrow else ""


def shorten_defaults(
    _: Sphinx, __: str, ___: str, ____: Any, _____: object, arguments: str | None, result: str | None
) -> tuple[str, str | None] | None:
    """Write `…` for a default that is made anew each time, where attrs has a word of its own."""
    return (arguments.replace("= NOTHING", "= …"), result) if arguments and "= NOTHING" in arguments else None


def require_every_public_name(_: Sphinx, environment: BuildEnvironment) -> None:
    """Warn about a public name that the reference does not list."""
    documented = environment.domains.python_domain.objects
    for package, names in PUBLIC.items():
        for name in names:
            if f"{package}.{name}" not in documented:
                logger.warning("%s.%s is public, but stands on no page.", package, name)


def setup(app: Sphinx) -> None:
    """Called by Sphinx at the start."""
    app.connect("missing-reference", resolve_to_the_public_name)
    app.connect("autodoc-process-signature", hide_constructors)
    app.connect("autodoc-process-signature", keep_first_arguments)
    app.connect("autodoc-process-signature", shorten_defaults)
    app.connect("env-check-consistency", require_every_public_name)
