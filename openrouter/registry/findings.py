"""What a check finds."""

from __future__ import annotations

from typing import Final, Literal

from attrs import frozen

FindingKind = Literal[
    "unknown_model",
    "unknown_variant",
    "deprecated_variant",
    "model_expired",
    "model_expiring",
    "messages_required",
    "modality_not_accepted",
    "modality_not_offered",
    "unsupported_parameter",
    "unsupported_effort",
    "reasoning_mandatory",
    "context_too_small",
    "max_tokens_too_large",
    "request_limit_exceeded",
]
"""What can be wrong with a request:

- `unknown_model`, `unknown_variant`: there is none of this name; the latter where the model itself exists.
- `deprecated_variant`: it still works, and there is something better.
- `model_expired`, `model_expiring`: the day after which it may be gone is over, or no more than 14 days away.
- `messages_required`: a router is asked with a `prompt`.
- `modality_not_accepted`: the messages hold a kind of content that the model does not read.
- `modality_not_offered`: what is asked for is nothing that the model writes.
- `unsupported_parameter`: the service drops the option, or finds nobody who takes it.
- `unsupported_effort`: the reasoning effort is not to be had; the service takes the nearest.
- `reasoning_mandatory`: reasoning is turned off, and cannot be.
- `context_too_small`: input and output together do not fit.
- `max_tokens_too_large`: the first provider of the model never writes so much; another may.
- `request_limit_exceeded`: the model has a limit for a single request.
"""

ADVICE: Final[frozenset[FindingKind]] = frozenset(
    {"deprecated_variant", "model_expired", "model_expiring", "unsupported_effort", "max_tokens_too_large"}
)
"""Those with which the service takes the request all the same."""


@frozen
class Finding:
    """One thing that would go wrong. `str` of it is its message."""

    kind: FindingKind
    field: str
    """The field of the request, such as `tools`, `models[1]` or `reasoning.effort`."""
    message: str
    """The field, its value, what is wrong with it, and the way out."""
    model: str = ""
    """The model for which it is wrong, as the request names it."""
    is_advice: bool = False
    """The request may well work all the same, so that `validate="raise"` only warns of it: the service makes do with
    it, the number of tokens is no more than estimated, or another of the `models` can answer."""

    def __str__(self) -> str:
        return self.message
