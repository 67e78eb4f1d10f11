"""Faults: what can go wrong with a reply, as values that are put into a script or drawn by chance."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

from attrs import field, frozen

from .answers import Answer, Exchange
from .replies import Reply


@frozen
class Fault(ABC):
    """What goes wrong with an otherwise good reply.

    Faults are values: equal ones compare equal, and they can be keys of a dict. A new kind is a new subclass.
    """

    @abstractmethod
    def strike(self, answer: Answer, exchange: Exchange) -> Answer:
        """Give the answer with the fault in it; pure. What does the work keeps its cost."""

    def on(self, reply: Reply) -> FaultyReply:
        """Give a reply with this fault; one that is faulty already has both then."""
        if isinstance(reply, FaultyReply):
            return FaultyReply(reply.reply, Together((reply.fault, self)))
        return FaultyReply(reply, self)


def _flat(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    return tuple(single for fault in faults for single in (fault.faults if isinstance(fault, Together) else (fault,)))


@frozen
class Together(Fault):
    """Several faults of one reply, in this order."""

    faults: tuple[Fault, ...] = field(converter=_flat)

    def strike(self, answer: Answer, exchange: Exchange) -> Answer:
        """Strike with each in turn."""
        for fault in self.faults:
            answer = fault.strike(answer, exchange)
        return answer


@frozen(eq=False)
class FaultyReply(Reply):
    """A reply and what is wrong with it, as `fault.on(reply)` makes it."""

    reply: Reply
    fault: Fault

    def answer(self, exchange: Exchange) -> Answer:
        """Send the reply with its fault."""
        return self.fault.strike(self.reply.answer(exchange), exchange)
