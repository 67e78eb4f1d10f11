"""What is measured: ours beside httpx by hand, or beside `json.loads` of the same bytes."""

from __future__ import annotations

import json
import subprocess
import sys
from asyncio import Runner
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from typing import Any

from openrouter import Chat, Completion, Moment, Policy, Settings, Usage
from openrouter.core.structuring import structurer
from openrouter.core.wire import HTTPInfo
from openrouter.policy import Facts
from openrouter.policy.facts import Bill
from openrouter.preparing import prepare
from openrouter.replies.folding import Folding
from openrouter.replies.reading import ChatReader
from openrouter.types.chunks import Chunk
from openrouter.types.models import Model
from tests.benchmarks import payloads
from tests.benchmarks.asking import ASKED, CHAT, KEY, ByHand, Ours, both
from tests.benchmarks.measuring import Row, Timed
from tests.benchmarks.payloads import BODY, MODEL, MODELS
from tests.benchmarks.serving import ROOT

Do = Callable[[], Any]
LOADS = "json.loads"
NOW = Moment(1000.0, 1_761_234_567.0)
USAGE = Usage(prompt_tokens=21, completion_tokens=150, total_tokens=171, cost=Decimal("0.00014235"))
SEGMENT = 65_536
"""Bytes that a connection gives at once, at most."""
IMPORT = "from openrouter import AsyncClient, SyncClient", "import httpx"
FIRST = (
    f"answer = SyncClient(api_key='key', base_url=url).complete(**{BODY}).text",
    f"answer = httpx.Client().post(url + '{CHAT}', json={BODY}).json()['choices'][0]['message']['content']",
)
"""What fresh processes do, ours and the other."""


@contextmanager
def every_row(url: str, runner: Runner, size: Callable[[int], int]) -> Iterator[list[Row]]:
    """Give all rows; `size` says how much is to be done of what would be done so many times."""
    paced, burst = size(300), size(3000)
    with ExitStack() as stack:

        def clients(path: str) -> tuple[Ours, ByHand]:
            return stack.enter_context(both(f"{url}/{path}", runner))

        yield [
            *whole_replies(*clients("together=1"), runner, size),
            *streams("paced", *clients(f"chunks={paced}&gap=0.0002"), runner, paced),
            *streams("burst", *clients(f"chunks={burst}"), runner, burst),
            *reading(size(2000)),
            structuring("completion", Completion, [payloads.completion()] * size(500)),
            structuring("model", Model, [payloads.encoded(each) for each in json.loads(payloads.catalogue())["data"]]),
            preparing(size(500)),
            policy(size(1000)),
            *fresh_processes(f"{url}/together=1"),
        ]


def times(count: int, do: Do) -> Do:
    """Do something so many times, and give the last result."""
    return lambda: [do() for _ in range(count)][-1]


def awaiting(runner: Runner, count: int, do: Callable[[], Coroutine[Any, Any, str]]) -> Do:
    """Do the same with what is awaited."""

    async def repeat() -> str:
        return [await do() for _ in range(count)][-1]

    return lambda: runner.run(repeat())


def whole_replies(ours: Ours, by_hand: ByHand, runner: Runner, size: Callable[[int], int]) -> Iterator[Row]:
    n, lists, text = size(100), size(3), payloads.text()
    yield Row("request, sync", n, text, times(n, ours.request), times(n, by_hand.request))
    mine, other = awaiting(runner, n, ours.request_async), awaiting(runner, n, by_hand.request_async)
    yield Row("request, async", n, text, mine, other)
    last = f"vendor/model-{MODELS - 1}"
    yield Row(f"list of {MODELS} models, sync", lists, last, times(lists, ours.models), times(lists, by_hand.models))


def streams(kind: str, ours: Ours, by_hand: ByHand, runner: Runner, chunks: int) -> Iterator[Row]:
    text, name = payloads.text(chunks), f"chunk of a {kind} stream"
    yield Row(f"{name}, sync", chunks, text, ours.stream, by_hand.stream)
    mine, other = awaiting(runner, 1, ours.stream_async), awaiting(runner, 1, by_hand.stream_async)
    yield Row(f"{name}, async", chunks, text, mine, other)


