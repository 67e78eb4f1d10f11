"""What the documentation of the service says of its errors, and the reply that the tests read them from."""

from __future__ import annotations

from typing import Any

from openrouter.core import errors
from openrouter.core.envelope import error_from
from openrouter.core.wire import Headers, HTTPInfo

TYPES: dict[str, tuple[int, type[errors.APIStatusError]]] = {
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
    "unmapped": (500, errors.ServerError),
    "provider_unavailable": (502, errors.ProviderError),
    "provider_overloaded": (503, errors.ProviderError),
    "timeout": (504, errors.ProviderError),
}
"""Each `error_type`, with its status and its class."""

GENERATION = "gen-1"
NOW = 1_800_000_000.0

FACTS = (
    *("status_code", "error_type", "provider", "model", "generation_id", "retry_after", "metadata", "param"),
    *("retryable", "availability", "message"),
)
"""What has to be the same wherever an error stands."""


def http(status: int = 200) -> HTTPInfo:
    return HTTPInfo(status, Headers([(b"x-generation-id", GENERATION.encode())]), received_at=NOW)


def by_status(body: Any, status: int) -> errors.APIStatusError:
    return error_from(body, status=status, headers=http().headers, utc=NOW)


def in_a_chat_status(error: dict[str, Any], status: int) -> errors.APIStatusError:
    return by_status({"error": error, "user_id": "user_1"}, status)
