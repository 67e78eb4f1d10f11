"""Whole replies of chat completions into completions and errors.

A good reply in any spelling is a good reply; a failed one raises, in whatever place its error stands, with all that
had arrived in `partial`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn, cast

from ..core import errors
from ..core.error_signs import has_error
from ..core.json import as_object
from ..core.structuring import structurer
from ..core.wire import HTTPInfo, Reply
from ..types.chat import Choice, Completion

if TYPE_CHECKING:
    from ..types.chunks import ChunkChoice


def read_completion(reply: Reply) -> Completion:
    """Read a whole reply of status 200; raise the `OpenRouterError` that it may carry all the same."""
    raw = reply.json()
    if type(raw) is not dict:
        raise unreadable("The reply is JSON, but no object.", raw, reply.http, reply.model)
    completion = structured(cast("dict[str, Any]", raw), reply.http, reply.latency)
    check(completion, reply.http, reply.model)
    return completion


def structured(raw: dict[str, Any], http: HTTPInfo, latency: float | None = None) -> Completion:
    """Make a completion of decoded JSON, and of how it came."""
    completion = structurer(Completion)(raw)
    completion.http = http
    completion.latency = latency
    return completion


def check(completion: Completion, http: HTTPInfo, model: str | None) -> None:
    """Raise what is wrong with a completion that came with status 200."""
    raw = completion.raw
    if has_error(raw):
        raise_told(raw, http, model, completion if completion.choices else None)
    if not completion.choices:
        raise unreadable("The reply has no `choices`.", raw, http, model)
    for choice in completion.choices:
        if choice.finish_reason == "error" or choice.raw.get("error"):
            raise_told(failed_choice(raw, choice), http, model, completion)
    if completion.usage is None and all(choice.message.is_empty and not choice.text for choice in completion.choices):
        reason = completion.native_finish_reason or completion.finish_reason
        error = unreadable(f"The model answered with nothing (it stopped with {reason!r}).", raw, http, model)
        error.ambiguous = False
        raise error.with_facts(partial=completion, provider=completion.provider)


def raise_told(raw: Mapping[str, Any], http: HTTPInfo, model: str | None, partial: Completion | None) -> NoReturn:
    """Raise the error that a body tells of."""
    from ..core.envelope import error_from  # noqa: PLC0415 - most replies are good

    error = error_from(raw, status=http.status_code, headers=http.headers, utc=http.received_at)
    raise error.with_facts(model=model, partial=partial)


def failed_choice(raw: dict[str, Any], choice: Choice | ChunkChoice) -> dict[str, Any]:
    """Give the envelope of an error that stands in a choice, or is nothing but its finish reason."""
    said = {"message": f"The model stopped with an error (native reason {choice.native_finish_reason!r})."}
    return {**raw, "error": choice.raw.get("error") or said}


def unreadable(what: str, body: object, http: HTTPInfo, model: str | None) -> errors.ResponseError:
    """Give the error for a reply that cannot be understood."""
    id_ = as_object(body).get("id")
    return errors.ResponseError(what).with_facts(
        status_code=http.status_code,
        headers=http.headers,
        generation_id=http.generation_id or (id_ if isinstance(id_, str) else None),
        body=body,
        model=model,
    )
