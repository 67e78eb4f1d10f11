"""What the body of a request says, before it is JSON: its lists may be tuples, and its objects any mappings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

OUTPUT_LIMITS: Final = ("max_completion_tokens", "max_tokens", "max_output_tokens")
"""By which fields a request limits its output; the last is that of other forms than chat completions."""


def items(value: object) -> Sequence[Any]:
    """Give a list as it is, and an empty one for anything else."""
    several: Any = value
    return several if isinstance(value, list | tuple) else ()


def mapping(value: object) -> Mapping[str, Any]:
    """Give a mapping as it is, and an empty one for anything else."""
    fields: Any = value
    return fields if isinstance(value, Mapping) else {}


def models_of(body: Mapping[str, object]) -> list[str]:
    """Name the models that a body asks for, in the order in which they are tried."""
    models = body.get("models")
    if models is None:
        model = body.get("model")
        return [model] if model and isinstance(model, str) else []
    return list(dict.fromkeys(name for name in (body.get("model"), *items(models)) if name and isinstance(name, str)))


def output_limit(body: Mapping[str, object]) -> int | None:
    """Give the most tokens that the answer may have, where the body says it."""
    limit = next((limit for name in OUTPUT_LIMITS if (limit := body.get(name))), None)
    return limit if isinstance(limit, int) else None
