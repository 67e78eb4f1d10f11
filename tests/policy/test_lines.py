"""Whoever waits for a limit gets a turn, in order, and does not ask all the time."""

from __future__ import annotations

import heapq
from collections import deque

import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from openrouter.policy import Facts, Passage, Policy, RateLimit, Wait
from openrouter.policy.facts import NO_BILL
from tests.policy.situations import FREE, a_passage, at, limited, send, wait_of


class Waiters:
    """Run passages as a driver would, on a clock of its own."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.asked = 0
        self.now = 0.0
        self.gone: list[tuple[int, float]] = []
        self._due: list[tuple[float, int, Passage]] = []

    def begin(self, number: int, **facts: object) -> Passage:
        passage = self.policy.begin(Facts(**facts), at(self.now))  # type: ignore[arg-type] # parametrized
        self._ask(number, passage)
        return passage

    def run(self, until: float = 1e9) -> None:
        while self._due and self._due[0][0] <= until:
            due, number, passage = heapq.heappop(self._due)
            self.now = max(self.now, due)
            if not passage.ended:
                self._ask(number, passage)

    def _ask(self, number: int, passage: Passage) -> None:
        self.asked += 1
        answer = passage.next(at(self.now))
        if isinstance(answer, Wait):
            heapq.heappush(self._due, (self.now + answer.seconds, number, passage))
        else:
            self.gone.append((number, self.now))


@pytest.mark.parametrize(
    ("limits", "facts", "duration"),
    [
        ({"requests_per_minute": 600}, {"model": "a"}, 60),
        ({"min_interval": 0.1}, {"model": "a"}, 100),
        ({"tokens_per_minute": 6000}, {"model": "a", "tokens": 10}, 60),
        ({"models": {"a": RateLimit(requests_per_minute=600)}}, {"model": "a"}, 60),
        ({"requests_per_minute": 600, "free_requests_per_minute": 5000}, {"model": FREE}, 60),
        ({"requests_per_minute": 600, "min_interval": 0.05}, {"model": "a"}, 80),
    ],
)
def test_a_thousand_leave_in_order_on_time_and_without_asking_all_the_time(
    limits: dict[str, object], facts: dict[str, object], duration: float
) -> None:
    waiters = Waiters(limited(**limits))
    for number in range(1000):
        waiters.begin(number, **facts)
    waiters.run()
    assert [number for number, _ in waiters.gone] == list(range(1000))
    assert duration - 1 <= waiters.now <= duration * 1.05 + 1
    assert waiters.asked < 1000 * (duration + 1) * 1.5


def test_the_ones_behind_lose_about_a_second_when_those_in_front_give_up() -> None:
    waiters = Waiters(limited(requests_per_minute=100))
    passages = [waiters.begin(number, model="a") for number in range(700)]
    waiters.run(until=30)
    for passage in passages[100:600]:
        passage.abandoned(NO_BILL, at(waiters.now))
    waiters.run()
    assert [number for number, _ in waiters.gone[100:]] == list(range(600, 700))
    assert waiters.now <= 61.2


@settings(max_examples=40)
@given(
    arrivals=st.lists(st.tuples(st.floats(0, 20), st.sampled_from(["a", "b", FREE]), st.integers(0, 40)), max_size=40),
    gives_up=st.sets(st.integers(0, 39)),
)
def test_everyone_who_stays_gets_a_turn(arrivals: list[tuple[float, str, int]], gives_up: set[int]) -> None:
    limit = RateLimit(
        requests_per_minute=5,
        tokens_per_minute=100,
        min_interval=0.5,
        free_requests_per_minute=2,
        models={"b": RateLimit(requests_per_minute=2, tokens_per_minute=50)},
    )
    waiters = Waiters(Policy(rate_limit=limit))
    for number, (gap, model, tokens) in enumerate(arrivals):
        waiters.run(until=waiters.now + gap)
        waiters.now += gap
        passage = waiters.begin(number, model=model, tokens=tokens)
        if number in gives_up and not passage.attempts:
            passage.abandoned(NO_BILL, at(waiters.now))
            arrivals[number] = (gap, "gone", tokens)
    waiters.run()
    for model in ("a", "b", FREE):
        stayed = [number for number, arrival in enumerate(arrivals) if arrival[1] == model]
        assert [number for number, _ in waiters.gone if arrivals[number][1] == model] == stayed
    times = [time for _, time in waiters.gone]
    assert all(late >= early + 60 for early, late in zip(times, times[5:], strict=False))
    assert waiters.now <= 20 * len(arrivals) + 61 * (len(arrivals) + 1)


class LineMachine(RuleBasedStateMachine):
    """Random arrivals, cancellations and clock steps under one common limit of three a minute."""

    def __init__(self) -> None:
        super().__init__()
        self.policy = limited(requests_per_minute=3)
        self.now = 0.0
        self.latest = 0.0
        self.line: list[Passage] = []
        self.gone: deque[float] = deque(maxlen=4)

    @rule(seconds=st.one_of(st.floats(0, 5), st.floats(-1, 80)))
    def step_the_clock(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def arrive(self) -> None:
        self.line.append(a_passage(self.policy, self.now))
        self._ask(len(self.line) - 1)

    @precondition(lambda self: self.line)
    @rule(data=st.data())
    def ask(self, data: st.DataObject) -> None:
        self._ask(data.draw(st.integers(0, len(self.line) - 1)))

    @precondition(lambda self: self.line)
    @rule(data=st.data())
    def give_up(self, data: st.DataObject) -> None:
        passage = self.line.pop(data.draw(st.integers(0, len(self.line) - 1)))
        passage.abandoned(NO_BILL, at(self.now))

    def _ask(self, place: int) -> None:
        self.latest = max(self.latest, self.now)  # the policy knows the moments that it was told
        in_last_minute = sum(then + 60 > self.latest for then in self.gone)
        wait = wait_of(self.line[place], self.now)
        assert (wait == 0) is (place == 0 and in_last_minute < 3)
        if wait == 0:
            self.line.pop(place)
            self.gone.append(self.latest)
        else:
            free = self.gone[-3] + 60 if in_last_minute == 3 else self.latest
            # To within rounding: no waits past a second after the first may go, and the first waits no longer.
            assert self.latest + wait <= max(free, self.latest) + (1.0 if place else 0.0) + 1e-9

    @invariant()
    def no_minute_has_more_than_three(self) -> None:
        if len(self.gone) == 4:
            assert self.gone[3] >= self.gone[0] + 60

    def teardown(self) -> None:
        for passage in self.line:
            passage.abandoned(NO_BILL, at(self.now))
        later = max(self.latest, self.now) + 60
        send(self.policy, later, 3)
        assert wait_of(a_passage(self.policy, later), later) == pytest.approx(60)


TestTheLine = LineMachine.TestCase
