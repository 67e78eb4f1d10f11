"""What the service hands out by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from ..core.json import encode_json
from .answers import Answer, Exchange
from .replies import Reply


@frozen(eq=False)
class Document(Reply):
    """A JSON document that no model made."""

    content: Mapping[str, Any]

    def answer(self, exchange: Exchange) -> Answer:  # noqa: ARG002 - the same for every request
        """Send the document."""
        body = encode_json(self.content)
        return Answer(200, {"Content-Type": "application/json"}, (body,), self.delay, self.pause)
