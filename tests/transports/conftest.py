"""What the tests of the transports share."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme

from tests.transports.kinds import Awaiting, Blocking
from tests.transports.streams import Contexts


@pytest.fixture(params=[Blocking, Awaiting])
def kind(request: pytest.FixtureRequest) -> type[Blocking | Awaiting]:
    """Run a scenario with both clients."""
    made: type[Blocking | Awaiting] = request.param
    return made


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Give an authority that nobody trusts who was not told to."""
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Trust the authority, through the variable for that."""
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return file


@pytest.fixture
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    """Give what a server for `localhost` and `api.test` needs."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "api.test").configure_cert(context)
    return context


@pytest.fixture(params=[False, True], ids=["blocking", "awaiting"])
def awaits(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(params=[False, True], ids=["plain", "tls"])
def secured(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def client_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture
def contexts(
    secured: bool,  # noqa: FBT001 - a case
    server_tls: ssl.SSLContext,
    client_tls: ssl.SSLContext,
) -> Contexts:
    """Give what the server and the client need; nothing where they speak in clear."""
    return (server_tls, client_tls) if secured else (None, None)
