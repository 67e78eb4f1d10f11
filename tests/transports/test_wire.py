"""What a connection knows of its clocks, and whether anything came over a socket."""

from __future__ import annotations

import select
import socket

import pytest

from openrouter.transports.network_errors import ReadTimeout, WriteTimeout
from openrouter.transports.wire import Wire, is_readable
from tests.transports.kinds import outgoing, with_clocks


def begun() -> Wire:
    made = Wire()
    made.begin(outgoing())
    return made


# --- Clocks -----------------------------------------------------------------------------------------------------------


def test_a_deadline_is_moved_forward_only() -> None:
    made = begun()
    made.hurry(1000.0)
    far = made.deadline
    assert far is not None
    made.hurry(10.0)
    assert made.deadline is not None
    assert made.deadline < far
    near = made.deadline
    made.hurry(1000.0)
    assert made.deadline == near
    made.hurry(0.0)
    with pytest.raises(ReadTimeout):
        made.left(5.0)
    with pytest.raises(WriteTimeout):
        made.left(None, WriteTimeout)


def test_the_shorter_of_two_times_counts() -> None:
    made = Wire()
    made.begin(with_clocks(outgoing(stream=True, stall_timeout=50), idle=100.0, total=200.0))
    assert made.left(None) is None
    assert made.left(7.0) == 7.0
    made.hurry(70.0)
    assert made.left(7.0) == 7.0
    assert 60 < (made.left(100.0) or 0) <= 70
    made.came(b"H")
    assert 40 < (made.left(100.0) or 0) <= 50
    made.head_came()
    assert 60 < (made.left(100.0) or 0) <= 70


# --- Whether anything came --------------------------------------------------------------------------------------------


@pytest.fixture(params=["poll", "select"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "select":
        monkeypatch.delattr(select, "poll")


@pytest.mark.usefixtures("_way")
def test_a_socket_is_readable_when_something_or_the_end_has_come() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert not is_readable(ours.fileno())
        theirs.sendall(b"x")
        assert is_readable(ours.fileno())
        ours.recv(1)
        assert not is_readable(ours.fileno())
        theirs.close()
        assert is_readable(ours.fileno())


@pytest.mark.usefixtures("_way")
def test_one_that_was_closed_is_as_one_that_ended() -> None:
    closed = socket.socket()
    closed.close()
    assert is_readable(closed.fileno())
