"""What may stand for messages, and what is refused before it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

import pytest

from openrouter.core.errors import InvalidArgumentError
from openrouter.core.structuring import structurer
from openrouter.types.chat import Completion, Message
from openrouter.types.messages import message_list

USER = {"role": "user", "content": "Hi"}


def received(**message: Any) -> Message:
    return structurer(Completion)({"choices": [{"message": message}]}).message


@pytest.mark.parametrize(
    "messages",
    ["Hi", USER, MappingProxyType(USER), Message(role="user", content="Hi"), [USER], (USER,), iter([USER])],
    ids=lambda value: type(value).__name__,
)
def test_the_same_message_in_every_form(messages: Any) -> None:
    assert message_list(messages) == [USER]


def test_a_generator_of_messages() -> None:
    def told() -> Iterator[dict[str, Any]]:
        yield {"role": "system", "content": "Be brief."}
        yield USER

    assert [message["role"] for message in message_list(told())] == ["system", "user"]


def test_unknown_fields_and_parts_reach_the_wire_at_any_depth() -> None:
    parts = [
        {"type": "text", "text": "Look", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
        {"type": "hologram", "hologram": {"url": "https://example.org", "depth": [None, {"a": 1}]}},
    ]
    message = {"role": "user", "content": parts, "name": "Ann", "aura": {"b": None}}
    assert message_list([message]) == [message]


@pytest.mark.parametrize(
    "message",
    [
        {"role": "developer", "content": "Be brief."},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "c1"}]},
        {"role": "assistant"},
        {"role": "assistant", "content": "Once upon"},
        {"role": "tool", "content": "4", "tool_call_id": "c1"},
        {"role": "tool", "tool_call_id": "c1"},
        {"role": "user", "content": []},
        {"role": "user", "content": ["Hi", {"type": "text", "text": "Hi"}]},
        *({"role": new, "content": "Hi"} for new in ("platform", "function", "oracle", "critic", "customer", "model")),
        {"role": "oracle"},
    ],
)
def test_good_messages(message: dict[str, Any]) -> None:
    assert message_list(message) == [message]


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ("", "messages='' cannot be sent: it has to be a prompt that is not empty"),
        (" \n", "a prompt that is not empty"),
        ([], "messages=[] cannot be sent: it has to be at least one message"),
        (None, "messages=None cannot be sent: it has to be a string, a message, or a list of messages"),
        (5, "messages=5"),
        (["Hi"], "messages[0]='Hi' cannot be sent: it has to be a message: a dict with role and content"),
        ([USER, None], "messages[1]=None"),
        ({"content": "Hi"}, "messages[0]['role']=None cannot be sent: it has to be one of system, developer, user"),
        ([USER, {"role": "usr", "content": "Hi"}], "messages[1]['role']='usr' cannot be sent: it has to be one of"),
        ({"role": "usr", "content": "Hi"}, "developer, user, assistant, tool (did you mean 'user'?)."),
        ({"role": "assistent"}, "(did you mean 'assistant'?)"),
        ({"role": "System", "content": "Hi"}, "(did you mean 'system'?)"),
        ({"role": " ", "content": "Hi"}, "messages[0]['role']=' ' cannot be sent: it has to be one of system"),
        ({"role": "user", "content": [5, None]}, "messages[0]['content'][0]=5 cannot be sent: it has to be a content"),
        ({"role": "oracle", "content": [{"type": "text"}, b"a"]}, "messages[0]['content'][1]=b'a'"),
        ({"role": ["user"], "content": "Hi"}, "messages[0]['role']=['user']"),
        ({"role": "user"}, "messages[0]['content']=None cannot be sent: it has to be a string or a list"),
        ({"role": "system", "content": None}, "messages[0]['content']=None"),
        ({"role": "assistant", "content": 5}, "messages[0]['content']=5"),
        ({"role": "tool", "content": "4"}, "messages[0]['tool_call_id']=None cannot be sent: it has to be the id"),
        ({"role": "tool", "content": "4", "tool_call_id": ""}, "messages[0]['tool_call_id']=''"),
        ({"role": "tool", "content": "4", "tool_call_id": 7}, "messages[0]['tool_call_id']=7"),
        (b"Hi", "messages=b'Hi' cannot be sent: it has to be a string, a message, or a list of messages"),
    ],
)
def test_what_cannot_be_a_message_is_named(messages: Any, words: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        message_list(messages)
    assert words in str(caught.value)


def test_a_message_within_itself_is_refused() -> None:
    message: dict[str, Any] = {"role": "user", "content": []}
    message["content"].append(message)
    with pytest.raises(InvalidArgumentError, match=r"messages\[0\]=.* not nested so deeply"):
        message_list(message)


def test_a_received_message_goes_back_with_all_that_it_came_with() -> None:
    came = {
        "role": "assistant",
        "content": None,
        "refusal": None,
        "reasoning": "Hm.",
        "reasoning_details": [
            {"type": "reasoning.text", "text": "Hm.", "signature": "sig", "format": "anthropic-claude-v1", "index": 0},
            {"type": "reasoning.encrypted", "data": "b64==", "id": "rs_1", "format": None},
            {"type": "reasoning.new", "mood": 5},
        ],
        "tool_calls": [{"id": "c1", "type": "function", "index": 0, "function": {"name": "f", "arguments": ""}}],
        "annotations": [{"type": "file", "file": {"hash": "h"}}],
        "aura": {"deep": [None]},
    }
    assert message_list([USER, received(**came)]) == [USER, came]


def test_a_message_that_came_without_a_role_goes_back_as_the_assistants() -> None:
    assert message_list(received(content="a", role=None)) == [{"role": "assistant", "content": "a"}]
    assert message_list(received(content="a", x=1)) == [{"role": "assistant", "content": "a", "x": 1}]
    assert message_list(received()) == [{"role": "assistant"}]


def test_a_changed_message_goes_back_as_changed() -> None:
    message = received(role="assistant", content="wrong", x=1)
    message.content = "right"
    assert message_list(message) == [{"role": "assistant", "content": "right", "x": 1}]


@pytest.mark.parametrize(
    "raw", [{"role": "model", "content": "Hi"}, {"role": "", "content": {"odd": 1}}, {"content": 3}]
)
def test_a_received_message_goes_back_whatever_it_was(raw: dict[str, Any]) -> None:
    assert message_list([structurer(Message)(raw)]) == [{"role": "assistant", **raw}]
