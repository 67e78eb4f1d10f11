"""Requests leave in order and never faster than allowed."""

from __future__ import annotations

import heapq
from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from openrouter.core.errors import APITimeoutError, CircuitOpenError, RateLimitError, ServerError
from openrouter.core.wire import Moment
from openrouter.policy import CircuitBreaker, Facts, Go, Passage, Policy, RateLimit, Retry, Wait
from openrouter.types.chat import Usage

FREE = "a/b:free"


def at(seconds: float) -> Moment:
    return Moment(seconds, 1.7e9 + seconds)


def a_policy(**limits: object) -> Policy:
    return Policy(retry=Retry(random=lambda: 0.0), rate_limit=RateLimit(**limits))  # type: ignore[arg-type] # parametrized


def a_passage(policy: Policy, now: float = 0, model: str | None = "a/b", key: str = "k", tokens: int = 0) -> Passage:
    return policy.begin(Facts(key=key, model=model, tokens=tokens), at(now))


def wait_of(passage: Passage, now: float) -> float:
    """Seconds that the passage is told to wait; 0.0 if it went."""
    answer = passage.next(at(now))
    return answer.seconds if isinstance(answer, Wait) else 0.0


def send(policy: Policy, now: float, count: int, model: str | None = "a/b", key: str = "k") -> None:
    for _ in range(count):
        assert wait_of(a_passage(policy, now, model, key), now) == 0


def a_429(seconds: float | None, *, platform: bool = True) -> RateLimitError:
    error = RateLimitError("Slower.")
    error.status_code, error.platform, error.retry_after = 429, platform, seconds
    return error


def hit_the_limit(policy: Policy, now: float, seconds: float | None, model: str | None, *, platform: bool) -> None:
    """Let one request fail with a 429 that is not retried."""
    passage = policy.begin(Facts(key="k", model=model, max_retries=0), at(now))
    assert passage.next(at(now)) == Go()
    error = a_429(seconds, platform=platform)
    with pytest.raises(RateLimitError):
        passage.failed(error, at(now))


def test_without_limits_everyone_goes() -> None:
    send(a_policy(), 0, 1000)
    send(Policy(rate_limit=None), 0, 1000, FREE)
    send(a_policy(requests_per_minute=0, tokens_per_minute=0, free_requests_per_minute=0), 0, 1000, FREE)


def test_a_minute_after_the_first_the_next_may_go() -> None:
    policy = a_policy(requests_per_minute=2)
    send(policy, 0, 1)
    send(policy, 10, 1)
    third = a_passage(policy, 11)
    assert wait_of(third, 11) == 49
    assert wait_of(third, 59.5) == 0.5
    assert third.next(at(60)) == Go()
    assert wait_of(a_passage(policy, 60), 60) == 10


def test_there_is_an_interval_between_requests() -> None:
    policy = a_policy(min_interval=5)
    send(policy, 0, 1)
    second, third = a_passage(policy), a_passage(policy)
    assert wait_of(second, 1) == 4
    assert wait_of(third, 1) == pytest.approx(5.0)  # a second after the second may go, not later
    assert second.next(at(5)) == Go()
    assert wait_of(third, 6) == 4
    assert third.next(at(10)) == Go()


def test_free_models_share_twenty_a_minute_for_each_key() -> None:
    policy = a_policy()
    send(policy, 0, 10, FREE)
    send(policy, 0, 10, "other:free")
    assert wait_of(a_passage(policy, 0, FREE), 0) == 60
    send(policy, 0, 20, FREE, key="another")
    send(policy, 0, 100, "a/b")


def test_a_model_has_its_own_limit_beside_the_common_one() -> None:
    policy = a_policy(requests_per_minute=5, models={"slow": RateLimit(requests_per_minute=1), "free": RateLimit()})
    send(policy, 0, 1, "slow")
    assert wait_of(a_passage(policy, 0, "slow"), 0) == 60
    send(policy, 0, 3, "free")
    send(policy, 0, 1, None)
    assert wait_of(a_passage(policy, 0, "free"), 0) == 60


def test_who_waits_for_a_narrow_limit_is_in_nobodys_way() -> None:
    policy = a_policy(requests_per_minute=10, models={"slow": RateLimit(requests_per_minute=1)})
    send(policy, 0, 1, "slow")
    waiting = [a_passage(policy, 0, "slow") for _ in range(5)]
    assert all(wait_of(passage, 0) > 0 for passage in waiting)
    send(policy, 0, 9, "a/b")


