"""One request from its beginning to its end, without the waiting: what both drivers do in between.

A driver asks `next` until it may send, sends `outgoing`, and hands in what comes: `read` for a whole reply, `open` and
then the pieces for a stream. It says how the attempt ended with `succeeded` or `failed`, and always ends with `close`.
"""

from __future__ import annotations

import logging
from os import urandom
from sys import is_finalizing
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define

from .core.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    InvalidArgumentError,
    OpenRouterError,
    ResponseError,
    StreamInterruptedError,
)
from .core.json import decode_json
from .core.wire import Call, Headers, HTTPInfo, Moment, Reader, Reply, Request, StreamCall
from .forecast import Forecast, LookUp
from .outgoing import Outgoing, RawHeaders
from .policy import Go, NeedPrices, Passage, Policy, Wait
from .policy.facts import NO_BILL, Bill
from .preparing import prepare
from .records import described, outcome, record
from .settings import Settings
from .streams import Phase, StreamState
from .types.chat import Completion

if TYPE_CHECKING:
    from .registry.catalogue import Catalogue
    from .types.chat import Usage
    from .types.cost import Cost

T = TypeVar("T")

logger = logging.getLogger(__name__)
# Who wants our log records says so; without this, Python prints the warnings among them.
logging.getLogger(__package__).addHandler(logging.NullHandler())


