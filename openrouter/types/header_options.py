"""Options that go out as headers: the response cache and router metadata (API pages of these names)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from attrs import evolve

from ..core.arguments import refuse
from ..core.errors import InvalidArgumentError
from ..core.wire import Request
from .chat_options import flag

_CACHE: Final = "X-OpenRouter-Cache"


def with_header_options(request: Request, options: Mapping[str, Any]) -> Request:
    """Add to a request the headers of these options; raise `InvalidArgumentError` for what cannot be sent."""
    headers = {**_cache_headers(options), **_metadata_headers(options)}
    given = request.headers or {}
    for name in given:
        if name.lower() in {made.lower() for made in headers}:
            raise InvalidArgumentError(f"{name} is given twice: as an option and in extra_headers. Give it once.")
    return evolve(request, headers={**given, **headers}) if headers else request


def _cache_headers(options: Mapping[str, Any]) -> dict[str, str]:
    cache, clear = options.get("response_cache"), options.get("response_cache_clear")
    headers: dict[str, str] = {}
    if isinstance(cache, bool):
        headers[_CACHE] = "true" if cache else "false"
    elif cache is not None:
        # The service makes what is too long as long as can be; 0 would be 1 second, where False was meant.
        if not isinstance(cache, int) or cache < 1:
            refuse("response_cache", cache, "True, False, or whole seconds, at least 1")
        headers |= {_CACHE: "true", f"{_CACHE}-TTL": str(cache)}
    if clear is not None:
        flag("response_cache_clear", clear)
    if clear:
        if cache is False:
            refuse("response_cache_clear", clear, "left out where response_cache is False")
        headers[f"{_CACHE}-Clear"] = "true"
    return headers


def _metadata_headers(options: Mapping[str, Any]) -> dict[str, str]:
    wanted = options.get("router_metadata")
    if wanted is None:
        return {}
    flag("router_metadata", wanted)
    return {"X-OpenRouter-Metadata": "enabled" if wanted else "disabled"}
