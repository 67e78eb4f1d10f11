"""A 429 of the platform that names its limit teaches the pace: all of it is used, and nothing more is sent."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings, strategies as st

from openrouter.core.errors import RateLimitError, ServerError
from openrouter.policy import Facts, Go, Passage, Policy, RateLimit, Retry
from openrouter.policy.facts import NO_BILL
from openrouter.policy.learned import MARGIN, MOST_REQUESTS, Pace, Refusal, refusal_from, requests_per_minute_of
from tests.policy.situations import FREE, a_429, a_500, a_passage, at, limited, wait_of

MOMENT = datetime(2026, 11, 22, 10, 0, 7, tzinfo=UTC)


def a_minute_429(requests: int | None, seconds: float, message: str = "Slower.") -> RateLimitError:
    error = a_429(seconds)
    error.limit, error.limit_requests, error.resets_at = "minute", requests, MOMENT
    error.message = message
    return error


def of_a_provider(error: RateLimitError) -> RateLimitError:
    error.platform = False
    return error


def go(policy: Policy, now: float, model: str = "a/b", max_retries: int | None = None) -> Passage:
    passage = policy.begin(Facts(key="k", model=model, max_retries=max_retries), at(now))
    assert passage.next(at(now)) == Go()
    return passage


def taught(policy: Policy, error: RateLimitError, passed: Iterable[float], now: float, model: str = "a/b") -> None:
    """Let requests pass at these seconds, and the one after them be refused at `now`."""
    for moment in passed:
        go(policy, moment, model).succeeded(NO_BILL, at(moment))
    with pytest.raises(RateLimitError):
        go(policy, now, model, max_retries=0).failed(error, at(now))


def would_wait(policy: Policy, now: float, model: str = "a/b", key: str = "k") -> float:
    """Seconds that a request would be told to wait; it does not."""
    passage = a_passage(policy, now, model, key)
    wait = wait_of(passage, now)
    passage.abandoned(NO_BILL, at(now))
    return wait


def gone_by(policy: Policy, now: float, until: float, model: str = "a/b", max_retries: int = 0) -> list[float]:
    """Give the seconds at which an impatient worker's requests leave, asked for without end."""
    gone: list[float] = []
    while now < until:
        passage = policy.begin(Facts(key="k", model=model, max_retries=max_retries), at(now))
        while (wait := wait_of(passage, now)) > 0:
            now += wait
            assert now < 10 * until + 1000
        passage.succeeded(NO_BILL, at(now))
        gone.append(now)
    return [moment for moment in gone if moment < until]


def test_who_looks_back_has_room_when_the_oldest_is_a_minute_old() -> None:
    policy = limited()
    taught(policy, a_minute_429(3, 59.0), [0, 10, 20], 21)  # resets at 80: no, at 60 + what it took to get there
    assert gone_by(policy, 21, 141)[:3] == pytest.approx([80, 81, 81])
    policy = limited()
    taught(policy, a_minute_429(3, 39.1), [0, 10, 20], 21)
    assert gone_by(policy, 21, 145) == pytest.approx([60.25, 70.25, 80.25, 120.5, 130.5, 140.5])


def test_a_fixed_minute_is_known_by_a_reset_that_comes_too_early_for_looking_back() -> None:
    policy = limited()
    taught(policy, a_minute_429(3, 5.0), [30, 30, 30], 30)
    # One goes ahead; then all that the minute holds may go at once, and in every minute that begins with it.
    assert gone_by(policy, 30, 160) == pytest.approx([35.25, 36.25, 36.25, 95.25, 95.25, 95.25, 155.25, 155.25, 155.25])


def test_a_reset_on_the_minute_is_that_of_a_fixed_one() -> None:
    policy = limited()
    error = a_minute_429(3, 20.0)
    error.resets_at = MOMENT.replace(second=0)
    taught(policy, error, [], 40)  # a process that has just begun: who sent the three is not known here
    assert gone_by(policy, 40, 125) == pytest.approx([60.25, 61.25, 61.25, 120.25, 120.25, 120.25])


