"""A request as it goes out: what the caller asked for, with what the settings add laid under it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, cast
from urllib.parse import urlencode

from .core.arguments import refuse
from .core.errors import InvalidArgumentError
from .core.header_rules import flaw_of_headers
from .core.secret import Sealed, Secret, sealed_headers
from .core.version import __version__
from .core.wire import Moment, Request, Unset
from .laying import body_of, encoded
from .outgoing import Clocks, Origin, Outgoing, RawHeaders, bearer, origin_of
from .policy import Facts
from .settings import Settings
from .types.request_body import models_of, output_limit

TOTAL: Final = 600.0
"""Seconds for a whole reply."""
IDLE: Final = 120.0
"""Seconds that a stream may be silent."""
_PATH: Final = re.compile(r"/[!-~]*")


def prepare(request: Request, settings: Settings, key: Secret, now: Moment) -> Outgoing:
    """Lay the settings under a request and encode it; what the caller said wins.

    Raises `InvalidArgumentError` for a body that JSON cannot hold, and for a header that cannot be sent.
    """
    if not _PATH.fullmatch(request.path):
        refuse("path", request.path, "ASCII without spaces that begins with a slash; quote what is not")
    origin = origin_of(settings.base_url)
    target = origin.path + request.path
    if request.query and (query := _query(request.query)):
        target = f"{target}?{query}"
    body, content, models, user, limit = None, b"", [], None, None
    if request.body is not None:
        body = body_of(request, settings)
        content = encoded(body)
        models, user, limit = models_of(body), body.get("user"), output_limit(body)
    model = models[0] if models else None
    clocks = _clocks(request, settings, now)
    headers = _headers(request, settings, key, origin, len(content))
    facts = Facts(
        key=key.fingerprint,
        model=model,
        stream=request.stream,
        billable=request.method != "GET",
        tokens=len(content) // 4 + (limit or 0),
        user=user if isinstance(user, str) else None,
        max_retries=settings.max_retries if request.max_retries is None else request.max_retries,
        deadline=clocks.deadline,
        fallbacks=tuple(models[1:]) or (_fallbacks(models[0], settings) if models and settings.fallbacks else ()),
        output_tokens=limit,
        rotates=callable(settings.api_key) and (b"authorization", bearer(key)) in headers.reveal(),
    )
    return Outgoing(request.method, origin, target, headers, body, content, clocks, facts, request.stream)


def _fallbacks(model: str, settings: Settings) -> tuple[str, ...]:
    """Find what the settings have asked instead of a model; routing variants of it are those of the others too."""
    from .types.slugs import ROUTING_VARIANTS, apply_variant, parse_slug  # noqa: PLC0415 - few settings name any

    if model in settings.fallbacks:
        return settings.fallbacks[model]
    slug = parse_slug(model)
    found = settings.fallbacks.get(slug.base, ())
    for variant in slug.variants:
        if variant in ROUTING_VARIANTS:
            found = tuple(apply_variant(one, variant) for one in found)
    return found


def _query(parameters: Mapping[str, object]) -> str:
    """Encode parameters: `None` is left out, flags are `true` and `false`, a list repeats its parameter."""
    given = [
        (name, str(item).lower() if isinstance(item, bool) else item)
        for name, value in parameters.items()
        for item in (cast("Sequence[object]", value) if isinstance(value, list | tuple) else [value])
        if item is not None
    ]
    return urlencode(given, errors="replace")


def _clocks(request: Request, settings: Settings, now: Moment) -> Clocks:
    timeout = settings.timeout if isinstance(request.timeout, Unset) else request.timeout
    seconds = (IDLE if request.stream else TOTAL) if isinstance(timeout, Unset) else timeout
    total, idle = (None, seconds) if request.stream else (seconds, None)
    deadline = settings.deadline if isinstance(request.deadline, Unset) else request.deadline
    ends = None if deadline is None else now.monotonic + deadline
    return Clocks(settings.connect_timeout, idle, settings.stall_timeout, total, ends)


def _own_headers(request: Request) -> Mapping[str, str]:
    if request.headers is None:
        return {}
    headers = sealed_headers(request.headers)
    if not isinstance(headers, Mapping):
        refuse("headers", headers, "a mapping")
    return cast("Mapping[str, str]", headers)


def _headers(request: Request, settings: Settings, key: Secret, origin: Origin, length: int) -> Sealed[RawHeaders]:
    own = {"HTTP-Referer": settings.app_url, "X-OpenRouter-Title": settings.app_title}
    given: dict[str, str] = {
        **{name: value for name, value in own.items() if value},
        **settings.headers,
        **_own_headers(request),
    }
    if given and (flaw := flaw_of_headers(given)):
        raise InvalidArgumentError(flaw)
    # From here on nothing can fail, so no traceback shows these locals.
    # Of names that differ only in case the last counts.
    laid = {name.lower().encode("ascii"): value.strip().encode("latin-1") for name, value in given.items()}
    headers = {
        b"host": origin.host_header,
        b"accept": b"text/event-stream" if request.stream else b"application/json",
        # Compression would hold back the small pieces of a stream.
        b"accept-encoding": b"identity" if request.stream else b"gzip",
        b"user-agent": f"openrouter-duo/{__version__}".encode(),
        **({b"content-type": b"application/json", b"content-length": str(length).encode()} if length else {}),
        **laid,
    }
    if b"authorization" not in laid:
        headers[b"authorization"] = bearer(key)
    return Sealed(list(headers.items()))
