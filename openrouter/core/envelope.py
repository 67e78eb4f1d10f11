"""Errors out of what the service says (API page "Errors and debugging").

The same failure can come as a status, as a reply of status 200, inside a choice or in the middle of a stream, and in
the dialects of chat, responses and messages. All of them pass through `error_from`, so that they give the same class
with the same fields. The class follows the `error_type` where there is one, else the status; details make it narrower.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from attrs import define, field

from . import errors
from .error_base import LONGEST_LINE, one_line
from .error_types import ERROR_TYPES, SYNONYMS, VAGUE, ErrorClass, class_of, type_of_word
from .json import as_list, as_object
from .provider_words import earlier_attempts, field_named, provider_words, unwrapped
from .rate_limits import limit_of, positive_number, resets_at, retry_after
from .unavailability import is_unavailable, reason_of

_DIGITS: Final = 3
"""Digits of a status."""
_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}
_KNOWN_WORDS: Final = ERROR_TYPES.keys() | SYNONYMS.keys() | VAGUE.keys()
_BLOCKED: Final = re.compile(r"request blocked|blocked pii", re.IGNORECASE)
_FLAGGED: Final = re.compile(r"requires moderation|input was flagged", re.IGNORECASE)
_TOO_LONG: Final = re.compile(r"maximum context length is [\d,]{1,20} tokens", re.IGNORECASE)
_REQUESTED: Final = re.compile(r"requested up to ([\d,]{1,20}) tokens")
_AFFORDABLE: Final = re.compile(r"can only afford ([\d,]{1,20})")
_AFFORDABLE_PROMPT: Final = re.compile(r"Prompt tokens limit exceeded: [\d,]+ > ([\d,]{1,20})")


def error_from(body: Any, *, status: int, headers: Mapping[str, str], utc: float) -> errors.APIStatusError:
    """Make the error that a decoded body (or its text, where it is no JSON) tells of.

    `status` is that of the HTTP reply, which the body may know better; `utc` is when it came, in seconds since 1970.
    """
    told = _Told(body, status)
    made = _kind(told)(_message(told))
    made.status_code, made.error_type, made.body, made.headers = told.status, told.error_type, body, headers
    made.metadata, made.availability = told.metadata or None, told.availability or None
    made.provider, made.model = told.provider, told.model
    made.generation_id = _first_text(told.outer, "id", "request_id") or headers.get("x-generation-id")
    made.param = field_named(told.detail) or field_named(told.metadata.get("raw"))
    limits = {name.lower(): value for name, value in as_object(told.metadata.get("headers")).items()}
    limits |= {name.lower(): value for name, value in headers.items()}
    seconds = told.availability.get("retry_after")
    if seconds is None and "retry-after" not in limits:
        seconds = told.metadata.get("retry_after_seconds")
    made.retry_after = retry_after(limits, seconds, utc)
    retryable = told.availability.get("retryable")
    made.retryable = retryable if isinstance(retryable, bool) else None
    if isinstance(made, errors.RateLimitError):
        _add_limit(made, told, limits, utc)
    elif isinstance(made, errors.PaymentRequiredError):
        _add_tokens(made, told)
    elif isinstance(made, errors.ModelUnavailableError):
        made.reason = reason_of(told.detail, told.metadata)
    return made


@define
class _Told:
    """What an envelope says, in whatever dialect."""

    body: Any
    http_status: int
    outer: dict[str, Any] = field(init=False)
    """The envelope; a chunk or a reply has the model, the provider and the id."""
    detail: dict[str, Any] = field(init=False)
    """The error in it."""
    metadata: dict[str, Any] = field(init=False)
    availability: dict[str, Any] = field(init=False)
    error_type: str | None = field(init=False)
    status: int = field(init=False)
    provider: str | None = field(init=False)
    model: str | None = field(init=False)

    def __attrs_post_init__(self) -> None:
        body = self.body
        outer = as_object(body) or as_object(next(iter(as_list(body)), None))
        self.outer = as_object(outer.get("response")) or outer
        self.detail = _detail(self.outer)
        self.metadata = as_object(self.detail.get("metadata"))
        if not self.metadata and "status" not in self.outer:
            # The `metadata` of a response are those that the caller put into the request.
            self.metadata = as_object(self.outer.get("metadata"))
        self.availability = as_object(self.detail.get("availability"))
        word = _known_word(self.detail)
        self.error_type = (
            _first_text(self.metadata, "error_type")
            or _first_text(self.detail, "error_type")
            or _first_text(self.outer, "error_type")
            or (word and type_of_word(word, self.http_status))
        )
        self.status = self._find_status(word)
        self.provider = _first_text(self.metadata, "provider_name") or _first_text(self.outer, "provider")
        self.model = _first_text(self.metadata, "model_slug") or _first_text(self.outer, "model")
        self.model = self.model or next(iter(_texts(self.availability.get("requested_models"))), None)

    def _find_status(self, word: str | None) -> int:
        for told in (self.detail.get("code"), self.detail.get("http_status")):
            number = int(told) if isinstance(told, str) and len(told) == _DIGITS and told.isdecimal() else told
            if isinstance(number, int) and 400 <= number <= 599:  # noqa: PLR2004 - the error statuses
                return number
        if self.http_status >= 400:  # noqa: PLR2004 - the error statuses
            return self.http_status
        known = ERROR_TYPES.get(self.error_type or "")
        return known[0] if known else VAGUE.get(word or "", 500)

    @property
    def message(self) -> str:
        """What the service itself says, as far as it is looked at for numbers and words."""
        return (provider_words(self.detail.get("message")) or "")[: 4 * LONGEST_LINE]


def _detail(outer: dict[str, Any]) -> dict[str, Any]:
    """Find the error of an envelope: an object, a word with a description (as in OAuth), or the envelope itself."""
    error = unwrapped(outer.get("error"))
    if isinstance(error, str) and error:
        described = _first_text(outer, "error_description", "message")
        return {"message": f"{error}: {described}" if described else error}
    return as_object(error) or outer


def _known_word(detail: Mapping[str, Any]) -> str | None:
    """Find a word that tells the kind of error; the `code` is more to the point than the `type`."""
    words = [detail.get(name) for name in ("code", "type", "name")]
    return next((word for word in words if isinstance(word, str) and word in _KNOWN_WORDS), None)


def _kind(told: _Told) -> ErrorClass:
    """Choose the class."""
    found = class_of(told.error_type, told.status)
    if found is errors.BadRequestError and told.error_type is None and _TOO_LONG.search(told.message):
        return errors.ContextLengthExceededError
    if found is errors.ServerError and told.metadata.get("provider_name"):
        return errors.ProviderError
    if found is errors.PermissionDeniedError:
        if told.metadata.get("reasons") or told.metadata.get("flagged_input") or _FLAGGED.search(told.message):
            return errors.ModerationError
        if told.metadata.get("patterns") or _BLOCKED.match(told.message):
            return errors.GuardrailError
    if found in {errors.BadRequestError, errors.PermissionDeniedError, errors.NotFoundError} and is_unavailable(
        told.detail, told.metadata
    ):
        return errors.ModelUnavailableError
    return found


def _message(told: _Told) -> str:
    """Put into a line what the service says, what the provider says, and whom it asked before."""
    said = provider_words(told.detail)
    if isinstance(told.body, str):
        said = "a page of HTML, not the API's answer" if told.body.lstrip().startswith("<") else told.body
    words = dict.fromkeys(part for part in (said, provider_words(told.metadata.get("raw"))) if part)
    line = ": ".join(words)
    if attempts := earlier_attempts(told.metadata):
        line = f"{line} ({attempts})"
    phrase = f"{told.status} {_PHRASES.get(told.status, 'Error')}"
    line = one_line(line, LONGEST_LINE - len(phrase) - 2)
    return f"{phrase}: {line}" if line else f"{phrase}."


def _add_limit(made: errors.RateLimitError, told: _Told, limits: Mapping[str, object], utc: float) -> None:
    counted = any(name.startswith("x-ratelimit-") for name in limits)
    upstream = bool(told.provider or told.metadata.get("provider_code") or told.metadata.get("previous_errors"))
    upstream = upstream or told.availability.get("code") == "capacity_exhausted"
    made.limit = limit_of(told.message, provider=upstream, wait=made.retry_after, counted=counted)
    made.platform = made.limit != "upstream" and (counted or made.limit is not None)
    made.limit_requests = _whole(limits.get("x-ratelimit-limit"))
    made.remaining = _whole(limits.get("x-ratelimit-remaining"))
    made.resets_at = resets_at(limits, utc)


def _add_tokens(made: errors.PaymentRequiredError, told: _Told) -> None:
    made.limit_source = _first_text(told.metadata, "limit_source")
    made.requested_tokens = _tokens(_REQUESTED, told.message)
    made.affordable_tokens = _tokens(_AFFORDABLE, told.message)
    made.affordable_prompt_tokens = _tokens(_AFFORDABLE_PROMPT, told.message)


def _tokens(pattern: re.Pattern[str], message: str) -> int | None:
    found = pattern.search(message)
    digits = found[1].replace(",", "") if found else ""
    return int(digits) if digits else None


def _whole(value: object) -> int | None:
    number = positive_number(value)
    return None if number is None else int(number)


def _first_text(place: Mapping[str, Any], *names: str) -> str | None:
    found = (place.get(name) for name in names)
    return next((text for text in found if isinstance(text, str) and text), None)


def _texts(value: object) -> list[str]:
    return [text for text in as_list(value) if isinstance(text, str)]