def test_what_others_sent_is_taken_to_become_old_evenly() -> None:
    policy = limited()
    taught(policy, a_minute_429(4, 20.0), [], 40)
    gone = gone_by(policy, 40, 200)
    assert gone[:4] == pytest.approx([60.25, 70.25, 80.25, 90.25])
    assert len(gone) >= 8


def test_resets_that_are_whole_minutes_apart_are_those_of_fixed_minutes() -> None:
    policy = limited()
    taught(policy, a_minute_429(2, 20.0), [], 40)
    go(policy, 70).succeeded(NO_BILL, at(70))
    taught(policy, a_minute_429(2, 20.0), [], 100)
    # Had the service looked back, the one of second 70 would be the oldest.
    assert gone_by(policy, 100, 185) == pytest.approx([120.25, 121.25, 180.25, 180.25])


def test_a_fixed_minute_is_given_up_when_one_is_refused_that_had_room() -> None:
    policy = limited()
    taught(policy, a_minute_429(3, 5.0), [30, 30, 30], 30)
    for moment in (35.25, 36.25):
        go(policy, moment).succeeded(NO_BILL, at(moment))
    taught(policy, a_minute_429(3, 58.0), [], 37.25)
    error = a_minute_429(3, 20.0)
    error.resets_at = MOMENT.replace(second=0)
    taught(policy, error, [], 100)  # it stays given up, whatever the reset looks like
    gone = gone_by(policy, 101, 320)
    assert len(gone) >= 9
    assert all(late >= early + 60 for early, late in zip(gone, gone[3:], strict=False))


def test_the_one_that_goes_ahead_finds_out_that_the_reset_was_named_too_early() -> None:
    policy = limited()
    taught(policy, a_minute_429(3, 5.0), [30, 30, 30], 30)
    for moment in (35.25, 36.5, 38.75):
        taught(policy, a_minute_429(3, 0.0), [], moment)
    assert gone_by(policy, 39, 105) == pytest.approx([43.0, 44.0, 44.0, 103.0, 103.0, 103.0])


def test_what_was_under_way_counts_and_what_was_refused_does_not() -> None:
    policy = limited()
    passages = [go(policy, 0, max_retries=0) for _ in range(5)]
    for passage in passages[3:]:
        with pytest.raises(RateLimitError):
            passage.failed(a_minute_429(3, 59.8), at(0.2))
    assert gone_by(policy, 1, 119) == pytest.approx([60.25, 61.25, 61.25])


def test_refusals_of_what_was_under_way_teach_nothing_twice() -> None:
    policy = limited()
    passages = [go(policy, 0, max_retries=0) for _ in range(8)]
    for number, passage in enumerate(passages[3:]):
        with pytest.raises(RateLimitError):
            passage.failed(a_minute_429(3, 59.9 - number / 10), at(0.1 + number / 10))
    assert gone_by(policy, 1, 119) == pytest.approx([60.25, 61.25, 61.25])


def test_a_refusal_that_was_long_on_its_way_changes_nothing_any_more() -> None:
    policy = limited()
    passages = [go(policy, 0, max_retries=0) for _ in range(6)]
    with pytest.raises(RateLimitError):
        passages[4].failed(a_minute_429(4, 59.8), at(0.2))
    for moment in (60.25, 61.25):
        go(policy, moment).succeeded(NO_BILL, at(moment))
    with pytest.raises(RateLimitError):
        passages[5].failed(a_minute_429(4, 0.0), at(61.4))
    assert gone_by(policy, 61.5, 100) == [61.5, 61.5]


def test_a_service_that_is_reached_sooner_at_times_gets_more_time() -> None:
    policy = limited()
    taught(policy, a_minute_429(1, 59.9), [0], 0.1)
    go(policy, 60.25).succeeded(NO_BILL, at(60.25))
    taught(policy, a_minute_429(1, 0.1), [], 120.5)
    assert gone_by(policy, 121, 245) == pytest.approx([121, 181.5, 242])


def test_the_users_own_limit_stays_the_most() -> None:
    policy = limited(free_requests_per_minute=2)
    taught(policy, a_minute_429(10, 30.0), [], 30, FREE)
    gone = gone_by(policy, 60, 200, FREE)
    assert all(late >= early + 60 for early, late in zip(gone, gone[2:], strict=False))


