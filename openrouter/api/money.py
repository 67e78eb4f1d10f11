"""What requests cost: before they are sent, and after (API pages "Models", "Usage accounting")."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any

from ..core.arguments import refuse, text
from ..core.wire import Call, Request, StreamCall
from ..effects import Flow, Here, Now
from ..operation import DriverT, FlowOperation, Resource
from ..types.chat import Completion, Usage

if TYPE_CHECKING:
    from ..replies.counting import TokenCounter
    from ..types.cost import Cost, Estimate
    from .settling import Settlement


class Money(Resource[DriverT]):
    """What requests cost."""

    @FlowOperation
    @staticmethod
    def estimate(
        request: Call[Any] | StreamCall[Any] | Request | Mapping[str, Any], *, counter: TokenCounter | None = None
    ) -> Flow[Estimate]:
        """Say how many tokens a request has, and what it will cost at least and at most, in USD; it is not sent.

        `request` is what the builders give (`Chat.complete("hi", model=…)`), or the body as a mapping; what the
        settings add is laid under it. Tokens are counted by `counter`, or estimated. The list of models is loaded where
        that is needed; raises the error of that where there is none at all.
        """
        return _estimate(request, counter)

    @FlowOperation
    @staticmethod
    def cost(reply: Completion | Usage, *, model: str | None = None) -> Flow[Cost | None]:
        """Say what a reply cost, in USD: what was billed, or else what the list prices of its model make of its tokens.

        `None` where neither is known. `model` is the one whose prices count; without it, it is the one that answered,
        or where nothing is known of that, no price is known. The list of models is loaded only where nothing was
        billed, or where what a provider charges for a key of your own is not told.
        """
        return _cost(reply, model)

    @FlowOperation
    @staticmethod
    def settle(*, wait: float = 30.0) -> Flow[Settlement]:
        """Ask what the calls cost that were left before their end, and book it.

        They are the `unsettled` of the ledger that were sent with this key. Their records appear late: one that is not
        there yet is asked for again, for `wait` seconds in all; 0 asks once. An error of one call spoils no other: it
        is in the `failed` of what this gives. Raises `InvalidArgumentError` for a `wait` below 0.
        """
        return _settle(wait)


def _estimate(given: object, counter: TokenCounter | None) -> Generator[Any, Any, Estimate]:
    from ..laying import body_of, request_of  # noqa: PLC0415 - who estimates nothing does not wait for it
    from ..registry.estimating import estimate  # noqa: PLC0415 - the same
    from .registry_loading import catalogue_flow  # noqa: PLC0415 - the same

    here = yield from Here()
    body = body_of(request_of(given), here.settings)
    catalogue = yield from catalogue_flow()
    now = yield from Now()
    return estimate(body, catalogue, counter, utc=now.utc)


def _cost(reply: object, model: str | None) -> Generator[Any, Any, Cost | None]:
    from ..replies.costing import cost_of  # noqa: PLC0415 - who asks for no costs does not wait for it
    from .registry_loading import catalogue_flow  # noqa: PLC0415 - the same

    if model is not None:
        text()("model", model)
    if not isinstance(reply, Completion | Usage):
        refuse("reply", reply, "a Completion, or its usage")
    usage = reply.usage if isinstance(reply, Completion) else reply
    if usage is None:
        return None
    told = cost_of(usage, None)
    if told is not None and not told.estimated:
        return told
    answered = reply.model if isinstance(reply, Completion) else None
    named = model or answered
    if named is None:
        return told
    catalogue = yield from catalogue_flow()
    return cost_of(usage, catalogue.pricing(named), utc=_sent_at(reply))


def _sent_at(reply: Completion | Usage) -> float | None:
    """Give when the reply was made, in seconds since 1970, for prices that depend on the time of day."""
    if not isinstance(reply, Completion):
        return None
    return reply.created if reply.http is None else reply.http.received_at


def _settle(wait: float) -> Generator[Any, Any, Settlement]:
    from .settling import settle_flow  # noqa: PLC0415 - most leave no call before its end

    settlement = yield from settle_flow(wait=wait)
    return settlement
