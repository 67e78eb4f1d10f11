"""Damage for replies, and a thorough look at what was made of them."""

from __future__ import annotations

import json
import pickle
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from openrouter.core.errors import InvalidArgumentError, OpenRouterError
from openrouter.core.secret import Secret
from openrouter.core.wire import Moment, Request
from openrouter.preparing import prepare
from openrouter.settings import Settings
from openrouter.types.chat import Completion
from openrouter.types.messages import message_list

DEEP = "very deep"
BOTTOMLESS = b'"' + DEEP.encode() + b'"', b"[" * 900 + b"]" * 900
NUMBERS = (True, False, 0, -1, 3.0, 10**400, float("nan"), float("inf"))
TEXTS = ("", "None", "error", "\ud800", "9" * 5000, DEEP)
CONTAINERS: tuple[Any, ...] = ([], {}, [None], [[]], {"": None}, {"code": 500}, {"error": {"code": "x"}}, [{"a": 1}])
JUNK = st.sampled_from([None, *NUMBERS, *TEXTS, *CONTAINERS])
DAMAGE = st.lists(
    st.tuples(st.integers(min_value=0), st.sampled_from(["drop", "set", "wrap", "add"]), JUNK), min_size=1, max_size=4
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Give every container with every key or index in it."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [(value, key) for key in keys] + [place for key in keys for place in places(value[key])]


def damaged(document: Any, damage: list[tuple[int, str, Any]]) -> Any:
    """Change a copy of a document at random places."""
    document = deepcopy(document)
    for number, way, junk in damage:
        junk = deepcopy(junk)  # noqa: PLW2901 - it may be put into itself
        found = places(document)
        if not found:
            break
        container, key = found[number % len(found)]
        if way == "drop":
            del container[key]
        elif way == "wrap":
            container[key] = [container[key]]
        elif way == "add" and isinstance(container, dict):
            container[f"new {key}"] = junk
        else:
            container[key] = junk
    return document


def encoded(document: Any) -> bytes:
    return json.dumps(document).encode().replace(*BOTTOMLESS)


def looked_at(completion: Completion) -> None:
    """Look at all that a completion shows, and send its message back."""
    assert isinstance(completion.text, str)
    assert isinstance(completion.finish_reason, str | None)
    assert all(isinstance(call.function.arguments, str) for call in completion.tool_calls)
    assert completion.usage is None or isinstance(completion.usage.total_tokens, int)
    assert completion.usage is None or completion.usage.cost is None or completion.usage.cost.is_finite()
    assert repr(completion)
    try:
        body = {"model": completion.model, "messages": message_list([completion.message])}
        prepare(Request("POST", "/x", body), Settings(), Secret("k"), Moment(0, 0))
    except InvalidArgumentError:
        pass  # a role that there is not, or a number that JSON has not


def understood(error: OpenRouterError) -> None:
    """Look at all that an error shows."""
    assert "\n" not in str(error)
    assert isinstance(error.status_code, int | None)
    assert isinstance(error.retry_after, float | None)
    for text in (error.error_type, error.provider, error.model, error.generation_id):
        assert isinstance(text, str | None)
    # Some versions of Python decode JSON that is nested so deeply that they cannot pickle it.
    came = [error.body, error.partial.raw if error.partial else None]
    if "[" * 100 not in repr(came):
        assert type(pickle.loads(pickle.dumps(error))) is type(error)  # noqa: S301 - our own
    if error.partial is not None:
        looked_at(error.partial)
