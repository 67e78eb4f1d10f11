"""One table of scenarios through both clients: they ask, give, raise and wait alike."""

from __future__ import annotations

import re
from typing import Any

import pytest
from attrs import frozen

from openrouter import APIConnectionError, AsyncStream, OpenRouterError, Outcome, Stream
from openrouter.testing import FakeOpenRouter
from tests.injected_time import InjectedTime, awaiting_client, blocking_client
from tests.parity_cases import CASES, Case


@frozen(kw_only=True)
class Trace:
    """All that one client did and got in a scenario."""

    requests: list[tuple[str, str, str, dict[str, str], bytes]]
    result: Any
    error: Any
    waits: list[float]
    totals: dict[str, Any]


def recorded(fake: FakeOpenRouter) -> list[tuple[str, str, str, dict[str, str], bytes]]:
    kept = []
    for request in fake.requests:
        headers = {name: value for name, value in request.headers.items() if name != "host"}
        kept.append((request.method, request.path, request.query, headers, request.body))
    return kept


def described(error: BaseException) -> Any:
    """Give all that an error says, without what differs from request to request."""
    facts = {name: value for name, value in vars(error).items() if name != "request_id"}
    facts.pop("headers", None)
    return type(error), re.sub(r"req-\w+", "req", str(error)), facts, type(error.__cause__)


def plain(result: Any) -> Any:
    """Give a result in a form that can be compared."""
    if isinstance(result, Outcome) and result.error is not None:
        return described(result.error), result.latency, result.timestamp
    return result


def block(case: Case) -> Trace:
    fake, clock, result, error = FakeOpenRouter(case.replies), InjectedTime(), None, None
    with (
        fake.serve() as server,
        blocking_client(clock, base_url=server.url, policy=case.policy(), **case.settings) as client,
    ):
        try:
            asked = case.ask(client)
            if isinstance(asked, Stream):
                result = [list(asked), asked.completion, asked.latency, asked.first_token_after]
            else:
                result = asked
        except (OpenRouterError, TypeError) as raised:
            error = described(raised)
        totals = client.get_usage_stats()
    return Trace(requests=recorded(fake), result=plain(result), error=error, waits=clock.waits, totals=totals)


async def wait(case: Case) -> Trace:
    fake, clock, result, error = FakeOpenRouter(case.replies), InjectedTime(), None, None
    with fake.serve() as server:
        async with awaiting_client(clock, base_url=server.url, policy=case.policy(), **case.settings) as client:
            try:
                asked = case.ask(client)
                if isinstance(asked, AsyncStream):
                    chunks = [chunk async for chunk in asked]
                    result = [chunks, asked.completion, asked.latency, asked.first_token_after]
                else:
                    result = await asked
            except (OpenRouterError, TypeError) as raised:
                error = described(raised)
            totals = client.get_usage_stats()
    return Trace(requests=recorded(fake), result=plain(result), error=error, waits=clock.waits, totals=totals)


@pytest.mark.anyio
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_both_clients_do_the_same(case: Case) -> None:
    blocked, awaited = block(case), await wait(case)
    assert blocked == awaited
    assert blocked.waits == case.waits
    assert len(blocked.requests) == case.requests
    if case.error is None:
        assert blocked.error is None
        assert blocked.result is not None
    else:
        assert blocked.error[0] is case.error


@pytest.mark.anyio
async def test_a_connection_that_is_refused_is_tried_again_and_then_named() -> None:
    with FakeOpenRouter().serve() as server:
        url = server.url
    for_sync, for_async = InjectedTime(), InjectedTime()
    with blocking_client(for_sync, base_url=url) as client, pytest.raises(APIConnectionError) as blocked:
        client.complete("Hi")
    async with awaiting_client(for_async, base_url=url) as awaiting:
        with pytest.raises(APIConnectionError) as awaited:
            await awaiting.complete("Hi")
    assert for_sync.waits == for_async.waits == [0.25, 0.5]
    for raised in (blocked.value, awaited.value):
        assert (raised.phase, raised.attempts, raised.elapsed) == ("connect", 3, 0.75)
        assert raised.__cause__ is not None
        assert "127.0.0.1" in str(raised)
