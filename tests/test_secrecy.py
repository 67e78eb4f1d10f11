"""Nothing that the package shows has a key in it: every success and every failure, through both clients."""

from __future__ import annotations

import signal
import threading
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import anyio
import pytest

from openrouter import AsyncClient, OpenRouterError, Policy, Retry, SyncClient
from openrouter.drivers import read_clocks
from openrouter.testing import ErrorReply, FakeOpenRouter, LoopbackServer, MidStreamError, RawReply, TextReply
from tests.injected_time import InjectedTime, awaiting_client, blocking_client
from tests.shown import Shown

pytestmark = pytest.mark.anyio

KEY = "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"
OWN = "Bearer own-0f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a"
"""What a caller brings in a header instead of the key, or beside it."""
JSON = {"Content-Type": "application/json"}


def vault() -> str:
    return KEY


# How the secrets come in: as settings, and as options of a call.
PLACES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "the key": ({"api_key": KEY}, {}),
    "a function": ({"api_key": vault}, {}),
    "headers of all": ({"api_key": KEY, "headers": {"Authorization": OWN, "X-Api-Key": OWN}}, {}),
    "headers of one": ({"api_key": KEY}, {"extra_headers": {"Authorization": OWN, "X-Api-Key": OWN}}),
}
REPLIES: dict[str, tuple[Any, ...]] = {
    "success": (TextReply("It is well."),),
    "a retry": (ErrorReply(503, "Busy"), TextReply("It is well.")),
    "a bad request": (ErrorReply(400, "No"),),
    "a failing service": (ErrorReply(503, "Busy"),) * 3,
    "a wrong key": (ErrorReply(401, "Who?"),),
    "a redirect": (RawReply(302, {"Location": "https://elsewhere.test/v2"}),),
    "nonsense": (RawReply(200, JSON, [b"{"]),),
    "no UTF-8": (RawReply(200, JSON, [b"\xff"]),),
    "a cut": (RawReply(200, {**JSON, "Content-Length": "99"}, [b"{"]),),
    "half a stream": (MidStreamError(1),) * 3,
    "no text": (TextReply(""),),
    "bad compression": (RawReply(200, {"Content-Encoding": "gzip"}, [b"no gzip"]),),
    "silence": (TextReply("late", delay=3600),),
}
ASKS: dict[str, Callable[..., Any]] = {
    "whole": lambda client, **more: client.generate_text("Hi", timeout=0.2, **more),
    "outcome": lambda client, **more: client.try_complete("Hi", timeout=0.2, **more),
    "many": lambda client, **more: client.complete_many(["Hi", "Ho"], timeout=0.2, **more),
    "stream": lambda client, **more: client.stream("Hi", timeout=0.2, **more),
    "wrong option": lambda client, **more: client.complete("Hi", temperature=3, **more),
    "unknown option": lambda client, **more: client.complete("Hi", api_kye=KEY, **more),
    "unknown option of a list": lambda client, **more: client.models.list(api_kye=KEY, **more),
    "wrong option of a list": lambda client, **more: client.models.list(limit=0, **more),
    "wrong body": lambda client, **more: client.complete("Hi", extra_body={"a": object()}, **more),
}
WRONG_HEADERS: dict[str, Any] = {
    "a line break": {"Authorization": f"{OWN}\n"},
    "no Latin-1": {"X-Api-Key": OWN, "Authorization": f"{OWN} ☕"},
    "bytes": {"Authorization": OWN.encode()},
    "a list": {"Authorization": [OWN]},
    "a list of pairs": [("Authorization", OWN)],
    "text": f"Authorization: {OWN}",
    "a bad name": {"X-Api-Key": OWN, "no name": OWN},
}
CASES = [
    *[("the key", replies, ask) for replies in REPLIES for ask in ("whole", "stream")],
    *[(place, replies, "whole") for place in PLACES for replies in ("success", "a wrong key", "silence", "a cut")],
    *[(place, replies, "stream") for place in PLACES for replies in ("success", "a wrong key", "half a stream")],
    *[("headers of one", replies, ask) for replies in ("success", "a bad request") for ask in ("outcome", "many")],
    *[(place, "success", ask) for place in PLACES for ask in ASKS if ask.startswith(("wrong", "unknown"))],
]


class RealTime(InjectedTime):
    """The real clock; sleeping takes no time."""

    def now(self) -> Any:
        return read_clocks()


def hasty() -> Policy:
    """Give a policy that tries again at once."""
    return Policy(retry=Retry(base=0))


