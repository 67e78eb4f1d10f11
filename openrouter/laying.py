"""The body of a request: what the caller said, with what the settings add laid under it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from .core.arguments import refuse
from .core.json import encode_json
from .core.wire import Call, Request, StreamCall
from .settings import Settings
from .types.request_body import OUTPUT_LIMITS, models_of

_OTHER_NAMES: Final = {"model": "models", "max_tokens": "max_completion_tokens"}
"""By which other field a request says what a setting is the default of."""


def request_of(given: object) -> Request:
    """Give the request that is meant by what a builder gives, by a request, or by the body of one."""
    if isinstance(given, Call | StreamCall):
        request: Request = cast("Any", given).request
        return request
    if isinstance(given, Request):
        return given
    if not isinstance(given, Mapping):
        refuse("request", given, "a call that Chat.complete(…) made on the class, or the body of a request")
    from .core.structuring import as_dict  # noqa: PLC0415 - few requests are looked at before they are made

    return Request("POST", "/chat/completions", as_dict(cast("Mapping[str, Any]", given)))


def body_of(request: Request, settings: Settings) -> dict[str, Any]:
    """Give the body as it is sent, without having made JSON of it; empty where there is none."""
    if request.body is None:
        return {}
    given = {**request.body, **(request.extra_body or {})}
    defaults = {
        name: value
        for name, value in settings.body_defaults.items()
        # The default is for requests that say nothing of it, in whatever words.
        if given.get(_OTHER_NAMES.get(name, "")) is None
    }
    body = {**defaults, **request.body}
    body = {name: value for name, value in body.items() if value is not None}
    if request.variant is not None:
        from .types.slugs import body_with_variant  # noqa: PLC0415 - few requests ask for one

        body = body_with_variant(body, request.variant)
    return {**body, **request.extra_body} if request.extra_body else body


def encoded(body: Mapping[str, object]) -> bytes:
    """Make JSON of a body; raise `InvalidArgumentError` that names the field of which none can be made."""
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


def amended(body: Mapping[str, object], model: str | None, max_tokens: int | None) -> dict[str, object]:
    """Give a body that asks for another of its models first, or for a shorter answer; `None` changes nothing.

    The models that stood before it come last: they are the ones that fail.
    """
    made = dict(body)
    if model is not None:
        models = models_of(body)
        place = models.index(model) if model in models else len(models)
        order = list(dict.fromkeys([model, *models[place:], *models[:place]]))
        if "model" in body:
            made["model"] = order.pop(0)
        if "models" in body:
            made["models"] = order
    if max_tokens is not None:
        # Which of them the service goes by is for it to say; one that is lower already stays.
        given = {name: limit for name in OUTPUT_LIMITS if isinstance(limit := body.get(name), int) and limit}
        made |= {name: min(limit, max_tokens) for name, limit in (given or {"max_tokens": max_tokens}).items()}
    return made
