"""Runs of tools on either client, behind one face, and tools and replies to run them with."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final, Literal

from openrouter.testing import FakeOpenRouter, RawReply, ScriptedToolCall, TextReply
from openrouter.testing.faults import Fault
from openrouter.testing.replies import Reply
from openrouter.tools.run import ToolRun

Kind = Literal["blocking", "awaiting"]
KINDS: Final[tuple[Kind, ...]] = ("blocking", "awaiting")


def calls(*asked: ScriptedToolCall, text: str = "", **options: Any) -> TextReply:
    """Give a reply that calls tools."""
    return TextReply(text, tool_calls=asked, **options)


def raw_reply(message: dict[str, Any], **choice: Any) -> RawReply:
    """Give a whole reply with a message as no provider should send it."""
    body = {"id": "gen-1", "choices": [{"index": 0, "message": message, **choice}], "usage": {"total_tokens": 2}}
    return RawReply(200, {"Content-Type": "application/json"}, (json.dumps(body).encode(),))


def raw_call(name: str, arguments: Any, id: str | None = "a") -> dict[str, Any]:  # noqa: A002 - the API's word
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def call(name: str, arguments: Any = "{}", id: str | None = None) -> ScriptedToolCall:  # noqa: A002 - the API's word
    return ScriptedToolCall(name, arguments, id=id)


async def run_on(kind: Kind, fake: FakeOpenRouter, messages: Any, tools: Iterable[Any], **options: Any) -> ToolRun:
    """Run tools on a client of one kind."""
    if kind == "blocking":
        with fake.sync_client() as blocking:
            return blocking.run_tools(messages, tools, **options)
    async with fake.async_client() as awaiting:
        return await awaiting.run_tools(messages, tools, **options)


async def stream_on(
    kind: Kind, fake: FakeOpenRouter, messages: Any, tools: Iterable[Any], **options: Any
) -> tuple[list[Any], ToolRun]:
    """Stream a run on a client of one kind; give its events and its result."""
    if kind == "blocking":
        with fake.sync_client() as blocking:
            stream = blocking.stream_tools(messages, tools, **options)
            return list(stream), stream.result
    async with (
        fake.async_client() as awaiting,
        awaiting.stream_tools(messages, tools, **options) as awaited,
    ):
        return [event async for event in awaited], awaited.result


def scripted(*replies: Reply | Fault) -> FakeOpenRouter:
    """Give a fake that answers with these, and refuses to be asked for more."""

    def respond(_: object) -> Reply:
        raise AssertionError("There was one request too many.")

    return FakeOpenRouter(replies, respond=respond)


def states(run: ToolRun) -> list[list[str]]:
    """Give the states of the calls of each step."""
    return [[made.state for made in step.calls] for step in run.steps]


def results(run: ToolRun) -> list[Any]:
    """Give what the model was told in the transcript, in order."""
    return [message["content"] for message in run.messages if message["role"] == "tool"]


def echo(text: str) -> str:
    """Give the text back."""
    return text


def fail(text: str) -> str:
    """Fail."""
    raise LookupError(text)
