"""Faults by chance: the same each time, in the shares that were asked for."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, strategies as st

from openrouter import InvalidArgumentError, OpenRouterError, Policy, Retry, testing
from openrouter.testing import (
    Cut,
    ErrorReply,
    FakeOpenRouter,
    Fault,
    Faults,
    Gzip,
    LineEnds,
    RawReply,
    RecordedRequest,
    TextReply,
)

BUSY = ErrorReply(503, "Busy")


def request(content: str = "Hello", path: str = "/api/v1/chat/completions") -> RecordedRequest:
    body = json.dumps({"messages": [{"role": "user", "content": content}]}).encode()
    return RecordedRequest.received("POST", path, [(b"Authorization", b"Bearer key")], body)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6), st.integers())
def test_shares_that_add_up_to_one_at_most_are_taken_and_others_are_not(shares: list[float], seed: int) -> None:
    chosen = {Cut(after=number): share for number, share in enumerate(shares)}
    if sum(shares) > 1.000001:
        with pytest.raises(InvalidArgumentError, match="which is more than 1"):
            Faults(chosen, seed=seed)
    elif sum(shares) <= 1:
        faults = Faults(chosen, seed=seed)
        drawn = [faults.choose(number) for number in range(20)]
        assert drawn == [Faults(chosen, seed=seed).choose(number) for number in range(20)]
        assert all(fault is None or chosen[fault] > 0 for fault in drawn if isinstance(fault, Cut | None))


def test_shares_are_kept_to() -> None:
    faults = Faults({Cut(after=3): 0.1, BUSY: 0.25}, seed=7)
    drawn = Counter(faults.choose(number) for number in range(10_000))
    assert drawn[Cut(after=3)] == pytest.approx(1000, rel=0.1)
    assert drawn[BUSY] == pytest.approx(2500, rel=0.1)
    assert drawn[None] == pytest.approx(6500, rel=0.1)


def test_shares_of_one_in_sum_leave_nothing_out() -> None:
    kinds = [Cut(after=number) for number in range(10)]
    faults = Faults(dict.fromkeys(kinds, 0.1), seed=1)
    assert all(faults.choose(number) is not None for number in range(1000))


def test_another_seed_is_another_order() -> None:
    orders = {seed: [Faults({Cut(): 0.5}, seed=seed).choose(number) for number in range(100)] for seed in range(5)}
    assert len({tuple(order) for order in orders.values()}) == 5


def test_the_order_is_the_same_on_every_machine() -> None:
    faults = Faults({Cut(): 0.5}, seed=7)
    assert "".join("x" if faults.choose(number) else "." for number in range(1, 21)) == "x.xx..xxx.xxxxxxx.xx"


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ({Cut(): 1.5}, r"The share of Cut\(after=0, reset=False\) is 1.5; it has to be from 0 to 1."),
        ({Cut(): -0.1}, "is -0.1"),
        ({Cut(): float("nan")}, "is nan"),
        ({Cut(): "half"}, "is 'half'"),
        ({Cut(): 0.6, Gzip(): 0.6}, "add up to 1.2, which is more than 1"),
        ({"cut": 0.1}, "Faults takes faults and replies, not 'cut'."),
    ],
)
def test_shares_that_cannot_be_are_refused(shares: Any, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message) as raised:
        Faults(shares)
    assert isinstance(raised.value, ValueError)


def test_the_shares_are_a_copy() -> None:
    shares: dict[Any, float] = {Cut(): 1.0}
    faults = Faults(shares)
    shares.clear()
    assert faults.choose(1) == Cut()


def test_the_script_comes_before_chance_and_refusals_are_not_struck() -> None:
    fake = FakeOpenRouter([TextReply("one"), Gzip()], faults=Faults({Cut(after=3): 1}))
    for path in ("/api/v1/chat/completions", "/api/v1/nothing", "/api/v1/chat/completions", "/api/v1/chat/completions"):
        fake.answer(request(path=path))
    assert [found.fault for found in fake.exchanges] == [None, None, Gzip(), Cut(after=3)]


def test_a_reply_by_chance_comes_in_the_place_of_the_good_one() -> None:
    faulty = Gzip().on(RawReply(200, {}, [b"{}"]))
    fake = FakeOpenRouter(faults=Faults({BUSY: 0.5, faulty: 0.5}, seed=3))
    for _ in range(10):
        fake.answer(request())
    found = {(type(exchange.reply), exchange.fault) for exchange in fake.exchanges}
    assert found == {(ErrorReply, None), (RawReply, Gzip())}


def test_threads_change_nothing() -> None:
    def struck(threads: int) -> list[Any]:
        fake = FakeOpenRouter(faults=Faults.everything(0.5, seed=11))
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(fake.answer, [request()] * 300))
        return [found.fault or type(found.reply) for found in fake.exchanges]

    assert struck(1) == struck(8)


def test_everything_is_in_everything() -> None:
    faults = Faults.everything(0.4, seed=2)
    assert sum(faults.shares.values()) == pytest.approx(0.4)
    kinds = {type(kind) for kind in faults.shares}
    offered = [getattr(testing, name) for name in testing.__all__]
    there_are = {found for found in offered if isinstance(found, type) and issubclass(found, Fault)}
    assert kinds >= there_are - {Fault}
    assert LineEnds("\r") in faults.shares


def test_every_call_under_everything_ends_in_the_right_answer_or_our_error() -> None:
    fake = FakeOpenRouter(faults=Faults.everything(1, seed=5))
    outcomes: Counter[str] = Counter()
    with fake.sync_client(policy=Policy(retry=Retry(max_retries=0), circuit_breaker=None), timeout=0.5) as client:
        for number in range(60):
            try:
                stream = client.stream("Hello") if number % 2 else None
                text = "".join(chunk.text for chunk in stream) if stream else client.generate_text("Hello")
            except OpenRouterError as error:
                outcomes[type(error).__name__] += 1
            else:
                assert text == "This is a simulated reply to: Hello"
                outcomes["answered"] += 1
    assert outcomes["answered"] > 10
    assert len(outcomes) > 5


def test_everything_asked_for_nothing_is_nothing() -> None:
    assert not any(Faults.everything(0).choose(number) for number in range(100))


def test_more_than_everything_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"more than 1|has to be from 0 to 1"):
        Faults.everything(1.5)
