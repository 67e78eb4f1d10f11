"""A conversation: what it holds after each turn, and that nothing is lost on the way to JSON and back."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from openrouter import AsyncClient, SyncClient
from openrouter.conversation import Conversation
from openrouter.core.errors import InvalidArgumentError
from openrouter.core.structuring import structurer
from openrouter.messages import cache, image, text, user
from openrouter.testing import FakeOpenRouter, TextReply
from openrouter.types.chat import Completion, Message, Usage
from openrouter.types.messages import message_list
from openrouter.types.usage_sum import sum_usage

PNG = b"\x89PNG\r\n\x1a\npixels"
HI = {"role": "user", "content": "Hi"}
CAME: dict[str, Any] = {
    "role": "assistant",
    "content": None,
    "refusal": None,
    "reasoning": "Hm.",
    "reasoning_details": [
        {"type": "reasoning.text", "text": "Hm.", "signature": "sig", "format": "anthropic-claude-v1", "index": 0},
        {"type": "reasoning.encrypted", "data": "b64==", "id": "rs_1", "format": None},
        {"type": "reasoning.new", "mood": 5, "large": 2**80, "small": 1e-300},
    ],
    "tool_calls": [{"id": "c1", "type": "function", "index": 0, "function": {"name": "f", "arguments": ""}}],
    "annotations": [{"type": "file", "file": {"hash": "h"}}],
    "aura": {"deep": [None, "é\u2028\ud800"]},
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def reply(message: dict[str, Any] | None = None, **usage: Any) -> Completion:
    choices = [{"message": message or {"role": "assistant", "content": "Hello."}}]
    return structurer(Completion)({"choices": choices, "usage": usage})


def run(*messages: Any, usage: Usage | None = None, **more: Any) -> Any:
    return SimpleNamespace(messages=list(messages), usage=usage, **more)


def test_a_conversation_grows_turn_by_turn() -> None:
    conversation = Conversation(HI, system="Be brief.")
    assert conversation.add(reply(prompt_tokens=3, total_tokens=4, cost=0.1)) is conversation
    assert conversation.say("And this?", image("https://example.org/a.png"), name="Ann") is conversation
    conversation.add(reply(total_tokens=6, cost=0.2))
    roles = [message["role"] for message in message_list(conversation)]
    assert roles == ["system", "user", "assistant", "user", "assistant"]
    assert conversation.messages[:2] == [{"role": "system", "content": "Be brief."}, HI]
    assert conversation.messages[3] == user("And this?", image("https://example.org/a.png"), name="Ann")
    assert conversation.usage == Usage(prompt_tokens=3, total_tokens=10, cost=Decimal("0.3"))
    assert len(conversation) == 5
    assert list(conversation) == conversation.messages
    assert repr(conversation) == "<Conversation of 5 messages, 10 tokens, 0.3 USD>"


def test_an_empty_conversation() -> None:
    conversation = Conversation()
    assert list(conversation) == []
    assert conversation.usage == Usage()
    assert repr(Conversation(HI)) == "<Conversation of 1 message, 0 tokens>"
    assert Conversation(system=cache("Long.")).messages == [{"role": "system", "content": [cache("Long.")]}]


def test_what_can_be_added() -> None:
    received = structurer(Message)(CAME)
    conversation = Conversation().add(HI).add(received).add([HI, received]).add(user("a") for _ in range(2)).add([])
    assert conversation.messages == [HI, received, HI, received, user("a"), user("a")]
    assert conversation.messages[1] is received


def test_a_reply_without_usage_costs_nothing_that_is_known() -> None:
    completion = structurer(Completion)({"choices": [{"message": {"content": "Hello."}}]})
    assert completion.usage is None
    assert Conversation().add(completion).usage == Usage()


def test_of_a_run_what_came_since_is_added() -> None:
    received = structurer(Message)({**CAME, "role": None})
    conversation = Conversation(HI, received)
    sent = message_list(conversation)
    result = {"role": "tool", "tool_call_id": "c1", "content": "4"}
    conversation.add(run(*sent, result, usage=Usage(total_tokens=5), status="finished"))
    assert conversation.messages == [HI, received, result]
    assert conversation.usage.total_tokens == 5
    assert Conversation().add(run(HI)).messages == [HI]


def step(*messages: Any, usage: Usage | None) -> Any:
    return SimpleNamespace(as_received=list(messages), completion=SimpleNamespace(usage=usage))


def test_of_a_run_that_went_on_only_what_is_new_is_counted() -> None:
    first, second, third = (structurer(Message)({"role": "model", "content": text}) for text in "abc")
    steps = [step(first, HI, usage=Usage(total_tokens=1)), step(second, usage=Usage(total_tokens=2))]
    conversation = Conversation(HI)
    began = [HI, first, HI, second]
    conversation.add(run(usage=Usage(total_tokens=3), as_received=began, steps=steps))
    assert conversation.usage.total_tokens == 3
    assert conversation.messages[3] is second, "what a model said is kept as it came"
    steps += [step(third, HI, usage=Usage(total_tokens=4)), step(third, usage=None)]
    for _ in range(2):
        conversation.add(run(usage=Usage(total_tokens=7), as_received=[*began, third, HI, third], steps=steps))
        assert (conversation.usage.total_tokens, len(conversation)) == (7, 7)


def test_of_a_stream_its_completion_is_added() -> None:
    conversation = Conversation(HI)
    with FakeOpenRouter([TextReply("Hello.")]).sync_client() as client, client.stream(conversation) as stream:
        with pytest.raises(InvalidArgumentError, match="the completion of a stream of which something was read"):
            conversation.add(SimpleNamespace(completion=None))
        for _ in stream:
            pass
    conversation.add(stream)
    assert stream.completion is not None
    assert conversation.messages == [HI, stream.completion.message]
    assert conversation.usage == sum_usage([Usage(), stream.completion.usage or Usage()])
    assert Conversation(HI).add(stream.completion) == conversation


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (None, "the completion of a stream of which something was read"),
        (
            "Hi",
            "what='Hi' cannot be sent: it has to be a completion, a run of tools, a message, or a list of messages;",
        ),
        (b"Hi", "what=b'Hi'"),
        (None, "what=None"),
        (5, "what=5"),
        (Conversation(), "what=<Conversation of 0 messages, 0 tokens>"),
        (Completion(), "it has to be a completion that has a message"),
        ([HI, "Hi"], "messages[1]='Hi' cannot be sent: it has to be a message"),
        ([HI, reply()], "messages[1]=Completion("),
        (run(), "it has to be a run that began with the messages of this conversation"),
        (run(user("Bye"), HI), "it has to be a run that began with the messages of this conversation"),
        (run(HI, status="suspended"), "it has to be a run that has ended, so that each of its calls has a result"),
        (run(HI, status="running"), "it has to be a run that has ended"),
    ],
)
def test_what_cannot_be_added_is_refused_and_nothing_is_added(what: Any, words: str) -> None:
    conversation = Conversation(HI)
    with pytest.raises(InvalidArgumentError) as caught:
        conversation.add(what)
    assert words in str(caught.value)
    assert conversation == Conversation(HI)


def test_text_is_said_not_added() -> None:
    with pytest.raises(InvalidArgumentError, match=r"messages\[0\]='Hi' .* say\(\) takes text"):
        Conversation("Hi")  # type: ignore[arg-type]  # what is tested
    with pytest.raises(InvalidArgumentError, match=r"say\(\)=\(\)"):
        Conversation().say()
    with pytest.raises(InvalidArgumentError, match=r"system\(\)\[0\]"):
        Conversation(system=image("a.png"))


def test_a_fork_goes_its_own_way() -> None:
    conversation = Conversation(HI).add(reply(CAME, total_tokens=4))
    fork = conversation.fork()
    assert fork == conversation
    fork.say("More").add(reply(total_tokens=1))
    forked: Any = fork.messages[1]
    forked.reasoning_details.clear()
    assert conversation == Conversation(HI).add(reply(CAME, total_tokens=4))
    assert message_list(conversation)[1] == CAME
    assert (len(conversation), len(fork)) == (2, 4)
    assert (conversation.usage.total_tokens, fork.usage.total_tokens) == (4, 5)


def test_json_gives_back_everything_that_was_received() -> None:
    conversation = Conversation(HI, system="Be brief.").add(reply(CAME, prompt_tokens=3, cost=0.0123, is_byok=True))
    conversation.add({**CAME, "reasoning": "Mine."})
    there = conversation.to_json()
    again = Conversation.from_json(there)
    assert again == conversation
    assert again.to_json() == there
    assert message_list(again) == message_list(conversation)
    assert message_list(again)[2] == CAME
    assert [type(message) for message in again] == [type(message) for message in conversation]
    assert again.usage.cost == Decimal("0.0123")
    assert Conversation.from_json(there.encode("utf-8", "surrogatepass")) == conversation


@given(st.dictionaries(st.text(), JSON, min_size=1), st.sampled_from([structurer(Message), dict]))
def test_json_gives_back_whatever_it_was(fields: dict[str, Any], kind: Callable[[dict[str, Any]], Any]) -> None:
    message = kind(fields)
    again = Conversation.from_json(Conversation(message).to_json())
    assert again == Conversation(message)
    assert again.to_dict()["messages"] == [fields]


def test_a_message_that_was_changed_is_kept_as_changed() -> None:
    received = structurer(Message)(CAME)
    received.content = "Better."
    [again] = Conversation.from_json(Conversation(received).to_json())
    assert isinstance(again, Message)
    assert again == received
    assert message_list(again) == [{**CAME, "content": "Better."}]


def test_files_are_read_for_json(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(PNG)
    conversation = Conversation().say("Look", image(path))
    again = Conversation.from_json(conversation.to_json())
    path.unlink()
    assert message_list(again) == message_list(conversation)
    assert message_list(again)[0]["content"] == [text("Look"), image(PNG)]
    with pytest.raises(InvalidArgumentError, match="the file cannot be read: No such file"):
        Conversation().say(image(path)).to_json()


def test_what_to_dict_gives_is_the_callers_own() -> None:
    conversation = Conversation(user("a", text("b"))).add(reply(CAME))
    document = conversation.to_dict()
    again = Conversation.from_dict(document)
    document["messages"][0]["content"].clear()
    document["messages"][1]["reasoning_details"].clear()
    assert message_list(conversation) == message_list(again) == [user("a", text("b")), CAME]


@pytest.mark.parametrize("value", [date(2026, 1, 2), float("nan"), {1, 2}], ids=lambda value: type(value).__name__)
def test_a_message_that_json_cannot_hold_is_named(value: Any) -> None:
    conversation = Conversation(HI, {"role": "user", "content": "Hi", "at": value})
    with pytest.raises(InvalidArgumentError, match=r"^messages\[1\]=\{'role'.* cannot be sent: it has to be JSON \("):
        conversation.to_json()


def test_a_message_within_itself_is_named() -> None:
    message: dict[str, Any] = {"role": "user"}
    message["content"] = [message]
    with pytest.raises(InvalidArgumentError, match=r"^messages\[0\]=.* cannot be sent: it has to be JSON \("):
        Conversation(message).to_dict()


GOOD: dict[str, Any] = Conversation(HI).add(reply(CAME)).to_dict()


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("", "This is no conversation, since it is no JSON: "),
        ("{", "This is no conversation, since it is no JSON: "),
        ("\ud800", "This is no conversation, since it is no JSON: "),
        ([], "document=[] cannot be sent: it has to be an object, as to_dict() and to_json() give it"),
        ({}, "document['version']=None cannot be sent: it has to be 1: this version of the package reads no other"),
        ({**GOOD, "version": 2}, "document['version']=2"),
        ({**GOOD, "messages": None}, "document['messages']=None cannot be sent: it has to be a list of objects"),
        ({**GOOD, "messages": ["Hi"]}, "document['messages']=['Hi']"),
        ({**GOOD, "received": None}, "document['received']=None cannot be sent: it has to be a list of places in the"),
        ({**GOOD, "received": [2]}, "document['received']=[2]"),
        ({**GOOD, "received": [-1]}, "document['received']=[-1]"),
        ({**GOOD, "received": [0.0]}, "document['received']=[0.0]"),
        ({**GOOD, "received": [True]}, "document['received']=[True]"),
        ({**GOOD, "received": [0, 0]}, "document['received']=[0, 0] cannot be sent: it has to be a list in which each"),
        ({**GOOD, "usage": None}, "document['usage']=None cannot be sent: it has to be an object"),
    ],
)
def test_what_is_no_conversation_is_refused(document: Any, words: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        Conversation.from_json(document if isinstance(document, str) else json.dumps(document))
    assert words in str(caught.value)


@pytest.mark.parametrize("copy", [Conversation.fork, lambda it: pickle.loads(pickle.dumps(it))], ids=["fork", "pickle"])  # noqa: S301 - our own
def test_a_class_of_ones_own_stays_one(copy: Callable[[Any], Any]) -> None:
    conversation = Interview(HI)
    assert type(copy(conversation)) is Interview
    assert copy(conversation) == conversation
    assert type(Interview.from_json(conversation.to_json())) is Interview
    assert repr(conversation) == "<Interview of 1 message, 0 tokens>"


class Interview(Conversation):
    """A class of someone else."""


def test_a_blocking_client_takes_a_conversation() -> None:
    fake = FakeOpenRouter([TextReply("Rhine.", reasoning="Rivers."), TextReply("Yes.")])
    conversation = Conversation(system="Be brief.").say("Name a river.")
    with SyncClient(api_key="k", http=fake.http()) as client:
        first = client.complete(conversation)
        conversation.add(first).say("Is it long?")
        with client.stream(conversation) as stream:
            assert list(stream)
        conversation.add(stream.completion)
    check(conversation, fake, first, stream.completion)


@pytest.mark.anyio
async def test_an_awaiting_client_takes_a_conversation() -> None:
    fake = FakeOpenRouter([TextReply("Rhine.", reasoning="Rivers."), TextReply("Yes.")])
    conversation = Conversation(system="Be brief.").say("Name a river.")
    async with AsyncClient(api_key="k", http=fake.async_http()) as client:
        first = await client.complete(conversation)
        conversation.add(first).say("Is it long?")
        async with client.stream(conversation) as stream:
            assert [chunk async for chunk in stream]
        conversation.add(stream.completion)
    check(conversation, fake, first, stream.completion)


def check(conversation: Conversation, fake: FakeOpenRouter, *replies: Completion) -> None:
    assert fake.requests[1].payload["messages"] == message_list(list(conversation)[:4])
    assert fake.requests[1].payload["messages"][2] == replies[0].message.raw
    told = [reply.usage for reply in replies if reply.usage]
    assert conversation.usage.total_tokens == sum(usage.total_tokens for usage in told) > 0
    assert conversation.usage.cost == sum(usage.cost for usage in told if usage.cost is not None)
    assert [message["role"] for message in message_list(conversation)] == [
        *("system", "user", "assistant"),
        *("user", "assistant"),
    ]
