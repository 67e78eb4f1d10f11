"""Why no endpoint can serve a model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from .json import as_list, as_object

_BY_CODE: Final[Mapping[str, str]] = {
    "model_not_found": "unknown_model",
    "wrong_endpoint": "endpoint",
    "model_deprecated": "deprecated",
    "model_unavailable_upstream": "upstream",
    "region_restricted": "region",
    "privacy_restricted": "privacy",
    "free_variant_ended": "free_ended",
}
"""What `availability.code` says by itself; `no_endpoints` and `constraint_filtered` leave it to the filters."""

_BY_FILTER: Final[Mapping[str, str]] = {
    "geo": "region",
    "data_region": "region",
    "data_policy": "privacy",
    "max_price": "price",
    "context_length": "context",
    "require_parameters": "parameters",
    "quantization": "quantization",
    "allowed_providers": "providers",
}
"""The words of `availability.excluded_by` and `constraint.field`, up to a colon."""

_BY_WORDS: Final = tuple(
    (reason, re.compile(words, re.IGNORECASE))
    for reason, words in (
        ("unknown_model", r"is not a valid model id"),
        ("application", r"agentic harness"),
        ("region", r"geo restriction|available in your region"),
        ("tools", r"tool compatibility|support tool use|'tool_choice'"),
        ("modalities", r"support (image|audio|video|file|pdf) input|(image|audio|video|file) support|modalities"),
        ("price", r"\bmax[ _]price\b"),
        ("context", r"context length"),
        ("quantization", r"quantization"),
        ("parameters", r"requested parameters|filter by parameters|support cache control|support the provided"),
        ("providers", r"allowed providers|provider\.(only|ignore|order)|providers have been ignored"),
        ("privacy", r"data policy|data retention|training-violation"),
        ("guardrail", r"\bguardrail"),
        ("deprecated", r"\bdeprecated\b|was a stealth model"),
        ("free_ended", r"free (period|promotion|variant|version)\b.{0,99}\bended"),
    )
)
"""What messages and the names of routing steps say; the first that fits."""

_LONGEST: Final = 4000
"""Characters that are looked at: far more than the service ever says."""
_ADDRESS: Final = re.compile(r"https?://\S+")
_IS_UNAVAILABLE: Final = re.compile(
    r"\bno endpoints\b|\d endpoints out of \d|no allowed providers|all providers have been ignored"
    r"|is not a valid model id|not available in your region|only available on agentic harness",
    re.IGNORECASE,
)


def is_unavailable(detail: Mapping[str, Any], metadata: Mapping[str, Any]) -> bool:
    """Whether an error says that the model cannot be served, and not that something else is wrong."""
    told = as_object(detail.get("availability")) or metadata.get("failed_routing_step")
    return bool(told or _IS_UNAVAILABLE.search(_words(detail, {})))


def reason_of(detail: Mapping[str, Any], metadata: Mapping[str, Any]) -> str | None:
    """Say in a word what ruled every endpoint out; what the service says for programs comes before its sentences."""
    availability = as_object(detail.get("availability"))
    code = availability.get("code")
    if isinstance(code, str) and code in _BY_CODE:
        return _BY_CODE[code]
    filters = [as_object(availability.get("constraint")).get("field"), *as_list(availability.get("excluded_by"))]
    for word in filters:
        if isinstance(word, str) and (found := _BY_FILTER.get(word.partition(":")[0])):
            return found
    words = _words(detail, metadata)
    return next((reason for reason, pattern in _BY_WORDS if pattern.search(words)), None)


def _words(detail: Mapping[str, Any], metadata: Mapping[str, Any]) -> str:
    """Put together what is said in words, without addresses: the one of the manual names half of the reasons."""
    why = [as_object(item).get("reason") for item in as_list(metadata.get("ineligibility_reasons"))]
    told = [metadata.get("failed_routing_step"), detail.get("message"), *why]
    return _ADDRESS.sub("", " ".join(part for part in told if isinstance(part, str))[:_LONGEST])