@pytest.mark.parametrize(
    ("error", "model"),
    [
        (a_minute_429(None, 10.0), "a/b"),
        (a_minute_429(0, 10.0), "a/b"),
        (a_minute_429(MOST_REQUESTS + 1, 10.0), "a/b"),
    ],
)
def test_without_a_number_that_can_be_kept_the_end_is_kept_alone(error: RateLimitError, model: str) -> None:
    policy = limited()
    taught(policy, error, [0], 1, model)
    assert would_wait(policy, 1, model) == 10
    assert [wait_of(a_passage(policy, 11, model), 11) for _ in range(100)] == [0] * 100


def test_a_limit_of_a_day_is_no_pace() -> None:
    policy = limited()
    error = a_minute_429(2, 30.0)
    error.limit = "daily"
    taught(policy, error, [0], 1)
    assert [wait_of(a_passage(policy, 31), 31) for _ in range(10)] == [0] * 10


def test_a_policy_without_rate_limits_learns_nothing() -> None:
    policy = Policy(rate_limit=None)
    taught(policy, a_minute_429(2, 30.0), [0], 1)
    policy.learn("k", 2, at(1))
    assert [wait_of(a_passage(policy, 1), 1) for _ in range(10)] == [0] * 10


def test_only_that_key_and_model_are_slowed_down() -> None:
    policy = limited()
    taught(policy, a_minute_429(1, 30.0), [0], 1)
    assert [wait_of(a_passage(policy, 1, "another"), 1) for _ in range(10)] == [0] * 10
    assert [wait_of(a_passage(policy, 1, key="another"), 1) for _ in range(10)] == [0] * 10


def test_a_429_that_speaks_of_the_key_is_for_all_its_models() -> None:
    policy = limited()
    go(policy, 0, "c/d").succeeded(NO_BILL, at(0))
    taught(policy, a_minute_429(2, 59.5, "Rate limit exceeded: 2 requests per minute per key."), [], 1)
    assert would_wait(policy, 1, "e/f") > 0
    assert would_wait(policy, 1, key="another") == 0
    refused = policy.begin(Facts(key="k", model="c/d", deadline=20), at(1))
    with pytest.raises(RateLimitError, match="Not sent") as caught:
        refused.next(at(1))
    assert caught.value.limit_requests == 2
    gone = gone_by(policy, 2, 180, "g/h")
    assert all(late >= early + 60 for early, late in zip(gone, gone[2:], strict=False))


def test_of_two_limits_the_one_that_ends_last_is_told() -> None:
    policy = limited()
    passages = [go(policy, 0, max_retries=0) for _ in range(2)]
    for passage, error in zip(passages, (a_minute_429(2, 50), a_minute_429(9, 20, "9 per API key")), strict=True):
        with pytest.raises(RateLimitError):
            passage.failed(error, at(0))
    late = policy.begin(Facts(key="k", model="a/b", deadline=30), at(1))
    with pytest.raises(RateLimitError, match="Not sent") as caught:
        late.next(at(1))
    assert (caught.value.limit_requests, caught.value.retry_after) == (2, 49)


def test_the_limit_of_a_key_is_kept_to_from_the_start_and_can_be_taken_back() -> None:
    policy = limited()
    go(policy, 0).succeeded(NO_BILL, at(0))
    policy.learn("k", 3, at(1))
    assert [round(wait_of(a_passage(policy, 1), 1)) for _ in range(2)] == [0, 0]
    assert would_wait(policy, 1, "another") == 5  # it looks again from time to time
    policy.learn("k", 4, at(2))
    assert [round(would_wait(policy, 2, "c/d")) for _ in range(2)] == [0, 5]
    policy.learn("k", None, at(3))
    assert would_wait(policy, 3, "c/d") == 0
    policy.learn("never seen", None, at(3))
    assert wait_of(a_passage(policy, 60, "c/d", "never seen"), 60) == 0


def test_after_five_minutes_one_more_is_tried_then_two_then_four() -> None:
    policy = limited()
    policy.learn("k", 3, at(0))
    gone = gone_by(policy, 0, 480, max_retries=2)
    counts = [sum(60.25 * minute <= moment + 1e-6 < 60.25 * (minute + 1) for moment in gone) for minute in range(8)]
    assert counts[:7] == [3, 3, 3, 3, 4, 5, 7]


