"""What plugins have to be (API page "Plugins")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..core.arguments import Rule, number, refuse, whole
from .chat_options import flag, string
from .search_options import USER_LOCATION, x_search
from .server_tool_options import FUSION
from .shapes import TEXT, TEXTS, each, fields, told_by

_COUNT: Final = whole(1)
_PATTERNS: Final = each(TEXT, longest=1024)
_ROUTER: Final[Mapping[str, Rule]] = {
    "allowed_models": _PATTERNS,
    "excluded_models": _PATTERNS,
    "cost_tier": TEXT,
    "cost_quality_tradeoff": whole(0, 10),
}

_FIELDS: Final[Mapping[str, Mapping[str, Rule]]] = {
    "web": {
        "engine": TEXT,
        "mode": TEXT,
        "max_results": _COUNT,
        "max_uses": _COUNT,
        "search_prompt": string,
        "include_domains": TEXTS,
        "exclude_domains": TEXTS,
        "user_location": USER_LOCATION,
        "x_search": x_search,
    },
    "web-fetch": {
        "max_uses": _COUNT,
        "max_content_tokens": _COUNT,
        "allowed_domains": TEXTS,
        "blocked_domains": TEXTS,
    },
    "file-parser": {"pdf": fields({"engine": TEXT})},
    "response-healing": {},
    "context-compression": {"engine": TEXT},
    "moderation": {},
    "auto-router": {**_ROUTER, "pin_model": flag},
    "auto-beta-router": _ROUTER,
    "pareto-router": {"min_coding_score": number(0, 1), "max_price": number(0, 1e9), "price_source": TEXT},
    "fusion": {**FUSION, "preset": TEXT},
}

_BY_ID: Final = told_by("id", {id_: fields({"enabled": flag, **rules}) for id_, rules in _FIELDS.items()})


def plugin(name: str, value: Any) -> None:
    """Take a plugin; where its name or the function that makes it was given, say what makes it."""
    called = value if isinstance(value, str) else getattr(value, "__name__", "")
    if called.replace("_", "-") in _FIELDS:
        refuse(name, value, f"a plugin with its settings: call plugins.{called.replace('-', '_')}()")
    _BY_ID(name, value)


RULES: Final[Mapping[str, Rule]] = {"plugins": each(plugin)}
