"""Errors out of what the service says (API page "Errors and debugging").

The same failure can come as a status, as a reply of status 200, inside a choice or in the middle of a stream. All
of them pass through `error_from`, so that they give the same class with the same fields. The class follows the
`error_type` where there is one, else the status.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final

from . import errors
from .json import as_list, as_object, decode_json

ErrorClass = type[errors.APIStatusError]

ERROR_TYPES: Final[Mapping[str, tuple[int, ErrorClass]]] = {
    "context_length_exceeded": (400, errors.ContextLengthExceededError),
    "max_tokens_exceeded": (400, errors.BadRequestError),
    "token_limit_exceeded": (400, errors.BadRequestError),
    "string_too_long": (400, errors.BadRequestError),
    "invalid_request": (400, errors.BadRequestError),
    "invalid_prompt": (400, errors.BadRequestError),
    "content_policy_violation": (400, errors.BadRequestError),
    "refusal": (400, errors.BadRequestError),
    "invalid_image": (400, errors.BadRequestError),
    "image_too_large": (400, errors.BadRequestError),
    "image_too_small": (400, errors.BadRequestError),
    "unsupported_image_format": (400, errors.BadRequestError),
    "image_download_failed": (400, errors.BadRequestError),
    "authentication": (401, errors.AuthenticationError),
    "payment_required": (402, errors.PaymentRequiredError),
    "permission_denied": (403, errors.PermissionDeniedError),
    "not_found": (404, errors.NotFoundError),
    "image_not_found": (404, errors.NotFoundError),
    "precondition_failed": (412, errors.APIStatusError),
    "payload_too_large": (413, errors.PayloadTooLargeError),
    "unprocessable": (422, errors.UnprocessableEntityError),
    "rate_limit_exceeded": (429, errors.RateLimitError),
    "server": (500, errors.ServerError),
    "server_error": (500, errors.ServerError),
    "unmapped": (500, errors.ServerError),
    "provider_unavailable": (502, errors.ProviderError),
    "provider_overloaded": (503, errors.ProviderError),
    "timeout": (504, errors.ProviderError),
}
"""The service's words, with the status that each stands for."""

STATUSES: Final[Mapping[int, ErrorClass]] = {
    400: errors.BadRequestError,
    401: errors.AuthenticationError,
    402: errors.PaymentRequiredError,
    403: errors.PermissionDeniedError,
    404: errors.NotFoundError,
    409: errors.ConflictError,
    413: errors.PayloadTooLargeError,
    422: errors.UnprocessableEntityError,
    429: errors.RateLimitError,
}

_LONGEST_MESSAGE: Final = 1000
_DIGITS: Final = 3
"""Digits of a status."""
_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}


def error_from(body: Any, *, status: int, headers: Mapping[str, str], utc: float) -> errors.APIStatusError:
    """Make the error that a decoded body (or its text, where it is no JSON) tells of.

    `status` is that of the HTTP reply, which the body may know better; `utc` is when it came, in seconds since 1970.
    """
    envelope = as_object(body)
    detail = as_object(envelope.get("error"))
    metadata = as_object(detail.get("metadata")) or as_object(envelope.get("metadata"))
    availability = as_object(detail.get("availability"))
    error_type = _first_text(metadata, detail, envelope, name="error_type") or _word(detail.get("code"))
    status = _status(detail, status, error_type)
    raw = _decoded(metadata.get("raw"))
    made = _class_of(error_type, status, detail, metadata)(_message(body, detail, raw, status))
    made.status_code, made.error_type, made.body, made.headers = status, error_type, body, headers
    made.metadata = metadata or None
    made.param = _first_text(detail, as_object(as_object(raw).get("error")), as_object(raw), name="param")
    made.provider = _text(metadata.get("provider_name")) or _text(envelope.get("provider"))
    made.model = _text(metadata.get("model_slug")) or _text(envelope.get("model"))
    made.generation_id = _text(envelope.get("id")) or headers.get("x-generation-id")
    limits = {name.lower(): value for name, value in as_object(metadata.get("headers")).items()}
    limits |= {name.lower(): value for name, value in headers.items()}
    made.retry_after = retry_after(limits, availability.get("retry_after"), utc)
    retryable = availability.get("retryable")
    made.retryable = retryable if isinstance(retryable, bool) else None
    if isinstance(made, errors.RateLimitError):
        made.platform = made.provider is None and any(name.startswith("x-ratelimit-") for name in limits)
    if isinstance(made, errors.PaymentRequiredError):
        made.limit_source = _text(metadata.get("limit_source"))
    return made


