"""The pace at which the service lets requests pass, as its refusals teach it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Final, NamedTuple

from .windows import AT_ONCE, MINUTE

GRACE: Final = 1.0
"""Seconds in which a refusal of the first one would be back: so long the others wait behind it."""
BELIEF: Final = 300.0
"""Seconds after which a number is tried again."""
IDLENESS: Final = 300.0
"""Seconds without a request after which a pace is forgotten."""
MARGIN: Final = 0.25
"""Seconds by which the way to the service may take longer for one request than for another, to begin with."""
MOST_MARGIN: Final = 2.0
TOLERANCE: Final = 2.0
"""Seconds that a moment which the service named may be off: on the way, and by rounding."""
LONGEST_WAIT: Final = 16.0
MOST_REQUESTS: Final = 10_000
"""A limit above this is not kept to: it would take a number for each request."""
_ROUNDING: Final = 1e-6
"""Seconds that sums of seconds may be off."""
_ROUNDED_MINUTE: Final = MINUTE + TOLERANCE


_UNITS: Final = {"s": 1.0, "m": MINUTE, "min": MINUTE, "h": 60 * MINUTE}
_INTERVAL: Final = re.compile(
    r"\s*(?P<number>[0-9]{1,9}(?:\.[0-9]{1,9})?)?\s*(?P<unit>s|min|m|h)\s*", re.IGNORECASE | re.ASCII
)


class Refusal(NamedTuple):
    """What a 429 of the platform said of a limit for a minute."""

    limit: int
    """Requests that may pass in a minute."""
    until: float
    """Second at which it said that the limit resets."""
    on_the_minute: bool = False
    """That is when a minute of the calendar begins."""


def refusal_from(reason: Mapping[str, object], until: float, now: float) -> Refusal | None:
    """Read what a 429 says of a limit; `None` where it is not one for a minute that names its number."""
    limit, resets_at = reason.get("limit_requests"), reason.get("resets_at")
    is_of_minute = reason.get("limit") == "minute" or (reason.get("limit") is None and until - now <= _ROUNDED_MINUTE)
    if not isinstance(limit, int) or not 0 < limit <= MOST_REQUESTS or not is_of_minute:
        return None
    on_the_minute = isinstance(resets_at, datetime) and not resets_at.second and not resets_at.microsecond
    return Refusal(limit, until, on_the_minute)


def requests_per_minute_of(rate_limit: Mapping[str, object] | None) -> int | None:
    """Read the `rate_limit` of a key, as `GET /key` gives it; `None`: it names no limit that a minute has.

    It has `requests`, and `interval`: a number with `s`, `m`, `min` or `h`, or one of these alone. -1 requests are
    no limit, which is all that the service says nowadays. What holds for longer than a minute is no pace: a whole day's
    requests may go in one minute.
    """
    given = rate_limit or {}
    requests, interval = given.get("requests"), given.get("interval")
    found = _INTERVAL.fullmatch(interval) if isinstance(interval, str) else None
    if not isinstance(requests, int) or isinstance(requests, bool) or requests < 1 or found is None:
        return None
    length = float(found["number"] or 1) * _UNITS[found["unit"].lower()]
    return int(requests * MINUTE / length) if 0 < length <= MINUTE else None


class Pace:
    """So many requests a minute, in the minutes of the service.

    **Which minutes.** A service counts in fixed windows, or it looks back over the last 60 s; it does not say which.
    What it names as the reset tells: one that looks back has room again when the oldest request that it counts is a
    minute old, and a fixed window ends when it ends. As long as both are possible the stricter one holds, which looks
    back: it passes either way, and lets as many pass in an hour. Fixed windows are believed in until a request is
    refused that had room in its own.

    **What is unknown.** Who looks back counts what departed before the number was known: these are handed in. Where
    the service counts more than that, others use the same account. What they sent is taken to become old evenly
    within the minute that follows.

    **After a refusal** one goes ahead when the limit resets, and the others follow a second later: where the reset was
    named too early, only that one is refused.

    **Its end.** After five minutes one more than the number may go, then two, four and so on, as long as they pass: so
    a limit that was raised is noticed, at the price of one refusal in five minutes where it was not.
    """

    __slots__ = (
        *("_believed_until", "_extra", "_heard", "_is_cautious", "_is_never_fixed", "_leader", "_learned_at", "_limit"),
        *("_margin", "_opens", "_reset", "_start", "_times", "_tried_at", "_tries", "_wait"),
    )

    def __init__(self, limit: int, departures: Iterable[float], now: float, *, tries: bool = True) -> None:
        self._limit = limit
        self._tries = tries
        """Being refused harms a request little, unless it says otherwise: it is sent again."""
        self._times = list(departures)
        """When what the service may still count departed, in order."""
        self._start: float | None = None
        """A moment at which a fixed window begins; `None`: it looks back."""
        self._is_never_fixed = False
        self._margin = MARGIN
        self._reset: float | None = None
        """What the last refusal named."""
        self._learned_at = AT_ONCE
        self._opens = AT_ONCE
        self._is_cautious = False
        self._leader: float | None = None
        """When the one departed that goes ahead."""
        self._heard: tuple[float, Refusal, float, bool] | None = None
        """A refusal that was not judged yet."""
        self._wait = 0.0
        """Seconds that are added to a reset that was named too early."""
        self._believed_until = now + BELIEF
        self._extra = 1
        self._tried_at: float | None = None
        """When more than the number began to be tried."""

    def believe(self, limit: int, now: float) -> None:
        """Take a number that was not named by a refusal."""
        self._limit = limit
        self._believed_until = now + BELIEF

    def free_at(self, position: int, now: float, max_retries: int | None) -> float:
        """Tell from which second on one may depart who lets `position` others go first.

        Who has no `max_retries` is never one more than the number. For places far behind this is the earliest possible
        second.
        """
        if self._heard is not None:
            if now < self._opens:
                return self._opens
            self._judge(*self._heard)
            self._heard = None
        tries = self._tries if max_retries is None else max_retries > 0
        allowed = self._limit + (self._extra if tries and now >= self._believed_until else 0)
        at = self._in_sliding(position, allowed, now) if self._start is None else self._in_fixed(position, allowed, now)
        return max(at, self._opens, AT_ONCE if self._leader is None else self._leader + GRACE)

    def depart(self, now: float) -> None:
        """Write down a departure."""
        self._is_cautious = self._is_cautious and self._leader is None
        self._leader = now if self._is_cautious else None
        if self._tried_at is not None and now >= self._tried_at + MINUTE:
            self._extra *= 2
            self._tried_at = None
        del self._times[: self._first(now - MOST_MARGIN)]  # a refusal may yet be on its way that speaks of them
        self._times.append(now)
        if now >= self._believed_until and self._tried_at is None and self._used(now) > self._limit:
            self._tried_at = now

    def refused(self, sent: float, refusal: Refusal, now: float) -> None:
        """Learn from a 429 that a request got which departed at `sent`."""
        with suppress(ValueError):
            self._times.remove(sent)  # the service does not count what it refuses
        self._limit = refusal.limit
        self._opens = max(self._opens, refusal.until)
        if sent < self._learned_at:
            return  # it was under way before anything was known, and says nothing of what was learned since
        was_first = self._is_cautious and sent == self._leader
        self._wait = min(2 * self._wait or GRACE, LONGEST_WAIT) if was_first else 0.0
        self._opens = max(self._opens, now + self._wait)
        self._heard = (sent, refusal, now, was_first)
        self._learned_at = now
        self._is_cautious, self._leader = True, None
        self._believed_until, self._extra, self._tried_at = now + BELIEF, 1, None

    def is_stale(self, now: float) -> bool:
        """Nothing was heard of it for so long that it may be forgotten."""
        latest = self._times[-1] if self._times else AT_ONCE
        return now > max(latest, self._learned_at, self._opens, self._believed_until - BELIEF) + IDLENESS

    def _judge(self, sent: float, refusal: Refusal, now: float, was_first: bool) -> None:  # noqa: FBT001 - kept as a tuple
        """Decide whether the service counts in fixed windows, or looks back.

        That waits until the limit resets: by then it is known which of those under way were refused as well.
        """
        had_room = not was_first and self._used(sent) < refusal.limit
        since, self._reset = None if self._reset is None else refusal.until - self._reset, refusal.until
        if self._start is not None and not had_room:
            self._start = self._opens
            return
        counted = self._times[self._first(sent) :]
        if self._start is not None:  # it is not fixed, or others take part: either way their minutes are not ours
            self._start, self._is_never_fixed = None, True
        elif not self._is_never_fixed:
            # What became a minute old a moment before, or while the request was on its way, made others the oldest.
            oldest = self._times[self._first(sent - MOST_MARGIN) : bisect_right(self._times, now - MINUTE) + 1]
            fits = any(abs(refusal.until - then - MINUTE) <= TOLERANCE for then in oldest)
            too_early = len(counted) >= refusal.limit and refusal.until < counted[0] + MINUTE
            repeats = since is not None and since > MINUTE / 2 and abs((since + 30) % MINUTE - 30) <= TOLERANCE
            if not fits and (too_early or repeats or refusal.on_the_minute):
                self._start = self._opens
                return
        if had_room:
            if refusal.until < now + TOLERANCE:
                self._margin = min(2 * self._margin, MOST_MARGIN)
            self._fill(refusal, now)

    def _fill(self, refusal: Refusal, now: float) -> None:
        """Add what others must have sent, if the service counts more than ours."""
        counted = self._times[self._first(now) :]
        missing = refusal.limit - len(counted)
        step = max(0.0, now + MINUTE - refusal.until) / max(1, missing)
        others = [min(now, refusal.until - MINUTE + number * step) for number in range(missing)]
        self._times = sorted([*counted, *others])

    def _first(self, now: float) -> int:
        """Give the place of the first departure that a service which looks back may still count."""
        return bisect_right(self._times, now - MINUTE - self._margin + _ROUNDING)

    def _window(self, start: float, now: float) -> float:
        """Give the second at which the present window began, as far as ours may count in it."""
        return start + (now - start) // MINUTE * MINUTE

    def _used(self, now: float) -> int:
        """Count the departures of the minute that it is at `now`."""
        if self._start is None:
            first = self._first(now)
        else:
            first = bisect_left(self._times, self._window(self._start, now) - self._margin)
        return bisect_right(self._times, now) - first

    def _in_sliding(self, position: int, allowed: int, now: float) -> float:
        first = self._first(now)
        unused = max(0, allowed - (len(self._times) - first))
        if position < unused or first == len(self._times):
            return AT_ONCE
        place = min(first + position - unused, len(self._times) - 1)
        return self._times[place] + MINUTE + self._margin

    def _in_fixed(self, position: int, allowed: int, now: float) -> float:
        begin = self._window(self._start or 0.0, now) + self._margin
        unused = max(0, allowed - self._used(now))
        if position < unused:
            return begin
        return begin + MINUTE * (1 + (position - unused) // allowed)
