"""The official OpenAPI document. It is no part of this repository, and need not lie beside it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

DOCUMENT: Final = Path(__file__).parents[3] / "shared" / "api" / "openapi.yaml"

NEEDED: Final = pytest.mark.skipif(not DOCUMENT.is_file(), reason="There is no OpenAPI document beside this checkout.")


@cache
def document() -> dict[str, Any]:
    """Give the whole document."""
    # The loader that is written in C takes half a second, the other one ten.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, Any] = yaml.load(DOCUMENT.read_bytes(), Loader=loader)  # noqa: S506 - both are safe loaders
    return found


def schema(path: str) -> dict[str, Any]:
    """Give a schema of the document, by its name and the way into it: `ChatRequest/properties/reasoning`."""
    found: Any = document()["components"]["schemas"]
    for step in path.split("/"):
        found = found[int(step) if isinstance(found, list) else step]
    return dict(found)


@cache
def _validator(name: str) -> Draft202012Validator:
    resource = DRAFT202012.create_resource(document())
    registry: Any = Registry().with_resource("urn:openapi", resource)
    return Draft202012Validator({"$ref": f"urn:openapi#/components/schemas/{name}"}, registry=registry)


def objections(name: str, value: object) -> dict[str, str]:
    """Say what a schema of the document objects to in a value: where, and in what words."""
    return {error.json_path: error.message for error in _validator(name).iter_errors(value)}