def test_who_is_not_sent_again_is_never_one_too_many() -> None:
    for policy, retries in ((limited(), 0), (Policy(retry=Retry(max_retries=0)), None)):
        policy.learn("k", 1, at(0))
        first = policy.begin(Facts(key="k", model="a/b", max_retries=retries), at(400 - 400))
        assert first.next(at(0)) == Go()
        for second in range(61, 400, 61):
            go(policy, second, max_retries=0).succeeded(NO_BILL, at(second))
        last = policy.begin(Facts(key="k", model="a/b", max_retries=retries), at(370))
        assert wait_of(last, 370) > 0
        bold = policy.begin(Facts(key="k", model="a/b", max_retries=1), at(370))
        last.abandoned(NO_BILL, at(370))
        assert wait_of(bold, 370) == 0


def test_a_pace_is_forgotten_after_five_idle_minutes() -> None:
    policy = limited()
    taught(policy, a_minute_429(1, 30.0), [0], 1)
    go(policy, 70).succeeded(NO_BILL, at(70))
    assert would_wait(policy, 71) > 0
    assert [wait_of(a_passage(policy, 500), 500) for _ in range(10)] == [0] * 10
    policy = limited()
    taught(policy, a_minute_429(1, 30.0), [0], 1)
    assert [wait_of(a_passage(policy, 400), 400) for _ in range(10)] == [0] * 10


def test_only_learned_scopes_that_are_not_used_any_more_are_forgotten() -> None:
    policy = limited()
    for number in range(1100):
        policy.learn(f"key {number}", 5, at(number))
    late = [wait_of(a_passage(policy, 1100, key="key 1000"), 1100) for _ in range(6)]
    assert late[:5] == [0] * 5
    assert late[5] > 0
    for number in range(1100, 3000):
        policy.learn(f"key {number}", 5, at(number))
    assert sum(isinstance(thing, Pace) for thing in gc.get_objects()) < 1500


@given(
    limit=st.integers(1, 6),
    gaps=st.lists(st.one_of(st.floats(0, 3), st.floats(0, 90), st.just(0.0)), max_size=80),
)
def test_while_it_looks_back_no_minute_holds_more_than_the_limit(limit: int, gaps: list[float]) -> None:
    pace, now, gone = Pace(limit, [], 0.0), 0.0, list[float]()
    for gap in gaps:
        now += gap
        in_last_minute = sum(then + 60 > now for then in gone)
        if pace.free_at(0, now, max_retries=0) <= now:
            pace.depart(now)
            gone.append(now)
            assert in_last_minute < limit
        else:
            assert sum(then + 60.25 > now - 1e-5 for then in gone) >= limit


