"""What the addresses of requests are made of, checked and quoted before anything is sent."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from ..core.arguments import refuse

_MODEL = "the id of a model, author/name, such as 'openai/gpt-4o' or 'deepseek/deepseek-r1:free'"
_GENERATION = "the id of a generation, such as 'gen-1234567890-abc'; it stands in `reply.id`"
_DOTS = frozenset({"", ".", ".."})
_LONGEST = 500


def model_address(model: str) -> str:
    """Give the id of a model as it stands in an address: variants keep their colon, aliases their `~`.

    Raises `InvalidArgumentError` for what is no `author/name`.
    """
    given: Any = model
    parts: list[str] = given.split("/") if _is_word(given) else []
    # What follows is left to the service: a name may hold whatever it likes.
    if len(parts) != 2 or not _DOTS.isdisjoint(parts):  # noqa: PLR2004 - author and name
        refuse("model", given, _MODEL)
    return "/".join(quote(part, safe=":@") for part in parts)


def check_generation_id(generation_id: str) -> None:
    """Raise `InvalidArgumentError` for what cannot be the id of a generation."""
    given: Any = generation_id
    if not _is_word(given) or given in _DOTS or "/" in given:
        refuse("generation_id", given, _GENERATION)


def _is_word(value: Any) -> bool:
    """Whether it is a string without white space, control characters and halves of pairs."""
    return isinstance(value, str) and len(value) <= _LONGEST and value.isprintable() and " " not in value
