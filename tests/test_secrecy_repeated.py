"""A key that the service repeats in an error, in whatever place and spelling, is hidden; good replies stay."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import anyio
import pytest

from openrouter import APIStatusError, OpenRouterError, ResponseError, SyncClient
from openrouter.testing import FakeOpenRouter, RawReply, TextReply
from tests.injected_time import InjectedTime, awaiting_client, blocking_client
from tests.shown import Shown
from tests.test_secrecy import JSON, KEY, OWN, block, hasty, wait

pytestmark = pytest.mark.anyio

STREAM = {"Content-Type": "text/event-stream"}
SAID = f"Incorrect key {KEY}, sent as Authorization: {OWN}."


def in_json(text: str, ratio: int = 1) -> str:
    """Spell characters as JSON may: each, every second, and so on."""
    return "".join(f"\\u{ord(c):04x}" if n % ratio == 0 else c for n, c in enumerate(text))


def in_an_address(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


def in_html(text: str) -> str:
    return "".join(f"&#{ord(c)};" if n % 2 else f"&#x{ord(c):x};" for n, c in enumerate(text))


def error(message: str, **more: Any) -> bytes:
    return json.dumps({"error": {"code": 401, "message": message, **more}}).encode()


def event(data: bytes) -> bytes:
    return b"data: " + data + b"\n\n"


def chunk(**choice: Any) -> bytes:
    made = {"id": "gen-1", "choices": [{"index": 0, "delta": {"content": "It is"}, **choice}]}
    return event(json.dumps(made).encode())


BODIES: dict[str, bytes] = {
    "message": error(SAID),
    "escaped": b'{"error": {"code": 401, "message": "' + in_json(SAID).encode() + b'"}}',
    "escaped here and there": b'{"error": {"code": 401, "message": "' + in_json(SAID, 3).encode() + b'"}}',
    "in an address": error(f"See https://x.test/?key={in_an_address(KEY)}&own={in_an_address(OWN)}"),
    "in HTML": error(f"<b>{in_html(SAID)}</b>"),
    "raw of a provider": error("No", metadata={"raw": json.dumps({"error": {"message": SAID}}), "provider_name": "P"}),
    "escaped twice": error("No", metadata={"raw": json.dumps({"error": in_json(SAID)}).replace("\\", "\\\\")}),
    "a field of its own": error("No", metadata={KEY: [{"deep": SAID}], "provider_name": SAID, "model_slug": KEY}),
    "words of its own": error("No", type=SAID, param=KEY, error_type=KEY),
    "cut by the length of a line": error("x" * 950 + SAID),
    "cut by the service": error(f"Incorrect key {KEY[:40]}..."),
    "its end": error(f"Incorrect key ...{KEY[-20:]}"),
    "a page": f"<html>Authorization: Bearer {KEY}, {OWN}</html>".encode(),
    "text": f"{SAID}".encode(),
    "broken JSON": error(SAID)[:-2],
    "broken characters": b"\xff" + error(SAID),
    "a list": json.dumps([SAID]).encode(),
    "text in JSON": json.dumps(SAID).encode(),
    "an error in a choice": json.dumps({"choices": [{"finish_reason": "error", "error": {"message": SAID}}]}).encode(),
    "no choices": json.dumps({"id": SAID, "choices": []}).encode(),
}


@pytest.fixture
def shown(capfd: pytest.CaptureFixture[str]) -> Iterator[Shown]:
    """Search what a test has gathered, logged and printed; what httpcore logs of a reply's headers is not ours."""
    found = Shown()
    with found.logging():
        yield found
    found.add("output", repr(capfd.readouterr()))
    assert [leak for leak in found.leaks(KEY, OWN.partition(" ")[2]) if not leak.startswith("log of httpcore")] == []


async def both(shown: Shown, reply: RawReply, ask: str = "complete", **settings: Any) -> None:
    """Ask with both clients, and make sure that both raise."""
    arguments: dict[str, Any] = {"api_key": KEY, "headers": {"X-Api-Key": OWN}, "policy": hasty(), **settings}
    with (
        FakeOpenRouter([reply] * 3).serve() as server,
        blocking_client(InjectedTime(), base_url=server.url, **arguments) as client,
    ):
        block(shown, client, lambda: getattr(client, ask)("Hi"))
    with FakeOpenRouter([reply] * 3).serve() as server:
        async with awaiting_client(InjectedTime(), base_url=server.url, **arguments) as awaiting:
            await wait(shown, awaiting, lambda: getattr(awaiting, ask)("Hi"))
    assert sum(where.startswith("str of") and "[the key]" in text for where, text in shown.texts) >= 2


@pytest.mark.parametrize(
    ("status", "body"),
    [
        *[(status, body) for body in BODIES for status in (200, 401)],
        (400, "message"),
        (500, "a page"),
        (503, "message"),
    ],
)
async def test_in_a_whole_reply(status: int, body: str, shown: Shown) -> None:
    await both(shown, RawReply(status, JSON, [BODIES[body]]), log_bodies=True)


# An event that is good as far as it goes is handed out as it came.
@pytest.mark.parametrize("body", [body for body in BODIES if body != "no choices"])
async def test_in_a_stream(body: str, shown: Shown) -> None:
    reply = RawReply(200, STREAM, [chunk(), event(BODIES[body])])
    await both(shown, reply, "stream", log_bodies=True)


@pytest.mark.parametrize("size", [1, 7, 20, 64])
async def test_in_a_stream_of_any_segments(size: int, shown: Shown) -> None:
    data = chunk() + event(BODIES["message"])
    await both(shown, RawReply(200, STREAM, [data[at : at + size] for at in range(0, len(data), size)]), "stream")


