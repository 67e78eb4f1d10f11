"""Every fault, and what our clients make of it: whole and streamed."""

from __future__ import annotations

from decimal import Decimal

from attrs import frozen

from openrouter import (
    APIConnectionError,
    APITimeoutError,
    OpenRouterError,
    ProviderError,
    ResponseError,
    ServerError,
    StreamInterruptedError,
)
from openrouter.testing import (
    ClosedWhenIdle,
    Comments,
    Cut,
    Disconnect,
    EmptyBody,
    ErrorInBody,
    ErrorInChoice,
    ErrorReply,
    Fault,
    Gzip,
    HTMLPage,
    Late,
    LineEnds,
    MidStreamError,
    NoAnswer,
    NoChoices,
    RawReply,
    Reply,
    Silent,
    Split,
    SplitAt,
    SplitCharacters,
    SplitEvents,
    Together,
    Unfinished,
    WhiteSpace,
)

PROMPT = "Grüße, 世界"
WHOLE = f"This is a simulated reply to: {PROMPT}"
COST = Decimal("0.000018")
FREE = Decimal(0)


@frozen
class Broken:
    """An error and what had arrived."""

    error: type[OpenRouterError]
    partial: str | None = None
    clock: str | None = None


@frozen
class Case:
    """What a call gives: a text, or an error."""

    fault: Fault | Reply
    whole: str | Broken = WHOLE
    stream: str | Broken = WHOLE
    cost: Decimal = COST


CUT = Broken(StreamInterruptedError)
LOST = Broken(APIConnectionError)
TOTAL = Broken(APITimeoutError, None, "total")
IDLE = Broken(APITimeoutError, None, "idle")
PROVIDER = Broken(ProviderError)
UNREADABLE = Broken(ResponseError)

CASES = {
    "a status of 503": Case(ErrorReply(503, "Busy", error_type="provider_overloaded"), PROVIDER, PROVIDER, FREE),
    "a status and any body": Case(
        RawReply(504, {"Content-Type": "text/plain"}, [b"late"]), Broken(ServerError), Broken(ServerError), FREE
    ),
    "an error page": Case(HTMLPage(502), Broken(ServerError), Broken(ServerError), FREE),
    "late headers": Case(Late(0.01)),
    "late for ever": Case(Late(3600), TOTAL, IDLE),
    "bytes": Case(Split(every=1)),
    "slow bytes": Case(Split(every=100, pause=0.001)),
    "slow for ever": Case(Split(every=600, pause=3600), TOTAL, Broken(APITimeoutError, "This is", "idle")),
    "slow events": Case(SplitEvents(pause=0.001)),
    "characters": Case(SplitCharacters()),
    "some offsets": Case(SplitAt((1, 30, 100))),
    "CR LF": Case(LineEnds("\r\n")),
    "CR": Case(LineEnds("\r")),
    "gzip": Case(Gzip()),
    "gzip byte by byte": Case(Together((Gzip(), Split()))),
    "white space": Case(WhiteSpace()),
    "some keep-alives": Case(Comments(3, pause=0.0)),
    "keep-alives, then the end": Case(Together((Comments(pause=0.0), Cut(after=2000))), CUT, CUT),
    "cut at once": Case(Cut(), CUT, CUT),
    "cut": Case(Cut(after=600), CUT, Broken(StreamInterruptedError, "This is")),
    "reset": Case(Cut(after=600, reset=True), CUT, Broken(StreamInterruptedError, "This is")),
    "cut after the end": Case(Cut(after=1_000_000)),
    "cut in gzip": Case(Together((Gzip(), Cut(after=40))), CUT, CUT),
    "silent": Case(Silent(after=600), TOTAL, Broken(APITimeoutError, "This is", "idle")),
    "disconnected": Case(Disconnect(), LOST, LOST, FREE),
    "disconnected by a reset": Case(Disconnect(reset=True), LOST, LOST, FREE),
    "disconnected after some work": Case(Disconnect(0.01), LOST, LOST),
    "never answered": Case(NoAnswer(), TOTAL, IDLE),
    "closed when idle": Case(ClosedWhenIdle()),
    "nothing": Case(EmptyBody(), UNREADABLE, CUT),
    "HTML": Case(HTMLPage(), UNREADABLE, UNREADABLE),
    "an error in the body": Case(ErrorInBody(), PROVIDER, PROVIDER, FREE),
    "an error in the choice": Case(ErrorInChoice(), Broken(ProviderError, WHOLE), Broken(ProviderError, WHOLE), FREE),
    "no choices": Case(NoChoices(), UNREADABLE, Broken(ResponseError, "")),
    "null choices": Case(NoChoices(null=True), UNREADABLE, Broken(ResponseError, "")),
    "unfinished": Case(Unfinished(), UNREADABLE, Broken(StreamInterruptedError, WHOLE)),
    "an error after three words": Case(
        MidStreamError(), Broken(ProviderError, "This is a"), Broken(ProviderError, "This is a"), FREE
    ),
    "an error with a word for its code": Case(
        MidStreamError(1, code="server_error", error_type=None),
        Broken(ServerError, "This"),
        Broken(ServerError, "This"),
        FREE,
    ),
}
