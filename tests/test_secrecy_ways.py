"""Where a key goes, and where not: other hosts, proxies, clients of the user's own, and the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import httpx
import pytest

from openrouter import APIStatusError, AsyncClient, SyncClient
from openrouter.core.secret import Sealed
from openrouter.testing import FakeOpenRouter, RawReply
from openrouter.transports.blocking_stream import BlockingStream
from openrouter.transports.trio_stream import TrioStream
from openrouter.transports.wire import Wire
from tests.shown import Shown
from tests.test_secrecy import JSON, KEY, OWN

pytestmark = pytest.mark.anyio

OPTIONS: dict[str, Any] = {"extra_headers": {"X-Api-Key": OWN}}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("own", [False, True])
async def test_a_redirect_is_never_followed(status: int, *, own: bool) -> None:
    elsewhere = FakeOpenRouter()
    with elsewhere.serve() as other:
        address = other.url.replace("://", f"://ann:{OWN[7:]}@") + f"/chat/completions?token={OWN[7:]}#{OWN[7:]}"
        reply = RawReply(status, {**JSON, "Location": address}, [b"{}"])
        with FakeOpenRouter([reply] * 2).serve() as server:
            errors = [await moved_blocking(server.url, own=own), await moved_awaiting(server.url, own=own)]
    assert elsewhere.requests == []
    for error in errors:
        assert error.status_code == status
        assert f"pointing to {other.url}/chat/completions. Check the base URL." in str(error)


async def moved_blocking(url: str, *, own: bool) -> APIStatusError:
    with httpx.Client(follow_redirects=True) as http, pytest.raises(APIStatusError) as caught:
        SyncClient(api_key=KEY, base_url=url, http=http if own else None).complete("Hi", **OPTIONS)
    return caught.value


async def moved_awaiting(url: str, *, own: bool) -> APIStatusError:
    async with httpx.AsyncClient(follow_redirects=True) as http:
        client = AsyncClient(api_key=KEY, base_url=url, http=http if own else None)
        with pytest.raises(APIStatusError) as caught:
            await client.complete("Hi", **OPTIONS)
        await client.aclose()
    return caught.value


async def test_what_a_proxy_that_is_not_there_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeOpenRouter().serve() as server:
        address = server.url.removesuffix("/api/v1").replace("://", f"://ann:{OWN[7:]}@")
    monkeypatch.setenv("HTTPS_PROXY", address)
    shown = Shown()
    arguments: dict[str, Any] = {"api_key": KEY, "base_url": "https://api.test/v1", "max_retries": 0}
    for more in ({}, {"proxy": address}):
        with shown.logging(), SyncClient(**arguments, **more) as client, pytest.raises(Exception) as caught:  # noqa: PT011 - whatever it is
            client.complete("Hi")
        shown.error(caught.value)
        shown.walk(client, "client")
        async with AsyncClient(**arguments, **more) as awaiting:
            with shown.logging(), pytest.raises(Exception) as caught:  # noqa: PT011 - whatever it is
                await awaiting.complete("Hi")
            shown.error(caught.value)
            shown.walk(awaiting, "client")
    assert shown.leaks(KEY, OWN[7:]) == []


class Broken:
    """A stream that cannot be written to."""

    def send(self, *_: object) -> Any:
        raise KeyboardInterrupt

    sendall = send

    def gettimeout(self) -> None:
        """Wait for ever."""


async def test_what_is_being_written_when_somebody_interrupts() -> None:
    head, wire, shown = f"POST / HTTP/1.1\r\nAuthorization: Bearer {KEY}\r\n\r\n".encode(), Wire(), Shown()
    wire.process = os.getpid()
    broken: Any = Broken()
    with pytest.raises(KeyboardInterrupt) as caught:
        BlockingStream(broken, wire).send([Sealed(head)])
    shown.error(caught.value)
    with pytest.raises(KeyboardInterrupt) as caught:
        await TrioStream(broken, wire).send([Sealed(head)])
    shown.error(caught.value)
    assert shown.leaks(KEY) == []


@pytest.mark.parametrize("key", [KEY, f"{KEY} x"], ids=["a key", "no key"])
@pytest.mark.parametrize("options", [[], ["--json"], ["--no-stream"]])
def test_the_command_line(key: str, options: list[str]) -> None:
    said = b'{"error": {"code": 401, "message": "Incorrect key ' + KEY.encode() + b'"}}'
    shown = Shown()
    with FakeOpenRouter([RawReply(401, JSON, [said])]).serve() as server:
        done = subprocess.run(
            [sys.executable, "-X", "dev", "-m", "openrouter", "chat", "Hi", *options],
            env={**os.environ, "OPENROUTER_API_KEY": key, "OPENROUTER_BASE_URL": server.url},
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=60,
        )
    assert done.returncode == (1 if key == KEY else 2)
    assert b"Error: " in done.stderr
    shown.add("output", f"{done.stdout!r} {done.stderr!r}")
    assert shown.leaks(KEY) == []