def test_who_waits_in_a_wide_line_leaves_it_when_the_narrow_one_closes() -> None:
    policy = a_policy(requests_per_minute=2)
    send(policy, 0, 1)
    sent = a_passage(policy, 0, "limited")
    assert sent.next(at(0)) == Go()
    first, second = a_passage(policy, 0, "limited"), a_passage(policy, 0, "a/b")
    assert wait_of(first, 1) == 59
    assert wait_of(second, 2) > 0
    sent.failed(a_429(100), at(3))
    assert wait_of(first, 60) == 43
    assert second.next(at(60)) == Go()
    assert first.next(at(103)) == Go()


def test_who_stands_behind_one_that_waits_for_a_wider_limit_does_not_ask_all_the_time() -> None:
    policy = a_policy(requests_per_minute=1)
    send(policy, 0, 1)
    assert [round(wait_of(a_passage(policy, 0, FREE), 0)) for _ in range(3)] == [60, 60, 60]


def test_a_small_request_behind_a_large_one_does_not_ask_all_the_time() -> None:
    policy = a_policy(tokens_per_minute=100)
    assert wait_of(a_passage(policy, tokens=60), 0) == 0
    assert wait_of(a_passage(policy, tokens=90), 0) == 1
    assert wait_of(a_passage(policy, tokens=1), 0) == 1


def test_tokens_are_reserved_by_estimate_and_corrected_at_the_end() -> None:
    policy = a_policy(tokens_per_minute=100)
    first, second = a_passage(policy, tokens=80), a_passage(policy, tokens=80)
    assert first.next(at(0)) == Go()
    assert wait_of(second, 0) == 1
    first.succeeded(Usage(prompt_tokens=5, completion_tokens=15), at(1))
    assert second.next(at(1)) == Go()
    second.succeeded(Usage(total_tokens=500), at(2))
    third = a_passage(policy, 2, tokens=1)
    assert wait_of(third, 2) == 1
    assert wait_of(third, 60.5) == pytest.approx(0.5)
    assert third.next(at(61)) == Go()


def test_a_request_larger_than_the_limit_goes_alone() -> None:
    policy = a_policy(tokens_per_minute=100)
    assert wait_of(a_passage(policy, tokens=1), 0) == 0
    huge, small = a_passage(policy, tokens=500), a_passage(policy, tokens=1)
    assert wait_of(huge, 0) == 1
    assert wait_of(small, 0) == 1
    assert huge.next(at(60)) == Go()
    assert wait_of(small, 60) == 1
    assert small.next(at(120)) == Go()


@pytest.mark.parametrize(
    ("is_refused", "room"),
    [(True, 0.0), (False, 1.0)],
)
def test_a_refused_attempt_gives_its_tokens_back(*, is_refused: bool, room: float) -> None:
    policy = a_policy(tokens_per_minute=100)
    passage = a_passage(policy, tokens=100)
    assert passage.next(at(0)) == Go()
    if is_refused:
        error = ServerError("Failed.")
        error.status_code = 500
        passage.failed(error, at(0))
    passage.abandoned(None, at(0))
    assert wait_of(a_passage(policy, tokens=100), 0) == room


def test_a_retry_asks_for_its_turn_again() -> None:
    policy = a_policy(requests_per_minute=1)
    passage = a_passage(policy)
    assert passage.next(at(0)) == Go()
    error = ServerError("Failed.")
    error.status_code = 500
    passage.failed(error, at(1))
    assert wait_of(passage, 1) == 59
    assert passage.next(at(60)) == Go()


def test_a_429_of_the_platform_holds_back_that_key_and_model() -> None:
    policy = a_policy()
    hit_the_limit(policy, 0, 30, "a/b", platform=True)
    waiting = a_passage(policy, 0, "a/b")
    assert wait_of(waiting, 0) == 30
    send(policy, 0, 1, "another")
    send(policy, 0, 1, "a/b", key="another")
    send(policy, 0, 1, None)
    assert waiting.next(at(30)) == Go()


def test_a_429_of_the_platform_for_a_free_model_holds_back_all_free_ones() -> None:
    policy = a_policy(free_requests_per_minute=None)
    hit_the_limit(policy, 0, 30, FREE, platform=True)
    assert wait_of(a_passage(policy, 0, "other:free"), 0) == 30
    send(policy, 0, 1, "other:free", key="another")


def test_an_earlier_end_does_not_shorten_a_closure() -> None:
    policy = a_policy()
    passages = [a_passage(policy) for _ in range(2)]
    for passage in passages:
        passage.next(at(0))
    for seconds, passage in zip((50.0, 20.0), passages, strict=True):
        passage.failed(a_429(seconds), at(0))
    assert wait_of(a_passage(policy, 1), 1) == 49


