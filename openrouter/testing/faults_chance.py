"""Faults by chance: what share of the requests fails how, the same each time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from random import Random
from types import MappingProxyType
from typing import Any, Self

from attrs import field, frozen

from ..core.errors import InvalidArgumentError
from .faults import Fault, Together
from .faults_body import Comments, Gzip, LineEnds, Split, SplitAt, SplitCharacters, SplitEvents, WhiteSpace
from .faults_connection import (
    ClosedWhenIdle,
    Cut,
    Disconnect,
    Late,
    NoAnswer,
    ResetWhenIdle,
    Silent,
    Unreachable,
)
from .faults_content import EmptyBody, ErrorInBody, ErrorInChoice, HTMLPage, NoChoices, Unfinished
from .replies import ErrorReply, MidStreamError, Reply

_ROUNDING = 1e-9
"""By how much shares may add up to more than 1, because they are floats."""


def _copied(shares: Mapping[Fault | Reply, float]) -> Mapping[Fault | Reply, float]:
    return MappingProxyType(dict(shares))


def _add_up(_: object, __: object, shares: Mapping[Any, Any]) -> None:
    for fault, share in shares.items():
        if not isinstance(fault, Fault | Reply):
            raise InvalidArgumentError(f"Faults takes faults and replies, not {fault!r}.")
        if not isinstance(share, int | float) or not 0 <= share <= 1:
            raise InvalidArgumentError(f"The share of {fault!r} is {share!r}; it has to be from 0 to 1.")
    if (total := math.fsum(shares.values())) > 1 + _ROUNDING:
        raise InvalidArgumentError(f"The shares of all faults add up to {total:g}, which is more than 1.")


@frozen
class Faults:
    """What share of the requests fails how: `Faults({Cut(after=40): 0.1, ErrorReply(503, "Busy"): 0.05}, seed=7)`.

    A `Fault` strikes the reply that there would have been; a `Reply` comes in its place. The shares are from 0 to 1
    and add up to 1 at most; the rest of the requests is answered well. Which request fails, and how, follows from the
    seed and the number of the request alone: threads and tasks change nothing. Raises `InvalidArgumentError` for
    shares that cannot be.
    """

    shares: Mapping[Fault | Reply, float] = field(converter=_copied, validator=_add_up)
    seed: int = field(default=0, kw_only=True)

    @classmethod
    def everything(cls, rate: float = 0.3, *, seed: int = 0) -> Self:
        """Strike this share of the replies, with every kind that there is, each as often as any other.

        About a third of the kinds are odd but good, such as `Gzip()` and `Split()`: a client must not mind them. The
        others fail. So with a `rate` of 0.3, about 0.2 of the requests fail.

        Whatever stays silent does so until the client's time-out. Nothing else takes longer than some seconds:
        keep-alives that would come for ever are cut after a while.
        """
        kinds = _every_kind()
        return cls(dict.fromkeys(kinds, rate / len(kinds)), seed=seed)

    def choose(self, number: int) -> Fault | Reply | None:
        """Say what happens to the request with this number; `None`: nothing. Pure."""
        draw = Random(f"{self.seed}/{number}").random()  # noqa: S311 - rehearses failures, protects nothing
        for fault, share in self.shares.items():
            draw -= share
            if draw < 0:
                return fault
        return None


def _every_kind() -> tuple[Fault | Reply, ...]:
    return (
        ErrorReply(429, "Rate limit exceeded", error_type="rate_limit_exceeded"),
        ErrorReply(500, "Internal Server Error", error_type="server"),
        ErrorReply(503, "Provider is overloaded", error_type="provider_overloaded", headers={"Retry-After": "0"}),
        HTMLPage(502),
        Late(0.01),
        Split(),
        SplitEvents(pause=0.001),
        SplitCharacters(),
        SplitAt((1, 30, 100)),
        LineEnds("\r\n"),
        LineEnds("\r"),
        Gzip(),
        WhiteSpace(),
        Comments(3, pause=0.001),
        Together((Comments(pause=0.01), Cut(after=1000))),
        Together((Gzip(), Cut(after=100))),
        Cut(),
        Cut(after=500),
        Cut(after=500, reset=True),
        Silent(after=500),
        Disconnect(),
        Disconnect(reset=True),
        Disconnect(0.3),
        Disconnect(0.3, reset=True),
        NoAnswer(),
        Unreachable(),
        ClosedWhenIdle(),
        ResetWhenIdle(),
        EmptyBody(),
        HTMLPage(),
        ErrorInBody(),
        ErrorInChoice(),
        NoChoices(),
        NoChoices(null=True),
        Unfinished(),
        MidStreamError(),
        MidStreamError(1, code="server_error", error_type=None),
    )
