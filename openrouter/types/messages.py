"""What may stand for `messages`, made into what the API takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias, cast

from ..core.arguments import refuse
from ..core.structuring import as_dict
from .chat import Message

MessageLike: TypeAlias = "Message | Mapping[str, Any]"
Messages: TypeAlias = "str | MessageLike | Iterable[MessageLike]"
"""A string (the user's message), one message, or several: received ones or plain dicts."""

_ROLES: Final = ("system", "developer", "user", "assistant", "tool")
_CONTENT_NEEDED: Final = frozenset({"system", "developer", "user"})
_CLOSE: Final = 0.75
"""How alike, from 0 to 1, a misspelt role is to the one that was meant; `assist` is, `customer` is not."""


def message_list(messages: Messages) -> list[dict[str, Any]]:
    """Make the list that is sent; raise `InvalidArgumentError` for what cannot be a message."""
    if isinstance(messages, str):
        if not messages.strip():
            refuse("messages", messages, "a prompt that is not empty")
        return [{"role": "user", "content": messages}]
    if isinstance(messages, Message | Mapping):
        messages = [cast("MessageLike", messages)]
    if not isinstance(messages, Iterable) or isinstance(messages, bytes):
        refuse("messages", messages, "a string, a message, or a list of messages")
    made = [_message(f"messages[{position}]", message) for position, message in enumerate(messages)]
    if not made:
        refuse("messages", made, "at least one message")
    return made


def _message(name: str, message: object) -> dict[str, Any]:
    if not isinstance(message, Message | Mapping):
        wanted = "a message: a dict with role and content, as openrouter.messages makes them, or a Message as received"
        refuse(name, message, wanted)
    try:
        made: dict[str, Any] = as_dict(message)
    except RecursionError:
        refuse(name, cast("object", message), "a message that is not nested so deeply")
    if isinstance(message, Message):
        # What a model said goes back to it, whatever it was.
        return made if made.get("role") is not None else {**made, "role": message.role}
    role = made.get("role")
    if role not in _ROLES:
        _refuse_misspelt(f"{name}['role']", role)
    content = made.get("content")
    if not isinstance(content, str | list) and (content is not None or role in _CONTENT_NEEDED):
        refuse(f"{name}['content']", content, "a string or a list of content parts")
    parts: list[Any] = made["content"] if isinstance(content, list) else []
    for place, part in enumerate(parts):
        if not isinstance(part, str | Mapping):
            refuse(f"{name}['content'][{place}]", part, "a content part, as openrouter.messages makes them")
    if role == "tool" and not (isinstance(made.get("tool_call_id"), str) and made["tool_call_id"]):
        refuse(f"{name}['tool_call_id']", made.get("tool_call_id"), "the id of the tool call that it answers")
    return made


def _refuse_misspelt(name: str, role: object) -> None:
    """Refuse what is no word, or nearly a role that is known; any other may be one that is new."""
    if not isinstance(role, str) or not role.strip():
        refuse(name, role, f"one of {', '.join(_ROLES)}")
    from difflib import get_close_matches  # noqa: PLC0415 - most programs misspell nothing

    if close := get_close_matches(role.strip().lower(), _ROLES, n=1, cutoff=_CLOSE):
        refuse(name, role, f"one of {', '.join(_ROLES)} (did you mean {close[0]!r}?)")
