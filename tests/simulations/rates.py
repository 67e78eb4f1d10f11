"""What an account of 20 requests a minute does to 64 impatient workers, with a learned pace and without."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from attrs import frozen

from openrouter.policy import Policy, RateLimit, Retry
from tests.simulations.accounts import Account, FixedWindows, SlidingWindow
from tests.simulations.minutes import Course, Scene, simulate

LIMIT = 20
HEADS = (
    "the service counts",
    "the client",
    "answered",
    "of the limit",
    "429s",
    "in minute 1",
    "later, a minute",
    "failed",
)
"""`later, a minute`: the most in any minute but the first; `failed`: calls that raised an error for good."""
ACCOUNTS: dict[str, Callable[[], Account]] = {
    "minutes of the clock": lambda: FixedWindows(LIMIT),
    "minutes of its own": lambda: FixedWindows(LIMIT, begin=25.0),
    "the last 60 s": lambda: SlidingWindow(LIMIT),
}


def shared(chance: Random) -> Callable[[], Policy]:
    """All workers have one policy, which learns."""
    policy = Policy(retry=Retry(random=chance.random), rate_limit=RateLimit())
    return lambda: policy


def alone(chance: Random) -> Callable[[], Policy]:
    """Each worker retries by itself: it waits as long as the 429 says, up to three attempts."""
    return lambda: Policy(retry=Retry(random=chance.random), rate_limit=None)


@frozen
class Row:
    """One simulation."""

    counts: str
    client: str
    course: Course

    def cells(self) -> tuple[str, ...]:
        first, *later = self.course.refused_by_minute()
        return (
            self.counts,
            self.client,
            str(len(self.course.passed)),
            f"{self.course.share:.0%}",
            str(len(self.course.refused)),
            str(first),
            str(max(later)),
            str(self.course.failed),
        )


LEARNED, TOLD, FREE, BASELINE = "learned pace", "pace of the key", "pace of `:free` models", "retries alone"


def scenes(account: Callable[[], Account]) -> dict[str, Scene]:
    return {
        LEARNED: Scene(account=account, policies=shared),
        TOLD: Scene(account=account, policies=shared, told=LIMIT),
        FREE: Scene(account=account, policies=shared, model="author/model:free"),
        BASELINE: Scene(account=account, policies=alone),
    }


def every_row(seed: int = 1) -> list[Row]:
    return [
        Row(counts, client, simulate(scene, seed))
        for counts, account in ACCOUNTS.items()
        for client, scene in scenes(account).items()
    ]


def table(rows: list[Row]) -> str:
    """Give the table in Markdown."""
    lines = [
        HEADS,
        tuple("---" if number < 2 else "---:" for number in range(len(HEADS))),
        *[row.cells() for row in rows],
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
