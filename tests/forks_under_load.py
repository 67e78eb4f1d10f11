"""Fork as often as is said while threads use a policy and a client, and have each child use them too.

A program of its own, because what measures the coverage of the tests has locks as well, and does not survive this.
"""

from __future__ import annotations

import faulthandler
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from openrouter import Policy, RateLimit, SyncClient
from openrouter.core.wire import Moment
from openrouter.policy import Facts
from openrouter.policy.facts import NO_BILL
from openrouter.testing import FakeOpenRouter

REQUESTS, THREADS = 20, 8

PATIENCE = 60
"""Seconds after which a child that hangs says where, and is gone."""

NOW = Moment(0.0, 0.0)


def in_a_child(work: Callable[[], object]) -> int:
    """Run something in a child of this process, and give its exit code."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        faulthandler.dump_traceback_later(PATIENCE, exit=True, file=sys.__stderr__)
        work()
        code = 0
    except BaseException:  # noqa: BLE001 - a child must not go on as a second parent
        traceback.print_exc()
    os._exit(code)


@contextmanager
def busy(*works: Callable[[], object]) -> Iterator[None]:
    """Have each work done over and over in a thread; a failure ends the process in which it is."""
    stop = Event()

    def repeat(work: Callable[[], object]) -> None:
        while not stop.is_set():
            work()

    threads = [Thread(target=repeat, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    yield
    stop.set()
    for thread in threads:
        thread.join()


def main(forks: int) -> None:
    """Fail with the first child that fails."""
    policy = Policy(rate_limit=RateLimit(requests_per_minute=10**9))

    def pass_through() -> None:
        passage = policy.begin(Facts(key="k", model="m"), NOW)
        passage.next(NOW)
        passage.succeeded(NO_BILL, NOW)
        policy.ledger.totals()

    with FakeOpenRouter().serve() as server:
        with SyncClient(api_key="k", base_url=server.url, model="m", policy=policy) as client:

            def complete() -> None:
                for _ in range(REQUESTS):
                    client.complete("Hi", deadline=PATIENCE)
                totals = client.totals
                if (totals.requests, totals.successes) != (REQUESTS, REQUESTS):
                    raise AssertionError(totals)

            half = THREADS // 2
            with busy(*[lambda: client.complete("Hi")] * half, *[pass_through] * half):
                codes = [in_a_child(complete) for _ in range(forks)]
            failed = client.totals.failures
        server.wait_for_connections(0)
    if any(codes) or failed:
        sys.exit(f"children ended with {codes}, {failed} requests of the parent failed")


if __name__ == "__main__":
    # that this process has threads is what is tried here
    warnings.filterwarnings("ignore", ".*fork", DeprecationWarning)
    main(int(sys.argv[1]))
