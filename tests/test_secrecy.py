"""No traceback shows the key, not even one that shows the local variables of our frames."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

import openrouter
from openrouter import AsyncClient, Chat, OpenRouterError, Request, Settings, SyncClient
from openrouter.drivers import read_clocks
from openrouter.preparing import prepare
from openrouter.testing import ErrorReply, FakeOpenRouter, MidStreamError, RawReply, TextReply
from openrouter.testing.replies import Reply
from tests.injected_time import InjectedTime, awaiting_client, blocking_client

KEY = "sk-or-v1-a-secret-key"
OURS = str(Path(openrouter.__file__).parent)


def shown(error: BaseException) -> str:
    """Give all that can be shown of an error: text, attributes, and the locals of our frames along its causes."""
    found, link = list[str](), cast("BaseException | None", error)
    while link is not None:
        found += [str(link), repr(link), repr(vars(link))]
        for frame, _ in traceback.walk_tb(link.__traceback__):
            if frame.f_code.co_filename.startswith(OURS):
                found.extend(shown_value(value) for value in frame.f_locals.values())
        link = link.__cause__ or link.__context__
    assert len(found) > 4
    return "\n".join(found)


def shown_value(value: object) -> str:
    try:
        return repr(value)
    except AttributeError:  # an object whose constructor has not come to its end
        return ""


REPLIES: dict[str, tuple[Reply, ...]] = {
    "a bad request": (ErrorReply(400, "No"),),
    "a failing service": (ErrorReply(503, "Busy"),) * 3,
    "a wrong key": (ErrorReply(401, "Who?"),),
    "a redirect": (RawReply(302, {"Location": "https://x.test"}),),
    "nonsense": (RawReply(200, {"Content-Type": "application/json"}, [b"{"]),),
    "a cut": (RawReply(200, {"Content-Length": "99"}, [b"{"]),),
    "half a stream": (MidStreamError(1),) * 3,
    "no text": (TextReply(""),),
    "bad compression": (RawReply(200, {"Content-Encoding": "gzip"}, [b"no gzip"]),),
    "silence": (TextReply("late", delay=3600),),
}
ASKS: dict[str, Callable[[Any], Any]] = {
    "whole": lambda client: client.generate_text("Hi", timeout=0.1),
    "stream": lambda client: client.stream("Hi", timeout=0.1),
    "wrong option": lambda client: client.complete("Hi", temperature=3),
    "wrong header": lambda client: client.complete("Hi", extra_headers={"A": "\n"}),
    "wrong body": lambda client: client.complete("Hi", extra_body={"a": object()}),
}
CASES = [
    *[(replies, "whole") for replies in REPLIES],
    *[(replies, "stream") for replies in REPLIES if replies not in {"no text", "silence"}],
    *[("a bad request", ask) for ask in ("wrong option", "wrong header", "wrong body")],
]


class RealTime(InjectedTime):
    """The real clock; sleeping takes no time."""

    def now(self) -> Any:
        return read_clocks()


@pytest.mark.anyio
@pytest.mark.parametrize(("replies", "ask"), CASES)
async def test_errors_of_requests(replies: str, ask: str) -> None:
    with FakeOpenRouter(REPLIES[replies]).serve() as server:
        arguments: dict[str, Any] = {"api_key": KEY, "base_url": server.url, "max_retries": 0}
        with blocking_client(RealTime(), **arguments) as client, pytest.raises(OpenRouterError) as blocked:
            list(ASKS[ask](client))
    assert KEY not in shown(blocked.value)
    with FakeOpenRouter(REPLIES[replies]).serve() as server:
        async with awaiting_client(RealTime(), **{**arguments, "base_url": server.url}) as awaiting:
            with pytest.raises(OpenRouterError) as awaited:
                await drained(ASKS[ask](awaiting))
    assert KEY not in shown(awaited.value)


async def drained(asked: Any) -> None:
    if hasattr(asked, "__aiter__"):
        async for _ in asked:
            pass
    else:
        await asked


@pytest.mark.anyio
async def test_errors_of_connections() -> None:
    with FakeOpenRouter().serve() as server:
        url = server.url
    with SyncClient(api_key=KEY, base_url=url, max_retries=0) as client, pytest.raises(OpenRouterError) as blocked:
        client.complete("Hi")
    assert KEY not in shown(blocked.value)
    async with AsyncClient(api_key=KEY, base_url=url, max_retries=0) as awaiting:
        with pytest.raises(OpenRouterError) as awaited:
            await awaiting.complete("Hi")
    assert KEY not in shown(awaited.value)


@pytest.mark.anyio
async def test_errors_of_closed_clients() -> None:
    client = SyncClient(api_key=KEY)
    client.close()
    with pytest.raises(OpenRouterError) as blocked:
        client.complete("Hi")
    assert KEY not in shown(blocked.value)


@pytest.mark.parametrize("make", [SyncClient, AsyncClient])
@pytest.mark.parametrize(
    "wrong",
    [
        {"base_url": "ftp://x.test"},
        {"temperature": 3},
        {"max_connections": 0},
        {"proxy": "ftp://x.test"},
        {"api_kye": "a mistake"},
    ],
)
def test_errors_of_constructors(make: Callable[..., object], wrong: dict[str, Any]) -> None:
    with pytest.raises((OpenRouterError, TypeError)) as raised:
        make(api_key=KEY, **wrong)
    assert KEY not in shown(raised.value)


def test_errors_of_options() -> None:
    with SyncClient(api_key="sk-other") as client, pytest.raises(OpenRouterError) as raised:
        client.with_options(api_key=KEY, base_url="ftp://x.test")
    assert KEY not in shown(raised.value)


@pytest.mark.parametrize("make", [SyncClient, AsyncClient])
@pytest.mark.parametrize("wrong", [{"OPENROUTER_TEMPERATURE": "hot"}, {"OPENROUTER_BASE_URL": "ftp://x.test"}])
def test_errors_of_the_environment(make: Any, wrong: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"OPENROUTER_API_KEY": KEY, **wrong}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(OpenRouterError) as caught:
        make()
    assert KEY not in shown(caught.value)


@pytest.mark.parametrize("status", [401, 200])
def test_a_key_that_the_service_repeats(status: int, caplog: pytest.LogCaptureFixture) -> None:
    body = f'{{"error": {{"code": 401, "message": "Incorrect key {KEY}."}}}}'.encode()
    fake = FakeOpenRouter([RawReply(status, {"Content-Type": "application/json"}, [body])])
    with fake.http() as http, pytest.raises(OpenRouterError) as caught:
        SyncClient(api_key=KEY, http=http).complete("Hi")
    assert "Incorrect key [the key]." in str(caught.value)
    assert KEY not in caplog.text + repr(vars(caught.value)) + repr(pickle.dumps(caught.value))


def test_headers_of_a_request_are_not_shown() -> None:
    assert KEY not in repr(Chat.complete("Hi", extra_headers={"Authorization": KEY}))


def test_a_caller_who_brings_no_key_of_the_client_has_none_to_hide() -> None:
    settings = Settings(api_key=KEY)
    outgoing = prepare(Request("GET", "/x", headers={"Authorization": ""}), settings, settings.key(), read_clocks())
    assert outgoing.hide_key(b"all of it") == b"all of it"


@pytest.mark.parametrize("key", ["test", KEY])
def test_a_good_reply_keeps_every_word(key: str) -> None:
    text = f'The word is "{key}", as in a test.'
    with FakeOpenRouter([TextReply(text)]).http() as http:
        assert SyncClient(api_key=key, http=http).generate_text("Hi") == text


def test_a_short_key_is_no_reason_to_change_an_error() -> None:
    with FakeOpenRouter([ErrorReply(400, "a test")]).http() as http, pytest.raises(OpenRouterError, match="a test"):
        SyncClient(api_key="test", http=http).complete("Hi")


@pytest.mark.anyio
async def test_a_key_that_the_service_repeats_in_a_stream() -> None:
    event = f'data: {{"error": {{"code": 401, "message": "Incorrect key {KEY}."}}}}\n\n'.encode()
    reply = RawReply(200, {"Content-Type": "text/event-stream"}, [event])
    with FakeOpenRouter([reply]).http() as http, pytest.raises(OpenRouterError) as blocked:
        list(SyncClient(api_key=KEY, http=http).stream("Hi"))
    async with FakeOpenRouter([reply]).async_client(api_key=KEY) as client:
        with pytest.raises(OpenRouterError) as awaited:
            await drained(client.stream("Hi"))
    for error in (blocked.value, awaited.value):
        assert "Incorrect key [the key]." in str(error)
        assert KEY not in repr(vars(error))