async def test_in_a_choice_of_a_stream(shown: Shown) -> None:
    await both(shown, RawReply(200, STREAM, [chunk(), chunk(finish_reason="error", error={"message": SAID})]), "stream")


@pytest.mark.parametrize("status", [302, 401, 503])
async def test_in_headers(status: int, shown: Shown) -> None:
    headers = {"Location": f"https://elsewhere.test/?key={in_an_address(KEY)}", "X-Said": SAID, "X-Generation-Id": KEY}
    await both(shown, RawReply(status, {**JSON, **headers}, [b"{}"]))


async def test_what_is_left_tells_what_happened() -> None:
    with (
        FakeOpenRouter([RawReply(401, JSON, [BODIES["message"]])]).serve() as server,
        SyncClient(api_key=KEY, base_url=server.url, headers={"X-Api-Key": OWN}) as client,
        pytest.raises(APIStatusError) as caught,
    ):
        client.complete("Hi")
    assert "Incorrect key [the key], sent as Authorization: Bearer [the key]." in str(caught.value)
    assert caught.value.body["error"]["code"] == 401


# --- what stays as it came --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["test", KEY])
async def test_a_good_reply_keeps_every_word(key: str) -> None:
    text = f'The word is "{key}", as in an "error".'
    async with FakeOpenRouter([TextReply(text)] * 2).async_client(api_key=key) as client:
        assert await client.generate_text("Hi") == text
        assert [chunk async for chunk in client.stream_text("Hi")] == [*split(text)]


def split(text: str) -> list[str]:
    words = text.split(" ")
    return [words[0], *(f" {word}" for word in words[1:])]


async def test_a_short_key_is_no_reason_to_change_an_error() -> None:
    reply = RawReply(400, JSON, [error("a test")])
    with FakeOpenRouter([reply]).http() as http, pytest.raises(OpenRouterError, match="a test"):
        SyncClient(api_key="test", http=http).complete("Hi")


async def test_headers_that_are_no_secrets_are_left_in_errors() -> None:
    beta = "fine-grained-tool-streaming-2025-05-14"
    reply = RawReply(400, JSON, [error(f"Unknown beta {beta}")])
    with FakeOpenRouter([reply]).http() as http, pytest.raises(OpenRouterError, match=beta):
        SyncClient(api_key=KEY, http=http).complete("Hi", extra_headers={"X-Beta": beta})


async def test_a_cause_that_shows_nothing_is_kept() -> None:
    with FakeOpenRouter([RawReply(200, JSON, [b"{"])]).http() as http, pytest.raises(ResponseError) as caught:
        SyncClient(api_key=KEY, http=http).complete("Hi")
    assert isinstance(caught.value.__cause__, ValueError)


def failing_asker(client: SyncClient) -> None:
    """Ask while an error of one's own is being handled, and let that go on."""

    def fail() -> None:
        precious = "what a debugger shows"  # noqa: F841 - it is looked for in the traceback
        message = "mine"
        raise ValueError(message)

    try:
        fail()
    except ValueError:
        with pytest.raises(APIStatusError):
            client.complete("Explain this.")
        raise


async def test_an_error_that_the_caller_is_handling_keeps_its_locals() -> None:
    with (
        FakeOpenRouter([RawReply(400, JSON, [b"{}"])]).http() as http,
        SyncClient(api_key=KEY, http=http) as client,
        pytest.raises(ValueError, match="mine") as caught,
    ):
        failing_asker(client)
    assert caught.traceback[-1].frame.f_locals["precious"] == "what a debugger shows"


async def test_a_task_that_waits_while_it_handles_the_same_error_goes_on() -> None:
    shared, released = ValueError("the database is gone"), anyio.Event()
    ended: list[str] = []

    async def bystander() -> None:
        try:
            raise shared
        except ValueError:
            await released.wait()
            ended.append("bystander")

    fake = FakeOpenRouter([RawReply(400, JSON, [b"{}"])])
    async with fake.async_client(api_key=KEY) as client, anyio.create_task_group() as tasks:
        tasks.start_soon(bystander)
        await anyio.wait_all_tasks_blocked()
        try:
            raise shared
        except ValueError:
            with pytest.raises(APIStatusError):
                await client.complete("Explain this.")
        released.set()
    assert ended == ["bystander"]


@pytest.mark.parametrize("depth", [100, 330, 600, 900, 5_000])
@pytest.mark.parametrize("ask", ["complete", "stream"])
async def test_a_body_of_any_depth(depth: int, ask: str, shown: Shown) -> None:
    deep = b"[" * depth + b'"' + KEY.encode() + b'"' + b"]" * depth
    body = b'{"error": {"code": 400, "message": "No.", "metadata": ' + deep + b"}}"
    with FakeOpenRouter([RawReply(400, JSON, [body])]).http() as http, SyncClient(api_key=KEY, http=http) as client:
        with pytest.raises(APIStatusError) as caught:
            list(getattr(client, ask)("Hi"))
        shown.add("str", str(caught.value))
    assert caught.value.status_code == 400
    found = caught.value.body
    while not isinstance(found, str):
        found = found["error"]["metadata"] if isinstance(found, dict) else found[0]
    shown.add("innermost", found)
    assert "[the key]" in found


async def test_bodies_are_logged_without_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "openrouter")
    with FakeOpenRouter([TextReply(f"It is {KEY}.")]).http() as http:
        SyncClient(api_key=KEY, http=http, log_bodies=True).complete(f"My key is {KEY}.")
    assert "My key is [the key]." in caplog.text
    assert "It is [the key]." in caplog.text