@pytest.fixture
def shown(capfd: pytest.CaptureFixture[str]) -> Iterator[Shown]:
    """Search what a test has gathered, logged and printed."""
    found = Shown()
    with warnings.catch_warnings(record=True, action="always") as caught, found.logging():
        yield found
    found.add("output", f"{capfd.readouterr()} {[str(warning.message) for warning in caught]}")
    assert not [text for _, text in found.texts if "REPR FAILED" in text]
    assert found.leaks(KEY, OWN.partition(" ")[2]) == []


def replying(*replies: Any) -> LoopbackServer:
    return FakeOpenRouter(replies).serve()


def block(shown: Shown, client: SyncClient, ask: Callable[[], Any]) -> None:
    """Ask, and gather what there is to see before, meanwhile and afterwards, however it ends."""
    shown.walk(client, "client")
    try:
        asked = ask()
        shown.walk(asked, "result")
        if hasattr(asked, "__enter__"):
            for _ in asked:
                see_stream(shown, asked)
            see_stream(shown, asked)
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is looked at
        shown.error(error)
    shown.walk(vars(client), "used client")


async def wait(shown: Shown, client: AsyncClient, ask: Callable[[], Any]) -> None:
    """Do as `block` does."""
    shown.walk(client, "client")
    try:
        asked = ask()
        if hasattr(asked, "__aenter__"):
            async for _ in asked:
                see_stream(shown, asked)
            see_stream(shown, asked)
        else:
            shown.walk(await asked, "result")
    except Exception as error:  # noqa: BLE001 - whatever it is, it is looked at
        shown.error(error)
    shown.walk(vars(client), "used client")


def see_stream(shown: Shown, stream: Any) -> None:
    """Look at a stream anew, with all that it holds now."""
    now = Shown()
    now.walk(stream, "stream")
    now.walk(stream.completion, "completion")
    shown.texts += now.texts


@pytest.mark.parametrize(("place", "replies", "ask"), dict.fromkeys(CASES))
async def test_requests(place: str, replies: str, ask: str, shown: Shown) -> None:
    settings, options = PLACES[place]
    arguments: dict[str, Any] = {"policy": hasty(), "log_bodies": True, **settings}
    with replying(*REPLIES[replies]) as server, blocking_client(RealTime(), base_url=server.url, **arguments) as client:
        block(shown, client, lambda: ASKS[ask](client, **options))
    with replying(*REPLIES[replies]) as server:
        async with awaiting_client(RealTime(), base_url=server.url, **arguments) as awaiting:
            await wait(shown, awaiting, lambda: ASKS[ask](awaiting, **options))
    # Had nothing been seen of the work itself, the search would prove nothing.
    assert any("SyncDriver" in text for _, text in shown.texts)
    assert any("AsyncDriver" in text for _, text in shown.texts)


@pytest.mark.parametrize("headers", WRONG_HEADERS)
async def test_headers_that_cannot_be_sent(headers: str, shown: Shown) -> None:
    with SyncClient(api_key=KEY) as client:
        block(shown, client, lambda: client.complete("Hi", extra_headers=WRONG_HEADERS[headers]))
        block(shown, client, lambda: client.stream_text("Hi", extra_headers=WRONG_HEADERS[headers]))
    async with AsyncClient(api_key=KEY) as awaiting:
        await wait(shown, awaiting, lambda: awaiting.complete("Hi", extra_headers=WRONG_HEADERS[headers]))
        await wait(shown, awaiting, lambda: awaiting.stream_text("Hi", extra_headers=WRONG_HEADERS[headers]))
    assert any("InvalidArgumentError" in text for _, text in shown.texts)


# --- ends that no reply brings --------------------------------------------------------------------------------------


@pytest.mark.parametrize("ask", ["whole", "stream"])
async def test_a_service_that_is_not_there(ask: str, shown: Shown) -> None:
    with replying() as server:
        url = server.url
    arguments: dict[str, Any] = {"base_url": url, "max_retries": 0, **PLACES["headers of all"][0]}
    with SyncClient(**arguments) as client:
        block(shown, client, lambda: ASKS[ask](client))
    async with AsyncClient(**arguments) as awaiting:
        await wait(shown, awaiting, lambda: ASKS[ask](awaiting))
    assert any("APIConnectionError" in text for _, text in shown.texts)


async def test_clients_that_are_closed(shown: Shown) -> None:
    client, awaiting = SyncClient(api_key=KEY), AsyncClient(api_key=KEY)
    client.close()
    await awaiting.aclose()
    block(shown, client, lambda: ASKS["whole"](client))
    await wait(shown, awaiting, lambda: ASKS["whole"](awaiting))
    assert any("ClosedClientError" in text for _, text in shown.texts)


