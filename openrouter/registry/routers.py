"""Models that pick another one for each request (API page "Routers")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..types.models import Model
from ..types.slugs import parse_slug

_VARIES: Final = {"prompt": "-1", "completion": "-1"}
_FREE: Final = {"prompt": "0", "completion": "0"}
ROUTERS: Final[Mapping[str, Mapping[str, str]]] = {
    "openrouter/auto": _VARIES,
    "openrouter/auto-beta": _VARIES,
    "openrouter/bodybuilder": _FREE,
    "openrouter/free": _FREE,
    "openrouter/fusion": _VARIES,
    "openrouter/fusion-flash": _VARIES,
    "openrouter/pareto-code": _VARIES,
}
"""Those that the API pages name, with their prices as the service writes them: below zero, it depends on the pick."""


def is_router(model: Model) -> bool:
    """Whether a model picks another one; the list shows it by its prices, or by the family of its tokenizer."""
    return model.pricing.varies or model.architecture.tokenizer == "Router" or parse_slug(model.id).root in ROUTERS
