"""What models can do, told from their entries in the list (API page "Models")."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, Literal, get_args

from ..core.json import as_decimal, as_object
from ..types.models import Model
from .routers import is_router

Capability = Literal[
    "chat",
    "completion",
    "code",
    "tools",
    "structured_output",
    "vision",
    "audio",
    "files",
    "reasoning",
    "image_output",
    "caching",
]
"""What a model can do:

- `chat`: it answers messages with text.
- `completion`: it takes a plain `prompt`, which routers do not.
- `code`: a guess, by words in its id, name and description; no field of the list says it.
- `tools`, `structured_output`, `reasoning`: it takes these options. `structured_output` is output that fits a schema.
- `vision`, `files`: images, or documents, may be part of the input. The text of a PDF reaches every model.
- `audio`: sound may be part of the input or of the output.
- `image_output`: it makes images.
- `caching`: it has a price for input that it has in its cache.
"""
CAPABILITIES: Final[tuple[str, ...]] = get_args(Capability)

_CODE: Final = re.compile(
    r"\b(?:(?:deep|star|wizard)?coders?|code|coding|codex|codestral|devstral|code(?:llama|gemma)|programming|"
    r"software engineering)\b",
    re.IGNORECASE,
)
_REASONING: Final = frozenset({"reasoning", "reasoning_effort", "include_reasoning"})
_SOUND: Final = frozenset({"audio", "speech"})
_NO_PRICES: Final = frozenset({"discount", "overrides"})


def takes(model: Model) -> frozenset[str]:
    """Say which kinds of content it reads; empty where nobody says."""
    architecture = model.architecture
    return _words(architecture.input_modalities or _side(architecture.modality, 0))


def gives(model: Model) -> frozenset[str]:
    """Say which kinds of content it writes; empty where nobody says."""
    architecture = model.architecture
    return _words(architecture.output_modalities or _side(architecture.modality, 1))


def _side(modality: str | None, side: int) -> list[str]:
    """Read the older field, `text+image->text`."""
    sides = (modality or "").split("->")
    return [kind for kind in sides[side].split("+") if kind] if len(sides) == 2 else []  # noqa: PLR2004 - in and out


def options_of(model: Model) -> frozenset[str]:
    """Say which options of a request it takes; empty where nobody says."""
    return _words(model.supported_parameters)


def _words(listed: Iterable[object]) -> frozenset[str]:
    """Leave out what is no word: nobody promises what a list of the service holds."""
    return frozenset(word for word in listed if isinstance(word, str))


def _talks(model: Model) -> bool:
    return "text" in takes(model) and "text" in gives(model)


def _codes(model: Model) -> bool:
    told = (model.id, model.name or "", model.description or "")
    return "text" in gives(model) and any(_CODE.search(words) for words in told)


_HAVE: Final[Mapping[Capability, Callable[[Model], bool]]] = {
    "chat": _talks,
    "completion": lambda model: _talks(model) and not is_router(model),
    "code": _codes,
    "tools": lambda model: "tools" in options_of(model),
    "structured_output": lambda model: "structured_outputs" in options_of(model),
    "vision": lambda model: "image" in takes(model),
    "audio": lambda model: "audio" in takes(model) or not _SOUND.isdisjoint(gives(model)),
    "files": lambda model: "file" in takes(model),
    "reasoning": lambda model: not _REASONING.isdisjoint(options_of(model)) or model.reasoning is not None,
    "image_output": lambda model: "image" in gives(model),
    "caching": lambda model: model.pricing.input_cache_read is not None,
}


def capabilities_of(model: Model) -> frozenset[str]:
    """Say what a model can do, in the words of `Capability`. What the list does not tell is left out."""
    return frozenset(capability for capability, has in _HAVE.items() if has(model))


def can(model: Model, capabilities: Iterable[Any]) -> bool:
    """Whether a model has all of these capabilities."""
    return all(_HAVE[capability](model) for capability in capabilities)


def is_free(model: Model) -> bool:
    """Whether all that it has prices for costs nothing: those of prompt and completion are there, and all are 0.

    A price below zero varies with the model that a router picks; one that nobody can read is none that is 0.
    """
    prices = as_object(model.raw.get("pricing"))
    told = [price for name, price in prices.items() if name not in _NO_PRICES and price is not None]
    told += [
        price
        for override in model.pricing.overrides
        for name, price in override.raw.items()
        if name in prices and price is not None
    ]
    has_both = prices.get("prompt") is not None and prices.get("completion") is not None
    return has_both and all(as_decimal(price) == Decimal(0) for price in told)
