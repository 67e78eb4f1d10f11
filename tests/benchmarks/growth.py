"""How the cost of one thing grows with how many there are: it should not."""

from __future__ import annotations

import asyncio
import tracemalloc
from asyncio import Runner
from collections.abc import Callable, Iterator
from functools import partial

from attrs import frozen

from openrouter import AsyncClient, Policy, SyncClient
from tests.benchmarks import payloads
from tests.benchmarks.asking import ASKED, KEY
from tests.benchmarks.measuring import shown_seconds, timed
from tests.benchmarks.rows import facts, pass_through, text_of, times

KIB = 1024


@frozen
class Curve:
    """Figures by size."""

    what: str
    figures: dict[int, float]
    shown: Callable[[float], str] = shown_seconds

    def line(self) -> list[str]:
        """Tell of the figures, and of the last one against the first."""
        figures = list(self.figures.values())
        sizes = "; ".join(f"{size:,}: {self.shown(figure)}" for size, figure in self.figures.items())
        return [self.what, sizes, f"{figures[-1] / figures[0]:.2f}"]


def every_curve(url: str, runner: Runner, size: Callable[[int], int], tries: int) -> Iterator[Curve]:
    """Give all curves; `size` says how many there are of what would be so many."""
    thousand, lengths = size(1000), [*map(size, (100, 1000, 10_000, 100_000))]
    yield curve("chunk of a stream, by its length", partial(chunk, url, thousand * 10), lengths, tries)
    at_once = [*map(size, (1, 10, 100, 1000))]
    yield curve("request, by how many are in flight", partial(in_flight, url, runner, thousand), at_once, tries)
    yield curve("KiB of one line, by its bytes", one_line, [*map(size, (200_000, 2_000_000))], tries)
    before = [*map(size, (10, 1000, 100_000))]
    yield curve("policy and ledger, by requests before", partial(policy_after, thousand), before, tries)
    for kept in (False, True):
        what = f"peak memory of a stream{' and its completion' if kept else ''}, by its length"
        yield Curve(what, {each: memory(url, each, kept=kept) for each in lengths}, lambda it: f"{it / KIB:,.0f} KiB")


def curve(what: str, seconds: Callable[[int], float], sizes: list[int], tries: int) -> Curve:
    """Take the best of some tries: what else the machine does only ever adds to it."""
    rounds = [[seconds(size) for size in sizes] for _ in range(tries)]
    return Curve(what, dict(zip(sizes, map(min, zip(*rounds, strict=True)), strict=True)))


def chunk(url: str, count: int, length: int) -> float:
    with SyncClient(api_key=KEY, base_url=f"{url}/chunks={length}") as client:

        def stream() -> str:
            return "".join([piece.text for piece in client.stream(**ASKED)])

        stream()  # the service makes the bytes, and the connection is opened
        streams = max(1, count // length)
        return timed(times(streams, stream), payloads.text(length)) / streams / length


def in_flight(url: str, runner: Runner, count: int, at_once: int) -> float:
    """The service answers when so many are there. The connections are open before."""
    waves, client = max(1, count // at_once), AsyncClient(api_key=KEY, base_url=f"{url}/together={at_once}")

    async def ask(waves: int) -> set[str]:
        replies = [await asyncio.gather(*[client.complete(**ASKED) for _ in range(at_once)]) for _ in range(waves)]
        return {reply.text for wave in replies for reply in wave}

    runner.run(ask(1))
    seconds = timed(lambda: runner.run(ask(waves)), {payloads.text()})
    runner.run(client.aclose())
    return seconds / waves / at_once


def one_line(size: int) -> float:
    whole = b"".join(payloads.events([payloads.chunk("x" * size), payloads.chunk("", "stop")]))
    return timed(lambda: text_of(whole), "x" * size) / size * KIB


def policy_after(count: int, requests: int) -> float:
    """Each of the requests before was for a user of its own, so the tables of the ledger are full."""
    policy = Policy()
    for number in range(requests):
        pass_through(policy, facts(f"user-{number}"))
    about = facts()
    return timed(times(count, lambda: pass_through(policy, about)), 1) / count


def memory(url: str, length: int, *, kept: bool) -> float:
    with SyncClient(api_key=KEY, base_url=f"{url}/chunks={length}") as client:
        client.complete(**ASKED)
        tracemalloc.start()
        stream = client.stream(**ASKED)
        pieces = sum(bool(piece.text) for piece in stream)
        assert pieces == length
        assert not kept or (stream.completion and stream.completion.text == payloads.text(length))
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return float(most)