@settings(max_examples=60)
@given(
    limit=st.integers(1, 6),
    begin=st.floats(0, 55),
    gaps=st.lists(st.one_of(st.floats(0, 3), st.floats(0, 90), st.just(0.0)), max_size=80),
)
def test_a_fixed_minute_is_used_up_and_never_more(limit: int, begin: float, gaps: list[float]) -> None:
    pace = Pace(limit, [begin - 0.5] * limit, begin)
    pace.refused(begin - 0.1, Refusal(limit, begin + 2.5), begin)
    begin, now = begin + 2.5, begin + 2.5
    gone: list[float] = []
    for gap in gaps:
        now += gap
        minute, passed = divmod(now - begin, 60)
        if pace.free_at(0, now, max_retries=0) <= now:
            pace.depart(now)
            gone.append(now)
        elif passed > 0.3 and len(gone) > 1 and minute:
            # What departs a moment before a minute may arrive within it.
            assert sum(at >= now - passed - MARGIN for at in gone) >= limit
    minutes = Counter(int((at - begin) // 60) for at in gone)
    assert all(count <= limit for count in minutes.values())


@given(
    limit=st.integers(1, 6),
    departures=st.lists(st.floats(0, 60), max_size=20),
    until=st.floats(0, 62),
    position=st.integers(0, 10),
)
def test_the_hint_for_the_first_in_line_is_the_second_at_which_it_may_go(
    limit: int, departures: list[float], until: float, position: int
) -> None:
    pace = Pace(limit, sorted(departures), 60.0)
    pace.refused(60.0, Refusal(limit, 60 + until), 60.1)
    assert pace.free_at(position, 60.2, 0) >= pace.free_at(0, 60.2, 0)
    now = 60.2
    for _ in range(60):
        at_first = pace.free_at(0, now, 0)
        if at_first <= now:
            break
        now = at_first
    assert pace.free_at(0, now, 0) <= now <= 60.2 + 62 + 62 + 3


@pytest.mark.parametrize(
    ("said", "seconds", "understood"),
    [
        ({"limit": "minute", "limit_requests": 20, "resets_at": MOMENT}, 30.0, Refusal(20, 130.0)),
        ({"limit": "minute", "limit_requests": 20, "resets_at": None}, 30.0, Refusal(20, 130.0)),
        (
            {"limit": None, "limit_requests": 20, "resets_at": MOMENT.replace(second=0)},
            30.0,
            Refusal(20, 130.0, on_the_minute=True),
        ),
        ({"limit": None, "limit_requests": 20, "resets_at": None}, 100.0, None),
        ({"limit": "daily", "limit_requests": 50, "resets_at": None}, 30.0, None),
        ({}, 30.0, None),
    ],
)
def test_what_a_429_says_of_a_minute(said: dict[str, object], seconds: float, understood: Refusal | None) -> None:
    assert refusal_from(said, 100 + seconds, 100) == understood


@pytest.mark.parametrize(
    ("rate_limit", "number"),
    [
        ({"requests": 20, "interval": "1m"}, 20),
        ({"requests": 200, "interval": "10s"}, 1200),
        ({"requests": 1, "interval": "1.5 s"}, 40),
        ({"requests": 30, "interval": " min "}, 30),
        ({"requests": -1, "interval": "10s", "note": "This field is deprecated."}, None),
        ({"requests": 1000, "interval": "1h"}, None),
        ({"requests": 10, "interval": "0s"}, None),
        ({"requests": True, "interval": "1m"}, None),
        ({"requests": 10, "interval": "soon"}, None),
        ({"requests": 10, "interval": 10}, None),
        ({"requests": 10}, None),
        ({}, None),
        (None, None),
    ],
)
def test_what_a_key_says_of_its_limit(rate_limit: dict[str, object] | None, number: int | None) -> None:
    assert requests_per_minute_of(rate_limit) == number


@pytest.mark.parametrize(
    ("error", "rate_limit", "retried"),
    [
        (a_minute_429(20, 5.0), RateLimit(), 300),
        (a_minute_429(None, 5.0), RateLimit(), 2),
        (of_a_provider(a_minute_429(20, 5.0)), RateLimit(), 2),
        (a_minute_429(20, 5.0), None, 2),
    ],
    ids=["paced", "no number", "provider", "no notice"],
)
def test_a_burst_of_any_size_is_sent_again_where_the_refusals_teach_a_pace(
    error: RateLimitError, rate_limit: RateLimit | None, retried: int
) -> None:
    policy = Policy(retry=Retry(random=lambda: 0.0, budget=10), rate_limit=rate_limit)
    burst = [go(policy, 0) for _ in range(300)]
    for number, passage in enumerate(burst):
        if number < retried:
            passage.failed(error, at(0.5))
        else:
            with pytest.raises(RateLimitError):
                passage.failed(error, at(0.5))
    if retried == len(burst):
        go(policy, 6, "c/d").failed(a_500(), at(7))


def test_what_a_retry_at_the_pace_of_the_service_did_not_take_it_does_not_give_back() -> None:
    policy = Policy(retry=Retry(random=lambda: 0.0, budget=10))
    passage = go(policy, 0)
    passage.failed(a_500(), at(1))
    assert passage.next(at(1)) == Go()
    passage.failed(a_minute_429(20, 5.0), at(2))
    assert passage.next(at(7.25)) == Go()
    passage.succeeded(NO_BILL, at(8))
    go(policy, 20, "c/d").failed(a_500(), at(21))
    with pytest.raises(ServerError):
        go(policy, 20, "c/d").failed(a_500(), at(21))
