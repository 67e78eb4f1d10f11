"""A fake OpenRouter for tests and for trying things out: no network, no cost, the same replies every time."""

from __future__ import annotations

from .answers import Answer, Exchange
from .fake import FakeOpenRouter, echo
from .replies import ErrorReply, MidStreamError, RawReply, Reply, TextReply
from .requests import RecordedRequest
from .server import LoopbackServer
from .tool_calls import ScriptedToolCall
from .transport import FakeTransport

__all__ = [
    "Answer",
    "ErrorReply",
    "Exchange",
    "FakeOpenRouter",
    "FakeTransport",
    "LoopbackServer",
    "MidStreamError",
    "RawReply",
    "RecordedRequest",
    "Reply",
    "ScriptedToolCall",
    "TextReply",
    "echo",
]
