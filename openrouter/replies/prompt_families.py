"""What families of models add to the text of a prompt, before they read it.

The text is a part of what is billed. Around each message there are tokens that say who speaks; with tools, a provider
adds instructions on how to call them; some add a system prompt of their own. Most of this is documented nowhere, so the
numbers here were read off recorded usages, each off several.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import frozen

from ..types.slugs import parse_slug


@frozen(kw_only=True)
class Family:
    """How a family of models counts. All but the factors are tokens."""

    factor: float = 1.0
    """How many times as many tokens its tokenizer makes of a text as those of most others."""
    tools_factor: float = 1.0
    """The same of the declarations of tools, which are written out in a form of its own."""
    base: int = 3
    """For a request: its beginning, and the beginning of the answer."""
    message: int = 4
    """For each message: who speaks, and its end."""
    tools: int = 60
    """For a request with tools: how to call them."""
    reasoning: int = 0
    """For a request with reasoning turned on."""
    tools_more: int = 0
    """At most, beyond `tools`: they differ from model to model."""
    hidden: int = 64
    """At most, for instructions that a model brings along, such as who it is."""


_OTHER: Final = Family()
_BY_AUTHOR: Final[Mapping[str, Family]] = {
    "anthropic": Family(factor=1.05, base=4, tools=490, tools_more=450, reasoning=28),
    "google": Family(tools_factor=1.1, base=0, message=0, tools=10),
    "openai": Family(tools_factor=0.9, base=2, tools=10),
    "qwen": Family(tools=90),
    "x-ai": Family(hidden=1000),
}
_BY_BEGINNING: Final[Mapping[str, Family]] = {
    "google/gemma": _OTHER,
    "openai/gpt-oss": Family(base=67, tools=30),  # its form of conversations begins with a message of the system
}


def family_of(model: str | None) -> Family:
    """Give the family of a model, by its author."""
    root = parse_slug(model or "").root.removeprefix("~")
    for beginning, family in _BY_BEGINNING.items():
        if root.startswith(beginning):
            return family
    return _BY_AUTHOR.get(root.partition("/")[0], _OTHER)
