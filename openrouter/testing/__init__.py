"""A fake OpenRouter for tests and for trying things out: no network, nothing is charged, nothing is left to chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .answers import Answer as Answer, Exchange as Exchange
    from .endings import Break as Break, Ending as Ending
    from .fake import FakeOpenRouter as FakeOpenRouter, echo as echo
    from .faults import Fault as Fault, FaultyReply as FaultyReply, Together as Together
    from .faults_body import (
        Comments as Comments,
        Gzip as Gzip,
        LineEnds as LineEnds,
        Split as Split,
        SplitAt as SplitAt,
        SplitCharacters as SplitCharacters,
        SplitEvents as SplitEvents,
        WhiteSpace as WhiteSpace,
    )
    from .faults_chance import Faults as Faults
    from .faults_connection import (
        ClosedWhenIdle as ClosedWhenIdle,
        Cut as Cut,
        Disconnect as Disconnect,
        Late as Late,
        NoAnswer as NoAnswer,
        ResetWhenIdle as ResetWhenIdle,
        Silent as Silent,
        Unreachable as Unreachable,
    )
    from .faults_content import (
        EmptyBody as EmptyBody,
        ErrorInBody as ErrorInBody,
        ErrorInChoice as ErrorInChoice,
        HTMLPage as HTMLPage,
        NoChoices as NoChoices,
        Unfinished as Unfinished,
    )
    from .replies import (
        ErrorReply as ErrorReply,
        MidStreamError as MidStreamError,
        RawReply as RawReply,
        Reply as Reply,
        TextReply as TextReply,
    )
    from .requests import RecordedRequest as RecordedRequest
    from .server import LoopbackServer as LoopbackServer
    from .tool_calls import ScriptedToolCall as ScriptedToolCall
    from .transport import FakeTransport as FakeTransport
else:
    from ..core.lazily import offer

    __getattr__, __dir__, __all__ = offer(
        __name__,
        {
            "answers": ("Answer", "Exchange"),
            "endings": ("Break", "Ending"),
            "fake": ("FakeOpenRouter", "echo"),
            "faults": ("Fault", "FaultyReply", "Together"),
            "faults_body": (
                "Comments",
                "Gzip",
                "LineEnds",
                "Split",
                "SplitAt",
                "SplitCharacters",
                "SplitEvents",
                "WhiteSpace",
            ),
            "faults_chance": ("Faults",),
            "faults_connection": (
                "ClosedWhenIdle",
                "Cut",
                "Disconnect",
                "Late",
                "NoAnswer",
                "ResetWhenIdle",
                "Silent",
                "Unreachable",
            ),
            "faults_content": ("EmptyBody", "ErrorInBody", "ErrorInChoice", "HTMLPage", "NoChoices", "Unfinished"),
            "replies": ("ErrorReply", "MidStreamError", "RawReply", "Reply", "TextReply"),
            "requests": ("RecordedRequest",),
            "server": ("LoopbackServer",),
            "tool_calls": ("ScriptedToolCall",),
            "transport": ("FakeTransport",),
        },
    )