def reading(count: int) -> Iterator[Row]:
    """Reading bytes is all between a connection and a chunk, and so it holds folding and structuring."""
    data = payloads.chunks(count)
    whole, decoded, text = b"".join(payloads.events(data)), [json.loads(each) for each in data], payloads.text(count)

    def fold() -> Any:
        folding = Folding()
        for each in decoded:
            folding.add(each)
        return folding.result()["choices"][0]["message"]["content"]

    def load() -> str:
        return "".join([json.loads(each)["choices"][0]["delta"]["content"] for each in data])

    yield Row("reading the bytes of a chunk", count, text, lambda: text_of(whole), load, LOADS)
    yield Row("folding a chunk", count, text, fold, load, LOADS)
    yield structuring("chunk", Chunk, data)


def text_of(stream: bytes) -> str:
    """Read the bytes of a whole stream as they come from a connection."""
    reader = ChatReader(HTTPInfo(200))
    segments = [stream[at : at + SEGMENT] for at in range(0, len(stream), SEGMENT)]
    chunks = [chunk for segment in segments for chunk in reader.feed(segment)]
    return "".join([chunk.text for chunk in (*chunks, *reader.finish())])


def structuring(name: str, cls: type[Any], data: list[bytes]) -> Row:
    make, decoded = structurer(cls), [json.loads(each) for each in data]

    def ours() -> str:
        return str([make(each) for each in decoded][-1].id)

    def load() -> str:
        return str([json.loads(each) for each in data][-1]["id"])

    return Row(f"structuring a {name}", len(data), decoded[-1]["id"], ours, load, LOADS)


def preparing(count: int) -> Row:
    """Compare the way from arguments to bytes."""
    url = "https://openrouter.ai/api/v1"
    settings, client = Settings(api_key=KEY, base_url=url), ByHand(url).sync

    def ours() -> bytes:
        return prepare(Chat.complete(**ASKED).request, settings, settings.key(), NOW).content

    def by_hand() -> bytes:
        return client.build_request("POST", CHAT, json=BODY).content

    return Row("preparing a request", count, payloads.encoded(BODY), times(count, ours), times(count, by_hand))


def facts(user: str = "user") -> Facts:
    return Facts(key="fingerprint", model=MODEL, user=user, tokens=100)


def pass_through(policy: Policy, facts: Facts) -> int:
    """Let one request pass: begun, sent, succeeded and booked."""
    passage = policy.begin(facts, NOW)
    passage.next(NOW)
    passage.succeeded(Bill(USAGE), NOW)
    return passage.attempts


def policy(count: int) -> Row:
    data, shared, about = payloads.completion(), Policy(), facts()

    def load() -> int:
        return len(json.loads(data)["choices"])

    mine = times(count, lambda: pass_through(shared, about))
    return Row("policy and ledger, one request", count, 1, mine, times(count, load), "json.loads of a completion")


def fresh_processes(url: str) -> Iterator[Row]:
    ours, by_hand = (lambda: fresh(url, IMPORT[0])), (lambda: fresh(url, IMPORT[1]))
    yield Row("import", 1, "", ours, by_hand, "import httpx")
    ours, by_hand = (lambda: fresh(url, IMPORT[0], FIRST[0])), (lambda: fresh(url, IMPORT[1], FIRST[1]))
    yield Row("import, client, first request", 1, payloads.text(), ours, by_hand)


def fresh(url: str, *statements: str) -> Timed:
    """Do something in a Python of its own, whose start is not counted."""
    code = (
        f"import sys, time; url, answer, begun = {url!r}, '', time.process_time(); {'; '.join(statements)}\n"
        "sys.stdout.buffer.write(f'{time.process_time() - begun} {answer}'.encode())"
    )
    # Without the wishes of the environment, one of which may be that no compiled files are kept.
    told = subprocess.run([sys.executable, "-E", "-c", code], cwd=ROOT, check=True, capture_output=True).stdout
    seconds, _, answer = told.decode().partition(" ")
    return Timed(float(seconds), answer)
