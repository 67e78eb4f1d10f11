"""A process that was forked off does not talk on the connections of the one that it came from."""

from __future__ import annotations

import os
import warnings

import pytest

from openrouter import SyncClient
from openrouter.testing import FakeOpenRouter
from tests.transports.kinds import KEY

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")


def test_a_fork_opens_connections_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeOpenRouter().serve() as server, SyncClient(api_key=KEY, base_url=server.url) as client:
        client.complete("Hi")
        assert server.accepted == 1
        # A real fork of a process with threads is a warning of its own; what counts is what the pool sees of one.
        real = os.getpid()
        monkeypatch.setattr(os, "getpid", lambda: real + 1)
        client.complete("Hi")
        client.complete("Hi")
        assert server.accepted == 2
        monkeypatch.undo()


def test_a_real_fork_gets_its_own_answers() -> None:
    with FakeOpenRouter().serve() as server, SyncClient(api_key=KEY, base_url=server.url) as client:
        client.complete("Hi")
        reading, writing = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # that this process has threads is the server's doing
            child = os.fork()
        if child == 0:
            os.write(writing, client.generate_text("child").encode())
            os._exit(0)
        os.close(writing)
        assert client.generate_text("parent").endswith("parent")
        with os.fdopen(reading, "rb") as answers:
            assert answers.read().endswith(b"child")
        assert os.waitpid(child, 0)[1] == 0
