"""Errors of the service: class, fields and words, from whatever envelope they come in."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from openrouter.core import errors
from openrouter.core.envelope import error_from
from openrouter.core.error_signs import has_error
from openrouter.core.error_types import ERROR_TYPES
from openrouter.core.wire import Headers
from tests.core.documented_errors import TYPES

STATUSES = [
    (400, errors.BadRequestError),
    (401, errors.AuthenticationError),
    (402, errors.PaymentRequiredError),
    (403, errors.PermissionDeniedError),
    (404, errors.NotFoundError),
    (408, errors.APIStatusError),
    (409, errors.ConflictError),
    (410, errors.APIStatusError),
    (413, errors.PayloadTooLargeError),
    (418, errors.APIStatusError),
    (422, errors.UnprocessableEntityError),
    (429, errors.RateLimitError),
    (499, errors.APIStatusError),
    (500, errors.ServerError),
    (502, errors.ServerError),
    (503, errors.ServerError),
    (504, errors.ServerError),
    (524, errors.ServerError),
    (529, errors.ServerError),
]


def read(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> errors.APIStatusError:
    pairs = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    return error_from(body, status=status, headers=Headers(pairs), utc=1_800_000_000.0)


def envelope(status: int = 400, **fields: Any) -> dict[str, Any]:
    return {"error": {"code": status, "message": "No.", **fields}}


# --- the class ------------------------------------------------------------------------------------------------------


def test_every_documented_error_type_is_known() -> None:
    assert ERROR_TYPES.keys() ^ TYPES.keys() == {"server_error"}


@pytest.mark.parametrize("name", TYPES)
def test_the_error_type_decides_wherever_it_stands(name: str) -> None:
    status, kind = TYPES[name]
    message = {"message": "No."}
    for body in (
        {"error": {**message, "metadata": {"error_type": name}}},
        {"error": {**message, "error_type": name}},
        {"error": message, "error_type": name},
        {"error": {**message, "code": name}},
        {"error": message, "metadata": {"error_type": name}},
    ):
        error = read(body)
        assert (type(error), error.error_type, error.status_code) == (kind, name, status)


@pytest.mark.parametrize(("status", "kind"), STATUSES)
def test_the_status_decides_where_there_is_no_type(status: int, kind: type[Exception]) -> None:
    for body in (envelope(status), envelope(status, code=str(status)), envelope(status, code=None), None, "oops", [1]):
        error = read(body, status)
        assert (type(error), error.status_code, error.error_type) == (kind, status, None)
    assert type(read(envelope(status))) is kind, "a reply of status 200 that carries it"
    new_word = read(envelope(status, metadata={"error_type": "new_word"}))
    assert (type(new_word), new_word.error_type) == (kind, "new_word")


def test_the_type_comes_before_the_status() -> None:
    error = read(envelope(500, metadata={"error_type": "rate_limit_exceeded"}), 500)
    assert (type(error), error.status_code) == (errors.RateLimitError, 500)


@pytest.mark.parametrize(
    ("detail", "status", "told"),
    [
        ({"code": 429}, 200, 429),
        ({"code": "429"}, 200, 429),
        ({"http_status": 503}, 200, 503),
        ({"code": "model_not_found", "http_status": 400}, 200, 400),
        ({"code": "server_error"}, 200, 500),
        ({"code": 200}, 200, 500),
        ({"code": 0}, 502, 502),
        ({"code": True}, 502, 502),
        ({"code": 1e999}, 502, 502),
        ({"code": "9" * 5000}, 502, 502),
        ({"code": "429"}, 400, 429),
        ({"code": [429]}, 400, 400),
        ({}, 200, 500),
    ],
)
def test_where_the_status_is_taken_from(detail: dict[str, Any], status: int, told: int) -> None:
    assert read({"error": {"message": "No.", **detail}}, status).status_code == told


@pytest.mark.parametrize(
    ("status", "fields", "kind"),
    [
        (403, {"metadata": {"reasons": ["violence"], "flagged_input": "…"}}, errors.ModerationError),
        (403, {"metadata": {"reasons": ["violence"]}}, errors.ModerationError),
        (403, {"metadata": {"flagged_input": "…"}}, errors.ModerationError),
        (403, {"metadata": {"patterns": ["a+"]}}, errors.GuardrailError),
        (403, {"metadata": {"reasons": []}}, errors.PermissionDeniedError),
        (404, {"message": "No endpoints found for acme/large."}, errors.ModelUnavailableError),
        (404, {"availability": {"code": "no_endpoints", "retryable": False}}, errors.ModelUnavailableError),
        (404, {"availability": None}, errors.NotFoundError),
        (400, {"availability": {"code": "model_not_found"}}, errors.ModelUnavailableError),
        (
            403,
            {"message": "acme/large requires moderation. Your input was flagged for: violence"},
            errors.ModerationError,
        ),
        (403, {"message": "Request blocked: prompt injection patterns detected"}, errors.GuardrailError),
        (403, {"message": "Request blocked by content filter: [EMAIL]"}, errors.GuardrailError),
        (403, {"message": "Blocked PII detected: PERSON"}, errors.GuardrailError),
        (403, {"message": "Key limit exceeded (total limit)"}, errors.PermissionDeniedError),
        (404, {"message": ["No endpoints"]}, errors.NotFoundError),
        (502, {"metadata": {"provider_name": "Acme"}}, errors.ProviderError),
        (502, {"metadata": {"provider_name": None}}, errors.ServerError),
        (429, {"metadata": {"provider_name": "Acme"}}, errors.RateLimitError),
    ],
)
def test_details_that_make_the_class_narrower(status: int, fields: dict[str, Any], kind: type[Exception]) -> None:
    assert type(read(envelope(status, **fields), status)) is kind


# --- the fields -----------------------------------------------------------------------------------------------------


def test_every_field_is_taken_from_where_it_stands() -> None:
    metadata = {
        "error_type": "provider_unavailable",
        "provider_name": "Acme",
        "model_slug": "acme/large",
        "raw": '{"error": {"message": "boom", "param": "tools[0]"}}',
    }
    body = {"id": "gen-7", **envelope(502, metadata=metadata)}
    error = read(body, 502, {"Retry-After": "7"})
    assert (error.provider, error.model, error.generation_id) == ("Acme", "acme/large", "gen-7")
    assert (error.retry_after, error.param, error.retryable) == (7.0, "tools[0]", None)
    assert error.metadata == metadata
    assert error.body is body
    assert error.headers == {"retry-after": "7"}


def test_a_chunk_that_fails_names_model_and_provider_itself() -> None:
    chunk = {"id": "gen-7", "model": "acme/large", "provider": "Acme", **envelope(400)}
    error = read(chunk, headers={"X-Generation-Id": "gen-8"})
    assert (error.model, error.provider, error.generation_id) == ("acme/large", "Acme", "gen-7")
    assert read(envelope(), headers={"X-Generation-Id": "gen-8"}).generation_id == "gen-8"


@pytest.mark.parametrize(("told", "known"), [(True, True), (False, False), (None, None), ("no", None)])
def test_availability_says_whether_another_try_makes_sense(told: object, known: bool | None) -> None:  # noqa: FBT001 - the value of a field
    availability = {"code": "capacity_exhausted", "retryable": told, "retry_after": 12}
    error = read(envelope(429, availability=availability), 429)
    assert (error.retryable, error.retry_after) == (known, 12.0)


def test_the_limit_of_the_platform_is_told_from_that_of_a_provider() -> None:
    reset = {"X-RateLimit-Reset": "3"}
    platform = read(envelope(429), 429, reset)
    upstream = read(envelope(429, metadata={"provider_name": "Acme", "headers": reset}), 429)
    silent = read(envelope(429), 429)
    found = [error.platform for error in (platform, upstream, silent) if isinstance(error, errors.RateLimitError)]
    assert found == [True, False, False]


def test_a_402_says_which_limit_it_was() -> None:
    error = read(envelope(402, metadata={"limit_source": "openrouter_in_flight_budget"}), 402)
    assert isinstance(error, errors.PaymentRequiredError)
    assert error.in_flight


def test_an_error_that_was_read_can_be_pickled() -> None:
    error = read(envelope(429, metadata={"raw": "slow", "provider_name": "Acme"}), 429, {"Retry-After": "5"})
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert vars(again) == vars(error)
    assert str(again) == str(error)


@pytest.mark.parametrize(
    ("body", "is_error"),
    [
        ({"error": {"code": 500}}, True),
        ({"error": "no"}, True),
        ({"success": False, "error": {"name": "ZodError"}}, True),
        ({"success": False}, True),
        ({"error": None, "success": True}, False),
        ({"error": {}}, False),
        ({}, False),
    ],
)
def test_what_counts_as_an_error(body: dict[str, Any], *, is_error: bool) -> None:
    assert has_error(body) is is_error


@pytest.mark.parametrize(
    ("message", "requested", "affordable", "prompt"),
    [
        (
            "This request requires more credits. You requested up to 65536 tokens, but can only afford 3919. …",
            65536,
            3919,
            None,
        ),
        ("You requested up to 65,536 tokens, but can only afford 0.", 65536, 0, None),
        ("Prompt tokens limit exceeded: 77084 > 67343. To increase, visit https://example.org", None, None, 67343),
        ("Insufficient credits", None, None, None),
        ("You requested up to ,, tokens, but can only afford ,", None, None, None),
    ],
)
def test_a_402_says_how_many_tokens_are_affordable(
    message: str, requested: int | None, affordable: int | None, prompt: int | None
) -> None:
    error = read(envelope(402, message=message, metadata={"limit_source": "openrouter_credits"}), 402)
    assert isinstance(error, errors.PaymentRequiredError)
    assert (error.requested_tokens, error.affordable_tokens, error.affordable_prompt_tokens) == (
        requested,
        affordable,
        prompt,
    )
    assert (error.limit_source, error.in_flight) == ("openrouter_credits", False)


@pytest.mark.parametrize("kind", [{}, [], None, 3, "chat.completion"])
def test_a_body_whose_type_is_anything_is_no_error(kind: object) -> None:
    assert not has_error({"type": kind, "choices": []})
