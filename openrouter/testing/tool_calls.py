"""Calls of functions, as a script names them and as a reply carries them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping


@frozen(eq=False)
class SentToolCall:
    """A call as it goes over the wire; `arguments` is JSON text, or what the model took for it."""

    id: str
    name: str
    arguments: str


def _json_text(arguments: str | Mapping[str, Any]) -> str:
    return arguments if isinstance(arguments, str) else json.dumps(arguments)


@frozen(eq=False)
class ScriptedToolCall:
    """A function that the model wants called; `arguments` as a mapping, or as the text to send, valid or not.

    Without an `id` it gets one that is unique in the fake.
    """

    name: str
    arguments: str = field(default="{}", converter=_json_text)
    id: str | None = None

    def sent(self, number: int, index: int) -> SentToolCall:
        """Give the call as it stands at `index` of the reply to request `number`."""
        return SentToolCall(self.id or f"call_{number:011d}_{index}", self.name, self.arguments)
