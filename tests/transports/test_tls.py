"""Encrypted connections: who is trusted, and that the certificates are loaded once."""

from __future__ import annotations

import ssl
from pathlib import Path
from threading import Thread

import httpx
import pytest

from openrouter import APIConnectionError, ConfigurationError
from openrouter.transports.tls import ssl_context
from tests.transports.kinds import Awaiting, Blocking
from tests.transports.raw_server import RawServer


@pytest.mark.anyio
@pytest.mark.usefixtures("trusted")
async def test_a_trusted_server_is_talked_to_on_one_connection(
    kind: type[Blocking | Awaiting], server_tls: ssl.SSLContext
) -> None:
    with RawServer(tls=server_tls) as server:
        made = kind(server.url, max_connections=1)
        assert await made.complete() == "Good."
        assert await made.stream() == "Good."
        assert await made.complete() == "Good."
        assert server.accepted == 1
        await made.close()
        server.wait_for_ends(1)


@pytest.mark.anyio
async def test_nobody_else_is(kind: type[Blocking | Awaiting], server_tls: ssl.SSLContext) -> None:
    with RawServer(tls=server_tls) as server:
        made = kind(server.url, max_connections=1)
        for _ in range(2):
            with pytest.raises(APIConnectionError, match=r"(?i)certificate") as caught:
                await made.complete()
            assert (caught.value.phase, caught.value.sent) == ("connect", False)
            assert isinstance(caught.value.__cause__, httpx.ConnectError)
            server.wait_for_ends(1)
        await made.close()


@pytest.mark.anyio
async def test_the_variable_counts_from_the_next_connection_on(
    kind: type[Blocking | Awaiting], server_tls: ssl.SSLContext, trusted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RawServer(tls=server_tls) as server:
        made = kind(server.url)
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(APIConnectionError):
            await made.complete()
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        assert await made.complete() == "Good."
        await made.close()


@pytest.mark.anyio
@pytest.mark.usefixtures("trusted")
async def test_the_variable_does_not_count_where_the_environment_is_not_trusted(
    kind: type[Blocking | Awaiting], server_tls: ssl.SSLContext
) -> None:
    with RawServer(tls=server_tls) as server:
        made = kind(server.url, trust_env=False)
        with pytest.raises(APIConnectionError):
            await made.complete()
        await made.close()


@pytest.mark.anyio
@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_a_file_without_certificates_is_named(
    kind: type[Blocking | Awaiting], content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "nothing.pem"
    if content is not None:
        file.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    made = kind("https://localhost:1/v1", max_connections=1)
    for _ in range(2):
        with pytest.raises(ConfigurationError, match=r"SSL_CERT_FILE=.*nothing.pem"):
            await made.complete()
    await made.close()


def test_there_is_one_context_for_all_threads() -> None:
    made: list[ssl.SSLContext] = []
    threads = [Thread(target=lambda: made.append(ssl_context(trust_env=False))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, made))) == 1
    assert made[0].verify_mode is ssl.CERT_REQUIRED
    assert made[0].check_hostname


def test_one_for_another_protocol_or_other_certificates_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = ssl_context(trust_env=True)
    assert ssl_context(trust_env=True, http2=True) is not usual
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    elsewhere = ssl_context(trust_env=True)
    assert elsewhere is not usual
    assert elsewhere.get_ca_certs() == []
    assert ssl_context(trust_env=False) is usual
