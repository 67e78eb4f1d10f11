"""A connection that ends after each byte of a reply in turn: the whole answer, or an error of ours with what came."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import anyio
import pytest

from openrouter import AsyncClient, OpenRouterError, Policy, ProviderError, RateLimitError, Retry, SyncClient
from tests.wire.cut_replies import GENERATION, Outcome, seen_of
from tests.wire.cut_server import REPLIES, WARM, Case, CutServer, cases

pytestmark = pytest.mark.thorough

HARD_BOUND = 60.0
"""Seconds after which something hangs: far longer than all of it takes."""
SETTINGS: dict[str, Any] = {"api_key": "sk-test", "model": "a/b", "timeout": 5.0, "trust_env": False}
SAMPLE = 23

UNLIMITED = Policy(circuit_breaker=None, retry=Retry(max_retries=0))


@pytest.fixture(scope="module")
def server() -> Iterator[CutServer]:
    with CutServer() as server:
        yield server


def is_streamed(case: Case) -> bool:
    return case.reply.startswith("Streamed")


def ended(error: Exception, case: Case, pieces: str) -> Outcome:
    """Give the outcome that an error is, whoever raised it."""
    if not isinstance(error, OpenRouterError):
        return Outcome(type(error), None, pieces)
    head_came = REPLIES[case.reply].cut(case.offset, reset=case.reset) is not None
    assert error.generation_id == (GENERATION if head_came else None), case
    assert "\n" not in str(error), case
    return Outcome(type(error), seen_of(error.partial), pieces)


def ask(client: SyncClient, case: Case) -> Outcome:
    pieces = ""
    try:
        if not is_streamed(case):
            return Outcome(None, seen_of(client.complete(case.message)))
        stream = client.stream(case.message)
        for chunk in stream:
            pieces += chunk.text
        return Outcome(None, seen_of(stream.completion), pieces)
    except Exception as error:  # noqa: BLE001 - whatever comes out is compared with what should
        return ended(error, case, pieces)


async def ask_async(client: AsyncClient, case: Case) -> Outcome:
    pieces = ""
    try:
        if not is_streamed(case):
            return Outcome(None, seen_of(await client.complete(case.message)))
        stream = client.stream(case.message)
        async for chunk in stream:
            pieces += chunk.text
        return Outcome(None, seen_of(stream.completion), pieces)
    except Exception as error:  # noqa: BLE001 - whatever comes out is compared with what should
        return ended(error, case, pieces)


def within_bounds(work: Callable[[], None]) -> None:
    """Do some work, and fail where it hangs."""
    thread = Thread(target=work, daemon=True)
    thread.start()
    thread.join(HARD_BOUND)
    assert not thread.is_alive(), "A call hangs."


def differing(found: dict[Case, Outcome], reply: str) -> dict[Case, tuple[Outcome, Outcome]]:
    assert {case.reply for case in found} == {reply}
    return {case: (outcome, case.expected) for case, outcome in found.items() if outcome != case.expected}


@pytest.mark.parametrize("reply", REPLIES)
def test_blocking(reply: str, server: CutServer) -> None:
    found: dict[Case, Outcome] = {}
    with SyncClient(base_url=server.url, policy=UNLIMITED, **SETTINGS) as client:
        within_bounds(lambda: found.update((case, ask(client, case)) for case in cases(reply)))
    assert len(found) == 2 * (len(REPLIES[reply].wire) + 1)
    assert not differing(found, reply)


@pytest.mark.anyio
@pytest.mark.parametrize("reply", REPLIES)
async def test_awaiting(reply: str, server: CutServer, anyio_backend_name: str) -> None:
    """On trio for a sample: the transports differ from asyncio's in how they wait alone."""
    chosen = cases(reply, 1 if anyio_backend_name == "asyncio" else SAMPLE)
    with anyio.fail_after(HARD_BOUND):
        async with AsyncClient(base_url=server.url, policy=UNLIMITED, **SETTINGS) as client:
            found = {case: await ask_async(client, case) for case in chosen}
    assert len(found) == len(chosen)
    assert not differing(found, reply)


def retrying() -> Policy:
    return Policy(circuit_breaker=None, retry=Retry(max_retries=2, base=0.0, budget=None))


def times_to_be_asked(case: Case) -> int:
    """Tell how often the server is to see a request: three times where the service itself said that it failed.

    Everything else may have been billed, or is good, or a part of it is in the hands of the caller.
    """
    refused = case.expected.error in {RateLimitError, ProviderError}
    return 3 if refused and not is_streamed(case) else 1


@pytest.mark.parametrize("reply", REPLIES)
def test_nothing_that_may_have_been_billed_is_asked_for_again(reply: str) -> None:
    chosen = cases(reply, SAMPLE)
    with CutServer() as server, SyncClient(base_url=server.url, policy=retrying(), **SETTINGS) as client:
        found = {case: ask(client, case) for case in chosen}
    assert not differing(found, reply)
    assert server.asked == {case: times_to_be_asked(case) for case in chosen}


@pytest.mark.anyio
@pytest.mark.parametrize("reply", REPLIES)
async def test_nothing_is_asked_for_again_by_an_awaiting_client(reply: str) -> None:
    chosen = cases(reply, SAMPLE)
    with CutServer() as server:
        async with AsyncClient(base_url=server.url, policy=retrying(), **SETTINGS) as client:
            found = {case: await ask_async(client, case) for case in chosen}
    assert not differing(found, reply)
    assert server.asked == {case: times_to_be_asked(case) for case in chosen}


@pytest.mark.parametrize("reply", REPLIES)
def test_a_connection_that_was_kept(reply: str) -> None:
    """One that ends without any byte was dead before, so the same is asked for on another: that ends likewise."""
    chosen, found = cases(reply, SAMPLE), dict[Case, Outcome]()
    with CutServer() as server, SyncClient(base_url=server.url, policy=UNLIMITED, **SETTINGS) as client:
        for case in chosen:
            assert client.complete(WARM).text == "Good."
            found[case] = ask(client, case)
    assert not differing(found, reply)
    assert server.asked == {case: 1 if case.offset else 2 for case in chosen}


@pytest.mark.anyio
@pytest.mark.parametrize("reply", REPLIES)
async def test_a_connection_that_was_kept_by_an_awaiting_client(reply: str) -> None:
    chosen, found = cases(reply, SAMPLE), dict[Case, Outcome]()
    with CutServer() as server:
        async with AsyncClient(base_url=server.url, policy=UNLIMITED, **SETTINGS) as client:
            for case in chosen:
                assert (await client.complete(WARM)).text == "Good."
                found[case] = await ask_async(client, case)
    assert not differing(found, reply)
    assert server.asked == {case: 1 if case.offset else 2 for case in chosen}