def has_error(body: Mapping[str, Any]) -> bool:
    """Whether a body of status 200, or an event of a stream, is an error after all."""
    return bool(body.get("error")) or body.get("success") is False


def retry_after(headers: Mapping[str, object], told: object, utc: float) -> float | None:
    """Give the seconds to wait: as told in the body, by `Retry-After`, or by `X-RateLimit-Reset`.

    The names of the headers are in lower case. A reset over 1e11 is in milliseconds since 1970, one over 1e9 in
    seconds since 1970, any other in seconds.
    """
    if (seconds := _seconds(told)) is not None:
        return seconds
    given = headers.get("retry-after")
    if (seconds := _seconds(given)) is not None:
        return seconds
    if (moment := _date(given)) is not None:
        return max(0.0, moment - utc)
    reset = _seconds(headers.get("x-ratelimit-reset", ""))
    if reset is None:
        return None
    if reset > 1e11:  # noqa: PLR2004 - see above
        reset /= 1000
    return max(0.0, reset - utc) if reset > 1e9 else reset  # noqa: PLR2004 - see above


def _seconds(value: object) -> float | None:
    if not isinstance(value, int | float | str) or isinstance(value, bool):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    return seconds if 0 <= seconds < float("inf") else None


def _date(value: object) -> float | None:
    """Read a date as HTTP writes it, in seconds since 1970; one without a zone is in UTC."""
    if not isinstance(value, str):
        return None
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _word(code: object) -> str | None:
    """Take a code that is a word of the service, as some streams have it, and no number in quotes."""
    word = _text(code)
    return word if word in ERROR_TYPES else None


def _first_text(*places: Mapping[str, Any], name: str) -> str | None:
    return next((text for place in places if (text := _text(place.get(name)))), None)


def _status(detail: Mapping[str, Any], status: int, error_type: str | None) -> int:
    for told in (detail.get("code"), detail.get("http_status")):
        number = int(told) if isinstance(told, str) and len(told) == _DIGITS and told.isdecimal() else told
        if isinstance(number, int) and 400 <= number <= 599:  # noqa: PLR2004 - the error statuses
            return number
    if status >= 400:  # noqa: PLR2004 - the error statuses
        return status
    return ERROR_TYPES.get(error_type or "", (500, None))[0]


def _class_of(
    error_type: str | None, status: int, detail: Mapping[str, Any], metadata: Mapping[str, Any]
) -> ErrorClass:
    found = ERROR_TYPES.get(error_type or "", (status, STATUSES.get(status)))[1]
    if found is None:
        found = errors.ServerError if status >= 500 else errors.APIStatusError  # noqa: PLR2004 - the 5xx
    if found is errors.ServerError and metadata.get("provider_name"):
        return errors.ProviderError
    if found is errors.PermissionDeniedError:
        if metadata.get("reasons") or metadata.get("flagged_input"):
            return errors.ModerationError
        if metadata.get("patterns"):
            return errors.GuardrailError
    no_endpoint = detail.get("availability") or "no endpoints" in (_text(detail.get("message")) or "").lower()
    if found is errors.NotFoundError and no_endpoint:
        return errors.ModelUnavailableError
    return found


def _message(body: Any, detail: Mapping[str, Any], raw: object, status: int) -> str:
    said = _text(detail.get("message")) or _text(as_object(body).get("error")) or _text(detail.get("name"))
    if said is None and isinstance(body, str) and not body.lstrip().startswith("<"):
        said = body
    words = dict.fromkeys(part for part in (said, _provider_words(raw)) if part)
    line = " ".join(": ".join(words).split())[:_LONGEST_MESSAGE]
    phrase = f"{status} {_PHRASES.get(status, 'Error')}"
    return f"{phrase}: {line}" if line else f"{phrase}."


def _decoded(raw: object) -> object:
    """Take what the provider itself said, which comes as text that is often JSON again, out of that."""
    if not isinstance(raw, str):
        return raw
    try:
        decoded: object = decode_json(raw.encode())
    except ValueError:
        return raw
    if isinstance(decoded, str):
        return _decoded(decoded)
    return as_object(decoded) or as_object(next(iter(as_list(decoded)), None)) or raw


def _provider_words(raw: object) -> str | None:
    if isinstance(raw, str):
        return raw
    content = as_object(raw)
    for place in (as_object(content.get("error")), content):
        if found := _first_text(place, name="message") or _first_text(place, name="detail"):
            return found
    return _text(content.get("error"))
