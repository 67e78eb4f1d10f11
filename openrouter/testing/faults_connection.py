"""Faults of the connection and of time: the reply is good, but it comes late, in part, or not at all."""

from __future__ import annotations

from decimal import Decimal

from attrs import evolve, field, frozen

from ..policy.ranges import seconds, whole_number
from .answers import Answer, Exchange
from .endings import Break, Ending
from .faults import Fault


@frozen
class Late(Fault):
    """The headers come `by` seconds later."""

    by: float = field(validator=seconds)

    def strike(self, answer: Answer, exchange: Exchange) -> Answer:  # noqa: ARG002 - the same for every request
        """Add to the wait before the headers."""
        return evolve(answer, delay=answer.delay + self.by)


@frozen
class Cut(Fault):
    """The connection ends after so many bytes of the body, as they are sent: after compression, if there is any.

    It is closed in good order, or with `reset` it breaks. A body that has no more bytes than that is sent in full, and
    the connection ends without the mark that ends a stream.
    """

    after: int = field(default=0, validator=whole_number(0))
    reset: bool = field(default=False, kw_only=True)

    def strike(self, answer: Answer, exchange: Exchange) -> Answer:  # noqa: ARG002 - the same for every request
        """Break the answer off there."""
        return _broken(answer, Break(Ending.RESET if self.reset else Ending.CLOSED, self.after))


@frozen
class Silent(Fault):
    """After so many bytes of the body, as they are sent, nothing more comes, and the connection stays open."""

    after: int = field(default=0, validator=whole_number(0))

    def strike(self, answer: Answer, exchange: Exchange) -> Answer:  # noqa: ARG002 - the same for every request
        """Fall silent there."""
        return _broken(answer, Break(Ending.SILENT, self.after))


@frozen
class Disconnect(Fault):
    """The request is read, and the connection ends before any byte of the reply.

    It is closed in good order, or with `reset` it breaks. Where that happens at once, no work was begun, and nothing is
    billed. Where it happens `after` some seconds, the work was done, and it costs what the reply costs.
    """

    after: float = field(default=0.0, validator=seconds)
    reset: bool = field(default=False, kw_only=True)

    def strike(self, answer: Answer, exchange: Exchange) -> Answer:  # noqa: ARG002 - the same for every request
        """Send nothing."""
        ending = Ending.RESET if self.reset else Ending.CLOSED
        cost = answer.cost if self.after else Decimal(0)
        return evolve(answer, headless=ending, delay=answer.delay + self.after, cost=cost)


@frozen
class NoAnswer(Fault):
    """The connection is accepted, the request is read, and nothing ever comes, not even a status.

    The work was done, so it costs what the reply costs.
    """

    def strike(self, answer: Answer, exchange: Exchange) -> Answer:  # noqa: ARG002 - the same for every request
        """Send nothing, and stay."""
        return evolve(answer, headless=Ending.SILENT)


@frozen
class Unreachable(Fault):
    """No connection comes about, and nothing is billed.

    So it is in process. A server that runs cannot refuse single connections: there the request is read, the connection
    is reset, and a client cannot tell that no work was done. Close the server to refuse them all.
    """

    def strike(self, answer: Answer, exchange: Exchange) -> Answer:  # noqa: ARG002 - the same for every request
        """Do no work."""
        return Answer(answer.status, answer.headers, (), headless=Ending.REFUSED)


@frozen
class ClosedWhenIdle(Fault):
    """The reply is good, but the connection is closed after it, although it was promised to be kept.

    A client that keeps connections finds out when it wants to use this one again. In process, where there are none,
    nothing is to be seen.
    """

    def strike(self, answer: Answer, exchange: Exchange) -> Answer:  # noqa: ARG002 - the same for every request
        """Close the connection after the reply."""
        return evolve(answer, afterwards=Ending.CLOSED)


@frozen
class ResetWhenIdle(Fault):
    """The reply is good, but the next request on its connection is not read: the connection breaks when it arrives.

    That next request is not recorded, and nothing is billed for it. In process it is the next request through the same
    transport, once the reply has been read.
    """

    def strike(self, answer: Answer, exchange: Exchange) -> Answer:  # noqa: ARG002 - the same for every request
        """Reset the connection at the next request."""
        return evolve(answer, afterwards=Ending.RESET)


def _broken(answer: Answer, at: Break) -> Answer:
    """Break an answer off there, unless it breaks off earlier already."""
    earlier = answer.breaks is not None and answer.breaks.after < at.after
    return answer if earlier else evolve(answer, breaks=at)
