"""A request as it goes out: what the caller asked for, with what the settings add laid under it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple, cast
from urllib.parse import urlencode, urlsplit

from attrs import define, field

from .core.arguments import refuse
from .core.errors import InvalidArgumentError, OpenRouterError
from .core.header_rules import flaw_of_headers
from .core.json import encode_json
from .core.secret import Sealed, Secret, sealed_headers
from .core.version import __version__
from .core.wire import Moment, Request, Unset
from .policy import Facts
from .settings import Settings

TOTAL: Final = 600.0
"""Seconds for a whole reply."""
IDLE: Final = 120.0
"""Seconds that a stream may be silent."""
RawHeaders = list[tuple[bytes, bytes]]

_PATH: Final = re.compile(r"/[!-~]*")
_CREDENTIAL: Final = rb"auth|cookie|key|secret|token"
"""What stands in the name of a header whose value is a secret."""
_OTHER_NAMES: Final = {"model": "models", "max_tokens": "max_completion_tokens"}
"""By which other field a request says what a setting is the default of."""


class Origin(NamedTuple):
    """Where requests go: scheme, host and port, taken apart once."""

    scheme: str
    host: str
    port: int
    path: str
    host_header: bytes
    """The value of the `Host` header."""


@lru_cache(maxsize=64)
def origin_of(base_url: str) -> Origin:
    """Take a base URL apart."""
    parts = urlsplit(base_url)
    host = (parts.hostname or "").encode("idna").decode("ascii")
    default = 443 if parts.scheme == "https" else 80
    port = parts.port or default
    shown = f"[{host}]" if ":" in host else host
    header = shown if port == default else f"{shown}:{port}"
    return Origin(parts.scheme, host, port, parts.path, header.encode("ascii"))


class Clocks(NamedTuple):
    """How long each part of an exchange may take, in seconds; `None` is for ever."""

    connect: float
    idle: float | None
    """Without a single byte."""
    stall: float
    """With signs of life, but no event."""
    total: float | None
    """From sending to the last byte, of one attempt."""
    deadline: float | None
    """The monotonic second at which everything ends: waiting, all attempts, and the last byte."""


@define(eq=False)
class Outgoing:
    """A request as bytes, with all that the transports and the policy have to know of it."""

    method: str
    origin: Origin
    target: str
    sealed_headers: Sealed[RawHeaders]
    content: bytes = field(repr=False)
    clocks: Clocks
    facts: Facts
    stream: bool
    waited: float = 0.0
    """Seconds that the attempt that is under way waited for a place."""
    ends_at: float | None = None
    """The monotonic second at which it ends at the latest."""
    fresh: bool = False
    """It may not go out on a connection that was used before: one of those had turned out to be dead."""

    @property
    def headers(self) -> RawHeaders:
        """The headers, the key among them."""
        return self.sealed_headers.reveal()

    def hide(self, text: str) -> str:
        """Take the secrets among the headers out of a text: the service may have repeated them.

        A key as short as those of tests is left: it may be a word of the text.
        """
        from .core.hiding import hide  # noqa: PLC0415 - for what failed, and for logs with bodies in them

        values = [value.decode("latin-1") for name, value in self.headers if re.search(_CREDENTIAL, name)]
        return hide(text, [value.rpartition(" ")[2] for value in values])

    def conceal(self, error: OpenRouterError) -> OpenRouterError:
        """Take the secrets among the headers out of an error, and give it back."""
        from .core.hiding import conceal  # noqa: PLC0415 - for what failed

        conceal(error, self.hide)
        return error

    def begin(self, now: float) -> None:
        """Start the clocks of an attempt, which do not run while it waits for its turn."""
        limits = [self.clocks.deadline, None if self.clocks.total is None else now + self.clocks.total]
        self.ends_at = min((limit for limit in limits if limit is not None), default=None)


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
    content, model, user, tokens = b"", None, None, 0
    if request.body is not None:
        body = _body(request, settings)
        content = _encoded(body)
        model, user = _model(body), _text(body.get("user"))
        limit = body.get("max_completion_tokens") or body.get("max_tokens") or 0
        tokens = len(content) // 4 + (limit if isinstance(limit, int) else 0)
    clocks = _clocks(request, settings, now)
    facts = Facts(
        key=key.fingerprint,
        model=model,
        stream=request.stream,
        billable=request.method != "GET",
        tokens=tokens,
        user=user,
        max_retries=settings.max_retries if request.max_retries is None else request.max_retries,
        deadline=clocks.deadline,
    )
    headers = _headers(request, settings, key, origin, len(content))
    return Outgoing(request.method, origin, target, headers, content, clocks, facts, request.stream)


def _body(request: Request, settings: Settings) -> dict[str, object]:
    given = {**(request.body or {}), **(request.extra_body or {})}
    defaults = {
        name: value
        for name, value in settings.body_defaults.items()
        # The default is for requests that say nothing of it, in whatever words.
        if given.get(_OTHER_NAMES.get(name, "")) is None
    }
    body = {**defaults, **(request.body or {})}
    body = {name: value for name, value in body.items() if value is not None}
    return {**body, **request.extra_body} if request.extra_body else body


def _encoded(body: Mapping[str, object]) -> bytes:
    try:
        return encode_json(body)
    except (TypeError, ValueError) as error:
        name = next((name for name, value in body.items() if not _is_json({name: value})), "body")
        refuse(name, body.get(name), f"JSON ({error})")


def _is_json(value: object) -> bool:
    try:
        encode_json(value)
    except (TypeError, ValueError):
        return False
    return True


def _model(body: Mapping[str, object]) -> str | None:
    """Name the model that is asked for, of several the first."""
    models = body.get("models")
    several = cast("Sequence[object]", models) if isinstance(models, list | tuple) else ()
    return _text(body.get("model")) or _text(next(iter(several), None))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


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
        headers[b"authorization"] = f"Bearer {key.reveal()}".encode()
    return Sealed(list(headers.items()))
