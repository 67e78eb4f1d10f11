"""What a request asks of a model, as the rules that check it see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from ..core.json import as_whole
from ..types.models import Model
from ..types.request_body import items, mapping
from ..types.slugs import Slug
from .findings import ADVICE, Finding, FindingKind
from .routers import is_router

if TYPE_CHECKING:
    from ..replies.counting import TokenCounter

_KINDS: Final[Mapping[str, str]] = {
    "image_url": "image",
    "input_audio": "audio",
    "video_url": "video",
    "input_video": "video",
    "file": "file",
}
"""The kind of content that a part of each type is."""
_SURE: Final = 0.5
"""What part of the estimated tokens of a text there is at least."""


class Asked:
    """The body of a request, and what has to be worked out of it once for all of its models."""

    def __init__(self, body: Mapping[str, Any], counter: TokenCounter | None) -> None:
        self.body, self._counter = body, counter

    def models(self) -> Iterator[tuple[str, str]]:
        """Give the field and the name of each model that is asked for, the fallbacks included."""
        named = [("model", self.body.get("model"))]
        named += [(f"models[{place}]", name) for place, name in enumerate(items(self.body.get("models")))]
        first = {name: field for field, name in reversed(named) if isinstance(name, str)}
        yield from ((field, name) for name, field in reversed(first.items()))

    def option(self, *path: str) -> Any:
        """Give a field of the body, at any depth; `None` where there is none."""
        value: Any = self.body
        for name in path:
            value = mapping(value).get(name)
        return value

    @property
    def is_chat(self) -> bool:
        """Whether it is a conversation, or a text to go on with: other inputs are lists of many, or count otherwise."""
        return "messages" in self.body or "prompt" in self.body

    @cached_property
    def prompt_tokens(self) -> int:
        """How many tokens the input probably has, counted once for whatever models are asked."""
        from ..replies.counting import count_prompt  # noqa: PLC0415 - for models whose limits are known

        first = next((name for _, name in self.models()), None)
        return count_prompt({**self.body, "model": first, "models": ()}, self._counter).expected

    @cached_property
    def least_tokens(self) -> int:
        """How many it has at least: of media, next to nothing is known."""
        if next(self.parts(), None) is not None:
            return 0
        return int(self.prompt_tokens * _SURE) if self._counter is None else self.prompt_tokens

    @property
    def most_output(self) -> tuple[str, int] | None:
        """Give the field that limits the output, and the limit in tokens."""
        for field in ("max_completion_tokens", "max_tokens"):
            if (limit := as_whole(self.body.get(field))) is not None:
                return field, limit
        return None

    def parts(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Give the place, the kind (`image`, `file`, …) and the content of each part of messages that is no text."""
        for place, message in enumerate(items(self.body.get("messages"))):
            for at, part in enumerate(items(mapping(message).get("content"))):
                fields = mapping(part)
                if (kind := _KINDS.get(str(fields.get("type")))) is not None:
                    yield f"messages[{place}].content[{at}]", kind, fields


@frozen
class Subject:
    """A request, and one of the models that it asks."""

    asked: Asked
    name: str
    """The model as the request names it."""
    field: str
    """The field that names it."""
    slug: Slug
    model: Model
    """What is known of it."""

    @property
    def is_router(self) -> bool:
        """Whether it picks a model that takes what is asked, whatever the list says of itself."""
        return is_router(self.model)

    def found(self, kind: FindingKind, field: str, message: str, *, is_sure: bool = True) -> Finding:
        """Make a finding; the message goes on after the name of the field."""
        return Finding(kind, field, f"{field}{message}", self.name, is_advice=not is_sure or kind in ADVICE)
