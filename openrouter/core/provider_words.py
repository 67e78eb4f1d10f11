"""What providers themselves say, taken out of the wrappings in which it comes.

`error.metadata.raw` is what the provider sent: text, JSON, JSON as text within JSON, or a list of any of these.
"""

from __future__ import annotations

from typing import Any, Final, cast

from .json import as_list, as_object, decode_json

_DEEPEST: Final = 8
"""Wrappings that are taken off; no provider has so many."""
_MOST_ATTEMPTS: Final = 5
_BESIDE: Final = ("message", "detail", "msg", "error_description", "errors", "issues", "raw")
"""Where the words stand in an object, the better ones first. An `error` that is an object comes before them, and one
that is a word after them."""


def unwrapped(raw: object) -> object:
    """Decode text that is JSON, again and again, and take the first of a list."""
    for _ in range(_DEEPEST):
        if isinstance(raw, str) and raw.lstrip()[:1] in {"{", "[", '"'}:
            try:
                raw = decode_json(raw.encode())
            except ValueError:
                return raw
        elif isinstance(raw, list):
            raw = next(iter(as_list(cast("object", raw))), None)
        else:
            return raw
    return None


def provider_words(raw: object, depth: int = 0) -> str | None:
    """Find the sentence that says what is wrong; text that holds none is given as it is."""
    content = unwrapped(raw)
    if isinstance(content, str):
        return content.strip() or None
    fields = as_object(content) if depth < _DEEPEST else {}
    inner = ("error",) if isinstance(fields.get("error"), dict | list) else ()
    places = (name for name in (*inner, *_BESIDE, *(() if inner else ("error",)), "name") if name in fields)
    found = next((words for name in places if (words := provider_words(fields[name], depth + 1))), None)
    return found or (raw if isinstance(raw, str) else None)


def field_named(raw: object) -> str | None:
    """Find the name of the field that is complained of."""
    outer = as_object(unwrapped(raw))
    inner = as_object(unwrapped(outer.get("error")))
    for place in (outer, inner, *(as_object(unwrapped(found.get("message"))) for found in (outer, inner))):
        if isinstance(param := place.get("param"), str) and param:
            return param
        if path := as_list(place.get("path")) or as_list(place.get("loc")):
            return ".".join(str(part) for part in path)
    return None


def earlier_attempts(metadata: dict[str, Any]) -> str | None:
    """Name the providers that were asked before, and the status of each."""
    shown: list[str] = []
    for item in as_list(metadata.get("previous_errors"))[:_MOST_ATTEMPTS]:
        attempt = as_object(item)
        provider = attempt.get("provider") or attempt.get("provider_name")
        status = attempt.get("status") or attempt.get("code")
        if isinstance(provider, str) and isinstance(status, int | str):
            shown.append(f"{provider} {status}")
    return f"tried before: {', '.join(dict.fromkeys(shown))}" if shown else None
