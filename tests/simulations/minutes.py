"""Impatient workers, an account with a limit, and ten minutes that take no time."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count
from random import Random

from attrs import define, field, frozen

from openrouter.core.envelope import error_from
from openrouter.core.errors import OpenRouterError
from openrouter.core.wire import Moment
from openrouter.policy import Facts, Passage, Policy, Wait
from openrouter.policy.facts import NO_BILL, NeedPrices
from tests.simulations.accounts import MINUTE, Account

UTC = 1_800_000_000.0
"""A whole minute, in seconds since 1970."""
TRIP = (0.02, 0.2)
"""Seconds that a request, or a refusal, is on its way."""
REPLY = (1.0, 3.0)
"""Seconds that the model takes."""
KEY = "key"


@frozen(kw_only=True)
class Scene:
    """Who asks whom, for how long."""

    account: Callable[[], Account]
    policies: Callable[[Random], Callable[[], Policy]]
    """Gives, from a source of chance, what gives each worker its policy."""
    told: int | None = None
    """What the service says of the key before the first request."""
    model: str = "author/model"
    workers: int = 64
    minutes: int = 10
    begun_within: float = 0.0
    """Second within which the workers begin, one after the other by chance."""


@define
class Course:
    """What happened: the seconds at which requests passed and were refused, and how many calls failed for good."""

    limit: int
    minutes: int
    passed: list[float] = field(factory=list[float])
    refused: list[float] = field(factory=list[float])
    failed: int = 0

    @property
    def share(self) -> float:
        """How much of the limit was used; a little more than all of it where the minutes of the account are others."""
        return len(self.passed) / (self.limit * self.minutes)

    def refused_by_minute(self) -> list[int]:
        return _by_minute(self.refused, self.minutes)

    def passed_by_minute(self) -> list[int]:
        return _by_minute(self.passed, self.minutes)


def _by_minute(times: list[float], minutes: int) -> list[int]:
    return [sum(time // MINUTE == minute for time in times) for minute in range(minutes)]


def simulate(scene: Scene, seed: int = 1) -> Course:
    """Run the scene. The same seed gives the same course."""
    return _Run(scene, Random(seed)).course


class _Run:
    """An event queue: what is due next happens next, whatever time it is."""

    def __init__(self, scene: Scene, chance: Random) -> None:
        self.account = scene.account()
        self.course = Course(self.account.limit, scene.minutes)
        self._chance = chance
        self._model = scene.model
        self._policy = scene.policies(chance)
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()
        self._now = 0.0
        for _ in range(scene.workers):
            policy = self._policy()
            if scene.told is not None:
                policy.learn(KEY, scene.told, self._moment())
            self._at(chance.uniform(0, scene.begun_within), _later(self._begin, policy))
        while self._due and self._due[0][0] < scene.minutes * MINUTE:
            self._now, _, event = heapq.heappop(self._due)
            event()

    def _at(self, seconds: float, event: Callable[[], None]) -> None:
        heapq.heappush(self._due, (self._now + seconds, next(self._numbers), event))

    def _moment(self) -> Moment:
        return Moment(self._now, UTC + self._now)

    def _begin(self, policy: Policy) -> None:
        """Ask at once, as soon as there is an answer."""
        self._ask(policy, policy.begin(Facts(key=KEY, model=self._model), self._moment()))

    def _ask(self, policy: Policy, passage: Passage) -> None:
        try:
            answer = passage.next(self._moment())
        except OpenRouterError:
            self._lose(policy)
            return
        assert not isinstance(answer, NeedPrices)
        if isinstance(answer, Wait):
            self._at(answer.seconds, lambda: self._ask(policy, passage))
        else:
            self._at(self._chance.uniform(*TRIP), lambda: self._arrive(policy, passage))

    def _arrive(self, policy: Policy, passage: Passage) -> None:
        resets = self.account.arrive(self._now)
        if resets is None:
            self.course.passed.append(self._now)
            self._at(self._chance.uniform(*REPLY), lambda: self._reply(policy, passage))
        else:
            self.course.refused.append(self._now)
            self._at(self._chance.uniform(*TRIP), lambda: self._refuse(policy, passage, resets))

    def _reply(self, policy: Policy, passage: Passage) -> None:
        passage.succeeded(NO_BILL, self._moment())
        self._begin(policy)

    def _refuse(self, policy: Policy, passage: Passage, resets: float) -> None:
        headers = {"X-RateLimit-Limit": str(self.account.limit), "X-RateLimit-Remaining": "0"}
        headers["X-RateLimit-Reset"] = str(round((UTC + resets) * 1000))
        body = {"error": {"code": 429, "message": "Rate limit exceeded: requests-per-minute"}}
        try:
            passage.failed(error_from(body, status=429, headers=headers, utc=UTC + self._now), self._moment())
        except OpenRouterError:
            self._lose(policy)
        else:
            self._ask(policy, passage)

    def _lose(self, policy: Policy) -> None:
        """Note a call that failed for good. Its worker wants the next answer at once."""
        self.course.failed += 1
        self._begin(policy)


def _later(begin: Callable[[Policy], None], policy: Policy) -> Callable[[], None]:
    return lambda: begin(policy)
