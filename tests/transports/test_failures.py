"""Every exception of the httpx family is one of our errors, with its phase, its cause and words."""

from __future__ import annotations

import errno
import inspect
import sys
from typing import Any

import httpcore
import httpx
import pytest

from openrouter import APIConnectionError, APITimeoutError, OpenRouterError, ResponseError
from openrouter.transports import network_errors
from openrouter.transports.failures import as_httpx, translate
from tests.transports.kinds import outgoing

PHASES = {
    "ConnectError": "connect",
    "ConnectTimeout": "connect",
    "PoolTimeout": "connect",
    "ProxyError": "connect",
    "LocalProtocolError": "connect",
    "UnsupportedProtocol": "connect",
    "InvalidURL": "connect",
    "WriteError": "send",
    "WriteTimeout": "send",
}


def raised_by(library: Any) -> list[Any]:
    """List the exceptions that sending a request or reading a reply may raise."""
    bases = (library.HTTPError, library.StreamError, library.InvalidURL)
    return [cls for _, cls in inspect.getmembers(library, inspect.isclass) if issubclass(cls, bases)]


def made_of(cls: Any, text: str) -> Exception:
    if cls.__name__ == "HTTPStatusError":
        made: Exception = cls(text, request=None, response=None)
    elif cls.__name__ in {"StreamConsumed", "StreamClosed", "ResponseNotRead", "RequestNotRead"}:
        made = cls()
    else:
        made = cls(text)
    return made


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
@pytest.mark.parametrize("text", ["", "something went wrong"])
def test_every_exception_has_an_error(library: str, text: str) -> None:
    for cls in raised_by(pytest.importorskip(library)):
        error = translate(made_of(cls, text), outgoing())
        name = cls.__name__
        assert isinstance(error, OpenRouterError)
        assert len(error.message) > 20
        if name == "DecodingError":
            assert isinstance(error, ResponseError)
            assert error.ambiguous
        else:
            assert isinstance(error, APIConnectionError)
            assert isinstance(error, APITimeoutError) == (name.endswith("Timeout") or name == "TimeoutException")
            assert error.phase == PHASES.get(name, "receive")
            assert "api.test" in error.message


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            httpx.ReadError("Server disconnected without a response."),
            "The connection to api.test broke before the reply was complete: Server disconnected without a response.",
        ),
        (httpx.ConnectError("refused"), "No connection to api.test: refused."),
        (httpx.ConnectError(""), "No connection to api.test."),
        (
            as_httpx(httpcore.ReadError()),
            "The connection to api.test broke before the reply was complete.",
        ),
        (httpx.WriteError(""), "The connection to api.test broke while the request was sent."),
        (httpx.LocalProtocolError("Bad."), "The request to api.test cannot be sent: Bad."),
        (httpx.DecodingError("Not gzip."), "The body of the reply cannot be decompressed: Not gzip."),
    ],
)
def test_the_words_of_the_library_end_with_one_stop_and_its_names_are_left_out(error: Exception, message: str) -> None:
    assert translate(error, outgoing()).message == message


def test_a_class_of_somebody_elses_is_known_by_what_it_inherits() -> None:
    class TooSlow(httpx.ConnectTimeout):
        pass

    error = translate(TooSlow("slow"), outgoing())
    assert isinstance(error, APITimeoutError)
    assert (error.clock, error.phase) == ("connect", "connect")


CLOCKS: list[tuple[Any, bool, dict[str, Any], str]] = [
    (httpx.ConnectTimeout, False, {}, "connect"),
    (httpx.WriteTimeout, False, {}, "write"),
    (httpx.PoolTimeout, False, {}, "queue"),
    (httpx.ReadTimeout, False, {}, "total"),
    (httpx.ReadTimeout, True, {}, "idle"),
    (httpx.TimeoutException, True, {}, "idle"),
    (httpx.ConnectTimeout, True, {"deadline": 1e-6}, "deadline"),
    (httpx.ReadTimeout, True, {"deadline": 1e-6}, "deadline"),
]


@pytest.mark.parametrize(("cls", "stream", "settings", "clock"), CLOCKS)
def test_a_timeout_names_its_clock(cls: Any, stream: bool, settings: dict[str, Any], clock: str) -> None:  # noqa: FBT001 - a case
    error = translate(cls(""), outgoing(stream=stream, **settings))
    assert isinstance(error, APITimeoutError)
    assert error.clock == clock


@pytest.mark.parametrize(
    ("waited", "queueing"), [(0.0, ""), (1.5, ", after 1.50 s in the queue for `max_connections`")]
)
def test_a_deadline_that_passed_before_anything_was_sent_says_so(waited: float, queueing: str) -> None:
    late = outgoing(deadline=1e-6)
    late.waited = waited
    message = f"The deadline passed before the request was sent to api.test{queueing}."
    assert translate(httpx.ConnectTimeout(""), late).message == message


def test_provisional_replies_alone_are_a_stall() -> None:
    error = translate(httpx.ReadTimeout(""), outgoing(stream=True), stalled=True)
    assert isinstance(error, APITimeoutError)
    assert error.clock == "stall"


@pytest.mark.parametrize(("skipped", "clock"), [(1.0, "idle"), (30.0, "deadline")])
def test_seconds_that_nobody_waited_count(skipped: float, clock: str) -> None:
    error = httpx.ReadTimeout("")
    vars(error)["skipped"] = skipped
    found = translate(error, outgoing(stream=True, deadline=30))
    assert isinstance(found, APITimeoutError)
    assert found.clock == clock


CORE = (
    *(httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError),
    *(httpcore.TimeoutException, httpcore.UnsupportedProtocol),
)
OURS = tuple(cls for _, cls in inspect.getmembers(network_errors, inspect.isclass))


@pytest.mark.parametrize("cls", OURS)
def test_every_exception_of_ours_is_one_of_the_kinds_that_a_pool_expects(cls: Any) -> None:
    assert issubclass(cls, network_errors.NETWORK_ERRORS)
    assert cls.__doc__


@pytest.mark.parametrize(
    "cls",
    [*OURS, *(cls for _, cls in inspect.getmembers(httpcore, inspect.isclass) if issubclass(cls, CORE))],
    ids=lambda cls: f"{cls.__module__}.{cls.__name__}",
)
def test_every_exception_of_ours_and_of_httpcore_has_its_like_in_httpx(cls: Any) -> None:
    error = cls()
    found = as_httpx(error)
    assert type(found) is getattr(httpx, cls.__name__)
    assert found.__cause__ is error
    assert str(found) == cls.__name__


def test_an_error_of_a_socket_becomes_one_of_httpx() -> None:
    found = as_httpx(ConnectionResetError(104, "Connection reset by peer"))
    assert type(found) is httpx.NetworkError
    assert "reset" in str(found)


def test_an_exception_of_httpx_stays_what_it_is() -> None:
    error = httpx.ReadError("gone")
    assert as_httpx(error) is error


def test_where_httpx_cannot_even_be_read_the_error_is_made_of_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process without a free descriptor cannot connect, and cannot import what it has not imported yet."""

    class Full:
        def find_spec(self, *_: object) -> None:
            raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(sys, "meta_path", [Full()])
    monkeypatch.delitem(sys.modules, "httpx")
    found = as_httpx(failed := network_errors.ConnectError("[Errno 24] Too many open files"))
    assert found is failed
    error = translate(found, outgoing())
    assert isinstance(error, APIConnectionError)
    assert (error.phase, error.sent) == ("connect", False)
    assert "Too many open files" in str(error)
