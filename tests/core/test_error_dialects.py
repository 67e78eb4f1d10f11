"""The same failure is the same error in every dialect of the API: chat, responses, messages, images, OAuth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from openrouter.core import errors
from openrouter.core.envelope import error_from
from openrouter.core.error_signs import has_error
from tests.core.documented_errors import FACTS, GENERATION, NOW, TYPES, by_status, in_a_chat_status

RESPONSES_WORDS = {
    "rate_limit_exceeded": "rate_limit_exceeded",
    "context_length_exceeded": "invalid_prompt",
    "invalid_request": "invalid_prompt",
    "content_policy_violation": "image_content_policy_violation",
}
"""The `code` of responses for each type; `server_error` for all others."""
MESSAGES_WORDS = {
    "authentication": "authentication_error",
    "permission_denied": "permission_error",
    "payment_required": "billing_error",
    "not_found": "not_found_error",
    "image_not_found": "not_found_error",
    "rate_limit_exceeded": "rate_limit_error",
    "provider_overloaded": "overloaded_error",
    "timeout": "timeout_error",
}
"""The `type` of messages for each type; the vague words for all others."""


def responses_word(error_type: str) -> str:
    return RESPONSES_WORDS.get(error_type, "server_error")


def messages_word(error_type: str) -> str:
    vague = "invalid_request_error" if TYPES[error_type][0] < 500 else "api_error"
    return MESSAGES_WORDS.get(error_type, vague)


def responses_status(error_type: str) -> errors.APIStatusError:
    error = {"code": responses_word(error_type), "message": "It failed."}
    return by_status({"error": error, "metadata": None, "error_type": error_type}, TYPES[error_type][0])


def failed_response(error_type: str) -> dict[str, Any]:
    error = {"code": responses_word(error_type), "message": "It failed."}
    # These metadata are the caller's own.
    own = {"error_type": "mine", "provider_name": "Mine"}
    return {"id": GENERATION, "status": "failed", "error": error, "error_type": error_type, "metadata": own}


def responses_reply(error_type: str) -> errors.APIStatusError:
    return by_status(failed_response(error_type), 200)


def responses_failed_event(error_type: str) -> errors.APIStatusError:
    return by_status({"type": "response.failed", "response": failed_response(error_type)}, 200)


def responses_error_event(error_type: str) -> errors.APIStatusError:
    error = {"code": responses_word(error_type), "message": "It failed."}
    return by_status({"type": "response.error", "error": error, "error_type": error_type}, 200)


def responses_flat_event(error_type: str) -> errors.APIStatusError:
    event = {"type": "error", "code": responses_word(error_type), "message": "It failed.", "sequence_number": 3}
    return by_status({**event, "param": None, "error_type": error_type}, 200)


def messages_envelope(error_type: str) -> dict[str, Any]:
    error = {"type": messages_word(error_type), "message": "It failed.", "error_type": error_type}
    return {"type": "error", "error": error, "request_id": GENERATION}


def messages_status(error_type: str) -> errors.APIStatusError:
    return by_status(messages_envelope(error_type), TYPES[error_type][0])


def messages_event(error_type: str) -> errors.APIStatusError:
    return by_status(messages_envelope(error_type), 200)


def images_event(error_type: str) -> errors.APIStatusError:
    error = {"message": "It failed.", "code": error_type, "type": "image_generation_error", "param": None}
    return by_status({"type": "error", "error": error}, 200)


def availability_error(error_type: str) -> errors.APIStatusError:
    error = {"message": "It failed.", "error_type": error_type, "http_status": TYPES[error_type][0]}
    return by_status({"error": error}, 200)


@pytest.mark.parametrize(
    "dialect",
    [
        responses_status,
        responses_reply,
        responses_failed_event,
        responses_error_event,
        responses_flat_event,
        messages_status,
        messages_event,
        images_event,
        availability_error,
    ],
)
@pytest.mark.parametrize("error_type", TYPES)
def test_every_dialect_gives_the_same_error(error_type: str, dialect: Callable[[str], errors.APIStatusError]) -> None:
    status, kind = TYPES[error_type]
    found = dialect(error_type)
    expected = in_a_chat_status(
        {"code": status, "message": "It failed.", "metadata": {"error_type": error_type}}, status
    )
    assert type(found) is type(expected) is kind
    without_metadata = [name for name in FACTS if name != "metadata"]
    assert [getattr(found, name) for name in without_metadata] == [getattr(expected, name) for name in without_metadata]
    assert found.metadata is None


def test_an_event_of_messages_names_the_generation_itself() -> None:
    found = error_from(messages_envelope("server"), status=200, headers={}, utc=NOW)
    assert found.generation_id == GENERATION
    early = {**messages_envelope("server"), "request_id": None}
    assert error_from(early, status=200, headers={}, utc=NOW).generation_id is None


@pytest.mark.parametrize(
    ("word", "http_status", "kind", "status", "error_type"),
    [
        ("authentication_error", 401, errors.AuthenticationError, 401, "authentication"),
        ("permission_error", 403, errors.PermissionDeniedError, 403, "permission_denied"),
        ("billing_error", 402, errors.PaymentRequiredError, 402, "payment_required"),
        ("not_found_error", 404, errors.NotFoundError, 404, "not_found"),
        ("request_too_large", 413, errors.PayloadTooLargeError, 413, "payload_too_large"),
        ("rate_limit_error", 429, errors.RateLimitError, 429, "rate_limit_exceeded"),
        ("overloaded_error", 503, errors.ProviderError, 503, "provider_overloaded"),
        ("overloaded_error", 529, errors.ProviderError, 529, "provider_overloaded"),
        ("timeout_error", 504, errors.ProviderError, 504, "timeout"),
        ("invalid_request_error", 400, errors.BadRequestError, 400, None),
        ("invalid_request_error", 413, errors.PayloadTooLargeError, 413, None),
        ("invalid_request_error", 200, errors.BadRequestError, 400, None),
        ("api_error", 500, errors.ServerError, 500, None),
        ("api_error", 502, errors.ServerError, 502, None),
        ("api_error", 200, errors.ServerError, 500, None),
        ("rate_limit_error", 200, errors.RateLimitError, 429, "rate_limit_exceeded"),
        ("a_new_error", 200, errors.ServerError, 500, None),
        ("a_new_error", 418, errors.APIStatusError, 418, None),
    ],
)
def test_the_words_of_messages_where_there_is_no_error_type(
    word: str, http_status: int, kind: type[Exception], status: int, error_type: str | None
) -> None:
    found = by_status({"type": "error", "error": {"type": word, "message": "It failed."}}, http_status)
    assert (type(found), found.status_code, found.error_type) == (kind, status, error_type)


@pytest.mark.parametrize(
    ("word", "http_status", "kind", "status", "error_type"),
    [
        ("rate_limit_exceeded", 200, errors.RateLimitError, 429, "rate_limit_exceeded"),
        ("invalid_prompt", 200, errors.BadRequestError, 400, "invalid_prompt"),
        ("invalid_prompt", 400, errors.BadRequestError, 400, None),
        ("server_error", 200, errors.ServerError, 500, "server_error"),
        ("server_error", 401, errors.AuthenticationError, 401, None),
        ("invalid_api_key", 200, errors.AuthenticationError, 401, "authentication"),
        ("image_content_policy_violation", 200, errors.BadRequestError, 400, "content_policy_violation"),
        ("bio_policy", 200, errors.BadRequestError, 400, "content_policy_violation"),
        ("data_residency_mismatch", 200, errors.BadRequestError, 400, None),
        ("invalid_image", 200, errors.BadRequestError, 400, "invalid_image"),
        ("invalid_image_format", 200, errors.BadRequestError, 400, "unsupported_image_format"),
        ("unsupported_image_media_type", 200, errors.BadRequestError, 400, "unsupported_image_format"),
        ("invalid_base64_image", 200, errors.BadRequestError, 400, "invalid_image"),
        ("invalid_image_url", 200, errors.BadRequestError, 400, "invalid_image"),
        ("invalid_image_mode", 200, errors.BadRequestError, 400, "invalid_image"),
        ("image_parse_error", 200, errors.BadRequestError, 400, "invalid_image"),
        ("empty_image_file", 200, errors.BadRequestError, 400, "invalid_image"),
        ("image_too_large", 200, errors.BadRequestError, 400, "image_too_large"),
        ("image_file_too_large", 200, errors.BadRequestError, 400, "image_too_large"),
        ("image_too_small", 200, errors.BadRequestError, 400, "image_too_small"),
        ("failed_to_download_image", 200, errors.BadRequestError, 400, "image_download_failed"),
        ("image_file_not_found", 200, errors.NotFoundError, 404, "image_not_found"),
        ("vector_store_timeout", 200, errors.ProviderError, 504, "timeout"),
    ],
)
def test_the_words_of_responses_where_there_is_no_error_type(
    word: str, http_status: int, kind: type[Exception], status: int, error_type: str | None
) -> None:
    response = {"id": GENERATION, "status": "failed", "error": {"code": word, "message": "It failed."}}
    for body in (response, {"type": "response.failed", "response": response}, {**response["error"], "type": "error"}):
        found = by_status(body, http_status)
        assert (type(found), found.status_code, found.error_type) == (kind, status, error_type)
        assert found.message.endswith(": It failed.")


def test_the_code_is_more_to_the_point_than_the_type() -> None:
    error = {"type": "invalid_request_error", "code": "invalid_api_key", "message": "No."}
    assert type(by_status({"error": error}, 200)) is errors.AuthenticationError


ISSUES = '[{"path": ["input", 0], "message": "Invalid"}]'


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": "invalid_grant", "error_description": "The code is old."}, "invalid_grant: The code is old."),
        ({"error": "invalid_grant", "message": "Used up."}, "invalid_grant: Used up."),
        ({"error": "invalid_request"}, "invalid_request"),
        ({"error": "", "message": "Used up."}, "Used up."),
        ({"success": False, "error": {"name": "ZodError"}}, "ZodError"),
        ({"success": False, "error": {"name": "ZodError", "message": ISSUES}}, "Invalid"),
        ({"success": False, "error": {"name": "ZodError", "issues": [{"message": "Invalid"}]}}, "Invalid"),
        ({"message": "No such route", "code": 400}, "No such route"),
        ({"error": '{"error": {"message": "No.", "code": 400}}'}, "No."),
        ([{"error": {"message": "No.", "code": 400}}], "No."),
    ],
)
def test_other_envelopes(body: Any, message: str) -> None:
    found = error_from(body, status=400, headers={}, utc=NOW)
    assert (type(found), found.message) == (errors.BadRequestError, f"400 Bad Request: {message}")


def test_an_old_error_names_the_field() -> None:
    body = {"success": False, "error": {"name": "ZodError", "message": ISSUES}}
    found = error_from(body, status=400, headers={}, utc=NOW)
    assert found.param == "input.0"
    assert str(found).endswith("The field is `input.0`.")


def test_a_bad_request_of_the_old_kind_is_one_inside_a_good_status_too() -> None:
    found = by_status({"success": False, "error": {"name": "ZodError"}}, 200)
    assert (type(found), found.status_code) == (errors.BadRequestError, 400)


@pytest.mark.parametrize(
    ("event", "is_error"),
    [
        ({"type": "error", "code": "server_error", "message": "No."}, True),
        ({"type": "response.failed", "response": {"status": "failed", "error": None}}, True),
        ({"type": "response.error"}, True),
        ({"type": "response.completed", "response": {"error": None}}, False),
        ({"type": "message", "error": None}, False),
    ],
)
def test_events_that_are_errors_by_their_type(event: dict[str, Any], *, is_error: bool) -> None:
    assert has_error(event) is is_error