@pytest.mark.parametrize("ask", ["whole", "stream"])
async def test_a_cancellation_while_the_reply_is_awaited(ask: str, shown: Shown) -> None:
    cancelled: list[BaseException] = []

    async def work(client: AsyncClient) -> None:
        try:
            if ask == "stream":
                async for _ in client.stream("Hi", **PLACES["headers of one"][1]):
                    pass
            await client.complete("Hi", **PLACES["headers of one"][1])
        except BaseException as error:
            cancelled.append(error)
            shown.error(error)
            raise

    with replying(TextReply("late", delay=3600)) as server:
        async with AsyncClient(base_url=server.url, api_key=KEY) as client, anyio.create_task_group() as group:
            group.start_soon(work, client)
            while server.accepted == 0:
                await anyio.lowlevel.checkpoint()
            shown.walk(vars(client), "client at work")
            group.cancel_scope.cancel()
    assert len(cancelled) == 1


class Interrupted(InjectedTime):
    """Time in which somebody interrupts the first wait."""

    def sleep(self, seconds: float) -> None:
        raise KeyboardInterrupt(seconds)


def test_an_interruption_between_two_attempts(shown: Shown) -> None:
    for ask in ("whole", "stream"):
        with (
            replying(ErrorReply(503, "Busy")) as server,
            blocking_client(Interrupted(), base_url=server.url, api_key=KEY) as client,
        ):
            block(shown, client, partial(ASKS[ask], client, **PLACES["headers of one"][1]))
    assert any("KeyboardInterrupt" in text for _, text in shown.texts)


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="nothing here can interrupt the main thread")
@pytest.mark.parametrize("ask", ["whole", "stream"])
def test_an_interruption_while_the_reply_is_awaited(ask: str, shown: Shown) -> None:
    main = threading.main_thread().ident
    assert main is not None

    def interrupt(_: object) -> TextReply:
        signal.pthread_kill(main, signal.SIGINT)
        return TextReply("late", delay=3600)

    with FakeOpenRouter(respond=interrupt).serve() as server, SyncClient(base_url=server.url, api_key=KEY) as client:
        block(shown, client, lambda: list(client.stream("Hi")) if ask == "stream" else client.complete("Hi"))
    assert any("KeyboardInterrupt" in text for _, text in shown.texts)


# --- keys that a function gives -------------------------------------------------------------------------------------


def failing() -> str:
    raise LookupError("The vault is closed.")


async def asynchronous() -> str:
    raise NotImplementedError


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(failing, id="that raises"),
        pytest.param(asynchronous, id="that is asynchronous"),
        pytest.param(lambda: f"{KEY} {KEY}", id="two keys"),
        pytest.param(lambda: f"{KEY}é", id="no ASCII"),
        pytest.param(lambda: "", id="nothing"),
        pytest.param(lambda: [KEY], id="a list"),
        pytest.param(KEY.encode, id="bytes"),
        pytest.param(partial(str, KEY), id="that shows what it is made of"),
        pytest.param(partial(f"{KEY} {{}}".format, KEY), id="a wrong one that shows it"),
    ],
)
async def test_functions_of_all_kinds(source: Any, shown: Shown) -> None:
    with replying() as server:
        with SyncClient(base_url=server.url, api_key=source) as client:
            for ask in ("whole", "stream", "outcome"):
                block(shown, client, partial(ASKS[ask], client))
        async with AsyncClient(base_url=server.url, api_key=source) as awaiting:
            for ask in ("whole", "stream", "outcome"):
                await wait(shown, awaiting, partial(ASKS[ask], awaiting))


# --- the search itself ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("plant", [KEY, KEY[:16], KEY[-16:], KEY[20:40], KEY.encode().hex()])
def test_the_search_finds_what_is_there(plant: str) -> None:
    error = OpenRouterError("No.").with_facts(body={"deep": [{"within": plant}]})
    seen = Shown()
    seen.error(error)
    assert len(seen.leaks(KEY)) >= 4, "as an attribute, and in pickles"
    assert seen.leaks("another-secret-0123456789") == []


def test_the_search_looks_into_what_is_under_way() -> None:
    seen = Shown()
    with (
        replying(TextReply("It is well.")) as server,
        SyncClient(base_url=server.url, api_key=KEY) as client,
        client.stream("Hi") as stream,
    ):
        next(iter(stream))
        seen.walk(stream, "stream")
    assert any(text.startswith("Outgoing(") for _, text in seen.texts)