@pytest.mark.parametrize(
    ("model", "seconds", "platform", "rate_limit"),
    [
        ("a/b", 30.0, False, RateLimit()),
        ("a/b", None, True, RateLimit()),
        (None, 30.0, True, RateLimit()),
        ("a/b", 30.0, True, None),
    ],
)
def test_other_429s_hold_nobody_back(
    model: str | None, seconds: float | None, rate_limit: RateLimit | None, *, platform: bool
) -> None:
    policy = Policy(rate_limit=rate_limit)
    hit_the_limit(policy, 0, seconds, model, platform=platform)
    send(policy, 0, 1, model)


def test_what_would_wait_too_long_is_refused_at_once() -> None:
    policy = a_policy()
    hit_the_limit(policy, 0, 3600, FREE, platform=True)
    passage = a_passage(policy, 10, FREE)
    with pytest.raises(RateLimitError, match=r"^Not sent: .*Try again in 3590 s\.$") as caught:
        passage.next(at(10))
    assert caught.value.retry_after == 3590
    assert caught.value.platform
    assert passage.ended
    assert policy.ledger.totals(at(10)).refused == 1


def test_what_would_wait_beyond_its_deadline_is_refused_at_once() -> None:
    policy = a_policy()
    hit_the_limit(policy, 0, 30, "a/b", platform=True)
    passage = policy.begin(Facts(key="k", model="a/b", deadline=20), at(0))
    with pytest.raises(RateLimitError, match="Not sent"):
        passage.next(at(0))


def test_waiting_ends_with_the_deadline() -> None:
    policy = a_policy(requests_per_minute=1)
    send(policy, 0, 1)
    passage = policy.begin(Facts(model="a/b", deadline=20), at(0))
    assert wait_of(passage, 5) == 15
    with pytest.raises(APITimeoutError, match=r"^Not sent: the deadline") as caught:
        passage.next(at(20))
    assert not caught.value.sent
    assert wait_of(a_passage(policy, 59), 59) == 1


def test_who_is_refused_while_waiting_leaves_the_line() -> None:
    policy = Policy(
        retry=Retry(max_retries=0),
        rate_limit=RateLimit(requests_per_minute=1),
        circuit_breaker=CircuitBreaker(failures=1),
    )
    sent, waiting = a_passage(policy), a_passage(policy)
    sent.next(at(0))
    assert wait_of(waiting, 0) > 0
    with pytest.raises(ServerError):
        sent.failed(ServerError("Failed."), at(59))
    with pytest.raises(CircuitOpenError):
        waiting.next(at(59))
    send(policy, 60, 1, "another")


def test_time_does_not_run_back_where_threads_read_the_clock_before_their_turn() -> None:
    policy = a_policy(requests_per_minute=1)
    send(policy, 100, 1)
    assert wait_of(a_passage(policy, 90), 90) == 60


def test_scopes_of_keys_that_are_gone_are_forgotten() -> None:
    policy = a_policy()
    kept = a_passage(policy, 0, FREE, "kept")
    send(policy, 0, 20, FREE, "kept")
    assert wait_of(kept, 0) == 60
    for number in range(3000):
        send(policy, number / 10, 1, FREE, f"key {number}")
    assert kept.next(at(300)) == Go()


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
    waiters = Waiters(a_policy(**limits))
    for number in range(1000):
        waiters.begin(number, **facts)
    waiters.run()
    assert [number for number, _ in waiters.gone] == list(range(1000))
    assert duration - 1 <= waiters.now <= duration * 1.05 + 1
    assert waiters.asked < 1000 * (duration + 1) * 1.5


def test_the_ones_behind_lose_about_a_second_when_those_in_front_give_up() -> None:
    waiters = Waiters(a_policy(requests_per_minute=100))
    passages = [waiters.begin(number, model="a") for number in range(700)]
    waiters.run(until=30)
    for passage in passages[100:600]:
        passage.abandoned(None, at(waiters.now))
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
            passage.abandoned(None, at(waiters.now))
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
        self.policy = a_policy(requests_per_minute=3)
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
        passage.abandoned(None, at(self.now))

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
            passage.abandoned(None, at(self.now))
        later = max(self.latest, self.now) + 60
        send(self.policy, later, 3)
        assert wait_of(a_passage(self.policy, later), later) == pytest.approx(60)


TestTheLine = LineMachine.TestCase
