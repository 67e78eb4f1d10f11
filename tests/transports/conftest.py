"""What the tests of the transports share."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme

from tests.transports.kinds import Awaiting, Blocking


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
