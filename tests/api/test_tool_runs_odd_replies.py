"""Replies as no model should give them: ids that are missing, arguments that are JSON or cut off, odd roles."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from openrouter.api.tool_calls import CUT_OFF
from openrouter.conversation import Conversation
from openrouter.testing import RawReply, TextReply
from openrouter.tools.run import ToolRun
from tests.tool_running import KINDS, Kind, echo, raw_call, raw_reply, results, run_on, scripted, stream_on

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("kind", KINDS)]


async def test_calls_without_ids_get_ones_that_differ_in_the_whole_run(kind: Kind) -> None:
    function = {"name": "echo", "arguments": '{"text": "a"}'}
    message = {"role": "assistant", "content": None, "tool_calls": [{"type": "function", "function": function}] * 2}
    body = {"id": "gen-1", "choices": [{"message": message, "finish_reason": "tool_calls"}]}
    nameless = RawReply(200, {"Content-Type": "application/json"}, (json.dumps(body).encode(),))
    fake = scripted(nameless, nameless, TextReply("Done."))
    await run_on(kind, fake, "Hi", [echo])
    sent = fake.requests[-1].payload["messages"]
    ids = [made["id"] for message in sent for made in message.get("tool_calls", ())]
    assert ids == ["call00100", "call00101", "call00200", "call00201"]
    assert [message["tool_call_id"] for message in sent if message["role"] == "tool"] == ids


async def test_ids_that_are_given_are_like_no_other_in_the_transcript(kind: Kind) -> None:
    asked = [raw_call("echo", '{"text": "1"}', "call00101"), raw_call("echo", '{"text": "2"}', None)]
    earlier = [
        {"role": "assistant", "content": None, "tool_calls": [raw_call("echo", "", "call00102"), None]},
        {"role": "tool", "tool_call_id": "call00102", "content": "0"},
        {"role": "tool", "tool_call_id": "call00103", "content": "0"},
    ]
    fake = scripted(raw_reply({"role": "assistant", "tool_calls": asked}), TextReply("Done."))
    run = await run_on(kind, fake, earlier, [echo])
    assert [(made.id, made.content) for made in run.steps[0].calls] == [("call00101", "1"), ("call00104", "2")]


async def test_hundreds_of_calls_without_ids_each_get_one(kind: Kind) -> None:
    asked = {"role": "assistant", "tool_calls": [raw_call("echo", '{"text": "a"}', None)] * 150}
    run = await run_on(kind, scripted(raw_reply(asked), raw_reply(asked), TextReply("Done.")), "Hi", [echo])
    assert len({made.id for step in run.steps for made in step.calls}) == 300


@pytest.mark.parametrize(
    "odd",
    [
        {"role": "model"},
        {"role": 5},
        {"content": 5},
        {"content": {"a": 1}},
        {"role": "model", "content": 0.5},
    ],
)
async def test_what_was_received_goes_back_whatever_it_is(kind: Kind, odd: dict[str, Any]) -> None:
    asked = {"role": "assistant", "content": None, "tool_calls": [raw_call("echo", '{"text": "a"}')], **odd}
    fake = scripted(
        raw_reply(asked), TextReply("Done."), TextReply("Hi."), TextReply("Again."), TextReply("Once more.")
    )
    conversation = Conversation().say("Hi")
    run = await run_on(kind, fake, conversation, [echo])
    assert fake.requests[-1].payload["messages"][1] == asked
    conversation.add(run)
    again = await run_on(kind, fake, conversation.say("And now?"), [echo])
    assert again.text == "Hi."
    assert fake.requests[-1].payload["messages"][1] == asked
    for made in (ToolRun.from_json(ToolRun(conversation).to_json()), copy.deepcopy(ToolRun(conversation))):
        assert made == ToolRun(conversation)
        await run_on(kind, fake, made, [echo])
        assert fake.requests[-1].payload["messages"][1] == asked


async def test_arguments_that_came_as_json_are_taken_and_go_back_as_they_came(kind: Kind) -> None:
    asked = {"role": "assistant", "content": None, "tool_calls": [raw_call("echo", {"text": "a"})]}
    fake = scripted(raw_reply(asked), TextReply("Done."))
    assert results(await run_on(kind, fake, "Hi", [echo])) == ["a"]
    assert fake.requests[1].payload["messages"][1] == asked


async def test_so_they_are_in_a_stream(kind: Kind) -> None:
    delta = {"role": "assistant", "tool_calls": [{**raw_call("echo", {"text": "a"}), "index": 0}]}
    chunk = {"id": "gen-1", "choices": [{"index": 0, "delta": delta, "finish_reason": "tool_calls"}]}
    data = f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode()
    fake = scripted(RawReply(200, {"Content-Type": "text/event-stream"}, (data,)), TextReply("Done."))
    _, run = await stream_on(kind, fake, "Hi", [echo])
    assert results(run) == ["a"]
    assert fake.requests[1].payload["messages"][1]["tool_calls"][0]["function"]["arguments"] == {"text": "a"}


@pytest.mark.parametrize(
    ("reasons", "arguments", "told"),
    [
        ({"finish_reason": "length"}, "", CUT_OFF),
        ({"finish_reason": "length"}, '{"text": "a', CUT_OFF),
        ({"finish_reason": "content_filter"}, " ", CUT_OFF),
        ({"finish_reason": "tool_calls", "native_finish_reason": "MAX_TOKENS"}, "", CUT_OFF),
        ({"finish_reason": "length"}, "{}", "default"),
        ({"finish_reason": "tool_calls", "native_finish_reason": None}, "", "default"),
    ],
)
async def test_a_call_that_was_cut_off_is_not_run_with_the_defaults(
    kind: Kind, reasons: dict[str, Any], arguments: str, told: str
) -> None:
    def say(text: str = "default") -> str:
        return text

    elsewhere = {"type": "function", "function": {"name": "elsewhere"}}
    asked = {"role": "assistant", "tool_calls": [raw_call("say", arguments), raw_call("elsewhere", arguments, "b")]}
    run = await run_on(kind, scripted(raw_reply(asked, **reasons), TextReply("Done.")), "Hi", [say, elsewhere])
    expected = ("done", "external") if told == "default" else ("failed", "failed")
    assert tuple(made.state for made in run.steps[0].calls) == expected
    assert run.steps[0].calls[0].content == (told if told == "default" else f"Error: {told}")
