"""What the parameters of server tools have to be (API page "Server tools")."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ..core.arguments import Rule, number, refuse, text, whole
from .caching_options import CACHE_CONTROL
from .chat_options import flag, string
from .reasoning_options import BUDGET
from .search_options import USER_LOCATION, x_search
from .shapes import TEXT, TEXTS, each, fields, mapping, refuse_both

_NAME: Final = re.compile(r"[a-zA-Z0-9 _-]+")
_NAME_LENGTH: Final = text(64)
_COUNT: Final = whole(1)
_TEMPERATURE: Final = number(0, 2)

_SEARCH: Final[Mapping[str, Rule]] = {
    "engine": TEXT,
    "mode": TEXT,
    "max_results": whole(1, 25),
    "max_uses": _COUNT,
    "max_total_results": _COUNT,
    "search_context_size": TEXT,
    "max_characters": whole(1, 100_000),
    "user_location": USER_LOCATION,
    "allowed_domains": TEXTS,
    "excluded_domains": TEXTS,
    "x_search": x_search,
}
_SEARCH_FIELDS: Final = fields(_SEARCH)
NESTED_TOOL: Final = fields({"type": TEXT, "parameters": mapping}, "type")
"""A server tool that another one may use; the rules of its parameters end here, as deep as it may stand."""


def _name(name: str, value: Any) -> None:
    _NAME_LENGTH(name, value)
    if not _NAME.fullmatch(value):
        refuse(name, value, "letters, digits, spaces, underscores and hyphens")


def _search(name: str, value: Any) -> None:
    _SEARCH_FIELDS(name, value)
    refuse_both(name, value, "allowed_domains", "excluded_domains")


def _parameters(rule: Rule) -> Rule:
    return fields({"parameters": rule})


_SEARCH_TOOL: Final = _parameters(_search)


def _search_shorthand(name: str, value: Any) -> None:
    """Check a search in OpenAI's spelling: its settings may stand in the tool itself."""
    _SEARCH_TOOL(name, value)
    _search(name, value)


FUSION: Final[Mapping[str, Rule]] = {
    "analysis_models": each(TEXT, longest=8, shortest=1),
    "model": TEXT,
    "max_tool_calls": whole(1, 16),
    "tools": each(NESTED_TOOL, longest=8),
}
"""What the plugin and the server tool have in common."""

_BASH: Final = fields({"engine": TEXT, "environment": mapping, "sleep_after_seconds": whole(1, 2_592_000)})
_MODEL: Final[Mapping[str, Rule]] = {
    "model": TEXT,
    "max_completion_tokens": _COUNT,
    "reasoning": fields(BUDGET),
    "temperature": _TEMPERATURE,
}
_AGENT: Final[Mapping[str, Rule]] = {**_MODEL, "name": _name, "instructions": string}

SERVER_TOOLS: Final[Mapping[str, Rule]] = {
    "openrouter:web_search": _SEARCH_TOOL,
    **dict.fromkeys(
        ("web_search", "web_search_preview", "web_search_preview_2025_03_11", "web_search_2025_08_26"),
        _search_shorthand,
    ),
    "openrouter:web_fetch": _parameters(
        fields(
            {
                "engine": TEXT,
                "max_uses": _COUNT,
                "max_content_tokens": _COUNT,
                "allowed_domains": TEXTS,
                "blocked_domains": TEXTS,
            }
        )
    ),
    "openrouter:datetime": _parameters(fields({"timezone": TEXT})),
    "openrouter:image_generation": _parameters(fields({"model": TEXT}, named_freely=True)),
    "openrouter:files": _parameters(mapping),
    "openrouter:experimental__search_models": _parameters(fields({"max_results": whole(1, 20)})),
    "openrouter:fusion": _parameters(fields({**FUSION, **_MODEL, "cache_control": CACHE_CONTROL})),
    "openrouter:advisor": _parameters(fields({**_AGENT, "forward_transcript": flag, "stream": flag})),
    "openrouter:subagent": _parameters(
        fields(
            {
                **_AGENT,
                "tools": each(NESTED_TOOL),
                "max_tool_calls": whole(1, 25),
                "inherit_functions": flag,
                "inherited_function_names": TEXTS,
            }
        )
    ),
    "openrouter:bash": _parameters(_BASH),
    "openrouter:shell": _parameters(_BASH),
    "openrouter:tool_search": _parameters(fields({"max_results": _COUNT})),
    "openrouter:apply_patch": _parameters(fields({"engine": TEXT})),
}
"""The rule of each server tool, by its `type`."""