@define(eq=False)
class Exchange:
    """A request and how far it has come."""

    settings: Settings
    outgoing: Outgoing
    passage: Passage
    request_id: str
    began_at: Moment
    sent_at: float = 0.0
    _head: HTTPInfo | None = None
    _reader: Reader[Any] | None = None
    _has_announced: bool = False
    _failure: dict[str, object] | None = None
    """What there is to log of the last failure, once it is known how long the wait is."""
    _forecast: Forecast | None = None
    """What has to be found out before it may be sent."""
    _needed: NeedPrices | None = None

    @classmethod
    def begin(cls, request: Request, settings: Settings, policy: Policy, now: Moment) -> Exchange:
        """Prepare a request and announce it to the policy."""
        outgoing = prepare(request, settings, settings.key(), now)
        if scopes := policy.ledger.current_scopes():
            outgoing.facts = outgoing.facts._replace(scopes=scopes)
        if policy.rate_limit is not None and policy.rate_limit.limits_tokens:
            outgoing.count_tokens()
        made = cls(settings, outgoing, policy.begin(outgoing.facts, now), f"req-{urandom(6).hex()}", now)
        if settings.validate != "off" and outgoing.facts.billable:
            made._forecast = Forecast(outgoing, settings)
        made._log(logging.DEBUG, "request begins", method=outgoing.method, path=request.path)
        if settings.log_bodies:
            made._log(logging.DEBUG, "request body", body=outgoing.hide(outgoing.content.decode(errors="replace")))
        return made

    def next(self, now: Moment) -> Wait | Go | LookUp:
        """Say whether the request may be sent now; raise where it may not be sent at all, or not again."""
        answer, settings = self._answer(now), self.settings
        while isinstance(answer, LookUp):
            known = settings.shelf.fresh(settings.registry_ttl, now.monotonic)
            if known is None:
                break
            self.informed(known, now)
            answer = self._answer(now)
        return answer

    def _answer(self, now: Moment) -> Wait | Go | LookUp:
        """Say the same, where the list of models may have to be looked at first."""
        if self._forecast is not None and self._forecast.is_wanted:
            return self._forecast.look_up(now)
        try:
            answer = self.passage.next(now)
        except OpenRouterError as error:
            if error.request_id is None:  # the policy's own, not that of an attempt before
                self._name_clock(error)
                if self._forecast is not None:
                    self._forecast.explain(error)
            self._log(logging.WARNING, "request failed", **described(error.with_facts(request_id=self.request_id)))
            raise
        if isinstance(answer, NeedPrices):
            self._forecast, self._needed = self._forecast or Forecast(self.outgoing, self.settings), answer
            return self._forecast.look_up(now)
        if self._failure is not None:
            delay = answer.seconds if isinstance(answer, Wait) else 0.0
            self._log(logging.WARNING, "attempt failed, there will be another", retry_delay=delay, **self._failure)
            self._failure = None
        if isinstance(answer, Go):
            self._go(answer, now)
        return answer

    def _go(self, answer: Go, now: Moment) -> None:
        """Begin an attempt."""
        self.sent_at = now.monotonic
        self.outgoing.waited, self.outgoing.unsent = 0.0, False
        self._head, self._reader = None, None
        if answer.model is not None:
            named, told = self.outgoing.facts.model, "the model's circuit is open, asking another"
            self._log(logging.WARNING, told, model=named, asked_instead=answer.model)
        if answer.max_tokens is not None:
            self._log(logging.INFO, "the answer is limited to what can be paid", max_tokens=answer.max_tokens)
        self.outgoing.amend(answer.model, answer.max_tokens)

    def informed(self, found: Catalogue | OpenRouterError, now: Moment) -> None:
        """Take the list of models that `next` asked for, or why there is none.

        Raises `InvalidArgumentError` for a request that the settings have refused by it.
        """
        forecast = self._forecast or Forecast(self.outgoing, self.settings)
        try:
            forecast.check(found, now)
        except InvalidArgumentError as error:
            self.passage.abandoned(NO_BILL, now)
            self._log(logging.WARNING, "request failed", **described(error.with_facts(request_id=self.request_id)))
            raise
        needed, self._needed = self._needed, None
        if needed is not None:
            self.passage.quoted(forecast.quote(found, needed.model, now))

    @property
    def ended(self) -> bool:
        """Whether there is nothing more to send or to read."""
        return self.passage.ended

    def head(self, status: int, headers: RawHeaders, now: Moment) -> HTTPInfo:
        """Take the status and headers of the reply."""
        if waited := self.outgoing.waited:
            # It had to wait for a place, and was sent later than the policy let it go.
            self.sent_at += waited
            self.passage.queued(waited)
        self._head = HTTPInfo(status, Headers(headers), self.passage.attempts, self.request_id, now.utc)
        return self._head

    def read(self, call: Call[T], head: HTTPInfo, body: bytes, now: Moment) -> T:
        """Read a whole reply; raise the error that it is or carries."""
        if not 200 <= head.status_code < 300:  # noqa: PLR2004 - the good statuses
            raise self.refusal(head, body)
        self.log_body(body)
        return call.parse(Reply(head, body, now.monotonic - self.sent_at, self.passage.model))

    def refusal(self, head: HTTPInfo, body: bytes) -> OpenRouterError:
        """Give the error that a reply with another status than expected is."""
        self.log_body(body)
        if head.status_code < 400:  # noqa: PLR2004 - redirects and the like
            from .core.addresses import shown_address  # noqa: PLC0415 - a service that moved is rare

            where = shown_address(head.headers.get("location", "nowhere"))
            message = f"The service answered with status {head.status_code}, pointing to {where}. Check the base URL."
            return APIStatusError(message).with_facts(status_code=head.status_code, headers=head.headers)
        try:
            content = decode_json(body)
        except ValueError:
            content = body.decode(errors="replace")
        from .core.envelope import error_from  # noqa: PLC0415 - most replies are good

        return error_from(content, status=head.status_code, headers=head.headers, utc=head.received_at)

    def log_body(self, body: bytes) -> None:
        """Log what came of a reply, if that is wanted."""
        if self.settings.log_bodies:
            self._log(logging.DEBUG, "reply body", body=self.outgoing.hide(body.decode(errors="replace")))

    def show(self, state: StreamState) -> None:
        """Let the caller of a stream see that it has begun."""
        state.phase, state.model = Phase.OPEN, self.passage.model

    def open(self, call: StreamCall[Any], head: HTTPInfo, state: StreamState) -> Reader[Any]:
        """Give the reader of a stream whose reply has begun."""
        self._reader = state.reader = call.reader(head, self.passage.model)
        state.http, state.model = head, self.passage.model
        return self._reader

    def is_announced(self, state: StreamState) -> bool:
        """Whether the caller is to learn that the reply has begun: once, if it asked for that."""
        announce, self._has_announced = state.announce and not self._has_announced, True
        return announce

    def delivered(self, state: StreamState, now: Moment) -> None:
        """Take note that the caller gets the first piece: from now on nothing is sent again."""
        state.first_token_after = now.monotonic - self.sent_at
        self.passage.delivered(now)

    def streamed(self, state: StreamState, now: Moment) -> None:
        """Take the good end of a stream."""
        state.phase = Phase.ENDED
        self.succeeded(state.completion, now)

    def succeeded(self, value: object, now: Moment) -> None:
        """Take the result of a whole reply, or of a stream that came to its end."""
        bill = self._bill(value)
        self.passage.succeeded(bill, now)
        if logger.isEnabledFor(logging.INFO):
            status, at = self._head.status_code if self._head else None, now.monotonic
            told = outcome(bill, status, at - self.sent_at, at - self.began_at.monotonic)
            self._log(logging.INFO, "request succeeded", **told)

    def _bill(self, value: object) -> Bill:
        """Give what is known of what a result took."""
        if not isinstance(value, Completion):
            generation_id = self._generation_id()
            return NO_BILL if generation_id is None else Bill(generation_id=generation_id)
        usage, cost = value.usage, None
        if usage is not None and (usage.cost is None or usage.is_byok):
            cost = self._cost(value, usage)
        return Bill(usage, value.provider, value.model, value.id or self._generation_id(), cost)

    def _generation_id(self) -> str | None:
        return None if self._head is None else self._head.generation_id

    def _cost(self, completion: Completion, usage: Usage) -> Cost | None:
        """Work out what a reply cost that is not simply what was billed, if the prices are at hand."""
        from .replies.costing import cost_of  # noqa: PLC0415 - most replies say what they cost

        catalogue = self.settings.shelf.catalogue
        pricing = None if catalogue is None else catalogue.pricing(completion.model or self.passage.model or "")
        return cost_of(usage, pricing, utc=self.began_at.utc)

    def failed(self, error: OpenRouterError, now: Moment) -> None:
        """Take the failure of an attempt: return if there is to be another, else raise."""
        error = self._complete(error)
        self._name_clock(error)
        if error.partial is not None and error.partial.latency is None:
            error.partial.latency = now.monotonic - self.sent_at
        self.outgoing.conceal(error)
        failure = {"attempt": self.passage.attempts, **described(error)}
        try:
            self.passage.failed(error, now, self._bill(error.partial))
        except OpenRouterError:
            self._log(logging.WARNING, "request failed", **failure)
            raise
        self._failure = failure
        if isinstance(error, AuthenticationError):
            key = self.settings.key()
            self.outgoing.renew(key)
            self.passage.rekeyed(key.fingerprint)

    def _complete(self, error: OpenRouterError) -> OpenRouterError:
        """Add what is known of the exchange to an error of a transport or a parser."""
        partial = self._reader.completion if self._reader is not None else None
        head = self._head
        cut = isinstance(error, APIConnectionError) and not isinstance(error, APITimeoutError)
        if head is not None and head.status_code >= 400 and isinstance(error, APIConnectionError | ResponseError):  # noqa: PLR2004 - the error statuses
            # The status alone says what it is, even if its body never came.
            refused = self.refusal(head, b"")
            refused.__cause__ = error
            error = refused
        elif cut and head is not None:
            interrupted = StreamInterruptedError(error.message)
            interrupted.__cause__ = error.__cause__
            error = interrupted
        if head is not None:
            error.with_facts(status_code=head.status_code, headers=head.headers, generation_id=head.generation_id)
        only_reads = not self.outgoing.facts.billable
        return error.with_facts(
            partial=partial, model=self.passage.model, request_id=self.request_id, only_reads=only_reads
        )

    def _name_clock(self, error: OpenRouterError) -> None:
        """Add to a time-out which clock ran out, where it stood, and which option moves it."""
        if isinstance(error, APITimeoutError):
            error.message = f"{error.message[:-1]}{self.outgoing.clocks.told(error.clock, self.began_at.monotonic)}."

    def leave(self, state: StreamState, now: Moment) -> None:
        """End a stream, however it ended."""
        if state.phase is Phase.OPEN:
            state.phase = Phase.FAILED
        if self.passage.attempts:
            state.latency = now.monotonic - self.sent_at
        self.close(now)

    def close(self, now: Moment) -> None:
        """End what has not ended otherwise: the caller left, or was cancelled. At the end of a program nothing is."""
        if not (self.passage.ended or is_finalizing()):
            partial = self._reader.completion if self._reader is not None else None
            bill, elapsed = self._bill(partial), now.monotonic - self.began_at.monotonic
            self.passage.abandoned(bill, now, unsent=self.outgoing.unsent)
            self._log(logging.INFO, "request abandoned", elapsed=elapsed, generation_id=bill.generation_id)

    def __del__(self) -> None:
        # Where an event loop was closed over it, nobody comes back to end it: what it holds would be held for ever.
        if not self.passage.ended:
            self.close(self.began_at)

    def _log(self, level: int, message: str, **facts: object) -> None:
        if logger.isEnabledFor(level):
            passage = self.passage
            request = {"request_id": self.request_id, "model": passage.model, "attempt": passage.attempts}
            record(logger, level, message, request, facts)
