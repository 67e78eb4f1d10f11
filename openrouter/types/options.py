"""The options that every operation takes, and the request that they make."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final, TypedDict, cast

from ..core.arguments import Rule, number, refuse, refuse_unknown, whole
from ..core.errors import InvalidArgumentError
from ..core.wire import UNSET, Request


class RequestOptions(TypedDict, total=False):
    """Options of every operation, for one call."""

    timeout: float | None
    """Seconds: for a whole reply in total (default 600), for a stream without any byte (default 120).
    `None` waits for ever."""
    deadline: float | None
    """Seconds for everything: waiting for the rate limit, all attempts, and the last byte.
    `None` takes away the one of the settings."""
    max_retries: int
    """How often a failed request is sent again (default 2)."""
    extra_body: Mapping[str, object]
    """Fields laid over the body unchanged, at any depth; here `None` is sent as `null`."""
    extra_headers: Mapping[str, str]
    """Headers that win over those of the settings."""
    extra_query: Mapping[str, object]
    """Parameters of the query string."""


REQUEST_OPTIONS: Final = RequestOptions.__optional_keys__


def _object(name: str, value: Any) -> None:
    if not isinstance(value, Mapping):
        refuse(name, value, "a mapping")


PARAMETERS: Final[Mapping[str, str]] = {
    "messages": "complete()",
    "prompt": "complete()",
    "system_prompt": "generate_text()",
    "context": "generate_text()",
    "inputs": "complete_many()",
    "concurrency": "complete_many()",
    "on_chunk": "stream()",
    "on_keepalive": "stream()",
    "into": "generate_object()",
    "mode": "generate_object()",
    "reasks": "generate_object()",
    "max_steps": "run_tools()",
    "stop_when": "run_tools()",
    "on_step": "run_tools()",
    "approve": "run_tools()",
    "max_parallel": "run_tools()",
    "tool_timeout": "run_tools()",
    "raise_tool_errors": "run_tools()",
    "final_answer": "run_tools()",
    "max_repeats": "run_tools()",
}
"""What operations take beside their options, with one that does: a misspelt name of these looks like an option."""

SETTINGS: Final = (
    *("api_key", "base_url", "app_url", "app_title", "connect_timeout", "stall_timeout", "headers", "max_connections"),
    *("keepalive_expiry", "proxy", "http2", "trust_env", "log_bodies", "policy", "http", "settings"),
    *("validate", "fallbacks", "registry_ttl", "registry_file"),
)
"""What is said once for a client, and not for a request. A key must not go into a body."""
_ELSEWHERE: Final = {**PARAMETERS, **dict.fromkeys(SETTINGS, "the constructor of a client")}
"""Names that mean something in another place, with who takes them there."""

SECONDS: Final = number(0, 1e9, above=True)
"""How long something may take: finite, as sockets want it."""

REQUEST_RULES: Final[Mapping[str, Rule]] = {
    "timeout": SECONDS,
    "deadline": SECONDS,
    "max_retries": whole(0),
    "extra_body": _object,
    "extra_headers": _object,
    "extra_query": _object,
}


def check_options(options: Mapping[str, Any], rules: Mapping[str, Rule]) -> None:
    """Apply to each option that is not `None` the rule of its name, where there is one."""
    for name, value in options.items():
        if value is not None and (rule := rules.get(name)) is not None:
            rule(name, value)


def check_names(options: Mapping[str, Any], known: Collection[str], goes_in: str = "extra_body") -> None:
    """Raise `TypeError` for an option that is not `known`."""
    if not options.keys() <= (known if isinstance(known, frozenset) else set(known)):
        otherwise = f"What the API takes and we have no name for goes in {goes_in}."
        refuse_unknown("option", options, known, otherwise, elsewhere=_ELSEWHERE)


def make_request(
    method: str,
    path: str,
    options: Mapping[str, Any],
    *,
    known: Collection[str] = REQUEST_OPTIONS,
    body: Mapping[str, object] | None = None,
    query: Mapping[str, object] | None = None,
    stream: bool = False,
) -> Request:
    """Make a request of a body, a query and the options of a call.

    An option that is not `known` is a `TypeError`. What has no body takes no `extra_body`.
    """
    check_names(options, known, "extra_body" if method == "POST" else "extra_query")
    check_options(options, REQUEST_RULES)
    extra_body = cast("Mapping[str, object] | None", options.get("extra_body"))
    extra_query = cast("Mapping[str, object] | None", options.get("extra_query"))
    if extra_body and method != "POST":
        wanted = "left out: this request has no body. Parameters of the query go in extra_query"
        refuse("extra_body", extra_body, wanted)
    _refuse_twice("extra_body", extra_body, body)
    _refuse_twice("extra_query", extra_query, query)
    return Request(
        method,
        path,
        body,
        extra_body,
        {**query, **(extra_query or {})} if query else extra_query,
        options.get("extra_headers"),
        options.get("timeout", UNSET),
        options.get("deadline", UNSET),
        options.get("max_retries"),
        stream,
    )


def _refuse_twice(where: str, given: Mapping[str, object] | None, made: Mapping[str, object] | None) -> None:
    for name in given or ():
        if made is not None and name in made:
            raise InvalidArgumentError(f"{name} is given twice: as an option and in {where}. Give it once.")
