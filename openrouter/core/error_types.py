"""The words that the service has for its errors, and the class of each.

The service says `error_type` where it can. The two other dialects of its API also have words of their own: the
`type` of messages and the `code` of responses. Some stand for exactly one `error_type`, others for several at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from . import errors

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
"""Each `error_type`, with the status that it stands for."""

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

SYNONYMS: Final[Mapping[str, str]] = {
    # `type` of messages
    "authentication_error": "authentication",
    "permission_error": "permission_denied",
    "billing_error": "payment_required",
    "not_found_error": "not_found",
    "request_too_large": "payload_too_large",
    "rate_limit_error": "rate_limit_exceeded",
    "overloaded_error": "provider_overloaded",
    "timeout_error": "timeout",
    # `code` of responses
    "invalid_api_key": "authentication",
    "image_content_policy_violation": "content_policy_violation",
    "bio_policy": "content_policy_violation",
    "invalid_image_format": "unsupported_image_format",
    "unsupported_image_media_type": "unsupported_image_format",
    "invalid_base64_image": "invalid_image",
    "invalid_image_url": "invalid_image",
    "invalid_image_mode": "invalid_image",
    "image_parse_error": "invalid_image",
    "empty_image_file": "invalid_image",
    "image_file_too_large": "image_too_large",
    "image_file_not_found": "image_not_found",
    "failed_to_download_image": "image_download_failed",
    "vector_store_timeout": "timeout",
}
"""Words that stand for exactly one `error_type`."""

VAGUE: Final[Mapping[str, int]] = {
    "api_error": 500,
    "server_error": 500,
    "invalid_request_error": 400,
    "invalid_prompt": 400,
    "data_residency_mismatch": 400,
    "ZodError": 400,
}
"""Words that stand for several, with a status that says as little: any other status says more."""


def class_of(error_type: str | None, status: int) -> ErrorClass:
    """Choose by the `error_type`; by the status where there is none, or one that is new."""
    if known := ERROR_TYPES.get(error_type or ""):
        return known[1]
    return STATUSES.get(status, errors.ServerError if status >= 500 else errors.APIStatusError)  # noqa: PLR2004 - the 5xx


def type_of_word(word: str, status: int) -> str | None:
    """Give the `error_type` that a word of another dialect stands for, in a reply of that HTTP status."""
    if word in VAGUE and status >= 400:  # noqa: PLR2004 - the error statuses
        return None
    known = SYNONYMS.get(word, word)
    return known if known in ERROR_TYPES else None
