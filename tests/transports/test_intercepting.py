"""pytest-httpx intercepts both clients as they are constructed by default, and can let requests through."""

from __future__ import annotations

import functools
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from openrouter import APITimeoutError, ClosedClientError
from openrouter.testing import FakeOpenRouter
from openrouter.transports.family import is_patched
from tests.transports.kinds import Awaiting, Blocking
from tests.transports.raw_server import ANSWER, EVENTS

if TYPE_CHECKING:
    from pytest_httpx import HTTPXMock

pytestmark = pytest.mark.anyio

URL = "https://openrouter.ai/api/v1"
EVENT_STREAM = {"content-type": "text/event-stream"}


async def test_a_whole_reply_is_intercepted(kind: type[Blocking | Awaiting], httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(url=f"{URL}/chat/completions", content=ANSWER)
    made = kind(URL)
    assert await made.complete() == "Good."
    request = httpx_mock.get_requests()[0]
    assert request.headers["authorization"] == "Bearer sk-or-v1-test"
    await made.close()
    with pytest.raises(ClosedClientError):
        await made.complete()


async def test_a_stream_is_intercepted(kind: type[Blocking | Awaiting], httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(content=EVENTS, headers=EVENT_STREAM, is_reusable=True)
    made = kind(URL, max_connections=1)
    for _ in range(2):
        assert await made.stream() == "Good."
    await made.leave_early()
    assert await made.stream() == "Good."
    await made.close()


async def test_an_exception_is_intercepted(kind: type[Blocking | Awaiting], httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_exception(httpx.ReadTimeout("slow"))
    made = kind(URL)
    with pytest.raises(APITimeoutError) as caught:
        await made.complete()
    assert isinstance(caught.value.__cause__, httpx.ReadTimeout)
    await made.close()


@pytest.mark.httpx_mock(should_mock=lambda request: request.url.host != "127.0.0.1")
async def test_requests_may_be_let_through(kind: type[Blocking | Awaiting], httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(content=ANSWER)
    with FakeOpenRouter().serve() as server:
        made, mocked = kind(server.url), kind(URL)
        assert await made.complete()
        assert await made.stream()
        assert server.accepted > 0
        assert await mocked.complete() == "Good."
        await made.close()
        await mocked.close()
        server.wait_for_connections(0)


async def test_a_client_that_was_used_before_is_intercepted_and_set_free(kind: type[Blocking | Awaiting]) -> None:
    with FakeOpenRouter().serve() as server:
        made = kind(server.url)
        assert await made.complete() != "Good."
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(httpx.HTTPTransport, "handle_request", lambda *_: httpx.Response(200, content=ANSWER))

            async def answer(*_: object) -> httpx.Response:
                return httpx.Response(200, content=ANSWER)

            patch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", answer)
            assert await made.complete() == "Good."
        assert await made.complete() != "Good."
        assert server.accepted == 1
        await made.close()


def test_a_wrapper_that_looks_like_what_it_wraps_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_patched()
    original = httpx.HTTPTransport.handle_request

    @functools.wraps(original)
    def traced(*arguments: Any) -> httpx.Response:
        return original(*arguments)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", traced)
    assert is_patched()
    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", functools.partialmethod(traced))
    assert is_patched()


AFTERWARDS = """
import httpx
httpx.HTTPTransport.handle_request = lambda *_: httpx.Response(200, content={answer!r})
from openrouter import SyncClient
with SyncClient(api_key="sk-or-v1-test") as client:
    print(client.generate_text("Hi"))
"""


def test_it_may_be_imported_after_the_patch() -> None:
    code = AFTERWARDS.format(answer=ANSWER)
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout == "Good.\n"
